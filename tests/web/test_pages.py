from __future__ import annotations

import csv
import io
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geoservice.analysis import KeptAnswers
from geoservice.errors import AssetError, BackgroundError, RegionError
from geoservice.settings import Settings
from geoservice.web import create_app

PAGES = ["/", "/map", "/zones", "/layers", "/collections", "/help"]
HTML = {"Accept": "text/html"}
PIXEL = b"\x89PNG\r\n\x1a\n and the rest"


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_page_answers_in_the_language_asked_for(client: FlaskClient, address: str, language: str) -> None:
    response = client.get(f"{address}?lang={language}", headers=HTML)
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.get_data(as_text=True)
    assert response.headers["Content-Language"] == language


@pytest.mark.parametrize("address", [*PAGES, "/map.js", "/zones.csv", "/healthz", "/nothing", "/zones?case=x"])
def test_every_answer_carries_a_strict_policy(client: FlaskClient, address: str) -> None:
    response = client.get(address, headers=HTML)
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("address", PAGES)
def test_no_page_has_inline_script_or_style_or_a_foreign_address(client: FlaskClient, address: str) -> None:
    html = client.get(address, headers=HTML).get_data(as_text=True)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "<style" not in html
    assert not re.search(r"\sstyle=|\son[a-z]+=", html)
    linked = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]+)"', html)
    assert linked
    assert all(one.startswith("/") and not one.startswith("//") for one in linked)


def test_a_language_asked_for_is_remembered(city_app: Flask) -> None:
    client = city_app.test_client()
    client.get("/?lang=zh-Hant", headers=HTML)
    assert '<html lang="zh-Hant">' in client.get("/zones", headers=HTML).get_data(as_text=True)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-HK,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-CN", "zh-Hant"),
        ("fr,en;q=0.5,zh;q=0.4", "en"),
        ("fr", "en"),
        ("zh;q=0, en;q=0.1", "en"),
        ("", "en"),
    ],
)
def test_the_browsers_languages_are_honoured_in_their_order(city_app: Flask, accepted: str, language: str) -> None:
    response = city_app.test_client().get("/", headers={**HTML, "Accept-Language": accepted})
    assert response.headers["Content-Language"] == language


def test_the_table_as_csv_has_the_figures_the_assumption_and_the_sources_outside(hong_kong_app: Flask) -> None:
    response = hong_kong_app.test_client().get("/zones.csv?question=stations&at=2026-11-20")
    assert response.headers["Content-Disposition"] == 'attachment; filename="stations-zones-2026-11-20-mid.csv"'
    rows = list(csv.DictReader(io.StringIO(response.get_data().decode("utf-8-sig"))))
    assert len(rows) == 19
    assert rows[-1]["zone_id"] == "outside"
    assert rows[-1]["sources_inside"] == "1"
    body = hong_kong_app.test_client().get("/collections/stations-zones/items?at=2026-11-20").get_json(force=True)
    for row, feature in zip(rows, body["features"], strict=False):
        assert row["zone_id"] == feature["id"]
        assert float(row["covered_share"]) == feature["properties"]["covered_share"]
        assert row["name_zh"] == feature["properties"]["name_zh"]
        assert row["demand_share"] == ""
        assert "not published" in row["assumption"]


def test_the_zones_page_names_what_is_outside_and_what_is_not_published(hong_kong_app: Flask) -> None:
    html = hong_kong_app.test_client().get("/zones?at=2026-11-20", headers=HTML).get_data(as_text=True)
    assert "Shenzhen Bay Port Reporting Centre" in html
    assert "Police district" in html
    assert "finer than the zones" in html
    assert "Kwun Tong police station exists" in html


def test_the_layers_page_shows_every_problem_with_its_reason(hong_kong_app: Flask) -> None:
    html = hong_kong_app.test_client().get("/layers", headers=HTML).get_data(as_text=True)
    for expected in ("AID09157", "8,306 m apart", "label says", "Accepted:", "Licence", "28 July 2021"):
        assert expected in html


def test_the_layers_as_json_hold_the_same_problems(hong_kong_app: Flask) -> None:
    response = hong_kong_app.test_client().get("/layers", headers={"Accept": "application/json"})
    problems = response.get_json()["problems"]
    assert {p["code"] for p in problems} == {
        "label-differs",
        "outside-zones",
        "positions-conflict",
        "positions-differ",
        "not-generated",
    }


def test_a_broken_layer_is_shown_with_its_reason_and_the_pages_stay_up(own_city: Path) -> None:
    (own_city / "posts" / "layer.toml").write_text("id = ", encoding="utf-8")
    client = create_app(Settings.from_env({}, layers=own_city)).test_client()
    layers = client.get("/layers", headers=HTML)
    assert layers.status_code == 200
    assert "not valid TOML" in layers.get_data(as_text=True)
    landing = client.get("/", headers=HTML).get_data(as_text=True)
    assert "cannot be answered now" in landing
    for address in ("/map", "/zones"):
        refused = client.get(address, headers=HTML)
        assert refused.status_code == 503
        assert "not valid TOML" in refused.get_data(as_text=True)


def test_a_region_without_questions_says_so(own_city: Path) -> None:
    text = (own_city / "region.toml").read_text(encoding="utf-8")
    (own_city / "region.toml").write_text(text[: text.index("[[question]]")], encoding="utf-8")
    client = create_app(Settings.from_env({}, layers=own_city)).test_client()
    assert client.get("/", headers=HTML).status_code == 200
    assert client.get("/map", headers=HTML).status_code == 404


def test_a_service_without_its_front_end_files_does_not_start(city_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"leaflet\.js is missing.*run\.py build"):
        create_app(Settings.from_env({}, layers=city_folder, static=tmp_path))


def test_a_service_without_a_region_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match=r"region\.toml"):
        create_app(Settings.from_env({}, layers=tmp_path))


class TestBackground:
    def app(self, city_folder: Path, **settings: Any) -> FlaskClient:
        return create_app(Settings.from_env({}, layers=city_folder, **settings)).test_client()

    def mbtiles(self, path: Path) -> Path:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data)")
        connection.execute("INSERT INTO tiles VALUES (3, 1, 7, ?)", (PIXEL,))
        connection.commit()
        connection.close()
        return path

    def pmtiles(self, path: Path) -> Path:
        with path.open("wb") as file:
            writer = Writer(file)
            writer.write_tile(zxy_to_tileid(3, 1, 0), PIXEL)
            writer.finalize({"tile_type": TileType.PNG, "tile_compression": Compression.NONE}, {})
        return path

    @pytest.mark.parametrize("kind", ["mbtiles", "pmtiles"])
    def test_tiles_of_a_local_file_come_from_our_own_origin(self, city_folder: Path, tmp_path: Path, kind: str) -> None:
        path = getattr(self, kind)(tmp_path / f"b.{kind}")
        client = self.app(city_folder, background=str(path), background_attribution="<b>Us</b>")
        tile = client.get("/background/3/1/0")
        assert tile.status_code == 200
        assert tile.data == PIXEL
        assert tile.content_type == "image/png"
        assert client.get("/background/3/1/1").status_code == 404
        script = client.get("/map.js").get_data(as_text=True)
        assert "/background/{z}/{x}/{y}" in script
        assert "<b>" not in script
        assert "img-src 'self' data:;" in client.get("/map").headers["Content-Security-Policy"]

    def test_a_configured_host_is_let_through_for_pictures_alone(self, city_folder: Path) -> None:
        client = self.app(city_folder, background="https://tiles.example.org/a/{z}/{x}/{y}.png?k=1")
        policy = client.get("/map").headers["Content-Security-Policy"]
        assert "img-src 'self' data: https://tiles.example.org;" in policy
        assert policy.count("tiles.example.org") == 1

    @pytest.mark.parametrize("place", ["0/0/0", "26/0/0", "3/8/0", "3/0/8", "99999999999/0/0"])
    def test_a_tile_that_cannot_be_is_not_found(self, city_folder: Path, tmp_path: Path, place: str) -> None:
        client = self.app(city_folder, background=str(self.mbtiles(tmp_path / "b.mbtiles")))
        assert client.get(f"/background/{place}").status_code == 404

    def test_without_a_background_there_are_no_tiles(self, client: FlaskClient) -> None:
        assert client.get("/background/0/0/0").status_code == 404

    @pytest.mark.parametrize(
        ("name", "content", "said"),
        [
            ("none.mbtiles", None, "no background file"),
            ("text.mbtiles", b"hello", "not an MBTiles file"),
            ("text.pmtiles", b"hello", "not a PMTiles file"),
            ("a.png", PIXEL, "neither"),
        ],
    )
    def test_a_file_that_cannot_be_used_is_refused_at_the_start(
        self, city_folder: Path, tmp_path: Path, name: str, content: bytes | None, said: str
    ) -> None:
        path = tmp_path / name
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BackgroundError, match=said):
            self.app(city_folder, background=str(path))

    @pytest.mark.parametrize("address", ["https://tiles.example.org/tiles.png", "https:///{z}/{x}/{y}"])
    def test_an_address_without_places_for_the_tile_is_refused(self, city_folder: Path, address: str) -> None:
        with pytest.raises(BackgroundError, match="has no"):
            self.app(city_folder, background=address)


def test_many_who_ask_at_once_share_one_computation(city_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - for this test alone

    computed = []
    real = KeptAnswers.__call__
    monkeypatch.setattr(KeptAnswers, "__call__", lambda *args: computed.append(1) or real(*args))
    app = create_app(Settings.from_env({}, layers=city_folder))
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: app.test_client().get("/zones").status_code, range(16)))
    assert codes == [200] * 16
    assert len(computed) == 1


def test_answers_kept_are_bounded(city_folder: Path) -> None:
    app = create_app(Settings.from_env({}, layers=city_folder, cached_answers=2))
    client = app.test_client()
    for day in ("2026-01-01", "2026-01-02", "2026-01-03"):
        assert client.get(f"/zones.csv?at={day}").status_code == 200
    assert len(app.extensions["geoservice"].answers.kept) == 2
