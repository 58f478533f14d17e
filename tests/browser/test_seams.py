"""No seam shows where tiles meet, at any ratio of device pixels and between whole zooms too."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from city import at, write_city
from PIL import Image
from pyproj import Transformer

from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import DRAWN, served

MANY = 450
ZOOMS = (18.5, 17, 16.5, 16, 15.5)
LEAST_TILES = 5
UNSEEN, WHITE = 2, 250
"""Of 255 levels of a colour: a difference that nobody sees, and what is as good as white."""
ALONE = """() => {
    const pane = document.querySelector(".leaflet-gs-coverage-pane");
    for (const one of document.querySelectorAll(".leaflet-pane, .leaflet-control-container, .gs-rail")) {
        one.style.visibility = pane.contains(one) || one.contains(pane) ? "visible" : "hidden";
    }
    for (const one of pane.querySelectorAll("*")) one.style.visibility = "visible";
}"""
BORDERS = """() => [...document.querySelectorAll(".leaflet-gs-coverage-pane canvas")].map((one) => {
    const box = one.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom];
})"""
NUDGE = """() => {
    const tiles = [...document.querySelectorAll(".leaflet-gs-coverage-pane canvas")];
    const [x, y] = [innerWidth * 0.7, innerHeight / 2];
    const middle = tiles.find((one) => {
        const box = one.getBoundingClientRect();
        return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
    });
    middle.style.marginLeft = "3px";
}"""


@pytest.fixture(scope="module")
def covered_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A city whose western bank is covered all over by so many posts that tiles show it."""
    posts = [(f"p{n}", f"Post {n}", 900 + n % 20, 900 + n // 20, "Ward South West") for n in range(MANY)]
    folder = write_city(tmp_path_factory.mktemp("covered") / "city", posts)
    region = folder / "region.toml"
    text = region.read_text(encoding="utf-8")
    far = text.replace("low = 300, mid = 600, high = 900", "low = 8000, mid = 8000, high = 8000")
    assert far != text
    region.write_text(far, encoding="utf-8")
    with served(create_app(Settings.from_env({}, layers=folder))) as address:
        yield address


def odd_pixels(page: Any, size: tuple[int, int]) -> int:
    """Count the pixels beside the panel that differ visibly from the colour that most have."""
    width, height = size
    clip = {"x": width / 2, "y": height / 4, "width": width * 0.45, "height": height / 2}
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")).astype(np.int64)
    colours, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    most = colours[counts.argmax()]
    assert most.min() < WHITE, "something is drawn"
    return int((np.abs(picture - most).max(axis=2) > UNSEEN).sum())


@pytest.mark.parametrize(
    "ratio", [pytest.param(1, marks=pytest.mark.soak), 1.25, pytest.param(1.5, marks=pytest.mark.soak), 2]
)
def test_no_pixel_is_odd_where_tiles_meet(chrome: Any, covered_address: str, ratio: float) -> None:
    size = (1100, 800)
    context = chrome.new_context(device_scale_factor=ratio, viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(f"{covered_address}/map")
    page.wait_for_function(DRAWN)
    to_lonlat = Transformer.from_crs("EPSG:32118", "EPSG:4326", always_xy=True)
    lon, lat = to_lonlat.transform(at(1000, 3000).x, at(1000, 3000).y)
    tiles = 0
    for zoom in ZOOMS:
        page.evaluate("([y, x, z]) => { geoservice.map.setView([y, x], z, { animate: false }); }", [lat, lon, zoom])
        page.wait_for_function(DRAWN)
        page.evaluate(ALONE)
        tiles += len(page.evaluate(BORDERS))
        assert odd_pixels(page, size) == 0, zoom
    assert tiles >= LEAST_TILES * len(ZOOMS)
    page.evaluate(NUDGE)
    assert odd_pixels(page, size) > 0, "a tile that is out of its place is seen"
    context.close()
