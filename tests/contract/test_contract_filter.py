"""OGC API - Features - Part 3: Filtering (19-079r2), Part 5: Schemas (23-058r1), and CQL2 (21-065r2) over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

Get = Callable[..., dict[str, Any]]
Refused = Callable[..., str]

THINGS = "/collections/things"
ITEMS = f"{THINGS}/items"
FILTER = "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf"
CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
WINDOW = "-73.985,40.705,-73.965,40.735"


def ids(body: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in body["features"]]


def matched(get: Get, text: str, **params: str) -> list[str]:
    return ids(get(ITEMS, "feature_collection.json", filter=text, **params))


def prop(name: str) -> dict[str, str]:
    return {"property": name}


# ------------------------------------------------------------------ queryables, sortables, schema


def test_ats_queryables_and_sortables_and_schema_of_every_collection(get: Get, api: FlaskClient) -> None:
    for one in get("/collections")["collections"]:
        for part in ("queryables", "sortables", "schema"):
            address = f"/collections/{one['id']}/{part}"
            assert api.get(address).content_type == "application/schema+json"
            body = get(address, f"{part}.json")
            assert one["properties"].keys() <= body["properties"].keys()
            assert body["$id"].endswith(address)


def test_the_schema_says_kinds_formats_and_roles(get: Get) -> None:
    members = get(f"{THINGS}/schema", "schema.json")["properties"]
    assert members["valid_from"] == {
        "type": "string",
        "title": "Valid from",
        "format": "date",
        "x-ogc-role": "primary-interval-start",
        "x-ogc-propertySeq": members["valid_from"]["x-ogc-propertySeq"],
    }
    assert members["open"]["type"] == "boolean"
    assert members["geometry"]["format"] == "geometry-point-or-multipoint"
    coast = get("/collections/coast/schema", "schema.json")["properties"]
    assert coast["geometry"]["format"] == "geometry-polygon-or-multipolygon"


def test_conformance_says_what_is_met(get: Get) -> None:
    declared = set(get("/conformance")["conformsTo"])
    assert {f"{FILTER}/filter", f"{FILTER}/queryables", f"{FILTER}/features-filter"} < declared
    assert {f"{CQL2}/{name}" for name in ("cql2-text", "cql2-json", "basic-cql2", "arithmetic")} < declared
    assert f"{CQL2}/array-functions" not in declared


# ------------------------------------------------------------------ filter, filter-lang, filter-crs

SAME = [
    ("count = 3", {"op": "=", "args": [prop("count"), 3]}, ["a.b:c/d", "e"]),
    ("count <> 3", {"op": "<>", "args": [prop("count"), 3]}, ["b", "d", "f é中"]),
    ("NOT (count < 3)", {"op": "not", "args": [{"op": "<", "args": [prop("count"), 3]}]}, ["a.b:c/d", "e"]),
    (
        "count > 1 AND (open = TRUE OR name_en IS NULL)",
        {
            "op": "and",
            "args": [
                {"op": ">", "args": [prop("count"), 1]},
                {
                    "op": "or",
                    "args": [{"op": "=", "args": [prop("open"), True]}, {"op": "isNull", "args": [prop("name_en")]}],
                },
            ],
        },
        ["a.b:c/d", "e"],
    ),
    ("share IS NULL", {"op": "isNull", "args": [prop("share")]}, ["b", "c", "d"]),
    ("name_en LIKE 'b%'", {"op": "like", "args": [prop("name_en"), "b%"]}, ["b"]),
    (
        "CASEI(name_en) LIKE CASEI('BETA%')",
        {"op": "like", "args": [{"op": "casei", "args": [prop("name_en")]}, {"op": "casei", "args": ["BETA%"]}]},
        ["b", "c"],
    ),
    (
        "ACCENTI(name_en) = ACCENTI('Alpha')",
        {"op": "=", "args": [{"op": "accenti", "args": [prop("name_en")]}, {"op": "accenti", "args": ["Alpha"]}]},
        ["a.b:c/d"],
    ),
    ("name_en = 'Beta''s'", {"op": "=", "args": [prop("name_en"), "Beta's"]}, ["c"]),
    ("name_en LIKE '50\\%\\_o__'", {"op": "like", "args": [prop("name_en"), "50\\%\\_o__"]}, ["d"]),
    ("count BETWEEN 1 AND 2", {"op": "between", "args": [prop("count"), 1, 2]}, ["b", "d"]),
    ("count IN (1, 2, -7)", {"op": "in", "args": [prop("count"), [1, 2, -7]]}, ["b", "d", "f é中"]),
    (
        "count NOT IN (1, 2)",
        {"op": "not", "args": [{"op": "in", "args": [prop("count"), [1, 2]]}]},
        ["a.b:c/d", "e", "f é中"],
    ),
    (
        "count * 2 + 1 = 7",
        {"op": "=", "args": [{"op": "+", "args": [{"op": "*", "args": [prop("count"), 2]}, 1]}, 7]},
        ["a.b:c/d", "e"],
    ),
    ("count > share", {"op": ">", "args": [prop("count"), prop("share")]}, ["a.b:c/d", "e"]),
    (
        f"S_INTERSECTS(geometry, BBOX({WINDOW}))",
        {"op": "s_intersects", "args": [prop("geometry"), {"bbox": [-73.985, 40.705, -73.965, 40.735]}]},
        ["b", "c"],
    ),
    (
        "S_WITHIN(geometry, POLYGON((-73.985 40.705, -73.965 40.705, -73.965 40.735, -73.985 40.735, -73.985 40.705)))",
        {
            "op": "s_within",
            "args": [
                prop("geometry"),
                {
                    "type": "Polygon",
                    "coordinates": [
                        [[-73.985, 40.705], [-73.965, 40.705], [-73.965, 40.735], [-73.985, 40.735], [-73.985, 40.705]]
                    ],
                },
            ],
        },
        ["b", "c"],
    ),
    (
        f"S_DISJOINT(geometry, BBOX({WINDOW}))",
        {"op": "s_disjoint", "args": [prop("geometry"), {"bbox": [-73.985, 40.705, -73.965, 40.735]}]},
        ["a.b:c/d", "e", "f é中"],
    ),
    (
        "T_AFTER(valid_from, DATE('2020-06-01'))",
        {"op": "t_after", "args": [prop("valid_from"), {"date": "2020-06-01"}]},
        ["c", "f é中"],
    ),
    (
        "T_DURING(valid_from, INTERVAL('2019-01-01', '2020-12-31'))",
        {"op": "t_during", "args": [prop("valid_from"), {"interval": ["2019-01-01", "2020-12-31"]}]},
        ["a.b:c/d"],
    ),
    (
        "T_INTERSECTS(INTERVAL(valid_from, valid_to), INTERVAL('2021-06-01', '..'))",
        {
            "op": "t_intersects",
            "args": [
                {"interval": [prop("valid_from"), prop("valid_to")]},
                {"interval": ["2021-06-01", ".."]},
            ],
        },
        ["c"],
    ),
    (
        "valid_from >= DATE('2021-01-01')",
        {"op": ">=", "args": [prop("valid_from"), {"date": "2021-01-01"}]},
        ["c", "f é中"],
    ),
    ("id = 'a.b:c/d'", {"op": "=", "args": [prop("id"), "a.b:c/d"]}, ["a.b:c/d"]),
    ("open", prop("open"), ["a.b:c/d", "e"]),
]


@pytest.mark.parametrize(("text", "tree", "expected"), SAME, ids=[one[0] for one in SAME])
def test_ats_cql2_text_and_json_say_the_same(get: Get, text: str, tree: Any, expected: list[str]) -> None:
    assert matched(get, text) == expected
    assert matched(get, text, **{"filter-lang": "cql2-text"}) == expected
    assert matched(get, json.dumps(tree), **{"filter-lang": "cql2-json"}) == expected


@pytest.mark.parametrize(
    ("crs", "box"),
    [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", WINDOW),
        ("http://www.opengis.net/def/crs/EPSG/0/4326", "40.705,-73.985,40.735,-73.965"),
        ("[EPSG:3857]", "-8235972.5,4969041.6,-8233746.1,4973451.1"),
    ],
)
def test_ats_filter_crs(get: Get, crs: str, box: str) -> None:
    assert matched(get, f"S_INTERSECTS(geometry, BBOX({box}))", **{"filter-crs": crs}) == ["b", "c"]


def test_ats_filter_is_joined_to_the_other_conditions_and_counted(get: Get) -> None:
    body = get(ITEMS, filter="count > 0", bbox=WINDOW, datetime="2020-06-01", open="false", limit=1)
    assert ids(body) == ["b"]
    assert body["numberMatched"] == 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("colour = 'red'", "cql2-text"),
        ("count = 'three'", "cql2-text"),
        ("count =", "cql2-text"),
        ("", "cql2-text"),
        ("count", "cql2-text"),
        ("A_CONTAINS(name_en, ('a'))", "cql2-text"),
        ("count LIKE '3'", "cql2-text"),
        ("geometry = 3", "cql2-text"),
        ("S_INTERSECTS(name_en, POINT(1 2))", "cql2-text"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 0 0)))", "cql2-text"),
        ("S_INTERSECTS(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))", "cql2-text"),
        ("S_INTERSECTS(geometry, POINT(500 2))", "cql2-text"),
        ("valid_from = DATE('2020-13-01')", "cql2-text"),
        ("T_AFTER(count, DATE('2020-01-01'))", "cql2-text"),
        ("T_DURING(valid_from, INTERVAL('2020-01-02','2020-01-01'))", "cql2-text"),
        ("count = 1e999", "cql2-text"),
        ('{"op":"="', "cql2-json"),
        ("count = 3", "cql2-json"),
        ("[]", "cql2-json"),
        ("null", "cql2-json"),
        ('{"op":"=","args":[{"property":"count"}]}', "cql2-json"),
        ('{"op":3,"args":[]}', "cql2-json"),
        ('{"op":"and","args":[]}', "cql2-json"),
        ('{"op":"like","args":[{"property":["x"]},"a"]}', "cql2-json"),
        ('{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":["a"]}]}', "cql2-json"),
        ('{"op":"s_intersects","args":[{"property":"geometry"},{"bbox":[1,2]}]}', "cql2-json"),
        ('{"op":"in","args":[{"property":"count"},[]]}', "cql2-json"),
        ('{"op":"=","args":[{"date":7},{"date":"2020-01-01"}]}', "cql2-json"),
    ],
)
def test_ats_filter_invalid(refused: Refused, text: str, language: str) -> None:
    refused(ITEMS, "filter", **{"filter": text, "filter-lang": language})


def test_ats_filter_lang_that_is_not_known(refused: Refused) -> None:
    assert "cql2-json" in refused(ITEMS, "filter-lang", **{"filter": "open", "filter-lang": "sql"})


# ------------------------------------------------------------------ sortby, properties, skipGeometry


@pytest.mark.parametrize(
    ("sortby", "expected"),
    [
        ("count", ["f é中", "b", "d", "a.b:c/d", "e", "c"]),
        ("-count,count,+count", ["a.b:c/d", "e", "d", "b", "f é中", "c"]),
        ("+count,-id", ["f é中", "b", "d", "e", "a.b:c/d", "c"]),
        ("-count", ["a.b:c/d", "e", "d", "b", "f é中", "c"]),
        ("-id", ["f é中", "e", "d", "c", "b", "a.b:c/d"]),
        ("name_en", ["d", "e", "c", "b", "a.b:c/d", "f é中"]),
        ("valid_from,id", ["a.b:c/d", "c", "f é中", "b", "d", "e"]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_sortby_orders_all_pages_with_what_is_missing_last(
    get: Get, sortby: str, expected: list[str], limit: int
) -> None:
    found, address = [], ITEMS
    params: dict[str, Any] = {"sortby": sortby, "limit": limit}
    while address:
        body = get(address, "feature_collection.json", **params)
        found += ids(body)
        address, params = next((one["href"] for one in body["links"] if one["rel"] == "next"), ""), {}
    assert found == expected


def test_prev_leads_back_through_all_pages(get: Get) -> None:
    last = get(ITEMS, sortby="-count", limit=2, offset=4)
    address = next(one["href"] for one in last["links"] if one["rel"] == "prev")
    middle = get(address)
    assert ids(middle) == ["d", "b"]
    first = get(next(one["href"] for one in middle["links"] if one["rel"] == "prev"))
    assert ids(first) == ["a.b:c/d", "e"]
    assert not [one for one in first["links"] if one["rel"] == "prev"]


@pytest.mark.parametrize("sortby", ["colour", "geometry", "", "--count", "count,", "+"])
def test_sortby_of_what_is_not_sortable_is_refused(refused: Refused, sortby: str) -> None:
    refused(ITEMS, "sortby", sortby=sortby)


def test_properties_and_skip_geometry_leave_the_rest_out(get: Get) -> None:
    body = get(ITEMS, "feature_collection.json", properties="share,count", skipGeometry="true")
    assert {tuple(one["properties"]) for one in body["features"]} == {("count", "share")}
    assert {one["geometry"] for one in body["features"]} == {None}
    single = get(f"{ITEMS}/b", "item.json", properties="open")
    assert single["properties"] == {"open": False}


@pytest.mark.parametrize("value", ["colour", "", "count,", "geometry", "id"])
def test_properties_that_are_not_there_are_refused(refused: Refused, value: str) -> None:
    refused(ITEMS, "properties", properties=value)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 5000, "RlkzeVsxLCIiLFtdLFsicDIiLCJwMiJdLDAsdHJ1ZV0"])
def test_a_damaged_cursor_is_refused(refused: Refused, cursor: str) -> None:
    refused(ITEMS, "cursor", cursor=cursor)


def test_a_cursor_of_another_order_or_beside_an_offset_is_refused(get: Get, refused: Refused) -> None:
    following = next(one["href"] for one in get(ITEMS, limit=1)["links"] if one["rel"] == "next")
    cursor = following.partition("cursor=")[2]
    refused(ITEMS, "cursor", cursor=cursor, sortby="count")
    refused(ITEMS, "offset", cursor=cursor, offset=1)
