"""Areas in files from outside: GeoJSON, KML, KMZ, zipped shapefiles and GeoPackages, told apart by what is in them.

Nothing is handed to GDAL but files whose first bytes are those of their format, in a folder of their own, within
bounds: it would take other texts for descriptions of files and addresses to read.
"""

from __future__ import annotations

import io
import re
import sqlite3
import struct
import tempfile
import warnings
import zipfile
import zlib
from contextlib import closing
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import pyogrio
import shapely
from pyproj import CRS

from geoservice.crs import LONLAT
from geoservice.errors import AreaError, message, shorten
from geoservice.formats.polygons import AREA_FORMATS, Polygons, geojson_polygons, kml_polygons

MOST_BYTES = 2_000_000
"""A file is no larger than this, and what is packed in it no larger than `MOST_UNPACKED`."""
MOST_UNPACKED = 10_000_000
MOST_ENTRIES = 100
MOST_FEATURES, MOST_LAYERS = 1_000, 10

_ZIP, _SQLITE, _SHAPE = b"PK\x03\x04", b"SQLite format 3\x00", struct.pack(">i", 9994)
_SHAPEFILE = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_NEEDED = (".shp", ".shx", ".prj")
_COMPUTED = re.compile(r"\bAS\s*\(", re.IGNORECASE)
_NOT_READABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.GeometryError,
    pyogrio.errors.CRSError,
    shapely.errors.ShapelyError,
    UnicodeDecodeError,
    IndexError,
    ValueError,
)


def read_polygons(content: bytes) -> tuple[Polygons, CRS]:
    """Read the polygons of a file and the system that they are in, easting or longitude first; raises AreaError."""
    start = content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(_ZIP):
        return _zipped(content)
    if content.startswith(_SQLITE):
        return _geopackage(content)
    if start.startswith(b"<") or content.startswith((b"\xff\xfe<", b"\xfe\xff\x00<")):
        return kml_polygons(content)
    if not start:
        raise AreaError(message("The file is empty."), advice=AREA_FORMATS)
    return geojson_polygons(content)


def _refuse(what: str) -> NoReturn:
    raise AreaError(
        message("The file cannot be read: %(what)s."), advice=AREA_FORMATS, values={"what": shorten(what, 120)}
    )


# ------------------------------------------------------------------ zipped


def _zipped(content: bytes) -> tuple[Polygons, CRS]:
    """Read the one shapefile, or the one KML, in an archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = _members(archive)
            kml = [one for one in members if one.filename.lower().endswith(".kml")]
            if len(kml) == 1:
                return kml_polygons(_unpacked(archive, kml)[".kml"])
            shapes = [one for one in members if one.filename.lower().endswith(".shp")]
            if not shapes and not kml:
                raise AreaError(message("The archive holds neither a shapefile nor a KML."), advice=AREA_FORMATS)
            if len(shapes) != 1:
                raise AreaError(
                    message("The archive holds %(count)s shapefiles, not one."),
                    advice=message("Zip the .shp, .shx, .dbf and .prj of one shapefile."),
                    values={"count": len(shapes)},
                )
            stem = shapes[0].filename[: -len(".shp")].lower()
            parts = [one for one in members if one.filename.lower() in {f"{stem}{end}" for end in _SHAPEFILE}]
            return _shapefile(_unpacked(archive, parts))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        _refuse(str(error))


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    if len(members) > MOST_ENTRIES or sum(one.file_size for one in members) > MOST_UNPACKED:
        raise _too_much()
    return [one for one in members if not one.filename.startswith("__MACOSX") and "._" not in one.filename]


def _too_much() -> AreaError:
    return AreaError(
        message("The archive unpacks to too much."),
        advice=message("At most %(entries)s files of %(megabytes)s MB together are read."),
        values={"entries": MOST_ENTRIES, "megabytes": MOST_UNPACKED // 1_000_000},
    )


def _unpacked(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Unpack members in memory, by what their names end in, whatever size they say that they have."""
    found, left = {}, MOST_UNPACKED
    for one in members:
        with archive.open(one) as packed:
            content = packed.read(left + 1)
        left -= len(content)
        if left < 0:
            raise _too_much()
        found[Path(one.filename).suffix.lower()] = content
    return found


def _shapefile(parts: dict[str, bytes]) -> tuple[Polygons, CRS]:
    missing = [end for end in _NEEDED if end not in parts]
    if missing:
        raise AreaError(
            message("The shapefile lacks its %(missing)s."),
            advice=message("Zip the .shp, .shx, .dbf and .prj of one shapefile."),
            values={"missing": ", ".join(missing)},
        )
    if not parts[".shp"].startswith(_SHAPE):
        _refuse(".shp")
    with tempfile.TemporaryDirectory(prefix="geoservice-upload-") as folder:
        for end, content in parts.items():
            (Path(folder) / f"area{end}").write_bytes(content)
        return _read(Path(folder) / "area.shp")


# ------------------------------------------------------------------ GeoPackage and GDAL


def _geopackage(content: bytes) -> tuple[Polygons, CRS]:
    with tempfile.TemporaryDirectory(prefix="geoservice-upload-") as folder:
        path = Path(folder) / "area.gpkg"
        path.write_bytes(content)
        _require_plain_tables(path)
        return _read(path)


def _require_plain_tables(path: Path) -> None:
    """Raise AreaError for a database with anything in it that is computed when it is read: that may take for ever."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            rows = database.execute("SELECT type, name, COALESCE(sql, '') FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        _refuse(str(error))
    for kind, name, sql in rows:
        virtual = sql.upper().startswith("CREATE VIRTUAL") and "rtree" not in sql.lower()
        if kind == "view" or virtual or (kind == "table" and _COMPUTED.search(sql)):
            raise AreaError(
                message("The GeoPackage computes '%(name)s' when it is read."),
                advice=message("Save the layer as a table of its own."),
                values={"name": shorten(str(name))},
            )


def _read(path: Path) -> tuple[Polygons, CRS]:
    """Read all polygons of a file's layers, in longitude and latitude where there are several layers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None][:MOST_LAYERS]
            frames = [_layer(path, name) for name in names]
    except _NOT_READABLE as error:
        _refuse(str(error).replace(str(path.parent), "").replace("/area", "area"))
    frames = [frame for frame in frames if len(frame)]
    if any(frame.crs is None for frame in frames):
        raise AreaError(
            message("The file does not say in which coordinate system it is."),
            advice=message("Save it again with its system: a shapefile has that in its .prj."),
        )
    if len(frames) == 1:
        return list(frames[0].array), frames[0].crs
    return [one for frame in frames for one in frame.to_crs(LONLAT).array], LONLAT


def _layer(path: Path, name: str) -> gpd.GeoSeries:
    """Read the geometry of one layer, which must be polygons."""
    frame = pyogrio.read_dataframe(path, layer=name, columns=[], force_2d=True, max_features=MOST_FEATURES + 1)
    if len(frame) > MOST_FEATURES:
        raise AreaError(
            message("The file has more than %(most)s features."),
            advice=message("Keep the area alone."),
            values={"most": MOST_FEATURES},
        )
    shapes = frame.geometry[frame.geometry.notna() & ~frame.geometry.is_empty]
    parts = shapes.explode(ignore_index=True)
    wrong = parts[parts.geom_type != "Polygon"]
    if len(wrong):
        raise AreaError(
            message("'%(kind)s' is no area."),
            advice=message("Give a Polygon or a MultiPolygon, or features that have no other geometry."),
            values={"kind": wrong.geom_type.iloc[0]},
        )
    return parts
