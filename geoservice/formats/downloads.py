"""Files of a collection's features in the formats that GIS, spreadsheets and scripts read."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import shapely
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from geoservice.crs import LONLAT
from geoservice.errors import FormatError, message, there_are
from geoservice.formats.aside import folder_aside, writing
from geoservice.formats.credits import sentence
from geoservice.formats.export import ID, Export
from geoservice.formats.frames import free_name, with_free_names, write_gdal
from geoservice.formats.geojson import DECIMALS, dumps, features, plain
from geoservice.formats.geojson import MEDIA_TYPE as GEOJSON
from geoservice.formats.kml import MEDIA_TYPE as KML
from geoservice.formats.kml import kml
from geoservice.formats.prepared import feature_collection
from geoservice.formats.table import MEDIA_TYPE as CSV
from geoservice.formats.table import defused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
METRE_DECIMALS = 3
MOST_SHEET_ROWS = 100_000
"""A sheet holds ten times as many, but no spreadsheet is glad of them."""
MOST_CELL_CHARACTERS = 32_767
_ROW_GROUP = 20_000
_RECORD_SEPARATOR = b"\x1e"
_FILE_CRS = "EPSG:4326"
"""What files other than GeoParquet call longitude and latitude of WGS 84; in them, too, longitude comes first."""

Stream = Callable[[Export], Iterator[bytes]]
Write = Callable[[Export, Path], None]


@dataclass(frozen=True, slots=True)
class DownloadFormat:
    """A format by what its files end in; it is streamed, or written whole to a file. `lonlat` has no other system."""

    suffix: str
    media_type: str
    title: str
    stream: Stream | None = None
    write: Write | None = None
    lonlat: bool = False


def require_fit(form: DownloadFormat, export: Export) -> None:
    """Raise FormatError for what a format cannot hold: too many rows for a sheet, another system in KML."""
    if form.suffix == "xlsx" and len(export) > MOST_SHEET_ROWS:
        raise FormatError(
            f"{len(export):,} features are too many for a workbook, which holds {MOST_SHEET_ROWS:,}.",
            advice="Ask for a part with bbox or limit, or for .csv.",
        )
    if form.lonlat and not export.is_lonlat:
        raise FormatError(f"{form.title} is in longitude and latitude of WGS 84 alone.", advice="Leave crs out.")


def save(export: Export, path: Path) -> None:
    """Write a file in the format that its name ends in, whole or not at all; raises GeoserviceError if it cannot be.

    Other than `formats.frames.write_file` it writes what the web service gives: longitude and latitude, and the names,
    types and credits of a download.
    """
    form = DOWNLOADS.get(path.suffix.lower().removeprefix("."))
    if form is None:
        raise FormatError(f"'{path}' ends in no format that is known.", advice=there_are(DOWNLOADS))
    require_fit(form, export)
    with writing(path), folder_aside(path.parent) as aside:
        part = aside / f"{export.collection.id}.{form.suffix}"
        if form.write is not None:
            form.write(export, part)
        elif form.stream is not None:
            with part.open("wb") as file:
                file.writelines(form.stream(export))
        part.replace(path)


def geojson(export: Export) -> Iterator[bytes]:
    """Write one FeatureCollection that says first what it rests on."""
    collection = export.collection
    head = {
        "type": "FeatureCollection",
        "name": collection.id,
        "title": collection.title.en,
        "description": collection.description.en,
        **export.placed_credits,
        "numberReturned": len(export),
    }
    return feature_collection(head, _features(export))


def lines(export: Export) -> Iterator[bytes]:
    """Write a feature a line, as line-oriented tools read it."""
    yield from _features(export, after=b"\n")
    if len(export):
        yield b"\n"


def sequence(export: Export) -> Iterator[bytes]:
    """Write a GeoJSON text sequence (RFC 8142): a record separator before each feature, a line feed after it."""
    yield from _features(export, _RECORD_SEPARATOR, b"\n")
    if len(export):
        yield b"\n"


def table(export: Export) -> Iterator[bytes]:
    """Write CSV (RFC 4180) in UTF-8 with a byte order mark, as spreadsheets take Chinese for Latin without one.

    Points have two columns of coordinates, other geometry one of well-known text. What the features rest on is in
    columns at the end: a comment line would be a row to a spreadsheet, and columns to pandas.
    """
    columns = [ID, *(export.column(name) for name in export.properties)]
    for name in (*export.place_columns, *export.placed_credits):
        columns.append(free_name(name, {column.lower() for column in columns}))
    beside = [defused(text) for text in export.placed_credits.values()]
    yield b"\xef\xbb\xbf" + _csv([[defused(column) for column in columns]])
    for ids, frame in export.batches():
        values = [[defused(value) for value in frame[name]] for name in export.properties]
        places = _places(frame, points=export.has_points_only) if export.place_columns else []
        cells = [[defused(fid) for fid in ids], *values, *places]
        yield _csv([*row, *beside] for row in zip(*cells, strict=True))


def _csv(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _places(frame: gpd.GeoDataFrame, *, points: bool) -> list[list[Any]]:
    """Give the columns that say where: two of numbers for points, or one of text; nothing where there is no place."""
    shapes = np.asarray(frame.geometry.array)
    decimals = _decimals(frame)
    if points:
        axes = [np.round(axis, decimals).tolist() for axis in (shapely.get_x(shapes), shapely.get_y(shapes))]
        return [["" if value != value else value for value in axis] for axis in axes]  # noqa: PLR0124 - not a number
    texts = shapely.to_wkt(shapes, rounding_precision=decimals)
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return [["" if none else text for text, none in zip(texts, absent, strict=True)]]


def _decimals(frame: gpd.GeoDataFrame) -> int:
    return DECIMALS if frame.crs is None or frame.crs.is_geographic else METRE_DECIMALS


def _features(export: Export, before: bytes = b"", after: bytes = b",") -> Iterator[bytes]:
    """Give features from what is written already, or write them in batches."""
    if export.prepared is not None:
        yield from export.prepared.stream(export.positions, before, after)
        return
    between = b""
    for ids, frame in export.batches():
        shapes = shapely.transform(np.asarray(frame.geometry.array), lambda xy: np.round(xy, _decimals(frame)))  # noqa: B023 - used at once
        placed = frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))
        written = [before + dumps(one) for one in features(placed, ids, export.properties)]
        yield between + after.join(written)
        between = after


def geopackage(export: Export, path: Path, *, append: bool = False) -> None:
    """Write a GeoPackage whose layer says what it rests on, in its description and as metadata.

    With `append` the layer is added to those that the file has.
    """
    options = {"IDENTIFIER": export.collection.title.en, "DESCRIPTION": _described(export)}
    _write_gdal(export, path, "GPKG", options, append=append)


def flatgeobuf(export: Export, path: Path) -> None:
    """Write a FlatGeobuf, indexed where every feature has a place, whose header says what it rests on."""
    options = {"TITLE": export.collection.title.en, "DESCRIPTION": _described(export)}
    _write_gdal(export, path, "FlatGeobuf", {**options, "SPATIAL_INDEX": "YES" if _all_placed(export) else "NO"})


def _write_gdal(export: Export, path: Path, driver: str, options: Mapping[str, str], *, append: bool = False) -> None:
    frame = export.typed()
    if export.is_lonlat:
        frame = frame.set_crs(_FILE_CRS, allow_override=True)
    if driver == "GPKG":
        frame = with_free_names(frame)
    write_gdal(
        frame,
        path,
        driver,
        layer=export.collection.id,
        geometry_type=None if frame.geometry.notna().any() else "Unknown",
        layer_options=dict(options),
        layer_metadata=export.credits if driver == "GPKG" else None,
        use_arrow=True,
        append=append,
    )


def _described(export: Export) -> str:
    return sentence({"about": export.collection.description.en, **export.credits})


def _all_placed(export: Export) -> bool:
    shapes = np.asarray(export.frame.geometry.array)[np.asarray(export.positions, dtype=np.intp)]
    return bool(len(shapes)) and not (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any()


def geoparquet(export: Export, path: Path) -> None:
    """Write GeoParquet 1.1 with a column of boxes to skip row groups by; the file's metadata say what it rests on."""
    frame = export.typed()
    if export.is_lonlat:
        frame = frame.set_crs(LONLAT, allow_override=True)
    frame.attrs = {"title": export.collection.title.en, **export.credits}
    frame.to_parquet(path, index=False, schema_version="1.1.0", write_covering_bbox=True, row_group_size=_ROW_GROUP)


def workbook(export: Export, path: Path) -> None:
    """Write a workbook: a sheet of features, points with their coordinates, and a sheet of what they rest on.

    Every text is a text: what begins like a formula is not run. Raises FormatError for one longer than a cell holds.
    """
    _require_short_texts(export)
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("features")
    columns = [ID, *(export.column(name) for name in export.properties)]
    points = export.has_points_only and not export.without_place
    for name in export.axes if points else ():
        columns.append(free_name(name, {column.lower() for column in columns}))
    sheet.append([_cell(sheet, column) for column in columns])
    for ids, frame in export.batches():
        values = [[plain(value) for value in frame[name]] for name in export.properties]
        places = _places(frame, points=True) if points else []
        for row in zip(ids, *values, *places, strict=True):
            sheet.append([_cell(sheet, None if value == "" else value) for value in row])
    about = book.create_sheet("about")
    for name, text in {"title": export.collection.title.en, **export.placed_credits}.items():
        about.append([_cell(about, name), _cell(about, text)])
    book.save(path)


def _require_short_texts(export: Export) -> None:
    for _, frame in export.batches():
        for name in export.properties:
            longest = max((len(value) for value in frame[name] if isinstance(value, str)), default=0)
            if longest > MOST_CELL_CHARACTERS:
                raise FormatError(
                    f"A text of {longest:,} characters is too long for a cell, which holds {MOST_CELL_CHARACTERS:,}.",
                    advice="Take .csv, or leave the property out.",
                )


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    cell = WriteOnlyCell(sheet)
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)
    cell.data_type = "s"
    return cell


DOWNLOADS: Mapping[str, DownloadFormat] = {
    form.suffix: form
    for form in (
        DownloadFormat("geojson", GEOJSON, "GeoJSON", stream=geojson),
        DownloadFormat("geojsonl", "application/x-ndjson", message("GeoJSON, a feature a line"), stream=lines),
        DownloadFormat("geojsons", "application/geo+json-seq", message("GeoJSON text sequence"), stream=sequence),
        DownloadFormat("csv", CSV, "CSV", stream=table),
        DownloadFormat("gpkg", "application/geopackage+sqlite3", "GeoPackage", write=geopackage),
        DownloadFormat("fgb", "application/flatgeobuf", "FlatGeobuf", write=flatgeobuf),
        DownloadFormat("parquet", "application/vnd.apache.parquet", "GeoParquet", write=geoparquet),
        DownloadFormat("kml", KML, "KML", stream=kml, lonlat=True),
        DownloadFormat("xlsx", XLSX, message("Excel workbook"), write=workbook),
    )
}
