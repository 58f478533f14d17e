"""Tables of records: JSON and XML without geometry, from bytes to one mapping a record; only the form is judged."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import pandas as pd

from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.problems import Problem, Severity
from geoservice.errors import LayerError, shorten
from geoservice.vocabulary import Role

MAX_DEPTH = 100
"""Elements of XML nested deeper than this are no table."""
_EXACT_DIGITS = 15
_START = 256
"""How many bytes of a file are looked at to tell a list of records from other JSON."""

Found = tuple[dict[int, dict[str, Any]], list[Problem], dict[int, str]]


def is_json_table(manifest: LayerManifest, path: Path) -> bool:
    """Tell whether a .json file is to be read as records: a list, one with `records`, or a table that is no GeoJSON."""
    with path.open("rb") as file:
        start = file.read(_START)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") or manifest.records is not None:
        return True
    return manifest.role is Role.TABLE and not _is_geojson(path)


def _is_geojson(path: Path) -> bool:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("type") in ("FeatureCollection", "Feature", "Topology")


def json_records(manifest: LayerManifest, text: str) -> Found:
    """Take the records of a JSON text, a list at the top or where `records` leads; raises LayerError.

    The first record is row 1. One that is no object, or holds a list or an object, is set aside.
    """
    try:
        document = json.loads(text, parse_constant=_no_number, parse_int=_exact, object_pairs_hook=_unlike_names)
    except (ValueError, RecursionError) as error:
        raise LayerError(
            f"{manifest.file} is not JSON: {error}.",
            code="unreadable",
            file=manifest.file,
            advice="Save it as JSON: a list of objects, or an object that holds one.",
        ) from error
    for name in manifest.records.split(".") if manifest.records else ():
        if not isinstance(document, dict) or name not in document:
            _no_records(manifest, f"'{name}' is not there", list(document) if isinstance(document, dict) else [])
        document = document[name]
    if not isinstance(document, list):
        names = list(document) if isinstance(document, dict) else []
        _no_records(manifest, "it is no list", names)
    return _judged(manifest, document)


def xml_records(manifest: LayerManifest, content: bytes | str) -> Found:
    """Take the records of an XML text: the elements of the name, or at the path, in `records`; raises LayerError.

    A record's attributes and its children, which must hold text alone, are its fields; prefixes of names are left out.
    A document type declaration is refused: it could define entities that grow without end or reach other files.
    """
    if manifest.records is None:
        raise LayerError(
            f"layer.toml does not say which elements of {manifest.file} are the records.",
            code="missing-records",
            file="layer.toml",
            field="records",
            advice='Write for example records = "row", or a path such as records = "data/row".',
        )
    root = _tree(manifest, content)
    path = manifest.records
    elements = _at_path(root, path) if "/" in path else list(root.iter(path))
    if not elements:
        names = list(dict.fromkeys([root.tag, *(child.tag for child in root)]))
        _no_records(manifest, "there is no such element", names)
    return _judged(manifest, [_fields(element) for element in elements])


def as_table(manifest: LayerManifest, found: Found) -> tuple[pd.DataFrame, list[Problem], dict[int, str]]:
    """Lay records out as a table by row number; a field that a record does not have is empty."""
    rows, problems, broken = found
    columns = list(dict.fromkeys(name for record in rows.values() for name in record))
    if any(not name.strip() for name in columns):
        raise LayerError(
            f"A record of {manifest.file} has a field without a name.", code="bad-heading", file=manifest.file
        )
    cells = [[record.get(name) for name in columns] for record in rows.values()]
    index = pd.Index(list(rows), dtype="int64")
    return pd.DataFrame(cells, index=index, columns=columns, dtype=object), problems, broken


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _exact(digits: str) -> int | str:
    """Read a whole number; one that has more digits than others can hold, such as a long code, stays text."""
    return int(digits) if len(digits) <= _EXACT_DIGITS else digits


def _unlike_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"an object names '{shorten(twice)}' twice")
    return found


def _no_records(manifest: LayerManifest, why: str, names: Iterable[str]) -> NoReturn:
    there = ", ".join(shorten(str(name)) for name in list(names)[:20])
    where = f"at '{manifest.records}'" if manifest.records else "at its top"
    raise LayerError(
        f"{manifest.file} holds no records {where}: {why}.",
        code="missing-records",
        file="layer.toml",
        field="records",
        advice=f"There are: {there}." if there else "records must lead to a list of objects.",
    )


def _tree(manifest: LayerManifest, content: bytes | str) -> Element:
    """Parse XML into elements by the names without prefixes; raises LayerError for a DTD, and for what is no XML."""
    builder = TreeBuilder()
    parser = expat.ParserCreate()
    depth = 0

    def refuse(*_declared: object) -> NoReturn:
        raise LayerError(
            f"{manifest.file} has a document type declaration (DOCTYPE), which is not read.",
            code="unsafe-xml",
            file=manifest.file,
            advice="Remove the declaration and its entities.",
        )

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise LayerError(
                f"{manifest.file} nests elements more than {MAX_DEPTH} deep.", code="unreadable", file=manifest.file
            )
        own = {key: value for key, value in attributes.items() if key.partition(":")[0] != "xmlns"}
        builder.start(_local(name), {_local(key): value for key, value in own.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(name))

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, builder.data
    try:
        parser.Parse(content, True)  # noqa: FBT003 - expat's own way to say that this is all
        return builder.close()
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise LayerError(
            f"{manifest.file} is not XML that can be read: {error}.",
            code="unreadable",
            file=manifest.file,
            advice="Is it whole, and in the encoding that it says?",
        ) from error


def _at_path(root: Element, path: str) -> list[Element]:
    """Follow names from the root's children downwards."""
    level = [root]
    for name in path.split("/"):
        level = [child for element in level for child in element if child.tag == name]
    return level


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _fields(element: Element) -> dict[str, Any]:
    """Read a record; a field that comes twice, or holds elements itself, becomes a list, which no cell can hold."""
    found: dict[str, Any] = dict(element.attrib)
    for child in element:
        value: Any = [part.tag for part in child] if len(child) else child.text
        found[child.tag] = [found[child.tag], value] if child.tag in found else value
    return found


def _is_text(record: dict[str, Any]) -> bool:
    try:
        "".join(map(str, [*record, *record.values()])).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _judged(manifest: LayerManifest, records: list[Any]) -> Found:
    """Set aside the records that are no row of a table, with the reason."""
    rows: dict[int, dict[str, Any]] = {}
    problems: list[Problem] = []
    broken: dict[int, str] = {}
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict):
            field, code, reason = None, "bad-record", f"The record is no object: {shorten(repr(record))}."
        elif nested := [name for name, value in record.items() if isinstance(value, (dict, list))]:
            field, code = nested[0], "nested-value"
            reason = f"'{shorten(nested[0])}' holds several values or other fields, which no cell of a table can."
        elif not _is_text(record):
            field, code, reason = None, "bad-encoding", "The record holds half a character (a lone surrogate)."
        else:
            rows[number] = record
            continue
        broken[number] = shorten(repr(record), 500).encode("utf-8", "backslashreplace").decode()
        problems.append(
            Problem(
                layer=manifest.id,
                file=manifest.file,
                row=number,
                code=code,
                severity=Severity.ERROR,
                field=field,
                reason=reason,
            )
        )
    return rows, problems, broken
