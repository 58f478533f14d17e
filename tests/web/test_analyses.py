"""Questions that are posted: answered like named ones, at an address, for a while, and refused clearly."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geoservice.analysis import analyse
from geoservice.cache.posted import PostedTexts
from geoservice.collections import Library
from geoservice.collections.temporary import TemporaryQuestions
from geoservice.settings import Settings
from geoservice.web import create_app

DAY = "2026-01-01"
WHOLE = {
    "theme": "facilities",
    "sources": ["posts"],
    "footprint": {"range_m": {"low": 300, "mid": 600, "high": 900}, "same_landmass": True},
    "zone_system": "ward",
    "demand": ["people"],
}


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def app(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    cache = tmp_path_factory.mktemp("posted") / "cache"
    return create_app(Settings.from_env({}, layers=city_folder, cache=cache))


@pytest.fixture
def asking(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def posted(client: FlaskClient, body: Any) -> dict[str, Any]:
    response = client.post("/analyses", json=body)
    assert response.status_code in (200, 201), response.text
    document: dict[str, Any] = response.get_json()
    return document


def test_a_question_becomes_an_analysis_with_an_address(asking: FlaskClient) -> None:
    response = asking.post("/analyses", json={"question": "posts", "range_m": 450, "at": DAY})
    document = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == f"http://localhost/analyses/{document['jobID']}"
    assert (document["type"], document["status"], document["progress"]) == ("process", "successful", 100)
    assert document["question"]["footprint"]["range_m"] == {"low": 450, "mid": 450, "high": 450}
    assert document["created"] == document["updated"] < document["expires"]
    assert asking.get(response.headers["Location"]).get_json() == document
    assert document in asking.get("/analyses").get_json()["jobs"]
    again = asking.post("/analyses", json={"question": "posts", "range_m": 450.0, "at": DAY, "case": "mid"})
    assert (again.status_code, again.headers["Location"]) == (200, response.headers["Location"])
    for link in document["links"]:
        assert asking.get(link["href"]).status_code == 200, link
    for address in ("/analyses", response.headers["Location"]):
        assert asking.get(address, headers={"Accept": "text/html"}).content_type.startswith("text/html")


@pytest.mark.parametrize(
    "body", [{"question": "posts", "at": DAY}, WHOLE | {"at": DAY}, {"inputs": WHOLE | {"at": DAY}}]
)
@pytest.mark.parametrize("part", ["coverage", "gaps", "zones", "footprints"])
def test_its_collections_are_those_of_the_same_named_question(
    asking: FlaskClient, body: dict[str, Any], part: str
) -> None:
    made, named = f"analysis-{posted(asking, body)['jobID']}-{part}", f"posts-{part}"
    for case in ("low", "mid"):
        own, other = (
            asking.get(f"/collections/{one}/items", query_string={"at": DAY, "case": case, "limit": 1000}).get_json()
            for one in (made, named)
        )
        assert own["features"] == other["features"] != []
        assert own["assumption"] == other["assumption"]
    assert made not in {one["id"] for one in asking.get("/collections").get_json()["collections"]}
    for form in ("csv", "geojson", "gpkg"):
        assert asking.get(f"/collections/{made}.{form}").status_code == 200
    for what in ("schema", "queryables", "tiles", "tiles/WebMercatorQuad/tilejson.json"):
        assert asking.get(f"/collections/{made}/{what}").status_code == 200
    tiles = [asking.get(f"/tiles/{one}/10/301/384.mvt?at={DAY}") for one in (made, named)]
    assert tiles[0].status_code == tiles[1].status_code == 200
    assert tiles[0].data.replace(made.encode(), b"") != b""
    assert asking.get(f"/tiles/WebMercatorQuad?collections={made},posts").status_code == 200


def test_a_range_gives_the_case_that_has_it(asking: FlaskClient) -> None:
    wide = f"analysis-{posted(asking, {'question': 'posts', 'at': DAY, 'range_m': 900})['jobID']}-zones"
    wanted = asking.get(f"/collections/posts-zones/items?at={DAY}&case=high").get_json()["features"]
    found = asking.get(f"/collections/{wide}/items").get_json()["features"]
    for own, other in zip(found, wanted, strict=True):
        assert own["properties"]["covered_area_m2"] == pytest.approx(other["properties"]["covered_area_m2"])


def test_without_a_day_it_is_asked_for_today(asking: FlaskClient) -> None:
    named = asking.get("/collections/posts-zones/items").get_json()["question"]
    assert posted(asking, {"question": "posts"})["question"]["at"] == named["at"]


def test_another_process_knows_it_too(asking: FlaskClient, app: Flask) -> None:
    key = posted(asking, {"question": "posts", "at": "2026-02-02"})["jobID"]
    settings = app.extensions["geoservice"].settings
    other = create_app(settings).test_client()
    assert other.get(f"/analyses/{key}").get_json()["jobID"] == key
    assert other.get(f"/collections/analysis-{key}-zones/items").get_json()["numberMatched"] == 4


def test_it_can_be_taken_away(asking: FlaskClient) -> None:
    key = posted(asking, {"question": "posts", "at": "2026-03-03"})["jobID"]
    gone = asking.delete(f"/analyses/{key}")
    assert (gone.status_code, gone.get_json()["status"]) == (200, "dismissed")
    for address in (f"/analyses/{key}", f"/collections/analysis-{key}-zones", "/analyses/unheard"):
        assert asking.get(address).status_code == 404
    assert asking.delete(f"/analyses/{key}").status_code == 404
    assert asking.get("/collections/analysis-x-zones").status_code == 404


@pytest.fixture
def timed(app: Flask, tmp_path: Path) -> tuple[FlaskClient, Clock]:
    """The service with a clock that stands, a minute to keep what is posted, and room for two."""
    clock, state = Clock(), app.extensions["geoservice"]
    texts = PostedTexts(tmp_path / "cache" / "analyses", 60, 2, clock)
    temporary = TemporaryQuestions(state.catalog, texts)
    library = Library(state.catalog, state.answers, 8, state.answers.compare, temporary)
    other = Flask(app.name, static_folder=app.static_folder)
    other.__dict__.update(app.__dict__)
    other.extensions = app.extensions | {"geoservice": replace(state, temporary=temporary, library=library)}
    return other.test_client(), clock


def test_it_expires_so_long_after_its_last_use(timed: tuple[FlaskClient, Clock]) -> None:
    client, clock = timed
    key = posted(client, {"question": "posts", "at": DAY})["jobID"]
    address = f"/collections/analysis-{key}-zones"
    for _ in range(3):
        clock.now += 59
        assert client.get(address).status_code == 200
    clock.now += 30
    assert client.get(f"/analyses/{key}").status_code == 200
    clock.now += 30
    for gone in (address, f"{address}/items", f"{address}.csv", f"{address}/tiles", f"/analyses/{key}"):
        response = client.get(gone)
        assert response.status_code == 404
        assert "It has expired" in response.get_json()["description"]
    assert client.get("/analyses").get_json()["jobs"] == []
    assert client.post("/analyses", json={"question": "posts", "at": DAY}).status_code == 201
    assert client.get(address).status_code == 200


def test_there_are_never_more_than_the_setting_says(timed: tuple[FlaskClient, Clock]) -> None:
    client, clock = timed
    keys = []
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        keys.append(posted(client, {"question": "posts", "at": day})["jobID"])
        clock.now += 1
    assert [job["jobID"] for job in client.get("/analyses").get_json()["jobs"]] == keys[:0:-1]
    assert client.get(f"/analyses/{keys[0]}").status_code == 404


def test_what_another_version_has_put_there_is_passed_over(timed: tuple[FlaskClient, Clock], tmp_path: Path) -> None:
    client, clock = timed
    key = posted(client, {"question": "posts", "at": DAY})["jobID"]
    path = tmp_path / "cache" / "analyses" / f"{key}.json"
    path.write_bytes(b"1800000000.0\n{}")
    os.utime(path, (clock.now, clock.now))
    assert client.get("/analyses").get_json()["jobs"] == []
    assert client.get(f"/collections/analysis-{key}-zones").status_code == 404


# ------------------------------------------------------------------ refused

BAD: list[tuple[Any, str, str]] = [
    ({"question": "unheard"}, "question", "posts"),
    ({"question": 5}, "question", "posts"),
    ({"question": None}, "question", "posts"),
    ({"question": "posts", "unheard": 1}, "unheard", "range_m"),
    ({"question": "posts", "at": "yesterday"}, "at", "2026-01-31"),
    ({"question": "posts", "at": 20260101}, "at", "2026-01-31"),
    ({"question": "posts", "at": None}, "at", "2026-01-31"),
    ({"question": "posts", "case": "worst"}, "case", "low"),
    ({"question": "posts", "case": ["low"]}, "case", "low"),
    ({"question": "posts", "range_m": 0}, "range_m", "from 1 to 100000"),
    ({"question": "posts", "range_m": -5}, "range_m", "from 1 to 100000"),
    ({"question": "posts", "range_m": 1e300}, "range_m", "from 1 to 100000"),
    ({"question": "posts", "range_m": 10**40}, "range_m", "from 1 to 100000"),
    ({"question": "posts", "range_m": "600"}, "range_m", "a number"),
    ({"question": "posts", "range_m": True}, "range_m", "a number"),
    ({"question": "posts", "range_m": {"low": 1, "mid": 2}}, "range_m", "low, mid and high"),
    ({"question": "posts", "range_m": {"low": 3, "mid": 2, "high": 4}}, "range_m", "low <= mid <= high"),
    ({"question": "posts", "range_m": 5, "footprint": WHOLE["footprint"]}, "range_m", "not both"),
    ({"question": "posts", "sources": []}, "sources", "at least 1"),
    ({"question": "posts", "sources": "posts"}, "sources", "a list"),
    ({"question": "posts", "sources": ["unheard"]}, "sources.0.layer", "posts"),
    ({"question": "posts", "sources": ["people"]}, "sources.0.layer", "posts"),
    ({"question": "posts", "sources": [{"layer": "posts", "kinds": ["x"]}]}, "sources.0.kinds", "post"),
    ({"question": "posts", "sources": ["posts", {"layer": "posts", "kinds": ["post"]}]}, "sources", "twice"),
    ({"question": "posts", "sources": [5]}, "sources.0", "object"),
    ({"question": "posts", "statuses": ["closing"]}, "statuses.0", "closed"),
    ({"question": "posts", "statuses": []}, "statuses", "at least one"),
    ({"question": "posts", "theme": "cameras"}, "body", "footprint"),
    ({"question": "posts", "theme": "weather"}, "theme", "cameras"),
    ({"question": "posts", "footprint": {"model": "cone"}}, "footprint", "service_area"),
    ({"question": "posts", "footprint": 7}, "footprint", "service_area"),
    ({"question": "posts", "footprint": 7, "range_m": 5}, "range_m", "cameras"),
    (
        {"question": "posts", "footprint": WHOLE["footprint"] | {"chord_error_m": 1e-9}},
        "footprint.chord_error_m",
        "0.1",
    ),
    ({"question": "posts", "zone_system": "parish"}, "zone_system", "ward"),
    ({"question": "posts", "zone_system": ""}, "zone_system", "not empty"),
    ({"question": "posts", "gap_cell_m": 10}, "gap_cell_m", "from 13"),
    ({"question": "posts", "gap_cell_m": "500"}, "gap_cell_m", "a number"),
    ({"question": "posts", "depth_cap": 2.5}, "depth_cap", "whole number"),
    ({"question": "posts", "depth_cap": 21}, "depth_cap", "up to 20"),
    ({"question": "posts", "demand": ["posts"]}, "demand.0", "people"),
    ({"question": "posts", "zone_weight": {"layer": "a", "attribute": "b"}}, "zone_weight", "none here"),
    ({"question": "posts", "zone_weight": {"layer": "a"}}, "zone_weight.attribute", "must be given"),
    ({}, "theme", "must be given"),
    ({"question": "posts", "demand": [[[[[[[[["deep"]]]]]]]]]}, "body", "8 levels"),
    ([], "body", "a JSON object"),
    (7, "body", "a JSON object"),
    ("posts", "body", "a JSON object"),
    ({"inputs": []}, "body", "a JSON object"),
]


@pytest.mark.parametrize(("body", "member", "allowed"), BAD)
def test_a_wrong_question_is_refused_by_the_name_of_the_member(
    asking: FlaskClient, body: Any, member: str, allowed: str
) -> None:
    response = asking.post("/analyses", json=body)
    assert response.status_code == 400, response.text
    told = response.get_json()["description"]
    assert f"'{member}'" in told
    assert allowed in told.partition("Allowed: ")[2]
    assert len(told) < 1000


def test_a_wrong_layer_is_told_in_words_with_its_place_and_the_layers_that_fit(asking: FlaskClient) -> None:
    for wrong in ("unheard", "people"):
        told = asking.post("/analyses", json={"question": "posts", "sources": [wrong]}).get_json()["description"]
        assert told == (
            f"Source 1 of the question ('sources.0.layer') cannot be the layer '{wrong}'. Allowed: the layers posts."
        )


def test_a_member_is_not_called_a_parameter(asking: FlaskClient) -> None:
    for body, member, _ in BAD:
        told = asking.post("/analyses", json=body).get_json()["description"]
        assert "parameter" not in told, (member, told)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b'{"question": NaN}',
        b'{"range_m": 1e999, "question": "posts"}',
        b"[" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"question": "\\ud800"}',
        b"\xff\xfe{}",
        b"\x00",
        b'{"question": "posts"} and more',
        b"question=posts",
        b'{"question": "<script>alert(1)</script>"}',
    ],
    ids=range(12),
)
def test_what_is_no_such_json_is_refused_and_not_echoed_as_markup(asking: FlaskClient, text: bytes) -> None:
    for accept in ("application/json", "text/html"):
        headers = {"Accept": accept}
        response = asking.post("/analyses", data=text, content_type="application/json", headers=headers)
        assert response.status_code == 400, response.text
        assert response.content_type.startswith(accept)
        assert accept == "application/json" or "<script>alert" not in response.text


def test_a_large_body_another_type_and_a_parameter_are_refused(asking: FlaskClient) -> None:
    large = b'{"question": "' + b"a" * 70_000 + b'"}'
    assert asking.post("/analyses", data=large, content_type="application/json").status_code == 413
    question = b'{"question": "posts"}'
    for other in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""):
        assert asking.post("/analyses", data=question, content_type=other or None).status_code == 415, other
    response = asking.post("/analyses?at=2026-01-01", json={"question": "posts"})
    assert response.status_code == 400
    assert "'at'" in response.get_json()["description"]


def test_pages_of_other_sites_may_read_but_not_post(asking: FlaskClient) -> None:
    """A JSON body makes a browser ask first (Fetch); the answer names no method but those for reading."""
    for method in ("POST", "DELETE"):
        preflight = asking.options(
            "/analyses",
            headers={
                "Origin": "https://elsewhere.example",
                "Access-Control-Request-Method": method,
                "Access-Control-Request-Headers": "content-type",
            },
        )
        assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert "Access-Control-Allow-Credentials" not in preflight.headers
    assert "Set-Cookie" not in asking.post("/analyses", json={"question": "posts"}).headers


def test_the_landing_page_leads_to_what_was_asked(asking: FlaskClient) -> None:
    links = asking.get("/", headers={"Accept": "application/json"}).get_json()["links"]
    (address,) = (link["href"] for link in links if link["rel"].endswith("/job-list"))
    assert "jobs" in asking.get(address).get_json()


def test_no_more_is_computed_at_once_than_may_be(
    city_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(Settings.from_env({}, layers=city_folder, cache=tmp_path, computations=1))
    client = app.test_client(use_cookies=False)
    posted(client, {"question": "posts", "range_m": 450, "at": DAY})
    answers = app.extensions["geoservice"].answers
    another = app.extensions["geoservice"].catalog.question("posts")
    begun, go_on = threading.Event(), threading.Event()

    def slow(*asked: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return analyse(*asked)

    monkeypatch.setattr("geoservice.web.answers.analyse", slow)
    first = threading.Thread(target=lambda: answers.posted(another))
    first.start()
    assert begun.wait(30)
    refused = client.post(
        "/analyses", json={"question": "posts", "range_m": 460, "at": DAY}, headers={"Accept-Language": "zh"}
    )
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert refused.get_json()["code"] == "BusyError"
    assert "\u8acb\u65bc 10 \u79d2\u5f8c" in refused.get_json()["description"]
    assert client.post("/analyses", json={"question": "posts", "range_m": 450, "at": DAY}).status_code == 200
    go_on.set()
    first.join()
    with answers._turns.taken():
        assert answers.kept.peek(another.key) is not None
