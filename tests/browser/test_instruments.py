"""Search, coordinates and measuring on the map, and the main tasks by the keyboard alone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pyproj import Geod, Transformer

from geoservice.crs import LONLAT

BOX = {"en": "Name, address or coordinates", "zh-Hant": "名稱、地址或坐標"}
PHONE = (390, 844)


def search_box(page: Any, tag: str = "en") -> Any:
    return page.get_by_role("combobox", name=BOX[tag])


def options(page: Any) -> Any:
    return page.get_by_role("listbox").get_by_role("option")


def middle(page: Any) -> tuple[float, float]:
    box = page.locator(".folium-map").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def say_nothing(page: Any) -> None:
    """Wait until the map stands still."""
    page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim, .leaflet-zoom-anim')")


@pytest.mark.parametrize(("tag", "size", "query", "kind"), [
    ("en", (1440, 900), "wan chai division", "Police stations · Wan Chai"),
    ("zh-Hant", PHONE, "灣仔分區警署", "警署 · 灣仔"),
])  # fmt: skip
def test_a_name_is_found_by_keyboard_and_marked(page: Any, city_map: Any, tag: str, query: str, kind: str) -> None:
    city_map.open()
    box = search_box(page, tag)
    box.fill(query)
    options(page).first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    active = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert active.get_attribute("aria-selected") == "true"
    assert kind in active.inner_text()
    page.keyboard.press("Enter")
    page.locator(".gs-found").wait_for()
    say_nothing(page)
    latitude, longitude, zoom = city_map.view()
    assert (latitude, longitude) == pytest.approx((22.2788, 114.1685), abs=0.01)
    assert zoom >= 16
    assert box.get_attribute("aria-expanded") == "false"
    page.reload()
    city_map.drawn()
    assert page.locator(".gs-found").count() == 1
    box = search_box(page, tag)
    box.focus()
    page.keyboard.press("Escape")
    assert page.locator(".gs-found").count() == 0
    assert "found" not in page.url


def test_a_made_up_place_stays_so_in_its_address(page: Any, city_map: Any) -> None:
    city_map.open("/map#found=22.28,114.17/illustrative,A camera, made up")
    page.locator(".gs-found").dispatch_event("click")
    assert city_map.popup.locator(".made-up").inner_text() == "illustrative"
    assert city_map.popup.get_by_role("heading").inner_text() == "A camera, made up"
    assert "found=22.28,114.17/illustrative,A%20camera,%20made%20up" in page.url


def test_enter_takes_the_first_and_escape_closes_before_it_clears(page: Any, city_map: Any) -> None:
    city_map.open()
    box = search_box(page)
    box.fill("islands")
    options(page).first.wait_for()
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "islands"
    page.keyboard.press("ArrowUp")
    assert options(page).last.get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert box.input_value() == ""
    box.fill("114.17 22.3")
    page.keyboard.press("Enter")
    page.locator(".gs-found").wait_for()
    assert box.input_value() == "22.30000, 114.17000"


def test_coordinates_say_how_they_were_read_and_bad_ones_that_they_are_elsewhere(page: Any, city_map: Any) -> None:
    city_map.open()
    box = search_box(page)
    box.fill("835000 818000")
    options(page).nth(1).wait_for()
    said = options(page).all_inner_texts()
    assert "read as easting, northing" in said[0]
    assert "read as northing, easting" in said[1]
    box.fill("51.5, -0.1")
    page.get_by_text("These coordinates do not lie in Hong Kong.").wait_for()
    box.fill("<img src=x onerror=alert(1)>")
    page.get_by_text("Nothing has this name, address or number.").wait_for()
    assert options(page).count() == 0


def test_what_the_server_refuses_is_said(page: Any, city_map: Any, watch: Any) -> None:
    city_map.open()
    watch.expect("Failed to load resource")
    page.route("**/search**", lambda route: route.abort())
    search_box(page).fill("wan chai")
    page.wait_for_function("() => document.querySelector('.gs-search-said').textContent !== ''")
    assert page.locator(".gs-search-shown").is_visible()


def test_the_place_under_the_pointer_is_told_to_a_metre_in_both_systems(page: Any, city_map: Any) -> None:
    city_map.open()
    transformer = Transformer.from_crs(LONLAT, "EPSG:2326", always_xy=True)
    x, y = middle(page)
    for dx, dy in ((-200, -100), (150, 40), (0, 0)):
        page.mouse.move(x + dx, y + dy)
        degrees, metres = page.locator(".gs-where-line span").all_inner_texts()
        lat, lon = (float(part) for part in degrees.split(", "))
        easting, northing = transformer.transform(lon, lat)
        told = [float(part) for part in metres.split(", ")]
        assert told == pytest.approx([easting, northing], abs=1.6)  # the fifth decimal of a degree is a metre


def test_coordinates_are_copied(page: Any, city_map: Any, root: str) -> None:
    city_map.open()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=root)
    page.locator(".gs-where-line").focus()
    page.keyboard.press("Enter")
    city_map.popup.wait_for()
    assert "Hong Kong 1980 Grid System" in city_map.popup.inner_text()
    page.keyboard.press("Enter")
    city_map.popup.get_by_text("Copied").wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert re.fullmatch(r"22\.\d{5}, 11[34]\.\d{5}", copied)
    page.context.clear_permissions()


def test_lengths_and_areas_are_measured_by_clicks_and_nothing_else_happens(page: Any, city_map: Any) -> None:
    city_map.open()
    page.get_by_role("button", name="Measure").click()
    x, y = middle(page)
    corners = [(x - 100, y - 60), (x + 120, y - 50), (x + 60, y + 90)]
    places = []
    for at in corners:
        page.mouse.move(*at)
        places.append([float(part) for part in page.locator(".gs-where-line span").first.inner_text().split(", ")])
        page.mouse.click(*at)
    assert page.locator(".leaflet-popup").count() == 0
    assert page.locator(".leaflet-gs-measure-pane svg").count() == 1
    lat, lon = zip(*places, strict=True)
    told = page.locator(".gs-measured").inner_text()
    assert float(re.search(r"([\d.]+)\u00a0km", told)[1]) == pytest.approx(
        Geod(ellps="WGS84").line_length(lon, lat) / 1000, rel=1e-3
    )  # type: ignore[index]
    page.get_by_label("Area", exact=True).check()
    area, _ = Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)
    told = page.locator(".gs-measured").inner_text().replace(",", "")
    assert float(re.search(r"([\d.]+)\u00a0km²", told)[1]) == pytest.approx(abs(area) / 1e6, rel=1e-3)  # type: ignore[index]
    page.get_by_role("button", name="Undo").click()
    assert page.locator(".gs-measured").inner_text() == "Nothing measured yet."
    assert page.locator(".gs-measure-corner").count() == 2
    page.get_by_role("button", name="Close the panel").locator("visible=true").click()
    assert page.locator(".gs-measure-corner").count() == 0


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_main_tasks_are_done_by_the_keyboard_alone(page: Any, city_map: Any) -> None:
    city_map.open()
    keys = page.keyboard
    city_map.tab_until(lambda one: "gs-search-input" in one["className"], 60)
    keys.type("tsuen wan")
    options(page).first.wait_for()
    keys.press("Enter")
    page.locator(".gs-found").wait_for()
    say_nothing(page)
    page.locator("body").evaluate("() => document.querySelector('.gs-rail-button').focus()")
    while city_map.focused()["title"] != "Measure":
        keys.press("ArrowDown")
    keys.press("Enter")
    city_map.tab_until(lambda one: one["title"] == "Add the middle", 12)
    keys.press("Enter")
    city_map.tab_until(lambda one: "folium-map" in one["className"], 40)
    before = city_map.view()
    for _ in range(3):
        keys.press("ArrowRight")
        page.wait_for_timeout(350)
    assert city_map.view()[1] > before[1]
    keys.press("Enter")
    assert re.fullmatch(r"Length: [\d.]+\s\w+", page.locator(".gs-measured").inner_text())
    keys.press("Backspace")
    assert page.locator(".gs-measured").inner_text() == "Nothing measured yet."
    keys.press("Escape")
    keys.press("Escape")
    assert page.locator(".gs-measured").is_hidden()


def test_light_and_dark_are_chosen_at_once_and_kept(page: Any, city_map: Any) -> None:
    page.context.clear_cookies()
    page.emulate_media(color_scheme="light")
    city_map.open()
    background = "() => getComputedStyle(document.querySelector('.folium-map')).backgroundColor"
    lowest = "() => document.querySelector('.leaflet-gs-zones-pane path').getAttribute('fill')"
    light = page.evaluate(background), page.evaluate(lowest)
    page.get_by_role("group").locator("summary[aria-label=Appearance]").click()
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(background), page.evaluate(lowest)
    assert light[0] != dark[0]
    assert light[1] != dark[1]
    page.reload()
    city_map.drawn()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert (page.evaluate(background), page.evaluate(lowest)) == dark


# ------------------------------------------------------------------ answers that come too late


def test_an_answer_to_what_was_emptied_or_left_opens_nothing(page: Any, city_map: Any) -> None:
    city_map.open()
    box = search_box(page)
    held: list[Any] = []
    page.route("**/search?**", lambda route: held.extend([route]))

    def answered_late(leave: Any) -> None:
        held.clear()
        with page.expect_request("**/search?**"):
            box.fill("islands")
        page.wait_for_timeout(50)
        leave()
        for route in held:
            route.fulfill(response=route.fetch())
        page.wait_for_timeout(150)
        assert box.get_attribute("aria-expanded") == "false"

    answered_late(lambda: box.fill(""))
    assert options(page).count() == 0
    answered_late(page.locator(".gs-rail-button").first.focus)
    box.focus()
    assert options(page).first.is_visible()


def test_a_choice_ends_what_is_still_asked(page: Any, city_map: Any) -> None:
    city_map.open()
    box = search_box(page)
    box.fill("islands")
    options(page).first.wait_for()
    held: list[Any] = []
    page.route("**/search?**", lambda route: held.extend([route]))
    with page.expect_request("**/search?**"):
        page.keyboard.type(" d")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.locator(".gs-found").wait_for()
    for route in held:
        route.fulfill(response=route.fetch())
    page.wait_for_timeout(150)
    assert box.get_attribute("aria-expanded") == "false"


# ------------------------------------------------------------------ the keyboard, and what is read aloud


def test_a_popup_opened_by_the_keyboard_is_entered_and_left_again(page: Any, city_map: Any) -> None:
    city_map.open()
    name = city_map.markers.first.get_attribute("title")
    city_map.markers.first.focus()
    page.keyboard.press("Enter")
    city_map.popup.wait_for()
    focused = "() => document.activeElement.className + ' ' + document.activeElement.ariaLabel"
    assert page.evaluate(focused) == "leaflet-popup-content What is known of this place"
    for close in ("Escape", "Enter"):
        if close == "Enter":
            page.keyboard.press("Enter")
            page.locator(".leaflet-popup-close-button").focus()
        page.keyboard.press(close)
        page.wait_for_function("() => geoservice.map.gsPopup === null")
        assert city_map.focused()["title"] == name
        page.wait_for_function("() => !document.querySelector('.leaflet-popup')")  # it fades away after it is closed


def test_a_popup_opened_by_the_pointer_leaves_the_keyboard_where_it_is(city_map: Any) -> None:
    city_map.open()
    city_map.markers.first.dispatch_event("click")
    city_map.popup.wait_for()
    assert "leaflet-popup-content" not in city_map.focused()["className"]


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_map_is_the_main_part_of_its_page(page: Any, city_map: Any) -> None:
    city_map.open()
    main = page.get_by_role("main")
    assert main.locator(".folium-map").count() == 1
    box = main.bounding_box()
    assert box["x"] == 0
    assert box["width"] == page.viewport_size["width"]


# ------------------------------------------------------------------ the address


def test_what_is_measured_comes_back_from_the_address(page: Any, city_map: Any) -> None:
    city_map.open()
    page.get_by_role("button", name="Measure").click()
    page.get_by_label("Area", exact=True).check()
    x, y = middle(page)
    for dx, dy in ((-90, -50), (110, -40), (50, 80)):
        page.mouse.click(x + dx, y + dy)
    told = page.locator(".gs-measured").inner_text()
    page.wait_for_function("() => location.hash.includes('measure=area/')")
    page.reload()
    city_map.drawn()
    assert page.locator(".gs-measured").inner_text() == told
    assert page.get_by_label("Area", exact=True).is_checked()
    assert page.locator(".gs-measure-corner").count() == 3
    page.get_by_role("button", name="Close the panel").locator("visible=true").click()
    assert "measure=" not in page.url


@pytest.mark.parametrize(
    ("fragment", "corners"), [("", 2), ("panel=layers&", 0), ("panel=none&", 0), ("panel=measure&", 2)]
)
def test_what_is_measured_opens_no_panel_in_place_of_another(
    page: Any, city_map: Any, fragment: str, corners: int
) -> None:
    city_map.open(f"/map#{fragment}measure=length/22.3,114.1/22.3,114.2")
    assert page.locator("#gs-panel-measure").is_visible() is (corners > 0)
    assert page.locator(".gs-measure-corner").count() == corners
