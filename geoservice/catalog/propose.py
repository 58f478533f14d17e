"""From a spreadsheet with headings of its own to a layer.toml: what each column most likely means, and why."""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyproj
from openpyxl.utils.exceptions import InvalidFileException

from geoservice.catalog.camera import parse_bearing
from geoservice.catalog.catalog import Catalog
from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.numbers import to_number
from geoservice.catalog.read import RawTable, read_table
from geoservice.catalog.zoning import label_index, plain_label
from geoservice.crs import LONLAT
from geoservice.errors import LayerError
from geoservice.vocabulary import Access, Role, Status

TEXT_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})
BOOK_SUFFIXES = frozenset({".xlsx", ".xlsm"})

HEADINGS: dict[str, tuple[str, ...]] = {
    "id": (
        "id",
        "code",
        "ref",
        "reference",
        "no",
        "number",
        "key",
        "camera id",
        "camera no",
        "site no",
        "asset id",
        "編號",
        "編碼",
        "鏡頭編號",
    ),
    "name_en": (
        "name en",
        "english name",
        "name",
        "site name",
        "camera name",
        "location",
        "title",
        "name english",
        "英文名稱",
        "名稱 英文",
    ),
    "name_zh": ("name zh", "chinese name", "name chinese", "name tc", "中文名稱", "名稱", "名稱 中文", "地點"),
    "kind": ("kind", "type", "category", "camera type", "類別", "類型", "種類"),
    "status": ("status", "state", "狀態", "情況"),
    "valid_from": (
        "valid from",
        "installed",
        "installed on",
        "install date",
        "installation date",
        "start date",
        "since",
        "opened",
        "安裝日期",
        "生效日期",
        "啟用日期",
    ),
    "valid_to": ("valid to", "removed", "removed on", "end date", "until", "closed on", "終止日期", "拆除日期"),
    "owner": ("owner", "operator", "department", "擁有人", "部門"),
    "access": ("access", "使用權"),
    "weight": ("weight", "population", "people", "權重", "人口"),
    "bearing_deg": (
        "bearing deg",
        "bearing",
        "direction",
        "azimuth",
        "heading",
        "facing",
        "camera direction",
        "方位",
        "方向",
    ),
    "view_angle_deg": ("view angle deg", "view angle", "fov", "hfov", "field of view", "angle", "camera angle", "視角"),
    "range_m": ("range m", "range", "reach", "view distance", "範圍", "距離"),
    "nearest_m": ("nearest m", "nearest", "nearest distance", "blind zone", "最近距離"),
    "lon": ("lon", "long", "lng", "longitude", "x lon", "wgs84 lon", "經度"),
    "lat": ("lat", "latitude", "y lat", "wgs84 lat", "緯度"),
    "easting": ("easting", "east", "e", "x", "grid e", "東座標", "東距"),
    "northing": ("northing", "north", "n", "y", "grid n", "北座標", "北距"),
}
"""How each field is headed in the wild, most telling first; letters and digits count, nothing else."""

STATUS_WORDS: dict[str, Status] = {
    **dict.fromkeys(
        ("in service", "active", "working", "in use", "installed", "live", "運作中", "使用中"), Status.OPERATING
    ),
    **dict.fromkeys(("proposed", "future", "to be installed", "tbc", "計劃中", "擬建"), Status.PLANNED),
    **dict.fromkeys(
        ("broken", "faulty", "offline", "under repair", "suspended", "維修中", "暫停"), Status.OUT_OF_SERVICE
    ),
    **dict.fromkeys(("removed", "decommissioned", "demolished", "已拆除", "已關閉"), Status.CLOSED),
}

_CAMERA_FIELDS = frozenset({"bearing_deg", "view_angle_deg", "range_m", "nearest_m"})
_POSITION_FIELDS = frozenset({"lon", "lat", "easting", "northing"})
_NUMBERS = _CAMERA_FIELDS | _POSITION_FIELDS | {"weight"}
_UNITS = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters", "米"), "m"),
    **dict.fromkeys(("deg", "degree", "degrees", "°", "度"), "deg"),
}
_UNIT_OF = {"range_m": "m", "nearest_m": "m", "bearing_deg": "deg", "view_angle_deg": "deg"}
_LOOK_AT = 12
_MOST = 0.8
_ENCODINGS = ("utf-8", "big5hkscs", "cp1252")


_NO_BEARING = (
    "No column was taken for the bearing: every camera looks all round, whatever its view angle. If one says where "
    'they look, name it in layer.toml: columns = { bearing_deg = "…" }.'
)


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """What a column is taken for: a field, an attribute, or a label; why; and what one of its values looks like."""

    column: str
    field: str
    why: str
    example: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What layer.toml would say of a file (`manifest`, ready to write), column by column, and what is left to state."""

    manifest: dict[str, Any]
    columns: tuple[ProposedColumn, ...]
    notes: tuple[str, ...]


def propose(
    path: Path, catalog: Catalog, layer_id: str, role: Role | None = None, title: str | None = None
) -> Proposal:
    """Propose the layer.toml of a file; raises LayerError if it cannot be read or does not say where its rows are."""
    form = _form(path)
    raw = _read(path, form)
    table = raw.values  # noqa: PD011 - ours
    if table.empty:
        first = f" Row {raw.problems[0].row}: {raw.problems[0].reason}" if raw.problems else ""
        raise LayerError(f"{path.name} has no rows that can be read.{first}", code="no-rows", file=path.name)
    fields, why, notes = _by_heading(table)
    _as_degrees(table, catalog, fields, why)
    _by_value(raw, catalog, fields, why)
    chosen = role or (Role.CAMERA if _CAMERA_FIELDS & fields.keys() or _is_named_camera(path) else Role.FACILITY)
    if chosen is Role.CAMERA:
        _bearing_by_value(table, fields, why)
    else:
        for field in _CAMERA_FIELDS & fields.keys():
            del fields[field]
    _require_position(path, raw, fields, chosen)
    label = _zone_label(table, catalog, set(fields.values()))
    manifest = {
        "id": layer_id,
        "role": str(chosen),
        "title": {"en": title or path.stem.replace("_", " ").replace("-", " ")},
        "description": {"en": f"From {path.name}. To be described."},
        "file": path.name,
        "source": {"name": {"en": "To be stated"}},
        "licence": {"name": {"en": "To be stated"}},
        "update_frequency": {"en": "To be stated"},
        **form,
        **_position(raw, fields, catalog),
        "columns": {field: column for field, column in fields.items() if field not in _POSITION_FIELDS},
        "defaults": {} if "status" in fields or chosen is Role.TABLE else {"status": str(Status.OPERATING)},
    }
    if values := _values(table, fields):
        manifest["values"] = values
    if label is not None:
        manifest["zone_label"] = {"column": label[0], "zone_system": label[1]}
    if chosen is Role.CAMERA:
        manifest["camera"] = _camera_defaults()
        notes += ["What a camera does not say is assumed: 60 m (30 to 120), 90 degrees (60 to 120). See [camera]."]
        notes += [] if "bearing_deg" in fields else [_NO_BEARING]
    if chosen is Role.DEMAND:
        manifest["weight"] = {"en": fields.get("weight", "Number")}
    others = [str(c) for c in table.columns if c not in fields.values() and (label is None or c != label[0])]
    manifest["attributes"] = [{"name": name, "title": {"en": name}} for name in others]
    if "id" not in fields:
        notes.append("No column names each row: the row numbers serve, which change when rows are put in between.")
    notes.append("To be stated in layer.toml: description, source, licence, update_frequency.")
    columns = [ProposedColumn(column, field, why[field], _example(table[column])) for field, column in fields.items()]
    if label is not None:
        columns.append(
            ProposedColumn(label[0], "zone_label", f"names zones of '{label[1]}'", _example(table[label[0]]))
        )
    columns += [ProposedColumn(name, "(kept as it is)", "", _example(table[name])) for name in others]
    return Proposal(manifest, tuple(columns), tuple(notes))


def plain_heading(heading: str) -> tuple[str, str | None]:
    """Take a heading apart into its words, made alike, and the unit that it names in brackets or at its end."""
    unit = None
    if (found := re.search(r"[(\[（]([^)\]）]*)[)\]）]\s*$", heading)) is not None:
        unit = found.group(1).strip().lower()
        heading = heading[: found.start()]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    return " ".join(re.findall(r"[^\W_]+", words.lower())), unit


def _by_heading(values: pd.DataFrame) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Match headings to fields; a column is used once, and a length in another unit not at all."""
    plain = {str(column): plain_heading(str(column)) for column in values.columns}
    fields: dict[str, str] = {}
    why: dict[str, str] = {}
    notes: list[str] = []
    for field, names in HEADINGS.items():
        for name in names:
            column = next((c for c, (words, _) in plain.items() if words == name and c not in fields.values()), None)
            if column is None:
                continue
            unit = plain[column][1]
            wanted = _UNIT_OF.get(field)
            if wanted is not None and unit is not None and _UNITS.get(unit) != wanted:
                notes.append(f"'{column}' is in {unit}, not in {wanted}: convert it, or it is not used.")
                break
            if field in _NUMBERS and not _looks_numeric(values[column], field):
                continue
            fields[field], why[field] = column, f"is headed '{column}'"
            break
    for east, north in (("lon", "lat"), ("easting", "northing")):
        if (east in fields) != (north in fields):
            fields.pop(east, None)
            fields.pop(north, None)
    return fields, why, notes


def _looks_numeric(values: pd.Series, field: str) -> bool:
    given = [value for value in values if value not in (None, "")]
    if field in ("bearing_deg", "range_m", "view_angle_deg", "nearest_m"):
        return bool(given)
    return bool(given) and sum(to_number(value) is not None for value in given) >= len(given) / 2


def _as_degrees(table: pd.DataFrame, catalog: Catalog, fields: dict[str, str], why: dict[str, str]) -> None:
    """Take x and y, in either order, for longitude and latitude where most of their values lie as such in the region.

    Where other columns are longitude and latitude already, x and y are no position besides.
    """
    if "easting" not in fields:
        return
    pair = (fields["easting"], fields["northing"])
    bounds = _bounds(catalog)[("lon", "lat")]
    for columns in (pair, pair[::-1]):
        if not all(_share_within(table[c], *span) >= _MOST for c, span in zip(columns, bounds, strict=True)):
            continue
        for field in ("easting", "northing"):
            del fields[field], why[field]
        if "lon" in fields:
            return
        for field, column in zip(("lon", "lat"), columns, strict=True):
            fields[field], why[field] = column, f"its values lie where the region has its {field}"
        return


def _by_value(raw: RawTable, catalog: Catalog, fields: dict[str, str], why: dict[str, str]) -> None:
    """Find positions that no heading tells, by numbers that lie in the region; put right what is swapped."""
    table = raw.values  # noqa: PD011 - ours
    free = [str(column) for column in table.columns if column not in fields.values()]
    for pair, bounds in _bounds(catalog).items():
        if pair[0] in fields:
            columns = [fields[pair[0]], fields[pair[1]]]
        elif raw.geometry is None and not _POSITION_FIELDS & fields.keys():
            columns = free
        else:
            continue
        within = [[_share_within(table[column], low, high) >= _MOST for column in columns] for low, high in bounds]
        if not any(within[0]) or not any(within[1]):
            continue
        east = columns[within[0].index(True)]
        north = next((c for c, fits in zip(columns, within[1], strict=True) if fits and c != east), None)
        if north is None or (fields.get(pair[0]), fields.get(pair[1])) == (east, north):
            continue
        for field, column in zip(pair, (east, north), strict=True):
            fields[field], why[field] = column, f"its values lie where the region has its {field}"


def _bounds(catalog: Catalog) -> dict[tuple[str, str], tuple[tuple[float, float], tuple[float, float]]]:
    """Give the ranges that positions in the region have: in degrees, and in the grid's own units."""
    west, south, east, north = catalog.region.box.lonlat
    grid = pyproj.Transformer.from_crs(LONLAT, catalog.region.working_crs, always_xy=True)
    x0, y0, x1, y1 = grid.transform_bounds(west, south, east, north)
    return {("lon", "lat"): ((west, east), (south, north)), ("easting", "northing"): ((x0, x1), (y0, y1))}


def _share_within(values: pd.Series, low: float, high: float) -> float:
    found = [number for value in values if (number := to_number(value)) is not None]
    return sum(low <= number <= high for number in found) / len(values) if found else 0.0


def _require_position(path: Path, raw: RawTable, fields: dict[str, str], role: Role) -> None:
    if role is not Role.TABLE and raw.geometry is None and not _POSITION_FIELDS & fields.keys():
        columns = ", ".join(map(str, raw.values))
        raise LayerError(
            f"Nothing in {path.name} says where its rows are: it has {columns}.",
            code="no-position",
            file=path.name,
            advice="Add columns of longitude and latitude, or of easting and northing; a plain table is --role table.",
        )


def _position(raw: RawTable, fields: dict[str, str], catalog: Catalog) -> dict[str, Any]:
    position: dict[str, str] = {
        field: fields[field] for field in ("lon", "lat", "easting", "northing") if field in fields
    }
    if "easting" in position:
        position["grid_crs"] = catalog.region.working_crs
    if "lon" in position and "easting" in position:
        position["primary"] = "lonlat"
    if raw.geometry is not None:
        position["primary"] = "geometry"
    crs = {"crs": "EPSG:4326"} if "lon" in position and raw.geometry is None else {}
    return {**crs, **({"position": position} if position else {})}


def _bearing_by_value(table: pd.DataFrame, fields: dict[str, str], why: dict[str, str]) -> None:
    """Take a column of compass points, or of ends of views, for the bearing; numbers alone could be anything."""
    for column in table.columns if "bearing_deg" not in fields else ():
        given = [str(value) for value in table[column] if value not in (None, "")]
        telling = [text for text in given if not text.replace(".", "").strip().isdigit()]
        if column in fields.values() or not telling:
            continue
        if sum(map(_is_bearing, given)) >= _MOST * len(given) and any(map(_is_bearing, telling)):
            fields["bearing_deg"], why["bearing_deg"] = str(column), "its values are compass points or ends of views"
            return


def _is_bearing(text: str) -> bool:
    try:
        parse_bearing(text)
    except ValueError:
        return False
    return True


def _zone_label(values: pd.DataFrame, catalog: Catalog, used: set[str]) -> tuple[str, str] | None:
    """Find a column most of whose values name zones of some system."""
    for system in catalog.region.zone_systems:
        zones = catalog.zones(system.id)
        if zones.empty:
            continue
        index = label_index(zones, system.labels)
        for column in values.columns:
            given = [str(value) for value in values[column] if value not in (None, "")]
            known = sum(plain_label(text, system.labels) in index for text in given)
            if column not in used and given and known >= _MOST * len(given):
                return str(column), system.id
    return None


def _values(values: pd.DataFrame, fields: dict[str, str]) -> dict[str, dict[str, str]]:
    """Translate the words of a status or access column that are known by other names."""
    found: dict[str, dict[str, str]] = {}
    for field, words in (("status", Status), ("access", Access)):
        if field not in fields:
            continue
        given = {str(value).strip() for value in values[fields[field]] if value not in (None, "")}
        table: dict[str, str] = {}
        for text in sorted(given - {str(word) for word in words}):
            alike = text.lower().replace("-", " ").replace("_", " ")
            meant = next((str(word) for word in words if str(word).replace("_", " ") == alike), None)
            if meant is None and field == "status" and alike in STATUS_WORDS:
                meant = str(STATUS_WORDS[alike])
            if meant is not None:
                table[text] = meant
        if table:
            found[field] = table
    return found


def _camera_defaults() -> dict[str, Any]:
    return {
        "range_m": {"low": 30, "mid": 60, "high": 120},
        "view_angle_deg": {"low": 60, "mid": 90, "high": 120},
        "assumption": {
            "en": "Where a camera does not say, it is taken to see 60 m far (30 to 120) within 90 degrees (60 to 120).",
            "zh": "如沒有列明，假設鏡頭可見 60 米（30 至 120 米），視角 90 度（60 至 120 度）。",
        },
    }


def _is_named_camera(path: Path) -> bool:
    return any(word in path.stem.lower() for word in ("camera", "cctv", "鏡頭"))


def _example(values: pd.Series) -> str:
    given = next((value for value in values if value not in (None, "")), "")
    return str(given)[:40]


# ------------------------------------------------------------------ the form of the file


def _form(path: Path) -> dict[str, Any]:
    """Find out encoding, delimiter and the row of the heading; only what differs from the defaults is given."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise LayerError(f"There is no file {path}.", code="missing-file", file=path.name)
    if suffix in TEXT_SUFFIXES:
        encoding, text = _decoded(path)
        delimiter = "\t" if suffix == ".tsv" else _delimiter(text)
        rows = [list(row) for row in islice(csv.reader(text.splitlines(), delimiter=delimiter), _LOOK_AT)]
        form: dict[str, Any] = {} if encoding == "utf-8" else {"encoding": encoding}
        if delimiter != "," and suffix != ".tsv":
            form["delimiter"] = delimiter
    elif suffix in BOOK_SUFFIXES:
        rows, form = _first_rows_of_book(path), {}
    else:
        return {}
    heading = _heading_row(rows)
    return {**form, **({"heading_row": heading} if heading > 1 else {})}


def _decoded(path: Path) -> tuple[str, str]:
    """Read a text in the first encoding that fits; a byte order mark goes before all."""
    content = path.read_bytes()
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return "utf-8", content.decode(name, "replace")
    good = sum(_is_utf8(line) for line in content.splitlines())
    if good >= len(content.splitlines()) / 2:
        return "utf-8", content.decode("utf-8", "replace")
    for name in _ENCODINGS[1:]:
        try:
            return name, content.decode(name)
        except UnicodeDecodeError:
            continue
    return "utf-8", content.decode("utf-8", "replace")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    """Take the delimiter that cuts the first lines into the most fields."""
    lines = text.splitlines()[:_LOOK_AT]
    return max(",;\t", key=lambda mark: sum(line.count(mark) for line in lines))


def _first_rows_of_book(path: Path) -> list[list[Any]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError):
        return []  # the reader that follows says what is wrong with it
    try:
        if not book.worksheets:
            return []
        return [list(row) for row in islice(book.worksheets[0].iter_rows(values_only=True), _LOOK_AT)]
    finally:
        book.close()


def _heading_row(rows: list[list[Any]]) -> int:
    """Find the row of the headings: the first that names as many columns as the fullest row fills, all in words."""
    filled = [sum(cell not in (None, "") for cell in row) for row in rows]
    full = max(filled, default=0)
    for number, (row, count) in enumerate(zip(rows, filled, strict=True), start=1):
        words = [cell for cell in row if isinstance(cell, str) and cell and to_number(cell) is None]
        if count == full and len(words) == count:
            return number
    return 1


def _read(path: Path, form: dict[str, Any]) -> RawTable:
    stub = LayerManifest.model_validate(
        {
            "id": "proposed",
            "role": str(Role.TABLE),
            "title": {"en": "-"},
            "description": {"en": "-"},
            "file": path.name,
            "source": {"name": {"en": "-"}},
            "licence": {"name": {"en": "-"}},
            "as_of": date.today(),  # noqa: DTZ011 - not looked at
            "update_frequency": {"en": "-"},
            **form,
        }
    )
    return read_table(stub, path.parent)
