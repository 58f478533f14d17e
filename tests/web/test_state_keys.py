"""ETags, and the addresses of tiles that are kept for good, change with all that an answer depends on."""

from __future__ import annotations

import pkgutil
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

import geoservice
from geoservice.analysis import kept_answers
from geoservice.analysis.kept_answers import software
from geoservice.catalog import Catalog
from geoservice.settings import Settings
from geoservice.tiles import matrix_sets
from geoservice.web import create_app
from geoservice.web.service import EXTENSION
from geoservice.web.state import state_key, tiles_key
from geoservice.web.tiles import ASK_AGAIN, FOR_GOOD

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
TAGGED = (
    ("/", HTML),
    ("/api", JSON),
    ("/conformance", JSON),
    ("/collections", JSON),
    ("/collections", HTML),
    ("/collections/posts", JSON),
    ("/collections/posts/items", JSON),
    ("/collections/posts/items/p1", JSON),
    ("/collections/posts/tiles/WebMercatorQuad", JSON),
    ("/tileMatrixSets/feetville-grid", JSON),
    ("/catalog.jsonld", JSON),
    ("/collections/posts.csv", JSON),
)
TILEJSON = "/collections/posts/tiles/WebMercatorQuad/tilejson.json"
PLACE = {"z": 12, "y": 1539, "x": 1206}


def opened(folder: Path, **settings: Any) -> FlaskClient:
    return create_app(Settings.from_env({}, layers=folder, **settings)).test_client()


def tags(client: FlaskClient) -> dict[tuple[str, str], str]:
    found = {}
    for address, accepted in TAGGED:
        response = client.get(address, headers=accepted)
        assert response.status_code == 200, address
        found[address, accepted["Accept"]] = response.headers["ETag"]
    return found


def tile_address(client: FlaskClient, document: str = TILEJSON) -> str:
    """Give the address of a tile that names its version, without the host."""
    (template,) = client.get(document).get_json()["tiles"]
    address: str = template.format(**PLACE).removeprefix("http://localhost")
    return address


def with_line(folder: Path, old: str, new: str) -> Path:
    region = folder / "region.toml"
    text = region.read_text(encoding="utf-8")
    assert old in text
    region.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_two_starts_of_the_same_state_give_the_same_tags(city_folder: Path) -> None:
    first = opened(city_folder)
    software.cache_clear()
    second = opened(city_folder)
    assert tags(first) == tags(second)
    assert tile_address(first) == tile_address(second)


def test_a_further_system_shows_to_who_has_the_older_document(own_city: Path) -> None:
    condition = {"If-None-Match": opened(own_city).get("/collections/posts").headers["ETag"]}
    more = with_line(own_city, "extent = ", 'served_crs = ["EPSG:32618"]\nextent = ')
    after = opened(more).get("/collections/posts", headers=condition)
    assert after.status_code == 200
    assert after.get_json()["crs"][-1].endswith("/32618")


def test_tiles_of_a_grid_that_has_moved_have_other_addresses(own_city: Path) -> None:
    def corner(client: FlaskClient) -> Any:
        return client.get("/tileMatrixSets/feetville-grid").get_json()["tileMatrices"][0]["pointOfOrigin"]

    document = TILEJSON.replace("WebMercatorQuad", "feetville-grid")
    before = opened(own_city)
    old, old_corner = tile_address(before, document).replace("/12/1539/1206", "/0/0/0"), corner(before)
    kept = before.get(old)
    assert kept.headers["Cache-Control"] == FOR_GOOD
    after = opened(
        with_line(own_city, "south = 40.5, east = -73.7, north = 41.0", "south = 40.3, east = -73.2, north = 41.3")
    )
    assert corner(after) != old_corner
    again = after.get(old, headers={"If-None-Match": kept.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (200, ASK_AGAIN)
    assert again.data != kept.data


@pytest.mark.parametrize("setting", ["default_limit", "max_limit"])
@pytest.mark.parametrize("address", ["/collections/people/items", "/api"])
def test_other_limits_show_to_who_has_the_older_page(city_folder: Path, setting: str, address: str) -> None:
    before = opened(city_folder).get(address)
    after = opened(city_folder, **{setting: 7}).get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.data != before.data


@pytest.fixture
def own_house(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A copy of the sources that `software` reads, to change."""
    without = shutil.ignore_patterns("__pycache__")
    house = shutil.copytree(Path(geoservice.__file__).parent, tmp_path / "geoservice", ignore=without)
    monkeypatch.setattr(kept_answers, "__file__", str(house / "analysis" / "kept_answers.py"))
    software.cache_clear()
    yield Path(house)
    monkeypatch.undo()
    software.cache_clear()


@pytest.mark.parametrize(
    ("source", "moves_tiles"),
    [
        ("tiles/encode.py", True),
        ("tiles/generalise.py", True),
        ("collections/library.py", True),
        ("ogc/conformance.py", False),
        ("web/templates/collections.html", False),
        ("locale/zh-Hant/messages.po", False),
        ("prints/page.typ", False),
    ],
)
def test_other_software_is_another_key(city: Catalog, own_house: Path, source: str, *, moves_tiles: bool) -> None:
    settings, sets = Settings.from_env({}), matrix_sets(city.region, city.working)
    before = state_key(settings, city), tiles_key(city, sets)
    with (own_house / source).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    software.cache_clear()
    assert state_key(settings, city) != before[0]
    assert (tiles_key(city, sets) != before[1]) is moves_tiles


def test_another_key_makes_other_tags(city_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened(city_folder)
    old = tags(before)
    state = before.application.extensions[EXTENSION]
    other = replace(state, state_key="other", tiles_key="another")
    monkeypatch.setitem(before.application.extensions, EXTENSION, other)
    new = tags(before)
    assert [address for address in old if old[address] == new[address]] == []


def test_a_layer_that_changes_moves_the_tiles_of_no_other(own_city: Path) -> None:
    people = TILEJSON.replace("posts", "people")
    before = opened(own_city)
    posts = own_city / "posts" / "posts.csv"
    posts.write_text("\n".join(posts.read_text(encoding="utf-8").splitlines()[:2]), encoding="utf-8")
    after = opened(own_city)
    assert tile_address(before, people) == tile_address(after, people)
    assert tile_address(before) != tile_address(after)


# ------------------------------------------------------------------ what is not written for who has it


@pytest.mark.parametrize(
    ("address", "accepted", "writer"),
    [
        ("/api", JSON, "geoservice.web.interface.openapi.description"),
        ("/catalog.jsonld", JSON, "geoservice.web.interface.dcat.catalog"),
        ("/collections", JSON, "geoservice.web.features.documents.collection"),
        ("/collections", HTML, "geoservice.web.features.groups"),
        ("/collections/posts-gaps", JSON, "geoservice.web.features.documents.collection"),
        ("/collections/posts/items/p1", JSON, "geoservice.web.features.documents.item"),
    ],
)
def test_no_document_is_written_for_who_has_it(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, address: str, accepted: dict[str, str], writer: str
) -> None:
    tag = client.get(address, headers=accepted).headers["ETag"]
    write, written = pkgutil.resolve_name(writer), []

    def noted(*given: Any, **named: Any) -> Any:
        written.append(writer)
        return write(*given, **named)

    monkeypatch.setattr(writer, noted)
    assert client.get(address, headers=accepted | {"If-None-Match": tag}).status_code == 304
    assert not written
    assert client.get(address, headers=accepted).status_code == 200
    assert written
