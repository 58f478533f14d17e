from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from geoservice.catalog import Catalog
from geoservice.collections import Collection, Library
from geoservice.formats.downloads import DOWNLOADS
from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.shown import Values, coded

HTML = {"Accept": "text/html"}
ADDRESSES = [
    "/collections/posts",
    "/collections/posts/items",
    "/collections/posts/items?filter=id='none'",
    "/collections/posts/items/p1",
    "/collections/posts/schema?f=html",
    "/collections/posts/queryables?f=html",
    "/collections/posts/sortables?f=html",
]


@pytest.fixture
def wards(city: Catalog) -> Collection:
    def answer(_: object) -> None:
        raise AssertionError

    return Library(city, answer, 1).get("wards")  # type: ignore[arg-type]


def text_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=HTML)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_every_page_of_a_collection_is_in_the_language_and_keeps_to_the_policy(
    client: FlaskClient, address: str, language: str
) -> None:
    page = text_of(client, f"{address}{'&' if '?' in address else '?'}lang={language}")
    assert f'<html lang="{language}">' in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_links_to_files_keep_the_filter_and_answer(client: FlaskClient) -> None:
    page = text_of(client, "/collections/posts/items?limit=1&lang=en&f=html&filter=id%3D%27p1%27")
    files = [html.unescape(one) for one in re.findall(r'<a class="button second" href="([^"]+)" type=', page)]
    assert len(files) == len(DOWNLOADS)
    assert all("filter=id" in one and "limit" not in one and "lang" not in one for one in files)
    assert {client.get(one).status_code for one in files} == {200}


def test_a_page_asked_for_in_another_system_has_a_map_in_longitude_and_latitude(client: FlaskClient) -> None:
    page = text_of(client, "/collections/posts/items?crs=http://www.opengis.net/def/crs/EPSG/0/3857&skipGeometry=true")
    (source,) = re.findall(r'data-src="([^"]+)"', page)
    features = client.get(html.unescape(source)).get_json(force=True)["features"]
    places = [one["geometry"]["coordinates"] for one in features if one["geometry"]]
    assert places
    assert all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in places)


def test_maps_of_derived_features_are_of_the_day_and_case_asked(client: FlaskClient) -> None:
    collections = client.get("/collections").get_json()["collections"]
    (derived,) = [one["id"] for one in collections if one["id"].endswith("-zones") and "question" in one["about"]][:1]
    page = text_of(client, f"/collections/{derived}?case=high&at=2026-01-02")
    for name in ("data-src", "data-clusters", "data-kept"):
        (found,) = re.findall(rf'{name}="([^"]+)"', page)
        assert "case=high" in found
        assert "at=2026-01-02" in found


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("anything", None, "–"),
        ("anything", "", "–"),
        ("anything", True, "yes"),
        ("covered_share", 0.12345, "12.3%"),
        ("covered_share", 0.0, "0.0%"),
        ("year", 1998, "1998"),
        ("area", 12477151.4, "12,477,151"),
        ("small", 0.000123, "0.000123"),
        ("negative", -12.3456, "-12.35"),
        ("status", "out_of_service", "out of service"),
        ("layer", "posts", "posts"),
        ("remark", "<b>", "<b>"),
    ],
)
def test_values_are_written_as_people_read_them(
    city: Catalog, wards: Collection, name: str, value: object, shown: str
) -> None:
    assert Values(wards, city, "en").text(name, value) == shown


def test_the_list_groups_collections_and_counts_their_features(client: FlaskClient) -> None:
    listed = client.get("/collections").get_json()["collections"]
    for one in listed:
        client.get(f"/collections/{one['id']}/items?limit=1")
    page = text_of(client, "/collections")
    rows = re.findall(r'<code class="muted">([^<]+)</code>.*?items">([\d,]+)<', page, re.DOTALL)
    counts = {one: int(count.replace(",", "")) for one, count in rows}
    assert set(counts) == {one["id"] for one in listed}
    for collection_id, count in counts.items():
        found = client.get(f"/collections/{collection_id}/items?limit=1").get_json(force=True)
        assert found["numberMatched"] == count


def test_what_is_not_counted_yet_can_be_browsed(city_folder: Path) -> None:
    fresh = create_app(Settings.from_env({}, layers=city_folder)).test_client()
    assert re.search(r'posts-gaps/items">Browse<', text_of(fresh, "/collections"))
    assert "Browse the features" in text_of(fresh, "/collections/posts-gaps")
    assert "瀏覽圖徵" in text_of(fresh, "/collections/posts-gaps?lang=zh-Hant")
    fresh.get("/collections/posts-gaps/items?limit=1")
    assert not re.search(r'posts-gaps/items">Browse<', text_of(fresh, "/collections"))


def test_columns_of_one_title_in_two_languages_are_told_apart(hong_kong: Catalog) -> None:
    def answer(_: object) -> None:
        raise AssertionError

    found = Library(hong_kong, answer, 1).get("police-stations")  # type: ignore[arg-type]
    for language in ("en", "zh"):
        titles = [column.title for column in Values(found, hong_kong, language).columns(found.schema)]  # type: ignore[arg-type]
        assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "請執行：geoservice plan illustrate --stage 2028",
            "請執行：<code>geoservice plan illustrate --stage 2028</code>",
        ),
        (
            "posts-gaps: 需要圖層「smartview-plan」。",
            "<code>posts-gaps</code>: 需要圖層「<code>smartview-plan</code>」。",
        ),
        ("<b>a-b</b> & c", "&lt;b&gt;<code>a-b</code>&lt;/b&gt; &amp; c"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_commands_and_ids_are_code_in_a_text_and_nothing_becomes_markup(text: str, shown: str) -> None:
    assert str(coded(text)) == shown
