from __future__ import annotations

from typing import Any

import pytest

from tools.screenshots import open_page

ITEMS = "/collections/police-stations/items"
COLOURS = """() => {
    const canvas = document.querySelector(".leaflet-overlay-pane canvas");
    if (!canvas) return 0;
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let painted = 0;
    for (let at = 3; at < data.length; at += 4) if (data[at]) painted += 1;
    return painted;
}"""
"""How many dots of the canvas that features are drawn on are painted."""


@pytest.mark.parametrize("path", ["/collections/stations-zones", f"{ITEMS}?limit=5", "/collections/stations-gaps"])
def test_the_map_of_a_page_shows_its_features(page: Any, root: str, path: str) -> None:
    open_page(page, root + path)
    clusters = page.locator(".data-cluster").count()
    assert page.evaluate(COLOURS) > 50 or clusters > 1
    assert not page.locator(".data-map-status").is_visible()


def test_numbers_far_out_add_up_to_all_features_and_open_by_a_click(page: Any, root: str) -> None:
    open_page(page, f"{root}/collections/stations-gaps")
    found = page.locator(".data-cluster")
    counts = [int(text) for text in found.all_inner_texts()]
    matched = page.request.get(f"{root}/collections/stations-gaps/items?limit=1").json()["numberMatched"]
    assert sum(counts) == matched > len(counts)
    with page.expect_response("**/clusters?**"):
        found.first.click()


def test_a_reader_goes_from_the_list_to_a_feature_and_back_by_links(page: Any, root: str) -> None:
    open_page(page, f"{root}/collections")
    page.get_by_role("link", name="Police stations", exact=True).click()
    page.locator("main .button").first.click()
    page.locator("tbody th a").first.click()
    name = page.locator("h1").inner_text()
    assert page.locator("tbody tr").count() > 3
    page.locator(".crumbs a").nth(2).click()
    assert page.locator("tbody th a").first.inner_text() == name


def test_pages_of_features_are_turned_and_sorted_by_links(page: Any, root: str) -> None:
    open_page(page, f"{root}{ITEMS}?limit=7")
    first = page.locator("tbody th").all_inner_texts()
    page.locator("a[rel=next]").first.click()
    page.wait_for_url("**cursor=**")
    assert not set(first) & set(page.locator("tbody th").all_inner_texts())
    page.locator("a[rel=prev]").first.click()
    assert page.locator("tbody th").all_inner_texts() == first
    page.get_by_role("link", name="Name in Chinese").click()
    assert page.locator("thead [aria-sort=ascending]").count() == 1
    page.get_by_role("link", name="Name in Chinese").click()
    assert page.locator("thead [aria-sort=descending]").count() == 1


@pytest.mark.parametrize("javascript", [False])
def test_without_javascript_the_table_is_whole(page: Any, root: str) -> None:
    page.goto(f"{root}{ITEMS}?limit=9")
    assert page.locator("tbody tr").count() == 9
    assert page.locator("noscript p").inner_text().startswith("The map needs JavaScript")


def test_the_keyboard_reaches_the_content_first_then_its_parts_in_order(page: Any, root: str) -> None:
    open_page(page, f"{root}/collections/stations-zones")
    page.keyboard.press("Tab")
    assert page.locator("a.skip:focus").count() == 1
    page.keyboard.press("Enter")
    stops = []
    for _ in range(16):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("() => document.activeElement.textContent.trim().slice(0, 12)"))
    assert stops[:3] == ["Data", "Browse 18 fe", "JSON"]
    assert stops.index("GeoJSON") < stops.index("Excel workbo") < stops.index("+")


def test_a_feature_on_the_map_leads_to_its_page(page: Any, root: str) -> None:
    open_page(page, f"{root}/collections/stations-zones/items?limit=1")
    box = page.locator(".data-map").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.locator(".leaflet-popup a:not(.leaflet-popup-close-button)").click()
    page.wait_for_url("**/collections/stations-zones/items/*")


def test_a_map_that_gets_no_answer_says_so(page: Any, root: str, watch: Any) -> None:
    watch.expect("503")
    page.route(f"**{ITEMS}?*f=json*", lambda route: route.fulfill(status=503))
    open_page(page, f"{root}{ITEMS}?limit=3")
    assert page.locator(".data-map-status").inner_text() == "The map could not be loaded."
    assert page.locator("tbody tr").count() == 3


def test_markup_in_data_is_text_on_these_pages_and_their_maps(evil_map: Any, evil: str) -> None:
    page = evil_map.page
    for path in ("/collections/posts", "/collections/posts/items", "/collections/posts/schema?f=html"):
        open_page(page, evil_map.root + path)
        assert evil in page.locator("body").inner_text(), path
    page.goto(f"{evil_map.root}/collections/posts/items")
    page.locator("tbody th a").first.click()
    assert evil in page.locator("h1").inner_text()
    assert page.locator("main img:not(.leaflet-tile), main svg[onload], main script").count() == 0


@pytest.mark.parametrize("tag", ["zh-Hant"])
def test_titles_and_kinds_are_in_the_readers_language(page: Any, root: str) -> None:
    open_page(page, f"{root}/collections/stations-zones/items?limit=2")
    assert page.locator("tbody th").first.inner_text() == "中西區"
    assert "面積" in page.locator("thead").inner_text()
    assert page.locator("a[rel=next]").first.inner_text() == "下一頁 →"
