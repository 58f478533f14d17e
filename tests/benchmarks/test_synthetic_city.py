"""The made-up city that is measured on: it has to be the same everywhere, and like a city."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from benchmarks import city


def cameras_over_a_camera(views: pd.DataFrame) -> float:
    """How many cameras stand in the view of a camera, on average over a thousand."""
    chosen = city.polygons(views[:: len(views) // 1000])
    places = shapely.STRtree(shapely.points(views["easting_m"], views["northing_m"]))
    return float(places.query(chosen, predicate="intersects").shape[1] / len(chosen))


def sector_area_m2(views: pd.DataFrame) -> np.ndarray:
    return np.asarray(np.radians(views["view_angle_deg"]) / 2 * views["range_m"] ** 2)


def test_districts_fill_their_square_without_gap_or_overlap() -> None:
    zones = city.districts()
    assert len(zones) == 18
    assert zones.crs.to_epsg() == 2326
    assert zones.area.sum() == pytest.approx(1.1e9, rel=0.02)
    assert shapely.coverage_is_valid(zones.geometry.array)
    assert zones.is_valid.all()
    corners = shapely.get_num_coordinates(zones.geometry.array)
    assert corners.min() >= 500
    assert corners.max() <= 4_100


def test_districts_grow_with_the_cameras() -> None:
    wide = city.districts(side_m=city.extent_m(1_000_000))
    assert wide.area.sum() / city.districts().area.sum() == pytest.approx(1_000_000 / 60_000, rel=0.02)
    assert city.extent_m(10_000) == city.extent_m(60_000) == city.SIDE_M


def test_a_seed_gives_one_city() -> None:
    pd.testing.assert_frame_equal(city.cameras(500), city.cameras(500))
    assert not city.cameras(500, seed=1).equals(city.cameras(500, seed=2))
    assert (city.districts(1).geometry == city.districts(1).geometry).all()
    assert (city.districts(1).geometry != city.districts(2).geometry).all()


@pytest.mark.parametrize(("count", "over_a_camera"), [(10_000, 5), (60_000, 25)])
def test_cameras_crowd_about_crossings(count: int, over_a_camera: float) -> None:
    assert cameras_over_a_camera(city.cameras(count)) == pytest.approx(over_a_camera, rel=0.2)


def test_cameras_are_domes_and_sectors_within_the_extent() -> None:
    views = city.cameras(20_000)
    assert list(views) == ["easting_m", "northing_m", "bearing_deg", "view_angle_deg", "range_m", "nearest_m"]
    dome = views["view_angle_deg"] == 360
    assert dome.mean() == pytest.approx(0.4, abs=0.02)
    assert views["view_angle_deg"][~dome].between(60, 110).all()
    assert views["range_m"].between(20, 60).all()
    for column, corner_m in zip(("easting_m", "northing_m"), city.CORNER_M, strict=True):
        assert (views[column] - views["range_m"]).min() >= corner_m
        assert (views[column] + views["range_m"]).max() <= corner_m + city.SIDE_M


def test_polygons_lie_within_their_views_and_miss_little() -> None:
    views = city.cameras(2_000)
    shapes = city.polygons(views)
    assert shapely.is_valid(shapes).all()
    missing = 1 - shapely.area(shapes) / sector_area_m2(views)
    assert missing.min() > 0
    step = 2 * np.pi / 64
    assert missing.max() <= 1 - np.sin(step) / step + 1e-9
    far_m = shapely.hausdorff_distance(shapes, shapely.points(views["easting_m"], views["northing_m"]))
    assert far_m == pytest.approx(views["range_m"].to_numpy())
    finer = 1 - shapely.area(city.polygons(views, corners=512)) / sector_area_m2(views)
    assert finer.max() < missing.max() / 50


def test_polygons_look_where_cameras_look() -> None:
    views = city.cameras(2_000)
    bearing = np.radians(views["bearing_deg"])
    for share, inside in ((0.9, True), (1.1, False)):
        ahead = shapely.points(
            views["easting_m"] + share * views["range_m"] * np.sin(bearing),
            views["northing_m"] + share * views["range_m"] * np.cos(bearing),
        )
        assert (shapely.contains(city.polygons(views), ahead) == inside).all()


def test_occluded_views_have_dozens_to_hundreds_of_edges() -> None:
    views = city.cameras(2_000)
    shapes = city.occluded(views)
    assert shapely.is_valid(shapes).all()
    edges = shapely.get_num_coordinates(shapes) - 1
    assert edges.min() > 24
    assert 80 < edges.mean() < 120
    assert edges.max() == 180
    assert shapely.area(shapes).sum() / sector_area_m2(views).sum() == pytest.approx(0.73, abs=0.03)
    assert (shapes == city.occluded(views)).all()


def test_views_with_a_nearest_distance_are_refused() -> None:
    with pytest.raises(ValueError, match="nearest distance"):
        city.polygons(city.cameras(10).assign(nearest_m=5.0))
