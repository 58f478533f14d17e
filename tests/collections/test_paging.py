"""Pages follow what was last seen, whatever is edited in between."""

from __future__ import annotations

import time
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoservice.collections import Collection, Page, Query, SortKey
from geoservice.collections.collection import Property
from geoservice.collections.paging import Cursor, decode
from geoservice.i18n import Text

BY_RANK = (SortKey("rank", descending=True), SortKey("name"))


def made(ids: list[str]) -> Collection:
    frame = gpd.GeoDataFrame(
        {"rank": [len(i) % 3 for i in ids], "name": [i[-1:] or None for i in ids]},
        geometry=[shapely.Point(0, 0)] * len(ids),
        crs="OGC:CRS84",
    )
    schema = {"rank": Property("integer"), "name": Property("string")}
    return Collection("c", Text(en="c"), Text(en="c"), frame, tuple(ids), schema, "1")


def seen(collection: Collection, page: Page) -> list[str]:
    return [collection.ids[i] for i in page.positions]


def follow(collection: Collection, query: Query) -> list[str]:
    """Follow next to the end, every cursor written and read again."""
    page = collection.query(query)
    found = seen(collection, page)
    while page.next is not None:
        again = decode(page.next.encode(), query.sortby)
        assert again == page.next
        page = collection.query(replace(query, offset=0, cursor=again))
        found += seen(collection, page)
    return found


IDS = st.lists(st.text(alphabet="abcxyz:/.", min_size=1, max_size=4), unique=True, max_size=25)


@given(IDS, st.integers(1, 6), st.sampled_from([(), BY_RANK]))
@settings(max_examples=60, deadline=None)
def test_every_feature_comes_once_in_order_and_back_again(
    ids: list[str], limit: int, sortby: tuple[SortKey, ...]
) -> None:
    collection = made(ids)
    query = Query(limit=limit, sortby=sortby)
    forth = follow(collection, query)
    expected = sorted(ids, key=lambda i: (-(len(i) % 3), i[-1:], i)) if sortby else ids
    assert forth == expected
    page = collection.query(replace(query, offset=max(0, len(ids) - 1)))
    back = seen(collection, page)
    while page.prev is not None:
        page = collection.query(replace(query, cursor=decode(page.prev.encode(), sortby)))
        back = seen(collection, page) + back
    assert back == expected


@given(IDS, st.integers(1, 5), st.data())
@settings(max_examples=60, deadline=None)
def test_sorted_pages_miss_and_repeat_nothing_that_stays(ids: list[str], limit: int, data: st.DataObject) -> None:
    query = Query(limit=limit, sortby=BY_RANK)
    before = made(ids)
    page = before.query(query)
    gone = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    after = made([*(i for i in ids if i not in gone), "new", "newer!"])
    first = seen(before, page)
    if page.next is None:
        assert first == follow(before, query)
        return
    rest = follow(after, replace(query, cursor=page.next))
    staying = [i for i in follow(before, query) if i not in gone and i not in first]
    assert [i for i in rest if i in ids] == staying


@pytest.mark.parametrize(
    ("gone", "expected"), [("", "defg"), ("c", "defg"), ("d", "efg"), ("cd", "efg"), ("abc", "defg"), ("abcd", "efg")]
)
def test_pages_in_the_order_of_the_file_go_on_after_what_was_last_seen(gone: str, expected: str) -> None:
    page = made(list("abcdefg")).query(Query(limit=3))
    after = made([i for i in "abcdefg" if i not in gone])
    rest = seen(after, after.query(Query(limit=10, cursor=page.next)))
    assert "".join(rest).endswith(expected if gone not in ("cd", "abcd") else "g")
    if gone not in ("cd", "abcd"):
        assert "".join(rest) == expected


@given(st.text(max_size=40))
@settings(max_examples=80, deadline=None)
def test_a_cursor_that_is_made_up_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        decode(text, ())


def test_every_damage_of_one_character_is_refused() -> None:
    whole = Cursor((), (), ("a", "b"), 1).encode()
    for place in range(len(whole) - 1):
        other = "A" if whole[place] != "A" else "B"
        with pytest.raises(ValueError, match="damaged"):
            decode(whole[:place] + other + whole[place + 1 :], ())


@pytest.mark.soak
def test_a_page_far_on_takes_no_longer_than_the_first() -> None:
    count = 60_000
    places = shapely.points(np.random.default_rng(1).uniform(0, 1, (count, 2)))
    frame = gpd.GeoDataFrame({"n": np.arange(count)}, geometry=places, crs="OGC:CRS84")
    ids = tuple(map(str, range(count)))
    collection = Collection("c", Text(en="c"), Text(en="c"), frame, ids, {"n": Property("integer")}, "1")

    def took(offset: int) -> float:
        began = time.perf_counter()
        for _ in range(50):
            collection.query(Query(limit=1000, offset=offset))
        return time.perf_counter() - began

    took(0)
    assert min(took(50_000) for _ in range(5)) < 1.5 * min(took(0) for _ in range(5))
