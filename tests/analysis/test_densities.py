"""Cameras per km² beside published figures: which table they come from, and what is said of them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from city import write_csv, write_layer
from flask import Flask

from geoservice.analysis import analyse, camera_densities
from geoservice.catalog import Catalog, open_catalog
from geoservice.settings import Settings
from geoservice.web import create_app

DAY = date(2026, 11, 20)
ROOT = Path(__file__).resolve().parents[2]
HTML = {"Accept": "text/html"}
COMPARISON = """
[comparison]
layer = "towns"
value = "density"
title = { en = "Beside other <towns>", zh = "與其他城鎮並列" }
caution = { en = "From the press.", zh = "來自新聞報道。" }
"""
CAMERAS = """
[[question]]
id = "seen"
title = { en = "Seen" }
description = { en = "Seen by a camera." }
assumption = { en = "All round, 50 m." }
theme = "cameras"
sources = [{ layer = "cams" }]
footprint = { model = "field_of_view" }
zone_system = "ward"
"""
CAMERA_TOML = """
columns = { id = "code" }
defaults = { status = "operating" }
[position]
easting = "x"
northing = "y"
grid_crs = "EPSG:2263"
[camera]
range_m = { low = 40, mid = 50, high = 60 }
view_angle_deg = { low = 360, mid = 360, high = 360 }
assumption = { en = "Made up." }
"""


def write_towns(folder: Path, rows: list[list[str]], role: str = "table") -> None:
    path = write_layer(folder, "towns", role, "towns.csv", 'columns = { id = "id", name_en = "town" }')
    write_csv(path / "towns.csv", ["id", "town", "density"], rows)


@pytest.fixture
def town(own_city: Path) -> Path:
    region = own_city / "region.toml"
    region.write_text(region.read_text(encoding="utf-8") + CAMERAS + COMPARISON, encoding="utf-8")
    path = write_layer(own_city, "cams", "camera", "cams.csv", CAMERA_TOML)
    write_csv(path / "cams.csv", ["code", "x", "y"], [[f"c{i}", 985_000 + 300 * i, 198_500] for i in range(3)])
    write_towns(own_city, [["a", "A <b>town</b>", "2.5"], ["b", "Beeville", "0"], ["c", "Ceeham", "about 9"]])
    return own_city


def test_own_cameras_by_area_stand_among_the_published_figures_the_densest_first(town: Path) -> None:
    catalog = open_catalog(town)
    found = camera_densities(catalog, analyse(catalog, catalog.question("seen", at=DAY)))
    assert found is not None
    assert [(row.place.en, row.is_own) for row in found.rows] == [
        ("A <b>town</b>", False),
        ("Feetville", True),
        ("Beeville", False),
    ]
    assert found.rows[1].cameras_per_km2 == pytest.approx(3 / (4 * 1.9 * 2))
    assert found.highest == 2.5
    (problem,) = catalog.open_problems
    assert (problem.code, problem.row, problem.field, problem.feature_id) == ("bad-number", 4, "density", "c")


def test_a_question_on_facilities_is_compared_with_no_densities(town: Path) -> None:
    catalog = open_catalog(town)
    assert camera_densities(catalog, analyse(catalog, catalog.question("posts", at=DAY))) is None


def test_names_from_the_table_are_escaped_on_the_page(town: Path) -> None:
    client = create_app(Settings.from_env({}, layers=town)).test_client()
    page = client.get("/zones?question=seen", headers=HTML).get_data(as_text=True)
    assert "A &lt;b&gt;town&lt;/b&gt;" in page
    assert "Beside other &lt;towns&gt;" in page
    assert "<b>town" not in page
    assert 'id="densities"' not in client.get("/zones?question=posts", headers=HTML).get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "value", "field"), [("demand", "density", "comparison.layer"), ("table", "weight_kg", "comparison.value")]
)
def test_a_table_that_cannot_be_shown_is_said_and_the_page_goes_without(
    town: Path, role: str, value: str, field: str
) -> None:
    region = town / "region.toml"
    region.write_text(
        region.read_text(encoding="utf-8").replace('value = "density"', f'value = "{value}"'), encoding="utf-8"
    )
    if role == "demand":
        path = write_layer(
            town,
            "towns",
            role,
            "towns.csv",
            'columns = { id = "id" }\nweight = { en = "x" }\n[position]\n'
            'easting = "x"\nnorthing = "y"\ngrid_crs = "EPSG:2263"',
        )
        write_csv(path / "towns.csv", ["id", "x", "y", "density"], [["a", "985000", "198500", "1"]])
    catalog = open_catalog(town)
    (problem,) = catalog.table_problems
    assert (problem.code, problem.field, problem.feature_id) == ("table-unusable", field, "towns")
    assert camera_densities(catalog, analyse(catalog, catalog.question("seen", at=DAY))) is None
    client = create_app(Settings.from_env({}, layers=town)).test_client()
    assert "table-unusable" in client.get("/layers", headers={"Accept": "application/json"}).get_data(as_text=True)
    assert problem.reason.replace("'", "&#39;") in client.get("/layers", headers=HTML).get_data(as_text=True)


def test_the_layer_that_is_not_there_is_a_broken_layer_and_the_page_goes_without(town: Path) -> None:
    (town / "towns" / "towns.csv").unlink()
    catalog = open_catalog(town)
    assert set(catalog.broken) == {"towns"}
    assert camera_densities(catalog, analyse(catalog, catalog.question("seen", at=DAY))) is None


def test_the_published_tables_of_the_home_region_are_in_order(hong_kong: Catalog) -> None:
    for layer in ("cctv-programme", "camera-density-cities"):
        assert hong_kong.layers[layer].problems == ()
    programme = hong_kong.layers["cctv-programme"].features
    assert programme["cameras_total"].dropna().astype(float).tolist() == [8820, 11000, 60000, 66500]
    both = programme.dropna(subset=["cameras_owned"]).astype({"cameras_owned": float, "cameras_integrated": float})
    assert (both["cameras_owned"] + both["cameras_integrated"]).tolist() == [8820, 11000]
    stages = {stage.valid_from: stage.cameras for stage in hong_kong.region.programme.stages}  # type: ignore[union-attr]
    told = programme.dropna(subset=["cameras_total"])
    for row in told.itertuples():
        assert stages[row.day] == int(row.cameras_total)


@pytest.mark.parametrize(("language", "words"), [("en", ["London", "press"]), ("zh", ["倫敦", "報道"])])
def test_the_pages_show_both_tables(hong_kong_app: Flask, language: str, words: list[str]) -> None:
    client = hong_kong_app.test_client()
    page = client.get(f"/zones?question=cameras&lang={language}", headers=HTML).get_data(as_text=True)
    section = page[page.index('id="densities"') :]
    assert all(word in section for word in words)
    assert not re.search(r"\sstyle=", page)
    first = client.get(f"/?lang={language}", headers=HTML).get_data(as_text=True)
    assert "66,500" in first
    assert ("已安裝" if language == "zh" else "installed") in first
    rows = pd.read_csv(ROOT / "layers/cctv-programme/cctv-programme.csv")
    source = rows["source_zh" if language == "zh" else "source_en"]
    assert all(one in first for one in source)
