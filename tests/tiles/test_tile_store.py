"""What is kept in memory is bounded, made once however many ask, and never of another collection."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely
from tiled import BOTH, GRID, collection, covering

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
