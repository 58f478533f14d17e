"""OGC API - Features - Part 1: Core (17-069r4), its abstract test suite, annex A, clause by clause."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import jsonschema
import pytest
import shapely
from flask.testing import FlaskClient
from troublesome import SCHEMAS, THINGS, VERTICES

Get = Callable[..., dict[str, Any]]
Refused = Callable[..., str]

ITEMS = "/collections/things/items"
IDS = [fid for fid, _, _ in THINGS]
CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
DOCUMENTS = [
    ("/", "landing.json", "application/json"),
    ("/conformance", "conformance.json", "application/json"),
    ("/collections", "collections.json", "application/json"),
    ("/collections/things", "collection.json", "application/json"),
    (ITEMS, "feature_collection.json", "application/geo+json"),
    (f"{ITEMS}/b", "item.json", "application/geo+json"),
]


def ids(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def rel(document: dict[str, Any], name: str) -> str | None:
    found = [one["href"] for one in document["links"] if one["rel"] == name]
    if not found:
        return None
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def collected(get: Get, address: str | None) -> list[str]:
    """Follow next to the end."""
    found: list[str] = []
    while address:
        page = get(address, "feature_collection.json")
        found += ids(page)
        address = rel(page, "next")
    return found


# ------------------------------------------------------------------ A.2.1 general


@pytest.mark.parametrize(("address", "schema", "media_type"), DOCUMENTS)
def test_ats_core_http(api: FlaskClient, address: str, schema: str, media_type: str) -> None:
    assert schema
    head, got, options = api.head(address), api.get(address), api.options(address)
    assert (head.status_code, got.status_code, options.status_code) == (200, 200, 200)
    assert head.get_data() == b""
    assert head.content_type == got.content_type == media_type
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Allow"].split(", "))
    assert api.post(address).status_code == 405


def test_ats_core_crs84(get: Get) -> None:
    for feature, (_, place, _) in zip(get(ITEMS)["features"], THINGS, strict=True):
        expected = None if place is None else {"type": "Point", "coordinates": list(place)}
        assert feature["geometry"] == expected


# ------------------------------------------------------------------ A.2.2 landing page, A.2.3 api, A.2.4 conformance


def test_ats_core_root_op_and_root_success(get: Get) -> None:
    body = get("/", "landing.json")
    for name in ("self", "service-desc", "service-doc", "conformance", "data"):
        address = rel(body, name)
        assert address is not None
        assert get(address) if name != "service-doc" else True


def test_ats_core_api_definition_op_and_success(api: FlaskClient, get: Get) -> None:
    assert api.get("/api").content_type == "application/vnd.oai.openapi+json;version=3.0"
    assert get("/api")["openapi"].startswith("3.0.")
    page = api.get("/api?f=html")
    assert page.content_type.startswith("text/html")
    assert "/collections/things/items" in page.get_data(as_text=True)


def test_ats_core_conformance_op_and_success(get: Get) -> None:
    declared = get("/conformance", "conformance.json")["conformsTo"]
    assert {f"{CORE}/{name}" for name in ("core", "geojson", "html", "oas30")} < set(declared)


# ------------------------------------------------------------------ A.2.5 collections, A.2.6 collection


def test_ats_core_fc_md_op_and_success(get: Get) -> None:
    body = get("/collections", "collections.json")
    assert {"things", "nothing", "coast", "posts-gaps"} < {one["id"] for one in body["collections"]}


def test_ats_core_fc_md_extent_is_there_even_for_a_collection_without_features(get: Get) -> None:
    body = get("/collections/nothing", "collection.json")
    assert body["extent"]["spatial"]["bbox"] == [[-74.2, 40.5, -73.7, 41.0]]
    assert "colour" in get("/collections/nothing/schema", "schema.json")["properties"]
    assert get("/collections/nothing/items", "feature_collection.json")["features"] == []


def test_ats_core_sfc_md_op_and_success(get: Get) -> None:
    for one in get("/collections")["collections"]:
        assert get(f"/collections/{one['id']}", "collection.json") == one


def test_ats_core_sfc_md_of_a_collection_that_is_not_there(api: FlaskClient, conforms: Callable[..., None]) -> None:
    response = api.get("/collections/none")
    assert response.status_code == 404
    conforms("exception.json", response.get_json())


# ------------------------------------------------------------------ A.2.7 features


def test_ats_core_fc_op_and_fc_response(get: Get) -> None:
    for one in get("/collections")["collections"]:
        body = get(f"/collections/{one['id']}/items", "feature_collection.json")
        assert body["numberReturned"] == len(body["features"]) <= body["numberMatched"]


@pytest.mark.parametrize("bbox", ["-73.985,40.705,-73.965,40.735", "-73.985,40.705,-1,-73.965,40.735,1"])
def test_ats_core_fc_bbox_response(get: Get, bbox: str) -> None:
    body = get(ITEMS, "feature_collection.json", bbox=bbox)
    assert ids(body) == ["b", "c"]
    assert body["numberMatched"] == 2


def test_ats_core_fc_bbox_across_the_antimeridian(get: Get) -> None:
    assert ids(get(ITEMS, bbox="170,-90,-73.975,90")) == ["a.b:c/d", "b"]
    assert ids(get(ITEMS, bbox="170,-90,-170,90")) == []


def test_ats_core_fc_bbox_without_area_is_a_point_or_a_line(get: Get) -> None:
    for bbox in ("-73.97,40.72,-73.97,40.72", "-73.97,40.6,-73.97,40.8", "-74,40.72,-73,40.72"):
        assert ids(get("/collections/coast/items", bbox=bbox)) == ["all"]
    assert ids(get("/collections/coast/items", bbox="-73.9,40.72,-73.9,40.72")) == []


@pytest.mark.parametrize(
    "bbox",
    [
        "1,2,3",
        "1,2,3,4,5",
        "a,b,c,d",
        "",
        "nan,1,2,3",
        "1,2,3,inf",
        "0,50,1,40",
        "-181,0,1,1",
        "0,0,1,91",
        "1_0,0,20,1",
    ],
)
def test_ats_core_fc_bbox_invalid(refused: Refused, bbox: str) -> None:
    refused(ITEMS, "bbox", bbox=bbox)


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 6, 7, 1000])
def test_ats_core_fc_limit_response(get: Get, limit: int) -> None:
    assert len(get(ITEMS, "feature_collection.json", limit=limit)["features"]) == min(limit, len(THINGS))
    assert collected(get, f"{ITEMS}?limit={limit}") == IDS


def test_ats_core_fc_limit_above_the_maximum_is_capped(get: Get) -> None:
    assert get("/collections/people/items", limit=10**9)["numberReturned"] == 1000


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "ten", "", "١", "1e3", "9" * 400])
def test_ats_core_fc_limit_invalid(refused: Refused, limit: str) -> None:
    refused(ITEMS, "limit", limit=limit)


@pytest.mark.parametrize(
    ("datetime", "expected"),
    [
        ("2020-06-01", ["a.b:c/d", "b", "d", "e"]),
        ("2020-12-31T23:59:59Z", ["a.b:c/d", "b", "d", "e"]),
        ("2021-01-01", ["a.b:c/d", "c", "d", "e"]),
        ("2019-12-31/2020-01-01", ["a.b:c/d", "b", "d", "e"]),
        ("2022-01-01/..", ["a.b:c/d", "d", "e", "f é中"]),
        ("../2019-12-31", ["b", "d", "e"]),
        ("/2019-12-31", ["b", "d", "e"]),
        ("../..", IDS),
        ("2023-06-15T00:00:00+00:00/2023-06-15T00:00:00.5Z", ["a.b:c/d", "d", "e", "f é中"]),
    ],
)
def test_ats_core_fc_time_response(get: Get, datetime: str, expected: list[str]) -> None:
    """A feature without a start or an end is valid from always, or for ever; valid_to is the first day it is not."""
    assert ids(get(ITEMS, "feature_collection.json", datetime=datetime)) == expected


def test_ats_core_fc_time_of_a_derived_result_is_the_day_of_its_question(get: Get) -> None:
    derived = "/collections/posts-zones/items"
    assert len(get(derived, at="2026-01-01", datetime="2026-01-01T12:00:00Z")["features"]) == 4
    assert get(derived, at="2026-01-01", datetime="2026-01-02/..")["features"] == []
    extent = get("/collections/posts-zones", at="2026-01-01")["extent"]["temporal"]["interval"]
    assert extent == [["2026-01-01T00:00:00Z", "2026-01-01T23:59:59Z"]]


@pytest.mark.parametrize(
    "datetime",
    [
        "soon",
        "2020",
        "2020-13-01",
        "2020-01-01/2019-01-01",
        "a/b",
        "1/2/3",
        "",
        "2020-01-01T25:00:00Z",
        "2020-01-01 10:00",
    ],
)
def test_ats_core_fc_time_invalid(refused: Refused, datetime: str) -> None:
    refused(ITEMS, "datetime", datetime=datetime)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"count": "3"}, ["a.b:c/d", "e"]),
        ({"count": "3", "open": "true"}, ["a.b:c/d", "e"]),
        ({"name_en": "Beta's"}, ["c"]),
        ({"id": "a.b:c/d"}, ["a.b:c/d"]),
        ({"valid_from": "2020-01-01"}, ["a.b:c/d"]),
        ({"name_en": "' OR 1=1 --"}, []),
    ],
)
def test_rec_core_fc_filters(get: Get, params: dict[str, str], expected: list[str]) -> None:
    assert ids(get(ITEMS, "feature_collection.json", **params)) == expected


@pytest.mark.parametrize(
    ("name", "value"), [("count", "many"), ("open", "1"), ("valid_from", "soon"), ("count", "nan")]
)
def test_rec_core_fc_filters_of_another_kind(refused: Refused, name: str, value: str) -> None:
    refused(ITEMS, name, **{name: value})


@pytest.mark.parametrize("address", [one[0] for one in DOCUMENTS])
def test_ats_core_query_param_unknown(refused: Refused, address: str) -> None:
    refused(address, "foo", foo="1")


def test_ats_core_fc_links_keep_every_parameter(get: Get) -> None:
    params = {
        "bbox": "-75,40,-73,41",
        "filter": "count > -10 AND name_en LIKE '%'",
        "filter-lang": "cql2-text",
        "datetime": "2000-01-01/..",
        "sortby": "-count,id",
        "properties": "count",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "kind": "thing",
        "lang": "zh-Hant",
    }
    first = get(ITEMS, "feature_collection.json", limit=1, **params)
    second = get(rel(first, "next") or "", "feature_collection.json")
    for page in (rel(first, "next"), rel(second, "prev"), rel(second, "self")):
        assert page is not None
        for name, value in params.items():
            assert f"{quote(name)}={quote(value).replace('%20', '+').replace('/', '%2F')}" in page
    assert ids(get(rel(second, "prev") or "")) == ids(first)


def test_ats_core_fc_links_are_in_the_header_too(api: FlaskClient) -> None:
    response = api.get(f"{ITEMS}?limit=2")
    for one in response.get_json(force=True)["links"]:
        assert f'<{one["href"]}>; rel="{one["rel"]}"' in response.headers["Link"]


def test_ats_core_fc_timestamp_and_counts(get: Get) -> None:
    body = get(ITEMS, "feature_collection.json", limit=2, filter="count >= 1")
    assert (body["numberMatched"], body["numberReturned"]) == (4, 2)


# ------------------------------------------------------------------ A.2.8 feature


@pytest.mark.parametrize("fid", IDS)
def test_ats_core_f_op_and_f_success(get: Get, fid: str) -> None:
    body = get(f"{ITEMS}/{quote(fid, safe='')}", "item.json")
    assert body["id"] == fid
    assert get(rel(body, "self") or "")["id"] == fid
    listed = next(one for one in get(ITEMS)["features"] if one["id"] == fid)
    assert {name: body[name] for name in listed} == listed


def test_ats_core_f_of_an_id_that_is_not_there(api: FlaskClient, conforms: Callable[..., None]) -> None:
    response = api.get(f"{ITEMS}/none")
    assert response.status_code == 404
    conforms("exception.json", response.get_json())


# ------------------------------------------------------------------ A.3 geojson, A.4 html


def test_ats_geojson_content_of_a_polygon_of_very_many_vertices(get: Get) -> None:
    found = get("/collections/coast/items")["features"][0]["geometry"]
    polygon = shapely.geometry.shape(found)
    assert len(polygon.exterior.coords) == VERTICES + 1
    assert polygon.is_valid


@pytest.mark.parametrize("address", [*(one[0] for one in DOCUMENTS), "/api", "/collections/things/queryables"])
def test_ats_html_definition_and_content(api: FlaskClient, address: str) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for response in (api.get(address, headers=browser), api.get(address, query_string={"f": "html"})):
        assert response.status_code == 200
        assert response.content_type == "text/html; charset=utf-8"
        assert "<script>alert" not in response.get_data(as_text=True)
    as_json = api.get(address, query_string={"f": "json"}, headers=browser)
    assert "json" in as_json.content_type
    assert "Accept" in as_json.vary
    assert as_json.headers["ETag"] != api.get(address, headers=browser).headers["ETag"]


def test_a_form_that_there_is_not_is_refused(refused: Refused) -> None:
    for address in ("/", "/collections", ITEMS):
        refused(address, "f", f="xml")


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.name)
def test_the_schemas_are_schemas_and_refer_to_nothing_outside(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    assert '"$ref": "http' not in text
