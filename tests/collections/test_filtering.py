"""Filters are held to a database: DuckDB reads the same conditions as SQL, with the same three truths."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoservice.collections import Collection, Query
from geoservice.collections.collection import Property
from geoservice.collections.filtering import Filter, parse_json, parse_text
from geoservice.collections.filtering.tree import MAX_DEPTH, MAX_LENGTH, MAX_OPERATIONS
from geoservice.errors import ParameterError
from geoservice.i18n import Text

ROWS = 60
SCHEMA = {
    "n": Property("integer"),
    "x": Property("number"),
    "s": Property("string"),
    "t": Property("string"),
    "d": Property("string", format="date"),
    "b": Property("boolean"),
}


def rows() -> pd.DataFrame:
    """Make rows in which every property is missing now and then."""
    random = np.random.default_rng(3)

    def some(values: list[Any]) -> pd.Series:
        return pd.Series([None if random.random() < 0.2 else values[i] for i in random.integers(0, len(values), ROWS)])

    return pd.DataFrame(
        {
            "n": some([0, 1, 2, 3, -4]).astype(object),
            "x": some([0.5, 1.0, 2.0, -3.25]).astype(object),
            "s": some(["a", "ab", "B", "b_c", "50%", "", "中文", "é"]).astype(object),
            "t": some(["a", "B", "zz"]).astype(object),
            "d": some([dt.date(2020, 1, 1), dt.date(2021, 6, 15), dt.date(2022, 12, 31)]).astype(object),
            "b": some([True, False]).astype(object),
        }
    )


FRAME = rows()
PLACES = [None if i % 7 == 0 else shapely.Point(i % 10, i // 10) for i in range(ROWS)]
COLLECTION = Collection(
    id="rows",
    title=Text(en="Rows"),
    description=Text(en="Rows"),
    frame=gpd.GeoDataFrame(FRAME, geometry=PLACES, crs="OGC:CRS84"),
    ids=tuple(f"r{i}" for i in range(ROWS)),
    schema=SCHEMA,
    version="1",
)


def found(condition: Filter, collection: Collection = COLLECTION) -> list[int]:
    return [int(i) for i in collection.matching(Query(limit=1, filters=(condition,)))]


def told_by_database(condition: str) -> list[int]:
    table = FRAME.assign(row=range(ROWS)).astype({"n": float, "x": float, "s": str, "t": str}, errors="ignore")
    table = table.assign(s=FRAME["s"], t=FRAME["t"], d=pd.to_datetime(FRAME["d"]), b=FRAME["b"].astype("boolean"))
    connection = duckdb.connect()
    connection.register("features", table)
    answer = connection.sql(f"SELECT row FROM features WHERE {condition} ORDER BY row").fetchall()  # noqa: S608
    return [row for (row,) in answer]


NUMBERS = st.sampled_from(["n", "x", "1", "2.0", "-4", "n + 1", "x * 2", "n - x", "(n + x) * 2", "n % 3"])
STRINGS = st.sampled_from(["s", "t", "'a'", "'B'", "'中文'", "''"])
COMPARATORS = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
ATOMS = st.one_of(
    st.builds("{} {} {}".format, NUMBERS, COMPARATORS, NUMBERS),
    st.builds("{} {} {}".format, STRINGS, COMPARATORS, STRINGS),
    st.builds("{} BETWEEN {} AND {}".format, NUMBERS, NUMBERS, NUMBERS),
    st.builds("{} NOT BETWEEN {} AND {}".format, NUMBERS, NUMBERS, NUMBERS),
    st.sampled_from(
        [
            "n IS NULL",
            "s IS NOT NULL",
            "b",
            "b = TRUE",
            "b <> FALSE",
            "n IN (1, 2)",
            "n NOT IN (1, 2)",
            "s IN ('a', 'B')",
            "s NOT IN ('a', 'B')",
            "s IN (t, 'ab')",
            "s LIKE 'a%'",
            "s NOT LIKE '%b%'",
            "s LIKE '_'",
            "s LIKE '%'",
            "s LIKE 'b_c'",
            "d > DATE('2020-01-01')",
            "d <= DATE('2021-06-15')",
            "d = DATE('2021-06-15')",
            "TRUE",
            "FALSE",
        ]
    ),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
        st.builds("{} AND {}".format, inner, inner),
        st.builds("{} OR {}".format, inner, inner),
    ),
    max_leaves=6,
)


@given(CONDITIONS)
@settings(max_examples=60, deadline=None)
def test_any_condition_finds_what_a_database_finds(condition: str) -> None:
    assert found(parse_text(condition)) == told_by_database(condition)


@pytest.mark.parametrize("predicate", ["intersects", "within", "contains", "disjoint", "touches", "equals", "crosses"])
@pytest.mark.parametrize(
    "literal",
    ["POINT(3 2)", "POLYGON((1 1, 6 1, 6 4, 1 4, 1 1))", "LINESTRING(0 0, 5 5)", "MULTIPOINT((2 1), (4 3))"],
)
def test_spatial_predicates_are_those_of_the_geometries_one_by_one(predicate: str, literal: str) -> None:
    shape = shapely.from_wkt(literal)
    test = getattr(shapely, predicate)
    placed = [(i, place) for i, place in enumerate(PLACES) if place is not None]
    one_way = parse_text(f"S_{predicate.upper()}(geometry, {literal})")
    assert found(one_way) == [i for i, place in placed if test(place, shape)]
    assert found(parse_text(f"NOT S_{predicate.upper()}(geometry, {literal})")) == [
        i for i, place in placed if not test(place, shape)
    ]
    other_way = parse_text(f"S_{predicate.upper()}({literal}, geometry)")
    assert found(other_way) == [i for i, place in placed if test(shape, place)]


def test_a_box_in_a_filter_may_cross_the_antimeridian() -> None:
    inside = [i for i, place in enumerate(PLACES) if place is not None and place.x <= 2]
    assert found(parse_text("S_INTERSECTS(geometry, BBOX(170, -1, 2, 20))")) == inside


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("T_AFTER", []),
        ("T_BEFORE", []),
        ("T_CONTAINS", []),
        ("T_DURING", [0]),
        ("T_INTERSECTS", [0, 1, 2]),
        ("T_STARTS", [1]),
        ("T_FINISHES", [2]),
        ("T_METBY", []),
        ("T_OVERLAPS", []),
        ("T_DISJOINT", []),
        ("T_EQUALS", []),
    ],
)
def test_intervals_lie_to_each_other_as_the_standard_says(name: str, expected: list[int]) -> None:
    days = [(2, 3), (1, 3), (3, 5)]
    frame = gpd.GeoDataFrame(
        {
            "f": pd.Series([dt.date(2020, 1, start) for start, _ in days], dtype=object),
            "u": pd.Series([dt.date(2020, 1, end) for _, end in days], dtype=object),
        },
        geometry=[None] * 3,
        crs="OGC:CRS84",
    )
    schema = {name: Property("string", format="date") for name in ("f", "u")}
    one = Collection("c", Text(en="c"), Text(en="c"), frame, ("0", "1", "2"), schema, "1")
    text = f"{name}(INTERVAL(f, u), INTERVAL('2020-01-01', '2020-01-05'))"
    assert found(parse_text(text), one) == expected


def test_a_moment_within_a_day_is_equal_to_the_day() -> None:
    day = [i for i, d in enumerate(FRAME["d"]) if d == dt.date(2021, 6, 15)]
    assert found(parse_text("d = TIMESTAMP('2021-06-15T12:00:00Z')")) == day
    assert found(parse_text("T_INTERSECTS(d, TIMESTAMP('2021-06-15T23:30:00.5Z'))")) == day


def assert_evaluated_or_refused(make: Callable[[], Filter]) -> None:
    try:
        assert set(found(make())) <= set(range(ROWS))
    except ParameterError as refused:
        name = refused.name
    else:
        name = "filter"
    assert name == "filter"


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_read_or_refused_by_name(text: str) -> None:
    for parse in (parse_text, parse_json):
        assert_evaluated_or_refused(lambda parse=parse: parse(text))


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(
                    ["and", "not", "=", "+", "like", "in", "isNull", "s_within", "t_after", "casei", "x"]
                ),
                "args": st.lists(inner, max_size=3),
            }
        ),
        st.fixed_dictionaries({"property": st.one_of(st.sampled_from(["n", "s", "geometry", "d"]), inner)}),
        st.fixed_dictionaries({"date": inner}),
        st.fixed_dictionaries({"interval": inner}),
        st.fixed_dictionaries({"bbox": inner}),
        st.fixed_dictionaries({"type": st.just("Point"), "coordinates": inner}),
    ),
    max_leaves=8,
)


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_any_json_is_evaluated_or_refused_by_name(tree: Any) -> None:
    assert_evaluated_or_refused(lambda: Filter(tree))


def test_what_is_too_long_too_deep_or_too_much_is_refused() -> None:
    for text in (
        "s = '" + "x" * MAX_LENGTH + "'",
        "NOT " * (MAX_DEPTH * 2) + "b",
        " OR ".join(["n = 1"] * MAX_OPERATIONS),
    ):
        with pytest.raises(ParameterError, match="filter"):
            parse_text(text)
    assert found(parse_text("(" * 1000 + "n = 1" + ")" * 1000)) == found(parse_text("n = 1"))
