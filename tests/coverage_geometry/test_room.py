"""Where there is too little room for a tile it is begun again with more, and nothing of that is seen in the figures."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import shapely
from numba.core.dispatcher import Dispatcher

from geoservice.coverage import grid, tile
from geoservice.coverage.depth import DepthFigures, depth_by_zone, prepare
from geoservice.coverage.grid import Grid, lay_zones
from geoservice.coverage.outlines import Outlines, outlines_of_polygons, outlines_of_views

CORNERS = [(x, y) for x in (-190.0, 20.3) for y in (-205.0, -14.3)]
QUARTERS = np.array(
    [shapely.box(x, y, x + 210.3, y + 190.7) - shapely.Point(x + 90, y + 80).buffer(30) for x, y in CORNERS],
    dtype=object,
)
"""Districts side by side with a hole in each."""


def crowd(count: int = 400) -> Outlines:
    """Discs, sectors and rings that lie close, most of them near one place."""
    draw = np.random.default_rng(11)
    places = np.concatenate([draw.normal(0, 12, (count // 2, 2)), draw.uniform(-200, 200, (count - count // 2, 2))])
    reach_m = draw.uniform(5, 60, count)
    nearest_m = np.where(draw.random(count) < 0.5, 0.0, reach_m * 0.4)
    angle_deg = np.where(draw.random(count) < 0.4, 360.0, draw.uniform(10, 350, count))
    return outlines_of_views(places, draw.uniform(0, 360, count), angle_deg, reach_m, nearest_m)


def figures(tile_m: float = 128.0, **how: Any) -> DepthFigures:
    return depth_by_zone(outlines_of_polygons(QUARTERS), crowd(), shapely.area(QUARTERS), cap=4, tile_m=tile_m, **how)


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """Note each call of a function of the room `tile`, which goes on as it is."""
    calls: list[str] = []
    whole: Callable[..., Any] = getattr(tile, name)

    def noted(*args: Any, **named: Any) -> Any:
        calls.append(name)
        return whole(*args, **named)

    monkeypatch.setattr(tile, name, noted)
    return calls


def assert_same(found: DepthFigures, expected: DepthFigures) -> None:
    for field in ("areas_m2", "alone_zone", "alone_shape", "alone_m2", "rim_of", "rim_at"):
        np.testing.assert_array_equal(getattr(found, field), getattr(expected, field), err_msg=field)


@pytest.mark.parametrize(
    ("room", "made"),
    [
        ({"FIRST_ENTRIES": 1}, "bench_for"),
        ({"FIRST_EVENTS": 1}, "bench_for"),
        ({"FIRST_ROWS": 0}, "_with_room"),
        ({"FIRST_ROWS": 0}, "_rims_with_room"),
        ({"FIRST_ENTRIES": 1, "FIRST_EVENTS": 1, "FIRST_ROWS": 0}, "bench_for"),
    ],
)
def test_a_tile_begun_again_with_more_room_gives_the_same_to_the_last_digit(
    monkeypatch: pytest.MonkeyPatch, room: dict[str, int], made: str
) -> None:
    expected_calls = counted(monkeypatch, made)
    expected = figures(alone=True, rims=True)
    before = len(expected_calls)
    for name, value in room.items():
        monkeypatch.setattr(tile, name, value)
    assert_same(figures(alone=True, rims=True), expected)
    assert len(expected_calls) > 2 * before, "nothing was begun again"


def test_a_crowded_tile_is_divided_again_and_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of 32 m hold hundreds of edges; with as many cells as there may be from the start none is divided."""
    made = counted(monkeypatch, "bench_for")
    found = figures(tile_m=1024.0)
    divided = len(made)
    made.clear()
    monkeypatch.setattr("geoservice.coverage.depth.divisions_of", lambda in_tile, _: np.full(len(in_tile), 256))
    np.testing.assert_allclose(figures(tile_m=1024.0).areas_m2, found.areas_m2, rtol=1e-12, atol=1e-6)
    assert divided > len(made), "no tile was divided again"


def test_zones_laid_with_too_little_room_are_laid_again(monkeypatch: pytest.MonkeyPatch) -> None:
    zones = outlines_of_polygons(QUARTERS)
    tiles = Grid(-256.0, -256.0, 16.0, 32, 32)
    expected = lay_zones(zones.edges, zones.first, tiles)
    monkeypatch.setattr(grid, "ROOM", 1 - 2 * tiles.columns * tiles.rows - 8 * len(zones.edges))
    for found, known in zip(lay_zones(zones.edges, zones.first, tiles), expected, strict=True):
        np.testing.assert_array_equal(found, known)
    assert len(expected[1]) > 1


def test_a_polygon_that_crosses_itself_writes_nowhere_else() -> None:
    """Where its reversed lobe holds whole cells, who covers them alone is no shape's name."""
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    wide = [shapely.box(-20 - k, -20, 120 + k, 120) for k in range(2)]
    shapes = outlines_of_polygons(np.array([*wide, bow_tie], dtype=object))
    ground = np.array([shapely.box(-50, -50, 150, 150)], dtype=object)
    found = depth_by_zone(outlines_of_polygons(ground), shapes, shapely.area(ground), cap=3, alone=True, tile_m=64.0)
    assert found.alone_m2 is not None
    assert found.alone_shape is not None
    assert found.alone_m2[found.alone_shape == 2].sum() == pytest.approx(0.0, abs=1e-6)
    assert found.areas_m2.sum() == pytest.approx(200.0**2)


def test_nothing_that_borrows_gives_an_array_back() -> None:
    """Nobody would count that it is held: its memory would be someone else's."""
    prepare()
    ours = [one for one in gc.get_objects() if isinstance(one, Dispatcher)]
    borrowing = [one for one in ours if one.targetoptions.get("_nrt") is False and one.signatures]
    assert len(borrowing) > 3
    for one in borrowing:
        for compiled in one.overloads.values():
            assert "array" not in str(compiled.signature.return_type).lower(), one.py_func.__qualname__
