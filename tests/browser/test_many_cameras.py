"""The largest plan, 66,500 cameras, in a real browser: only what is in view is sent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from geoservice.analysis.illustrate import illustrate
from geoservice.catalog import open_catalog
from geoservice.formats.plan import write_plan
from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import served

pytestmark = pytest.mark.soak

STAGE, CAMERAS = "2031", 66_500
QUESTION = f"cameras-plan-{STAGE}"
COMPUTED_WITHIN_MS = 180_000
WARM_TRANSFER_LIMIT_BYTES = 600_000


@pytest.fixture(scope="module")
def largest_plan(tmp_path_factory: pytest.TempPathFactory, root_of_project: Path) -> Flask:
    """Hong Kong's layers with the largest plan made, and its question answered once."""
    folder = Path(shutil.copytree(root_of_project / "layers", tmp_path_factory.mktemp("largest") / "layers"))
    catalog = open_catalog(folder)
    programme = catalog.region.programme
    assert programme is not None
    cameras = illustrate(catalog, programme, STAGE, programme.seed)
    write_plan(folder, programme, programme.up_to(STAGE)[-1], programme.seed, cameras, catalog.working)
    return create_app(Settings.from_env({}, layers=folder))


@pytest.fixture(scope="module")
def root_of_project() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def largest_address(largest_plan: Flask) -> Iterator[str]:
    with served(largest_plan) as address:
        yield address


@pytest.fixture
def root(largest_address: str, watch: Any) -> str:
    watch.origin = largest_address
    return largest_address


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_map_opens_with_66500_cameras_and_sends_what_is_in_view(city_map: Any) -> None:
    page, root = city_map.page, city_map.root
    page.set_default_timeout(COMPUTED_WITHIN_MS)
    page.goto(f"{root}/zones?question={QUESTION}", timeout=COMPUTED_WITHIN_MS)
    assert "66,500" in page.locator("tfoot").inner_text()

    received: list[int] = []
    page.on("requestfinished", lambda request: received.append(request.sizes()["responseBodySize"]))
    city_map.open(f"/map?question={QUESTION}")
    assert city_map.places_in_view()["count"] == CAMERAS
    assert sum(received) < WARM_TRANSFER_LIMIT_BYTES

    city_map.go(22.3190, 114.1694, 17)
    places = city_map.places_in_view()
    assert 0 < places["count"] == places["marks"] < CAMERAS / 20
