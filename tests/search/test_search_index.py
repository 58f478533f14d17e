from __future__ import annotations

import time

import pytest

from geoservice.catalog import Catalog, open_catalog
from geoservice.i18n import Text
from geoservice.search import Entry, Index, build_index
from geoservice.search.index import index_of
from geoservice.search.plain import plain
from geoservice.settings import Settings

ITEMS = 66_500
SLOWEST_S = 0.03


def entry(fid: str, name_en: str | None = None, name_zh: str | None = None, address: str | None = None) -> Entry:
    return Entry(
        "feature",
        "posts",
        fid,
        name_en=name_en,
        name_zh=name_zh,
        address_en=address,
        address_zh=None,
        zone=(None, None),
        group_title=Text(en="Posts", zh="崗位"),
        illustrative=False,
        lon=0,
        lat=0,
    )


@pytest.fixture(scope="module")
def hong_kong() -> Catalog:
    return open_catalog(Settings.from_env({}).layers)


@pytest.fixture(scope="module")
def index(hong_kong: Catalog) -> Index:
    return build_index(hong_kong)


def ids(index: Index, query: str, limit: int = 10) -> list[str]:
    return [one.id for one in index.find(query, limit)]


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Ｗａｎ　Ｃｈａｉ", "wan chai"),
        ("Café-Élysée", "cafe elysee"),
        ("  King's  Park ", "king s park"),
        ("STRASSE straße", "strasse strasse"),
        ("灣仔（總部）", "灣仔 總部"),
        ("ｶﾞ", plain("ガ")),
        ("...", ""),
    ],
)
def test_texts_are_compared_without_width_accents_case_and_punctuation(written: str, compared: str) -> None:
    assert plain(written) == compared


def test_what_begins_with_the_query_comes_before_what_holds_it() -> None:
    index = index_of([entry("a", "North Post"), entry("b", "Postal Hall"), entry("c", "Post"), entry("d", "Lamppost")])
    assert ids(index, "post") == ["c", "b", "a", "d"]
    assert ids(index, "post", 2) == ["c", "b"]


def test_every_word_must_be_there_in_any_order() -> None:
    index = index_of([entry("a", "Wan Chai Division", address="1 Arsenal Street"), entry("b", "Wan Street")])
    assert ids(index, "chai wan") == ["a"]
    assert ids(index, "street arsenal") == ["a"]
    assert ids(index, "wan posts") == ["a", "b"]
    assert ids(index, "wan nothing") == []


def test_both_languages_addresses_and_ids_are_found(index: Index, hong_kong: Catalog) -> None:
    for query in ("wan chai", "灣仔"):
        first, second = index.find(query, 2)
        assert (first.kind, first.name_en) == ("zone", "Wan Chai")
        assert second.group == "police-stations"
    assert index.find("4 Wong Chuk Hang Road", 1)[0].name_en == "Aberdeen Division"
    assert index.find("黃竹坑道4號", 1)[0].name_en == "Aberdeen Division"
    assert index.find("H429F", 1)[0].group == "traffic-cameras"
    assert index.find("Aberdeen Division", 1)[0].zone == ("Southern", "南區")
    placed = sum(len(layer.placed) for layer in hong_kong.layers.values() if str(layer.manifest.role) in
                 ("facility", "camera", "candidate"))  # fmt: skip
    zones = len(hong_kong.zones("district"))
    assert len(index.entries) == placed + zones


def test_what_is_made_up_comes_last(index: Index) -> None:
    flags = [one.illustrative for one in index.entries]
    assert True in flags
    assert flags == sorted(flags)


def test_a_zone_has_the_box_that_it_fills(index: Index) -> None:
    zone = index.find("Islands", 1)[0]
    assert zone.box is not None
    west, south, east, north = zone.box
    assert west < zone.lon < east
    assert south < zone.lat < north


@pytest.mark.parametrize("query", ["", "   ", "...", "\u0301"])
def test_nothing_is_found_by_nothing(index: Index, query: str) -> None:
    assert index.find(query, 10) == []


def test_a_query_of_many_cameras_is_answered_at_once() -> None:
    index = index_of([entry(f"camera-{i:06}", f"Camera {i} at Crossing {i % 977}", f"鏡頭{i}") for i in range(ITEMS)])
    for query in ("camera", "camera-066499", "crossing 976", "鏡頭66499", "zzz", "a", "9 9 9", "camera nothing at all"):
        before = time.process_time()
        found = index.find(query, 10)
        assert time.process_time() - before < SLOWEST_S, query
        assert len(found) <= 10
    assert ids(index, "camera-066499") == ["camera-066499"]
