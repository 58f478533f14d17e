"""No filter takes minutes or gigabytes: what is the same is done once, and what would be too much is refused."""

from __future__ import annotations

import time
import tracemalloc

import geopandas as gpd
import pytest

from geoservice.collections import Collection, Query
from geoservice.collections.collection import Property
from geoservice.collections.filtering import evaluate, parse_json, parse_text
from geoservice.collections.filtering.like import like_expression
from geoservice.collections.filtering.tree import MAX_OPERATIONS
from geoservice.collections.filtering.work import Sizes, require_little_work
from geoservice.errors import ParameterError
from geoservice.i18n import Text

MANY, LITERALS = 10_000, 3_000


def collection(count: int) -> Collection:
    """Make a collection whose ids are all different, and whose groups are few."""
    frame = gpd.GeoDataFrame({"group": [f"g{i % 3}" for i in range(count)]}, geometry=[None] * count, crs="OGC:CRS84")
    ids = tuple(f"é{i}" for i in range(count))
    return Collection("many", Text(en="Many"), Text(en="Many"), frame, ids, {"group": Property("string")}, "1")


@pytest.fixture(scope="module")
def many() -> Collection:
    return collection(MANY)


def found(text: str, of: Collection) -> list[int]:
    return of.matching(Query(limit=1, filters=(parse_text(text),))).tolist()


def test_a_long_list_beside_a_property_is_sought_at_once_and_takes_little_memory(many: Collection) -> None:
    literals = ",".join(["''"] * LITERALS)
    lists = {
        f"id IN (id,{literals})": list(range(MANY)),
        f"id IN (CASEI(id),{literals},'é7')": list(range(MANY)),
        f"id NOT IN (group,{literals},'é7')": [i for i in range(MANY) if i != 7],
    }
    read = [(parse_text(text), expected) for text, expected in lists.items()]
    tracemalloc.start()
    for condition, expected in read:
        assert many.matching(Query(limit=1, filters=(condition,))).tolist() == expected
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30 * 2**20


def test_literals_of_another_kind_in_a_list_are_refused(many: Collection) -> None:
    for among in ("id, 5", "'é7', 5", "'é7', TRUE", "5"):
        with pytest.raises(ParameterError, match="values of one kind"):
            found(f"id IN ({among})", many)


def test_what_is_the_same_is_evaluated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    few, folded = collection(10), []

    def counted(text: str) -> str:
        folded.append(text)
        return text.replace("é", "e")

    monkeypatch.setattr(evaluate, "_without_accents", counted)
    text = " OR ".join(f"ACCENTI(id) = 'e{i}'" for i in range(85))
    assert found(text, few) == list(range(10))
    assert len(folded) == 10
    folded.clear()
    assert found(" OR ".join(["ACCENTI(id) = 'e1'"] * 60), few) == [1]
    assert len(folded) == 10


def test_too_much_work_is_refused_before_any_of_it_is_done() -> None:
    most = collection(150_000)
    folds = " OR ".join("ACCENTI(" * depth + "id" + ")" * depth + " = 'e1'" for depth in range(1, 16))
    assert found(folds, collection(50)) == [1]
    patterns = " OR ".join(f"id LIKE '%{i}%'" for i in range(40))
    began = time.perf_counter()
    for text in (folds, patterns, f"NOT ({folds}) AND group = 'g1'"):
        with pytest.raises(ParameterError, match="too much work"):
            found(text, most)
    assert time.perf_counter() - began < 2
    assert found(" OR ".join(["group = 'g1'"] * 80), most)[:2] == [1, 4]
    assert found("CASEI(id) LIKE CASEI('É1499%')", most) == [1_499, *range(14_990, 15_000), *range(149_900, 150_000)]


def test_a_line_of_many_corners_is_more_work_than_a_polygon() -> None:
    sizes = Sizes(1_000_000, 1_000_000, lambda _: 0)
    corners = ",".join(f"{i % 2} {i / 1000}" for i in range(1_000))
    with pytest.raises(ValueError, match="too much work"):
        require_little_work(parse_text(f"S_INTERSECTS(geometry, LINESTRING({corners}))").tree, sizes)
    require_little_work(parse_text(f"S_INTERSECTS(geometry, POLYGON(({corners})))").tree, sizes)


def test_truths_count_as_operations() -> None:
    truths = ",".join(["false"] * MAX_OPERATIONS)
    with pytest.raises(ParameterError, match="operations"):
        parse_json(f'{{"op":"or","args":[{{"property":"open"}},{truths}]}}')


def test_any_characters_many_times_are_any_characters() -> None:
    began = time.perf_counter()
    matches = like_expression("a" + "%" * 30_000 + "b%%c" + "%" * 30_000)
    texts = {"abc": True, "axbxcx": True, "acb": False, "bc": False, "ab": False, "aabbcc": True}
    assert {text: matches(text) for text in texts} == texts
    assert [matches("axxb") for _ in range(20_000)] == [False] * 20_000
    assert time.perf_counter() - began < 2
