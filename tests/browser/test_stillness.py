"""Who prefers reduced motion has maps that stand still: no zoom, fade or pan is drawn out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

FLIGHT_MS = 900
WATCH_MOTION = """() => {
    const map = geoservice.map;
    window.moving = { pans: 0, zooms: 0 };
    map.on("move", () => { window.moving.pans += 1; });
    map.on("zoomanim", () => { window.moving.zooms += 1; });
}"""


@pytest.fixture(params=["reduce", "no-preference"])
def motion(request: pytest.FixtureRequest, page: Any) -> Iterator[str]:
    page.emulate_media(reduced_motion=request.param)
    yield request.param
    page.emulate_media(reduced_motion="no-preference")


def test_the_map_moves_only_for_who_does_not_mind(page: Any, city_map: Any, motion: str) -> None:
    still = motion == "reduce"
    city_map.open("/map#view=22.35,114.15,12&panel=none")
    fades = page.locator(".folium-map").evaluate("(one) => one.classList.contains('leaflet-fade-anim')")
    assert fades is not still
    page.evaluate(WATCH_MOTION)
    page.locator(".folium-map").focus()
    longitude = city_map.view()[1]
    page.keyboard.press("ArrowRight")
    if still:
        assert city_map.view()[1] > longitude
        assert not page.locator(".leaflet-pan-anim").count()
    page.wait_for_function("(before) => geoservice.map.getCenter().lng > before", arg=longitude)
    city_map.drawn()
    assert (page.evaluate("() => window.moving.pans") == 1) is still
    page.locator(".leaflet-control-zoom-in").click()
    page.wait_for_function("() => geoservice.map.getZoom() > 12 && !document.querySelector('.leaflet-zoom-anim')")
    assert (page.evaluate("() => window.moving.zooms") == 0) is still


def test_a_gap_is_shown_at_once_to_who_would_rather_not_fly(page: Any, city_map: Any, motion: str) -> None:
    city_map.open("/map#panel=gaps")
    page.locator(".gs-gap").first.wait_for()
    page.evaluate(WATCH_MOTION)
    page.locator(".gs-gap").first.click()
    page.wait_for_function("() => window.moving.pans > 0")
    page.wait_for_timeout(FLIGHT_MS)
    assert (page.evaluate("() => window.moving.pans") == 1) is (motion == "reduce")
