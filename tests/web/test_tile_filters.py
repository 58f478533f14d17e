"""Tiles of some features only: what items with the same filter give there, and what is wrong with a filter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import mapbox_vector_tile
import pytest
from flask import Flask
from flask.testing import FlaskClient

from geoservice.web.tiles import FOR_GOOD

ZOOM, ROW, COLUMN = 12, 1539, 1206
TILE = f"/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}"
BUFFER = 128 / 4096
EQUAL_JSON = '{"op":"=","args":[{"property":"id"},"p2"]}'


def ids(client: FlaskClient, address: str, params: Mapping[str, object] | None = None) -> dict[str, set[str]]:
    """Read the ids in each layer of a tile, which are those of the items even where features stand for others."""
    response = client.get(address, query_string=params)
    assert response.status_code in (200, 204), response.text
    decoded = mapbox_vector_tile.decode(response.data) if response.data else {}
    return {name: {f["properties"]["id"] for f in layer["features"]} for name, layer in decoded.items()}


def item_ids(client: FlaskClient, collection_id: str, params: Mapping[str, object]) -> set[str]:
    response = client.get(f"/collections/{collection_id}/items", query_string={**params, "limit": 10_000})
    assert response.status_code == 200, response.text
    return {str(feature["id"]) for feature in response.get_json(force=True)["features"]}


def box(zoom: int, row: int, column: int) -> tuple[float, float, float, float]:
    """Give west, south, east and north of a tile and its buffer, by the formula of the standard."""

    def lonlat(x: float, y: float) -> tuple[float, float]:
        turn = math.pi * (1 - 2 * y / 2**zoom)
        return x / 2**zoom * 360 - 180, math.degrees(math.atan(math.sinh(turn)))

    west, north = lonlat(column - BUFFER, row - BUFFER)
    east, south = lonlat(column + 1 + BUFFER, row + 1 + BUFFER)
    return west, south, east, north


def place(zoom: int, lon: float, lat: float) -> tuple[int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int(y * 2**zoom), int((lon + 180) / 360 * 2**zoom)


@pytest.mark.parametrize("zoom", [14, 16])
@pytest.mark.parametrize(
    ("collection_id", "params"),
    [
        ("people", {"filter": "weight > 20 AND id LIKE '2%'"}),
        ("people", {"weight": "10"}),
        ("people", {"filter": "S_INTERSECTS(geometry, BBOX(-73.99, 40.71, -73.98, 40.72))"}),
        ("posts", {"filter": EQUAL_JSON, "filter-lang": "cql2-json"}),
        ("posts-gaps", {"filter": "gap_area_m2 < 249000 OR rank < 20", "case": "low"}),
    ],
)
def test_a_filtered_tile_holds_what_items_with_the_same_filter_give_there(
    client: FlaskClient, collection_id: str, params: dict[str, str], zoom: int
) -> None:
    matching = client.get(f"/collections/{collection_id}/items", query_string={**params, "limit": 10_000})
    features = matching.get_json(force=True)["features"]
    assert features
    corners = [_first_corner(feature["geometry"]["coordinates"]) for feature in (features[0], features[-1])]
    for row, column in {place(zoom, *corner) for corner in corners}:
        found = ids(client, f"/collections/{collection_id}/tiles/WebMercatorQuad/{zoom}/{row}/{column}", params)
        expected = item_ids(client, collection_id, {**params, "bbox": ",".join(map(str, box(zoom, row, column)))})
        assert found == {collection_id: expected}
        assert expected


def _first_corner(coordinates: list[object]) -> tuple[float, float]:
    while isinstance(coordinates[0], list):
        coordinates = coordinates[0]
    lon, lat = (float(str(number)) for number in coordinates[:2])
    return lon, lat


@pytest.mark.parametrize("params", [{"id": "28o3uDQMOM"}, {"filter": "CASEI(name_en) LIKE 'c%'"}])
def test_so_it_is_in_a_real_region(hong_kong_app: Flask, params: dict[str, str]) -> None:
    client = hong_kong_app.test_client()
    row, column = place(14, 114.16, 22.285)
    found = ids(client, f"/collections/police-stations/tiles/WebMercatorQuad/14/{row}/{column}", params)
    bbox = ",".join(map(str, box(14, row, column)))
    expected = item_ids(client, "police-stations", {**params, "bbox": bbox})
    assert found == {"police-stations": expected}
    assert expected < item_ids(client, "police-stations", {"bbox": bbox})


def test_points_are_thinned_after_the_filter(client: FlaskClient) -> None:
    """From far away all posts are one point, which is never one that the filter leaves out."""
    for fid in ("p1", "p2", "p3"):
        assert ids(client, "/tiles/posts/3/2/3.mvt", {"filter": f"id = '{fid}'"}) == {"posts": {fid}}


def test_features_of_another_time_are_left_out(hong_kong_app: Flask) -> None:
    client = hong_kong_app.test_client()
    address = "/tiles/self-service-kiosks/8/209/111.mvt"
    for when in ("2019-01-01", "2026-01-01/.."):
        page = client.get("/collections/self-service-kiosks/items", query_string={"datetime": when})
        placed = [one for one in page.get_json(force=True)["features"] if one["geometry"]]
        counts = [
            feature["properties"]["point_count"]
            for layer in mapbox_vector_tile.decode(
                client.get(address, query_string={"datetime": when}).data or b""
            ).values()
            for feature in layer["features"]
        ]
        assert sum(counts) == len(placed)


def test_several_collections_are_filtered_alike(client: FlaskClient) -> None:
    found = ids(client, TILE, {"collections": "posts,wards", "filter": "id IN ('p1', 'SW')"})
    assert found == {"posts": {"p1"}, "wards": {"SW"}}
    refused = client.get(TILE, query_string={"collections": "posts,wards", "filter": "owner = 'Feetville'"})
    assert refused.status_code == 400
    assert "filter" in refused.get_json()["description"]


def test_a_filter_has_a_tag_of_its_own_and_tilejson_keeps_it(client: FlaskClient) -> None:
    address = f"/collections/posts{TILE}"
    tags = {
        client.get(address, query_string=params).headers["ETag"]
        for params in ({}, {"filter": "id = 'p1'"}, {"filter": "id = 'p2'"}, {"id": "p1"}, {"datetime": "2026-01-01"})
    }
    assert len(tags) == 5
    asked = urlencode({"filter": "id = 'p1' OR id LIKE '{z}%'", "lang": "zh"})
    document = client.get(f"/collections/posts/tiles/WebMercatorQuad/tilejson.json?{asked}").get_json(force=True)
    (template,) = document["tiles"]
    parts = urlsplit(template.format(z=ZOOM, y=ROW, x=COLUMN))
    response = client.get(f"{parts.path}?{parts.query}")
    assert response.headers["Cache-Control"] == FOR_GOOD
    assert ids(client, f"{parts.path}?{parts.query}") == {"posts": {"p1"}}


@pytest.mark.parametrize("end", ["/3/0/0", "", "/tilejson.json"])
@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("filter=colour='red'", "filter"),
        ("filter=id=", "filter"),
        ("filter=" + "%28" * 99, "filter"),
        ("filter=id='a'&filter-lang=sql", "filter-lang"),
        ("filter=id='a'&filter-crs=EPSG:1", "filter-crs"),
        ("datetime=soon", "datetime"),
        ("colour=red", "colour"),
        ("bbox=1,2,3,4", "bbox"),
        ("filter=id='a'&filter=id='b'", "filter"),
    ],
)
def test_what_is_wrong_with_a_filter_is_named(client: FlaskClient, end: str, query: str, named: str) -> None:
    response = client.get(f"/collections/posts/tiles/WebMercatorQuad{end}?{query}")
    assert response.status_code == 400
    assert f"'{named}'" in response.get_json(force=True)["description"]
