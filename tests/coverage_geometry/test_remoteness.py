from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoservice.coverage.remoteness import Obstacles, farthest_points

TOLERANCE_M = 0.5


def array(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def farthest(polygons: np.ndarray, obstacles: Obstacles, tolerance_m: float = TOLERANCE_M) -> np.ndarray:
    return farthest_points(polygons, np.arange(len(polygons)), len(polygons), obstacles, tolerance_m).distance_m


def brute_force(polygon: shapely.Geometry, obstacles: np.ndarray, step_m: float) -> float:
    """The same by looking at every point of a fine grid: an answer from below, short by the step's diagonal at most."""
    west, south, east, north = polygon.bounds
    x, y = np.meshgrid(np.arange(west, east + step_m, step_m), np.arange(south, north + step_m, step_m))
    inside = shapely.intersects_xy(polygon, x.ravel(), y.ravel())
    places = shapely.points(x.ravel()[inside], y.ravel()[inside])
    return float(shapely.distance(places, shapely.union_all(obstacles)).max())


def test_the_corner_farthest_from_one_point_is_found_exactly() -> None:
    found = farthest_points(
        array(shapely.box(0, 0, 300, 400)), np.array([0]), 1, Obstacles(array(shapely.Point(0, 0))), 1
    )
    assert found.distance_m[0] == pytest.approx(500)
    assert (found.x[0], found.y[0]) == (300, 400)


def test_the_middle_between_four_corners_is_found_within_the_tolerance() -> None:
    square = shapely.box(0, 0, 1000, 1000)
    corners = array(*(shapely.Point(x, y) for x in (0, 1000) for y in (0, 1000)))
    assert farthest(array(square), Obstacles(corners))[0] == pytest.approx(np.hypot(500, 500), abs=TOLERANCE_M)


def test_the_largest_empty_circle_between_two_strips_has_half_their_distance_as_radius() -> None:
    strips = Obstacles.outlines(array(shapely.box(0, 0, 10, 1000), shapely.box(310, 0, 320, 1000)))
    assert farthest(array(shapely.box(10, 400, 310, 600)), strips)[0] == pytest.approx(150, abs=TOLERANCE_M)


@pytest.mark.parametrize("seed", range(12))
def test_a_brute_force_grid_finds_no_farther_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    outline = shapely.Polygon(rng.uniform(0, 1000, (12, 2))).convex_hull
    hole = shapely.Point(rng.uniform(300, 700, 2)).buffer(rng.uniform(20, 150))
    polygon = outline.difference(hole)
    sources = shapely.points(rng.uniform(-200, 1200, (rng.integers(1, 12), 2)))
    found = farthest(array(polygon), Obstacles(sources))[0]
    expected = brute_force(polygon, sources, 4.0)
    assert expected - TOLERANCE_M <= found <= expected + 4 * np.sqrt(2)


def test_groups_of_several_polygons_have_one_farthest_point_each() -> None:
    polygons = array(shapely.box(0, 0, 10, 10), shapely.box(500, 0, 510, 10), shapely.box(0, 500, 10, 510))
    found = farthest_points(polygons, np.array([0, 1, 0]), 2, Obstacles(array(shapely.Point(0, 0))), 0.1)
    assert found.distance_m == pytest.approx([np.hypot(10, 510), np.hypot(510, 10)])


def test_a_thin_sliver_is_not_overlooked() -> None:
    sliver = shapely.Polygon([(0, 0), (1000, 0.001), (1000, 0)])
    middle = array(shapely.Point(0, 0), shapely.Point(1000, 0))
    assert farthest(array(sliver), Obstacles(middle))[0] == pytest.approx(500, abs=TOLERANCE_M)


def test_the_point_given_lies_in_the_polygon_at_the_distance_given() -> None:
    rng = np.random.default_rng(3)
    polygons = shapely.buffer(shapely.points(rng.uniform(0, 5000, (30, 2))), rng.uniform(10, 400, 30))
    sources = shapely.points(rng.uniform(0, 5000, (9, 2)))
    found = farthest_points(polygons, np.arange(30), 30, Obstacles(sources), TOLERANCE_M)
    places = shapely.points(found.x, found.y)
    assert (shapely.distance(polygons, places) < 1e-6).all()
    assert shapely.distance(places, shapely.union_all(sources)) == pytest.approx(found.distance_m)


def test_outlines_of_holes_are_obstacles_too() -> None:
    ring = shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 400, 600, 600))
    inside_the_hole = farthest(array(shapely.box(400, 400, 600, 600)), Obstacles.outlines(array(ring)))
    assert inside_the_hole[0] == pytest.approx(100, abs=TOLERANCE_M)
