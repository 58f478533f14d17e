"""Figures from partitions at growing numbers of cameras: seconds a stage, memory, and how the work grows.

    python benchmarks/scale.py 1000000 10000000
    python benchmarks/scale.py 1000000 10000000 --cluster local

The city is made up and seeded, of one density at every size: ten times the cameras stand on ten times the ground, at
ten times the crossings, in ten times the zones. Each size runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import psutil
import shapely
from pyproj import CRS

from geoservice.coverage.depth import prepare
from geoservice.crs import WorkingCrs
from geoservice.partitions import figures, in_threads, on_cluster, open_partitions, write_ground, write_partitions
from geoservice.partitions.measure import ZoneFigures

WORKING = WorkingCrs(CRS.from_user_input("EPSG:32650"))
CORNER_M = (500_000.0, 1_000_000.0)
CAMERAS_A_DISTRICT = 3333
DISTRICT_M = 7800.0
CROSSINGS_A_DISTRICT = 167
CORES_A_DISTRICT = 2.2
CORNERS_A_SIDE = 128
DOMES = 0.4
CHUNK = 500_000


# ------------------------------------------------------------------ the made-up city


def made_up_zones(cameras: int, seed: int = 7) -> gpd.GeoDataFrame:
    """Give districts of crooked outlines that share their borders, one for so many cameras."""
    side = _side(cameras)
    rng = np.random.default_rng(seed)
    corner = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"), axis=-1) * DISTRICT_M
    inner = corner[1:-1, 1:-1]
    inner += rng.uniform(-0.15, 0.15, inner.shape) * DISTRICT_M
    corner = corner + CORNER_M
    along = [[_crooked(corner[i, j], corner[i + 1, j], rng) for j in range(side + 1)] for i in range(side)]
    across = [[_crooked(corner[i, j], corner[i, j + 1], rng) for j in range(side)] for i in range(side + 1)]
    rings = [
        np.concatenate([along[i][j][:-1], across[i + 1][j][:-1], along[i][j + 1][:0:-1], across[i][j][::-1]])
        for i in range(side)
        for j in range(side)
    ]
    names = [f"{i:03}-{j:03}" for i in range(side) for j in range(side)]
    shapes = shapely.make_valid([shapely.Polygon(ring) for ring in rings], method="structure")
    return gpd.GeoDataFrame({"zone_id": names, "name_en": names, "name_zh": names}, geometry=shapes, crs=WORKING.crs)


def made_up_cameras(cameras: int, seed: int = 11) -> Iterator[gpd.GeoDataFrame]:
    """Give cameras in chunks: along the arms of crossings that crowd round cores, with a heavy tail."""
    rng = np.random.default_rng(seed)
    wide = _side(cameras) * DISTRICT_M
    districts = _side(cameras) ** 2
    cores = rng.uniform(0.02, 0.98, (max(1, int(CORES_A_DISTRICT * districts)), 2)) * wide
    chosen = rng.choice(len(cores), CROSSINGS_A_DISTRICT * districts, p=_shares(rng, len(cores), 1.0))
    crossings = np.round((cores[chosen] + rng.normal(0, 700, (len(chosen), 2))) / 80) * 80
    busy = np.cumsum(_shares(rng, len(crossings), 1.3))
    for first in range(0, cameras, CHUNK):
        n = min(CHUNK, cameras - first)
        at = crossings[np.searchsorted(busy, rng.random(n) * busy[-1])]
        arm, kerb = rng.integers(0, 4, n) * np.pi / 2, rng.normal(0, 5, n)
        away = rng.lognormal(3.2, 0.9, n).clip(2, 400)
        x = at[:, 0] + away * np.cos(arm) - kerb * np.sin(arm)
        y = at[:, 1] + away * np.sin(arm) + kerb * np.cos(arm)
        place = np.clip(np.column_stack([x, y]), 70, wide - 70) + CORNER_M
        columns = {
            "id": np.arange(first, first + n).astype(str),
            "layer": "cameras",
            "bearing_deg": rng.uniform(0, 360, n),
            "view_angle_deg": np.where(rng.random(n) < DOMES, 360.0, rng.uniform(60, 110, n)),
            "range_m": rng.uniform(20, 60, n),
            "nearest_m": 0.0,
        }
        yield gpd.GeoDataFrame(columns, geometry=shapely.points(place), crs=WORKING.crs)


def _side(cameras: int) -> int:
    """Give the districts along a side of the city."""
    return max(1, round(math.sqrt(cameras / CAMERAS_A_DISTRICT)))


def _shares(rng: np.random.Generator, count: int, tail: float) -> np.ndarray[Any, np.dtype[np.float64]]:
    weight = rng.lognormal(0, tail, count)
    return weight / weight.sum()


def _crooked(start: Any, end: Any, rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Draw a border by moving the middles of its parts aside, again and again."""
    line = np.array([start, end])
    amplitude = 0.04 * float(np.hypot(*(end - start)))
    while len(line) <= CORNERS_A_SIDE:
        step = np.diff(line, axis=0)
        aside = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(*step.T)[:, None]
        middle = (line[:-1] + line[1:]) / 2 + aside * rng.uniform(-1, 1, (len(step), 1)) * amplitude
        longer = np.empty((2 * len(line) - 1, 2))
        longer[::2], longer[1::2] = line, middle
        line, amplitude = longer, amplitude / 2
    return line


# ------------------------------------------------------------------ measuring


class Meter:
    """Wall and CPU seconds by stage, and the most memory that this process and all below it held at once."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self._peak = 0
        self._stop = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure what happens within."""
        self._peak = 0
        started, cpu = time.perf_counter(), _cpu_seconds()
        yield
        self.stages[name] = {
            "wall_s": round(time.perf_counter() - started, 2),
            "cpu_s": round(_cpu_seconds() - cpu, 2),
            "peak_mib": round(max(self._peak, _memory()) / 2**20),
        }

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._peak = max(self._peak, _memory())


def _tree() -> list[psutil.Process]:
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def _memory() -> int:
    total = 0
    for process in _tree():
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _cpu_seconds() -> float:
    total = 0.0
    for process in _tree():
        try:
            spent = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += spent.user + spent.system
    return total


def run(cameras: int, cluster: str | None, *, with_ground: bool, keep: Path | None) -> dict[str, Any]:
    """Write, read and measure one size."""
    prepare()
    meter = Meter()
    with tempfile.TemporaryDirectory(dir=keep) as scratch:
        folder = Path(scratch) / "partitions"
        with meter.stage("zones"):
            zones = made_up_zones(cameras)
        with meter.stage("cameras"):
            made = sum(len(chunk) for chunk in made_up_cameras(cameras))
        with meter.stage("write (with cameras)"):
            write_partitions(folder, made_up_cameras(cameras), zones, WORKING, about={"made up": True})
        with meter.stage("open"):
            partitions = open_partitions(folder)
            squares = partitions.measured
        size = sum(path.stat().st_size for path in folder.iterdir())
        with meter.stage("start workers"):
            place = in_threads() if cluster is None else on_cluster(cluster, partitions)
            mapped = place.__enter__()
        try:
            with meter.stage("figures"):
                found = figures(partitions, mapped)
            if with_ground:
                with meter.stage("ground"):
                    write_ground(partitions, Path(scratch) / "ground", mapped)
        finally:
            place.__exit__(None, None, None)
    return {"cameras": made, "zones": len(zones), "squares": len(squares), "mib": size >> 20, **_told(found, meter)}


def _told(found: ZoneFigures, meter: Meter) -> dict[str, Any]:
    return {"covered_km2": float(found.covered_m2.sum()) / 1e6, "stages": meter.stages}


def main() -> None:
    """Run each size in its own process, and print what grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cameras", nargs="+", type=int)
    parser.add_argument("--cluster", help="tcp://host:port or local; without it, threads of one process")
    parser.add_argument("--ground", action="store_true", help="write the geometry, too")
    parser.add_argument("--folder", type=Path, help="where partitions are written; workers elsewhere must see it")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        found = run(given.cameras[0], given.cluster, with_ground=given.ground, keep=given.folder)
        print(json.dumps(found))
        return
    before: dict[str, Any] | None = None
    for cameras in given.cameras:
        words = [
            sys.executable,
            __file__,
            *(word for word in sys.argv[1:] if not word.isdigit()),
            "--one",
            str(cameras),
        ]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
        found = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, env=environment).stdout)
        _print(found, before)
        before = found


def _print(found: dict[str, Any], before: dict[str, Any] | None) -> None:
    print(
        f"\n{found['cameras']:,} cameras, {found['zones']:,} zones, {found['squares']:,} squares, "
        f"{found['mib']:,} MiB, {found['covered_km2']:,.3f} km2 covered"
    )
    print(f"{'stage':22}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}{'exponent (cpu)':>16}")
    for name, spent in found["stages"].items():
        grown = ""
        if before and name in before["stages"] and before["stages"][name]["cpu_s"] > 0 and spent["cpu_s"] > 0:
            ratio = spent["cpu_s"] / before["stages"][name]["cpu_s"]
            grown = f"{math.log(ratio) / math.log(found['cameras'] / before['cameras']):.3f}"
        print(f"{name:22}{spent['wall_s']:9.2f}{spent['cpu_s']:9.2f}{spent['peak_mib']:10,}{grown:>16}")


if __name__ == "__main__":
    main()
