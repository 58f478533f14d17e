"""Tile matrix sets: the web's own against published numbers, a region's against its extent, and bad addresses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from tiled import BOTH, EXTENT, GRID, MERCATOR

from geoservice.crs import Extent, WorkingCrs, working_crs
from geoservice.errors import NotFoundError, ParameterError
from geoservice.i18n import Text
from geoservice.tiles import MatrixSet, region_grid


def test_web_mercator_quad_has_the_published_numbers() -> None:
    """Scale denominators and cell sizes of OGC 17-083r4, annex D.1, table D.1."""
    assert [m.zoom for m in MERCATOR.matrices] == list(range(25))
    assert MERCATOR.matrices[0].scale_denominator == pytest.approx(559_082_264.028_717, rel=1e-9)
    assert MERCATOR.matrices[0].cell_m == pytest.approx(156_543.033_928_041, rel=1e-9)
    assert MERCATOR.matrices[24].cell_m == pytest.approx(0.009_330_692, rel=1e-6)
    assert (MERCATOR.west_m, MERCATOR.north_m) == pytest.approx((-20_037_508.342_789_2, 20_037_508.342_789_2))
    assert MERCATOR.matrices[24].columns == MERCATOR.matrices[24].rows == 16_777_216


def test_a_place_is_in_the_tile_that_the_usual_formula_gives() -> None:
    """Row and column as all tile servers reckon them: Victoria Peak at zoom 15."""
    lon, lat = 114.1455, 22.2759
    n = 2**15
    column = int((lon + 180) / 360 * n)
    row = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n)
    (limits,) = [one for one in MERCATOR.limits((lon, lat, lon, lat)) if one.zoom == 15]
    assert (limits.first_column, limits.last_column, limits.first_row, limits.last_row) == (column, column, row, row)
    world = MERCATOR.world(np.array([[lon, lat]])) * n
    assert np.floor(world).tolist() == [[column, row]]


def test_a_regions_grid_has_cells_of_powers_of_two_and_holds_its_extent() -> None:
    assert GRID.id == "harbour-grid"
    cells = [m.cell_m for m in GRID.matrices]
    assert cells == [2.0**k for k in range(9, -4, -1)]
    assert GRID.axes == ("N", "E")
    assert GRID.in_axis_order(1.0, 2.0) == [2.0, 1.0]
    west, south, east, north = GRID.plane_bounds(EXTENT.lonlat)
    for matrix in GRID.matrices:
        side = matrix.cell_m * 256
        assert GRID.west_m <= west
        assert GRID.north_m >= north
        assert GRID.west_m + matrix.columns * side >= east > GRID.west_m + (matrix.columns - 1) * side
        assert GRID.north_m - matrix.rows * side <= south < GRID.north_m - (matrix.rows - 1) * side
    assert (GRID.matrices[0].columns, GRID.matrices[0].rows) == (1, 1)


@settings(deadline=None)
@given(
    west=st.floats(-170, 170),
    south=st.floats(-75, 75),
    width=st.floats(0.001, 3),
    height=st.floats(0.001, 3),
)
def test_any_extent_in_its_utm_zone_fits_into_one_tile(west: float, south: float, width: float, height: float) -> None:
    zone = min(60, int((west + width / 2 + 180) / 6) + 1)
    plane = CRS.from_epsg((32_600 if south >= 0 else 32_700) + zone)
    extent = Extent(west, south, west + width, south + height)
    grid = region_grid("somewhere", Text(en="Somewhere"), WorkingCrs(plane), extent)
    bounds = grid.plane_bounds(extent.lonlat)
    span = grid.matrices[0].cell_m * 256
    assert grid.west_m <= bounds[0] < bounds[2] <= grid.west_m + span
    assert grid.north_m - span <= bounds[1] < bounds[3] <= grid.north_m
    assert np.log2(grid.matrices[0].cell_m) % 1 == 0
    assert [one.zoom for one in grid.limits(extent.lonlat)] == [m.zoom for m in grid.matrices]
    assert span <= 4 * max(bounds[2] - bounds[0], bounds[3] - bounds[1])


def test_a_region_in_feet_gets_a_grid_in_metres() -> None:
    extent = Extent(-74.2, 40.5, -73.7, 41.0)
    grid = region_grid("feetville", Text(en="Feetville"), working_crs("EPSG:2263", extent), extent)
    assert grid.crs_code in (None, ("EPSG", "32118"))
    assert grid.axes == ("X", "Y")
    assert grid.in_axis_order(1.0, 2.0) == [1.0, 2.0]


@pytest.mark.parametrize("matrix_set", BOTH, ids=lambda one: one.id)
@pytest.mark.parametrize("bad", ["", "-1", "1.0", "a", "٣", "1e3", "0x1", " 1", "99999999999"])
def test_what_is_no_whole_number_is_a_wrong_parameter(matrix_set: MatrixSet, bad: str) -> None:
    for place, name in (((bad, "0", "0"), "tileMatrix"), (("0", bad, "0"), "tileRow"), (("0", "0", bad), "tileCol")):
        with pytest.raises(ParameterError) as caught:
            matrix_set.tile(*place)
        assert caught.value.name == name


@pytest.mark.parametrize(
    ("place", "kind", "range_"),
    [
        (("25", "0", "0"), "tile matrix", "0 to 24"),
        (("3", "8", "0"), "tile row", "0 to 7"),
        (("3", "0", "8"), "tile column", "0 to 7"),
    ],
)
def test_what_lies_outside_is_not_found_and_the_range_is_told(
    place: tuple[str, str, str], kind: str, range_: str
) -> None:
    with pytest.raises(NotFoundError) as caught:
        MERCATOR.tile(*place)
    assert caught.value.kind == kind
    assert range_ in str(caught.value)


def test_a_box_beside_the_grid_meets_no_tile() -> None:
    assert GRID.limits((2.0, 48.0, 3.0, 49.0)) == []
    assert MERCATOR.limits((-180.0, -90.0, 180.0, 90.0))[3].last_row == 7
