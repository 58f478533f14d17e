from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from tools import screenshots
from tools.screenshots import open_page

PATHS = tuple(screenshots.PAGES.values())
SIZES = screenshots.SIZES
ENGLISH = "en"
CHINESE = "zh-Hant"

NAMELESS = """() => {
    const labels = (one) => [...(one.labels || [])].map((label) => label.textContent);
    const text = (one) => [one.textContent, one.title, one.ariaLabel, ...labels(one)].join("").trim();
    const all = "a, button, input:not([type=hidden]), select, summary, [role=button], [role=region], [role=img]";
    return [...document.querySelectorAll(all)]
        .filter((one) => !text(one)).map((one) => one.outerHTML);
}"""
IDS_USED_TWICE = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    return ids.filter((id, i) => ids.indexOf(id) !== i);
}"""
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
ENGLISH_WORDS = """() => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.parentElement.closest("script, style, noscript, code, [lang=en]")) continue;
        const told = node.textContent.replace(/geoservice( [\\w-]+)+/g, "");
        for (const word of told.match(/[A-Za-z]{3,}/g) || []) found.add(word);
    }
    for (const one of document.querySelectorAll(":is([title], [aria-label]):not([lang=en])"))
        for (const name of ["title", "aria-label"])
            for (const word of (one.getAttribute(name) || "").match(/[A-Za-z]{3,}/g) || []) found.add(word);
    return [...found];
}"""
"""Words of a page that are no commands, no code and not marked as English."""
SAME_IN_EVERY_LANGUAGE = {
    "CSV", "Excel", "FlatGeobuf", "GeoJSON", "GeoPackage", "GeoParquet", "KML", "OGC", "API", "QGIS", "ArcGIS", "GDAL",
    "JavaScript", "geoservice", "Enter",
}  # fmt: skip


def number_of(page: Any, title: str) -> int:
    """The number of a column, from 1, by the beginning of its heading."""
    titles = page.locator("thead th").all_inner_texts()
    return next(at for at, text in enumerate(titles, 1) if " ".join(text.split()).startswith(title))


def column(page: Any, title: str) -> list[str]:
    texts: list[str] = page.locator(f"tbody tr > :nth-child({number_of(page, title)})").all_inner_texts()
    return texts


def numbers(texts: list[str]) -> list[float]:
    return [float(re.sub(r"[,%]", "", text)) for text in texts]


def totals(page: Any) -> list[str]:
    """The figures of all zones together: share, km² covered, km² not covered, facilities that reach."""
    cells = page.locator("tfoot tr").first.locator("th, td").all_inner_texts()
    titles = ("Covered", "Covered, km²", "Not covered, km²", "Facilities that reach")
    return [cells[number_of(page, title) - 1] for title in titles]


def heading(page: Any, title: str) -> Any:
    return page.locator("thead").get_by_role("button", name=title)


def choose(page: Any, name: str, value: str) -> None:
    field = page.locator(f"form.ask [name={name}]")
    if name == "at":
        field.fill(value)
    else:
        field.select_option(value)
    with page.expect_navigation():
        page.locator("form.ask button").click()


# ------------------------------------------------------------------ every page


@pytest.mark.parametrize("tag", [ENGLISH, CHINESE])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_every_window_and_has_names_and_headings_in_order(
    page: Any, root: str, path: str, tag: str
) -> None:
    open_page(page, root + path)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(OVERFLOW) <= 0, f"{path} is wider than {width} pixels"
        assert page.evaluate(NAMELESS) == []
    assert page.locator("html").get_attribute("lang") == tag
    assert page.title()
    assert page.evaluate(IDS_USED_TWICE) == []
    levels = page.evaluate(HEADINGS)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), f"{path} skips a level: {levels}"


@pytest.mark.parametrize("tag", [CHINESE])
def test_the_chinese_pages_speak_no_english(page: Any, root: str) -> None:
    found = {}
    for path in PATHS:
        open_page(page, root + path)
        page.evaluate("() => { for (const one of document.querySelectorAll('details')) one.open = true; }")
        found[path] = set(page.evaluate(ENGLISH_WORDS)) - SAME_IN_EVERY_LANGUAGE
    assert found == {path: set() for path in PATHS}


@pytest.mark.parametrize("path", ["/map", "/zones"])
def test_the_skip_link_is_the_first_stop_and_leads_to_the_content(page: Any, root: str, path: str) -> None:
    open_page(page, root + path)
    page.keyboard.press("Tab")
    assert page.locator("a.skip:focus").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.querySelector('#main').contains(document.activeElement)")


def test_an_unknown_page_is_told_in_words_with_a_way_back(page: Any, root: str, watch: Any) -> None:
    watch.expect("404")
    page.goto(f"{root}/map?question=nothing")
    assert "Hong Kong" in page.title()
    assert "nothing" in page.locator("main .note").inner_text()
    page.locator("main a").click()
    assert page.url == f"{root}/"


# ------------------------------------------------------------------ language


def test_the_language_link_changes_the_language_which_is_remembered(page: Any, root: str) -> None:
    open_page(page, f"{root}/zones")
    page.locator("a.language").click()
    page.wait_for_url("**lang=zh-Hant")
    assert page.locator("html").get_attribute("lang") == CHINESE
    assert page.locator("h1").inner_text() == "警署服務範圍"
    page.goto(f"{root}/collections")
    assert page.locator("html").get_attribute("lang") == CHINESE
    page.locator("a.language").click()
    page.wait_for_url("**lang=en")
    page.goto(f"{root}/layers")
    assert page.locator("h1").inner_text() == "Layers and their health"


# ------------------------------------------------------------------ the table of zones


def test_the_table_sorts_both_ways_by_click_and_by_keyboard(page: Any, root: str) -> None:
    open_page(page, f"{root}/zones")
    rising = sorted(numbers(column(page, "Population 2021")))
    button = heading(page, "Population 2021")
    for press in (button.click, lambda: button.press("Enter"), lambda: button.press("Space")):
        press()
        order = button.locator("xpath=..").get_attribute("aria-sort")
        assert numbers(column(page, "Population 2021")) == (rising if order == "ascending" else rising[::-1])
        heading(page, "Mean distance").click()
        assert page.locator("thead [aria-sort]").count() == 1
    button.press("Enter")
    button.press("Enter")
    assert numbers(column(page, "Population 2021")) == rising[::-1]


def test_the_table_sorts_both_ways_by_name(page: Any, root: str) -> None:
    open_page(page, f"{root}/zones")
    heading(page, "District").click()
    assert column(page, "District") == sorted(column(page, "District"))
    assert column(page, "District")[0] == "Central and Western"
    heading(page, "District").click()
    assert column(page, "District")[0] == "Yuen Long"


def test_a_zone_keeps_its_figures_when_the_table_is_sorted(page: Any, root: str) -> None:
    open_page(page, f"{root}/zones")
    before = sorted(page.locator("tbody tr").all_inner_texts())
    heading(
        page,
        "Covered",
    ).first.click()
    assert sorted(page.locator("tbody tr").all_inner_texts()) == before


@pytest.mark.parametrize("javascript", [False])
def test_without_javascript_the_table_shows_every_figure(page: Any, root: str) -> None:
    page.goto(f"{root}/zones")
    assert page.locator("tbody tr").count() == 18
    figures = page.locator("tbody td.n").all_inner_texts()
    assert len(figures) == 18 * page.locator("thead th.n").count()
    assert all(figure.strip() for figure in figures)
    assert page.locator("tbody svg.bar").count() == 18
    assert totals(page)[3] == "61"


@pytest.mark.parametrize("javascript", [False])
def test_without_javascript_the_map_page_says_so_and_gives_the_share(page: Any, root: str) -> None:
    page.goto(f"{root}/map")
    assert page.locator("noscript p").inner_text().startswith("The map needs JavaScript")
    assert page.locator(".sum strong").inner_text() == "12%"


def test_question_reach_and_day_each_change_the_figures(page: Any, root: str) -> None:
    open_page(page, f"{root}/zones")
    assert totals(page) == ["12%", "137.28", "966.86", "61"]
    choose(page, "case", "high")
    assert totals(page) == ["33%", "360.72", "743.42", "61"]
    choose(page, "case", "mid")
    choose(page, "question", "reporting")
    assert totals(page) == ["12%", "137.43", "966.71", "65"]
    choose(page, "at", "2019-01-01")
    assert totals(page) == ["12%", "137.30", "966.84", "62"]
    assert "1 January 2019" in page.locator("main").inner_text()


# ------------------------------------------------------------------ the pictures


def test_a_picture_of_the_map_has_the_size_of_the_window_and_shows_something(
    chrome: Any, hong_kong_address: str, tmp_path: Path
) -> None:
    file = tmp_path / "map.png"
    screenshots.take(chrome, f"{hong_kong_address}/map", file, SIZES[0], ENGLISH)
    with Image.open(file) as picture:
        assert picture.size == SIZES[0]
        assert len(picture.convert("RGB").getcolors(1 << 24)) > 100


def test_where_chromium_is_missing_the_pictures_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(screenshots.main, ["--out", str(tmp_path)])
    assert done.exit_code == 1
    assert "There is no Chromium on PATH" in done.output
