"""Tiles as clients ask for them: addresses, documents, caching, and what is wrong."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import mapbox_vector_tile
import pytest
from city import write_city
from flask import Flask
from flask.testing import FlaskClient

from geoservice.settings import Settings
from geoservice.tiles import MEDIA_TYPE
from geoservice.web import create_app
from geoservice.web.tiles import ASK_AGAIN, FOR_GOOD

ZOOM, ROW, COLUMN = 12, 1539, 1206


@pytest.fixture(scope="module")
def service(hong_kong_app: Flask) -> FlaskClient:
    return hong_kong_app.test_client()


def get(client: FlaskClient, address: str, **headers: str) -> dict[str, Any]:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json(force=True)
    return body


def path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def links(body: dict[str, Any], rel: str) -> list[str]:
    return [path(one["href"]) for one in body["links"] if one["rel"].endswith(rel)]


def layers(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    assert response.content_type == MEDIA_TYPE
    found: dict[str, Any] = mapbox_vector_tile.decode(response.data, default_options={"y_coord_down": True})
    return found


def first_tile(client: FlaskClient, tileset: dict[str, Any], zoom: str) -> Any:
    limits = next(one for one in tileset["tileMatrixSetLimits"] if one["tileMatrix"] == zoom)
    (template,) = (one["href"] for one in tileset["links"] if one["rel"] == "item")
    places = {"tileMatrix": zoom, "tileRow": limits["minTileRow"], "tileCol": limits["minTileCol"]}
    return client.get(path(template.format(**places)))


@pytest.mark.soak
def test_the_landing_page_and_every_collection_lead_to_tiles(client: FlaskClient) -> None:
    landing = get(client, "/", Accept="application/json")
    assert links(landing, "tilesets-vector") == ["/tiles"]
    assert links(landing, "tiling-schemes") == ["/tileMatrixSets"]
    for collection in get(client, "/collections")["collections"]:
        (address,) = links(collection, "tilesets-vector")
        for listed in get(client, address)["tilesets"]:
            (own,) = links(listed, "self")
            tileset = get(client, own)
            (scheme,) = links(tileset, "tiling-scheme")
            cut = get(client, scheme)
            assert cut["crs"] == tileset["crs"]
            zoom = cut["tileMatrices"][0]["id"]
            assert collection["id"] in layers(first_tile(client, tileset, zoom))


@pytest.mark.parametrize("collection_id", ["police-stations", "districts", "stations-gaps", "kiosks-changes"])
@pytest.mark.parametrize(("matrix_set", "zoom"), [("WebMercatorQuad", "8"), ("hong-kong-grid", "0")])
@pytest.mark.soak
def test_a_real_region_has_tiles_in_both_grids(
    service: FlaskClient, collection_id: str, matrix_set: str, zoom: str
) -> None:
    tileset = get(service, f"/collections/{collection_id}/tiles/{matrix_set}")
    (found,) = layers(first_tile(service, tileset, zoom)).values()
    ids = {f["properties"]["id"] for f in found["features"]}
    items = get(service, f"/collections/{collection_id}/items?limit=10000")["features"]
    assert ids
    assert ids <= {str(f["id"]) for f in items}


def test_both_orders_of_row_and_column_give_the_same_tile(client: FlaskClient) -> None:
    standard = client.get(f"/collections/wards/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}")
    assert layers(standard)["wards"]["features"]
    for ending in ("mvt", "pbf"):
        plain = client.get(f"/tiles/wards/{ZOOM}/{COLUMN}/{ROW}.{ending}")
        assert plain.data == standard.data
    several = client.get(f"/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}?collections=wards")
    assert several.data == standard.data


def test_one_tile_holds_several_collections_in_the_order_asked(client: FlaskClient) -> None:
    address = f"/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}"
    assert list(layers(client.get(f"{address}?collections=posts,wards"))) == ["posts", "wards"]
    assert list(layers(client.get(f"{address}?collections=wards,posts-gaps&case=low"))) == ["wards", "posts-gaps"]
    assert set(layers(client.get(address))) == {"boroughs", "wards", "people", "posts"}


def test_features_have_the_properties_of_the_items(client: FlaskClient) -> None:
    items = {f["id"]: f["properties"] for f in get(client, "/collections/posts/items")["features"]}
    features = layers(client.get(f"/tiles/posts/{ZOOM}/{COLUMN}/{ROW}.mvt"))["posts"]["features"]
    assert features
    for feature in features:
        fid = feature["properties"].pop("id")
        assert feature["properties"].pop("point_count") == 1
        assert feature["properties"] == {k: v for k, v in items[fid].items() if v is not None}


def test_derived_tiles_are_asked_for_a_day_and_a_case(client: FlaskClient) -> None:
    address = f"/collections/posts-coverage/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}"
    low, high = client.get(f"{address}?case=low"), client.get(f"{address}?case=high&at=2026-01-01")
    areas = [
        sum(f["properties"]["covered_area_m2"] for f in layers(one)["posts-coverage"]["features"])
        for one in (low, high)
    ]
    assert areas[0] < areas[1]
    by_cell = client.get(f"{address}?case=low&pieces=cell")
    assert by_cell.data != low.data
    document = get(
        client, "/collections/posts-coverage/tiles/WebMercatorQuad/tilejson.json?case=low&pieces=cell&lang=zh"
    )
    (template,) = document["tiles"]
    assert "case=low" in template
    assert "pieces=cell" in template
    assert "lang" not in template
    assert client.get(path(template.format(z=ZOOM, y=ROW, x=COLUMN))).data == by_cell.data


def test_an_empty_tile_is_204_with_an_etag(client: FlaskClient) -> None:
    response = client.get("/collections/posts/tiles/WebMercatorQuad/12/0/0")
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["ETag"]
    again = client.get(
        "/collections/posts/tiles/WebMercatorQuad/12/0/0", headers={"If-None-Match": response.headers["ETag"]}
    )
    assert again.status_code == 304


def test_a_tile_is_asked_again_unless_its_address_names_the_version(client: FlaskClient) -> None:
    address = f"/collections/posts/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}"
    response = client.get(address)
    assert response.headers["Cache-Control"] == ASK_AGAIN
    tag = response.headers["ETag"]
    same = client.get(address, headers={"If-None-Match": tag})
    assert (same.status_code, same.data, same.headers["ETag"]) == (304, b"", tag)
    other = client.get(f"/collections/posts/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN + 1}")
    assert other.headers["ETag"] != tag
    (template,) = get(client, "/collections/posts/tiles/WebMercatorQuad/tilejson.json")["tiles"]
    versioned = client.get(path(template.format(z=ZOOM, y=ROW, x=COLUMN)))
    assert versioned.headers["Cache-Control"] == FOR_GOOD
    assert versioned.data == response.data
    assert client.get(f"{address}?v=older").headers["Cache-Control"] == ASK_AGAIN


def test_changed_data_change_the_version(own_city: Any) -> None:
    before = create_app(Settings.from_env({}, layers=own_city)).test_client()
    address = f"/collections/posts/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}"
    tag = before.get(address).headers["ETag"]
    write_city(own_city, posts=[("p1", "South West post", 1200, 1000, "Ward South West")])
    after = (
        create_app(Settings.from_env({}, layers=own_city)).test_client().get(address, headers={"If-None-Match": tag})
    )
    assert after.status_code == 200
    assert after.headers["ETag"] != tag


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_large_tiles_are_compressed_for_those_who_can_read_it(client: FlaskClient, encoding: str) -> None:
    address = f"/tiles/people/{ZOOM}/{COLUMN}/{ROW}.mvt"
    packed = client.get(address, headers={"Accept-Encoding": encoding})
    assert packed.headers["Content-Encoding"] == encoding
    assert len(packed.data) < len(client.get(address).data)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/collections/posts/tiles/WebMercatorQuad/x/0/0", 400, "tileMatrix"),
        ("/collections/posts/tiles/WebMercatorQuad/3/-1/0", 400, "tileRow"),
        ("/collections/posts/tiles/WebMercatorQuad/3/0/1.5", 400, "tileCol"),
        ("/collections/posts/tiles/WebMercatorQuad/3/0/99999999999999999999", 400, "tileCol"),
        ("/collections/posts/tiles/WebMercatorQuad/25/0/0", 404, "0 to 24"),
        ("/collections/posts/tiles/WebMercatorQuad/3/8/0", 404, "tile row"),
        ("/collections/posts/tiles/WebMercatorQuad/3/0/8", 404, "tile column"),
        ("/collections/posts/tiles/WorldCRS84Quad", 404, "WebMercatorQuad, feetville-grid"),
        ("/collections/nothing/tiles", 404, "nothing"),
        ("/collections/nothing/tiles/WebMercatorQuad/0/0/0", 404, "nothing"),
        ("/collections/posts/tiles?case=low", 400, "case"),
        ("/collections/posts-gaps/tiles/WebMercatorQuad/3/0/0?case=lowest", 400, "case"),
        ("/collections/posts-gaps/tiles/WebMercatorQuad/3/0/0?at=soon", 400, "at"),
        ("/collections/posts/tiles/WebMercatorQuad/3/0/0?bbox=1,2,3,4", 400, "bbox"),
        ("/tiles/posts/3/0/9.mvt", 404, "tile row"),
        ("/tiles/posts/3/0/a.pbf", 400, "tileRow"),
        ("/tiles/nothing/3/0/0.pbf", 404, "nothing"),
        ("/tiles/WebMercatorQuad/3/0/0?collections=posts,nothing", 400, "collections"),
        ("/tiles/WebMercatorQuad/3/0/0?collections=", 400, "collections"),
        ("/tiles/WebMercatorQuad/3/0/0?collections=posts&case=low", 400, "case"),
        ("/tiles/WebMercatorQuad/3/0/0?collections=posts&collections=wards", 400, "collections"),
        ("/tileMatrixSets/none", 404, "none"),
        ("/tileMatrixSets?limit=3", 400, "limit"),
    ],
)
def test_what_is_wrong_is_named(client: FlaskClient, address: str, status: int, words: str) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert words in response.get_json(force=True)["description"]


def test_nothing_of_the_data_becomes_markup_in_the_attribution(own_city: Any) -> None:
    manifest = own_city / "posts" / "layer.toml"
    evil = "<img src=x onerror=alert(1)>"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        text.replace('source = { name = { en = "Made up"', f'source = {{ name = {{ en = "{evil}"'), encoding="utf-8"
    )
    service = create_app(Settings.from_env({}, layers=own_city)).test_client()
    document = get(service, "/collections/posts/tiles/WebMercatorQuad/tilejson.json")
    assert document["attribution"].startswith("&lt;img src=x")
    assert "<" not in document["attribution"]


def test_documents_speak_the_readers_language(client: FlaskClient) -> None:
    address = "/collections/posts-gaps/tiles/WebMercatorQuad/tilejson.json"
    english, chinese = get(client, address), get(client, address, **{"Accept-Language": "zh-HK"})
    assert english["name"] == "Within reach of a post: gaps"
    assert chinese["name"] == "崗位服務範圍：空隙"
    assert english["names"] == chinese["names"] == {"en": english["name"], "zh": chinese["name"]}
    assert chinese["vector_layers"][0]["field_titles"]["rank"] == "排名"
    assert english["tiles"] == chinese["tiles"]


def test_documents_are_whole_json(client: FlaskClient) -> None:
    grid = client.get("/tileMatrixSets/feetville-grid")
    assert json.loads(grid.data)["id"] == "feetville-grid"
    assert grid.headers["ETag"]


def test_caches_keep_one_tile_for_all_languages(client: FlaskClient) -> None:
    """Nothing in a tile depends on who asks."""
    answer = client.get(
        f"/collections/posts/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}", headers={"Accept-Language": "zh-HK"}
    )
    assert "Accept-Language" not in answer.vary
    assert "Cookie" not in answer.vary


PAGES = {
    "/tileMatrixSets": ("How tiles are cut", "圖磚切割方式"),
    "/tileMatrixSets/WebMercatorQuad": ("1 : 136,495", "縮放級別"),
    "/tiles?collections=posts,posts-gaps": (
        "/tiles/WebMercatorQuad?collections=posts,posts-gaps&amp;f=html",
        "坐標系統",
    ),
    "/collections/posts/tiles": ("/collections/posts/tiles/feetville-grid?f=html", "向量圖磚"),
    "/collections/posts/tiles/WebMercatorQuad": ("{tileMatrix}/{tileRow}/{tileCol}?v=", "有內容的圖磚"),
    "/collections/posts-zones/tiles/feetville-grid?case=low": ("?case=low&amp;v=", "圖磚網址"),
}


@pytest.mark.parametrize("address", PAGES)
def test_a_browser_gets_a_page_and_a_script_the_document(client: FlaskClient, address: str) -> None:
    accept = {"Accept": "text/html,*/*;q=0.8"}
    for language, words in zip(("en", "zh-Hant"), PAGES[address], strict=True):
        page = client.get(address, headers=accept | {"Accept-Language": language})
        assert page.status_code == 200, page.get_data(as_text=True)
        assert page.content_type.startswith("text/html")
        assert words in page.get_data(as_text=True).replace("%2C", ",")
    document = client.get(address)
    assert document.content_type == "application/json"
    (as_page,) = links(document.get_json(), "alternate")
    assert client.get(as_page).content_type.startswith("text/html")
    forced = client.get(as_page.replace("f=html", "f=json"), headers=accept)
    assert forced.get_json()["links"] == document.get_json()["links"]
    wrong = client.get(as_page.replace("f=html", "f=xml"))
    assert wrong.status_code == 400
    assert "'f'" in wrong.get_json()["description"]
