"""A plan that nobody has made yet: every door says what is missing, and the same command that makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from city import write_layer
from click.testing import CliRunner
from flask.testing import FlaskClient

from geoservice.cli import main
from geoservice.settings import Settings
from geoservice.web import create_app

CAMERA = """
range_m = { low = 30, mid = 60, high = 100 }
view_angle_deg = { low = 60, mid = 90, high = 120 }
assumption = { en = "Made up." }
"""
PROGRAMME = f"""
[programme]
prefix = "eye"
title = {{ en = "Eyes" }}
zone_system = "ward"
population = "people"
source = {{ name = {{ en = "Made up" }} }}
licence = {{ name = {{ en = "Public domain" }} }}
[programme.camera]
{CAMERA}
[[programme.stages]]
id = "2028"
valid_from = 2028-12-31
own_sets = 1
own_cameras = 1
note = {{ en = "Made up." }}
[[programme.stages]]
id = "2031"
valid_from = 2031-12-31
own_sets = 2
own_cameras = 2
note = {{ en = "Made up." }}
"""
QUESTION = """
[[question]]
id = "eyes-{stage}"
title = {{ en = "Seen in {stage}" }}
description = {{ en = "Seen." }}
assumption = {{ en = "Made up." }}
theme = "cameras"
sources = [{{ layer = "eye-plan-{stage}" }}]
footprint = {{ model = "field_of_view" }}
zone_system = "ward"
"""
STAGES = ("2028", "2031")
"""The layer of the first has a layer.toml and no data, that of the second not even a folder."""


@pytest.fixture
def planned(own_city: Path) -> Path:
    path = own_city / "region.toml"
    asked = "".join(QUESTION.format(stage=stage) for stage in STAGES)
    path.write_text(path.read_text(encoding="utf-8") + asked + PROGRAMME, encoding="utf-8")
    made = 'illustrative = true\ngenerated_by = "geoservice plan illustrate --stage 2028"\n'
    write_layer(own_city, "eye-plan-2028", "camera", "eye-plan-2028.csv", f"{made}[camera]\n{CAMERA}")
    return own_city


@pytest.fixture
def asking(planned: Path) -> FlaskClient:
    return create_app(Settings.from_env({}, layers=planned)).test_client()


def said(stage: str) -> str:
    return f"It has not been made yet. Run: geoservice plan illustrate --stage {stage}"


def posted(client: FlaskClient, body: dict[str, Any], **headers: str) -> str:
    response = client.post("/analyses", json=body, headers=headers)
    assert response.status_code == 503
    told: str = response.get_json()["description"]
    return told


@pytest.mark.parametrize("stage", STAGES)
def test_every_door_of_the_web_says_the_same(asking: FlaskClient, stage: str) -> None:
    layer, json = f"eye-plan-{stage}", {"Accept": "application/json"}
    wanted = f"The question needs the layer '{layer}'. {said(stage)}"
    for address in ("/map?", "/zones?", "/zones.csv?", "/place?lon=1&lat=1&"):
        response = asking.get(f"{address}question=eyes-{stage}", headers=json)
        assert (response.status_code, response.get_json()["description"]) == (503, wanted), address
    assert posted(asking, {"question": f"eyes-{stage}"}) == wanted
    own = {"theme": "cameras", "sources": [layer], "footprint": {"model": "field_of_view"}, "zone_system": "ward"}
    assert posted(asking, own) == wanted
    assert posted(asking, {"question": "posts", "demand": [layer]}).endswith(said(stage))
    response = asking.get(f"/collections/{layer}", headers=json)
    assert (response.status_code, response.get_json()["description"]) == (
        404, f"There is no collection '{layer}'. {said(stage)}"
    )  # fmt: skip
    chinese = posted(asking, own, **{"Accept-Language": "zh-Hant"})
    assert chinese == f"此問題需要圖層「{layer}」。此圖層尚未產生。請執行：geoservice plan illustrate --stage {stage}"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "words",
    [
        ["zones", "--question", "eyes-{}"],
        ["export", "eye-plan-{}"],
        ["download", "eye-plan-{}", "none.csv"],
        ["questions"],
    ],
)
def test_every_door_of_the_shell_says_the_same(
    planned: Path, words: list[str], stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, [*(word.format(stage) for word in words), "--layers", str(planned)])
    assert done.exit_code == (0 if words == ["questions"] else 2)
    assert said(stage) in done.output


def test_a_layer_that_nobody_knows_is_no_plan(asking: FlaskClient) -> None:
    response = asking.get("/collections/eye-plan-2099", headers={"Accept": "application/json"})
    assert response.get_json()["description"] == "There is no collection 'eye-plan-2099'. See /collections."
