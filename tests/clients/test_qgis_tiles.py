"""QGIS draws our vector tiles: pixel by pixel what lies in a zone is filled, and no seam shows between tiles."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from flask import Flask
from PIL import Image

from geoservice.crs import LONLAT
from tools.screenshots import served

PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("qgis_tiles.py")
WIDTH, HEIGHT = 768, 512
SOUTH_WEST, METRES_A_PIXEL = (12_690_000, 2_540_000), 64
ENVIRONMENT = {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="module")
def qgis(request: pytest.FixtureRequest) -> None:
    """Ask for QGIS as the system's Python knows it; its absence is told by the name of the package."""
    asked = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    if asked.returncode != 0:
        above = request.config.pluginmanager.get_plugin(str(Path(__file__).parent.parent / "conftest.py"))
        above.missing_package("python3-qgis")


def draw(root: str, picture: Path, **collections: str) -> np.ndarray:
    """Have QGIS draw collections as fills or dots, the first below, and give the picture's colours."""
    west, south = SOUTH_WEST
    bounds = west, south, west + WIDTH * METRES_A_PIXEL, south + HEIGHT * METRES_A_PIXEL
    layers = [f"{kind}={one}={root}/tiles/{one}/{{z}}/{{x}}/{{y}}.pbf" for kind, one in collections.items()]
    home = {"HOME": str(picture.parent), "XDG_RUNTIME_DIR": str(picture.parent)}
    told = subprocess.run(
        [PYTHON, str(SCRIPT), str(picture), *map(str, bounds), *layers],
        env={**os.environ, **ENVIRONMENT, **home},
        capture_output=True,
        check=True,
        timeout=120,
    )
    said = json.loads(told.stdout.splitlines()[-1])
    assert said == {"valid": [True] * len(collections), "errors": []}
    return np.asarray(Image.open(picture).convert("RGB")).astype(int)


@pytest.mark.usefixtures("qgis")
def test_zones_are_filled_where_they_are_and_stations_stand_on_them(hong_kong_app: Flask, tmp_path: Path) -> None:
    items = hong_kong_app.test_client().get("/collections/districts/items?limit=1000").data
    zones = gpd.read_file(items, engine="pyogrio").set_crs(LONLAT, allow_override=True).to_crs(3857).geometry
    with served(hong_kong_app) as root:
        colour = draw(root, tmp_path / "zones.png", fill="districts")
        with_stations = draw(root, tmp_path / "both.png", fill="districts", dots="police-stations")
    x = SOUTH_WEST[0] + (np.arange(WIDTH) + 0.5) * METRES_A_PIXEL
    y = SOUTH_WEST[1] + (HEIGHT - np.arange(HEIGHT) - 0.5) * METRES_A_PIXEL
    places = shapely.points(*(one.ravel() for one in np.meshgrid(x, y)))
    away = 3 * METRES_A_PIXEL
    well_inside = shapely.union_all(shapely.buffer(zones.to_numpy(), -away))
    outside = shapely.buffer(shapely.union_all(zones.to_numpy()), away)
    shapely.prepare([well_inside, outside])
    inside = shapely.contains(well_inside, places).reshape(HEIGHT, WIDTH)
    beyond = ~shapely.intersects(outside, places).reshape(HEIGHT, WIDTH)
    assert inside.mean() > 0.3
    assert beyond.mean() > 0.2
    blue = (abs(colour - [0x30, 0x70, 0xC0]) <= 2).all(axis=2)
    white = (colour == 255).all(axis=2)
    assert blue[inside].all(), "a seam or a gap shows within a zone"
    assert white[beyond].all()
    red = (with_stations == [255, 0, 0]).all(axis=2)
    assert 500 < red.sum() < 20_000
    assert not red[beyond].any()
