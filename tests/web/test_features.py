"""The contract of the collections as a client sees it (OGC API - Features - Part 1: Core)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import shapely
from city import write_city
from flask import Flask
from flask.testing import FlaskClient

from geoservice.settings import Settings
from geoservice.web import create_app


@pytest.fixture(scope="module")
def service(hong_kong_app: Flask) -> FlaskClient:
    return hong_kong_app.test_client()


def get(client: FlaskClient, address: str, **headers: str) -> dict[str, Any]:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json(force=True)
    return body


def link(body: dict[str, Any], rel: str) -> str | None:
    found = [entry["href"] for entry in body["links"] if entry["rel"] == rel]
    if not found:
        return None
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def pages(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    collected = []
    following: str | None = address
    while following:
        body = get(client, following)
        collected.append(body)
        following = link(body, "next")
    return collected


def test_the_landing_page_leads_a_client_to_the_collections(client: FlaskClient) -> None:
    body = get(client, "/", Accept="application/json")
    assert link(body, "data") == "/collections"
    assert link(body, "self") == "/"


def test_every_layer_and_the_collections_for_each_question_are_listed(service: FlaskClient) -> None:
    body = get(service, "/collections")
    ids = {collection["id"] for collection in body["collections"]}
    derived = {
        f"{q}-{part}"
        for q in ("stations", "reporting", "cameras", "cameras-plan-2024")
        for part in ("coverage", "gaps", "zones")
    }
    assert derived < ids
    assert {"police-stations", "districts", "lampposts", "drone-bases"} < ids
    assert len(ids) == 18 + 5 * 4 + 2


def test_each_collection_leads_to_its_items_and_says_what_it_rests_on(service: FlaskClient) -> None:
    for listed in get(service, "/collections")["collections"]:
        body = get(service, f"/collections/{listed['id']}")
        assert body == listed | {"links": body["links"]}
        items = link(body, "items")
        assert items is not None
        assert get(service, f"{items}?limit=1")["type"] == "FeatureCollection"
        assert body["itemType"] == "feature"
        about = body["about"]
        assert ("licence" in about and "as_of" in about) or ("assumption" in about and about["rests_on"])


def test_items_have_the_members_that_the_standard_asks_for(client: FlaskClient) -> None:
    response = client.get("/collections/posts/items")
    assert response.content_type == "application/geo+json"
    body = response.get_json(force=True)
    assert body["type"] == "FeatureCollection"
    assert body["numberMatched"] == body["numberReturned"] == 3
    assert body["timeStamp"].endswith("Z")
    assert [feature["id"] for feature in body["features"]] == ["p1", "p2", "p3"]
    assert body["features"][0]["properties"]["name_en"] == "South West post"


@pytest.mark.parametrize("limit", [1, 7, 100, 1000])
def test_following_next_gives_every_feature_once_in_order(client: FlaskClient, limit: int) -> None:
    found = pages(
        client, f"/collections/people/items?limit={limit}" if limit > 1 else "/collections/posts/items?limit=1"
    )
    ids = [feature["id"] for page in found for feature in page["features"]]
    assert len(ids) == len(set(ids)) == found[0]["numberMatched"]
    assert [page["numberReturned"] for page in found[:-1]] == [limit] * (len(found) - 1)


def test_prev_leads_back_and_links_keep_every_parameter(client: FlaskClient) -> None:
    address = "/collections/posts-gaps/items?limit=3&offset=4&case=low&at=2026-01-01&bbox=-74.1,40.5,-73.7,41&lang=zh"
    body = get(client, address)
    for rel in ("next", "prev"):
        following = link(body, rel)
        assert following is not None
        for kept in ("limit=3", "case=low", "at=2026-01-01", "bbox=-74.1%2C40.5%2C-73.7%2C41", "lang=zh"):
            assert kept in following
    first = link(body, "prev")
    assert first is not None
    everything = get(client, "/collections/posts-gaps/items?limit=10&case=low&at=2026-01-01")["features"]
    assert get(client, first)["features"] == everything[1:4]


def test_there_is_no_next_on_the_last_page_and_no_prev_on_the_first(client: FlaskClient) -> None:
    last = get(client, "/collections/posts/items?limit=2&offset=2")
    assert link(last, "next") is None
    assert last["numberReturned"] == 1
    assert link(get(client, "/collections/posts/items?limit=3"), "prev") is None


def test_an_offset_beyond_the_end_gives_an_empty_page(client: FlaskClient) -> None:
    body = get(client, "/collections/posts/items?offset=99")
    assert body["features"] == []
    assert body["numberMatched"] == 3


def test_a_limit_above_the_maximum_is_capped(city_folder: Any) -> None:
    app = create_app(Settings.from_env({}, layers=city_folder, max_limit=2, default_limit=1))
    assert get(app.test_client(), "/collections/posts/items?limit=999")["numberReturned"] == 2
    assert get(app.test_client(), "/collections/posts/items")["numberReturned"] == 1


def test_a_box_gives_just_the_features_that_meet_it(client: FlaskClient) -> None:
    everything = get(client, "/collections/people/items?limit=10000")["features"]
    box = (-73.99, 40.70, -73.98, 40.71)
    found = get(client, "/collections/people/items?limit=10000&bbox=" + ",".join(map(str, box)))
    window = shapely.box(*box)
    expected = [f["id"] for f in everything if shapely.geometry.shape(f["geometry"]).intersects(window)]
    assert [f["id"] for f in found["features"]] == expected
    assert found["numberMatched"] == len(expected)


def test_a_box_is_met_by_the_geometry_not_just_by_its_bounds(service: FlaskClient) -> None:
    inside_the_bounds_only = "114.05,22.22,114.06,22.23"
    districts = get(service, f"/collections/districts/items?bbox={inside_the_bounds_only}")
    assert [feature["properties"]["name_en"] for feature in districts["features"]] in ([], ["Islands"])
    sea = get(service, "/collections/districts/items?bbox=114.36,22.20,114.37,22.21")
    assert sea["features"] == []


def test_a_box_with_heights_is_read_and_its_heights_are_not_looked_at(client: FlaskClient) -> None:
    flat = get(client, "/collections/posts/items?bbox=-74.1,40.5,-73.7,41")
    tall = get(client, "/collections/posts/items?bbox=-74.1,40.5,-5,-73.7,41,5")
    assert [f["id"] for f in flat["features"]] == [f["id"] for f in tall["features"]]


def test_a_box_across_the_antimeridian_is_answered(client: FlaskClient) -> None:
    assert get(client, "/collections/posts/items?bbox=170,-90,-170,90")["numberMatched"] == 0
    assert get(client, "/collections/posts/items?bbox=170,-90,-60,90")["numberMatched"] == 3


def test_coordinates_are_longitude_first_in_degrees(service: FlaskClient) -> None:
    body = get(service, "/collections/police-stations/items/9S02wxJ8hZ")
    assert body["geometry"]["coordinates"] == pytest.approx([114.161326, 22.248243], abs=1e-6)


def test_a_record_without_a_position_has_a_null_geometry(service: FlaskClient) -> None:
    body = get(service, "/collections/drone-bases/items")
    assert [feature["geometry"] for feature in body["features"]] == [None] * 4
    assert get(service, "/collections/drone-bases/items?bbox=113,22,115,23")["features"] == []


def test_zone_figures_are_those_of_the_answer(service: FlaskClient, stations: Any) -> None:
    body = get(service, "/collections/stations-zones/items?at=2026-11-20")
    found = {f["id"]: f["properties"]["covered_area_m2"] for f in body["features"]}
    assert found == dict(zip(stations.zones["zone_id"], stations.zones["covered_area_m2"], strict=True))
    assert all(f["properties"]["demand_share"] is None for f in body["features"])


def test_a_derived_page_and_item_carry_the_assumption_they_rest_on(service: FlaskClient) -> None:
    for address in ("/collections/stations-gaps/items?limit=1", "/collections/stations-zones/items/A"):
        body = get(service, address)
        assert "not published" in body["assumption"]["en"]
        assert body["question"]["id"] == "stations"


def test_gaps_come_by_cell_or_whole_by_zone(client: FlaskClient) -> None:
    cells = pages(client, "/collections/posts-gaps/items?limit=1000")
    whole = get(client, "/collections/posts-gaps/items?pieces=zone")
    assert [f["id"] for f in whole["features"]] == ["NE", "NW", "SE", "SW"]
    by_cell = sum(f["properties"]["gap_area_m2"] for page in cells for f in page["features"])
    assert sum(f["properties"]["gap_area_m2"] for f in whole["features"]) == pytest.approx(by_cell)


def test_the_geometry_of_every_derived_feature_is_valid(client: FlaskClient) -> None:
    for part in ("coverage", "gaps", "zones"):
        for feature in get(client, f"/collections/posts-{part}/items?limit=1000")["features"]:
            assert shapely.geometry.shape(feature["geometry"]).is_valid, (part, feature["id"])


def test_the_case_and_the_day_asked_for_change_the_figures(client: FlaskClient) -> None:
    shares = [
        get(client, f"/collections/posts-zones/items/SW?case={case}")["properties"]["covered_share"]
        for case in ("low", "mid", "high")
    ]
    assert shares == sorted(set(shares))


def test_an_item_is_found_by_its_id_even_with_a_slash_in_it(tmp_path: Any) -> None:
    folder = write_city(tmp_path / "c", [("a/b c?d.e", "Odd", 1000, 1000, None)])
    client = create_app(Settings.from_env({}, layers=folder)).test_client()
    body = get(client, "/collections/posts/items/a%2Fb%20c%3Fd.e")
    assert body["id"] == "a/b c?d.e"
    own = link(body, "self")
    assert own is not None
    assert get(client, own)["id"] == "a/b c?d.e"


def test_an_answer_that_a_client_has_already_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/collections/posts/items?limit=1")
    again = client.get("/collections/posts/items?limit=1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.get_data() == b""
    other = client.get("/collections/posts/items?limit=2", headers={"If-None-Match": first.headers["ETag"]})
    assert other.status_code == 200


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip"])
def test_answers_are_compressed_for_who_asks(client: FlaskClient, coding: str) -> None:
    response = client.get("/collections/people/items?limit=1000", headers={"Accept-Encoding": coding})
    assert response.headers["Content-Encoding"] == coding


def test_titles_come_in_the_language_asked_for(city_app: Flask) -> None:
    client = city_app.test_client(use_cookies=False)
    assert get(client, "/collections/posts-gaps?lang=zh-Hant")["title"] == "崗位服務範圍：空隙"
    assert get(client, "/collections/posts-gaps")["title"] == "Within reach of a post: gaps"


def test_a_question_that_cannot_be_answered_is_a_503_with_the_reason_and_the_rest_is_served(own_city: Any) -> None:
    (own_city / "posts" / "posts.csv").write_text("", encoding="utf-8")
    client = create_app(Settings.from_env({}, layers=own_city)).test_client()
    refused = client.get("/collections/posts-zones/items")
    assert refused.status_code == 503
    assert "posts.csv is empty" in refused.get_json()["description"]
    assert get(client, "/collections/wards/items")["numberMatched"] == 4
    listed = get(client, "/collections")
    assert {c["id"] for c in listed["collections"]} == {"boroughs", "people", "wards"}
    assert len(listed["problems"]) == 4
    health = get(client, "/healthz")
    assert health["status"] == "degraded"
    assert "posts" in health["broken_layers"]


def test_the_browser_gets_a_page_of_collections(client: FlaskClient) -> None:
    page = client.get("/collections", headers={"Accept": "text/html"})
    assert page.content_type.startswith("text/html")
    assert "posts-gaps" in page.get_data(as_text=True)


# ------------------------------------------------------------------ differences


def test_a_difference_has_two_collections_with_both_questions(service: FlaskClient) -> None:
    ids = [one["id"] for one in service.get("/collections").get_json()["collections"]]
    assert {"kiosks-changes", "kiosks-zones"} <= set(ids)
    about = service.get("/collections/kiosks-changes?at=2026-11-20&before_at=2026-11-20").get_json()["about"]
    assert (about["before"]["id"], about["after"]["id"]) == ("stations", "reporting")
    assert about["before"]["at"] == about["after"]["at"] == "2026-11-20"
    assert about["assumption"]["en"].count("is not published") == 2


def test_the_items_of_a_difference_add_up_to_its_figures(service: FlaskClient) -> None:
    when = "at=2026-11-20&before_at=2026-11-20&limit=100"
    zones = service.get(f"/collections/kiosks-zones/items?{when}").get_json()["features"]
    changes = service.get(f"/collections/kiosks-changes/items?{when}").get_json()["features"]
    assert len(zones) == 18
    for kind in ("gained", "unchanged"):
        told = sum(f["properties"][f"{kind}_m2"] for f in zones)
        inside = [f["properties"] for f in changes if f["properties"]["zone_id"] and f["properties"]["change"] == kind]
        assert sum(f["area_m2"] for f in inside) == pytest.approx(told, abs=0.2)


@pytest.mark.parametrize(
    ("query", "name"),
    [("before_at=soon", "before_at"), ("at=2026-13-01", "at"), ("case=best", "case"), ("pieces=cell", "pieces")],
)
def test_a_difference_names_a_wrong_parameter(service: FlaskClient, query: str, name: str) -> None:
    response = service.get(f"/collections/kiosks-zones/items?{query}")
    assert response.status_code == 400
    assert name in response.get_json()["description"]


def test_a_page_beyond_the_end_leads_back_to_the_last(client: FlaskClient) -> None:
    page = client.get("/collections/posts/items?offset=90&limit=2&owner=Feetville").get_json(force=True)
    assert page["features"] == []
    (back,) = (link["href"] for link in page["links"] if link["rel"] == "prev")
    last = client.get(back).get_json(force=True)
    assert [feature["id"] for feature in last["features"]] == ["p2", "p3"]
    none = client.get("/collections/posts/items?offset=90&owner=Nobody").get_json(force=True)
    assert "prev" not in {link["rel"] for link in none["links"]}
