"""The kernel against closed forms, against GEOS on the same polygons, and against itself seen another way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoservice.coverage.crossings import sort_start
from geoservice.coverage.depth import DepthFigures, depth_by_zone
from geoservice.coverage.outlines import Outlines, joined, outlines_of_polygons, outlines_of_views
from geoservice.coverage.rims import on_the_rim

BOX = shapely.box(-300, -300, 317.3, 309.1)
TILES = (16.0, 64.0, 256.0, 1024.0)
FAR_M = np.array([811_234.567, 819_876.543])


def views(*rows: tuple[float, ...]) -> Outlines:
    """Views as rows of x, y, bearing, angle, range, nearest."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return outlines_of_views(table[:, :2], table[:, 2], table[:, 3], table[:, 4], table[:, 5])


def disc(x: float, y: float, radius: float = 50.0) -> tuple[float, ...]:
    return (x, y, 0.0, 360.0, radius, 0.0)


def measured(shapes: Outlines, zones: Any = (BOX,), **how: Any) -> DepthFigures:
    ground = np.array(list(zones), dtype=object)
    return depth_by_zone(outlines_of_polygons(ground), shapes, shapely.area(ground), **how)


def lens(radius: float, apart: float) -> float:
    """Two equal circles share 2 r² acos(d / 2r) - d / 2 sqrt(4 r² - d²)."""
    return 2 * radius**2 * math.acos(apart / (2 * radius)) - apart / 2 * math.sqrt(4 * radius**2 - apart**2)


def random_views(seed: int, count: int, spread: float = 250.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    angle = np.where(rng.random(count) < 0.4, 360.0, rng.uniform(5, 355, count))
    far = rng.uniform(5, 80, count)
    near = np.where(rng.random(count) < 0.5, 0.0, far * rng.uniform(0.05, 0.9, count))
    place = rng.uniform(-spread, spread, (count, 2))
    return np.column_stack([place, rng.uniform(0, 360, count), angle, far, near])


def view_areas(rows: np.ndarray) -> np.ndarray:
    return np.radians(np.minimum(rows[:, 3], 360)) / 2 * (rows[:, 4] ** 2 - rows[:, 5] ** 2)


def many_cornered(rows: np.ndarray, corners: int) -> np.ndarray:
    """Draw views as polygons with corners on the true arcs."""
    shapes = []
    for x, y, bearing, angle, far, near in rows:
        turn = np.radians(np.linspace(bearing - angle / 2, bearing + angle / 2, max(3, int(corners * angle / 360) + 1)))
        arc = np.column_stack([np.sin(turn), np.cos(turn)])
        if angle >= 360:
            drawn = shapely.Polygon(far * arc[:-1], [near * arc[:-1]] if near else [])
        else:
            drawn = shapely.Polygon(np.concatenate([far * arc, near * arc[::-1] if near else [[0, 0]]]))
        shapes.append(shapely.transform(drawn, lambda xy, x=x, y=y: xy + np.array([x, y])))
    return np.array(shapes, dtype=object)


def depth_by_faces(shapes: np.ndarray, zones: np.ndarray, cap: int) -> np.ndarray:
    """Cut the plane into faces along all outlines, and ask for a point of each face who holds it."""
    lines = shapely.boundary(np.concatenate([shapes, zones]))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(lines))[None, :].ravel()))
    points, areas = shapely.point_on_surface(faces), shapely.area(faces)
    shapely.prepare(shapes)
    shapely.prepare(zones)
    depth = np.minimum(shapely.contains(shapes[:, None], points[None, :]).sum(axis=0), cap)
    inside = shapely.contains(zones[:, None], points[None, :])
    return np.array([np.bincount(depth[row], weights=areas[row], minlength=cap + 1) for row in inside])


# ------------------------------------------------------------------ closed forms


@pytest.mark.parametrize("tile_m", TILES)
@pytest.mark.parametrize("apart", [1e-9, 1e-3, 1.0, 30.0, 60.0, 99.999999, 100.0, 120.0])
def test_two_circles(apart: float, tile_m: float) -> None:
    found = measured(views(disc(0, 0), disc(apart, 0)), cap=2, tile_m=tile_m)
    both = lens(50, min(apart, 100))
    assert found.areas_m2[0] == pytest.approx(
        [BOX.area - 2 * math.pi * 2500 + both, 2 * (math.pi * 2500 - both), both], abs=1e-7
    )


@pytest.mark.parametrize("turned_deg", [0, 17, 90])
def test_three_circles_at_each_others_reach(turned_deg: float) -> None:
    turn = np.radians(turned_deg + np.array([0, 120, 240]))
    centres = 50 / math.sqrt(3) * np.column_stack([np.cos(turn), np.sin(turn)])
    found = measured(views(*(disc(x, y) for x, y in centres)), cap=3)
    reuleaux = (math.pi - math.sqrt(3)) / 2 * 2500
    assert found.areas_m2[0, 3] == pytest.approx(reuleaux, abs=1e-8)
    assert found.areas_m2[0, 2] == pytest.approx(3 * (lens(50, 50) - reuleaux), abs=1e-8)


@pytest.mark.parametrize("parts", [2, 3, 4, 6, 7, 12])
@pytest.mark.parametrize("first_deg", [0.0, 11.3, 45.0])
@pytest.mark.parametrize("near", [0.0, 12.5])
def test_sectors_tile_a_disc(parts: int, first_deg: float, near: float) -> None:
    angle = 360 / parts
    found = measured(views(*((3, 4, first_deg + angle * k, angle, 40, near) for k in range(parts))), cap=2)
    assert found.areas_m2[0, 1:] == pytest.approx([math.pi * (1600 - near**2), 0], abs=1e-6)


@pytest.mark.parametrize("tile_m", TILES)
@pytest.mark.parametrize(
    "row",
    [
        (13, 7, 30, 70, 50, 0),
        (13, 7, 100, 270, 50, 20),
        (0, 0, 0, 180, 64, 0),
        (-16, 16, 90, 180, 32, 16),
        (0, 0, 225, 90, 48, 32),
        (8, -8, 359.9, 0.5, 100, 99),
        (8, -8, -720.0, 359.9999, 33, 1),
        (0, 0, 12, 360, 77, 76.9),
    ],
)
def test_one_view_has_its_area(row: tuple[float, ...], tile_m: float) -> None:
    """A corner stands up to half a step of 2^-30 m beside its abscissa, which tells on sides of 100 m."""
    found = measured(views(row), cap=2, tile_m=tile_m)
    assert found.areas_m2[0, 1:] == pytest.approx([*view_areas(np.array([row], dtype=float)), 0], abs=1e-7)


@pytest.mark.parametrize("tile_m", TILES)
def test_a_zone_that_cuts_discs_in_half(tile_m: float) -> None:
    """The second disc's lowest point lies on the side of a cell for one of the sizes: it touches, and no more."""
    zone = shapely.box(-300, -300, 300, 290)
    found = measured(views(disc(300, 7), disc(250, 290)), [zone], tile_m=tile_m)
    assert found.covered_m2 == pytest.approx(math.pi * 2500, abs=1e-8)
    found = measured(views(disc(300, 7), disc(250, 290)), [zone], tile_m=tile_m / 2)
    assert found.covered_m2 == pytest.approx(math.pi * 2500, abs=1e-8)


def test_duplicates_tangents_and_a_disc_within_another() -> None:
    assert measured(views(*[disc(10, 20)] * 5), cap=8).areas_m2[0, 1:] == pytest.approx(
        [0, 0, 0, 0, math.pi * 2500, 0, 0, 0], abs=1e-8
    )
    assert measured(views(disc(0, 0), disc(20, 0, 30)), cap=3).areas_m2[0, 1:] == pytest.approx(
        [math.pi * 1600, math.pi * 900, 0], abs=1e-8
    )
    assert measured(views(disc(0, 0), disc(60, 80)), cap=2).areas_m2[0, 1:] == pytest.approx(
        [math.pi * 5000, 0], abs=1e-8
    )
    assert measured(views(disc(0, 0), disc(0, 0, 20)), cap=2).areas_m2[0, 1:] == pytest.approx(
        [math.pi * 2100, math.pi * 400], abs=1e-8
    )


def test_squares_on_the_sides_of_cells() -> None:
    squares = [shapely.box(i * 16, j * 16, i * 16 + 16, j * 16 + 16) for i in range(8) for j in range(8)] * 2
    found = measured(outlines_of_polygons(np.array(squares, dtype=object)), cap=3)
    assert found.areas_m2[0, 1:] == pytest.approx([0, 128**2, 0], abs=1e-9)


# ------------------------------------------------------------------ against GEOS


ODD_ZONES = np.array(
    [
        shapely.box(-120, -90, 77, 131),
        shapely.box(-50, -300, 250, 60),
        shapely.Point(0, 0).buffer(100).difference(shapely.Point(0, 0).buffer(40)),
        shapely.Point(50, 40).buffer(3),
        shapely.MultiPolygon([shapely.box(-200, 150, -150, 200), shapely.box(-149, 150, -90, 210)]),
        shapely.box(5000, 5000, 5010, 5010),
    ],
    dtype=object,
)


@pytest.mark.parametrize("tile_m", [None, 16.0, 512.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_odd_polygons_in_odd_zones_equal_the_faces_of_their_outlines(seed: int, tile_m: float | None) -> None:
    """Stars, rings and polygons with holes; zones that overlap, with holes, in parts, without any shape."""
    rng = np.random.default_rng(seed)
    turn = np.sort(rng.uniform(0, 2 * np.pi, (25, 31)), axis=1)
    reach = rng.uniform(5, 60, (25, 31))
    spikes = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=-1) + rng.uniform(-150, 150, (25, 1, 2))
    stars = shapely.polygons(spikes)
    rings = [p.buffer(40).difference(p.buffer(25)) for p in shapely.points(rng.uniform(-150, 150, (15, 2)))]
    shapes = np.concatenate([stars[shapely.is_valid(stars)], np.array(rings, dtype=object)])
    found = measured(outlines_of_polygons(shapes), ODD_ZONES, cap=6, tile_m=tile_m)
    wanted = depth_by_faces(shapes, ODD_ZONES, 6)
    wanted[:, 0] = shapely.area(ODD_ZONES) - wanted[:, 1:].sum(axis=1)
    np.testing.assert_allclose(found.areas_m2, wanted, atol=1e-6)


@pytest.mark.parametrize("count", [1, 40, 2000])
def test_the_same_polygons_cover_what_geos_says_to_a_billionth(count: int) -> None:
    shapes = many_cornered(random_views(count, count), 64)
    found = measured(outlines_of_polygons(shapes), ODD_ZONES)
    union = shapely.union_all(shapes)
    wanted = shapely.area(shapely.intersection(ODD_ZONES, union))
    np.testing.assert_allclose(found.covered_m2, wanted, rtol=1e-9, atol=1e-7)


def test_a_zone_part_of_which_passes_under_a_tile_as_only_an_upper_edge() -> None:
    """A band's upper edge spans the tile, its lower one in two parts: far under it the zone counts -1 times."""
    band = shapely.Polygon([(-10, -30), (8, -30), (30, -30), (30, -20), (-10, -20)])
    zone = shapely.MultiPolygon([band, shapely.box(4, -10, 12, 10)])
    shape = shapely.box(1, 1, 15, 15)
    assert measured(outlines_of_polygons(np.array([shape])), [zone], tile_m=16.0).covered_m2 == pytest.approx([8 * 9])


@pytest.mark.parametrize("tile_m", [None, 32.0, 128.0, 512.0])
def test_a_ragged_shore_equals_geos_whatever_the_tiles(tile_m: float | None) -> None:
    rng = np.random.default_rng(8)
    turn = np.linspace(0, 2 * np.pi, 1500, endpoint=False)
    reach = 1000 + np.convolve(np.tile(rng.normal(0, 60, 1500), 3), np.ones(9) / 3, "same")[1500:3000]
    shore = shapely.Polygon(np.column_stack([reach * np.cos(turn), reach * np.sin(turn)])).buffer(0)
    shapes = many_cornered(random_views(9, 1500, spread=1100.0), 24)
    found = measured(outlines_of_polygons(shapes), [shore], tile_m=tile_m)
    wanted = shapely.intersection(shore, shapely.union_all(shapes)).area
    np.testing.assert_allclose(found.covered_m2, wanted, rtol=1e-9)


@pytest.mark.parametrize("hole", ["", ", (1 1, 1 2, 2 2, 2 1, 1 1)"])
@pytest.mark.parametrize("order", ["{}, EMPTY", "EMPTY, {}", "{}, EMPTY, ((20 0, 21 0, 21 1, 20 1, 20 0))"])
def test_empty_parts_of_a_polygon_hold_nothing(order: str, hole: str) -> None:
    shape = shapely.from_wkt(f"MULTIPOLYGON ({order.format(f'((0 0, 0 9, 9 9, 9 0, 0 0){hole})')})")
    outlines = outlines_of_polygons(np.array([shape, shapely.Polygon(), shape], dtype=object))
    assert outlines.first.tolist() == [0, *np.cumsum([len(outlines.edges) / 2, 0, len(outlines.edges) / 2])]
    found = depth_by_zone(outlines, outlines, shapely.area(np.array([shape, None, shape])), cap=3)
    assert found.areas_m2[[0, 2], 2].tolist() == [shape.area, shape.area]


@pytest.mark.parametrize("lean_m", [0.0, 1e-14, -1e-14, 1e-12, -1e-11, 1e-9])
@pytest.mark.parametrize("at", [40.0, 32.0, 48.0, 37.7])
def test_a_side_that_leans_by_a_hair_in_the_middle_of_a_cell_or_at_its_side(at: float, lean_m: float) -> None:
    """Its lower end may lie on the other side of the middle than its upper one: above it nothing is inside."""
    zone = shapely.Polygon([(5, 3), (at - lean_m, 3), (at + lean_m, 50), (5, 50)])
    everywhere = outlines_of_polygons(np.array([shapely.box(-90, -90, 90, 90)]))
    for shapes, ground in ((everywhere, zone), (outlines_of_polygons(np.array([zone])), BOX)):
        found = measured(shapes, [ground], tile_m=128.0, rims=True)
        assert found.covered_m2 == pytest.approx([(at - 5) * 47], abs=1e-6)


def test_many_corners_come_near_the_arcs_as_the_square_of_their_number() -> None:
    rows = random_views(7, 60)
    arcs = measured(views(*rows), cap=3).areas_m2
    errors = []
    for corners in (64, 512, 4096):
        drawn = measured(outlines_of_polygons(many_cornered(rows, corners)), cap=3).areas_m2
        errors.append(float(np.abs(drawn - arcs).max()))
    assert errors[0] > errors[1] * 40 > errors[2] * 1600
    assert errors[2] < 1e-6 * arcs[0, 1:].sum()


# ------------------------------------------------------------------ invariants


rows_of_views = st.integers(0, 10_000).flatmap(lambda seed: st.tuples(st.just(seed), st.integers(1, 120)))


@settings(deadline=None, derandomize=True, max_examples=25)
@given(rows_of_views)
def test_all_depths_add_up_to_the_footprints(drawn: tuple[int, int]) -> None:
    rows = random_views(*drawn, spread=150)
    found = measured(views(*rows), [shapely.box(-300, -300, 300, 300)], cap=len(rows))
    assert found.areas_m2[0] @ np.arange(len(rows) + 1) == pytest.approx(view_areas(rows).sum(), rel=1e-9)
    assert (found.areas_m2 > -1e-7).all()


@settings(deadline=None, derandomize=True, max_examples=25)
@given(rows_of_views, st.sampled_from([8.0, 32.0, 128.0, 512.0]), st.integers(1, 3))
def test_tiles_order_threads_place_and_the_cap_change_nothing(drawn: tuple[int, int], tile_m: float, cap: int) -> None:
    rows = random_views(*drawn)
    before = measured(views(*rows), ODD_ZONES, cap=cap, threads=2).areas_m2
    shuffled = np.random.default_rng(drawn[0]).permutation(rows)
    np.testing.assert_allclose(
        measured(views(*shuffled), ODD_ZONES, cap=cap, tile_m=tile_m).areas_m2, before, atol=1e-6
    )
    assert (measured(views(*rows), ODD_ZONES, cap=cap, threads=1).areas_m2 == before).all()
    deeper = measured(views(*rows), ODD_ZONES, cap=cap + 2).areas_m2
    np.testing.assert_allclose(deeper[:, :cap], before[:, :cap], atol=1e-6)
    np.testing.assert_allclose(deeper[:, cap:].sum(axis=1), before[:, cap], atol=1e-6)
    moved = rows + np.array([*FAR_M, 0, 0, 0, 0])
    zones = shapely.transform(ODD_ZONES, lambda xy: xy + FAR_M)
    np.testing.assert_allclose(measured(views(*moved), zones, cap=cap).areas_m2, before, atol=1e-4)


@settings(deadline=None, derandomize=True, max_examples=15)
@given(rows_of_views, st.floats(-180, 180))
@example((15, 12), 180.0)
def test_turning_everything_changes_nothing(drawn: tuple[int, int], turn_deg: float) -> None:
    rows = random_views(*drawn)
    cosine, sine = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    matrix = np.array([[cosine, -sine], [sine, cosine]])  # clockwise, as bearings turn
    turned = rows.copy()
    turned[:, :2] = rows[:, :2] @ matrix
    turned[:, 2] += turn_deg
    zones = shapely.transform(ODD_ZONES, lambda xy: xy @ matrix)
    before = measured(views(*rows), ODD_ZONES, cap=3).areas_m2
    np.testing.assert_allclose(measured(views(*turned), zones, cap=3).areas_m2, before, atol=1e-6)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(rows_of_views)
def test_what_a_view_covers_alone_is_what_is_lost_without_it(drawn: tuple[int, int]) -> None:
    rows = random_views(*drawn, spread=120)
    zones = ODD_ZONES[:3]
    found = measured(views(*rows), zones, alone=True)
    assert found.alone_m2 is not None
    assert found.alone_zone is not None
    assert found.alone_shape is not None
    alone = np.zeros((len(zones), len(rows)))
    alone[found.alone_zone, found.alone_shape] = found.alone_m2
    for gone in range(min(len(rows), 6)):
        without = measured(views(*np.delete(rows, gone, axis=0)), zones).covered_m2
        np.testing.assert_allclose(found.covered_m2 - without, alone[:, gone], atol=1e-6)
    once = measured(views(*rows), zones, cap=2).areas_m2[:, 1]
    np.testing.assert_allclose(alone.sum(axis=1), once, atol=1e-6)


def test_those_on_the_rim_are_those_whose_outline_the_union_keeps() -> None:
    rows = random_views(5, 400, spread=150)
    shapes = many_cornered(rows, 24)
    outlines = outlines_of_polygons(shapes)
    rim_of = measured(outlines, [shapely.box(-400, -400, 400, 400)], rims=True).rim_of
    assert rim_of is not None
    exposed = on_the_rim(outlines, rim_of)
    edge = shapely.boundary(shapely.union_all(shapes))
    kept = shapely.length(shapely.intersection(shapely.boundary(shapes), edge.buffer(1e-7)))
    assert 0.05 < exposed.mean() < 0.95
    assert exposed[kept > 1e-3].all()
    assert not exposed[kept == 0].any()
    assert shapely.union_all(shapes[exposed]).area <= shapely.union_all(shapes).area + 1e-6


def test_five_thousand_cameras_in_one_tile() -> None:
    rng = np.random.default_rng(4)
    rows = np.column_stack(
        [
            rng.normal(50, 8, (5000, 2)), rng.uniform(0, 360, 5000), rng.uniform(30, 360, 5000),
            rng.uniform(20, 60, 5000), np.zeros(5000),
        ]
    )  # fmt: skip
    found = measured(views(*rows), cap=1, tile_m=512.0)
    union = shapely.union_all(many_cornered(rows, 256))
    assert found.covered_m2[0] == pytest.approx(union.area, rel=2e-4)
    for tile_m in (None, 64.0):
        assert measured(views(*rows), tile_m=tile_m).covered_m2 == pytest.approx(found.covered_m2, abs=1e-6)


def test_five_thousand_equal_cameras_and_one_apart() -> None:
    found = measured(views(disc(10, 20), *[disc(0, 0)] * 5000), cap=4, alone=True)
    assert found.areas_m2[0, 4] == pytest.approx(math.pi * 2500, abs=1e-8)
    assert found.alone_shape is not None
    assert found.alone_shape.tolist() == [0]
    assert found.alone_m2 == pytest.approx(math.pi * 2500 - lens(50, math.hypot(10, 20)), abs=1e-8)


def test_shapes_larger_than_tiles_and_zones() -> None:
    zone = shapely.box(10, 10, 11, 11)
    assert measured(views(disc(0, 0, 5000)), [zone], cap=2, tile_m=16.0).areas_m2[0] == pytest.approx([0, 1, 0])
    assert measured(views(disc(0, 0, 0.001)), [BOX], tile_m=16.0).covered_m2 == pytest.approx(math.pi * 1e-6)


def test_different_kinds_of_shapes_are_joined() -> None:
    square = outlines_of_polygons(np.array([shapely.box(-40, -40, 40, 40), None, shapely.Polygon()], dtype=object))
    both = joined([square, views(disc(0, 0, 20))])
    assert len(both) == 4
    assert measured(both, cap=2).areas_m2[0, 1:] == pytest.approx([6400 - 400 * math.pi, 400 * math.pi])


@pytest.mark.parametrize("count", [0, 1, 2, 48, 49, 50, 777, 5000])
def test_the_first_numbers_are_sorted_and_no_others(count: int) -> None:
    numbers = np.round(np.random.default_rng(count).normal(size=count + 3), 1)
    wanted = [*sorted(numbers[:count].tolist()), *numbers[count:].tolist()]
    sort_start(numbers, count)
    assert numbers.tolist() == wanted


def test_nothing_covers_nothing() -> None:
    assert measured(views()).areas_m2.tolist() == [[BOX.area, 0.0]]
    assert measured(views(disc(9000, 9000))).areas_m2.tolist() == [[BOX.area, 0.0]]
    assert measured(views(disc(0, 0)), []).areas_m2.shape == (0, 2)
    nothing = measured(views(), alone=True, rims=True)
    assert nothing.alone_m2 is not None
    assert len(nothing.alone_m2) == 0


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    measured(views(*random_views(1, 500)), tile_m=8.0, step=lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == list(range(told[-1][1] + 1))


# ------------------------------------------------------------------ refused at the door


@pytest.mark.parametrize(
    "row",
    [
        (math.nan, 0, 0, 360, 50, 0),
        (0, math.inf, 0, 360, 50, 0),
        (0, 0, math.nan, 90, 50, 0),
        (0, 0, 0, 0, 50, 0),
        (0, 0, 0, -90, 50, 0),
        (0, 0, 0, 90, 0, 0),
        (0, 0, 0, 90, -5, 0),
        (0, 0, 0, 90, 50, 50),
        (0, 0, 0, 90, 50, -1),
    ],
)
def test_a_view_that_is_none_is_refused_by_its_number(row: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="view 1 is not one: 1 of 3"):
        views(disc(0, 0), row, disc(5, 5))


@pytest.mark.parametrize("shape", [shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])])
def test_only_polygons_have_outlines(shape: Any) -> None:
    with pytest.raises(ValueError, match="only polygons"):
        outlines_of_polygons(np.array([BOX, shape], dtype=object))


def test_the_figures_want_sound_terms() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        measured(views(disc(0, 0)), cap=0)
    with pytest.raises(ValueError, match="power of two, not 100"):
        measured(views(disc(0, 0)), tile_m=100.0)
    with pytest.raises(ValueError, match="each view needs"):
        outlines_of_views(np.zeros((2, 2)), np.zeros(1), np.zeros(2), np.ones(2), np.zeros(2))


def test_a_few_large_shapes_among_small_ones_do_not_fill_tiles_without_end() -> None:
    """They are as large as the middle of the sizes does not tell."""
    rng = np.random.default_rng(3)
    rows = [disc(*rng.uniform(-9000, 9000, 2), radius) for radius in [5000.0] * 30 + [5.0] * 31]
    box = shapely.box(-20_000, -20_000, 20_000, 20_000)
    found = measured(views(*rows), [box])
    assert found.areas_m2 == pytest.approx(measured(views(*rows), [box], tile_m=8192.0).areas_m2, rel=1e-9)
    union = shapely.union_all([shapely.Point(x, y).buffer(r, quad_segs=512) for x, y, _, _, r, _ in rows])
    assert found.covered_m2 == pytest.approx([union.area], rel=1e-5)
