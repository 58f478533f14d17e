"""Writing frames in the formats that shells, spreadsheets and GIS read; which of them hold geometry."""

from __future__ import annotations

import errno
import io
import os
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from itertools import chain, count
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from geoservice.crs import WorkingCrs
from geoservice.errors import GeoserviceError
from geoservice.formats.aside import folder_aside, writing
from geoservice.formats.geojson import dumps, features, plain, rounded
from geoservice.formats.table import to_csv


class Format(StrEnum):
    """How a frame is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    GEOJSON = "geojson"
    GPKG = "gpkg"
    FGB = "fgb"
    PARQUET = "parquet"
    XLSX = "xlsx"


BINARY = frozenset({Format.GPKG, Format.FGB, Format.PARQUET, Format.XLSX})
"""Formats that need a file: they are no text for a terminal."""

_OF_GEOPACKAGE = frozenset({"fid", "geom"})
"""Columns that a GeoPackage has of its own."""
_SUFFIXES = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".geojson": Format.GEOJSON,
    ".gpkg": Format.GPKG,
    ".fgb": Format.FGB,
    ".parquet": Format.PARQUET,
    ".geoparquet": Format.PARQUET,
    ".txt": Format.TABLE,
    ".xlsx": Format.XLSX,
}
_EXACT = 2**53
_MOST_IN_A_SHEET_NAME = 31
_MOST_LINKS = 40


def format_of(path: Path) -> Format | None:
    """Give the format that a file's name ends in; None if it ends in none that is known."""
    return _SUFFIXES.get(path.suffix.lower())


def to_text(frame: gpd.GeoDataFrame, working: WorkingCrs, form: Format, about: Mapping[str, Any]) -> bytes:
    """Write a frame as text: a table, CSV, JSON, or GeoJSON in longitude and latitude; `about` says what it rests on.

    In JSON and GeoJSON `about` comes first; in CSV each entry of it is a column at the end; a table ends with it.
    """
    match form:
        case Format.GEOJSON:
            return _geojson(frame, working, about)
        case Format.JSON:
            rows = [
                {name: plain(value) for name, value in row.items()} for row in _flat(frame).to_dict(orient="records")
            ]
            return dumps({**_plain(about), "rows": rows}) + b"\n"
        case Format.CSV:
            flat = _flat(frame)
            constants = _beside(flat.columns, about)
            written = [[*row, *constants.values()] for row in flat.itertuples(index=False)]
            return to_csv([*map(str, flat.columns), *constants], written)
        case Format.TABLE:
            return _table(_flat(frame), about)
    msg = f"{form} is no text"
    raise ValueError(msg)


def write_file(
    frame: gpd.GeoDataFrame, working: WorkingCrs, form: Format, path: Path, about: Mapping[str, Any]
) -> None:
    """Write a frame to a file, whole or not at all; raises GeoserviceError if it cannot be written.

    GeoPackage, FlatGeobuf and GeoParquet are in the working CRS with `about` as columns; GeoJSON is in longitude and
    latitude. A link is followed; into a pipe or a device text is written as it comes.
    """
    with writing(path):
        if _is_stream(path):
            if form in BINARY:
                raise GeoserviceError(
                    f"Cannot write {form} into {path}, which is no regular file.",
                    advice="Name a regular file, or a format that is text.",
                )
            with path.open("ab") as stream:
                stream.write(to_text(frame, working, form, about))
            return
        target = Path(os.path.realpath(path))
        if target.is_symlink():
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        if not target.parent.is_dir():
            folder = target.parent if path.is_symlink() else path.parent
            raise GeoserviceError(f"Cannot write {path}: there is no folder {folder}.", advice="Make it first.")
        with folder_aside(target.parent) as aside:
            part = aside / f"{_layer_name(target)}.{form}"
            _write(frame, working, form, part, about)
            part.replace(target)


def _layer_name(path: Path) -> str:
    """Name the table, layer or sheet in a file after the file, as far as all formats allow, to tell exports apart."""
    return re.sub(r"[^\w.-]+", "_", path.stem).strip("_.'")[:_MOST_IN_A_SHEET_NAME] or "data"


def _is_stream(path: Path) -> bool:
    """Tell what is written into, and not replaced: a pipe, a device, and what a process has open (/dev/stdout)."""
    for _ in range(_MOST_LINKS):
        if not path.is_symlink():
            break
        if path.parent.resolve().match("/proc/*/fd"):
            return True
        path = path.parent / path.readlink()
    return path.exists() and not (path.is_file() or path.is_dir())


def _write(frame: gpd.GeoDataFrame, working: WorkingCrs, form: Format, path: Path, about: Mapping[str, Any]) -> None:
    match form:
        case Format.GPKG:
            write_gdal(with_free_names(_told(frame, about)), path, "GPKG", layer=path.stem)
        case Format.FGB:
            index = "NO" if frame.geometry.isna().any() else "YES"
            write_gdal(_told(frame, about), path, "FlatGeobuf", layer=path.stem, SPATIAL_INDEX=index)
        case Format.PARQUET:
            _told(frame, about).to_parquet(path, index=False)
        case Format.XLSX:
            _write_book(_flat(_told(frame, about)), path)
        case _:
            path.write_bytes(to_text(frame, working, form, about))


def write_gdal(frame: gpd.GeoDataFrame, path: Path, driver: str, **options: Any) -> None:
    """Write by GDAL, and read again: on a full disk it may leave a file cut short and say nothing."""
    pyogrio.write_dataframe(frame, path, driver=driver, **options)
    if pyogrio.read_bounds(path, layer=options.get("layer"))[1].shape[1] != len(frame):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def with_free_names(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Rename what a GeoPackage cannot hold beside its own `fid` and `geom`, or two names that differ in case alone."""
    own = frame.columns.drop(frame.geometry.name)
    named = {str(name).lower() for name in own}
    taken = set(_OF_GEOPACKAGE)
    names: dict[Any, str] = {}
    for name in map(str, own):
        stem = f"{name}_" if name.lower() in _OF_GEOPACKAGE else name
        names[name] = free_name(stem, taken | named) if name.lower() in taken else name
        taken.add(names[name].lower())
    return frame.rename(columns=names)


def _write_book(flat: pd.DataFrame, path: Path) -> None:
    """Write a workbook in which every text is a text: what begins like a formula is not run."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(path.stem)
    for row in [list(map(str, flat.columns)), *flat.itertuples(index=False)]:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, plain(value) if not isinstance(value, str) else None)
            if isinstance(value, str):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)
                cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    content = io.BytesIO()
    book.save(content)
    path.write_bytes(content.getvalue())


def _told(frame: gpd.GeoDataFrame, about: Mapping[str, Any]) -> gpd.GeoDataFrame:
    """Add what a frame rests on as columns; columns of mixed or no values become text."""
    told = frame.assign(**_beside(frame.columns, about))
    for name in told.columns:
        if name != told.geometry.name and told[name].dtype == object:
            told[name] = told[name].map(lambda value: None if plain(value) is None else str(plain(value)))
    return told


def _flat(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns=frame.geometry.name))


def _beside(columns: Iterable[Any], about: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a frame rests on under names that its columns leave free: a column of the data keeps its own."""
    taken = {str(column).lower() for column in columns}
    found: dict[str, Any] = {}
    for name, value in _plain(about).items():
        free = free_name(f"about_{name}", taken | about.keys()) if name in taken else name
        taken.add(free)
        found[free] = value
    return found


def free_name(name: str, taken: Collection[str]) -> str:
    """Find the first of a name, the name with 2, 3 and so on that is not taken; `taken` is in small letters."""
    numbered = (f"{name}_{number}" for number in count(2))
    return next(one for one in chain([name], numbered) if one.lower() not in taken)


def _plain(about: Mapping[str, Any]) -> dict[str, Any]:
    return {name: plain(value) for name, value in about.items()}


def _geojson(frame: gpd.GeoDataFrame, working: WorkingCrs, about: Mapping[str, Any]) -> bytes:
    placed = rounded(working.to_lonlat(frame))
    names = [str(name) for name in placed.columns if name != placed.geometry.name]
    ids = [str(value) for value in (placed["id"] if "id" in placed.columns else range(1, len(placed) + 1))]
    document = {"type": "FeatureCollection", **_plain(about), "features": features(placed, ids, names)}
    return dumps(document) + b"\n"


def _table(flat: pd.DataFrame, about: Mapping[str, Any]) -> bytes:
    """Lay a frame out in columns for people: shares as percent, areas in km², lengths in metres."""
    names = [str(name) for name in flat.columns if flat[name].notna().any()]
    columns = [[_heading(name), *(_shown(name, plain(value)) for value in flat[name])] for name in names]
    widths = [max(map(width_of, column)) for column in columns]
    numeric = [pd.api.types.is_numeric_dtype(flat[name]) for name in names]
    lines = []
    for row in zip(*columns, strict=True) if columns else []:
        cells = [
            " " * (width - width_of(cell)) + cell if right else cell + " " * (width - width_of(cell))
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    lines += ["", *(f"{name}: {value}" for name, value in _plain(about).items() if value is not None)]
    return ("\n".join(lines) + "\n").encode()


def _heading(name: str) -> str:
    return f"{name[:-3]}_km2" if name.endswith("_m2") else name


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return printable(str(value))
    if "share" in name:
        return f"{value:.1%}"
    if name.endswith("_m2"):
        return f"{value / 1e6:,.3f}"
    if isinstance(value, int) or abs(value) >= _EXACT:
        return str(value)
    return f"{value:,.0f}" if name.endswith("_m") else f"{value:,.6g}"


def printable(text: str) -> str:
    """Replace what a terminal would act upon instead of showing it."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)


def width_of(text: str) -> int:
    """Count the columns that a text takes on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
