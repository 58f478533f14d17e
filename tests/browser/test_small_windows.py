"""What a window has no room for is folded, wrapped or hinted at, and never cut."""

from __future__ import annotations

from typing import Any

import pytest

PHONE, NARROW_PHONE, PHONE_ON_ITS_SIDE, DESK = (390, 844), (360, 640), (844, 390), (1440, 900)
CHINESE = "zh-Hant"
FINGER_PX = 40
TOOLS_OF_HONG_KONG = 9
SEEN_WHOLE = """(one) => {
    const box = one.getBoundingClientRect();
    const at = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const text = one.querySelector(".gs-rail-text");
    return box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight && one.contains(at)
        && text.scrollWidth <= text.clientWidth;
}"""
CLASSES = "(one) => [...one.classList]"


@pytest.mark.parametrize("tag", ["en", CHINESE])
@pytest.mark.parametrize("size", [PHONE, NARROW_PHONE])
@pytest.mark.parametrize("panel", ["none", "zones"])
def test_every_tool_is_seen_on_a_phone(page: Any, city_map: Any, panel: str) -> None:
    city_map.open(f"/map#panel={panel}")
    tools = page.locator(".gs-rail-button")
    assert tools.count() == TOOLS_OF_HONG_KONG
    assert [tool.get_attribute("title") for tool in tools.all() if not tool.evaluate(SEEN_WHOLE)] == []


@pytest.mark.parametrize("size", [PHONE_ON_ITS_SIDE])
def test_a_rail_without_room_hints_at_its_other_tools(page: Any, city_map: Any) -> None:
    city_map.open("/map#panel=none")
    rail = page.locator(".gs-rail")
    assert "gs-more-after" in rail.evaluate(CLASSES)
    assert "gs-more-before" not in rail.evaluate(CLASSES)
    page.locator(".gs-rail-button").last.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.gs-rail.gs-more-before:not(.gs-more-after)')")
    page.locator(".gs-rail-button").last.click()
    page.locator("#gs-panel-take").wait_for()


@pytest.mark.parametrize("size", [PHONE])
def test_coordinates_hide_no_ground_on_a_phone_until_they_are_asked_for(page: Any, city_map: Any) -> None:
    city_map.open("/map#panel=none")
    line = page.locator(".gs-where-line")
    box = line.bounding_box()
    assert (box["width"], box["height"]) == (FINGER_PX, FINGER_PX)
    assert "22." in line.text_content()
    line.click()
    city_map.popup.get_by_role("heading").wait_for()
    popup = page.locator(".leaflet-popup-content-wrapper").last.bounding_box()
    where = page.locator(".gs-where").bounding_box()
    assert popup["x"] + popup["width"] <= where["x"] or popup["y"] + popup["height"] <= where["y"]


@pytest.mark.parametrize("tag", ["en", CHINESE])
@pytest.mark.parametrize("size", [PHONE])
def test_the_programme_is_read_row_by_row_on_a_phone(page: Any, root: str) -> None:
    page.goto(f"{root}/")
    table = page.locator("#programme .table-wrap")
    assert table.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    titles = page.locator("#programme thead th").all_text_contents()
    for row in page.locator("#programme tbody tr").all():
        assert row.locator("td").evaluate_all("(all) => all.map((one) => one.dataset.title)") == titles


@pytest.mark.parametrize("size", [PHONE])
def test_a_table_that_goes_on_beyond_its_box_says_so_and_keeps_its_names(page: Any, root: str) -> None:
    page.goto(f"{root}/zones")
    page.wait_for_function("() => document.querySelector('.table-wrap.more-after:not(.more-before)')")
    name = page.locator("tbody th").first
    left = name.bounding_box()["x"]
    page.locator(".table-wrap").first.evaluate("(one) => { one.scrollLeft = one.scrollWidth; }")
    page.wait_for_function("() => document.querySelector('.table-wrap.more-before:not(.more-after)')")
    assert name.bounding_box()["x"] == pytest.approx(left, abs=1)


@pytest.mark.parametrize("tag", ["en", CHINESE])
@pytest.mark.parametrize("path", ["/zones", "/compare", "/layers", "/timelines/smartview"])
def test_tables_are_seen_whole_on_a_desk(page: Any, root: str, path: str) -> None:
    page.goto(root + path)
    beyond = "(all) => all.map((one) => one.scrollWidth - one.clientWidth).filter((more) => more > 1)"
    assert page.locator(".table-wrap").count() > 0
    assert page.locator(".table-wrap").evaluate_all(beyond) == []


@pytest.mark.parametrize("tag", ["en", CHINESE])
@pytest.mark.parametrize("size", [PHONE])
def test_what_is_wrong_with_layers_is_read_row_by_row_on_a_phone(page: Any, root: str) -> None:
    page.goto(f"{root}/layers")
    page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
    for table in page.locator(".table-wrap").all():
        assert table.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 1


# ------------------------------------------------------------------ what lies on the map lies beside each other


def apart(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share no pixel."""
    return (
        one["x"] + one["width"] <= other["x"]
        or other["x"] + other["width"] <= one["x"]
        or one["y"] + one["height"] <= other["y"]
        or other["y"] + other["height"] <= one["y"]
    )


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_results_of_a_search_move_nothing_on_the_map(page: Any, city_map: Any) -> None:
    city_map.open("/map#panel=none")
    nearer = page.locator(".leaflet-control-zoom-in")
    before = nearer.bounding_box()
    page.get_by_role("combobox", name="Name, address or coordinates").fill("wan")
    page.locator(".gs-option").first.wait_for()
    assert nearer.bounding_box() == before
    on_top = """(one) => {
        const { left, top } = one.getBoundingClientRect();
        return one.contains(document.elementFromPoint(left + 20, top + 8));
    }"""
    assert page.locator(".gs-option").nth(1).evaluate(on_top)


@pytest.mark.parametrize("size", [PHONE])
def test_the_legend_opens_below_the_buttons_of_the_map(page: Any, city_map: Any) -> None:
    city_map.open("/map#panel=none")
    city_map.legend.locator("summary").click()
    legend = city_map.legend.bounding_box()
    assert legend["height"] > FINGER_PX * 3
    assert apart(legend, page.locator(".leaflet-control-zoom").bounding_box())


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_the_names_of_both_sides_cover_no_button(page: Any, city_map: Any) -> None:
    city_map.open("/map#panel=none")
    page.locator("[aria-controls='gs-panel-compare']").click()
    page.locator(".gs-head-after").wait_for()
    controls = page.locator(".leaflet-control-zoom, .gs-where, .gs-divider-grip, .gs-search")
    boxes = [one.bounding_box() for one in controls.all() if one.is_visible()]
    for head in page.locator(".gs-head").all():
        assert all(apart(head.bounding_box(), box) for box in boxes)


def test_the_cross_in_the_middle_is_for_the_keyboard_and_lies_on_no_popup(page: Any, city_map: Any) -> None:
    city_map.open("/map#panel=none")
    cross = """(one) => {
        const { display, content } = getComputedStyle(one, "::after");
        return display !== "none" && content !== "none";
    }"""
    hold = page.locator(".folium-map")
    hold.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert hold.evaluate(cross)
    box = hold.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] * 0.1)
    assert not hold.evaluate(cross)
    page.locator(".gs-where-line").click()
    city_map.popup.wait_for()
    hold.focus()
    page.keyboard.press("Shift")
    assert not hold.evaluate(cross)
