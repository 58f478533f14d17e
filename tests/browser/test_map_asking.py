"""Asking on the map: a place, an area, the zones beside it, the largest gaps; with the mouse and with the keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHINESE = "zh-Hant"
PHONE = (390, 844)
WORDS = {
    "en": {
        "ask": "Ask", "area": "Own area", "zones": "Zones", "gaps": "Gaps", "middle": "Ask at the middle of the map",
        "covered": "Covered by 2", "not": "Not covered", "draw": "Draw an area", "finish": "Finish",
        "undo": "Undo the last corner", "what": "What is this: Covered", "outside": "Outside the study area",
        "crossing": "crosses itself", "figures": "Figures of the area", "find": "Find a zone",
        "measure": "Show the figures",
        "unmove": "Undo the last move",
        "type": "Type or paste corners", "remove": "Remove", "bad": "cannot be read|not JSON", "by": "Covered",
    },
    CHINESE: {
        "ask": "查詢", "area": "自訂範圍", "zones": "分區", "gaps": "空隙", "middle": "查詢地圖中央",
        "covered": "由 2 處覆蓋", "not": "未有覆蓋", "draw": "繪畫範圍", "finish": "完成",
        "undo": "撤回上一角", "what": "這是甚麼：已覆蓋", "outside": "研究範圍以外",
        "crossing": "自我相交", "figures": "範圍數字", "find": "尋找分區", "measure": "顯示數字",
        "unmove": "撤回上一次移動",
        "type": "輸入或貼上角點", "remove": "移除", "bad": "無法讀取|不是 UTF-8", "by": "已覆蓋",
    },
}  # fmt: skip
TSIM_SHA_TSUI = (22.3, 114.17)
BOTH = pytest.mark.parametrize("tag", ["en", CHINESE])
SIZES = pytest.mark.parametrize("size", [(1440, 900), PHONE], ids=["desktop", "phone"])


class Asking:
    """The map as someone handles it who asks."""

    def __init__(self, city_map: Any, tag: str) -> None:
        self.map, self.page, self.words = city_map, city_map.page, WORDS[tag]

    def open(self, where: str = "#panel=none") -> None:
        self.map.open(f"/map{where}")

    def panel(self, name: str) -> None:
        rail = self.page.get_by_role("toolbar")
        rail.get_by_role("button", name=self.words[name], exact=True).click()

    def look_at(self, lat: float, lon: float, zoom: int = 14) -> None:
        self.page.evaluate(
            "([lat, lon, zoom]) => geoservice.map.setView([lat, lon], zoom, {animate: false}) && null", [lat, lon, zoom]
        )

    def point(self, lat: float, lon: float) -> tuple[float, float]:
        """Where on the page a place is."""
        found = self.page.evaluate(
            """([lat, lon]) => {
                const box = geoservice.map.getContainer().getBoundingClientRect();
                const at = geoservice.map.latLngToContainerPoint([lat, lon]);
                return [box.left + at.x, box.top + at.y];
            }""",
            [lat, lon],
        )
        return (found[0], found[1])

    def click(self, lat: float, lon: float) -> None:
        self.page.mouse.click(*self.point(lat, lon))

    @property
    def card(self) -> Any:
        return self.page.locator(".gs-answer")

    def said(self) -> str:
        return str(self.page.locator(".gs-said").inner_text())


@pytest.fixture
def asking(city_map: Any, tag: str) -> Iterator[Asking]:
    city_map.page.emulate_media(reduced_motion="reduce")
    yield Asking(city_map, tag)
    city_map.page.emulate_media(reduced_motion="no-preference")


# ------------------------------------------------------------------ a place


@BOTH
@SIZES
def test_a_click_tells_what_covers_a_place_and_draws_where_from(asking: Asking, root: str) -> None:
    asking.open()
    asking.panel("ask")
    asking.look_at(*TSIM_SHA_TSUI)
    asking.click(*TSIM_SHA_TSUI)
    asking.card.wait_for()
    assert asking.words["covered"] in asking.card.inner_text()
    lat, lon = re.findall(r"-?[\d.]+", asking.card.locator(".gs-coordinates").inner_text())
    told = asking.page.request.get(f"{root}/place?question=stations&lat={lat}&lon={lon}").json()
    assert asking.card.locator(".gs-seen").first.locator("li").count() == told["depth"] == 2
    assert asking.page.locator("path.gs-ray").count() == 2
    for one in told["covered_by"]:
        name = one["name_zh"] if asking.words is WORDS[CHINESE] else one["name_en"]
        assert asking.card.get_by_text(name).first.is_visible()
    asking.page.get_by_role("button", name=re.compile("Close the panel|關閉面板")).locator("visible=true").click()
    assert asking.page.locator("path.gs-ray, path.gs-here").count() == 0


def test_a_click_on_bare_ground_asks_and_one_on_a_zone_does_not(asking: Asking) -> None:
    asking.open()
    asking.look_at(22.2, 114.0, 13)
    asking.click(22.2, 114.0)
    asking.card.wait_for()
    assert asking.words["outside"] in asking.card.inner_text()
    asking.open()
    asking.look_at(22.4, 114.2, 13)
    asking.click(22.4, 114.2)
    asking.map.popup.wait_for()
    asking.page.wait_for_timeout(400)
    assert asking.card.count() == 0


@BOTH
def test_the_keyboard_asks_at_the_crosshair(asking: Asking) -> None:
    asking.open()
    asking.look_at(*TSIM_SHA_TSUI)
    asking.page.get_by_role("toolbar").get_by_role("button", name=asking.words["ask"], exact=True).focus()
    asking.page.keyboard.press("Enter")
    asking.map.tab_until(lambda one: "leaflet-container" in one["className"], 12)
    assert asking.page.locator(".gs-crosshair").is_visible()
    before = asking.map.view()
    asking.page.keyboard.press("ArrowRight")
    asking.page.wait_for_function("lon => geoservice.map.getCenter().lng > lon", arg=before[1])
    asking.page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim')")
    asking.page.keyboard.press("Enter")
    asking.card.wait_for()
    lat, lon = asking.map.view()[:2]
    assert asking.card.locator(".gs-coordinates").inner_text() == f"{lat:.5f}, {lon:.5f}"


def test_the_address_asks_again(asking: Asking) -> None:
    asking.open("#ask=22.4,114.2")
    asking.card.wait_for()
    assert asking.words["not"] in asking.card.inner_text()
    assert "ask=22.4,114.2" in asking.page.url


def test_a_place_that_is_left_while_it_is_asked_leaves_nothing_on_the_map(asking: Asking) -> None:
    held: list[Any] = []

    def keep(route: Any) -> None:
        held.append(route)

    asking.page.route("**/place?*", keep)
    asking.open("#ask=22.3,114.17&panel=ask")
    asking.page.wait_for_function("() => document.querySelector('.gs-answer-hold[aria-busy]')")
    asking.page.get_by_role("button", name="Close the panel").locator("visible=true").click()
    asking.page.wait_for_function("() => !document.querySelector('.gs-answer-hold[aria-busy]')")
    for route in held:
        route.fulfill(json={"covered_by": [], "zone": None})
    asking.page.wait_for_timeout(100)
    asking.look_at(*TSIM_SHA_TSUI, 12)
    assert asking.map.view()[2] == 12
    assert asking.page.locator("path.gs-here").count() == 0


def test_enter_while_asking_asks_and_opens_nothing_that_lies_there(asking: Asking, root: str) -> None:
    asking.open("#panel=none&layers=%2Blayer_smartview_plan_2024")
    place = asking.page.request.get(f"{root}/collections/smartview-plan-2024/items?limit=1").json()["features"][0]
    lon, lat = place["geometry"]["coordinates"]
    asking.map.go(lat, lon, 18)
    asking.panel("ask")
    asking.map.drawn()
    asking.page.locator(".folium-map").focus()
    asking.page.keyboard.press("Enter")
    asking.card.wait_for()
    assert asking.page.locator(".leaflet-popup").count() == 0


# ------------------------------------------------------------------ an area


CORNERS = [(22.29, 114.16), (22.31, 114.16), (22.31, 114.18), (22.29, 114.18)]


def start_drawing(asking: Asking) -> None:
    asking.open()
    asking.panel("area")
    asking.look_at(*TSIM_SHA_TSUI, 11)
    asking.page.get_by_role("button", name=asking.words["draw"], exact=True).click()


@BOTH
@SIZES
def test_an_area_is_drawn_and_measured_and_can_be_taken_away(asking: Asking, root: str) -> None:
    start_drawing(asking)
    for corner in CORNERS:
        asking.click(*corner)
    assert asking.page.locator("path.gs-draw-dot").count() == 4
    asking.click(*CORNERS[0])
    asking.card.wait_for()
    key = re.search(r"area=([0-9a-f]{32})", asking.page.url)
    assert key is not None
    told = asking.page.request.get(f"{root}/areas/{key[1]}").json()
    assert 2e6 < told["figures"]["area_m2"] < 5e6
    assert f"{told['figures']['area_m2'] / 1e6:.2f}".rstrip("0") in asking.card.inner_text()
    for link in asking.card.locator(".gs-downloads a").all():
        assert asking.page.request.get(root + (link.get_attribute("href") or "")).status == 200
    asking.map.open(f"/map#area={key[1]}")
    asking.card.wait_for()
    asking.page.get_by_role("button", name=asking.words["remove"], exact=True).click()
    assert asking.card.count() == 0
    assert "area=" not in asking.page.url


@BOTH
def test_corners_are_taken_back_and_drawing_is_left(asking: Asking) -> None:
    start_drawing(asking)
    for corner in (CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3]):
        asking.click(*corner)
    assert asking.words["crossing"] in asking.said()
    asking.page.get_by_role("button", name=asking.words["finish"], exact=True).click()
    assert asking.words["crossing"] in asking.said()
    assert asking.card.count() == 0
    asking.page.get_by_role("button", name=asking.words["undo"], exact=True).click()
    assert asking.page.locator("path.gs-draw-dot").count() == 3
    asking.page.keyboard.press("Escape")
    assert asking.page.locator("path.gs-draw-dot").count() == 0
    assert asking.map.focused()["text"] == asking.words["draw"]


def test_escape_closes_a_popup_before_it_leaves_the_drawing(asking: Asking) -> None:
    start_drawing(asking)
    for corner in CORNERS[:3]:
        asking.click(*corner)
    asking.page.evaluate("() => geoservice.map.openPopup('here', geoservice.map.getCenter()) && null")
    asking.page.locator(".folium-map").focus()
    asking.page.keyboard.press("Escape")
    assert asking.page.evaluate("() => geoservice.map.gsPopup") is None
    assert asking.page.locator("path.gs-draw-dot").count() == 3
    asking.page.keyboard.press("Escape")
    assert asking.page.locator("path.gs-draw-dot").count() == 0


def test_an_area_in_the_address_leaves_the_panel_to_who_is_named_there(asking: Asking) -> None:
    start_drawing(asking)
    for corner in [*CORNERS, CORNERS[0]]:
        asking.click(*corner)
    asking.card.wait_for()
    key = re.search(r"area=[0-9a-f]{32}", asking.page.url)
    assert key is not None
    asking.map.page.goto("about:blank")
    asking.map.open(f"/map#panel=zones&{key[0]}")
    asking.page.locator("path.gs-draw-area").wait_for(state="attached")
    assert asking.page.locator("#gs-panel-zones").is_visible()
    assert asking.page.locator("#gs-panel-area").is_hidden()


def test_the_keyboard_is_never_lost_where_its_button_goes(asking: Asking) -> None:
    def press(name: str) -> str:
        button = asking.page.get_by_role("button", name=asking.words[name], exact=True)
        button.focus()
        asking.page.keyboard.press("Enter")
        return str(asking.map.focused()["text"])

    start_drawing(asking)
    asking.click(*CORNERS[0])
    assert press("undo") == "Cancel"
    for corner in CORNERS:
        asking.click(*corner)
    press("finish")
    asking.card.wait_for()
    assert asking.map.focused()["text"] == asking.words["figures"]
    assert press("remove") == asking.words["draw"]


def test_an_area_is_drawn_with_the_keyboard_alone(asking: Asking) -> None:
    asking.open()
    asking.look_at(*TSIM_SHA_TSUI)
    asking.page.get_by_role("toolbar").get_by_role("button", name=asking.words["area"], exact=True).focus()
    for key in ("Enter", "Tab", "Tab", "Enter"):
        asking.page.keyboard.press(key)
    assert "leaflet-container" in asking.map.focused()["className"]
    for move in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft"):
        asking.page.keyboard.press("Enter")
        before = asking.map.view()[:2]
        asking.page.keyboard.press(move)
        asking.page.wait_for_function(
            "at => { const c = geoservice.map.getCenter(); return c.lat !== at[0] || c.lng !== at[1]; }", arg=before
        )
        asking.map.drawn()
    assert asking.page.locator("path.gs-draw-dot").count() == 4
    asking.page.keyboard.press("Backspace")
    assert asking.page.locator("path.gs-draw-dot").count() == 3
    asking.page.keyboard.press("Space")
    asking.card.wait_for()


def area_key(asking: Asking) -> str:
    found = re.search(r"area=([0-9a-f]{32})", asking.page.url)
    return found[1] if found else ""


def other_area(asking: Asking, known: str) -> str:
    """Wait until the address names another area than one that is known."""
    asking.page.wait_for_function(
        "(known) => !location.hash.includes(known) && /area=[0-9a-f]{32}/.test(location.hash)", arg=known
    )
    return area_key(asking)


def drag(asking: Asking, corner: tuple[float, float], right: int, down: int) -> None:
    x, y = asking.point(*corner)
    asking.page.mouse.move(x, y)
    asking.page.mouse.down()
    asking.page.mouse.move(x + right / 2, y + down / 2)
    asking.page.mouse.move(x + right, y + down)
    asking.page.mouse.up()


@BOTH
def test_corners_of_a_finished_area_are_moved_by_pointer_and_keyboard_and_taken_back(asking: Asking, root: str) -> None:
    def area_m2() -> float:
        return float(asking.page.request.get(f"{root}/areas/{area_key(asking)}").json()["figures"]["area_m2"])

    start_drawing(asking)
    asking.look_at(*TSIM_SHA_TSUI, 13)
    for corner in [*CORNERS, CORNERS[0]]:
        asking.click(*corner)
    asking.card.wait_for()
    first, told, size = area_key(asking), asking.card.inner_text(), area_m2()
    undo = asking.page.get_by_role("button", name=asking.words["unmove"], exact=True)
    assert asking.page.locator(".gs-corner").count() == 4
    assert undo.is_hidden()
    drag(asking, CORNERS[2], 60, -60)
    second = other_area(asking, first)
    assert area_m2() > size
    assert asking.card.inner_text() != told
    grip = asking.page.locator(".gs-corner").first
    grip.focus()
    asking.page.keyboard.press("Shift+ArrowLeft")
    asking.page.keyboard.press("ArrowUp")
    other_area(asking, second)
    assert "gs-corner" in asking.map.focused()["className"]
    undo.click()
    asking.page.wait_for_url(re.compile(second))
    undo.click()
    asking.page.wait_for_url(re.compile(first))
    assert undo.is_hidden()
    assert area_m2() == size
    drag(asking, CORNERS[0], 0, -400)
    asking.page.locator(".gs-said.gs-wrong").wait_for()
    assert area_key(asking) == first
    asking.panel("area")
    assert asking.page.locator(".gs-corner").count() == 0
    assert asking.page.locator("path.gs-draw-area").count() == 1


@BOTH
def test_an_area_is_typed_or_uploaded_and_a_wrong_one_is_refused_in_words(
    asking: Asking, watch: Any, tmp_path: Path
) -> None:
    watch.expect("400 (BAD REQUEST)")
    asking.open()
    asking.panel("area")
    asking.page.get_by_text(asking.words["type"]).click()
    asking.page.locator("textarea").fill("114.16 22.29\n114.18 22.29\n114.18 22.31")
    asking.page.get_by_role("button", name=asking.words["measure"], exact=True).click()
    asking.card.wait_for()
    ring = [[lon, lat] for lat, lon in [*CORNERS, CORNERS[0]]]
    (tmp_path / "area.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}), encoding="utf-8")
    (tmp_path / "bad.geojson").write_text("this is no area", encoding="utf-8")
    first = asking.card.inner_text()
    asking.page.locator("input[type=file]").set_input_files(tmp_path / "area.geojson")
    asking.page.wait_for_function("text => document.querySelector('.gs-answer').innerText !== text", arg=first)
    asking.page.locator("input[type=file]").set_input_files(tmp_path / "bad.geojson")
    asking.page.locator(".gs-said.gs-wrong").wait_for()
    assert re.search(asking.words["bad"], asking.said())


# ------------------------------------------------------------------ the zones and the gaps


@BOTH
@SIZES
def test_the_table_of_zones_and_the_map_lead_to_each_other(asking: Asking, root: str) -> None:
    asking.open()
    asking.panel("zones")
    rows = asking.page.locator(".gs-table tbody tr")
    rows.first.wait_for()
    zones = asking.page.request.get(f"{root}/collections/stations-zones/items?limit=100&skipGeometry=true").json()
    assert rows.count() == zones["numberMatched"]
    by = asking.page.locator(".gs-table .gs-sort", has_text=re.compile(rf"^{asking.words['by']}$"))
    by.click()
    least = min(zones["features"], key=lambda one: one["properties"]["covered_share"])
    assert rows.first.get_attribute("data-zone") == least["id"]
    asking.page.get_by_role("button", name=asking.words["what"], exact=True).click()
    assert len(asking.page.locator(".gs-note").inner_text()) > 20
    rows.first.get_by_role("button").click()
    asking.page.locator("path.gs-spot").wait_for()
    assert rows.first.get_attribute("aria-current") == "true"
    bounds = asking.page.request.get(f"{root}/collections/stations-zones/items/{least['id']}").json()
    lons = [
        x
        for part in bounds["geometry"]["coordinates"]
        for ring in part
        for x, *_ in (ring if isinstance(ring[0], list) else [ring])
    ]
    assert min(lons) <= asking.map.view()[1] <= max(lons)
    name = "name_zh" if asking.words is WORDS[CHINESE] else "name_en"
    asking.page.get_by_label(asking.words["find"]).fill(least["properties"][name][:3])
    asking.page.wait_for_function("all => document.querySelectorAll('.gs-table tbody tr').length < all", arg=18)
    assert "zones=" in asking.page.url


def test_a_click_on_a_zone_marks_its_row(asking: Asking) -> None:
    asking.open("#panel=zones&view=22.4,114.2,12")
    asking.page.locator(".gs-table tbody tr").first.wait_for()
    asking.click(22.4, 114.2)
    marked = asking.page.locator(".gs-table tr[aria-current]")
    marked.wait_for()
    assert marked.locator("th").inner_text() == "Sha Tin"
    asking.page.locator(".gs-table tbody tr", has_text="Tai Po").hover()
    asking.page.locator("path.gs-spot").wait_for()


def test_a_zone_that_cannot_be_pointed_out_is_told_until_another_is(asking: Asking, watch: Any) -> None:
    watch.expect("Failed to load resource")
    asking.open("#panel=zones&view=22.4,114.2,12")
    rows = asking.page.locator(".gs-table tbody tr")
    rows.first.wait_for()
    first = rows.first.get_attribute("data-zone")
    asking.page.route(f"**/stations-zones/items/{first}?**", lambda route: route.abort())
    rows.first.hover()
    failed = asking.map.status.filter(has_text="the server gave no answer")
    failed.wait_for()
    rows.nth(1).hover()
    failed.wait_for(state="hidden")


def test_an_answer_marks_the_row_of_its_zone_and_outlines_nothing(asking: Asking) -> None:
    asking.open("#panel=zones")
    asking.page.locator(".gs-table tbody tr").first.wait_for()
    asking.panel("ask")
    asking.look_at(22.4, 114.2, 12)
    asking.page.get_by_role("button", name=asking.words["middle"]).click()
    asking.card.wait_for()
    assert asking.page.locator(".gs-table tr[aria-current] th").text_content() == "Sha Tin"
    assert asking.page.locator("path.gs-spot").count() == 0


def test_the_question_is_chosen_above_the_table(asking: Asking) -> None:
    asking.open("#panel=zones")
    form = asking.page.locator(".gs-zones form.ask")
    form.locator("select[name=case]").select_option("high")
    form.get_by_role("button").click()
    asking.map.drawn()
    assert "case=high" in asking.page.url
    asking.page.locator(".gs-table tbody tr").first.wait_for()


@BOTH
@SIZES
def test_the_largest_gaps_are_a_list_that_leads_to_each(asking: Asking, root: str) -> None:
    asking.open()
    asking.panel("gaps")
    gaps = asking.page.locator(".gs-gap")
    gaps.first.wait_for()
    assert 5 < gaps.count() <= 25
    largest = asking.page.request.get(f"{root}/collections/stations-gaps/items?limit=1&sortby=rank").json()["features"][
        0
    ]
    gaps.first.click()
    asking.page.locator("path.gs-gap-circle").wait_for()
    drawn = asking.page.locator("path.gs-gap-circle").bounding_box()
    shown = asking.page.locator(".folium-map").bounding_box()
    for start, length in (("x", "width"), ("y", "height")):
        assert shown[start] < drawn[start]
        assert drawn[start] + drawn[length] < shown[start] + shown[length]
    assert max(drawn["width"] / shown["width"], drawn["height"] / shown["height"]) > 0.3, "the gap is hardly seen"
    place = asking.point(largest["properties"]["circle_lat"], largest["properties"]["circle_lon"])
    middle = (drawn["x"] + drawn["width"] / 2, drawn["y"] + drawn["height"] / 2)
    assert middle == pytest.approx(place, abs=2), "another gap is pointed out"
    lat = asking.map.view()[0]
    gaps.nth(1).click()
    asking.page.wait_for_function("lat => Math.abs(geoservice.map.getCenter().lat - lat) > 1e-4", arg=lat)
    assert asking.page.locator(".gs-gap[aria-current]").count() == 1
