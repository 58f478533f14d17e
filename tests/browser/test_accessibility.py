"""axe-core finds nothing serious on any page, in either language, at either size, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools.screenshots import PAGES, SCHEMES, SIZES, open_page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PLACES = {**PAGES, "error": "/map?question=nothing", "illustrative": "/zones?question=cameras-plan-2024"}
RUN = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(({ id, impact, nodes }) =>
        ({ id, impact, at: nodes.map((one) => one.html.slice(0, 200)) }));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script; it is a development package of npm and no part of what is served."""
    assert AXE.is_file(), "the front-end files are not up to date: python3 run.py build"
    return f"{AXE.read_text(encoding='utf-8')};0"


def violations(page: Any, axe: str) -> list[dict[str, Any]]:
    """What is serious on the page as it stands, in light and in dark."""
    found: list[dict[str, Any]] = []
    page.evaluate(axe)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        found += [{"scheme": scheme, **one} for one in page.evaluate(RUN) if one["impact"] in ("serious", "critical")]
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.parametrize(
    ("tag", "size"),
    [
        ("en", SIZES[0]),
        ("zh-Hant", SIZES[1]),
        pytest.param("en", SIZES[1], marks=pytest.mark.soak),
        pytest.param("zh-Hant", SIZES[0], marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("name", PLACES)
def test_a_page_has_no_serious_violation(page: Any, root: str, watch: Any, axe: str, name: str, tag: str) -> None:
    if name == "error":
        watch.expect("404")
    open_page(page, root + PLACES[name])
    assert page.locator("html").get_attribute("lang") == tag
    assert violations(page, axe) == []


@pytest.mark.parametrize("tag", ["zh-Hant"])
@pytest.mark.parametrize("size", [pytest.param(SIZES[0], marks=pytest.mark.soak), SIZES[1]])
def test_what_opens_on_the_map_has_no_serious_violation(page: Any, city_map: Any, axe: str) -> None:
    city_map.open()
    page.get_by_role("combobox", name="名稱、地址或坐標").fill("灣仔")
    page.locator(".gs-option").first.wait_for()
    assert violations(page, axe) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    for button in page.locator(".gs-rail-button").all():
        if button.get_attribute("aria-expanded") != "true":  # one may be open at the start
            button.click()
        page.locator(".gs-panel:visible").wait_for()
        assert violations(page, axe) == [], button.get_attribute("title")
    page.locator(".gs-panel-close:visible").click()
    page.locator(".gs-where-line").click()
    city_map.popup.wait_for()
    page.wait_for_function("() => getComputedStyle(document.querySelector('.leaflet-popup')).opacity === '1'")
    assert violations(page, axe) == []
