"""QGIS loads collections by its provider for OGC API - Features, and draws what is in them where it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import geopandas as gpd
import numpy as np
import pytest
import shapely
from flask import Flask
from odd_services import THINGS, Service
from PIL import Image

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("qgis_features.py")
WIDTH, HEIGHT = 768, 512
WEST, SOUTH, DEGREES_A_PIXEL = 114.0, 22.2, 0.3 / WIDTH
BOUNDS = WEST, SOUTH, WEST + 0.3, SOUTH + HEIGHT * DEGREES_A_PIXEL


@pytest.fixture(scope="module", autouse=True)
def qgis(request: pytest.FixtureRequest) -> None:
    """Ask for QGIS as the system's Python knows it; its absence is told by the name of the package."""
    asked = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    if asked.returncode != 0:
        above = request.config.pluginmanager.get_plugin(str(Path(__file__).parent.parent / "conftest.py"))
        above.missing_package("python3-qgis")


def drawn(root: str, folder: Path, bounds: tuple[float, ...], *collections: str) -> tuple[dict[str, Any], np.ndarray]:
    """Have QGIS load and draw collections, the first lowest; gives what it says of each, and the picture's colours."""
    picture = folder / "drawn.png"
    folder.chmod(0o700)
    own = {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8", "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)}
    told = subprocess.run(
        [PYTHON, str(SCRIPT), str(picture), root, *map(str, bounds), *collections],
        env={**os.environ, **own},
        capture_output=True,
        check=True,
        timeout=120,
    )
    said = json.loads(told.stdout.splitlines()[-1])
    assert said["errors"] == []
    assert {one["provider"] for one in said["layers"].values()} == {"OAPIF"}
    assert {name: one["error"] for name, one in said["layers"].items() if one["error"] or not one["valid"]} == {}
    return said["layers"], np.asarray(Image.open(picture).convert("RGB")).astype(int)


def frame(app: Flask, collection_id: str) -> gpd.GeoDataFrame:
    features = app.test_client().get(f"/collections/{collection_id}.geojson").get_json(force=True)["features"]
    found = gpd.GeoDataFrame.from_features(features, crs=4326)
    return found.assign(id=[feature["id"] for feature in features])


def test_layers_are_loaded_and_drawn_where_they_are(
    city_service: Service, hong_kong_app: Flask, tmp_path: Path
) -> None:
    hong_kong_app.test_client().get("/api")  # computes every answer, for which QGIS would not wait
    said, colour = drawn(city_service.root, tmp_path, BOUNDS, "districts", "police-stations")
    zones, stations = frame(hong_kong_app, "districts"), frame(hong_kong_app, "police-stations")
    for name, wanted in (("districts", zones), ("police-stations", stations)):
        assert said[name]["count"] == len(wanted)
        assert sorted(said[name]["ids"]) == sorted(wanted["id"])
        assert sorted(said[name]["inside"]) == sorted(wanted["id"][wanted.intersects(shapely.box(*BOUNDS))])
        assert np.allclose(said[name]["extent"], wanted.total_bounds, atol=1e-6)
        assert set(said[name]["fields"]) == {*wanted.columns} - {"geometry"}
    assert (said["districts"]["kind"], said["police-stations"]["kind"]) == ("Polygon", "Point")
    asked = [parse_qs(urlsplit(one).query) for one in city_service.asked if "/districts/items" in one]
    assert any("bbox" in one for one in asked)
    look_at(colour, zones, stations)


def look_at(colour: np.ndarray, zones: gpd.GeoDataFrame, stations: gpd.GeoDataFrame) -> None:
    """Hold a picture to what it shows: zones are blue but for the red stations on them, and the sea is white."""
    x = WEST + (np.arange(WIDTH) + 0.5) * DEGREES_A_PIXEL
    y = SOUTH + (HEIGHT - np.arange(HEIGHT) - 0.5) * DEGREES_A_PIXEL
    places = shapely.points(*(one.ravel() for one in np.meshgrid(x, y)))
    away = 3 * DEGREES_A_PIXEL
    dots = shapely.union_all(shapely.buffer(stations.geometry.to_numpy(), 3 * away))
    inside = shapely.difference(shapely.union_all(shapely.buffer(zones.geometry.to_numpy(), -away)), dots)
    outside = shapely.union_all([shapely.buffer(shapely.union_all(zones.geometry.to_numpy()), away), dots])
    shapely.prepare([inside, outside])
    within = shapely.contains(inside, places).reshape(HEIGHT, WIDTH)
    beyond = ~shapely.intersects(outside, places).reshape(HEIGHT, WIDTH)
    assert within.mean() > 0.3
    assert beyond.mean() > 0.2
    blue = (abs(colour - [0x30, 0x70, 0xC0]) <= 2).all(axis=2)
    assert blue[within].all()
    assert (colour[beyond] == 255).all()
    for station in stations.geometry[stations.intersects(shapely.box(*BOUNDS))]:
        row, column = int(HEIGHT - (station.y - SOUTH) / DEGREES_A_PIXEL), int((station.x - WEST) / DEGREES_A_PIXEL)
        assert (colour[row, column] == [255, 0, 0]).all()


def test_what_is_odd_is_loaded_too(odd: Service, tmp_path: Path) -> None:
    said, _ = drawn(odd.root, tmp_path, (-74.0, 40.7, -73.9, 40.8), "things", "nothing", "people")
    assert sorted(said["things"]["ids"]) == sorted(THINGS)
    assert said["things"]["without_place"] == ["b:3"]
    assert said["nothing"]["count"] == 0
    assert said["people"]["count"] == len(set(said["people"]["ids"])) == 1520
    assert any("cursor" in one for one in odd.asked), "more than a page"
