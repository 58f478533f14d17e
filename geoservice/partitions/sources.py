"""Sources to be partitioned: those of a question, or views in a GeoParquet file of any size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoservice.analysis.sources import assumed_views, footprints_of, select_sources
from geoservice.catalog import Catalog
from geoservice.coverage.field_of_view import CAMERA_COLUMNS
from geoservice.crs import LONLAT, WorkingCrs
from geoservice.errors import PartitionError
from geoservice.question import Question, ServiceArea
from geoservice.vocabulary import FULL_CIRCLE_DEG

CHUNK_ROWS = 250_000
FINER = 100
"""Discs that land cuts are partitioned as polygons so many times finer than those drawn: figures are of true arcs."""


def sources_of_question(catalog: Catalog, question: Question) -> gpd.GeoDataFrame:
    """Give the sources of a question as they are partitioned: as views, or as footprints where land cuts them.

    Those that reach nothing are left out. Raises QuestionError if the catalogue cannot answer the question.
    """
    catalog.check_question(question)
    sources = select_sources(catalog, question)
    if not isinstance(question.footprint, ServiceArea):
        views = assumed_views(catalog, question, sources)
        return gpd.GeoDataFrame(views[["id", "layer", *CAMERA_COLUMNS, "geometry"]], crs=views.crs)
    named = sources[["id", "layer", "geometry"]]
    if not question.same_landmass:
        seen = {"bearing_deg": 0.0, "view_angle_deg": FULL_CIRCLE_DEG, "range_m": question.range_m, "nearest_m": 0.0}
        return named.assign(**seen)
    finely = question.footprint.model_copy(update={"chord_error_m": question.footprint.chord_error_m / FINER})
    footprints = footprints_of(catalog, question.model_copy(update={"footprint": finely}), sources)
    return named.set_geometry(footprints)[~footprints.is_empty.to_numpy()]


def read_views(path: Path, working: WorkingCrs) -> Iterator[gpd.GeoDataFrame]:
    """Read views from a GeoParquet file, some at a time, into the working CRS: points, `id` and what they see.

    Without a `layer` all are of one with the file's name. Raises PartitionError if it is no GeoParquet file.
    """
    try:
        with pq.ParquetFile(path) as file:
            name, crs = _geometry_of(path, file.schema_arrow.metadata or {})
            columns = [one for one in ("id", "layer", *CAMERA_COLUMNS) if one in file.schema_arrow.names]
            for batch in file.iter_batches(CHUNK_ROWS, columns=[*columns, name]):
                frame = batch.select(columns).to_pandas()
                if "layer" not in frame.columns:
                    frame["layer"] = path.stem
                shapes = shapely.from_wkb(batch[name].to_numpy(zero_copy_only=False))
                yield working.project(gpd.GeoDataFrame(frame, geometry=shapes, crs=crs))
    except FileNotFoundError as error:
        raise PartitionError(f"There is no file {path}.") from error
    except (pa.ArrowException, shapely.errors.GEOSException) as error:
        raise PartitionError(f"{path} is no GeoParquet file that can be read.") from error


def _geometry_of(path: Path, metadata: dict[bytes, bytes]) -> tuple[str, CRS]:
    """Find the column of the geometry and its system (GeoParquet 1.1: OGC:CRS84 where none is named)."""
    try:
        geo = orjson.loads(metadata[b"geo"])
        name = str(geo["primary_column"])
        column = geo["columns"][name]
        crs = CRS.from_json_dict(column["crs"]) if column.get("crs") else LONLAT
    except (KeyError, TypeError, CRSError, orjson.JSONDecodeError) as error:
        raise PartitionError(f"{path} is no GeoParquet file.", advice="Its metadata name no geometry.") from error
    if column.get("encoding") != "WKB":
        raise PartitionError(f"{path} has geometry encoded as {column.get('encoding')}.", advice="Write it as WKB.")
    return name, crs
