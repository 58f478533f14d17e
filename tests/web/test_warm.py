"""What is warm before anyone asks: pages, items and tiles of layers then only copy what was made."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from geoservice.formats import prepared
from geoservice.settings import Settings
from geoservice.tiles import tiling
from geoservice.tiles.matrix_set import WEB_MERCATOR
from geoservice.web import create_app
from geoservice.web.service import EXTENSION, Service
from geoservice.web.warm import warm_layers

MAKING = (
    (prepared, "write"),
    (tiling, "_base"),
    (tiling, "_written"),
    (tiling, "_points_shown"),
    (tiling.Tiling, "_all_shapes"),
)


def made_again(*_: object, **__: object) -> None:
    pytest.fail("this was made already")


def test_nothing_of_a_layer_is_made_once_it_is_warm(city_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cold, warm = (create_app(Settings.from_env({}, layers=city_folder, features_mb=0)) for _ in range(2))
    state: Service = warm.extensions[EXTENSION]
    grid = state.tiles.matrix_set(WEB_MERCATOR)
    asked = [f"/collections/{layer}/items?f=json&limit=7" for layer in state.catalog.layers]
    for layer in state.catalog.layers:
        found = state.library.get(layer)
        place = found.geometries[found.placed[0]].representative_point()
        tiles = grid.limits((place.x, place.y, place.x, place.y))
        asked += [f"/collections/{layer}/tiles/{grid.id}/{t.zoom}/{t.first_row}/{t.first_column}" for t in tiles]
    before = [cold.test_client().get(address) for address in asked]
    warm_layers(state)
    for room, name in MAKING:
        monkeypatch.setattr(room, name, made_again)
    after = [warm.test_client().get(address) for address in asked]
    assert [one.status_code for one in after] == [one.status_code for one in before]
    tiles_of = [[one.data for one in answers if "/tiles/" in one.request.path] for answers in (before, after)]
    assert tiles_of[0] == tiles_of[1]
    assert all(tiles_of[0])


@pytest.mark.soak
def test_a_production_server_begins_with_warm_layers(city_folder: Path, root: Path, tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import wsgi; print(wsgi.app.extensions['geoservice'].tiles.kept_bytes > 0)"],
        cwd=root,
        env={"GEOSERVICE_LAYERS": str(city_folder), "GEOSERVICE_CACHE": str(tmp_path / "cache"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "True\n"
