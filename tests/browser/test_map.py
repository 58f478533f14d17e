from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

PHONE = (390, 844)
CHINESE = "zh-Hant"
SOON_MS = 10_000
ABERDEEN = "#view=22.24824,114.16133,14"
HEADQUARTERS = "#view=22.27830,114.17450,17"
OFFICES = [
    "Arms Licensing Section",
    "Certificate of No Criminal Conviction Office",
    "Criminal Conviction Data Office",
    "Police Licensing Office",
    "Public Order Events Support Section",
    "Security Personnel Permit Section - New Application",
    "Sexual Conviction Record Check Office",
    "Societies Office",
]
OVERLAPPING = """() => {
    const boxes = [...document.querySelectorAll(".zone-label span")].filter((one) => one.checkVisibility())
        .map((one) => [one.textContent, one.getBoundingClientRect()]);
    return boxes.flatMap(([name, a], i) => boxes.slice(i + 1)
        .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map(([other]) => name + " / " + other));
}"""


def reply(page: Any, address: str) -> Any:
    """What the service answers to a tool."""
    return page.request.get(address, headers={"Accept": "application/geo+json"}).json()


def percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"


def square_km(area_m2: float) -> str:
    return f"{area_m2 / 1e6:,.2f}".rstrip("0").rstrip(".") + "\N{NO-BREAK SPACE}km²"


def km(length_m: float) -> str:
    return f"{length_m / 1e3:,.1f}".removesuffix(".0") + "\N{NO-BREAK SPACE}km"


# ------------------------------------------------------------------ layers


def test_facilities_switch_on_and_off(city_map: Any) -> None:
    city_map.open()
    shown = city_map.markers.count()
    assert city_map.marker("Marine North Division").count() == 0
    city_map.layer("Marine police bases").check()
    assert city_map.markers.count() == shown + 5
    city_map.layer("Marine police bases").uncheck()
    city_map.layer("Police stations").uncheck()
    assert city_map.markers.count() == shown - 42
    assert city_map.marker("Aberdeen Division").count() == 0
    city_map.layer("Police stations").check()
    assert city_map.marker("Aberdeen Division").count() == 1


def test_zones_and_coverage_switch_on_and_off(city_map: Any) -> None:
    city_map.open()
    for kind, title in (("zones", "District: covered share"), ("coverage", "Coverage")):
        drawn = city_map.shapes(kind).count()
        assert drawn >= 18
        city_map.layer(title).uncheck()
        assert city_map.shapes(kind).count() == 0
        city_map.layer(title).check()
        assert city_map.shapes(kind).count() == drawn


def test_the_gaps_are_asked_for_when_shown_and_all_pieces_come(city_map: Any, watch: Any) -> None:
    city_map.open()
    assert not any("-gaps/" in address for address in watch.addresses)
    city_map.layer("Gaps").check()
    city_map.drawn()
    pieces = reply(city_map.page, f"{city_map.root}/collections/stations-gaps/items?limit=1")["numberMatched"]
    assert city_map.shapes("gaps").count() == pieces
    city_map.layer("Gaps").uncheck()
    assert city_map.shapes("gaps").count() == 0


def test_the_legend_follows_what_is_on(city_map: Any) -> None:
    city_map.open()
    titles = city_map.legend.get_by_role("heading")
    assert city_map.legend.get_by_text("Reach: 1,000 m, an assumption").is_visible()
    assert titles.all_inner_texts() == [
        "District: covered share of the area",
        "Covered: Within reach of a police station",
        "Counted in this question",
        "Only shown, not counted in this question",
    ]
    city_map.layer("Coverage").uncheck()
    city_map.layer("Gaps").check()
    assert titles.all_inner_texts() == [
        "District: covered share of the area",
        "Gaps: radius of the largest empty circle",
        "Counted in this question",
        "Only shown, not counted in this question",
    ]
    facilities = city_map.page.get_by_role("checkbox", name="All of: Facilities")
    facilities.check()
    facilities.uncheck()
    city_map.layer("District: covered share").uncheck()
    city_map.layer("Gaps").uncheck()
    assert titles.count() == 0


TELLING = {
    "en": (
        ("Police stations", "Traffic snapshot cameras"),
        ("Counted in this question", "Only shown, not counted in this question"),
        ("counted", "only shown"),
    ),
    "zh-Hant": (("警署", "交通快拍鏡頭"), ("計入此問題", "只作顯示，不計入此問題"), ("計算在內", "只作顯示")),
}


@pytest.mark.parametrize("tag", TELLING)
def test_the_tree_and_the_legend_tell_what_counts_from_what_is_only_shown(city_map: Any, tag: str) -> None:
    title, (counted, shown), some = TELLING[tag]
    city_map.open("/map?question=stations#panel=layers&layers=%2Blayer_traffic_cameras")
    sections = city_map.legend.locator("section")
    counts, only = (sections.filter(has_text=re.compile(f"^{one}")) for one in (counted, shown))
    assert title[0] in counts.inner_text()
    assert title[1] not in counts.inner_text()
    assert title[1] in only.inner_text()
    rows = city_map.page.locator(".gs-tree-row")
    for name, word in zip(title, some, strict=True):
        assert rows.filter(has_text=name).first.locator(".gs-counted").inner_text() == word
    city_map.open("/map?question=cameras#panel=layers&layers=%2Blayer_police_stations")
    assert rows.filter(has_text=title[1]).first.locator(".gs-counted").inner_text() == some[0]
    assert rows.filter(has_text=title[0]).first.locator(".gs-counted").inner_text() == some[1]


def test_who_opens_a_link_sees_what_its_sender_saw(city_map: Any) -> None:
    city_map.open("/map?question=stations")
    city_map.page.evaluate("() => geoservice.map.panBy([80, 0], { animate: false })")
    city_map.page.wait_for_url(re.compile("layers=default"))
    link = city_map.page.url.removeprefix(city_map.root)
    older = link.replace("&layers=default", "")
    city_map.layer("Gaps").check()
    city_map.layer("Coverage").uncheck()
    for address in (link, older, link.replace("layers=default", "layers=zones,layer_traffic_cameras")):
        city_map.page.goto("about:blank")
        city_map.open(address)
        assert not city_map.layer("Gaps").is_checked()
        assert city_map.layer("Coverage").is_checked()
        assert city_map.layer("Police stations").is_checked()
    city_map.page.goto("about:blank")
    city_map.open("/map?question=stations")
    assert city_map.layer("Gaps").is_checked()
    assert not city_map.layer("Coverage").is_checked()


@pytest.mark.parametrize("tag", ["en", "zh-Hant"])
def test_a_plan_that_is_not_made_yet_says_why_in_the_tree_and_above_the_map(city_map: Any, tag: str) -> None:
    why = "It has not been made yet. Run:" if tag == "en" else "此圖層尚未產生。請執行："
    city_map.open("/map#panel=layers")
    command = "geoservice plan illustrate --stage 2028"
    told = city_map.page.locator(".gs-tree-missing").filter(has_text=command)
    assert why in told.inner_text()
    box = told.get_by_role("checkbox")
    assert box.is_disabled()
    assert command in city_map.page.locator("#" + box.get_attribute("aria-describedby")).inner_text()
    city_map.page.locator(".map-bar details.not-drawn summary").first.click()
    assert command in city_map.page.locator(".map-bar details.not-drawn").first.inner_text()


def test_a_large_layer_is_numbers_far_out_and_places_near_that_the_keyboard_opens(city_map: Any) -> None:
    city_map.open()
    page = city_map.page
    city_map.layer("SmartView cameras, an illustrative plan: 2024").check()
    city_map.drawn()
    places = reply(page, f"{city_map.root}/collections/smartview-plan-2024/items?limit=1")
    far = city_map.places_in_view()
    assert far["count"] == places["numberMatched"]
    assert far["marks"] < far["count"] / 10
    lon, lat = places["features"][0]["geometry"]["coordinates"]
    city_map.go(lat, lon, 13)
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => geoservice.map.getZoom() === 15 && !geoservice.map._animatingZoom")
    city_map.drawn()
    near = city_map.places_in_view()
    assert near["count"] == near["marks"] > 0
    city_map.go(lat, lon, 18)
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    city_map.popup.get_by_text("illustrative", exact=True).first.wait_for(timeout=SOON_MS)
    assert places["features"][0]["id"] in city_map.popup.inner_text()
    page.keyboard.press("Escape")
    city_map.popup.wait_for(state="detached", timeout=SOON_MS)
    assert "leaflet-container" in city_map.focused()["className"], "the keyboard has lost its place"


def test_a_place_from_tiles_opens_by_a_click_and_is_told_by_the_pointer(city_map: Any) -> None:
    city_map.open("/map?question=cameras-plan-2024")
    places = reply(city_map.page, f"{city_map.root}/collections/smartview-plan-2024/items?limit=400")["features"]
    for place in places[::133]:
        lon, lat = place["geometry"]["coordinates"]
        city_map.go(lat, lon, 19)
        x, y = city_map.middle()
        city_map.page.mouse.move(x + 40, y)
        city_map.page.mouse.move(x, y, steps=3)
        city_map.page.wait_for_function("() => document.querySelector('.gs-picking')")
        city_map.page.mouse.click(x, y)
        city_map.popup.get_by_text(place["id"], exact=True).first.wait_for(timeout=SOON_MS)


def test_a_place_from_tiles_that_is_clicked_is_not_asked_about_too(city_map: Any) -> None:
    city_map.open("/map?question=cameras-plan-2024#panel=none")
    for layer in ("District: covered share", "Coverage"):
        city_map.layer(layer).uncheck()
    city_map.page.locator("#gs-panel-layers .gs-panel-close").click()
    place = reply(city_map.page, f"{city_map.root}/collections/smartview-plan-2024/items?limit=1")["features"][0]
    lon, lat = place["geometry"]["coordinates"]
    city_map.go(lat, lon, 19)
    city_map.page.mouse.click(*city_map.middle())
    city_map.popup.get_by_text(place["id"], exact=True).first.wait_for(timeout=SOON_MS)
    city_map.page.wait_for_timeout(400)
    assert not city_map.page.locator("#gs-panel-ask").is_visible()


@pytest.mark.parametrize("tag", ["en", CHINESE])
def test_names_of_zones_do_not_cover_each_other(city_map: Any) -> None:
    city_map.open()
    assert city_map.page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize("size", [PHONE])
def test_a_phone_shows_the_map_without_webgl(city_map: Any) -> None:
    city_map.open()
    assert city_map.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE[0]
    assert city_map.page.evaluate("() => document.createElement('canvas').getContext('webgl')") is None
    assert city_map.shapes("zones").count() >= 18
    assert city_map.markers.count() == 66


# ------------------------------------------------------------------ popups


def test_a_facility_tells_its_facts_and_where_they_are_from(city_map: Any) -> None:
    city_map.open(f"/map{ABERDEEN}")
    city_map.marker("Aberdeen Division").click()
    facts = city_map.facts()
    assert facts["Address"] == "4 Wong Chuk Hang Road , Hong Kong"
    assert facts["Telephone"] == "3661 1614"
    assert facts["District"] == "Southern"
    assert facts["Counted in this question"] == "yes"
    assert city_map.popup.get_by_role("heading").inner_text() == "Aberdeen Division"
    said = city_map.popup.locator(".footer").inner_text()
    assert "Hong Kong Police Force" in said
    assert "2021-07-28" in said


@pytest.mark.parametrize("tag", [CHINESE])
def test_a_facility_tells_its_facts_in_chinese(city_map: Any) -> None:
    city_map.open(f"/map{ABERDEEN}")
    city_map.marker("香港仔分區警署").click()
    facts = city_map.facts()
    assert facts["地址"] == "香港黃竹坑道4號"
    assert facts["電話"] == "3661 1614"
    assert facts["地區"] == "南區"
    assert facts["計入此問題"] == "是"
    said = city_map.popup.locator(".footer").inner_text()
    assert "香港警務處" in said
    assert "2021-07-28" in said


@pytest.mark.parametrize("tag", [CHINESE])
def test_a_chinese_popup_speaks_no_english(city_map: Any) -> None:
    city_map.open(f"/map{ABERDEEN}")
    city_map.marker("香港仔分區警署").click()
    city_map.popup.wait_for()
    assert not re.findall("[A-Za-z]{3,}", city_map.popup.inner_text())
    close = city_map.page.locator(".leaflet-popup-close-button")
    assert close.get_attribute("aria-label") == "關閉"


def test_facilities_at_one_place_share_a_popup_that_lists_them_all(city_map: Any) -> None:
    city_map.open(f"/map{HEADQUARTERS}")
    city_map.layer("Licensing offices").check()
    city_map.marker("Societies Office").dispatch_event("click")
    names = city_map.popup.locator("summary").all_inner_texts()
    assert set(OFFICES) <= set(names)
    assert city_map.popup.locator(".together").inner_text() == f"{len(names)} facilities at this place"
    city_map.popup.locator("summary", has_text="Police Licensing Office").click(timeout=SOON_MS)
    assert city_map.popup.get_by_text("12/F, Arsenal House").first.is_visible()


def test_a_zone_tells_the_figures_of_its_collection(city_map: Any) -> None:
    city_map.open("/map#zone=B")
    facts = city_map.facts()
    figures = reply(city_map.page, f"{city_map.root}/collections/stations-zones/items/B")["properties"]
    assert city_map.popup.get_by_role("heading").inner_text() == figures["name_en"] == "Wan Chai"
    assert facts["Covered share"] == percent(figures["covered_share"])
    assert facts["at the lowest range"] == percent(figures["covered_share_low"])
    assert facts["at the highest range"] == percent(figures["covered_share_high"])
    assert facts["Area"] == square_km(figures["zone_area_m2"])
    assert facts["Not covered"] == square_km(figures["gap_area_m2"])
    assert facts["Facilities that reach, inside"] == str(figures["sources_inside"])
    assert facts["Farthest ground from one"] == km(figures["nearest_source_max_m"])
    assert "not published" in city_map.popup.locator(".footer").inner_text()


def test_a_piece_of_gap_tells_its_rank_and_its_circle(city_map: Any) -> None:
    city_map.open()
    city_map.layer("Gaps").check()
    city_map.drawn()
    worst = reply(city_map.page, f"{city_map.root}/collections/stations-gaps/items?limit=1")["features"][0][
        "properties"
    ]
    city_map.shapes("gaps").first.dispatch_event("click")
    assert city_map.popup.get_by_role("heading").inner_text() == f"Gap: {worst['name_en']}"
    assert city_map.facts()["Rank"] == str(worst["rank"]) == "1"
    assert city_map.facts()["Largest empty circle, radius"] == km(worst["circle_radius_m"])


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_a_popup_can_be_read_and_closed_in_every_window(city_map: Any, size: tuple[int, int]) -> None:
    city_map.open(f"/map{ABERDEEN}")
    city_map.marker("Aberdeen Division").click()
    heading = city_map.popup.get_by_role("heading")
    heading.click(trial=True, timeout=SOON_MS)
    hidden = heading.evaluate("""one => {
        const box = one.getBoundingClientRect();
        return !one.contains(document.elementFromPoint(box.left + 3, box.top + box.height / 2));
    }""")
    assert not hidden, f"the heading is covered at {size}"
    city_map.page.locator(".leaflet-popup-close-button").click(timeout=SOON_MS)
    city_map.popup.wait_for(state="detached")


# ------------------------------------------------------------------ views


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_table_leads_to_the_map_at_that_zone(city_map: Any, size: tuple[int, int]) -> None:
    page = city_map.page
    page.goto(f"{city_map.root}/zones")
    page.locator("tbody").get_by_role("link", name="Sha Tin").click()
    city_map.drawn()
    city_map.popup.wait_for()
    assert city_map.popup.get_by_role("heading").inner_text() == "Sha Tin"
    page.wait_for_function("() => geoservice.map.getZoom() >= 11.5", timeout=SOON_MS)
    latitude, longitude, _ = city_map.view()
    assert 22.30 < latitude < 22.45, size
    assert 114.13 < longitude < 114.27
    page.reload()
    city_map.drawn()
    city_map.popup.wait_for()
    assert city_map.popup.get_by_role("heading").inner_text() == "Sha Tin"


def test_the_popup_of_a_zone_leads_back_to_its_row(city_map: Any) -> None:
    city_map.open("/map#zone=R")
    city_map.popup.get_by_role("link", name="In the table").click()
    row = city_map.page.locator("tr:target")
    row.wait_for()
    assert row.locator("th").inner_text() == "Sha Tin"


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_the_address_remembers_the_view(city_map: Any, size: tuple[int, int]) -> None:
    city_map.open()
    city_map.page.evaluate("() => { geoservice.map.setView([22.3, 114.2], 14, { animate: false }); }")
    city_map.page.wait_for_url(re.compile("[#&]view="))
    before = city_map.view()
    city_map.page.reload()
    city_map.drawn()
    city_map.page.wait_for_function("() => geoservice.map.getZoom() === 14", timeout=SOON_MS)
    assert city_map.view() == pytest.approx(before, abs=1e-3), size


def test_a_zone_whose_popup_is_closed_leaves_the_address(city_map: Any) -> None:
    city_map.open("/map#zone=B")
    city_map.popup.wait_for()
    city_map.page.wait_for_function("() => location.hash.includes('zone=B')")
    city_map.page.locator(".leaflet-popup-close-button").click()
    city_map.page.wait_for_function("() => !location.hash.includes('zone=')", timeout=SOON_MS)


def test_a_zoom_by_hand_goes_into_the_address(city_map: Any) -> None:
    city_map.open()
    zoom = city_map.view()[2]
    city_map.page.get_by_role("button", name="Zoom in").click()
    city_map.page.wait_for_url(re.compile(rf"[#&]view=[^&]+,{zoom + 1:g}(&|$)"), timeout=SOON_MS)


def test_the_view_stays_when_reach_or_language_change(city_map: Any) -> None:
    city_map.open("/map#view=22.30000,114.20000,14")
    city_map.page.locator("form.ask [name=case]").select_option("high")
    city_map.page.locator("form.ask button").click()
    city_map.page.wait_for_url("**case=high**")
    city_map.drawn()
    assert city_map.view() == pytest.approx([22.3, 114.2, 14], abs=1e-3)
    city_map.page.locator("a.language").click()
    city_map.page.wait_for_url("**lang=zh-Hant**")
    city_map.drawn()
    assert city_map.view() == pytest.approx([22.3, 114.2, 14], abs=1e-3)


def test_another_question_keeps_its_own_layers_and_the_readers_choice(city_map: Any) -> None:
    city_map.open("/map?question=stations")
    city_map.layer("Gaps").check()
    city_map.page.evaluate("() => geoservice.map.panBy([80, 0], { animate: false })")
    city_map.page.wait_for_url(re.compile("layers=%2Bgaps(&|$)"))
    city_map.page.evaluate("() => localStorage.clear()")
    city_map.page.locator("form.ask [name=question]").first.select_option("cameras-plan-2024")
    city_map.page.locator("form.ask button").first.click()
    city_map.page.wait_for_url("**question=cameras-plan-2024**")
    city_map.drawn()
    assert city_map.layer("Gaps").is_checked()
    assert city_map.layer("SmartView cameras, an illustrative plan: 2024").is_checked()
    assert not city_map.layer("Police stations").is_checked()


def test_zones_take_one_shade_at_a_time_from_one_fetch(city_map: Any, watch: Any) -> None:
    city_map.open()
    fills = "() => [...document.querySelectorAll('.leaflet-gs-zones-pane path')].map((one) => one.getAttribute('fill'))"
    before = city_map.page.evaluate(fills)
    city_map.layer("Farthest ground from one").check()
    city_map.drawn()
    after = city_map.page.evaluate(fills)
    assert len(after) == len(before) >= 18
    assert set(after) != set(before)
    assert not city_map.layer("District: covered share").is_checked()
    assert sum("/stations-zones/items?" in address for address in watch.addresses) == 1
    assert "District: Farthest ground from one" in city_map.legend.inner_text()
    city_map.page.wait_for_url(re.compile("layers=-zones,%2Bshade_nearest_source_max_m"))
    city_map.page.goto(f"{city_map.root}/zones")
    city_map.open("/map#zone=B")
    assert city_map.popup.get_by_role("heading").inner_text() == "Wan Chai"
    every = city_map.page.get_by_role("checkbox", name="Zones, shaded by", exact=True)
    every.uncheck()
    assert city_map.shapes("zones").count() == 0
    every.check()
    assert city_map.layer("District: covered share").is_checked()
    assert not city_map.layer("Farthest ground from one").is_checked()


def test_question_and_reach_change_the_figures_of_the_map(city_map: Any) -> None:
    city_map.open()
    total = city_map.page.locator(".sum strong")
    assert total.inner_text() == "12%"
    city_map.page.locator("form.ask [name=case]").select_option("high")
    city_map.page.locator("form.ask button").click()
    city_map.page.wait_for_url("**case=high**")
    city_map.drawn()
    assert total.inner_text() == "33%"
    assert city_map.legend.get_by_text("Reach: 2,000 m, an assumption").is_visible()
    city_map.page.locator("form.ask [name=case]").select_option("mid")
    city_map.page.locator("form.ask [name=question]").select_option("reporting")
    city_map.page.locator("form.ask button").click()
    city_map.page.wait_for_url("**question=reporting**")
    city_map.drawn()
    assert "Covered: Within reach of a place to report" in city_map.legend.inner_text()


# ------------------------------------------------------------------ the keyboard


def test_the_keyboard_alone_reaches_form_map_and_layers_before_the_many_markers(city_map: Any) -> None:
    city_map.open()
    assert city_map.tab_until(lambda one: one["className"] == "skip", 1)["text"] == "Skip to the content"
    for name in ("question", "case", "at"):
        assert city_map.tab_until(lambda one, name=name: one["name"] == name, 12)["outline"] != "none"
    assert city_map.tab_until(lambda one: one["tag"] == "BUTTON", 6)["text"] == "Show"
    assert city_map.tab_until(lambda one: "gs-rail-button" in one["className"], 4)["text"] == "Layers"
    city_map.tab_until(lambda one: one["tag"] == "INPUT", 3)
    boxes = city_map.page.locator(".gs-layer-tree").locator("input, summary").count()
    city_map.tab_until(lambda one: "leaflet-container" in one["className"], boxes + 1)
    assert city_map.tab_until(lambda one: "gs-search-input" in one["className"], 1)["outline"] != "none"
    assert city_map.tab_until(lambda one: one["title"] == "Zoom in", 1)["outline"] != "none"
    city_map.tab_until(lambda one: "facility" in one["className"], 6)


def test_enter_opens_the_popup_of_a_marker_and_escape_closes_it(city_map: Any) -> None:
    city_map.open(f"/map{ABERDEEN}")
    city_map.page.locator("#main").focus()
    marker = city_map.tab_until(lambda one: one["title"] == "Aberdeen Division", 120)
    assert marker["outline"] != "none"
    city_map.page.keyboard.press("Enter")
    assert city_map.facts()["Telephone"] == "3661 1614"
    city_map.page.keyboard.press("Escape")
    city_map.popup.wait_for(state="detached", timeout=SOON_MS)
    assert city_map.focused()["title"] == "Aberdeen Division"


@pytest.mark.parametrize("size", [PHONE])
def test_the_panel_of_layers_opens_by_keyboard_and_gives_the_focus_back(city_map: Any) -> None:
    city_map.open()
    toggle = city_map.page.get_by_role("button", name="Layers")
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.focus()
    city_map.page.keyboard.press("Enter")
    city_map.tab_until(lambda one: one["tag"] == "INPUT", 3)
    city_map.layer("Gaps").focus()
    city_map.page.keyboard.press("Space")
    city_map.shapes("gaps").first.wait_for(state="attached")
    city_map.page.keyboard.press("Escape")
    assert city_map.focused()["title"] == "Layers"
    assert toggle.get_attribute("aria-expanded") == "false"


def test_a_group_switches_as_a_whole_and_what_is_on_is_remembered(city_map: Any) -> None:
    city_map.open()
    every = city_map.page.get_by_role("checkbox", name="All of: Facilities")
    assert every.evaluate("box => box.indeterminate")
    every.check()
    assert city_map.marker("Marine North Division").count() == 1
    every.uncheck()
    assert city_map.markers.count() == 0
    city_map.layer("Police stations").check()
    assert every.evaluate("box => box.indeterminate")
    address = city_map.page.url
    city_map.open()
    assert city_map.layer("Police stations").is_checked()
    assert not city_map.layer("Self-service reporting kiosks").is_checked()
    city_map.page.evaluate("() => localStorage.clear()")
    city_map.open(address.removeprefix(city_map.root))
    assert city_map.layer("Police stations").is_checked()
    assert not city_map.layer("Self-service reporting kiosks").is_checked()


# ------------------------------------------------------------------ failures


def fail(route: Any) -> None:
    body = json.dumps({"code": "QuestionError", "description": "The zones are not to be had."})
    route.fulfill(status=503, content_type="application/json", body=body)


def hold(held: list[Any]) -> Callable[[Any], None]:
    """Keep requests back until the test lets them go."""

    def keep(route: Any) -> None:
        held.append(route)

    return keep


def test_a_collection_that_fails_is_told_and_the_next_try_works(city_map: Any, watch: Any) -> None:
    watch.expect("503")
    city_map.page.route("**/stations-gaps/items?*", fail, times=1)
    city_map.open()
    city_map.layer("Gaps").check()
    city_map.status.wait_for()
    city_map.page.wait_for_function("() => !document.querySelector('[role=status]').textContent.startsWith('Loading')")
    assert city_map.status.inner_text() == "A layer could not be loaded: The zones are not to be had."
    city_map.layer("Gaps").uncheck()
    city_map.page.locator("[role=status]").wait_for(state="hidden", timeout=SOON_MS)
    city_map.layer("Gaps").check()
    city_map.shapes("gaps").first.wait_for(state="attached")
    city_map.drawn()


def test_a_failure_stays_told_when_another_layer_arrives_after_it(city_map: Any, watch: Any) -> None:
    watch.expect("503")
    page = city_map.page
    held: list[Any] = []
    page.route("**/stations-zones/items?*", fail)
    page.route("**/stations-coverage/items?*", hold(held))
    page.goto(f"{city_map.root}/map")
    page.wait_for_function("() => document.querySelector('[role=status]')?.textContent.includes('could not be loaded')")
    held[0].continue_()
    city_map.shapes("coverage").first.wait_for(state="attached")
    assert "could not be loaded" in city_map.status.inner_text()


def test_loading_is_told_until_the_last_layer_is_there(city_map: Any) -> None:
    page = city_map.page
    held: list[Any] = []
    page.route("**/stations-coverage/items?*", hold(held))
    page.goto(f"{city_map.root}/map")
    city_map.shapes("zones").first.wait_for(state="attached")
    assert city_map.status.inner_text() == "Loading …"
    held[0].continue_()
    city_map.drawn()
    assert city_map.shapes("coverage").count() >= 18


def test_a_server_that_answers_with_no_json_is_told_in_words(city_map: Any, watch: Any) -> None:
    watch.expect("502")
    page = city_map.page
    page.route("**/stations-gaps/items?*", lambda r: r.fulfill(status=502, content_type="text/html", body="<p>Bad"))
    city_map.open()
    city_map.layer("Gaps").check()
    page.wait_for_function("() => document.querySelector('[role=status]').textContent.includes('could not be loaded')")
    assert "JSON" not in city_map.status.inner_text()


@pytest.mark.parametrize(("tag", "first"), [("en", "Colours show"), (CHINESE, "顏色表示")])
@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_three_sentences_greet_the_first_visit_alone(chrome: Any, root: str, tag: str, first: str, size: Any) -> None:
    context = chrome.new_context(locale=tag, viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    page.goto(f"{root}/map")
    welcome = page.locator(".welcome")
    assert welcome.inner_text().startswith(first)
    page.wait_for_function(
        "() => { const map = geoservice.map; return map.getSize().y === map.getContainer().clientHeight; }"
    )
    box = welcome.bounding_box()
    assert box["y"] + box["height"] <= size[1]
    before = page.locator(".folium-map").bounding_box()["height"]
    welcome.get_by_role("button").press("Enter")
    assert welcome.is_hidden()
    assert page.evaluate("() => document.activeElement.id") == "main"
    assert page.locator(".folium-map").bounding_box()["height"] > before
    page.reload()
    page.locator(".folium-map").wait_for()
    assert welcome.is_hidden()
    context.close()
