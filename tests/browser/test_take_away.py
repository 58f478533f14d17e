"""Taking the map away: the frame on the map, the page, the picture and the data, in both languages and sizes."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

PHONE = (390, 844)
CHINESE = "zh-Hant"
TITLE = {"en": "Take away", CHINESE: "下載及列印"}
PDF = {"en": "Download PDF", CHINESE: "下載 PDF"}
FRAME = "path.gs-frame"
LATER_MS = 600
LEAST_SHARE_OF_VIEW = 0.7


def opened(city_map: Any, tag: str = "en") -> Any:
    """Open the panel, and wait for the frame that will be printed."""
    city_map.page.get_by_role("button", name=TITLE[tag]).click()
    city_map.page.locator(FRAME).wait_for(state="attached")
    return city_map.page.get_by_role("region", name=TITLE[tag])


def taken(page: Any, panel: Any, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        panel.get_by_role("button", name=button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize(("tag", "size"), [("en", (1440, 900)), (CHINESE, PHONE)])
def test_a_reader_takes_a_page_away(city_map: Any, page: Any, tag: str, tmp_path: Path) -> None:
    city_map.open()
    panel = opened(city_map, tag)
    path = taken(page, panel, PDF[tag], tmp_path)
    assert path.name.startswith("stations-")
    document = pypdfium2.PdfDocument(path)
    text = document[0].get_textpage().get_text_range()
    told = panel.locator("[aria-live]").first.text_content()
    scale = told.split("1:")[1].rstrip(".。 ")
    assert f"1:{scale}" in text
    assert ("圖例" in text) is (tag == CHINESE)
    document.close()


def test_the_frame_stays_within_the_view_and_goes_with_the_panel(city_map: Any, page: Any) -> None:
    city_map.open()
    panel = opened(city_map)
    frame, view = page.locator(FRAME).bounding_box(), page.locator(".folium-map").bounding_box()
    assert view["x"] <= frame["x"]
    assert frame["x"] + frame["width"] <= view["x"] + view["width"]
    assert frame["width"] / frame["height"] > 1
    panel.get_by_label("Orientation").select_option("portrait")
    page.wait_for_function(
        "() => { const b = document.querySelector('path.gs-frame')?.getBoundingClientRect();"
        " return b && b.width < b.height * 1.1; }"
    )
    page.keyboard.press("Escape")
    page.locator(FRAME).wait_for(state="detached")


def test_what_is_printed_is_what_the_map_shows(city_map: Any, page: Any, tmp_path: Path) -> None:
    city_map.open()
    city_map.layer("Coverage").uncheck()
    panel = opened(city_map)
    what = panel.get_by_role("group", name="What is on it")
    assert not what.get_by_role("checkbox", name="Coverage").is_checked()
    assert what.get_by_role("checkbox", name="Police stations").is_checked()
    panel.get_by_label("Format").select_option("csv.zip")
    path = taken(page, panel, "Download data", tmp_path)
    names = zipfile.ZipFile(path).namelist()
    assert any(name.startswith("police-stations-") for name in names)
    assert not any("coverage" in name for name in names)


def test_a_figure_that_shades_the_map_is_printed_too(city_map: Any, page: Any, tmp_path: Path) -> None:
    city_map.open("/map?question=stations#layers=-zones,%2Bshade_largest_single_loss_m2")
    panel = opened(city_map)
    what = panel.get_by_role("group", name="What is on it")
    assert what.get_by_role("checkbox", name="Largest loss if one alone fails").is_checked()
    document = pypdfium2.PdfDocument(taken(page, panel, "Download PDF", tmp_path))
    text = "".join(one.get_textpage().get_text_range() for one in document)
    document.close()
    assert "Largest loss if one alone fails" in text
    assert "km²" in text


def test_what_cannot_be_printed_is_said_before(city_map: Any) -> None:
    city_map.open("/map?question=cameras#layers=%2Bfootprints")
    panel = opened(city_map)
    assert "What each camera sees" in panel.locator(".gs-take-left").inner_text()
    city_map.page.goto("about:blank")
    city_map.open("/map?question=cameras#panel=none&layers=default&found=22.3,114.17,Here")
    city_map.page.locator(".gs-found").wait_for(state="attached")
    panel = opened(city_map)
    assert "places found" in panel.locator(".gs-take-left").inner_text()
    city_map.page.goto("about:blank")
    city_map.open("/map?question=cameras#panel=none&layers=default")
    panel = opened(city_map)
    assert panel.locator(".gs-take-left").is_hidden()


def test_a_failure_is_told_in_the_panel(city_map: Any, page: Any, watch: Any) -> None:
    watch.expect("503")
    city_map.open()
    panel = opened(city_map)
    page.route(
        "**/map.png?*",
        lambda route: route.fulfill(status=503, content_type="application/json", body='{"description": "No room."}'),
    )
    button = panel.get_by_role("button", name="Download picture of the view (PNG)")
    button.click()
    panel.get_by_text("Could not be made: No room.").wait_for()
    assert button.is_enabled()
    assert button.evaluate("(one) => one === document.activeElement")


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_a_picture_has_the_size_of_the_view_and_one_for_slides_that_of_a_slide(
    city_map: Any, page: Any, tmp_path: Path
) -> None:
    city_map.open()
    panel = opened(city_map)
    page.wait_for_function("() => document.querySelector('.gs-take-told').textContent.includes('1:')")
    view = page.locator(".folium-map").bounding_box()
    path = taken(page, panel, "Download picture of the view (PNG)", tmp_path)
    with Image.open(path) as picture:
        width, height = picture.size
    assert width / height == pytest.approx(view["width"] / view["height"], rel=0.01)
    assert (width, height) >= (900, 600)
    assert width >= view["width"]
    panel.get_by_label("Paper").select_option("picture")
    path = taken(page, panel, "Download picture (PNG)", tmp_path)
    with Image.open(path) as picture:
        assert picture.size == (1920, 1080)


def test_what_is_chosen_comes_back_from_the_address(city_map: Any, page: Any) -> None:
    city_map.open()
    panel = opened(city_map)
    panel.get_by_label("Paper").select_option("A3")
    panel.get_by_label("Orientation").select_option("portrait")
    panel.get_by_label("Names of zones").uncheck()
    what = panel.get_by_role("group", name="What is on it")
    what.get_by_role("checkbox", name="Gaps").check()
    what.get_by_role("checkbox", name="Police stations").uncheck()
    page.wait_for_function("() => location.hash.includes('take=A3/portrait/')")
    page.reload()
    page.locator(FRAME).wait_for(state="attached")
    panel = page.get_by_role("region", name=TITLE["en"])
    what = panel.get_by_role("group", name="What is on it")
    what.get_by_role("checkbox", name="Gaps").wait_for()
    assert panel.get_by_label("Paper").input_value() == "A3"
    assert panel.get_by_label("Orientation").input_value() == "portrait"
    assert not panel.get_by_label("Names of zones").is_checked()
    assert what.get_by_role("checkbox", name="Gaps").is_checked()
    assert not what.get_by_role("checkbox", name="Police stations").is_checked()


@pytest.mark.parametrize("fragment", ["panel=take", "panel=take&view=22.3,114.2,12&take=A3/portrait/view//gpkg/grid/"])
def test_an_address_with_the_panel_open_asks_for_the_frame_once(
    city_map: Any, page: Any, watch: Any, fragment: str
) -> None:
    city_map.open("/map#" + fragment)
    page.locator(FRAME).wait_for(state="attached")
    page.wait_for_timeout(LATER_MS)
    asked = [address for address in watch.addresses if "/print.json" in address]
    assert len(asked) == 1
    assert ("size=A3&orientation=portrait" in asked[0]) is ("A3" in fragment)
    frame, view = page.locator(FRAME).bounding_box(), page.locator(".folium-map").bounding_box()
    assert view["x"] <= frame["x"]
    assert view["y"] <= frame["y"]
    assert frame["x"] + frame["width"] <= view["x"] + view["width"]
    assert frame["y"] + frame["height"] <= view["y"] + view["height"]
    assert max(frame["width"] / view["width"], frame["height"] / view["height"]) > LEAST_SHARE_OF_VIEW


def test_choices_open_no_panel(city_map: Any, page: Any) -> None:
    city_map.open("/map#panel=layers&take=A3/portrait/view//gpkg/grid/")
    assert page.locator("#gs-panel-layers").is_visible()
    panel = opened(city_map)
    assert panel.get_by_label("Paper").input_value() == "A3"
