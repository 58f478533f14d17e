"""What must hold for any input, whatever the figures are."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoservice.coverage.cells import ZonePieces, cut_to_cells
from geoservice.coverage.cover import PieceCover, cover_pieces
from geoservice.coverage.service_area import discs
from geoservice.crs import Extent, working_crs

UTM = working_crs("EPSG:32650", Extent(113.8, 22.1, 114.5, 22.6))
SIZE_M = 3000.0
CELL_M = 400.0

quick = settings(max_examples=40, deadline=None, derandomize=True)
coordinate = st.floats(-500, SIZE_M + 500, allow_nan=False).map(lambda v: round(v, 3))
place = st.tuples(coordinate, coordinate)
sources = st.lists(place, max_size=12)
ranges = st.floats(5, 2000).map(lambda v: round(v, 2))


@st.composite
def zone_systems(draw: st.DrawFn) -> gpd.GeoSeries:
    """Some zones that share no ground: a square cut by lines across it, one with a hole, and an island."""
    cuts = sorted(draw(st.lists(st.floats(100, SIZE_M - 100), max_size=4)))
    edges = [0, *cuts, SIZE_M]
    strips = [shapely.box(a, 0, b, SIZE_M) for a, b in pairwise(edges) if b - a > 1]
    hole = shapely.Point(draw(place)).buffer(draw(st.floats(10, 300)))
    zones = [strip.difference(hole) for strip in strips]
    zones.append(shapely.box(SIZE_M + 200, 0, SIZE_M + 400, 150))
    return gpd.GeoSeries([zone for zone in zones if not zone.is_empty], crs=UTM.crs)


def answer(zones: gpd.GeoSeries, places: list[tuple[float, float]], range_m: float) -> tuple[ZonePieces, PieceCover]:
    xy = np.array(places).reshape(-1, 2)
    points = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=UTM.crs)
    pieces = cut_to_cells(zones, CELL_M, UTM)
    return pieces, cover_pieces(pieces.geometry, np.asarray(discs(points, range_m, 1, UTM).array))


def by_zone(pieces: ZonePieces, values: np.ndarray, zones: gpd.GeoSeries) -> np.ndarray:
    return np.bincount(pieces.zone, weights=values, minlength=len(zones))


@quick
@given(zone_systems(), sources, ranges)
def test_covered_and_gap_make_up_the_zone(zones: gpd.GeoSeries, places: list, range_m: float) -> None:
    pieces, cover = answer(zones, places, range_m)
    total = by_zone(pieces, cover.covered_area_m2 + cover.gap_area_m2, zones)
    assert total == pytest.approx(zones.area.to_numpy(), rel=1e-9)


@quick
@given(zone_systems(), sources, ranges)
def test_covered_and_gap_share_no_ground(zones: gpd.GeoSeries, places: list, range_m: float) -> None:
    _, cover = answer(zones, places, range_m)
    assert shapely.area(shapely.intersection(cover.covered, cover.gap)).max(initial=0) < 1e-6


@quick
@given(zone_systems(), sources, place, ranges)
def test_one_more_source_never_enlarges_a_gap(zones: gpd.GeoSeries, places: list, extra: tuple, range_m: float) -> None:
    _, before = answer(zones, places, range_m)
    _, after = answer(zones, [*places, extra], range_m)
    assert (after.gap_area_m2 <= before.gap_area_m2 + 1e-6).all()


@quick
@given(zone_systems(), sources, ranges, st.floats(1.0, 3.0))
def test_coverage_grows_with_range_and_stays_within_the_zone(
    zones: gpd.GeoSeries, places: list, range_m: float, factor: float
) -> None:
    _, near = answer(zones, places, range_m)
    # The polygon of a disc lies within the chord error of it: two metres more make up for that.
    pieces, far = answer(zones, places, range_m * factor + 2)
    assert (far.covered_area_m2 >= near.covered_area_m2 - 1e-6).all()
    share = by_zone(pieces, far.covered_area_m2, zones) / zones.area.to_numpy()
    assert ((share >= 0) & (share <= 1 + 1e-12)).all()


@quick
@given(zone_systems(), sources, ranges, st.randoms(use_true_random=False))
def test_the_order_of_the_sources_changes_nothing(zones: gpd.GeoSeries, places: list, range_m: float, random) -> None:  # noqa: ANN001
    pieces, cover = answer(zones, places, range_m)
    shuffled = list(places)
    random.shuffle(shuffled)
    _, again = answer(zones, shuffled, range_m)
    assert by_zone(pieces, again.covered_area_m2, zones) == pytest.approx(
        by_zone(pieces, cover.covered_area_m2, zones), rel=1e-9, abs=1e-6
    )


@quick
@given(zone_systems(), sources, ranges, st.floats(-5e5, 5e5), st.floats(0, 3e6))
def test_moving_the_whole_input_changes_nothing(
    zones: gpd.GeoSeries, places: list, range_m: float, dx: float, dy: float
) -> None:
    pieces, cover = answer(zones, places, range_m)
    moved = [(x + dx, y + dy) for x, y in places]
    again_pieces, again = answer(zones.translate(dx, dy), moved, range_m)
    assert by_zone(again_pieces, again.covered_area_m2, zones) == pytest.approx(
        by_zone(pieces, cover.covered_area_m2, zones), rel=1e-8, abs=1e-3
    )


@quick
@given(zone_systems(), sources, ranges, st.floats(60, 2500))
def test_the_size_of_the_cells_changes_no_figure(
    zones: gpd.GeoSeries, places: list, range_m: float, cell_m: float
) -> None:
    pieces, cover = answer(zones, places, range_m)
    other = cut_to_cells(zones, cell_m, UTM)
    xy = np.array(places).reshape(-1, 2)
    points = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=UTM.crs)
    again = cover_pieces(other.geometry, np.asarray(discs(points, range_m, 1, UTM).array))
    assert by_zone(other, again.covered_area_m2, zones) == pytest.approx(
        by_zone(pieces, cover.covered_area_m2, zones), rel=1e-9, abs=1e-6
    )


@quick
@given(zone_systems(), sources, ranges)
def test_the_figures_equal_those_of_one_plain_union(zones: gpd.GeoSeries, places: list, range_m: float) -> None:
    pieces, cover = answer(zones, places, range_m)
    xy = np.array(places).reshape(-1, 2)
    points = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=UTM.crs)
    union = discs(points, range_m, 1, UTM).union_all()
    assert by_zone(pieces, cover.covered_area_m2, zones) == pytest.approx(
        zones.intersection(union).area.to_numpy(), rel=1e-9, abs=1e-6
    )
