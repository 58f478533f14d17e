from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def finder(hong_kong_app: Flask) -> FlaskClient:
    return hong_kong_app.test_client()


def test_a_name_is_found_with_its_kind_and_zone_in_the_readers_language(finder: FlaskClient) -> None:
    answer = finder.get("/search?q=aberdeen division")
    assert answer.content_type == "application/geo+json"
    (feature,) = answer.get_json(force=True)["features"]
    found = feature["properties"]
    assert (found["title"], found["kind"], found["zone"]) == ("Aberdeen Division", "Police stations", "Southern")
    assert (found["collection"], found["feature_id"], found["found_by"]) == ("police-stations", "9S02wxJ8hZ", "name")
    assert feature["geometry"]["coordinates"] == pytest.approx([114.161326, 22.248243])
    page = finder.get("/search?q=aberdeen division&lang=zh-Hant").get_json(force=True)
    found = page["features"][0]["properties"]
    assert (found["title"], found["kind"], found["zone"]) == ("香港仔分區警署", "警署", "南區")
    assert found["other_name"] == "Aberdeen Division"


def test_an_address_is_found_and_said(finder: FlaskClient) -> None:
    found = finder.get("/search?q=4 wong chuk hang road").get_json(force=True)["features"][0]["properties"]
    assert found["found_by"] == "address"
    assert "Wong Chuk Hang Road" in found["address"]


def test_a_zone_comes_with_its_box(finder: FlaskClient) -> None:
    feature = finder.get("/search?q=islands").get_json(force=True)["features"][0]
    assert feature["properties"]["zone_system"] == "district"
    west, south, east, north = feature["bbox"]
    assert west < east
    assert south < north


@pytest.mark.parametrize(
    ("query", "language", "said"),
    [
        ("22.3,114.17", "en", "read as latitude, longitude"),
        ("114.17,22.3", "en", "read as longitude, latitude"),
        ("835000E 818000N", "en", "read as easting, northing"),
        ("114.17,22.3", "zh-Hant", "按經度、緯度讀取"),
    ],
)
def test_coordinates_are_found_and_their_order_is_said(
    finder: FlaskClient, query: str, language: str, said: str
) -> None:
    (feature,) = finder.get("/search", query_string={"q": query, "lang": language}).get_json(force=True)["features"]
    assert feature["properties"]["kind"] == said
    assert feature["properties"]["found_by"] == "coordinates"


@pytest.mark.parametrize(("query", "language", "said"), [
    ("51.5 -0.1", "en", "These coordinates do not lie in Hong Kong."),
    ("51.5 -0.1", "zh-Hant", "這些坐標不在香港範圍內。"),
    ("zzzzzz", "en", "Nothing has this name, address or number."),
    ("*?[(\\", "en", "Nothing has this name, address or number."),
])  # fmt: skip
def test_where_nothing_is_found_that_is_said(finder: FlaskClient, query: str, language: str, said: str) -> None:
    page = finder.get("/search", query_string={"q": query, "lang": language}).get_json(force=True)
    assert page["features"] == []
    assert page["message"] == said


def test_the_limit_holds(finder: FlaskClient) -> None:
    for given, expected in (("1", 1), ("3", 3), ("50", 50), ("1000", 50)):
        assert len(finder.get(f"/search?q=a&limit={given}").get_json(force=True)["features"]) == expected
    assert len(finder.get("/search?q=835000 818000&limit=1").get_json(force=True)["features"]) == 1


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "q"),
        ("q=", "q"),
        ("q=%20%20", "q"),
        ("q=" + "a" * 201, "q"),
        ("q=a%00b", "q"),
        ("q=a%0Ab", "q"),
        ("q=a&q=b", "q"),
        ("q=a&limit=0", "limit"),
        ("q=a&limit=-1", "limit"),
        ("q=a&limit=x", "limit"),
        ("q=a&limit=1.5", "limit"),
        ("q=a&lang=fr", "lang"),
        ("q=a&bbox=1,2,3,4", "bbox"),
    ],
)
def test_a_wrong_search_is_refused_by_name(finder: FlaskClient, query: str, named: str) -> None:
    answer = finder.get(f"/search?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert f"'{named}'" in answer.get_json()["description"]
