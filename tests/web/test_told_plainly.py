"""What pages say plainly: why a question is not to be had, that nothing is known of a day, what a difference is."""

from __future__ import annotations

import pytest
from city import write_kiosks
from flask.testing import FlaskClient
from stages import write_stages

from geoservice.settings import Settings
from geoservice.web import create_app

BROWSER = {"Accept": "text/html"}
QUESTION = """
[[question]]
id = "kiosks-too"
title = { en = "With kiosks", zh = "連同自助機" }
description = { en = "Land near a kiosk." }
assumption = { en = "A kiosk reaches 600 m." }
theme = "facilities"
sources = [{ layer = "kiosks" }]
footprint = { range_m = { low = 300, mid = 600, high = 900 }, same_landmass = true }
zone_system = "ward"
"""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = write_stages(tmp_path_factory.mktemp("told") / "feetville")
    path = write_kiosks(folder, 5)
    (path / "kiosks.csv").unlink()
    manifest = path / "layer.toml"
    made = 'illustrative = true\ngenerated_by = "geoservice make kiosks"\n'
    manifest.write_text(made + manifest.read_text(encoding="utf-8"), encoding="utf-8")
    with (folder / "region.toml").open("a", encoding="utf-8") as region:
        region.write(QUESTION)
    return create_app(Settings.from_env({}, layers=folder)).test_client()


@pytest.mark.parametrize("path", ["/map?", "/zones?", "/compare?"])
@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "With kiosks", "Of a layer that is not there",
                "It has not been made yet. Run: <code>geoservice make kiosks</code>",
            ],
        ),
        (
            "zh",
            [
                "連同自助機", "Of a layer that is not there（中）",
                "此圖層尚未產生。請執行：<code>geoservice make kiosks</code>",
            ],
        ),
    ],
)  # fmt: skip
def test_the_form_says_why_a_question_is_not_to_be_had_and_what_to_do(
    staged: FlaskClient, path: str, language: str, said: list[str]
) -> None:
    page = staged.get(f"{path}lang={language}", headers=BROWSER).get_data(as_text=True)
    listed = page.partition("<dl>")[2].partition("</dl>")[0]
    assert [text for text in said if text not in listed] == []


def test_where_all_questions_can_be_had_none_is_said_not_to_be(client: FlaskClient) -> None:
    assert "Not to be had now" not in client.get("/map", headers=BROWSER).get_data(as_text=True)


@pytest.mark.parametrize("path", ["/map", "/zones"])
@pytest.mark.parametrize(("language", "said"), [("en", "Nothing is known of"), ("zh", "的情況並無資料")])
def test_a_day_before_the_first_data_is_not_answered_without_remark(
    client: FlaskClient, path: str, language: str, said: str
) -> None:
    pages = [
        client.get(f"{path}?at={at}&lang={language}", headers=BROWSER).get_data(as_text=True)
        for at in ("1990-01-01", "2026-06-01")
    ]
    assert [said in page for page in pages] == [True, False]


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing is known of"), ("zh", "的情況並無資料")])
def test_each_side_of_a_comparison_and_each_stage_says_it_too(staged: FlaskClient, language: str, said: str) -> None:
    address = f"/compare?before=posts&before_at=1990-01-01&after=posts&after_at=2026-06-01&lang={language}"
    document = staged.get(address, headers={"Accept": "application/json"}).get_json()
    assert said in document["before"]["remark"]
    assert "remark" not in document["after"]
    assert said in staged.get(address, headers=BROWSER).get_data(as_text=True)
    timeline = staged.get(f"/timelines/growth?lang={language}", headers={"Accept": "application/json"}).get_json()
    assert [said in stage["asked"].get("remark", "") for stage in timeline["stages"]] == [True, True]
    assert said in staged.get(f"/timelines/growth?lang={language}", headers=BROWSER).get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/map?question=plan", 404),
        ("/zones?question=plan", 404),
        ("/map.pdf?question=plan", 400),
        ("/print.json?question=plan", 400),
        ("/compare?before=plan&after=posts", 400),
    ],
)
@pytest.mark.parametrize(("language", "said"), [("en", "is a difference of two"), ("zh", "兩個問題之間的差異")])
def test_a_difference_where_a_question_is_wanted_is_called_one(
    staged: FlaskClient, address: str, status: int, language: str, said: str
) -> None:
    response = staged.get(f"{address}&lang={language}", headers={"Accept": "application/json"})
    description = response.get_json()["description"]
    assert response.status_code == status
    assert said in description
    assert "/compare?difference=plan" in description
    assert staged.get("/compare?difference=plan", headers={"Accept": "application/json"}).status_code == 200


def test_what_is_neither_is_told_which_questions_there_are(staged: FlaskClient) -> None:
    told = staged.get("/map?question=nothing", headers={"Accept": "application/json"}).get_json()["description"]
    assert "difference" not in told
    assert "posts-plan" in told
