from __future__ import annotations

import re
from pathlib import Path

import folium
import pytest
from folium.plugins import MarkerCluster

import geoservice
from geoservice.catalog import Catalog
from geoservice.errors import AssetError
from geoservice.maps.assets import SCRIPTS, STYLES
from geoservice.maps.palette import EMPTY_RADIUS_M, SHARE
from geoservice.maps.question_map import MapData, MapSources, question_map, take_apart

SOURCES = MapSources("/static", "/c", "/g", "/z", "/zones")


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
    assert "fetch(next" in html
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


@pytest.mark.parametrize(("value", "colour"), [(0, 0), (0.0499, 0), (0.05, 1), (0.5, 4), (0.75, 5), (1, 5)])
def test_a_share_takes_the_colour_of_its_class(value: float, colour: int) -> None:
    assert SHARE.colour(value) == SHARE.colours[colour]


def test_every_class_has_a_colour() -> None:
    for classes in (SHARE, EMPTY_RADIUS_M):
        assert len(classes.colours) == len(classes.breaks) + 1
        assert list(classes.breaks) == sorted(classes.breaks)
