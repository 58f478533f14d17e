from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from geoservice import api
from geoservice.catalog import open_catalog

FROM_DATA = """() => [...document.querySelectorAll("*")].filter((one) =>
    one.hasAttribute("onerror") || one.hasAttribute("onload") || one.matches("img:not(.leaflet-tile), iframe, object")
    || (one.tagName === "SCRIPT" && one.textContent.trim() === "alert(1)")).map((one) => one.outerHTML)"""
"""Elements that only markup in data can have brought."""


def assert_harmless(page: Any) -> None:
    assert page.evaluate(FROM_DATA) == []


def texts(locator: Any) -> str:
    return "\n".join(locator.all_text_contents())


@pytest.mark.parametrize("tag", ["en", "zh-Hant"])
def test_markup_in_data_is_shown_on_every_page_and_never_run(evil_map: Any, watch: Any, evil: str) -> None:
    watch.expect("404")
    page = evil_map.page
    for path in ("/map", "/", "/zones", "/layers", "/collections", "/map?question=nothing"):
        page.goto(evil_map.root + path)
        if path == "/map":
            evil_map.drawn()
        assert evil in page.locator("body").inner_text(), path
        assert evil in page.title(), path
        assert_harmless(page)


def test_the_map_shows_markup_in_titles_labels_legend_and_credits_as_text(evil_map: Any, evil: str) -> None:
    evil_map.open()
    page = evil_map.page
    evil_map.layer("Gaps").check()
    evil_map.drawn()
    control = texts(page.locator(".gs-layer-tree label"))
    assert f"layer {evil}" in control
    assert f"ward {evil}: covered share" in control
    assert f"ward {evil}: covered share of the area" in texts(evil_map.legend)
    assert f"Covered: question {evil}" in texts(evil_map.legend)
    assert page.locator(".zone-label").count() == 4
    assert f"South West {evil}" in texts(page.locator(".zone-label"))
    credits_ = texts(page.locator(".leaflet-control-attribution"))
    assert f"background {evil}" in credits_
    assert f"Made up {evil}" in credits_
    assert f"listed name {evil}" in texts(page.locator(".not-drawn"))
    assert f"outside name {evil}" in texts(page.locator(".not-drawn"))
    assert_harmless(page)


def test_every_popup_shows_markup_as_text(evil_map: Any, evil: str) -> None:
    evil_map.open()
    evil_map.layer("Gaps").check()
    evil_map.drawn()
    labels = set()
    for at in range(evil_map.markers.count()):
        evil_map.markers.nth(at).dispatch_event("click")
        assert f"name {evil}" in texts(evil_map.popup.locator("h3"))
        facts = evil_map.facts()
        assert facts["Kind"] == f"kind title {evil}"
        assert facts[f"attribute {evil}"] == f"remark {evil}"
        assert facts["Height"] == f"7 unit {evil}"
        assert facts["Owner"] == f"owner {evil}"
        labels.add(facts.get("Zone as labelled in the source"))
        assert f"Made up {evil}" in texts(evil_map.popup.locator(".footer"))
        assert_harmless(evil_map.page)
    assert f"North East {evil}" in labels
    for kind in ("zones", "coverage", "gaps"):
        for at in range(min(5, evil_map.shapes(kind).count())):
            evil_map.shapes(kind).nth(at).dispatch_event("click")
            assert evil in evil_map.popup.get_by_role("heading").inner_text()
            assert f"assumption {evil}" in texts(evil_map.popup.locator(".footer"))
            assert_harmless(evil_map.page)


def test_a_zone_whose_id_is_markup_is_found_from_the_table_and_back(evil_map: Any, evil: str) -> None:
    page = evil_map.page
    page.goto(f"{evil_map.root}/zones")
    page.locator("tbody").get_by_role("link", name=f"North West {evil}").click()
    evil_map.drawn()
    evil_map.popup.wait_for()
    assert evil_map.popup.get_by_role("heading").inner_text() == f"North West {evil}"
    page.wait_for_function("() => !geoservice.map._panAnim || !geoservice.map._panAnim._inProgress")
    evil_map.popup.get_by_role("link").click()
    row = page.locator("tr:target")
    row.wait_for()
    assert row.locator("th").inner_text() == f"North West {evil}"
    assert_harmless(page)


def test_a_failure_told_by_a_server_is_text(evil_map: Any, watch: Any, evil: str) -> None:
    watch.expect("503")
    evil_map.page.route(
        "**/posts-gaps/items?*", lambda route: route.fulfill(status=503, json={"description": evil}), times=1
    )
    evil_map.open()
    evil_map.layer("Gaps").check()
    evil_map.page.wait_for_function(
        "() => document.querySelector('[role=status]').textContent.includes('could not be loaded')"
    )
    assert evil in evil_map.status.inner_text()
    assert_harmless(evil_map.page)


def test_markup_in_the_address_is_never_run(evil_map: Any, watch: Any, evil: str) -> None:
    watch.expect("404")
    watch.expect("400")
    for address in ("/map?question={}", "/zones?at={}", "/?lang={}", "/map#zone={}", "/map#view={}", "/{}"):
        evil_map.page.goto(evil_map.root + address.format(quote(evil)))
        assert_harmless(evil_map.page)


def test_a_map_saved_to_a_file_draws_without_a_network_and_runs_nothing(
    page: Any, watch: Any, evil_folder: Path, evil: str, tmp_path: Path
) -> None:
    file = tmp_path / "map.html"
    catalog = open_catalog(evil_folder)
    result = api.analyse(catalog, catalog.question("posts"))
    file.write_text(result.to_map().get_root().render(), encoding="utf-8")
    watch.origin = tmp_path.as_uri()
    page.context.set_offline(offline=True)
    page.goto(file.as_uri())
    page.wait_for_function("() => window.geoservice?.map")
    assert page.locator(".leaflet-gs-zones-pane path").count() == 4
    assert page.locator(".facility").count() == 4
    page.locator(".gs-layer-tree label").filter(has_text="Gaps").get_by_role("checkbox").check()
    assert page.locator(".leaflet-gs-gaps-pane path").count() == len(result.gaps)
    page.locator(".facility").first.dispatch_event("click")
    assert f"name {evil}" in texts(page.locator(".leaflet-popup-content"))
    assert f"ward {evil}" in texts(page.locator(".legend"))
    assert_harmless(page)
    assert watch.addresses == [file.as_uri()]
