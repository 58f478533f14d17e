"""From a file to a raw table: what GDAL reads, CSV, Excel, JSON, XML and GeoParquet; only the form is judged here."""

from __future__ import annotations

import codecs
import csv
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow as pa
import pyogrio
from openpyxl.utils.exceptions import InvalidFileException
from pyproj import CRS

from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.problems import NOT_GENERATED, Problem, Severity
from geoservice.catalog.records import as_table, is_json_table, json_records, xml_records
from geoservice.errors import LayerError
from geoservice.vocabulary import Role

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAX_BAD_SHARE = 0.5
"""A file of which more rows than this are in another encoding is refused as a whole."""


@dataclass(frozen=True)
class RawTable:
    """A file as it was read: values as they stand, by row number; geometry and CRS where the file has them.

    `problems` are rows that could not even be split into fields; `broken_rows` holds what could be read of them.
    """

    values: pd.DataFrame
    geometry: gpd.GeoSeries | None = None
    crs: CRS | None = None
    problems: list[Problem] = field(default_factory=list)
    broken_rows: dict[int, str] = field(default_factory=dict)


def read_table(manifest: LayerManifest, folder: Path) -> RawTable:
    """Read the data file of a layer; raises LayerError if it is missing, or not what its name says."""
    path = folder / manifest.file
    if not _exists(path) and manifest.generated_by is not None:
        raise LayerError(
            f"The data file {manifest.file} has not been generated yet.",
            code=NOT_GENERATED,
            file=manifest.file,
            field="generated_by",
            advice=f"Run: {manifest.generated_by}",
        )
    if not _exists(path):
        raise LayerError(
            f"The data file {manifest.file} is missing.",
            code="missing-file",
            file=manifest.file,
            field="file",
            advice=f"Put it into the folder {folder.name} or name another one.",
        )
    try:
        return _reader(path)(manifest, path)
    except OSError as error:
        raise LayerError(
            f"{manifest.file} cannot be read: {error.strerror or error}.",
            code="unreadable",
            file=manifest.file,
            advice="It must be a file that this service may read.",
        ) from error


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _reader(path: Path) -> Callable[[LayerManifest, Path], RawTable]:
    match path.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return _read_csv
        case ".xlsx" | ".xlsm":
            return _read_excel
        case ".parquet" | ".geoparquet":
            return _read_parquet
        case ".json":
            return _read_json
        case ".xml":
            return _read_xml
        case _:
            return _read_gdal


def _read_csv(manifest: LayerManifest, path: Path) -> RawTable:
    encoding = _encoding(manifest, path)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else manifest.delimiter
    try:
        with path.open(encoding=encoding, errors=_on_bad_bytes(encoding), newline="") as file:
            return _table(manifest, _csv_rows(file, delimiter))
    except UnicodeError as error:
        raise _wrong_encoding(manifest, encoding, str(error)) from error
    except csv.Error as error:
        raise LayerError(
            f"{manifest.file} is not a table of separated values: {error}.",
            code="unreadable",
            file=manifest.file,
        ) from error


def _csv_rows(file: TextIO, delimiter: str) -> Iterator[list[Any]]:
    """Yield rows as lists; the row number counts records, so a line break within quotes does not shift it.

    Raises csv.Error, with the line, for a quote that is not closed: the rows that follow it would be one field.
    """
    record: list[str] = []

    def lines() -> Iterator[str]:
        for line in file:
            record.append(line)
            yield line

    reader = csv.reader(lines(), delimiter=delimiter)
    began = 1
    for row in reader:
        if len(record) > 1 and not _is_strict(record, delimiter):
            raise csv.Error(f"a quote that opens in line {began} is not closed where its field ends")
        yield row
        began = reader.line_num + 1
        record.clear()


def _is_strict(record: list[str], delimiter: str) -> bool:
    """Tell whether the lines of a record hold quotes only around whole fields, and closed."""
    try:
        deque(csv.reader(record, delimiter=delimiter, strict=True), maxlen=0)
    except csv.Error:
        return False
    return True


def _encoding(manifest: LayerManifest, path: Path) -> str:
    """Take the byte order mark where there is one, else the encoding declared, else UTF-8."""
    with path.open("rb") as file:
        start = file.read(4)
    for mark, name in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return name
    return _known_encoding(manifest.encoding or "utf-8")


def _known_encoding(encoding: str) -> str:
    """Give an encoding back if Python knows it as one of text; raises LayerError otherwise."""
    try:
        b"a".decode(encoding)
    except UnicodeError:
        return encoding
    except (LookupError, ValueError):
        raise LayerError(
            f"'{encoding}' is not an encoding that is known.",
            code="bad-encoding",
            file="layer.toml",
            field="encoding",
            advice="Write for example utf-8, utf-16-le or big5hkscs.",
        ) from None
    return encoding


def _on_bad_bytes(encoding: str) -> str:
    """Bad bytes in UTF-8 spoil their row alone; in other encodings they may shift all that follows."""
    return "surrogateescape" if codecs.lookup(encoding).name.startswith("utf-8") else "strict"


def _wrong_encoding(manifest: LayerManifest, encoding: str, detail: str) -> LayerError:
    return LayerError(
        f"{manifest.file} is not in {encoding}: {detail}.",
        code="bad-encoding",
        file=manifest.file,
        advice='Declare its encoding in layer.toml (encoding = "big5hkscs"), or save it as UTF-8.',
    )


def _read_excel(manifest: LayerManifest, path: Path) -> RawTable:
    # Broken XML is a SyntaxError of whichever parser openpyxl has found.
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError) as error:
        raise _no_workbook(manifest, error) from error
    try:
        names = [sheet.title for sheet in book.worksheets]  # a sheet that holds a chart has no cells
        if not names or (manifest.sheet is not None and manifest.sheet not in names):
            raise LayerError(
                f"{manifest.file} has no sheet '{manifest.sheet or 1}' with cells.",
                code="missing-sheet",
                file="layer.toml",
                field="sheet",
                advice=f"It has: {', '.join(names) or 'none'}.",
            )
        sheet = book[manifest.sheet or names[0]]
        # Some programs write a wrong size or none: the rows themselves are asked.
        sheet.reset_dimensions()
        return _table(manifest, _even(list(row) for row in sheet.iter_rows(values_only=True)))
    except (SyntaxError, KeyError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        raise _no_workbook(manifest, error) from error
    finally:
        book.close()


def _no_workbook(manifest: LayerManifest, error: Exception) -> LayerError:
    return LayerError(
        f"{manifest.file} is not a workbook that can be opened: {error}.",
        code="unreadable",
        file=manifest.file,
        advice="Save it as .xlsx, without a password.",
    )


def _even(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    """Fill rows of a sheet up to the heading's length: a sheet does not store empty cells at the end of a row."""
    length = 0
    for row in rows:
        length = max(length, len(row))
        yield row + [None] * (length - len(row))


def _table(manifest: LayerManifest, rows: Iterable[list[Any]]) -> RawTable:
    """Build a table from rows of cells, one of which is the heading; rows that do not fit it are set aside."""
    source = islice(iter(rows), manifest.heading_row - 1, None)
    heading = _heading(manifest, next(source, None))
    numbers: list[int] = []
    kept: list[list[Any]] = []
    broken: dict[int, str] = {}
    problems: list[Problem] = []

    def set_aside(number: int, cells: list[Any], code: str, reason: str) -> None:
        broken[number] = (
            manifest.delimiter.join("" if cell is None else str(cell) for cell in cells)
            .encode("utf-8", "backslashreplace")
            .decode()
        )
        problems.append(
            Problem(
                layer=manifest.id,
                file=manifest.file,
                row=number,
                code=code,
                severity=Severity.ERROR,
                reason=reason,
            )
        )

    badly_encoded = 0
    for number, cells in enumerate(source, start=manifest.heading_row + 1):
        while len(cells) > len(heading) and cells[-1] in (None, ""):
            cells.pop()
        if all(cell in (None, "") for cell in cells):
            continue
        if any(isinstance(cell, str) and not _is_text(cell) for cell in cells):
            badly_encoded += 1
            set_aside(number, cells, "bad-encoding", "The row holds bytes that are not UTF-8.")
        elif len(cells) != len(heading):
            reason = f"The row has {len(cells)} fields and the heading {len(heading)}."
            set_aside(number, cells, "ragged-row", reason)
        else:
            numbers.append(number)
            kept.append(cells)
    if badly_encoded > _MAX_BAD_SHARE * (badly_encoded + len(kept)):
        raise _wrong_encoding(manifest, "UTF-8", f"{badly_encoded} rows hold other bytes")
    values = pd.DataFrame(kept, index=pd.Index(numbers, dtype="int64"), columns=heading, dtype=object)
    return RawTable(values=values, problems=problems, broken_rows=broken)


def _is_text(cell: str) -> bool:
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _heading(manifest: LayerManifest, cells: list[Any] | None) -> list[str]:
    if not cells or all(cell in (None, "") for cell in cells):
        raise LayerError(
            f"{manifest.file} is empty or its first row is: there is no heading.",
            code="empty-file",
            file=manifest.file,
            advice="A row must name the columns: the first, or the one that heading_row in layer.toml says.",
        )
    while cells and cells[-1] in (None, ""):
        cells = cells[:-1]
    heading = [str(cell).strip() if cell is not None else "" for cell in cells]
    if any("\0" in name for name in heading):
        raise _wrong_encoding(manifest, "UTF-8", "its heading holds null characters, as UTF-16 does")
    twice = sorted({name for name in heading if heading.count(name) > 1})
    if twice or "" in heading:
        what = f"names '{twice[0]}' twice" if twice and twice[0] else "leaves a column without a name"
        raise LayerError(
            f"The heading of {manifest.file} {what}.",
            code="bad-heading",
            file=manifest.file,
            field=twice[0] if twice and twice[0] else None,
            advice="Give every column one name of its own.",
        )
    return heading


def _read_json(manifest: LayerManifest, path: Path) -> RawTable:
    if not is_json_table(manifest, path):
        return _read_gdal(manifest, path)
    values, problems, broken = as_table(manifest, json_records(manifest, _text(manifest, path)))
    return RawTable(values=values, problems=problems, broken_rows=broken)


def _read_xml(manifest: LayerManifest, path: Path) -> RawTable:
    """Read XML in the encoding that it says itself, unless layer.toml says another."""
    if manifest.records is None and manifest.role is not Role.TABLE:
        return _read_gdal(manifest, path)
    content = path.read_bytes() if manifest.encoding is None else _text(manifest, path)
    values, problems, broken = as_table(manifest, xml_records(manifest, content))
    return RawTable(values=values, problems=problems, broken_rows=broken)


def _text(manifest: LayerManifest, path: Path) -> str:
    encoding = _encoding(manifest, path)
    try:
        return path.read_text(encoding=encoding)
    except UnicodeError as error:
        raise _wrong_encoding(manifest, encoding, str(error)) from error


def _read_parquet(manifest: LayerManifest, path: Path) -> RawTable:
    try:
        try:
            frame = gpd.read_parquet(path)
        except ValueError as error:
            if "geo metadata" not in str(error):
                raise
            return RawTable(values=_numbered(_with_index(pd.read_parquet(path))).astype(object))
    except (pa.ArrowException, ValueError, OSError) as error:
        raise LayerError(
            f"{manifest.file} is not a Parquet file that can be read: {_without_path(error, path)}.",
            code="unreadable",
            file=manifest.file,
        ) from error
    return _from_frame(_with_index(frame))


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Make columns of what pandas keeps as an index of its own name, often the ids; others are mere numbers."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=named) if named else frame


def _read_gdal(manifest: LayerManifest, path: Path) -> RawTable:
    problems: list[Problem] = []
    if manifest.encoding is not None:
        _known_encoding(manifest.encoding)
    if path.suffix.lower() == ".shp" and not any(path.with_suffix(end).exists() for end in (".dbf", ".DBF")):
        raise LayerError(
            f"{manifest.file} has no {path.stem}.dbf beside it: its rows have no fields.",
            code="unreadable",
            file=manifest.file,
            advice="Copy all files of the shapefile: .shp, .shx, .dbf and .prj.",
        )
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            names = [str(name) for name in pyogrio.list_layers(path)[:, 0]]
            if manifest.sheet is not None and manifest.sheet not in names:
                raise LayerError(
                    f"{manifest.file} has no layer '{manifest.sheet}'.",
                    code="missing-sheet",
                    file="layer.toml",
                    field="sheet",
                    advice=f"It has: {', '.join(names)}.",
                )
            frame = pyogrio.read_dataframe(
                path, layer=manifest.sheet or names[0], encoding=manifest.encoding, force_2d=True
            )
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        pyogrio.errors.FeatureError,
    ) as error:
        raise LayerError(
            f"{manifest.file} cannot be read: {_without_path(error, path)}.",
            code="unreadable",
            file=manifest.file,
            advice="It must be a format that GDAL reads, or CSV, Excel or GeoParquet; is it whole?",
        ) from error
    except (UnicodeDecodeError, IndexError) as error:
        raise LayerError(f"{manifest.file} cannot be read: {error}.", code="unreadable", file=manifest.file) from error
    problems.extend(
        Problem(
            layer=manifest.id,
            file=manifest.file,
            code="reader-warning",
            severity=Severity.WARNING,
            reason=f"While reading: {warning.message}",
        )
        for warning in caught
    )
    return _from_frame(frame, problems)


def _without_path(error: Exception, path: Path) -> str:
    """Say what a reader says, but for where the layers lie on the disk."""
    return str(error).replace(f"{path.parent}/", "").replace(str(path.parent), "")


def _from_frame(frame: pd.DataFrame, problems: list[Problem] | None = None) -> RawTable:
    frame = _numbered(frame)
    if not isinstance(frame, gpd.GeoDataFrame):
        return RawTable(values=frame.astype(object), problems=problems or [])
    values = pd.DataFrame(frame.drop(columns=frame.geometry.name)).astype(object)
    return RawTable(values=values, geometry=frame.geometry, crs=frame.crs, problems=problems or [])


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_axis(pd.RangeIndex(1, len(frame) + 1), axis="index")
