"""Pages, pictures and data over HTTP: what comes, and how wrong parameters are told."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from flask.testing import FlaskClient

FIGURES = (
    "covered_share_2",
    "covered_share_3",
    "gap_area_m2",
    "largest_single_loss_m2",
    "nearest_source_max_m",
    "demand_share",
)
BOX = "-74.19,40.50,-73.71,40.99"


def test_a_page_comes_as_a_file_that_is_asked_for_once(client: FlaskClient) -> None:
    response = client.get("/map.pdf?at=2026-03-01&case=low&size=A3&lang=zh")
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert response.data.startswith(b"%PDF-")
    assert response.headers["Content-Disposition"] == 'attachment; filename="posts-2026-03-01-low-A3.pdf"'
    again = client.get(
        "/map.pdf?at=2026-03-01&case=low&size=A3&lang=zh", headers={"If-None-Match": response.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


def test_a_picture_comes_as_a_file(client: FlaskClient) -> None:
    response = client.get("/map.png?width=1000&height=700")
    assert (response.status_code, response.mimetype) == (200, "image/png")
    assert int.from_bytes(response.data[16:20]) == 1000
    assert int.from_bytes(response.data[20:24]) == 700


def test_the_frame_holds_what_is_asked_for_and_is_what_is_printed(client: FlaskClient) -> None:
    told = client.get("/print.json?zone=SW&scale=20000&layers=zones,posts&lang=zh").get_json()
    assert (told["scale"], told["layers"]) == (20000, ["zones", "posts"])
    assert told["pixels"] == {"least": [900, 600], "most": [4096, 4096], "roomy": 1280}
    assert {one["id"]: (one["shading"], one["shown"]) for one in told["choices"]} == {
        "zones": (True, True),
        **dict.fromkeys(FIGURES, (True, False)),
        "coverage": (False, True),
        "gaps": (False, False),
        "posts": (False, True),
    }
    outline = gpd.GeoSeries.from_wkt(
        ["POLYGON((" + ",".join(f"{x} {y}" for x, y in told["frame"]["coordinates"][0]) + "))"], crs="OGC:CRS84"
    )
    west, south, east, north = outline.to_crs("EPSG:32618").total_bounds
    width, height = (side * 20 for side in told["frame_mm"])
    assert east - west == pytest.approx(width, rel=0.03)
    assert north - south == pytest.approx(height, rel=0.03)


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("A4 landscape", "size=A4&orientation=landscape"),
        ("A4 portrait", "size=A4&orientation=portrait"),
        ("A3 landscape", "size=A3&orientation=landscape"),
        ("A3 portrait", "size=A3&orientation=portrait"),
        ("picture", "width=1920&height=1080"),
    ],
)
def test_the_map_knows_the_frame_of_each_page_before_it_asks(client: FlaskClient, page: str, query: str) -> None:
    frames = re.search(r'"frames": (\{.*?\})', client.get("/map.js").text)
    assert frames is not None
    assert json.loads(frames[1])[page] == client.get(f"/print.json?{query}").get_json()["frame_mm"]


def test_all_that_is_in_view_is_in_one_geopackage(client: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "view.gpkg"
    path.write_bytes(client.get(f"/map-data.gpkg?layers=zones,gaps,posts&bbox={BOX}").data)
    assert [name for name, _ in pyogrio.list_layers(path)] == ["posts-zones", "posts-gaps", "posts"]
    assert len(gpd.read_file(path, layer="posts")) == 3
    for layer in ("posts-zones", "posts-gaps", "posts"):
        assert "Public domain" in pyogrio.read_info(path, layer=layer)["layer_metadata"]["licence"]


@pytest.mark.parametrize("suffix", ["geojson", "csv"])
def test_an_archive_holds_a_file_a_layer(client: FlaskClient, suffix: str) -> None:
    response = client.get(f"/map-data.{suffix}.zip?layers=posts,coverage")
    archive = zipfile.ZipFile(io.BytesIO(response.data))
    assert archive.testzip() is None
    assert sorted(name.rpartition("-20")[0] for name in archive.namelist()) == ["posts", "posts-coverage"]
    name = next(name for name in archive.namelist() if name.startswith("posts-20"))
    assert archive.read(name) == client.get(f"/collections/posts.{suffix}").data


def test_nothing_is_written_of_what_is_out_of_view(client: FlaskClient) -> None:
    box = "-73.75,40.95,-73.74,40.96"
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"/map-data.csv.zip?layers=posts&bbox={box}").data))
    assert archive.read(archive.namelist()[0]).count(b"\n") == 1


def test_places_that_are_hidden_are_in_no_file(client: FlaskClient) -> None:
    address = "/map-data.csv.zip?layers=posts,zones"
    whole, none = (
        zipfile.ZipFile(io.BytesIO(client.get(address + hidden).data))
        for hidden in ("", "&hidden=posts/owner:Feetville")
    )
    lines = [{name: one.read(name).count(b"\n") for name in one.namelist()} for one in (whole, none)]
    posts, zones = (
        next(name for name in whole.namelist() if name.startswith(kind)) for kind in ("posts-20", "posts-zones")
    )
    assert [one[posts] for one in lines] == [4, 1]
    assert [one[zones] for one in lines] == [5, 5]


@pytest.mark.parametrize("path", ["/map.pdf", "/map.png", "/print.json"])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("question=nothing", "question"),
        ("at=tomorrow", "at"),
        ("case=worst", "case"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("bbox=-73.8,40.6,-73.9,40.7", "bbox"),
        ("bbox=-73.9,40.6,-73.9,40.7", "bbox"),
        ("bbox=10,10,11,11", "bbox"),
        ("bbox=nan,40,-73,41", "bbox"),
        (f"bbox={BOX}&zone=SW", "zone"),
        ("zone=nowhere", "zone"),
        ("zone=", "zone"),
        ("scale=0", "scale"),
        ("scale=1e4", "scale"),
        ("scale=-5", "scale"),
        ("scale=99999999999999999999", "scale"),
        ("layers=", "layers"),
        ("layers=posts,nothing", "layers"),
        ("layers=zones,gap_area_m2", "layers"),
        ("hidden=", "hidden"),
        ("hidden=posts", "hidden"),
        ("hidden=nothing/status:planned", "hidden"),
        ("hidden=posts/colour:red", "hidden"),
        ("hidden=posts/status:purple", "hidden"),
        ("labels=perhaps", "labels"),
        ("grid=1", "grid"),
        ("scale=1000&scale=2000", "scale"),
        ("colour=red", "colour"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, path: str, query: str, name: str) -> None:
    response = client.get(f"{path}?{query}")
    assert response.status_code == 400
    assert f"'{name}'" in response.get_json()["description"]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/map.pdf?size=A5", "size"),
        ("/map.pdf?orientation=upside-down", "orientation"),
        ("/map.pdf?width=1000", "width"),
        ("/map.png?size=A4", "size"),
        ("/map.png?width=899", "width"),
        ("/map.png?height=5000", "height"),
        ("/map.png?width=12.5", "width"),
        ("/map-data.gpkg?bbox=1", "bbox"),
        ("/map-data.gpkg?layers=nothing", "layers"),
        ("/map-data.gpkg?layers=none", "layers"),
        ("/map-data.csv.zip?scale=5", "scale"),
        ("/map-data.csv.zip?hidden=posts/status:purple", "hidden"),
    ],
)
def test_what_is_wrong_for_one_address_is_named(client: FlaskClient, address: str, name: str) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert f"'{name}'" in response.get_json()["description"]
