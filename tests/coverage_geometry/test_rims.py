"""Open ground is traced from its rim: the same as what an overlay leaves, without any overlay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.outlines import outlines_of_polygons
from geoservice.coverage.rims import open_ground

Geometries = np.ndarray[Any, np.dtype[np.object_]]


def array(*geometries: shapely.Geometry) -> Geometries:
    return np.array(geometries, dtype=object)


def traced(zones: Geometries, shapes: Geometries, chosen: list[int] | None = None) -> Geometries:
    ground, outlines = outlines_of_polygons(zones), outlines_of_polygons(shapes)
    found = depth_by_zone(ground, outlines, shapely.area(zones), rims=True)
    assert found.rim_of is not None
    assert found.rim_at is not None
    some = np.arange(len(zones)) if chosen is None else np.array(chosen, dtype=np.int64)
    return open_ground(ground, outlines, some, found.rim_of, found.rim_at)


def assert_left(zones: Geometries, shapes: Geometries) -> None:
    """Nothing is traced wrong, not even such as the caller would find out and mend."""
    left, wanted = traced(zones, shapes), shapely.difference(zones, shapely.union_all(shapes))
    assert all(one is not None for one in left)
    assert shapely.is_valid(left).all()
    assert shapely.area(shapely.symmetric_difference(left, wanted)) == pytest.approx(np.zeros(len(zones)), abs=1e-5)
    assert shapely.get_num_geometries(left)[~shapely.is_empty(left)] == pytest.approx(
        shapely.get_num_geometries(wanted)[~shapely.is_empty(wanted)]
    )


SQUARE = shapely.box(0, 0, 128, 128)
CASES = {
    "nothing touches it": array(shapely.box(300, 0, 310, 10)),
    "a hole": array(shapely.box(30.5, 30.5, 60.25, 60.25)),
    "a hole whose sides lie on cells": array(shapely.box(32, 33, 64, 65)),
    "a bite from each side": array(
        shapely.box(-5, 30, 10, 50),
        shapely.box(100, 30, 140, 50),
        shapely.box(30, -5, 50, 10),
        shapely.box(30, 100, 50, 140),
    ),
    "a bite from each side, between cells": array(
        *(shapely.box(64.5 + x, 64.5 + y, 70 + x, 70 + y) for x, y in ((-70, 0), (60, 0), (0, -70), (0, 60)))
    ),
    "corners": array(*(shapely.Point(x, y).buffer(20) for x in (0, 128) for y in (0, 128))),
    "all but a strip": array(shapely.box(-1, -1, 60, 130), shapely.box(61, -1, 130, 130)),
    "an island in a ring": array(shapely.Point(64, 64).buffer(40).difference(shapely.Point(64, 64).buffer(20))),
    "an island with a pond": array(
        shapely.Point(64, 64).buffer(50).difference(shapely.Point(64, 64).buffer(30)), shapely.Point(64, 64).buffer(10)
    ),
    "the whole": array(shapely.box(-1, -1, 129, 129)),
    "one above another": array(
        shapely.box(10.1, 10, 50, 20), shapely.box(10.1, 30, 50, 40), shapely.box(10.1, 50, 50, 60)
    ),
    "one beside another": array(
        shapely.box(10, 10.1, 20, 50), shapely.box(30, 10.1, 40, 50), shapely.box(20, 20, 30, 30)
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_left_of_a_square(case: str) -> None:
    assert_left(array(SQUARE), CASES[case])


@pytest.mark.parametrize("turn_deg", [0.0, 17.0, 90.0])
def test_zones_with_holes_parts_and_neighbours(turn_deg: float) -> None:
    holed = shapely.box(0, 0, 100, 100).difference(shapely.box(40, 40, 60, 60))
    parts = shapely.MultiPolygon([shapely.box(100, 0, 140, 100), shapely.box(150, 0, 200, 70)])
    shapes = [shapely.Point(x, y).buffer(17.3) for x in (11, 52, 99, 155) for y in (-3, 31, 64)]
    turned = [shapely.affinity.rotate(one, turn_deg, origin=(30, 30)) for one in (holed, parts, *shapes)]
    assert_left(array(*turned[:2]), array(*turned[2:]))


@pytest.mark.parametrize("seed", range(20))
def test_crowds_over_cut_ground(seed: int) -> None:
    """Ground in pieces whose sides lie on the sides of cells, beside them and aslant."""
    rng = np.random.default_rng(seed)
    sides_m = [64.0, 100.0, 37.7][seed % 3]
    zones = array(*(shapely.box(x, y, x + sides_m, y + sides_m) for x in (0, sides_m) for y in (0, sides_m)))
    if seed % 2:
        zones = shapely.transform(zones, lambda xy: xy @ np.array([[0.9, 0.3], [-0.2, 1.1]]))
    shapes = array(
        *(shapely.Point(*rng.uniform(-20, 2 * sides_m + 20, 2)).buffer(rng.uniform(2, 25)) for _ in range(40))
    )
    assert_left(zones, shapes)


def test_only_chosen_zones_are_traced() -> None:
    zones = array(SQUARE, shapely.box(200, 0, 300, 100), shapely.box(400, 0, 500, 100))
    shapes = array(shapely.Point(64, 64).buffer(20), shapely.Point(450, 50).buffer(10))
    left = traced(zones, shapes, [0, 2])
    assert shapely.area(left) == pytest.approx(shapely.area(zones[[0, 2]]) - shapely.area(shapes))
    assert len(traced(zones, shapes, [])) == 0


def test_stretches_that_do_not_close_give_nothing() -> None:
    zones, shapes = array(SQUARE, shapely.box(200, 0, 300, 100)), array(shapely.Point(64, 64).buffer(20))
    ground, outlines = outlines_of_polygons(zones), outlines_of_polygons(shapes)
    found = depth_by_zone(ground, outlines, shapely.area(zones), rims=True)
    assert found.rim_of is not None
    assert found.rim_at is not None
    at = found.rim_at.copy()
    at[0, 1] -= 0.25
    left = open_ground(ground, outlines, np.arange(2), found.rim_of, at)
    assert left[0] is None
    assert left[1].equals(zones[1])
