"""Requests that mean harm: told what is wrong, or answered where they are legitimate; never slow, never echoed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

ITEMS = "/collections/things/items"
SLOWEST_S = 2.0
DEEP = 5000

SCRIPT = "<script>alert(1)</script>"
TEXTS = [
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "' OR '1'='1",
    "1; DROP TABLE things; --",
    "${7*7}{{7*7}}",
    "../../etc/passwd",
    "\r\nSet-Cookie: a=b",
    "\x00",
    "😀" * 500,
    "A" * 20_000,
]
PARAMETERS = [
    "bbox",
    "bbox-crs",
    "crs",
    "cursor",
    "datetime",
    "f",
    "filter",
    "filter-crs",
    "filter-lang",
    "lang",
    "limit",
    "offset",
    "properties",
    "skipGeometry",
    "sortby",
    "count",
    "open",
    "valid_from",
    "at",
    "unheard-of",
]
IN_PARAMETERS = [f"{ITEMS}?{name}={quote(text, safe='')}" for name, text in itertools.product(PARAMETERS, TEXTS)]

FILTERS = [
    "(" * DEEP,
    "(" * DEEP + "count=1",
    "(" * DEEP + "count=" + ")" * DEEP,
    "NOT " * DEEP + "open",
    "count=1" + "+1" * DEEP,
    "count=" + "-" * DEEP + "1",
    "count=" + "^".join(["2"] * 1000),
    "CASEI(" * DEEP + "name_en" + ")" * DEEP + "='a'",
    "count=1" + " AND count=1" * 2000,
    "count=1" + " OR count=1 AND count=2" * 500,
    "name_en LIKE '" + "%a" * 3000 + "%b'",
    "name_en LIKE '" + "_" * 10_000 + "'",
    "name_en = '" + "x" * 30_000 + "'",
    "name_en = '" + "x" * 60_000 + "'",
    "name_en = '" + "x" * 30_000,
    "count = " + "9" * 30_000,
    "count = 1e309",
    "count IN (" + ",".join(["1"] * 10_000) + ")",
    "count % 0 = 1 OR count / 0 = 1 OR count ^ 1e300 > 1",
    "S_INTERSECTS(geometry, POINT(" + "1 " * 10_000 + "))",
    "S_INTERSECTS(geometry, " + "GEOMETRYCOLLECTION(" * 1000 + "POINT(1 1)" + ")" * 1000 + ")",
    "S_INTERSECTS(geometry, POLYGON((" + "1 1," * 5000 + "1 1)))",
    "S_INTERSECTS(geometry, BBOX(nan,nan,nan,nan))",
    "S_INTERSECTS(geometry, BBOX(1e308,1e308,-1e308,-1e308))",
    "S_OVERLAPS(geometry, GEOMETRYCOLLECTION(POINT(1 1), LINESTRING(1 1, 2 2)))",
    "T_AFTER(valid_from, DATE('9999999-99-99'))",
    "valid_from > TIMESTAMP('0001-01-01T00:00:00+23:59')",
    '"' * 999,
    "'" * 999,
    "\ud83d",
]
TREES = [
    "[" * DEEP,
    "[" * 900 + "]" * 900,
    '{"op":"not","args":[' * 900 + "true" + "]}" * 900,
    '{"op":"and","args":[' + ",".join(["true"] * 10_000) + "]}",
    '{"op":"and","args":[' + ",".join(['{"op":"not","args":[true]}'] * 2000) + "]}",
    '{"op":"=","args":[1e999,1]}',
    '{"op":"=","args":[123456789012345678901234567890,1]}',
    '{"op":"like","args":[{"property":{"property":"x"}},"a"]}',
    '{"op":"__class__","args":[]}',
    '{"op":"casei","args":[[[]]]}',
    '{"op":"s_within","args":[{"type":"Polygon","coordinates":{"a":1}},{"property":"geometry"}]}',
    '{"op":"s_within","args":[{"type":"GeometryCollection","geometries":[null]},{"property":"geometry"}]}',
    '{"op":"t_before","args":[{"interval":[{"interval":[1]},2]},{"date":"x"}]}',
    "\ufeff{}",
]
WRITTEN = [
    *(f"{ITEMS}?filter={quote(text, safe='', errors='surrogatepass')}" for text in FILTERS),
    *(f"{ITEMS}?filter-lang=cql2-json&filter={quote(text, safe='')}" for text in TREES),
]
SHAPES = [
    f"{ITEMS}?limit=99999999999999999999999",
    f"{ITEMS}?limit=1000000000&offset=999999999",
    f"{ITEMS}?limit=-0",
    f"{ITEMS}?offset=-1",
    f"{ITEMS}?offset=1e9",
    f"{ITEMS}?bbox=NaN,NaN,NaN,NaN",
    f"{ITEMS}?bbox=-inf,-inf,inf,inf",
    f"{ITEMS}?bbox=1,2,1,1",
    f"{ITEMS}?bbox=" + ",".join(["1"] * 5000),
    f"{ITEMS}?bbox=1e308,1e308,1e309,1e309&bbox-crs=[EPSG:3857]",
    f"{ITEMS}?datetime=" + "2020-01-01/" * 500,
    f"{ITEMS}?datetime=0000-00-00",
    f"{ITEMS}?datetime=9999-12-31T23:59:60Z",
    f"{ITEMS}?sortby=" + "count," * 5000,
    f"{ITEMS}?properties=" + "count," * 5000,
    f"{ITEMS}?%",
    f"{ITEMS}?%zz=%zz",
    f"{ITEMS}?filter=%E0%A4%A",
    f"{ITEMS}?limit=%01",
    f"{ITEMS}?limit=%FF%FE",
    f"{ITEMS}?" + "&".join(f"a{i}=1" for i in range(2000)),
    f"{ITEMS}?" + "limit=1&" * 2000,
    f"{ITEMS}/" + "x" * 20_000,
    f"{ITEMS}/%00",
    f"{ITEMS}/%FF",
    f"{ITEMS}/..%2F..%2Fregion.toml",
    f"{ITEMS}/{quote(SCRIPT, safe='')}",
    f"/collections/{quote(SCRIPT, safe='')}",
    f"/collections/{quote(SCRIPT, safe='')}/items",
    "/collections/..%2F..%2Fetc",
    "/collections//items",
    "/collections/things/items/",
    "/collections/things/schema?filter=open",
    "/collections/things/queryables/x",
]
ALL = [*IN_PARAMETERS, *WRITTEN, *SHAPES]


def test_there_are_many_of_them() -> None:
    assert len(ALL) == len(set(ALL)) >= 100


@pytest.mark.parametrize("address", ALL, ids=lambda address: address[:60].encode("ascii", "replace").decode())
def test_a_hostile_request_is_refused_or_answered_and_never_slow_or_echoed(
    api: FlaskClient, conforms: Callable[..., None], address: str
) -> None:
    began = time.perf_counter()
    response = api.get(address, headers={"Accept": "application/json"})
    assert time.perf_counter() - began < SLOWEST_S
    assert response.status_code in (200, 308, 400, 404), response.get_data(as_text=True)[:500]
    assert "Set-Cookie" not in response.headers or "a=b" not in response.headers["Set-Cookie"]
    if response.status_code >= 400:
        conforms("exception.json", response.get_json())
        assert len(response.get_data()) < 8000
    page = api.get(address, headers={"Accept": "text/html"})
    assert page.status_code == response.status_code
    text = page.get_data(as_text=True)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


REFUSED = {"bbox", "bbox-crs", "crs", "cursor", "datetime", "filter-crs", "limit", "offset", "sortby", "properties"}


@pytest.mark.parametrize("name", sorted(REFUSED))
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_what_is_refused_is_a_400_that_names_the_parameter(api: FlaskClient, name: str, text: str) -> None:
    response = api.get(ITEMS, query_string={name: text})
    assert response.status_code == 400
    assert f"'{name}'" in response.get_json()["description"]
