from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely

from geoservice.coverage.cover import cover_pieces
from geoservice.coverage.depth import DepthFigures, depth_by_zone


def array(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


SQUARE = shapely.box(0, 0, 100, 100)


def test_a_piece_without_footprints_is_all_gap() -> None:
    result = cover_pieces(array(SQUARE), array())
    assert result.covered_area_m2.tolist() == [0]
    assert result.gap_area_m2.tolist() == [10_000]


def test_a_piece_within_a_footprint_is_all_covered() -> None:
    result = cover_pieces(array(SQUARE), array(shapely.box(-1, -1, 101, 101), shapely.box(0, 0, 5, 5)))
    assert result.covered_area_m2.tolist() == [10_000]
    assert result.gap[0].is_empty


def test_overlapping_footprints_count_once() -> None:
    result = cover_pieces(array(SQUARE), array(shapely.box(0, 0, 60, 100), shapely.box(40, 0, 100, 100)))
    assert result.covered_area_m2[0] == pytest.approx(10_000)
    result = cover_pieces(array(SQUARE), array(shapely.box(0, 0, 30, 100), shapely.box(20, 0, 50, 100)))
    assert result.covered_area_m2[0] == pytest.approx(5_000)


def test_the_same_footprint_twice_changes_nothing() -> None:
    disc = shapely.Point(50, 50).buffer(40)
    once, twice = (cover_pieces(array(SQUARE), array(*[disc] * n)) for n in (1, 2))
    assert once.covered_area_m2[0] == pytest.approx(twice.covered_area_m2[0], rel=1e-12)


@pytest.mark.parametrize(
    "footprint",
    [
        shapely.box(100, 0, 200, 100),
        shapely.box(100, 100, 200, 200),
        shapely.box(500, 500, 600, 600),
        shapely.Polygon(),
    ],
    ids=["along an edge", "at a corner", "far away", "empty"],
)
def test_a_footprint_that_only_touches_covers_nothing(footprint: shapely.Geometry) -> None:
    result = cover_pieces(array(SQUARE), array(footprint))
    assert result.covered_area_m2[0] == 0
    assert result.gap_area_m2[0] == 10_000
    assert result.gap[0].geom_type == "Polygon"


def test_a_hole_in_a_footprint_stays_a_gap() -> None:
    ring = shapely.box(-10, -10, 110, 110).difference(shapely.box(40, 40, 60, 60))
    assert cover_pieces(array(SQUARE), array(ring)).gap_area_m2[0] == pytest.approx(400)


def test_pieces_do_not_depend_on_each_other_or_on_order() -> None:
    rng = np.random.default_rng(7)
    x, y = rng.integers(0, 9, 40) * 100, rng.integers(0, 9, 40) * 100
    pieces = shapely.box(x, y, x + 100, y + 100)
    footprints = shapely.buffer(shapely.points(rng.uniform(0, 1000, (25, 2))), rng.uniform(20, 200, 25))
    together = cover_pieces(pieces, footprints)
    order = rng.permutation(25)
    for i in (0, 7, 39):
        alone = cover_pieces(pieces[[i]], footprints[order])
        assert alone.covered_area_m2[0] == pytest.approx(together.covered_area_m2[i], rel=1e-12)
        assert alone.gap_area_m2[0] == pytest.approx(together.gap_area_m2[i], rel=1e-12, abs=1e-9)


def test_no_pieces_give_no_results() -> None:
    assert len(cover_pieces(array(), array(SQUARE)).covered) == 0


def crowd(seed: int, count: int, spread: float = 260.0) -> np.ndarray:
    """Discs and wedges of many sizes, many of them wholly under others."""
    rng = np.random.default_rng(seed)
    shapes = []
    for x, y, radius, start in rng.uniform([-spread, -spread, 15, 0], [spread, spread, 60, 6], (count, 4)):
        turn = np.linspace(start, start + (2 * np.pi if radius > 35 else 1.5), 24)
        arc = np.column_stack([x + radius * np.cos(turn), y + radius * np.sin(turn)])
        shapes.append(shapely.Polygon(arc[:-1] if radius > 35 else [*arc, (x, y)]))
    return array(*shapes)


@pytest.mark.parametrize("count", [3, 60, 400])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_gaps_are_those_of_the_union_of_all(seed: int, count: int) -> None:
    pieces = array(*(shapely.box(x, y, x + 100, y + 100) for x in range(-300, 300, 100) for y in range(-300, 300, 100)))
    shapes = crowd(seed, count)
    found = cover_pieces(pieces, shapes)
    wanted = shapely.difference(pieces, shapely.union_all(shapes))
    assert shapely.area(shapely.symmetric_difference(found.gap, wanted)).max() < 1e-7
    assert shapely.area(shapely.intersection(found.gap, found.covered)).max() < 1e-7
    assert shapely.area(shapely.difference(pieces, shapely.union(found.gap, found.covered))).max() < 1e-7
    assert shapely.is_valid(found.gap).all()
    assert shapely.is_valid(found.covered).all()


def test_ground_that_only_hidden_footprints_cover_is_no_gap() -> None:
    """Four bars around a court leave it open; what lies over it shows no outline, but for the eastern court's."""
    bars = [shapely.box(0, 0, 100, 10), shapely.box(0, 90, 100, 100), shapely.box(0, 0, 10, 100)]
    bars += [shapely.box(x, 0, x + 10, 100) for x in (45, 90)]
    hidden = shapely.box(5, 5, 50, 95)
    found = cover_pieces(array(shapely.box(-10, -10, 110, 110)), array(*bars, hidden))
    assert found.gap_area_m2[0] == pytest.approx(120 * 120 - 100 * 100 + 35 * 80)


def test_a_footprint_that_shows_only_an_upright_side_bounds_its_gap() -> None:
    """Its level sides lie under others: the east of it is open, the west is covered by it alone."""
    shapes = array(shapely.box(0, 20, 10, 40), shapely.box(0, 35, 15, 60), shapely.box(0, 0, 15, 25))
    found = cover_pieces(array(shapely.box(0, 0, 20, 60)), shapes)
    assert found.gap_area_m2[0] == pytest.approx(20 * 60 - 15 * 50 - 10 * 10)


@pytest.mark.parametrize("one_in", [2, 3, 10**6])
def test_gaps_are_right_whatever_is_said_of_the_rim(monkeypatch: pytest.MonkeyPatch, one_in: int) -> None:
    """Missing stretches leave rings open, or give what has another area: such a piece is cut out instead."""
    shapes, pieces = crowd(3, 80), array(shapely.box(-200, -200, 200, 200), shapely.box(200, -200, 300, 200))
    wanted = cover_pieces(pieces, shapes).gap_area_m2

    def blind(*arguments: Any, **how: Any) -> DepthFigures:
        found = depth_by_zone(*arguments, **how)
        assert found.rim_of is not None
        assert found.rim_at is not None
        return replace(found, rim_of=found.rim_of[::one_in], rim_at=found.rim_at[::one_in])

    monkeypatch.setattr("geoservice.coverage.cover.depth_by_zone", blind)
    assert cover_pieces(pieces, shapes).gap_area_m2 == pytest.approx(wanted)


def test_a_gap_that_nothing_brings_to_its_figure_is_told_of(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("geoservice.coverage.cover._cut", lambda pieces, *_: pieces)
    monkeypatch.setattr("geoservice.coverage.cover.open_ground", lambda *_: array(SQUARE))
    with caplog.at_level("WARNING", logger="geoservice"):
        cover_pieces(array(SQUARE), array(shapely.box(5, 5, 10, 10)))
    assert "1 gaps differ from their figures, by 25.000 m²" in caplog.text


def test_a_neck_between_polygons_opens_no_covered_pocket() -> None:
    """Discs whose circles close a pocket round a hidden one, and whose polygons leave a slit: no less is covered."""
    rng = np.random.default_rng(5)
    pieces = array(shapely.box(-512, -512, 512, 512))
    for _ in range(25):
        count = int(rng.integers(3, 7))
        turn = rng.uniform(0, 6) + np.arange(count) * 2 * np.pi / count
        away = 60.0
        radius = away * np.sin(np.pi / count) * rng.uniform(1.0, 1.004, count)
        round_about = [shapely.Point(away * np.cos(t), away * np.sin(t)) for t in turn]
        shapes = array(*(p.buffer(r, quad_segs=4) for p, r in zip(round_about, radius, strict=True)))
        shapes = np.append(shapes, shapely.Point(0, 0).buffer(away * 0.9, quad_segs=4))
        wanted = shapely.difference(pieces, shapely.union_all(shapes))
        found = cover_pieces(pieces, shapes)
        assert shapely.area(shapely.symmetric_difference(found.gap, wanted))[0] < 1e-3


@pytest.mark.soak
def test_many_threads_may_cut_the_same_zones_at_once() -> None:
    """GEOS would end the process: this is one of its own."""
    program = """
import geopandas as gpd, numpy as np, shapely
from concurrent.futures import ThreadPoolExecutor
from pyproj import CRS
from geoservice.coverage.cells import cut_to_cells
from geoservice.crs import WorkingCrs
working = WorkingCrs(CRS.from_epsg(2326))
for round_ in range(4):
    turn = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    reach = 9000 + np.random.default_rng(round_).normal(0, 30, len(turn))
    ring = np.column_stack([800000 + reach * np.cos(turn), 820000 + reach * np.sin(turn)])
    zones = gpd.GeoSeries([shapely.Polygon(ring).buffer(0), shapely.Polygon(ring + 500).buffer(0)], crs=working.crs)
    with ThreadPoolExecutor(4) as pool:
        cut = list(pool.map(lambda _: cut_to_cells(zones, 500.0, working), range(4)))
    assert len({len(one.geometry) for one in cut}) == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_covered_has_no_hairs_along_the_sides_of_its_ground(seed: int) -> None:
    """Where footprints reach across a side that leans, the gap's side is that side but for rounding."""
    rng = np.random.default_rng(seed)
    ground = array(*[shapely.Point(*rng.uniform(8e5, 8.2e5, 2)).buffer(700, quad_segs=9) for _ in range(6)])
    rim = shapely.line_interpolate_point(shapely.boundary(ground), rng.uniform(0, 4000, (30, 6)))
    footprints = np.asarray(shapely.buffer(rim, rng.uniform(5, 60, (30, 6)), quad_segs=6)).ravel()
    covered = cover_pieces(ground, footprints).covered
    parts = shapely.get_parts(covered)
    assert shapely.area(parts).min() > 1
    assert shapely.area(covered) == pytest.approx(
        shapely.area(shapely.intersection(ground, shapely.union_all(footprints))), abs=1e-2
    )
