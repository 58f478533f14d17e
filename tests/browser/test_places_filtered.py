"""Places on the map by status, owner, access and kind: those of tiles and those written into the page."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from city import write_city, write_kiosks

from geoservice.maps.map_data import MAX_INLINE
from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import served

PHONE = (390, 844)
CHINESE = "zh-Hant"
FEW, MANY = 5, MAX_INLINE + 100
WORDS = {
    "en": {
        "filter": "Filter: Kiosks", "some": "Filter: some are hidden: Kiosks", "planned": "planned",
        "none": "not known", "reset": "Show all again",
    },
    CHINESE: {
        "filter": "篩選: Kiosks", "some": "篩選：部分已隱藏: Kiosks", "planned": "計劃中",
        "none": "未知", "reset": "全部重新顯示",
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=[FEW, MANY], ids=["inline", "tiled"])
def kiosks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A service with so many kiosks."""
    folder = write_city(tmp_path_factory.mktemp("kiosks") / "feetville")
    write_kiosks(folder, request.param)
    with served(create_app(Settings.from_env({}, layers=folder))) as address:
        yield address, request.param


@pytest.fixture
def root(kiosks: tuple[str, int], watch: Any) -> str:
    watch.origin = kiosks[0]
    return kiosks[0]


def shown(city_map: Any) -> int:
    """How many kiosks are on the map: marks, or places of tiles."""
    city_map.drawn()
    return city_map.markers.count() - 3 + city_map.places_in_view()["count"]


def wait_for(city_map: Any, count: int) -> None:
    for _ in range(100):
        if shown(city_map) == count:
            return
        city_map.page.wait_for_timeout(50)
    assert shown(city_map) == count


@pytest.mark.parametrize(("size", "tag"), [((1440, 900), "en"), (PHONE, CHINESE)], ids=["desktop", "phone"])
def test_places_are_filtered_at_once_kept_in_the_address_and_all_shown_again(
    city_map: Any, kiosks: tuple[str, int], tag: str
) -> None:
    words, every = WORDS[tag], kiosks[1]
    city_map.open("/map?question=posts#layers=%2Blayer_kiosks&panel=layers")
    wait_for(city_map, every)
    page = city_map.page
    fold = page.locator(".gs-facets")
    assert fold.count() == 1
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    boxes = fold.get_by_role("checkbox")
    assert boxes.count() == 5
    assert all(box.is_checked() for box in boxes.all())
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    wait_for(city_map, 2)
    assert fold.locator("summary").get_attribute("aria-label") == words["some"]
    assert words["some"].removesuffix(": Kiosks") in city_map.legend.text_content()
    fold.get_by_label(words["planned"]).uncheck()
    wait_for(city_map, 1)
    fold.get_by_label("O'Hara & Sons").uncheck()
    wait_for(city_map, 0)
    fold.get_by_label("O'Hara & Sons").check()
    wait_for(city_map, 1)
    assert fold.get_by_label(words["none"]).is_checked()
    assert "hidden=layer_kiosks/status:operating,planned" in page.url
    page.reload()
    wait_for(city_map, 1)
    fold.locator("summary").click()
    assert not fold.get_by_label(words["planned"]).is_checked()
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    fold.get_by_role("button", name=words["reset"]).click()
    wait_for(city_map, every)
    assert fold.locator("summary").get_attribute("aria-label") == words["filter"]
    assert words["some"].removesuffix(": Kiosks") not in city_map.legend.text_content()
    assert "hidden=" not in page.url
    assert city_map.focused()["tag"] == "SUMMARY"


def test_what_is_filtered_counts_the_same_far_out_and_near(city_map: Any, kiosks: tuple[str, int]) -> None:
    city_map.open("/map?question=posts#layers=%2Blayer_kiosks&hidden=layer_kiosks/owner:Feetville")
    wait_for(city_map, 2)
    lat, lon, _ = city_map.view()
    city_map.go(lat, lon, 15)
    wait_for(city_map, 2)
    city_map.go(lat, lon, 10)
    wait_for(city_map, 2)
    assert kiosks[1] > 2


def test_what_is_filtered_is_neither_printed_nor_in_the_data(city_map: Any, kiosks: Any, tmp_path: Path) -> None:
    hidden = "layer_kiosks/status:planned,/owner:O'Hara%2520%2526%2520Sons"
    city_map.open(f"/map?question=posts#panel=take&layers=%2Blayer_kiosks&hidden={hidden}")
    left = kiosks[1] - 3
    wait_for(city_map, left)
    page = city_map.page
    page.locator("path.gs-frame").wait_for(state="attached")
    panel = page.locator("#gs-panel-take")
    panel.get_by_role("combobox", name="Ground").select_option("all")
    panel.get_by_label("Format").select_option("csv.zip")
    files = []
    for button in ("Download PDF", "Download data"):
        with page.expect_download() as download:
            panel.get_by_role("button", name=button).click()
        files.append(tmp_path / download.value.suggested_filename)
        download.value.save_as(files[-1])
    with closing(pypdfium2.PdfDocument(files[0])) as document:
        said = " ".join("".join(one.get_textpage().get_text_range() for one in document).split())
    assert f"Kiosks ({left})" in said
    assert "Filtered; left out: Status: not known, planned; Owner: O'Hara & Sons." in said
    archive = zipfile.ZipFile(files[1])
    name = next(one for one in archive.namelist() if one.startswith("kiosks-"))
    assert archive.read(name).count(b"\n") == left + 1


@pytest.mark.parametrize("hidden", ["layer_nothing/status:planned", "layer_kiosks/status:nothing", "rubbish", "%zz"])
def test_an_address_that_hides_nothing_sensible_is_passed_over(city_map: Any, kiosks: Any, hidden: str) -> None:
    city_map.open(f"/map?question=posts#layers=%2Blayer_kiosks&hidden={hidden}")
    wait_for(city_map, kiosks[1])
    city_map.page.evaluate("() => geoservice.map.panBy([10, 0], { animate: false })")
    city_map.page.wait_for_url(re.compile("view="))
    assert "hidden=" not in city_map.page.url
