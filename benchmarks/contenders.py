"""What is measured: the service's kernel, plain GeoPandas and DuckDB, each asked for the same figures by district.

A contender is a context: within it the inputs are in memory and what it needs is compiled or connected. Cameras and
districts are drawn anew from their seeds in each process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_spatial
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from benchmarks import city
from benchmarks.machine import PROCESSORS
from benchmarks.postgis import postgis_cut_first, postgis_union_first
from geoservice.coverage.cells import cut_to_cells
from geoservice.coverage.cover import cover_pieces
from geoservice.coverage.depth import depth_by_zone, prepare
from geoservice.coverage.outlines import Outlines, outlines_of_polygons, outlines_of_views
from geoservice.crs import WorkingCrs

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]
Drawing = Callable[[pd.DataFrame], Geometries]

DEEPEST = 10
"""The depths told apart in the rows on depth: 0 to 9, and 10 or more."""
GAP_CELL_M = 1_000.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """`run` is what is timed; `covered_m2` reads each district's covered area out of what it returns."""

    run: Callable[[], Any]
    covered_m2: Callable[[Any], Floats]


def as_array(result: Any) -> Floats:
    """Give areas as they are."""
    return np.asarray(result, dtype=np.float64)


SAME = 1e-9
"""Areas of the same shapes agree to this share, by district;"""


@dataclass(frozen=True, slots=True)
class Contender:
    """`name` and what it does in words; `shapes` says what stands for the views: only equal ones agree to rounding.

    `in_process` is False where the work is done, and memory taken, by a server.
    """

    name: str
    does: str
    shapes: str
    prepared: Callable[[int], AbstractContextManager[Prepared]]
    in_process: bool = True


ARCS, POLYGONS, OCCLUDED = "true arcs", "polygons, 64 corners to a circle", "occluded views"


def inputs(cameras: int) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Give the districts and the cameras of a city of so many."""
    return city.districts(side_m=city.extent_m(cameras)), city.cameras(cameras)


# ------------------------------------------------------------------ ours


VIEW_COLUMNS = ("bearing_deg", "view_angle_deg", "range_m", "nearest_m")


@contextmanager
def _our_figures(cameras: int, *, cap: int = 1) -> Iterator[Prepared]:
    zones, views = inputs(cameras)

    yield _ours(zones, lambda: _outlines(views), cap)


def _outlines(views: pd.DataFrame) -> Outlines:
    columns = (views[column].to_numpy() for column in VIEW_COLUMNS)
    return outlines_of_views(views[["easting_m", "northing_m"]].to_numpy(), *columns)


@contextmanager
def _our_figures_on_polygons(cameras: int, *, drawn: Drawing) -> Iterator[Prepared]:
    zones, views = inputs(cameras)
    shapes = drawn(views)
    yield _ours(zones, lambda: outlines_of_polygons(shapes), 1)


def _ours(zones: gpd.GeoDataFrame, outlines: Callable[[], Outlines], cap: int) -> Prepared:
    """Go all the way from the table or the polygons to figures; compiling comes before."""
    prepare()
    ground = np.asarray(zones.geometry.array, dtype=object)
    return Prepared(
        lambda: depth_by_zone(outlines_of_polygons(ground), outlines(), shapely.area(ground), cap=cap),
        lambda figures: as_array(figures.covered_m2),
    )


@contextmanager
def our_gap_geometry(cameras: int) -> Iterator[Prepared]:
    """Give what no camera sees of each district, as geometry."""
    zones, views = inputs(cameras)
    footprints = city.polygons(views)
    prepare()
    working = WorkingCrs(CRS.from_user_input(city.CRS))

    def run() -> tuple[npt.NDArray[np.int64], Geometries]:
        pieces = cut_to_cells(zones.geometry, GAP_CELL_M, working)
        return pieces.zone, cover_pieces(pieces.geometry, footprints).gap

    def covered_m2(result: tuple[npt.NDArray[np.int64], Geometries]) -> Floats:
        zone, gap = result
        gap_m2 = np.bincount(zone, weights=shapely.area(gap), minlength=len(zones))
        return as_array(zones.area.to_numpy() - gap_m2)

    yield Prepared(run, covered_m2)


# ------------------------------------------------------------------ GeoPandas


def _united_near(zone: shapely.Geometry, footprints: gpd.GeoSeries) -> shapely.Geometry:
    return footprints.iloc[footprints.sindex.query(zone, predicate="intersects")].union_all()


@contextmanager
def _geopandas(cameras: int, *, drawn: Drawing, threads: int = 1) -> Iterator[Prepared]:
    """Query by district, unite, cut, measure: the index is built anew in each run."""
    zones, views = inputs(cameras)
    shapes = drawn(views)

    def run() -> list[float]:
        footprints = gpd.GeoSeries(shapes, crs=city.CRS)
        footprints.sindex.query(shapely.Point(0, 0))  # builds the index, before threads ask for it

        def covered(zone: shapely.Geometry) -> float:
            return float(_united_near(zone, footprints).intersection(zone).area)

        if threads == 1:
            return [covered(zone) for zone in zones.geometry]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(covered, zones.geometry))

    yield Prepared(run, as_array)


@contextmanager
def _geopandas_gaps(cameras: int) -> Iterator[Prepared]:
    zones, views = inputs(cameras)
    shapes = city.polygons(views)

    def run() -> list[shapely.Geometry]:
        footprints = gpd.GeoSeries(shapes, crs=city.CRS)
        return [zone.difference(_united_near(zone, footprints)) for zone in zones.geometry]

    yield Prepared(run, lambda gaps: as_array(zones.area.to_numpy() - shapely.area(gaps)))


# ------------------------------------------------------------------ DuckDB

DUCKDB_FIGURES = """
    SELECT ST_Area(ST_Intersection(any_value(zone.shape), ST_Union_Agg(footprint.shape)))
    FROM zone LEFT JOIN footprint ON ST_Intersects(footprint.shape, zone.shape)
    GROUP BY zone.id ORDER BY zone.id
"""


@contextmanager
def _duckdb(cameras: int) -> Iterator[Prepared]:
    zones, views = inputs(cameras)
    (extension,) = Path(duckdb_extension_spatial.__file__).parent.rglob("spatial.duckdb_extension")
    with duckdb.connect(config={"threads": PROCESSORS}) as database:
        database.execute("SET enable_progress_bar = false")
        database.load_extension(str(extension))
        for table, shapes in (("zone", zones.geometry.array), ("footprint", city.polygons(views))):
            rows = pd.DataFrame({"id": range(len(shapes)), "wkb": shapely.to_wkb(shapes)})
            database.register("rows", rows)
            database.execute(f"CREATE TABLE {table} AS SELECT id, ST_GeomFromWKB(wkb) AS shape FROM rows")  # noqa: S608 - both names stand here
            database.unregister("rows")

        def run() -> list[tuple[float | None]]:
            return database.execute(DUCKDB_FIGURES).fetchall()

        yield Prepared(run, lambda rows: as_array([row[0] or 0.0 for row in rows]))


# ------------------------------------------------------------------ PostGIS


@contextmanager
def _postgis(cameras: int, *, open_database: Any) -> Iterator[Prepared]:
    zones, views = inputs(cameras)
    with open_database(np.asarray(zones.geometry.array, dtype=object), city.polygons(views)) as run:
        yield Prepared(run, as_array)


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("ours", "figures from the table of cameras", ARCS, _our_figures),
        Contender("ours, depth", f"the same, with depth up to {DEEPEST}", ARCS, partial(_our_figures, cap=DEEPEST)),
        Contender(
            "ours, polygons", "figures from polygons", POLYGONS, partial(_our_figures_on_polygons, drawn=city.polygons)
        ),
        Contender(
            "ours, occluded",
            "figures from polygons of many edges",
            OCCLUDED,
            partial(_our_figures_on_polygons, drawn=city.occluded),
        ),
        Contender("ours, gaps", "gaps as geometry", POLYGONS, our_gap_geometry),
        Contender(
            "GeoPandas", "union and intersection by district", POLYGONS, partial(_geopandas, drawn=city.polygons)
        ),
        Contender(
            "GeoPandas, threads",
            f"the same in {PROCESSORS} threads",
            POLYGONS,
            partial(_geopandas, drawn=city.polygons, threads=PROCESSORS),
        ),
        Contender(
            "GeoPandas, occluded",
            "the same on polygons of many edges",
            OCCLUDED,
            partial(_geopandas, drawn=city.occluded),
        ),
        Contender("GeoPandas, gaps", "union and difference by district", POLYGONS, _geopandas_gaps),
        Contender(
            "PostGIS, cut first",
            "views cut to cells, united by cell, added up",
            POLYGONS,
            partial(_postgis, open_database=postgis_cut_first),
            in_process=False,
        ),
        Contender(
            "PostGIS, united first",
            "views united by cell in a function, then cut, added up",
            POLYGONS,
            partial(_postgis, open_database=postgis_union_first),
            in_process=False,
        ),
        Contender("DuckDB", "spatial join, union by district, intersection", POLYGONS, _duckdb),
    )
}
