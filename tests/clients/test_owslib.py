"""OWSLib as a client of features: what is there, how it is described, and features by box, page, filter and id."""

from __future__ import annotations

import shapely
from odd_services import THINGS, Service
from owslib.ogcapi.features import Features

BOX = [-73.985, 40.70, -73.95, 40.75]


def test_it_finds_what_there_is(odd: Service) -> None:
    client = Features(odd.root)
    assert {"things", "nothing", "people", "posts-gaps"} <= set(client.feature_collections())
    classes = client.conformance()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in classes
    assert "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text" in classes
    assert client.api()["openapi"].startswith("3.0")
    assert client.collection("things")["itemType"] == "feature"


def test_it_reads_what_a_feature_has_and_what_to_filter_by(odd: Service) -> None:
    client = Features(odd.root)
    assert {"id", "name_en", "count", "valid_from", "geometry"} <= set(client.collection_schema("things")["properties"])
    assert {"name_en", "count"} <= set(client.collection_queryables("things")["properties"])
    assert client.collection_schema("nothing")["type"] == "object"


def test_it_gets_features_by_box_page_filter_and_order(odd: Service) -> None:
    client = Features(odd.root)
    inside = {one for one, (place, *_) in THINGS.items() if place and shapely.box(*BOX).covers(shapely.Point(place))}
    assert {one["id"] for one in client.collection_items("things", bbox=BOX)["features"]} == inside == {"a.2.json", "c"}
    page = client.collection_items("people", limit=7, offset=3)
    assert (page["numberReturned"], page["numberMatched"]) == (7, 1520)
    counted = client.collection_items("things", filter="count >= 3 AND name_en LIKE '%_%'", sortby=("count", "desc"))
    assert [one["id"] for one in counted["features"]] == ["b:3", "c", "a.1"]
    since = client.collection_items("things", datetime_="2021-01-01/2021-12-31")
    assert {one["id"] for one in since["features"]} == {"a.1", "a.2.json", "b:3"}
    assert client.collection_items("nothing")["features"] == []


def test_it_gets_a_feature_by_an_id_with_dots(odd: Service) -> None:
    assert Features(odd.root).collection_item("things", "a.2.json")["id"] == "a.2.json"
