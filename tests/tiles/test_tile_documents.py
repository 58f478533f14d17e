"""The documents of tiles against schemas written from the standards, and against what the tiles hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from pyproj import CRS, Transformer
from tiled import EXTENT, GRID, MERCATOR

from geoservice.ogc import tile_documents

SCHEMAS = Path(__file__).with_name("schemas")


def check(document: dict[str, Any], schema: str) -> None:
    read = json.loads((SCHEMAS / f"{schema}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(read)
    jsonschema.Draft202012Validator(read).validate(document)


def get(client: FlaskClient, address: str) -> dict[str, Any]:
    response = client.get(address)
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = response.get_json(force=True)
    return found


def test_matrix_sets_are_written_as_the_standard_has_them(client: FlaskClient) -> None:
    listed = get(client, "/tileMatrixSets")["tileMatrixSets"]
    assert [one["id"] for one in listed] == ["WebMercatorQuad", "feetville-grid"]
    for one in listed:
        document = get(client, one["links"][0]["href"].removeprefix("http://localhost"))
        check(document, "tileMatrixSet")
        assert (document["id"], document["uri"], document["crs"]) == (one["id"], one["uri"], one["crs"])
        for matrix, finer in zip(document["tileMatrices"], document["tileMatrices"][1:], strict=False):
            assert matrix["cellSize"] == 2 * finer["cellSize"]
            assert matrix["scaleDenominator"] == pytest.approx(matrix["cellSize"] / 0.00028)
            assert matrix["pointOfOrigin"] == finer["pointOfOrigin"]


def test_places_stand_in_the_order_of_the_authority() -> None:
    """EPSG:2326 has northing first; PROJ, left to the authority's order, finds the region between the corners."""
    document = tile_documents.matrix_set("http://here", GRID, "en")
    check(document, "tileMatrixSet")
    assert document["crs"] == "http://www.opengis.net/def/crs/EPSG/0/2326"
    assert document["orderedAxes"] == ["N", "E"]
    box = document["boundingBox"]
    change = Transformer.from_crs(CRS.from_epsg(4326), CRS.from_epsg(2326))
    first, second = change.transform(EXTENT.south, EXTENT.west)
    assert box["lowerLeft"][0] < first < box["upperRight"][0]
    assert box["lowerLeft"][1] < second < box["upperRight"][1]
    assert document["tileMatrices"][0]["pointOfOrigin"] == [box["upperRight"][0], box["lowerLeft"][1]]


def test_web_mercator_is_east_first() -> None:
    document = tile_documents.matrix_set("http://here", MERCATOR, "zh")
    check(document, "tileMatrixSet")
    assert document["orderedAxes"] == ["X", "Y"]
    assert document["tileMatrices"][0]["pointOfOrigin"] == pytest.approx([-20037508.3427892, 20037508.3427892])
    assert document["uri"] == "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"


@pytest.mark.parametrize("matrix_set", ["WebMercatorQuad", "feetville-grid"])
@pytest.mark.parametrize(
    "address",
    ["/collections/posts/tiles", "/collections/posts-gaps/tiles", "/tiles"],
)
def test_tilesets_and_tilejson_are_written_as_specified(client: FlaskClient, address: str, matrix_set: str) -> None:
    listed = get(client, address)["tilesets"]
    assert len(listed) == 2
    for one in listed:
        check(one, "tileSet")
    tileset = get(client, f"{address}/{matrix_set}")
    check(tileset, "tileSet")
    limits = [
        (one["minTileRow"], one["maxTileRow"], one["minTileCol"], one["maxTileCol"])
        for one in tileset["tileMatrixSetLimits"]
    ]
    assert len(limits) == len(get(client, f"/tileMatrixSets/{matrix_set}")["tileMatrices"])
    assert all(one[0] <= one[1] and one[2] <= one[3] for one in limits)
    tilejson = get(client, f"{address}/{matrix_set}/tilejson.json")
    check(tilejson, "tilejson")
    assert [one["id"] for one in tilejson["vector_layers"]] == [one["id"] for one in tileset["layers"]]
    for described, layer in zip(tilejson["vector_layers"], tileset["layers"], strict=True):
        assert set(described["fields"]) == set(layer["propertiesSchema"]["properties"])
    west, south, east, north = tilejson["bounds"]
    lon, lat, zoom = tilejson["center"]
    assert west < lon < east
    assert south < lat < north
    assert tilejson["minzoom"] <= zoom <= tilejson["maxzoom"]


def test_the_schemas_refuse_what_is_wrong(client: FlaskClient) -> None:
    document = get(client, "/tileMatrixSets/WebMercatorQuad")
    del document["tileMatrices"][3]["cellSize"]
    with pytest.raises(jsonschema.ValidationError):
        check(document, "tileMatrixSet")
    tileset = get(client, "/collections/posts/tiles/WebMercatorQuad")
    tileset["links"] = [one for one in tileset["links"] if one["rel"] != "item"]
    with pytest.raises(jsonschema.ValidationError):
        check(tileset, "tileSet")
