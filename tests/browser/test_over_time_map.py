"""The map over time and between questions: the slider of stages, the divider, the change by zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from stages import write_stages

from geoservice.maps.palette import CHANGE, SHARE
from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import served

PHONE = (390, 844)
DESKTOP = (1440, 900)
CHINESE = "zh-Hant"
FIRST = "before=posts&before_at=2024-01-01&after=posts-plan&after_at=2025-06-01"
PAIR = "compare=posts,2024-01-01,mid/posts-plan,2025-06-01,mid"
EVERYWHERE = [(DESKTOP, "en"), (DESKTOP, CHINESE), (PHONE, "en"), (PHONE, CHINESE)]
everywhere = pytest.mark.parametrize(("size", "tag"), EVERYWHERE, ids=str)
SECOND_PROGRAMME = """
[[timeline]]
id = "reach"
title = { en = "Farther reach", zh = "更遠的服務距離" }
description = { en = "As posts reach farther.", zh = "隨服務距離增加。" }

[[timeline.stage]]
id = "far"
title = { en = "2026", zh = "2026 年" }
at = 2026-01-01
kind = "planned"
question = "far"
"""
WORDS = {
    "en": {
        "time": "Over time", "compare": "Compare", "stage": "Stage", "play": "Play", "divider": "Divider",
        "second": "2025, Planned, Positions made up", "first": "2024, Installed", "change": "The change by zone",
        "zones": "Change by zone",
    },
    CHINESE: {
        "time": "隨時間變化", "compare": "比較", "stage": "階段", "play": "播放", "divider": "分隔線",
        "second": "2025 年, 計劃中, 位置屬虛構", "first": "2024 年, 已安裝",
        "change": "各分區的變化", "zones": "分區變化",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def staged_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = write_stages(tmp_path_factory.mktemp("staged") / "feetville")
    with (folder / "region.toml").open("a", encoding="utf-8") as region:
        region.write(SECOND_PROGRAMME)
    with served(create_app(Settings.from_env({}, layers=folder))) as address:
        yield address


@pytest.fixture
def staged(page: Any, staged_address: str, watch: Any, tag: str) -> Any:
    """A window in which the made-up city's map may be opened, with nothing remembered."""
    watch.origin = staged_address
    page.goto(f"{staged_address}/timelines")
    page.evaluate("() => localStorage.clear()")
    page.said = WORDS[tag]
    page.at = lambda path: page.goto(staged_address + path, wait_until="load")
    return page


def pane(page: Any, name: str) -> Any:
    return page.locator(f".leaflet-gs-scene-{name}-pane")


def shapes(page: Any, name: str) -> Any:
    return pane(page, name).locator("path")


def fills(page: Any, name: str) -> list[str]:
    found: list[str] = shapes(page, name).evaluate_all("all => all.map((one) => one.getAttribute('fill'))")
    return found


def open_panel(page: Any, title: str) -> None:
    page.get_by_role("toolbar").get_by_role("button", name=title, exact=True).click()


def own_zones(page: Any) -> Any:
    return page.locator(".leaflet-gs-zones-pane path")


def fits(page: Any) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth"))


# ------------------------------------------------------------------ the slider


@everywhere
def test_the_slider_shows_each_stage_with_what_is_published(staged: Any) -> None:
    staged.at("/map?question=posts")
    open_panel(staged, staged.said["time"])
    slider = staged.get_by_role("slider", name=staged.said["stage"])
    slider.wait_for()
    staged.wait_for_function(
        "text => document.querySelector('.gs-slider').ariaValueText === text", arg=staged.said["first"]
    )
    shapes(staged, "stage").first.wait_for(state="attached")
    assert own_zones(staged).count() == 0
    before = fills(staged, "stage")
    slider.focus()
    staged.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == staged.said["second"]
    staged.wait_for_function("text => location.hash.includes(text)", arg="stage=growth:second")
    staged.wait_for_function(
        "count => document.querySelectorAll('.leaflet-gs-scene-stage-pane path').length > count", arg=len(before)
    )
    published = staged.locator(".gs-published")
    assert published.locator("dl").count() == 2
    assert "Gazette" in published.inner_text()
    assert staged.locator(".gs-stage .gs-tag-planned").is_visible()
    assert staged.locator(".gs-stage .gs-tag-made-up").is_visible()
    assert staged.locator(".gs-head-stage .gs-tag-made-up").is_visible()
    assert staged.locator(".gs-stage .gs-table tbody tr").count() == 4
    assert fits(staged)


def test_a_stage_comes_back_from_its_address_and_the_map_as_it_was_when_it_is_closed(staged: Any) -> None:
    staged.at("/map?question=far#panel=time&stage=growth:second")
    staged.wait_for_function("() => document.querySelector('.gs-slider')?.value === '1'")
    shapes(staged, "stage").first.wait_for(state="attached")
    assert own_zones(staged).count() == 0
    staged.keyboard.press("Tab")
    staged.locator("#gs-panel-time .gs-panel-close").click()
    own_zones(staged).first.wait_for(state="attached")
    assert shapes(staged, "stage").count() == 0
    assert "stage=" not in staged.url
    assert staged.locator(".gs-head-stage").count() == 0


@pytest.mark.parametrize("panel", ["panel=time&stage=growth:first", f"panel=compare&{PAIR}/swipe/50"])
def test_what_lies_beneath_a_stage_or_a_comparison_outlives_a_reload(staged: Any, panel: str) -> None:
    marks = staged.locator(".leaflet-marker-pane .facility")
    staged.at("/map?question=posts")
    own_zones(staged).first.wait_for(state="attached")
    before = marks.count()
    staged.goto("about:blank")
    staged.at(f"/map?question=posts#{panel}")
    shapes(staged, "stage" if "stage" in panel else "after").first.wait_for(state="attached")
    staged.evaluate("() => geoservice.map.panBy([60, 20], { animate: false })")
    staged.wait_for_function("() => location.hash.includes('view=')")
    assert "layers=default" in staged.url
    staged.reload()
    shapes(staged, "stage" if "stage" in panel else "after").first.wait_for(state="attached")
    assert own_zones(staged).count() == 0
    staged.locator(".gs-panel-close").locator("visible=true").click()
    own_zones(staged).first.wait_for(state="attached")
    assert staged.locator(".leaflet-gs-coverage-pane path").count() > 0
    assert marks.count() == before
    assert "layers=default" in staged.url


@pytest.mark.parametrize("panel", ["panel=time&stage=growth:second", f"panel=compare&{PAIR}/difference/50"])
def test_on_dark_ground_more_is_lighter_over_time_and_between_questions_too(staged: Any, panel: str) -> None:
    name = "stage" if "stage" in panel else "before"
    staged.emulate_media(color_scheme="light")
    staged.at(f"/map?question=posts#{panel}")
    shapes(staged, name).first.wait_for(state="attached")
    light = set(fills(staged, name))
    staged.emulate_media(color_scheme="dark")
    dark = f"""light => [...document.querySelectorAll(".leaflet-gs-scene-{name}-pane path")]
        .some((one) => one.hasAttribute("fill") && !light.includes(one.getAttribute("fill")))"""
    staged.wait_for_function(dark, arg=sorted(light))
    legend = staged.locator(".gs-classes .swatch path")
    ramp = CHANGE if name == "before" else SHARE
    assert legend.evaluate_all("all => all.map((one) => one.getAttribute('fill'))") == list(ramp.dark)
    staged.emulate_media(color_scheme="light")
    staged.wait_for_function(
        "first => document.querySelector('.gs-classes .swatch path').getAttribute('fill') === first",
        arg=ramp.colours[0],
    )
    assert set(fills(staged, name)) == light


def test_a_question_in_no_timeline_stays_on_the_map_until_a_stage_is_chosen(staged: Any) -> None:
    staged.at("/map?question=far")
    own_zones(staged).first.wait_for(state="attached")
    open_panel(staged, "Over time")
    staged.get_by_text("Move the slider, or press Play").wait_for()
    assert own_zones(staged).count() > 0
    staged.get_by_role("button", name="2025", exact=True).click()
    shapes(staged, "stage").first.wait_for(state="attached")
    assert own_zones(staged).count() == 0


def test_the_sources_of_a_stage_are_shown_with_it(staged: Any) -> None:
    staged.at("/map?question=posts#panel=time&stage=growth:first")
    marks = staged.locator(".leaflet-marker-pane .facility")
    staged.wait_for_function("() => document.querySelector('.gs-slider')?.value === '0'")
    shapes(staged, "stage").first.wait_for(state="attached")
    shown = marks.count()
    staged.get_by_role("button", name="2025", exact=True).click()
    staged.locator(".leaflet-marker-pane .made-up-mark").wait_for()
    assert marks.count() == shown + 1


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_goes_to_the_last_stage_and_stops(staged: Any, motion: str) -> None:
    staged.emulate_media(reduced_motion=motion)
    staged.at("/map?question=far")
    open_panel(staged, "Over time")
    play = staged.get_by_role("button", name="Play", exact=True)
    staged.get_by_text("Move the slider, or press Play").wait_for()
    play.click()
    staged.wait_for_function("() => document.querySelector('.gs-head-stage')?.textContent.includes('2024')")
    pause = staged.get_by_role("button", name="Pause", exact=True)
    assert pause.get_attribute("aria-pressed") == "true"
    staged.wait_for_function("() => document.querySelector('.gs-slider').value === '1'")
    play.wait_for()
    assert play.get_attribute("aria-pressed") == "false"
    staged.emulate_media(reduced_motion="no-preference")


def test_pause_stays_at_the_stage(staged: Any) -> None:
    staged.at("/map?question=far")
    open_panel(staged, "Over time")
    staged.get_by_text("Move the slider, or press Play").wait_for()
    staged.clock.install()
    staged.get_by_role("button", name="Play", exact=True).click()
    staged.wait_for_function("() => document.querySelector('.gs-head-stage')?.textContent.includes('2024')")
    staged.get_by_role("button", name="Pause", exact=True).click()
    staged.clock.run_for(20_000)
    assert staged.locator(".gs-slider").input_value() == "0"


def test_what_the_next_stage_needs_is_there_before_it_is_shown(staged: Any, watch: Any) -> None:
    staged.at("/map?question=posts#panel=time&stage=growth:first")
    staged.wait_for_function("() => document.querySelector('.gs-slider')?.value === '0'")
    for _ in range(100):
        if any("/posts-plan-coverage/items" in address for address in watch.addresses):
            break
        staged.wait_for_timeout(50)
    staged.wait_for_load_state("networkidle")
    asked = len(watch.addresses)
    staged.get_by_role("button", name="2025", exact=True).click()
    staged.wait_for_function("() => document.querySelector('.gs-head-stage').textContent.includes('2025')")
    staged.wait_for_function("() => location.hash.includes('growth:second')")
    assert [one for one in watch.addresses[asked:] if "/collections/posts" in one] == []


def test_a_stage_that_cannot_be_shown_says_why(city_map: Any) -> None:
    city_map.page.goto(f"{city_map.root}/map?question=stations#panel=time&stage=smartview:2031")
    problem = city_map.page.locator(".gs-problem")
    problem.wait_for()
    assert "smartview-plan-2031" in problem.inner_text()
    assert "66,500" in city_map.page.locator(".gs-published").inner_text()
    city_map.page.evaluate("() => localStorage.clear()")


def test_a_server_that_fails_is_told_of(staged: Any, watch: Any) -> None:
    watch.expect("500")
    staged.route("**/timelines**", lambda route: route.fulfill(status=500, json={"description": "Out of order."}))
    staged.at("/map?question=posts")
    open_panel(staged, "Over time")
    staged.locator("#gs-panel-time").get_by_text("Out of order.").wait_for()
    staged.unroute("**/timelines**")


@pytest.mark.parametrize(
    "fragment",
    [
        "panel=time&stage=nothing:2028",
        "panel=time&stage=growth:nothing",
        "panel=time&stage=%3Cscript%3E",
        "panel=compare&compare=rubbish",
        "panel=compare&compare=posts,2024-01-01,mid/far,2024-01-01,mid/swipe/900",
        "panel=compare&compare=posts,soon,mid/far,2024-01-01,best/swipe/50",
    ],
)
def test_an_address_that_says_nothing_sensible_is_passed_over(staged: Any, fragment: str) -> None:
    staged.at(f"/map?question=posts#{fragment}")
    shapes(staged, "stage" if "panel=time" in fragment else "after").first.wait_for(state="attached")


def test_a_comparison_of_what_is_not_there_is_told(staged: Any, watch: Any) -> None:
    watch.expect("400")
    staged.at("/map?question=posts#panel=compare&compare=nothing,2024-01-01,mid/posts,2024-01-01,mid/swipe/50")
    staged.get_by_text(re.compile("The parameter 'before' cannot be 'nothing'")).wait_for()
    assert shapes(staged, "before").count() == 0


# ------------------------------------------------------------------ the divider


@everywhere
def test_the_divider_moves_by_keyboard_and_pointer_and_cuts_both_sides(staged: Any) -> None:
    staged.at(f"/map?question=posts#panel=compare&{PAIR}/swipe/50")
    bar = staged.get_by_role("separator", name=staged.said["divider"])
    bar.wait_for()
    for side in ("before", "after"):
        shapes(staged, side).first.wait_for(state="attached")
    assert bar.get_attribute("aria-orientation") == "vertical"
    bar.focus()
    staged.keyboard.press("ArrowRight")
    assert bar.get_attribute("aria-valuenow") == "52"
    staged.keyboard.press("PageDown")
    assert bar.get_attribute("aria-valuenow") == "42"
    staged.wait_for_function("() => location.hash.endsWith('/swipe/42')")
    heads = staged.locator(".gs-head-before, .gs-head-after")
    assert heads.count() == 2
    assert staged.locator(".gs-head-after .gs-tag-made-up").is_visible()
    box, hold = bar.bounding_box(), staged.locator(".folium-map").bounding_box()
    staged.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    staged.mouse.down()
    staged.mouse.move(hold["x"] + hold["width"] * 0.7, box["y"] + 20, steps=3)
    staged.mouse.up()
    assert bar.get_attribute("aria-valuenow") == "70"
    edges = staged.evaluate(
        """() => {
            const cut = (name) => getComputedStyle(document.querySelector(`.leaflet-gs-scene-${name}-pane`)).clip
                .match(/-?[0-9.]+/g).map(Number);
            return [cut("before")[1], cut("after")[3], cut("before")[3], cut("after")[1]];
        }"""
    )
    assert edges[0] == edges[1]
    assert edges[0] - edges[2] == pytest.approx(0.7 * hold["width"], abs=2)
    assert fits(staged)


def test_the_cut_follows_the_map(staged: Any) -> None:
    staged.at(f"/map?question=posts#panel=compare&{PAIR}/swipe/30")
    shapes(staged, "after").first.wait_for(state="attached")
    where = """() => {
        const map = geoservice.map, edge = document.querySelector(".leaflet-gs-scene-before-pane").style.clip;
        const right = Number(edge.match(/-?[0-9.]+/g)[1]);
        return map.layerPointToContainerPoint([right, 0]).x / map.getSize().x;
    }"""
    assert staged.evaluate(where) == pytest.approx(0.3, abs=1e-3)
    staged.evaluate("() => geoservice.map.panBy([130, 40], { animate: false })")
    assert staged.evaluate(where) == pytest.approx(0.3, abs=1e-3)
    staged.evaluate("() => geoservice.map.setZoom(geoservice.map.getZoom() + 1, { animate: false })")
    assert staged.evaluate(where) == pytest.approx(0.3, abs=1e-3)


@everywhere
def test_the_change_by_zone_is_a_shade_and_a_table(staged: Any, staged_address: str) -> None:
    staged.at(f"/map?question=posts#panel=compare&{PAIR}/swipe/50")
    shapes(staged, "after").first.wait_for(state="attached")
    staged.get_by_label(staged.said["change"], exact=True).check()
    staged.wait_for_function("() => location.hash.includes('/difference/')")
    staged.get_by_role("separator").wait_for(state="detached")
    document = staged.request.get(f"{staged_address}/compare?f=json&{FIRST}").json()
    gaining = [row["zone_id"] for row in document["zones"] if row["share_change"] > 0]
    assert gaining == ["NE"]
    staged.wait_for_function("() => document.querySelectorAll('.leaflet-gs-scene-before-pane path').length === 4")
    assert sorted(fills(staged, "before")) == ["#542788", "#f7f7f7", "#f7f7f7", "#f7f7f7"]
    table = staged.get_by_role("table", name=staged.said["zones"])
    assert table.locator("tbody tr").count() == 4
    first = table.locator("tbody tr").first.inner_text()
    assert ("North East" in first) or ("NE" in first)
    assert "+" in first
    assert fits(staged)


def test_another_question_brings_its_own_day_and_what_differs_is_told(staged: Any) -> None:
    staged.at("/map?question=posts")
    open_panel(staged, "Compare")
    told = staged.locator(".gs-differs")
    told.get_by_text("Assumed range. Before: 600 m. After: 900 m.").wait_for()
    after = staged.get_by_role("group", name="After")
    after.get_by_label("Question").select_option("far")
    told.get_by_text("Reach across water").wait_for()
    staged.get_by_role("button", name="Swap the sides").click()
    told.get_by_text("Assumed range. Before: 900 m. After: 600 m.").wait_for()
    assert "compare=far," in staged.url


# ------------------------------------------------------------------ the pages


@everywhere
def test_the_pages_fit_and_their_tables_sort(staged: Any, tag: str) -> None:
    staged.at(f"/timelines/growth?lang={tag}")
    assert staged.locator(".stages > li").count() == 2
    assert fits(staged)
    staged.at(f"/compare?{FIRST}&lang={tag}")
    rows = staged.locator("table tbody tr")
    assert rows.first.get_attribute("id") == "zone-NE"
    staged.locator("thead button").first.click()
    staged.locator("thead button").first.click()
    assert rows.first.get_attribute("id") != "zone-NE"
    assert fits(staged)


def test_the_form_above_the_table_of_zones_takes_the_day_too(staged: Any) -> None:
    staged.at("/map?question=posts&at=2001-02-03#panel=zones")
    form = staged.locator(".gs-zones form.ask")
    form.locator("select[name=question]").select_option("far")
    own = form.locator("option[value=far]").get_attribute("data-at")
    assert form.locator("input[name=at]").input_value() == own != "2001-02-03"


def test_the_form_takes_the_day_of_the_question_that_is_chosen(staged: Any) -> None:
    staged.at(f"/zones?{FIRST.partition('&')[0].replace('before', 'question')}&at=2001-02-03")
    staged.locator("select[name=question]").select_option("far")
    own = staged.locator("option[value=far]").get_attribute("data-at")
    assert staged.locator("input[name=at]").input_value() == own != "2001-02-03"
    staged.at(f"/compare?{FIRST}")
    day = staged.locator("input[name=before_at]")
    assert day.input_value() == "2024-01-01"
    staged.locator("select[name=before]").select_option("far")
    assert day.input_value() == staged.locator("option[value=far]").first.get_attribute("data-at")
    staged.get_by_role("button", name="Compare", exact=True).click()
    staged.wait_for_url(re.compile("before=far"))
    assert staged.locator("table tbody tr").count() == 4
    staged.get_by_role("link", name="Both sides on the map").click()
    staged.wait_for_url(re.compile("/map"))
    staged.get_by_role("separator").wait_for()


# ------------------------------------------------------------------ answers that come in another order


class Held:
    """Requests that wait for `let_go`, in the order in which they came."""

    def __init__(self, page: Any, pattern: re.Pattern[str]) -> None:
        self.routes: list[Any] = []
        page.route(pattern, self.hold)
        self.page = page

    def hold(self, route: Any) -> None:
        self.routes.append(route)

    def wait_for(self, count: int) -> None:
        for _ in range(100):
            if len(self.routes) >= count:
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"{len(self.routes)} of {count} requests came")

    def let_go(self, position: int) -> None:
        route = self.routes[position]
        route.fulfill(response=route.fetch())


def test_the_programme_that_was_chosen_last_is_shown_whichever_answer_comes_last(staged: Any) -> None:
    staged.at("/map?question=posts")
    open_panel(staged, "Over time")
    which = staged.get_by_label("Programme")
    staged.wait_for_function("() => document.querySelector('.gs-head-stage')?.textContent.includes('2024')")
    held = Held(staged, re.compile("/timelines/(growth|reach)"))
    which.select_option("reach")
    held.wait_for(1)
    which.select_option("growth")
    held.wait_for(2)
    held.let_go(1)
    staged.get_by_text("As the town grows.").wait_for()
    with staged.expect_response(re.compile("/timelines/reach")):
        held.let_go(0)
    staged.wait_for_timeout(100)
    assert staged.get_by_text("As the town grows.").is_visible()
    assert which.input_value() == "growth"


def test_what_is_overtaken_does_not_say_later_that_it_is_loading(staged: Any) -> None:
    staged.at("/map?question=posts#panel=time&stage=growth:first")
    shapes(staged, "stage").first.wait_for(state="attached")
    staged.wait_for_load_state("networkidle")
    held = Held(staged, re.compile("/collections/far-coverage/"))
    staged.get_by_label("Programme").select_option("reach")
    held.wait_for(1)
    staged.get_by_label("Programme").select_option("growth")
    staged.wait_for_function("() => document.querySelector('.gs-head-stage')?.textContent.includes('2024')")
    staged.wait_for_timeout(400)
    assert staged.get_by_role("status").filter(has_text="Loading").count() == 0
    held.let_go(0)


def test_after_a_failure_nothing_of_the_comparison_before_is_shown(staged: Any, watch: Any) -> None:
    watch.expect("500")
    staged.at(f"/map?question=posts#panel=compare&{PAIR}/swipe/50")
    shapes(staged, "after").first.wait_for(state="attached")
    staged.route("**/compare?**", lambda route: route.fulfill(status=500, json={"description": "Out of order."}))
    staged.get_by_role("group", name="After").get_by_label("Question").select_option("far")
    staged.locator("#gs-panel-compare").get_by_text("Out of order.").wait_for()
    own_zones(staged).first.wait_for(state="attached")
    assert staged.locator(".leaflet-gs-coverage-pane path").count() > 0
    assert staged.locator(".legend").is_visible()
    staged.get_by_label("The change by zone", exact=True).check()
    assert staged.locator(".gs-differs").count() == 0
    for side in ("before", "after"):
        assert shapes(staged, side).count() == 0


@pytest.mark.parametrize("fragment", ["panel=none", f"panel=compare&{PAIR}/swipe/50"])
def test_a_comparison_is_asked_for_once_and_is_that_of_the_address(staged: Any, watch: Any, fragment: str) -> None:
    staged.at(f"/map?question=posts#{fragment}")
    if fragment == "panel=none":
        open_panel(staged, "Compare")
    shapes(staged, "after").first.wait_for(state="attached")
    asked = [one for one in watch.addresses if "/compare?" in one]
    assert len(asked) == 1
    assert ("after=posts-plan" in asked[0]) is (fragment != "panel=none")


@pytest.mark.parametrize("size", [PHONE])
def test_what_the_map_shows_is_said_below_the_search(staged: Any) -> None:
    staged.at("/map?question=posts#panel=time&stage=growth:second")
    head = staged.locator(".gs-head-stage")
    head.wait_for()
    search = staged.locator(".gs-search").bounding_box()
    assert head.bounding_box()["y"] >= search["y"] + search["height"]


@pytest.mark.parametrize("tag", [CHINESE])
def test_why_a_stage_cannot_be_shown_is_said_in_the_language_of_the_page(city_map: Any) -> None:
    city_map.page.goto(f"{city_map.root}/map?question=stations#panel=time&stage=smartview:2031")
    problem = city_map.page.locator(".gs-problem")
    problem.wait_for()
    assert "此問題需要圖層「smartview-plan-2031」。此圖層尚未產生。" in problem.inner_text()
    city_map.page.evaluate("() => localStorage.clear()")


ALPHAS = """() => {
    const found = new Set();
    for (const tile of document.querySelectorAll(".leaflet-gs-scene-stage-pane canvas")) {
        if (!tile.width || !tile.height) continue;
        const { data } = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height);
        for (let i = 3; i < data.length; i += 4) found.add(data[i]);
    }
    return found.has(255) ? found.size : 0;
}"""


def test_what_cameras_cover_is_drawn_from_tiles_far_out_in_stripes_if_made_up(city_map: Any, watch: Any) -> None:
    page = city_map.page
    page.goto(f"{city_map.root}/map?question=stations#panel=time&stage=smartview:2024&view=22.32,114.17,11")
    page.wait_for_function(ALPHAS)
    assert page.evaluate(ALPHAS) > 2
    assert [one for one in watch.addresses if "cameras-plan-2024-coverage/items" in one] == []
    page.locator("#gs-panel-time .gs-panel-close").click()
    page.locator(".leaflet-gs-scene-stage-pane canvas").first.wait_for(state="detached")
    page.evaluate("() => localStorage.clear()")
