from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoservice.coverage.cells import cut_to_cells, polygonal
from geoservice.crs import Extent, working_crs
from geoservice.errors import CrsError

UTM = working_crs("EPSG:32650", Extent(113.8, 22.1, 114.5, 22.6))
RING = shapely.Point(700, 700).buffer(1500).difference(shapely.Point(700, 700).buffer(300))
CASES = {
    "one cell exactly": shapely.box(0, 0, 500, 500),
    "four cells exactly": shapely.box(-500, -500, 500, 500),
    "within one cell": shapely.box(10, 10, 20, 20),
    "over a corner of four": shapely.box(-10, -10, 10, 10),
    "a ring with a hole": RING,
    "two islands": shapely.MultiPolygon([shapely.box(0, 0, 100, 100), shapely.box(9000, 9000, 9100, 9100)]),
    "a sliver along a border": shapely.box(0, 499.999, 5000, 500.001),
    "far from the origin": shapely.box(800_123.4, 2_500_123.4, 803_123.4, 2_501_123.4),
    "a needle": shapely.Polygon([(0, 0), (20_000, 1), (20_000, 0)]),
}


def zones(*geometry: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(geometry), crs=UTM.crs)


@pytest.mark.parametrize("shape", CASES.values(), ids=CASES.keys())
@pytest.mark.parametrize("cell_m", [100.0, 500.0, 1234.5])
def test_the_pieces_of_a_zone_tile_it(shape: shapely.Geometry, cell_m: float) -> None:
    pieces = cut_to_cells(zones(shape), cell_m, UTM)
    area = shapely.area(pieces.geometry)
    assert area.sum() == pytest.approx(shape.area, rel=1e-12)
    assert shapely.union_all(pieces.geometry).symmetric_difference(shape).area == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("shape", CASES.values(), ids=CASES.keys())
def test_each_piece_lies_in_the_cell_it_names(shape: shapely.Geometry) -> None:
    pieces = cut_to_cells(zones(shape), 500, UTM)
    bounds = shapely.bounds(pieces.geometry)
    cell = np.column_stack([pieces.column, pieces.row, pieces.column + 1, pieces.row + 1]) * 500.0
    assert (bounds[:, :2] >= cell[:, :2] - 1e-6).all()
    assert (bounds[:, 2:] <= cell[:, 2:] + 1e-6).all()
    assert len({*zip(pieces.column, pieces.row, strict=True)}) == len(pieces.column)


def test_a_cell_is_the_same_whatever_zone_is_cut_by_it() -> None:
    alone = cut_to_cells(zones(shapely.box(0, 0, 1000, 1000)), 500, UTM)
    together = cut_to_cells(zones(shapely.box(-7000, 0, 0, 9000), shapely.box(0, 0, 1000, 1000)), 500, UTM)
    mine = together.zone == 1
    assert {*zip(alone.column, alone.row, strict=True)} == {
        *zip(together.column[mine], together.row[mine], strict=True)
    }


def test_empty_and_missing_zones_have_no_pieces_and_the_others_keep_their_position() -> None:
    series = gpd.GeoSeries([shapely.Polygon(), None, shapely.box(0, 0, 10, 10)], crs=UTM.crs)
    assert cut_to_cells(series, 500, UTM).zone.tolist() == [2]
    assert len(cut_to_cells(series.iloc[:2], 500, UTM).zone) == 0


def test_zones_in_another_system_are_refused() -> None:
    with pytest.raises(CrsError):
        cut_to_cells(zones(RING).set_crs(3857, allow_override=True), 500, UTM)


def test_lines_and_points_left_by_an_intersection_are_dropped() -> None:
    mixed = shapely.GeometryCollection(
        [shapely.box(0, 0, 1, 1), shapely.LineString([(5, 5), (6, 6)]), shapely.Point(9, 9)]
    )
    assert polygonal(np.array([mixed], dtype=object))[0].equals(shapely.box(0, 0, 1, 1))
