"""Figures of squares of the plane add up to the figures of the whole, wherever the squares are cut."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely

from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.outlines import Outlines, joined, outlines_of_polygons, outlines_of_views

SPREAD_M = 600.0
ZONES = np.array(
    [
        shapely.box(-700, -650, -10.5, 700),
        shapely.Polygon([(-10.5, -650), (720, -500), (650, 333), (200, 10), (-10.5, 700)]),
        shapely.box(-150, -150, 140, 160).difference(shapely.Point(3, 4).buffer(60)),
        shapely.box(5000, 5000, 5001, 5001),
    ],
    dtype=object,
)


def scattered(seed: int, count: int) -> Outlines:
    """Views of all kinds, some on the corners of squares, and one that reaches over many squares."""
    rng = np.random.default_rng(seed)
    place = rng.uniform(-SPREAD_M, SPREAD_M, (count, 2))
    place[: count // 4] = np.round(place[: count // 4] / 64) * 64
    far = rng.uniform(5, 80, count)
    far[-1] = 450.0
    near = np.where(rng.random(count) < 0.5, 0.0, far * rng.uniform(0.05, 0.9, count))
    angle = np.where(rng.random(count) < 0.4, 360.0, rng.uniform(5, 355, count))
    return outlines_of_views(place, rng.choice([0.0, 45.0, 90.0, 211.3], count), angle, far, near)


def windows(side: float, reach: float = 1024.0) -> list[tuple[float, float, float, float]]:
    steps = np.arange(-math.ceil(reach / side) * side, reach, side)
    return [(west, south, west + side, south + side) for west in steps for south in steps]


@pytest.mark.parametrize("tile_m", [None, 32.0, 4096.0])
@pytest.mark.parametrize("side", [64.0, 256.0, 1024.0])
def test_windows_add_up_to_the_whole(side: float, tile_m: float | None) -> None:
    blob = outlines_of_polygons(np.array([shapely.Point(100, 90).buffer(210, quad_segs=3)], dtype=object))
    shapes, ground, area = joined([scattered(7, 160), blob]), outlines_of_polygons(ZONES), shapely.area(ZONES)
    whole = depth_by_zone(ground, shapes, area, cap=4, alone=True)
    parts = [
        depth_by_zone(ground, shapes, area, cap=4, alone=True, tile_m=tile_m, window=window) for window in windows(side)
    ]
    assert sum(part.areas_m2[:, 1:] for part in parts) == pytest.approx(whole.areas_m2[:, 1:], abs=1e-6)
    assert sum(alone_table(part, len(shapes)) for part in parts) == pytest.approx(
        alone_table(whole, len(shapes)), abs=1e-6
    )
    assert all(np.isnan(part.areas_m2[:, 0]).all() for part in parts)
    assert whole.areas_m2[:3, 1].min() > 1000


def alone_table(found: Any, shapes: int) -> np.ndarray:
    table = np.zeros((len(ZONES), shapes))
    table[found.alone_zone, found.alone_shape] = found.alone_m2
    return table


def test_a_window_that_nothing_reaches_holds_nothing() -> None:
    """Not even where zones and shapes meet elsewhere."""
    ground = outlines_of_polygons(np.array([shapely.box(-50, -50, 50, 50)], dtype=object))
    disc = outlines_of_views(np.zeros((1, 2)), *(np.array([value]) for value in (0.0, 360.0, 20.0, 0.0)))
    for window in [(64.0, 0.0, 128.0, 64.0), (-128.0, -64.0, -64.0, 0.0), (1 << 20, 0.0, 1 << 21, 1 << 20)]:
        found = depth_by_zone(ground, disc, np.array([1e4]), window=window)
        assert found.covered_m2 == 0
    quarter = depth_by_zone(ground, disc, np.array([1e4]), window=(0.0, 0.0, 64.0, 64.0))
    assert quarter.covered_m2 == pytest.approx(math.pi * 100, abs=1e-9)


@pytest.mark.parametrize(
    "window", [(0, 0, 96, 96), (0, 0, 64, 128), (32, 0, 96, 64), (0, 16, 64, 80), (64, 64, 0, 0), (0, 0, math.nan, 1)]
)
def test_a_window_off_the_grid_is_refused(window: tuple[float, ...]) -> None:
    ground = outlines_of_polygons(ZONES)
    with pytest.raises(ValueError, match="a window must be a square"):
        depth_by_zone(ground, scattered(1, 8), shapely.area(ZONES), window=window)  # type: ignore[arg-type]
