from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import folium
import pytest
from city import POST_COLUMNS, feet, write_csv, write_kiosks
from folium.plugins import MarkerCluster

import geoservice
from geoservice.analysis import Analysis
from geoservice.catalog import Catalog, open_catalog
from geoservice.errors import AssetError
from geoservice.i18n import Language
from geoservice.maps.assets import SCRIPTS, STYLES
from geoservice.maps.map_data import MAX_INLINE, MapData, MapSources, TiledSource
from geoservice.maps.palette import EMPTY_RADIUS_M, SHARE
from geoservice.maps.question_map import question_map, take_apart

SOURCES = MapSources(
    "/static", "/c", "/g", "/z", "/zones", tiled=lambda id_: TiledSource(f"/t/{id_}/{{z}}/{{x}}/{{y}}", f"/i/{id_}")
)


@pytest.fixture(scope="module")
def data(city: Catalog) -> MapData:
    result = geoservice.analyse(city, city.question("posts"))
    return MapData(city, result.named, result.analysis)


def served(data: MapData, root: Path) -> folium.Map:
    return question_map(data, "en", SOURCES, static=root / "static")


def test_the_same_answer_gives_the_same_bytes(data: MapData, root: Path) -> None:
    first, second = (take_apart(served(data, root), "/static") for _ in range(2))
    assert first == second


def test_a_map_part_that_would_load_from_elsewhere_is_refused_by_name(data: MapData, root: Path) -> None:
    map_ = served(data, root)
    MarkerCluster().add_to(map_)
    with pytest.raises(AssetError, match="markercluster"):
        take_apart(map_, "/static")


def test_folium_itself_is_left_as_it_was(data: MapData, root: Path) -> None:
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    take_apart(served(data, root), "/static")
    question_map(data, "zh", static=root / "static")
    assert (folium.Map.default_js, folium.Map.default_css) == before
    assert any("://" in url for _, url in folium.Map.default_js)


def test_every_file_in_the_table_is_there(root: Path) -> None:
    for _, name in (*SCRIPTS, *STYLES):
        assert (root / "static" / name).stat().st_size > 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_notebooks_map_holds_all_it_needs(city: Catalog, language: str) -> None:
    result = geoservice.analyse(city, city.question("posts"))
    html = result.to_map(language).get_root().render()  # type: ignore[arg-type]
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", html)
    assert "window.geoservice=" in html
    assert '"url"' not in html
    assert "South West post" in html
    assert result.to_map(language)._repr_html_().startswith("<iframe srcdoc=")  # type: ignore[arg-type]


def test_every_layer_of_places_is_on_the_map_and_listed_ones_are_not(hong_kong: Catalog, stations, root: Path) -> None:  # noqa: ANN001
    data = MapData(hong_kong, hong_kong.named_question("stations"), stations)
    script = take_apart(served(data, root), "/static").script
    for layer in hong_kong.layers.values():
        placed = len(layer.placed) and str(layer.manifest.role) in ("facility", "camera", "candidate")
        assert (f"layer_{layer.id.replace('-', '_')}" in script) == bool(placed)


def test_a_large_layer_is_fetched_from_the_collections_and_not_written_into_the_script(
    data: MapData, root: Path
) -> None:
    script = take_apart(served(data, root), "/static").script
    for address in ("/c", "/g", "/z"):
        assert f'"url": "{address}"' in script


def declared(script: str) -> dict[str, dict[str, Any]]:
    """What the script declares of each layer, by id."""
    found = [json.loads(text) for text in re.findall(r"geoservice\.dataLayer\((\{.*\})\);", script)]
    return {one["id"]: one for one in found}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_zones_are_shaded_by_every_figure_of_the_answer_and_told_of_once(
    data: MapData, root: Path, language: Language
) -> None:
    script = take_apart(question_map(data, language, SOURCES, static=root / "static"), "/static").script
    layers = declared(script)
    shades = {id_: one for id_, one in layers.items() if id_.startswith("shade_")}
    assert {one["classes"]["key"] for one in shades.values()} == {
        "covered_share_2",
        "covered_share_3",
        "gap_area_m2",
        "largest_single_loss_m2",
        "nearest_source_max_m",
        "demand_share",
    }
    assert script.count('"url": "/z"') == 1
    assert sum(len(json.dumps(one)) for one in shades.values()) < 6000
    for one in shades.values():
        assert one["like"] == "zones"
        assert len(one["classes"]["colours"]) == len(one["classes"]["dark"]) == len(one["classes"]["breaks"]) + 1
        assert one["classes"]["key"] in data.analysis.zones.columns
    assert shades["shade_covered_share_2"]["classes"]["breaks"] == list(SHARE.breaks)
    assert shades["shade_gap_area_m2"]["legend"]["format"] == "area"


def test_a_figure_that_the_answer_has_not_shades_nothing(hong_kong: Catalog, stations: Analysis, root: Path) -> None:
    data = MapData(hong_kong, hong_kong.named_question("stations"), stations)
    assert stations.zones["demand_share"].isna().all()
    assert "shade_demand_share" not in declared(take_apart(served(data, root), "/static").script)


def test_a_notebooks_map_holds_the_zones_once(data: MapData, root: Path) -> None:
    map_ = question_map(data, "en", static=root / "static")
    layers = declared(map_.get_root().render())
    zones = [one for one in layers.values() if one.get("kind", one.get("like")) == "zones"]
    assert [one["id"] for one in zones if "data" in one] == ["zones"]
    held = layers["zones"]["data"]["features"][0]["properties"]
    assert all(one.get("classes", {}).get("key") in held for one in zones)


def test_each_layer_of_places_says_how_many_count(own_city: Path, root: Path) -> None:
    write_kiosks(own_city, 5)
    catalog = open_catalog(own_city)
    result = geoservice.analyse(catalog, catalog.question("posts"))
    layers = declared(take_apart(served(MapData(catalog, result.named, result.analysis), root), "/static").script)
    assert {id_: (one["counted"], one["count"]) for id_, one in layers.items() if "counted" in one} == {
        "layer_posts": (3, 3),
        "layer_kiosks": (0, 5),
    }


def furniture(data: MapData, root: Path, language: Language) -> dict[str, Any]:
    """What the map carries beside its layers."""
    script = take_apart(question_map(data, language, SOURCES, static=root / "static"), "/static").script
    found = re.search(r"geoservice\.furnish\(\w+, \[[^]]*\], (\{.*\})\);", script)
    assert found is not None
    return dict(json.loads(found[1]))


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("en", "It has not been made yet. Run: geoservice make kiosks"),
        ("zh", "此圖層尚未產生。請執行：geoservice make kiosks"),
    ],
)
def test_a_layer_that_is_not_made_yet_says_why_and_what_to_do(
    own_city: Path, root: Path, language: Language, why: str
) -> None:
    path = write_kiosks(own_city, 5)
    (path / "kiosks.csv").unlink()
    manifest = path / "layer.toml"
    text = manifest.read_text(encoding="utf-8")
    made = 'illustrative = true\ngenerated_by = "geoservice make kiosks"\n'
    manifest.write_text(made + text, encoding="utf-8")
    catalog = open_catalog(own_city)
    result = geoservice.analyse(catalog, catalog.question("posts"))
    told = furniture(MapData(catalog, result.named, result.analysis), root, language)["missing"]
    assert told == [{"id": "kiosks", "title": "Kiosks", "group": "illustrative", "why": why}]


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (date(2025, 12, 31), ["Nothing is known of 31 December 2025", "1 January 2026", "places without a date"]),
        (date(2026, 1, 1), None),
    ],
)
def test_a_day_before_the_first_data_is_remarked_on(
    city: Catalog, root: Path, at: date, said: list[str] | None
) -> None:
    result = geoservice.analyse(city, city.question("posts", at=at))
    remark = furniture(MapData(city, result.named, result.analysis), root, "en")["remark"]
    assert (remark is None) is (said is None)
    assert all(text in remark for text in said or ())


@pytest.mark.parametrize("starts", ["1980-01-01", "2030-01-01"])
def test_a_place_with_a_date_makes_its_day_known_or_is_not_counted(own_city: Path, root: Path, starts: str) -> None:
    manifest = own_city / "posts" / "layer.toml"
    text = manifest.read_text(encoding="utf-8").replace(
        'name_en = "label" }', 'name_en = "label", valid_from = "ward" }'
    )
    manifest.write_text(text.replace('zone_label = { column = "ward", zone_system = "ward" }', ""), encoding="utf-8")
    rows = [("p1", "One", *feet(1000, 1000), starts)]
    write_csv(own_city / "posts" / "posts.csv", POST_COLUMNS, rows)
    catalog = open_catalog(own_city)
    result = geoservice.analyse(catalog, catalog.question("posts", at=date(1990, 1, 1)))
    remark = furniture(MapData(catalog, result.named, result.analysis), root, "en")["remark"]
    if starts.startswith("1980"):
        assert remark is None
    else:
        assert remark.endswith("So nothing is counted.")


@pytest.mark.parametrize("tiled", [True, False])
def test_places_are_told_apart_by_what_they_differ_in(own_city: Path, root: Path, tiled: bool) -> None:  # noqa: FBT001 - parametrized
    count = MAX_INLINE + 1 if tiled else 5
    write_kiosks(own_city, count)
    catalog = open_catalog(own_city)
    result = geoservice.analyse(catalog, catalog.question("posts"))
    layers = declared(take_apart(served(MapData(catalog, result.named, result.analysis), root), "/static").script)
    assert "facets" not in layers["layer_posts"]
    kiosks = layers["layer_kiosks"]
    facets = {one["name"]: dict(one["values"]) for one in kiosks["facets"]}
    assert facets == {
        "status": {"operating": count - 2, "planned": 1, "": 1},
        "owner": {"O'Hara & Sons": 2, "Feetville": count - 2},
    }
    assert kiosks["words"]["status"]["planned"] == "planned"
    if tiled:
        assert kiosks["tiles"]["facets"] == ["status", "owner"]
    else:
        assert {one["properties"]["facet_status"] for one in kiosks["data"]["features"]} == {
            "operating",
            "planned",
            None,
        }


@pytest.mark.parametrize(("value", "colour"), [(0, 0), (0.0499, 0), (0.05, 1), (0.5, 4), (0.75, 5), (1, 5)])
def test_a_share_takes_the_colour_of_its_class(value: float, colour: int) -> None:
    assert SHARE.colour(value) == SHARE.colours[colour]


def test_every_class_has_a_colour() -> None:
    for classes in (SHARE, EMPTY_RADIUS_M):
        assert len(classes.colours) == len(classes.breaks) + 1
        assert list(classes.breaks) == sorted(classes.breaks)
