"""Timelines and comparisons: pages, documents and tables of what changes by stage and between two questions."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from stages import write_stages

from geoservice.settings import Settings
from geoservice.web import create_app

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
PAIR = "before=posts&before_at=2024-01-01&after=posts-plan&after_at=2025-06-01"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return create_app(Settings.from_env({}, layers=write_stages(tmp_path_factory.mktemp("stages") / "feetville")))


@pytest.fixture
def asking(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def told(client: FlaskClient, address: str) -> dict[str, Any]:
    response = client.get(address, headers=JSON)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.get_json()
    return body


def table(client: FlaskClient, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"))))


# ------------------------------------------------------------------ timelines


def test_a_timeline_is_listed_with_its_stages(asking: FlaskClient) -> None:
    (one,) = told(asking, "/timelines")["timelines"]
    assert (one["id"], one["title"]) == ("growth", "Posts by stage")
    assert [(s["id"], s["at"]) for s in one["stages"]] == [("first", "2024-01-01"), ("second", "2025-06-01")]


def test_the_figures_of_a_stage_are_those_of_its_question_on_its_day(asking: FlaskClient) -> None:
    first, second = told(asking, "/timelines/growth")["stages"]
    assert (first["kind"], first["illustrative"]) == ("installed", False)
    assert (second["kind"], second["illustrative"]) == ("planned", True)
    for stage, question in ((first, "posts"), (second, "posts-plan")):
        features = told(asking, f"/collections/{question}-zones/items?at={stage['at']}")["features"]
        shares = {one["id"]: one["properties"]["covered_share"] for one in features}
        assert {zone["zone_id"]: zone["covered_share"] for zone in stage["zones"]} == shares
    assert second["totals"]["sources_inside"] == first["totals"]["sources_inside"] + 1
    assert second["totals"]["covered_area_m2"] > first["totals"]["covered_area_m2"]
    assert told(asking, "/timelines/growth?case=high")["stages"][0]["asked"]["range_m"] == 900


def test_a_stage_says_what_is_published_of_it_in_the_readers_language(asking: FlaskClient) -> None:
    first, second = told(asking, "/timelines/growth?lang=zh-Hant")["stages"]
    assert first["published"] == [
        {
            "id": "r1",
            "layer": "published",
            "values": [
                {"name": "posts", "title": "崗位", "value": 3.0},
                {"name": "state", "title": "狀態", "value": "已建"},
                {"name": "source", "title": "來源", "value": "Gazette"},
            ],
        }
    ]
    assert [row["id"] for row in second["published"]] == ["r2", "r3"]
    assert [value["name"] for value in second["published"][0]["values"]] == ["state", "source"]
    assert second["note"] == "據現有資料。"


def test_a_stage_tells_which_assumptions_differ_from_the_one_before(asking: FlaskClient) -> None:
    first, second = told(asking, "/timelines/growth")["stages"]
    assert "differs" not in first
    assert [one["text"] for one in second["differs"]] == ["Positions. Before: published. After: made up."]


def test_the_addresses_in_a_stage_answer_for_its_day(asking: FlaskClient) -> None:
    for stage in told(asking, "/timelines/growth?case=low")["stages"]:
        assert set(stage["asked"]["items"]) == {"coverage", "gaps", "zones", "footprints"}
        for address in stage["asked"]["items"].values():
            assert f"at={stage['at']}&case=low" in address
            assert told(asking, address.removeprefix("http://localhost"))["features"]


def test_a_timeline_as_csv_has_a_row_a_stage_and_zone(asking: FlaskClient) -> None:
    rows = table(asking, "/timelines/growth.csv")
    assert [(row["stage"], row["zone_id"]) for row in rows] == [
        (stage, zone) for stage in ("first", "second") for zone in ("NE", "NW", "SE", "SW")
    ]
    document = told(asking, "/timelines/growth")
    assert float(rows[-1]["covered_share"]) == document["stages"][1]["zones"][-1]["covered_share"]
    assert rows[0]["published"] == "Posts: 3; State: built; Source: Gazette"
    assert rows[-1]["published"] == "State: planned; Source: =1+1 | Posts: 4; State: planned; Source: Gazette"
    assert (rows[0]["illustrative"], rows[-1]["illustrative"]) == ("False", "True")


def test_a_stage_that_cannot_be_answered_says_why_and_the_others_are_there(tmp_path: Path) -> None:
    folder = write_stages(tmp_path / "feetville")
    (folder / "plan" / "plan.csv").unlink()
    client = create_app(Settings.from_env({}, layers=folder)).test_client()
    first, second = told(client, "/timelines/growth")["stages"]
    assert first["available"]
    assert not second["available"]
    assert "plan" in second["problem"]
    assert second["illustrative"]
    assert [row["id"] for row in second["published"]] == ["r2", "r3"]
    assert "zones" not in second
    last = table(client, "/timelines/growth.csv")[-1]
    assert (last["stage"], last["zone_id"], last["covered_share"]) == ("second", "", "")
    assert "plan" in last["problem"]
    first, second = told(client, "/timelines/growth?lang=zh-Hant")["stages"]
    assert second["problem"].startswith("此問題需要圖層「plan」。")
    page = client.get("/timelines/growth?lang=en", headers=HTML)
    assert page.status_code == 200
    assert "This stage cannot be shown now" in page.text


def test_a_timeline_that_a_client_has_is_not_sent_again(asking: FlaskClient) -> None:
    first = asking.get("/timelines/growth", headers=JSON)
    again = asking.get("/timelines/growth", headers={**JSON, "If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    other = asking.get("/timelines/growth?case=low", headers=JSON)
    assert other.headers["ETag"] != first.headers["ETag"]


def test_a_region_without_timelines_has_an_empty_list(client: FlaskClient) -> None:
    assert told(client, "/timelines")["timelines"] == []
    assert client.get("/timelines", headers=HTML).status_code == 200


# ------------------------------------------------------------------ comparisons


def test_a_comparison_sets_the_figures_of_both_sides_beside_each_other(asking: FlaskClient) -> None:
    document = told(asking, f"/compare?{PAIR}")
    sides = {}
    for side, (question, at) in {"before": ("posts", "2024-01-01"), "after": ("posts-plan", "2025-06-01")}.items():
        features = told(asking, f"/collections/{question}-zones/items?at={at}")["features"]
        sides[side] = {one["id"]: one["properties"] for one in features}
    for row in document["zones"]:
        before, after = (sides[side][row["zone_id"]] for side in ("before", "after"))
        assert row["share_before"] == before["covered_share"]
        assert row["share_after"] == after["covered_share"]
        assert row["share_change"] == pytest.approx(after["covered_share"] - before["covered_share"], abs=1e-15)
        assert row["change_m2"] == pytest.approx(after["covered_area_m2"] - before["covered_area_m2"], abs=1e-6)
    assert [row["zone_id"] for row in document["zones"]] == ["NE", "NW", "SE", "SW"]
    assert document["totals"]["change_m2"] == pytest.approx(sum(row["change_m2"] for row in document["zones"]))
    assert "gained_m2" not in document["zones"][0]


def test_a_comparison_tells_what_differs_beside_the_figures(asking: FlaskClient) -> None:
    differs = told(asking, f"/compare?{PAIR}")["differs"]
    assert {one["aspect"]: one["assumed"] for one in differs} == {
        "positions": True,
        "statuses": False,
        "layers": False,
        "at": False,
    }
    texts = {one["aspect"]: one["text"] for one in differs}
    assert texts["layers"] == "Layers that only one side counts. Before: none. After: The plan."
    assert texts["at"] == "Day. Before: 1 January 2024. After: 1 June 2025."
    other = {
        one["aspect"]: one["text"] for one in told(asking, "/compare?before=posts&after=far&after_case=high")["differs"]
    }
    assert other["range_m"] == "Assumed range. Before: 600 m. After: 900 m."
    assert other["same_landmass"] == "Reach across water. Before: no. After: yes."
    assert other["case"] == "Case of the assumption. Before: mid. After: high."
    assert told(asking, "/compare?before=posts&after=posts&after_at=2026-01-01&before_at=2026-01-01")["differs"] == []


def test_a_comparison_speaks_chinese(asking: FlaskClient) -> None:
    document = told(asking, f"/compare?{PAIR}&lang=zh-Hant")
    assert document["differs"][0]["text"] == "位置。之前：已公布；之後：虛構。"
    assert document["after"]["title"] == "With the plan（中）"


def test_the_reverse_comparison_has_the_reverse_change(asking: FlaskClient) -> None:
    forth = told(asking, f"/compare?{PAIR}")
    back = told(asking, "/compare?after=posts&after_at=2024-01-01&before=posts-plan&before_at=2025-06-01")
    changes = {row["zone_id"]: row["share_change"] for row in forth["zones"]}
    assert {row["zone_id"]: -row["share_change"] for row in back["zones"]} == changes
    assert back["zones"][-1]["zone_id"] == "NE"


def test_a_declared_difference_is_compared_as_declared_and_as_ground(asking: FlaskClient) -> None:
    for address in ("/compare", "/compare?difference=plan"):
        document = told(asking, address)
        assert (document["difference"], document["title"]) == ("plan", "What the plan adds")
        assert (document["before"]["at"], document["after"]["at"]) == ("2024-01-01", "2025-06-01")
        features = told(asking, "/collections/plan-zones/items")["features"]
        gained = {one["id"]: one["properties"]["gained_m2"] for one in features}
        assert {row["zone_id"]: row["gained_m2"] for row in document["zones"]} == gained
    assert "gained_m2" not in told(asking, "/compare?difference=plan&ground=false")["zones"][0]
    assert "gained_m2" in told(asking, f"/compare?{PAIR}&ground=true")["zones"][0]


def test_the_link_to_itself_asks_for_the_same_on_any_day(asking: FlaskClient) -> None:
    document = told(asking, "/compare?before=posts&after=far")
    own = next(link["href"] for link in document["links"] if link["rel"] == "self")
    for part in ("before=posts", "after=far", "before_at=20", "after_case=mid", "ground=false"):
        assert part in own
    assert told(asking, own.removeprefix("http://localhost"))["zones"] == document["zones"]


def test_a_comparison_as_csv_says_on_each_row_what_it_rests_on(asking: FlaskClient) -> None:
    rows = table(asking, f"/compare.csv?{PAIR}&ground=true")
    document = told(asking, f"/compare?{PAIR}&ground=true")
    assert [row["zone_id"] for row in rows] == [row["zone_id"] for row in document["zones"]]
    assert [float(row["gained_m2"]) for row in rows] == [row["gained_m2"] for row in document["zones"]]
    assert {(row["before"], row["after"], row["after_illustrative"]) for row in rows} == {
        ("posts", "posts-plan", "True")
    }
    assert "Positions. Before: published. After: made up." in rows[0]["differs"]
    header = asking.get(f"/compare.csv?{PAIR}").headers["Content-Disposition"]
    assert header == 'attachment; filename="change-posts-2024-01-01-mid-to-posts-plan-2025-06-01-mid.csv"'


def test_a_comparison_of_an_unanswerable_question_is_unavailable(asking: FlaskClient) -> None:
    response = asking.get("/compare?before=posts&after=lost", headers=JSON)
    assert response.status_code == 503
    assert "gone" in response.get_json()["description"]


# ------------------------------------------------------------------ pages


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_the_pages_show_both_sides_and_every_zone(asking: FlaskClient, language: str) -> None:
    page = asking.get(f"/compare?{PAIR}&lang={language}", headers=HTML)
    assert page.status_code == 200
    assert page.text.count('<tr id="zone-') == 4
    assert page.text.count('class="panel side') == 2
    assert f'<html lang="{language}">' in page.text
    page = asking.get(f"/timelines/growth?lang={language}", headers=HTML)
    assert page.status_code == 200
    assert ("Positions made up" if language == "en" else "位置屬虛構") in page.text
    assert page.text.count('<li class="panel') == 2


def test_the_difference_is_linked_from_the_first_page_and_from_the_zones(asking: FlaskClient) -> None:
    for address in ("/", "/zones?question=posts", "/zones?question=posts-plan"):
        assert "/compare?difference=plan" in asking.get(address, headers=HTML).text
    assert "/compare?difference=plan" not in asking.get("/zones?question=far", headers=HTML).text


# ------------------------------------------------------------------ wrong requests

WRONG = {
    "/timelines?case=low": "case",
    "/timelines?f=xml": "f",
    "/timelines/growth?case=best": "case",
    "/timelines/growth?case=low&case=high": "case",
    "/timelines/growth?at=2024-01-01": "at",
    "/timelines/growth?lang=fr": "lang",
    "/timelines/growth.csv?case=": "case",
    "/timelines/growth.csv?f=json": "f",
    "/compare?before=posts": "after",
    "/compare?after=posts": "before",
    "/compare?before=posts&after=nothing": "after",
    "/compare?before=&after=posts": "before",
    "/compare?before=posts&before=far&after=posts": "before",
    "/compare?before=posts&after=boroughs": "after",
    "/compare?difference=nothing": "difference",
    "/compare?difference=plan&before=posts": "before",
    "/compare?difference=plan&after=posts": "after",
    f"/compare?{PAIR}&ground=yes": "ground",
    "/compare?before=posts&after=far&before_at=soon": "before_at",
    "/compare?before=posts&after=far&after_at=2026-02-30": "after_at",
    "/compare?before=posts&after=far&after_at=": "after_at",
    "/compare?before=posts&after=far&before_case=best": "before_case",
    "/compare?before=posts&after=far&after_case=LOW": "after_case",
    "/compare?before=posts&after=far&at=2026-01-01": "at",
    "/compare?before=%3Cscript%3E&after=far": "before",
    "/compare.csv?before=posts": "after",
    "/compare.csv?difference=%00": "difference",
}


@pytest.mark.parametrize("address", WRONG)
def test_a_wrong_parameter_is_named_with_what_is_allowed(asking: FlaskClient, address: str) -> None:
    response = asking.get(address, headers=JSON)
    assert response.status_code == 400, response.text
    description = response.get_json()["description"]
    assert description.startswith(f"The parameter '{WRONG[address]}' ")
    assert "Allowed: " in description


@pytest.mark.parametrize("address", ["/timelines/nothing", "/timelines/nothing.csv", "/timelines/%3Cscript%3E"])
def test_a_timeline_that_is_not_there_is_missing(asking: FlaskClient, address: str) -> None:
    response = asking.get(address, headers=JSON)
    assert response.status_code == 404
    assert "growth" in response.get_json()["description"]


def test_the_description_names_what_may_be_asked(asking: FlaskClient) -> None:
    paths = told(asking, "/api")["paths"]
    names = {one["name"]: one["schema"] for one in paths["/compare"]["get"]["parameters"] if "name" in one}
    assert names["before"]["enum"] == ["posts", "posts-plan", "far", "boroughs"]
    assert names["difference"]["enum"] == ["plan"]
    assert paths["/timelines/{timelineId}"]["get"]["parameters"][-1]["schema"]["enum"] == ["growth"]
    assert {"/timelines", "/timelines/{timelineId}.csv", "/compare.csv"} <= set(paths)
