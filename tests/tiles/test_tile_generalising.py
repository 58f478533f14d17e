"""What coarse zooms show: counts add up, borders stay shared, no seam opens, and nothing small is lost."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPolygon, box
from tiled import BOTH, GRID, MERCATOR, collection, core, covering, in_units, read, tiles

from benchmarks import city
from geoservice.tiles import MatrixSet, TileStore
from geoservice.tiles.generalise import Shapes, generalised, whole

HERE = (836_000.0, 820_000.0)


@pytest.mark.parametrize("matrix_set", BOTH, ids=lambda one: one.id)
def test_counts_add_up_to_all_points_at_every_zoom(matrix_set: MatrixSet) -> None:
    """Counted in the square of each tile, without its buffer, nothing is told twice and nothing is missing."""
    places = np.random.default_rng(3).normal(HERE, [4000, 3000], (3000, 2))
    made = collection(shapely.points(places))
    zooms = range(6, 15) if matrix_set is MERCATOR else range(8)
    shown = []
    for zoom in zooms:
        inside = [
            f["properties"]["point_count"]
            for (row, column), features in tiles(made, matrix_set, zoom).items()
            for f in features
            if 0 <= f["geometry"].x - column * 4096 < 4096 and 0 <= f["geometry"].y - row * 4096 < 4096
        ]
        assert sum(inside) == len(places)
        shown.append(len(inside))
    assert shown == sorted(shown)
    assert shown[-1] == len(places)
    assert shown[0] < 200


def test_the_first_of_the_order_stands_for_those_around_it() -> None:
    made = collection(
        shapely.points([(HERE[0] + i * 0.5, HERE[1]) for i in range(20)]), ids=[str(i) for i in range(20)]
    )
    ((_, features),) = tiles(made, GRID, 0).items()
    assert features[0]["id"] == 0
    assert sum(f["properties"]["point_count"] for f in features) == 20


@pytest.mark.parametrize("matrix_set", BOTH, ids=lambda one: one.id)
@pytest.mark.parametrize("level", [0, 2, 4])
def test_a_polygon_over_several_tiles_is_whole_again_without_gaps(matrix_set: MatrixSet, level: int) -> None:
    """The parts in the squares of the tiles leave nothing between them, and buffers agree with the neighbours."""
    zoom = (13 if matrix_set is MERCATOR else 4) + level
    turn = np.linspace(0, 2 * np.pi, 700, endpoint=False)
    radius = 3000 + 300 * np.sin(9 * turn)
    made = collection(
        [shapely.Polygon(np.column_stack([HERE[0] + radius * np.cos(turn), HERE[1] + radius * np.sin(turn)]))]
    )
    found = tiles(made, matrix_set, zoom)
    assert sum(bool(features) for features in found.values()) > 3
    parts = [f["geometry"].intersection(core(*at)) for at, features in found.items() for f in features]
    together = shapely.union_all(parts)
    expected = in_units(made, matrix_set, zoom)[0]
    assert together.area == pytest.approx(sum(part.area for part in parts), rel=1e-12)
    assert together.symmetric_difference(expected).area <= 3.0 * expected.length
    opened = shapely.buffer(together, 1.0).buffer(-1.0)
    assert opened.geom_type == "Polygon"
    assert not [hole for hole in opened.interiors if shapely.Polygon(hole).area > 1]
    for (row, column), features in found.items():
        for beside in ((row, column + 1), (row + 1, column)):
            if found.get(beside) and features:
                overlap = core(row, column).buffer(120).intersection(core(*beside).buffer(120))
                mine, its = (one[0]["geometry"].intersection(overlap) for one in (features, found[beside]))
                assert mine.symmetric_difference(its).area <= 1.0 * (mine.length + 10)


@pytest.mark.parametrize("zoom", [1, 3, 5])
def test_zones_that_share_borders_still_do_where_they_are_simplified(zoom: int) -> None:
    zones = city.districts()
    made = collection(zones.geometry)
    expected = in_units(made, GRID, zoom)
    shapes = generalised(Shapes(expected, np.arange(18), np.zeros(18, np.int64)), share_borders=True)
    assert shapely.is_valid(shapes.geometry).all()
    assert shapely.coverage_is_valid(shapes.geometry)
    assert shapely.get_num_coordinates(shapes.geometry).sum() < 0.8 * shapely.get_num_coordinates(expected).sum()
    found = {}
    for at, features in tiles(made, GRID, zoom).items():
        for f in features:
            found.setdefault(f["properties"]["id"], []).append(f["geometry"].intersection(core(*at)))
    whole_again = np.array([shapely.union_all(found[f"f{i}"]) for i in range(18)])
    total = shapely.union_all(whole_again)
    assert shapely.area(whole_again).sum() == pytest.approx(total.area, rel=1e-4)
    assert total.area == pytest.approx(shapely.area(expected).sum(), rel=1e-3)


@pytest.mark.parametrize("matrix_set", BOTH, ids=lambda one: one.id)
def test_no_zone_gap_or_line_vanishes_at_any_zoom(matrix_set: MatrixSet) -> None:
    """Far apart, so that none is merged with another."""
    small = [
        box(HERE[0] + x, HERE[1], HERE[0] + x + side, HERE[1] + side)
        for x, side in ((0, 0.4), (9_000, 3), (18_000, 30))
    ]
    made = collection([*small, LineString([(HERE[0], HERE[1] + 9_000), (HERE[0] + 0.3, HERE[1] + 9_000)])])
    first = 8 if matrix_set is MERCATOR else 0
    for zoom in range(first, first + 9):
        found = {
            f["properties"]["id"]: f["geometry"]
            for features in tiles(made, matrix_set, zoom).values()
            for f in features
        }
        assert set(found) == {"f0", "f1", "f2", "f3"}, zoom
        assert all(found[f"f{i}"].area >= 200 for i in range(3))
        assert found["f3"].length >= 16


def test_polygons_smaller_than_a_pixel_are_merged_with_their_count_and_their_area() -> None:
    """Of 400 gaps of 4 m two by two pixels of 512 m remain, and what they stand for is told."""
    gaps = [
        box(HERE[0] + x * 5, HERE[1] + y * 5, HERE[0] + x * 5 + 4, HERE[1] + y * 5 + 4)
        for x in range(20)
        for y in range(20)
    ]
    made = collection(gaps)
    features = read(TileStore(BOTH).tile([made], GRID, (0, 0, 0)))
    assert sum(f["properties"].get("point_count", 1) for f in features) == 400
    assert len(features) <= 4
    near = {f["properties"]["id"] for features in tiles(made, GRID, 8).values() for f in features}
    assert len(near) == 400


def test_what_is_small_of_something_large_is_left_out_and_the_rest_stays() -> None:
    large = box(HERE[0], HERE[1], HERE[0] + 9_000, HERE[1] + 9_000)
    speckled = MultiPolygon(
        [
            large.difference(box(HERE[0] + 50, HERE[1] + 50, HERE[0] + 52, HERE[1] + 52)),
            box(HERE[0] - 60, HERE[1], HERE[0] - 58, HERE[1] + 2),
        ]
    )
    ((_, (feature,)),) = tiles(collection([speckled]), GRID, 0).items()
    assert feature["geometry"].geom_type == "Polygon"
    assert not feature["geometry"].interiors
    assert feature["geometry"].area == pytest.approx(in_units(collection([large]), GRID, 0)[0].area, rel=0.02)


def test_rounding_keeps_polygons_valid() -> None:
    """A neck narrower than a unit, and two parts that rounding makes touch."""
    neck = shapely.Polygon(
        [
            (0, 0),
            (10, 0),
            (10, 4.9),
            (20, 4.9),
            (20, 0),
            (30, 0),
            (30, 10),
            (20, 10),
            (20, 5.1),
            (10, 5.1),
            (10, 10),
            (0, 10),
        ]
    )
    parts = MultiPolygon([box(0, 0, 5.4, 5), box(5.6, 1, 9, 3), box(4.4, 5.2, 8, 8)])
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    found = whole(np.array([neck, parts, bow], dtype=object))
    assert shapely.is_valid(found).all()
    coordinates = shapely.get_coordinates(found)
    assert (coordinates == np.rint(coordinates)).all()
    assert shapely.area(found) == pytest.approx([200, 42, 50], abs=9)


def test_a_polygon_of_many_corners_is_cut_quickly_and_the_same() -> None:
    """One of 50,000 corners is cut by blocks; its tiles are those that cutting the whole gives."""
    turn = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    radius = 3000 + 20 * np.sin(300 * turn)
    made = collection(
        [shapely.Polygon(np.column_stack([HERE[0] + radius * np.cos(turn), HERE[1] + radius * np.sin(turn)]))]
    )
    expected = in_units(made, GRID, 8)[0]
    store = TileStore(BOTH)
    for at in covering(made, GRID, 8)[40:400:37]:
        features = read(store.tile([made], GRID, (8, *at)), *at)
        got = shapely.union_all([f["geometry"].intersection(core(*at)) for f in features])
        wanted = expected.intersection(core(*at))
        assert got.symmetric_difference(wanted).area <= wanted.length + 1
