from __future__ import annotations

import math
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from geoservice.coverage.field_of_view import fields_of_view, grid_bearing
from geoservice.coverage.rings import polygons_of_rings, rings_of_views
from geoservice.coverage.service_area import discs
from geoservice.crs import Extent, working_crs
from geoservice.errors import CrsError

UTM = working_crs("EPSG:32650", Extent(113.8, 22.1, 114.5, 22.6))
GRID = working_crs("EPSG:2326", Extent(113.8, 22.13, 114.45, 22.58))


def camera(
    bearing: float, angle: float, far: float, near: float = 0, at: tuple[float, float] = (0, 0)
) -> gpd.GeoDataFrame:
    values = {"bearing_deg": [bearing], "view_angle_deg": [angle], "range_m": [far], "nearest_m": [near]}
    return gpd.GeoDataFrame(values, geometry=gpd.points_from_xy([at[0]], [at[1]]), crs=UTM.crs)


def seen(*args: float, chord_error_m: float = 0.1, **kwargs: tuple[float, float]) -> shapely.Geometry:
    return fields_of_view(camera(*args, **kwargs), chord_error_m, UTM).iloc[0]


def true_sector(bearing: float, angle: float, far: float, near: float, corners: int = 1024) -> shapely.Polygon:
    """The same drawn another way: many points on the true arcs, by bearing."""
    turn = np.radians(np.linspace(bearing - angle / 2, bearing + angle / 2, corners))
    arc = np.column_stack([np.sin(turn), np.cos(turn)])
    if angle >= 360:
        return shapely.Polygon(far * arc, [near * arc] if near else [])
    return shapely.Polygon([*(far * arc), *(near * arc[::-1])] if near else [*(far * arc), (0, 0)])


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.floats(0, 360), st.floats(1, 360), st.floats(5, 500), st.floats(0, 0.95), st.sampled_from([0.05, 0.5, 1.0]))
def test_a_sector_has_the_area_of_the_closed_form_and_lies_along_the_true_one(
    bearing: float, angle: float, far: float, share: float, chord_error_m: float
) -> None:
    near = 0 if share < 0.1 else far * share
    shape = seen(bearing, angle, far, near, chord_error_m=chord_error_m)
    assert shape.is_valid
    assert shape.area == pytest.approx((far**2 - near**2) * math.radians(angle) / 2, rel=1e-9)
    assert shape.hausdorff_distance(true_sector(bearing, angle, far, near)) <= chord_error_m + far * 1e-5


@pytest.mark.parametrize(("bearing", "ahead"), [(0, (0, 50)), (90, (50, 0)), (180, (0, -50)), (270, (-50, 0))])
def test_bearings_go_clockwise_from_north(bearing: float, ahead: tuple[float, float]) -> None:
    shape = seen(bearing, 60, 100)
    assert shape.contains(shapely.Point(ahead))
    assert not shape.intersects(shapely.Point(-ahead[0], -ahead[1]))


@pytest.mark.parametrize("bearing", [0, 5, 355, 359.9])
def test_a_view_across_north_is_one_piece_and_a_whole_turn_changes_nothing(bearing: float) -> None:
    shape = seen(bearing, 40, 100, 10)
    assert shape.geom_type == "Polygon"
    for ahead in (-19, 0, 19):
        turn = math.radians(bearing + ahead)
        assert shape.contains(shapely.Point(50 * math.sin(turn), 50 * math.cos(turn)))
    for aside in (-21, 21, 180):
        turn = math.radians(bearing + aside)
        assert not shape.intersects(shapely.Point(50 * math.sin(turn), 50 * math.cos(turn)))
    assert shape.equals_exact(seen(bearing + 360, 40, 100, 10), 1e-9)
    assert shape.equals_exact(seen(bearing - 360, 40, 100, 10), 1e-9)


def test_all_round_is_the_disc_of_a_facility_wherever_it_looks() -> None:
    place = camera(0, 360, 100, at=(820_000, 820_000))
    disc = discs(place.geometry, 100, 0.1, UTM).iloc[0]
    for bearing in (0, 90, 211.5):
        shape = seen(bearing, 360, 100, at=(820_000, 820_000))
        assert shape.area == pytest.approx(disc.area, rel=1e-9)
        assert shape.symmetric_difference(disc).area < disc.area * 2e-3
    assert seen(0, 359.999, 100, at=(820_000, 820_000)).symmetric_difference(disc).area < disc.area * 5e-3


def test_sectors_side_by_side_tile_the_disc() -> None:
    parts = [seen(bearing, 60, 100) for bearing in range(0, 360, 60)]
    whole = seen(0, 360, 100)
    assert sum(part.area for part in parts) == pytest.approx(whole.area, rel=1e-9)
    assert shapely.union_all(parts).symmetric_difference(whole).area < whole.area * 5e-3
    for first, second in pairwise(parts):
        assert first.intersection(second).area < 1e-6


def test_nothing_is_seen_nearer_than_the_nearest_distance() -> None:
    ring = seen(0, 360, 100, 40)
    assert not ring.contains(shapely.Point(0, 30))
    assert ring.contains(shapely.Point(0, 60))
    assert len(ring.interiors) == 1


def test_a_narrower_view_and_a_shorter_range_see_no_more() -> None:
    wide = seen(30, 120, 100, 2)
    narrow = seen(30, 60, 60, 4)
    assert narrow.difference(wide.buffer(0.2)).is_empty


def test_cameras_of_many_makes_keep_their_index_and_place() -> None:
    rng = np.random.default_rng(1)
    count = 200
    values = {
        "bearing_deg": rng.uniform(0, 360, count),
        "view_angle_deg": rng.choice([30.0, 90.0, 360.0], count),
        "range_m": rng.choice([20.0, 60.0], count),
        "nearest_m": rng.choice([0.0, 5.0], count),
    }
    index = [f"c{i}" for i in rng.permutation(count)]
    places = gpd.points_from_xy(rng.uniform(0, 1e4, count), rng.uniform(0, 1e4, count))
    frame = gpd.GeoDataFrame(values, geometry=places, index=index, crs=UTM.crs)
    together = fields_of_view(frame, 0.5, UTM)
    assert list(together.index) == index
    for i in (0, 50, 199):
        assert together.iloc[i].equals_exact(fields_of_view(frame.iloc[[i]], 0.5, UTM).iloc[0], 1e-9)


def test_no_cameras_see_nothing() -> None:
    assert fields_of_view(camera(0, 90, 10).iloc[:0], 1, UTM).empty


def test_cameras_in_another_system_are_refused() -> None:
    with pytest.raises(CrsError):
        fields_of_view(camera(0, 90, 10).set_crs(3857, allow_override=True), 1, UTM)


@pytest.mark.parametrize("working", [UTM, GRID], ids=["UTM 50N, west of its meridian", "HK1980 Grid"])
@pytest.mark.parametrize("bearing", [0.0, 45.0, 200.0, 359.9])
def test_a_true_bearing_points_where_the_geodesic_goes(working, bearing: float) -> None:  # noqa: ANN001
    lon, lat = np.array([113.85, 114.1, 114.4]), np.array([22.2, 22.5, 22.3])
    starts = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="OGC:CRS84").to_crs(working.crs)
    east, north, _ = Geod(ellps="WGS84").fwd(lon, lat, np.full(3, bearing), np.full(3, 200.0))
    ends = gpd.GeoSeries(gpd.points_from_xy(east, north), crs="OGC:CRS84").to_crs(working.crs)
    walked = np.degrees(np.arctan2(ends.x - starts.x, ends.y - starts.y)) % 360
    found = grid_bearing(starts, pd.Series([bearing] * 3), working)
    assert ((found - walked + 180) % 360 - 180).abs().max() < 0.01


def test_many_makes_drawn_at_once_are_what_each_is_alone() -> None:
    rng = np.random.default_rng(3)
    count = 200
    far = rng.uniform(5, 90, count)
    columns = {
        "bearing_deg": rng.uniform(-360, 720, count),
        "view_angle_deg": np.where(rng.random(count) < 0.4, 360, rng.uniform(1, 359, count)),
        "range_m": far,
        "nearest_m": np.where(rng.random(count) < 0.5, 0, far * rng.uniform(0.1, 0.9, count)),
    }
    places = gpd.points_from_xy(rng.uniform(0, 9000, count), rng.uniform(0, 9000, count))
    cameras = gpd.GeoDataFrame(columns, geometry=places, crs=UTM.crs)
    together = fields_of_view(cameras, 0.5, UTM)
    apart = pd.concat([fields_of_view(cameras.iloc[[k]], 0.5, UTM) for k in range(count)])
    assert together.is_valid.all()
    assert together.geom_equals_exact(apart, 1e-9).all()


@pytest.mark.parametrize("hidden", [0.3, 0.55, 0.9, 0.98, 0.995, 0.9999])
@pytest.mark.parametrize("angle_deg", [20.0, 90.0, 200.0, 360.0])
def test_a_narrow_ring_does_not_cross_itself(angle_deg: float, hidden: float) -> None:
    rings = rings_of_views(
        np.zeros((1, 2)), np.full(1, 30.0), np.full(1, angle_deg), np.full(1, 20.0), np.full(1, 20.0 * hidden), 0.5
    )
    (drawn,) = polygons_of_rings(rings)
    assert drawn.is_valid
    assert drawn.area == pytest.approx(np.radians(angle_deg) / 2 * 400 * (1 - hidden**2), rel=1e-9)
