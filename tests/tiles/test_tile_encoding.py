"""What is written is read again by others: geometries within a tile's unit, properties, ids, rings the right way."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box
from tiled import BOTH, GRID, MERCATOR, collection, core, covering, in_units, read, rings, tiles, turned

from geoservice.tiles import MatrixSet, TileStore
from geoservice.tiles.attributes import prepare_attributes, value_bytes
from geoservice.tiles.encode import index_points

HERE = (836_000.0, 820_000.0)
UNIT = 0.51
"""Rounding moves a corner by half a unit at most, and the two ways of placing it differ by far less."""


def ring(count: int, radius_m: float = 900.0) -> Polygon:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return Polygon(np.column_stack([HERE[0] + radius_m * np.sin(turn), HERE[1] + radius_m * np.cos(turn)]))


@pytest.mark.parametrize("matrix_set", BOTH, ids=lambda one: one.id)
@pytest.mark.parametrize(
    "geometry",
    [
        Point(HERE),
        MultiPoint([HERE, (HERE[0] + 50, HERE[1] + 9)]),
        LineString([HERE, (HERE[0] + 500, HERE[1] + 300), (HERE[0] + 700, HERE[1])]),
        ring(40),
        ring(40).difference(ring(12, 300.0)),
        MultiPolygon([ring(9, 200.0), box(HERE[0] + 500, HERE[1], HERE[0] + 700, HERE[1] + 300)]),
    ],
    ids=["point", "points", "line", "polygon", "hole", "parts"],
)
def test_geometries_come_back_within_half_a_unit(matrix_set: MatrixSet, geometry: Any) -> None:
    """At a zoom where nothing is simplified; parts in several tiles are put together again."""
    made = collection([geometry])
    zoom = 15 if matrix_set is MERCATOR else 8
    found = [
        shapely.intersection(f["geometry"], shapely.buffer(core(*at), 1.0))
        for at, features in tiles(made, matrix_set, zoom).items()
        for f in features
    ]
    expected = in_units(made, matrix_set, zoom)[0]
    assert expected.area > 0 or geometry.area == 0
    together = shapely.union_all(found)
    assert shapely.hausdorff_distance(together, expected) <= UNIT * 2**0.5 + 1.0
    assert together.area == pytest.approx(expected.area, rel=2e-3)
    assert together.length >= 0.99 * expected.length


def test_properties_keep_their_types_and_nothing_is_written_for_none() -> None:
    made = collection(
        [Point(HERE), Point(HERE[0] + 30, HERE[1])],
        ids=["a.b", "7"],
        name=["警崗 <b>", None],
        whole=[-3, 2**40],
        number=[1.5, float("nan")],
        truth=[True, False],
        mixed=[1, True],
    )
    (row, column), *_ = covering(made, GRID, 8)
    first, second = read(TileStore(BOTH).tile([made], GRID, (8, row, column)))
    assert first["properties"] == {
        "name": "警崗 <b>",
        "whole": -3,
        "number": 1.5,
        "truth": True,
        "mixed": 1,
        "id": "a.b",
        "point_count": 1,
    }
    assert type(first["properties"]["mixed"]) is int
    assert second["properties"] == {
        "whole": 2**40,
        "truth": False,
        "mixed": True,
        "id": "7",
        "point_count": 1,
    }
    assert second["id"] == 7
    assert not first.get("id")


@pytest.mark.parametrize("fid", ["0", "12", "9007199254740991"])
def test_whole_numbers_are_ids_of_features(fid: str) -> None:
    assert prepare_attributes(collection([Point(HERE)], ids=[fid])).feature_id.tolist() == [int(fid)]


@pytest.mark.parametrize("fid", ["", "-1", "007", "1.0", "१२", "9007199254740992", "1e3", " 1"])
def test_other_ids_are_properties_alone(fid: str) -> None:
    assert prepare_attributes(collection([Point(HERE)], ids=[fid])).feature_id.tolist() == [-1]


def test_our_keys_give_way_to_those_of_the_data() -> None:
    made = collection([Point(HERE)], ids=["x"], id=["theirs"], point_count=[4])
    (at,) = covering(made, GRID, 8)
    (feature,) = read(TileStore(BOTH).tile([made], GRID, (8, *at)))
    assert feature["properties"] == {"id": "theirs", "point_count": 4, "id_": "x", "point_count_": 1}


@settings(deadline=None)
@given(
    value=st.one_of(
        st.text(max_size=300),
        st.booleans(),
        st.integers(-(2**63), 2**64 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_any_value_is_read_as_it_was_written(value: Any) -> None:
    feature = b"\x12\x02\x00\x00\x18\x01\x22\x03\x09\x00\x00"
    layer = b"\x78\x02\x0a\x01x" + b"\x12" + bytes([len(feature)]) + feature + b"\x1a\x01k" + value_bytes(value)
    size = len(layer)
    head = bytes([0x1A, size]) if size < 128 else bytes([0x1A, size & 127 | 128, size >> 7])
    read_back = mapbox_vector_tile.decode(head + layer)["x"]["features"][0]["properties"]["k"]
    assert read_back == value
    assert type(read_back) is type(value)


def test_rings_are_closed_by_command_turn_the_right_way_and_repeat_no_corner() -> None:
    made = collection(
        [ring(60).difference(ring(20, 400.0)), box(HERE[0] - 60, HERE[1] - 90, HERE[0] + 70, HERE[1] + 80)]
    )
    store = TileStore(BOTH)
    seen = 0
    for matrix_set, zoom in ((MERCATOR, 15), (MERCATOR, 13), (GRID, 8), (GRID, 5)):
        for at in covering(made, matrix_set, zoom):
            for polygon in rings(store.tile([made], matrix_set, (zoom, *at))):
                assert turned(polygon[0]) > 0
                for corners in polygon:
                    assert len(corners) >= 3
                    assert all(a != b for a, b in zip(corners, [*corners[1:], corners[0]], strict=True))
                    seen += turned(corners) < 0
    assert seen >= 2


def test_a_tile_without_features_has_no_bytes() -> None:
    made = collection([Point(HERE)])
    assert TileStore(BOTH).tile([made], GRID, (8, 0, 0)) == b""
    assert TileStore(BOTH).tile([collection([None, Polygon()])], GRID, (0, 0, 0)) == b""


def test_several_collections_are_layers_of_one_tile() -> None:
    made = collection([Point(HERE)])
    tile = TileStore(BOTH).tile([made, collection([None]), made], GRID, (0, 0, 0))
    assert tile == TileStore(BOTH).tile([made], GRID, (0, 0, 0)) * 2


def test_collections_of_geometries_are_taken_apart() -> None:
    mixed = shapely.GeometryCollection([Point(HERE), ring(9), LineString([HERE, (HERE[0] + 500, HERE[1])])])
    made = collection([mixed], ids=["5"])
    found = [f for features in tiles(made, GRID, 5).values() for f in features]
    assert {f["geometry"].geom_type for f in found} == {"Point", "Polygon", "LineString"}
    assert {f["id"] for f in found} == {5}


corner = st.tuples(st.integers(0, 3000), st.integers(0, 3000))


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(corners=st.lists(corner, min_size=3, max_size=12, unique=True), zoom=st.sampled_from([3, 6, 7, 9]))
def test_any_polygon_comes_back_valid_and_with_its_area(corners: list[tuple[int, int]], zoom: int) -> None:
    """Tile by tile: what lies in the square of a tile is there, to within what rounding and simplifying can move."""
    shape = shapely.make_valid(Polygon(np.array(corners) + HERE), method="structure", keep_collapsed=False)
    if shape.is_empty or shape.area < 100:
        return
    made = collection([shape])
    expected = in_units(made, GRID, zoom)[0]
    moved = UNIT if GRID.matrices[zoom].cell_m <= 5 else 2.0 + UNIT
    for at, features in tiles(made, GRID, zoom).items():
        square = core(*at)
        wanted = expected.intersection(square)
        got = shapely.union_all([f["geometry"].intersection(square) for f in features])
        assert all(f["geometry"].is_valid for f in features)
        assert abs(got.area - wanted.area) <= moved * 2**0.5 * (wanted.length + 8) + 256


@settings(deadline=None, max_examples=30)
@given(
    xy=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=60),
    box_=st.tuples(st.floats(-0.5, 1.5), st.floats(-0.5, 1.5), st.floats(0, 1), st.floats(0, 1)),
)
def test_the_index_of_points_finds_what_looking_at_all_finds(
    xy: list[tuple[float, float]], box_: tuple[float, float, float, float]
) -> None:
    points = np.array(xy, float).reshape(-1, 2)
    west, north, east, south = box_[0], box_[1], box_[0] + box_[2], box_[1] + box_[3]
    x, y = points.T
    wanted = np.flatnonzero((x >= west) & (x < east) & (y >= north) & (y < south))
    assert index_points(points).within(west, north, east, south).tolist() == wanted.tolist()
