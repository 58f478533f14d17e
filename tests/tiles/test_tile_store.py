"""What is kept in memory is bounded, made once however many ask, and never of another collection."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely
from tiled import BOTH, GRID, collection, covering

from geoservice.collections import Query
from geoservice.collections.filtering import equal_to
from geoservice.errors import NotFoundError
from geoservice.tiles import TileStore
from geoservice.tiles.held import Held

HERE = (836_000.0, 820_000.0)


def test_held_results_stay_within_their_bytes_and_the_oldest_go_first() -> None:
    held = Held(100, len)
    made: list[int] = []

    def make(number: int) -> bytes:
        made.append(number)
        return bytes(30)

    for number in (1, 2, 3, 1, 4, 1, 2):
        held.get(number, lambda n=number: make(n))
        assert held.kept_bytes <= 100
    assert made == [1, 2, 3, 4, 2]
    assert len(held.get("large", lambda: bytes(101))) == 101
    assert held.kept_bytes == 0


def test_a_failure_is_raised_and_not_kept() -> None:
    held = Held(100, len)
    with pytest.raises(ZeroDivisionError):
        held.get("key", lambda: bytes(1 // 0))
    assert held.get("key", lambda: b"well") == b"well"
    assert held.kept_bytes == 4


def test_many_who_ask_at_once_wait_for_one_computation() -> None:
    held, made, go = Held(100, len), [], threading.Event()

    def make() -> bytes:
        go.wait(5)
        made.append(1)
        return b"x"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(held.get, "key", make) for _ in range(8)]
        go.set()
        assert {one.result() for one in asked} == {b"x"}
    assert made == [1]


@pytest.mark.soak
def test_tiles_are_the_same_from_any_thread_warm_or_cold_and_with_hardly_any_memory() -> None:
    rng = np.random.default_rng(1)
    discs = shapely.buffer(shapely.points(rng.normal(HERE, 3000, (200, 2))), 300)
    made = collection([shapely.union_all(discs), *discs[:30], *shapely.points(rng.normal(HERE, 3000, (500, 2)))])
    places = [(zoom, *at) for zoom in (2, 4, 6) for at in covering(made, GRID, zoom)]
    warm, tiny = TileStore(BOTH), TileStore(BOTH, most_tile_bytes=1, most_prepared_bytes=1)
    first = [warm.tile([made], GRID, place) for place in places]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda place: warm.tile([made], GRID, place), places)) == first
        assert list(pool.map(lambda place: tiny.tile([made], GRID, place), places)) == first
    assert tiny.kept_bytes == 0
    assert 0 < warm.kept_bytes < 20 * 2**20


def test_a_collection_made_anew_has_its_own_tiles() -> None:
    """As after the layers have changed, or for another day or case: the id alone says nothing."""
    made = collection(shapely.points([HERE]))
    other = replace(made, frame=made.frame.assign(name=["other"]), schema={"name": None})  # type: ignore[dict-item]
    store = TileStore(BOTH)
    at = (6, *covering(made, GRID, 6)[0])
    assert store.tile([made], GRID, at) != store.tile([other], GRID, at)


def test_an_unknown_matrix_set_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="WebMercatorQuad, harbour-grid"):
        TileStore(BOTH).matrix_set("WorldCRS84Quad")


@pytest.mark.parametrize("zoom", [0, 4, 8, 11])
def test_a_part_of_a_collection_is_drawn_as_if_there_were_nothing_else(zoom: int) -> None:
    """What is left out neither stands for others nor is counted by them."""
    rng = np.random.default_rng(7)
    places = rng.uniform((820_000, 810_000), (850_000, 840_000), (3_000, 2))
    places[:500] = rng.uniform((835_000, 817_000), (835_050, 817_050), (500, 2))
    shapes = [*shapely.points(places), *shapely.buffer(shapely.points(places[:200]), 60)]
    kinds = [("red", "blue")[one] for one in rng.integers(0, 2, len(shapes))]
    whole = collection(shapes, kind=kinds)
    red = [position for position, kind in enumerate(kinds) if kind == "red"]
    part = collection([shapes[i] for i in red], ids=[whole.ids[i] for i in red], kind=["red"] * len(red))
    crowded = collection([shapely.box(834_990, 816_990, 835_060, 817_060)])
    store, query = TileStore(BOTH), Query(limit=1, filters=(equal_to("kind", "red", "red"),))
    at = [(zoom, *place) for place in covering(crowded, GRID, zoom)]
    tiles = [store.tile([whole], GRID, place, [query]) for place in at]
    assert tiles == [store.tile([part], GRID, place) for place in at]
    assert any(tiles)
    assert tiles != [store.tile([whole], GRID, place) for place in at]


def test_many_filters_take_no_more_room_than_there_is() -> None:
    """Also where nothing matches, so that what is kept is empty."""
    made = collection(shapely.points(np.full((50, 2), 830_000.0)), kind=["red"] * 50)
    store = TileStore(BOTH, most_tile_bytes=20_000, most_prepared_bytes=50_000)
    for number in range(300):
        query = Query(limit=1, filters=(equal_to("kind", str(number), str(number)),))
        assert store.tile([made], GRID, (0, 0, 0), [query]) == b""
    assert store.kept_bytes <= 70_000
    assert len(store._tiles) + len(store._prepared) < 130
