from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoservice.coverage.cover import cover_pieces


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
