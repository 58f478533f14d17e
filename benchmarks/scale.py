"""Figures from partitions at growing numbers of cameras: seconds a stage, memory, and how the work grows.

    python -m benchmarks.scale 1000000 10000000
    python -m benchmarks.scale 1000000 10000000 --cluster local

Ten million cameras are ten cities of a million side by side, of one density, each with districts of its own. Each size
runs in a process of its own.
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
import numpy.typing as npt
import pandas as pd
import psutil
import shapely
from pyproj import CRS

from benchmarks import city
from geoservice.coverage.depth import prepare
from geoservice.crs import WorkingCrs
from geoservice.partitions import figures, in_threads, on_cluster, open_partitions, write_ground, write_partitions
from geoservice.partitions.measure import ZoneFigures

Floats = npt.NDArray[np.float64]
WORKING = WorkingCrs(CRS.from_user_input(city.CRS))
BLOCK = 1_000_000
CHUNK = 250_000


# ------------------------------------------------------------------ cities side by side


def blocks(cameras: int) -> Iterator[tuple[int, int, Floats]]:
    """Divide cameras into cities of a million: the number of each, its cameras, and how far it is moved in metres."""
    count = math.ceil(cameras / BLOCK)
    columns = math.ceil(math.sqrt(count))
    for block in range(count):
        size = min(BLOCK, cameras - block * BLOCK)
        yield block, size, np.array([block % columns, block // columns]) * city.extent_m(BLOCK)


def zones_of(cameras: int) -> gpd.GeoDataFrame:
    """Give the districts of all the cities."""
    parts = []
    for block, size, moved in blocks(cameras):
        shapes = city.districts(side_m=city.extent_m(size)).geometry.translate(*moved)
        names = [f"{block:03}-{number:02}" for number in range(len(shapes))]
        parts.append(gpd.GeoDataFrame({"zone_id": names, "name_en": names, "name_zh": names}, geometry=shapes))
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=WORKING.crs)


def cameras_of(cameras: int) -> Iterator[gpd.GeoDataFrame]:
    """Give the cameras of all the cities in chunks."""
    for block, size, moved in blocks(cameras):
        table = city.cameras(size, seed=11 + block)
        for first in range(0, size, CHUNK):
            chunk = table.iloc[first : first + CHUNK]
            place = chunk[["easting_m", "northing_m"]].to_numpy() + moved
            columns = chunk[["bearing_deg", "view_angle_deg", "range_m", "nearest_m"]].reset_index(drop=True)
            columns.insert(0, "id", [f"{block}-{number}" for number in range(first, first + len(chunk))])
            columns.insert(1, "layer", "cameras")
            yield gpd.GeoDataFrame(columns, geometry=shapely.points(place), crs=WORKING.crs)


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
            zones = zones_of(cameras)
        with meter.stage("cameras"):
            made = sum(len(chunk) for chunk in cameras_of(cameras))
        with meter.stage("write (with cameras)"):
            write_partitions(folder, cameras_of(cameras), zones, WORKING, about={"made up": True})
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
            "-m",
            "benchmarks.scale",
            *(word for word in sys.argv[1:] if not word.isdigit()),
            "--one",
            str(cameras),
        ]
        root = Path(__file__).resolve().parent.parent
        environment = {**os.environ, "PYTHONPATH": str(root)}
        found = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE, env=environment, cwd=root).stdout)
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
