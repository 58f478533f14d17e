"""Measure serving features against pygeoapi and tipg: python -m benchmarks.serving --peers FOLDER [--write].

All servers run at once with two workers each and are asked in turn over the loopback, by wrk for a bounded time; GDAL
downloads the whole. The folder holds a virtual environment for each peer, which is made there if it is missing.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from urllib.error import HTTPError

import click
import geopandas as gpd
import numpy as np
import pyogrio

from benchmarks.machine import described
from benchmarks.pages import PERFORMANCE, write
from benchmarks.postgis import MissingPackageError, server
from benchmarks.servers import (
    WORKERS,
    Memory,
    Server,
    free_port,
    load,
    memory_of,
    ours,
    pygeoapi,
    tables,
    tipg,
)
from geoservice.errors import GeoserviceError

COUNT = 60_000
PAGE = 1_000
FAR = 50_000
BOXED = 100
MANY = 1_000_000
SECTIONS = {COUNT: "serving", MANY: "serving-many"}
"""By the number of cameras, the name of a report's place on the page."""
CONNECTIONS = 8
PEERS = {
    "pygeoapi": ("pygeoapi", "gunicorn", "psycopg2-binary", "sqlalchemy", "geoalchemy2"),
    "tipg": ("tipg", "uvicorn"),
}
DATABASE = {"parallel_setup_cost": "1000", "parallel_tuple_cost": "0.1", "min_parallel_table_scan_size": "8MB"}
"""PostgreSQL's own defaults: what makes one large query quick by workers makes many small ones slow."""
_RATE = re.compile(r"Requests/sec:\s*([\d.]+)")
_SLOWEST = re.compile(r"99%\s+([\d.]+)(us|ms|s)\b")
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Load:
    """One run of wrk: requests a second, and the time that 99 of 100 requests took at most."""

    per_second: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Work:
    """What is asked of each server, how many features come, and how many times as fast ours is to be as which peer."""

    title: str
    address: Callable[[Server], str]
    features: int | None
    at_least: Mapping[str, float]


# ------------------------------------------------------------------ measuring


def require_wrk() -> None:
    """Raise GeoserviceError where wrk is not installed."""
    if shutil.which("wrk") is None:
        raise GeoserviceError("wrk is not installed.", advice="Install the Debian package wrk.")


def asked(address: str, seconds: int) -> Load:
    """Ask one address for some seconds; raises GeoserviceError if any answer is none of success."""
    options = ["--threads=1", f"--connections={CONNECTIONS}", f"--duration={seconds}s", "--timeout=60s", "--latency"]
    told = subprocess.run(
        [str(shutil.which("wrk")), *options, address], check=True, capture_output=True, text=True
    ).stdout
    rate, slowest = _RATE.search(told), _SLOWEST.search(told)
    if rate is None or slowest is None or _FAILED.search(told):
        raise GeoserviceError(f"{address} was not answered as it should be.", advice=told)
    return Load(float(rate[1]), float(slowest[1]) * _MS[slowest[2]])


def answers(work: Work, one: Server) -> bool:
    """Tell whether a server has such an address; raises GeoserviceError if what comes is not what was asked for."""
    if work.features is None and one.tile is None:
        return False
    try:
        with urllib.request.urlopen(work.address(one), timeout=60) as response:  # noqa: S310 - our own loopback
            body = response.read()
    except HTTPError as error:
        click.echo(f"{one.name} has no {work.title}: {error.code}", err=True)
        return False
    found = len(json.loads(body).get("features", [None])) if work.features is not None else None
    if work.features is not None and found != work.features:
        raise GeoserviceError(f"{one.name} gives {found} features for {work.title}, not {work.features}.")
    return True


def downloaded(address: str, count: int, **options: str) -> float:
    """Read all cameras by GDAL and give the time in s; raises GeoserviceError unless all came."""
    began = time.perf_counter()
    found = len(pyogrio.read_dataframe(address, **options))
    if found != count:
        raise GeoserviceError(f"GDAL read {found} features at {address}, not {count}.")
    return time.perf_counter() - began


def works(city: Mapping[str, gpd.GeoDataFrame]) -> list[Work]:
    """Lay out what is asked, about the camera in the middle of the list."""
    places = city["cameras"].to_crs("EPSG:4326").geometry
    lon, lat = places.x.to_numpy(), places.y.to_numpy()
    middle = int(np.argsort(np.hypot(lon - np.median(lon), lat - np.median(lat)))[len(lon) // 2])
    reach = np.maximum(np.abs(lon - lon[middle]), np.abs(lat - lat[middle]))
    half = float(np.sort(reach)[BOXED - 1 : BOXED + 1].mean())
    inside = int((reach <= half).sum())
    box = ",".join(f"{v:.9f}" for v in (lon[middle] - half, lat[middle] - half, lon[middle] + half, lat[middle] + half))
    far = len(lon) * FAR // COUNT

    def tile(zoom: int) -> Callable[[Server], str]:
        x = int((lon[middle] + 180) / 360 * 2**zoom)
        y = int((1 - np.arctanh(np.sin(np.radians(lat[middle]))) / np.pi) / 2 * 2**zoom)
        return lambda one: one.tile_of(zoom, x, y)

    def page(offset: int) -> Callable[[Server], str]:
        return lambda one: one.items(f"limit={PAGE}&offset={offset}")

    def boxed(one: Server) -> str:
        return one.items(f"limit={PAGE}&bbox={box}")

    return [
        Work(f"Page of {PAGE:,}", page(0), min(PAGE, len(lon)), {"pygeoapi": 8, "tipg": 20}),
        Work(f"Page of {PAGE:,} at {far:,}", page(far), min(PAGE, len(lon) - far), {"pygeoapi": 8, "tipg": 20}),
        Work(f"Box with {inside}", boxed, inside, {"pygeoapi": 5, "tipg": 5}),
        Work("One item", lambda one: one.item(f"c{middle}"), 1, {"pygeoapi": 3, "tipg": 3}),
        Work("Tile at zoom 11", tile(11), None, {"tipg": 20}),
        Work("Tile at zoom 13", tile(13), None, {"tipg": 20}),
    ]  # fmt: skip


# ------------------------------------------------------------------ peers


def programs_of(peer: str, folder: Path) -> Path:
    """Give the programs of a peer's virtual environment, which is made where there is none."""
    home = folder / peer
    if not (home / "bin" / "pip").exists():
        venv.create(home, with_pip=True)
        subprocess.run([home / "bin" / "pip", "install", "--quiet", *PEERS[peer]], check=True)
    return home / "bin"


def version_of(peer: str, programs: Path) -> str:
    """Give the version of a peer."""
    code = f"from importlib.metadata import version; print(version({peer!r}))"
    return subprocess.run([programs / "python", "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def serving(city: Mapping[str, gpd.GeoDataFrame], peers: Path | None) -> Iterator[list[Server]]:
    """Start ours, and peers where they have a folder, over one city; MissingPackageError where they lack PostGIS."""
    with ExitStack() as stack:
        if peers is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geoservice-serving-")))
            yield [stack.enter_context(ours(city, folder, version("geoservice")))]
            return
        folders = {
            name: Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geoservice-serving-")))
            for name in ("ours", *PEERS)
        }
        port = free_port()
        database = stack.enter_context(server(listen_addresses="127.0.0.1", port=str(port), **DATABASE))
        load(database, city)
        started = [stack.enter_context(ours(city, folders["ours"], version("geoservice")))]
        for peer, start in (("pygeoapi", pygeoapi), ("tipg", tipg)):
            programs = programs_of(peer, peers)
            opened = start(programs, port, folders[peer], version_of(peer, programs))
            started.append(stack.enter_context(opened))
        yield started


# ------------------------------------------------------------------ reporting


def compared(
    results: Mapping[str, Mapping[str, Sequence[Load]]], goals: Mapping[str, Mapping[str, float]]
) -> list[str]:
    """Lay out requests a second, and how many times ours are a peer's, as a Markdown table."""
    lines = ["| Asked | Server | Requests a second | 99 of 100 within | Ours are times as many | To be |"]
    lines.append("|---|---|--:|--:|--:|--:|")
    for title, servers in results.items():
        rate = {name: median(load.per_second for load in loads) for name, loads in servers.items()}
        for name, loads in servers.items():
            times = f"{rate['ours'] / rate[name]:.1f}" if "ours" in rate and name != "ours" else ""
            goal = goals[title].get(name)
            slowest = max(load.p99_ms for load in loads)
            shown = "" if goal is None else f"{goal:g}"
            lines.append(f"| {title} | {name} | {rate[name]:,.0f} | {slowest:,.1f} ms | {times} | {shown} |")
    return lines


def transferred(taken: Mapping[str, Sequence[float]]) -> list[str]:
    """Lay out the times of whole downloads by GDAL as a Markdown table."""
    lines = ["| Whole download by GDAL | Median |", "|---|--:|"]
    return lines + [f"| {name} | {median(all_s):.2f} s |" for name, all_s in taken.items()]


def held(memory: Mapping[str, Sequence[Memory]]) -> list[str]:
    """Lay out what the processes of each server hold after all that was asked, the largest first, as a table."""
    lines = ["| Server | Processes | Of its own, each | Shared, each |", "|---|--:|--:|--:|"]
    for name, processes in memory.items():
        own = ", ".join(f"{one.own_mb:,.0f}" for one in processes)
        shared = ", ".join(f"{one.shared_mb:,.0f}" for one in processes)
        lines.append(f"| {name} | {len(processes)} | {own} MB | {shared} MB |")
    return lines


def downloads(servers: Sequence[Server], count: int, rounds: int) -> dict[str, list[float]]:
    """Read all cameras from each server as GDAL's driver for OGC API - Features does, and from our files."""
    taken: dict[str, list[float]] = {}
    for _ in range(rounds):
        for one in servers:
            address = f"OAPIF:{one.address}/collections/{one.collection}"
            taken.setdefault(f"{one.name}, pages of {PAGE:,}", []).append(
                downloaded(address, count, PAGE_SIZE=str(PAGE))
            )
        for suffix in ("geojson", "fgb"):
            address = f"/vsicurl_streaming/{servers[0].address}/collections/cameras.{suffix}"
            taken.setdefault(f"ours, .{suffix}", []).append(downloaded(address, count))
    return taken


@click.command()
@click.option(
    "--peers",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where peers are kept; without, ours is asked alone.",
)
@click.option("--seconds", type=click.IntRange(min=1), default=3, show_default=True, help="How long each is asked.")
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="How often each is asked.")
@click.option("--cameras", "count", type=click.IntRange(min=2 * PAGE), default=COUNT, show_default=True)
@click.option("--write", "keep", is_flag=True, help=f"Write what was measured into docs/{PERFORMANCE.name}.")
def main(peers: Path | None, seconds: int, rounds: int, count: int, *, keep: bool) -> None:
    """Measure serving features against pygeoapi and tipg."""
    if keep and count == COUNT and peers is None:
        raise click.UsageError(f"--write keeps runs of {COUNT:,} cameras beside peers only")
    if keep and count not in SECTIONS:
        raise click.UsageError(f"--write keeps runs of {' or '.join(f'{n:,}' for n in SECTIONS)} cameras only")
    try:
        require_wrk()
        city = tables(count)
        results: dict[str, dict[str, list[Load]]] = {}
        goals = {work.title: work.at_least for work in works(city)}
        with serving(city, peers) as servers:
            versions = ", ".join(f"{one.name} {one.version}" for one in servers)
            for work in works(city):
                able = [one for one in servers if answers(work, one)]
                found = results[work.title] = {one.name: [] for one in able}
                for _ in range(rounds):
                    for one in able:
                        found[one.name].append(asked(work.address(one), seconds))
            taken = downloads(servers, count, rounds) if peers is not None else {}
            memory = {one.name: memory_of(one) for one in servers}
        asked_how = (
            f"{count:,} points, {WORKERS} workers each, {CONNECTIONS} connections, {seconds} s, {rounds} rounds."
        )
        tables_ = [*compared(results, goals), "", *(transferred(taken) if taken else []), "", *held(memory)]
        text = "\n".join([described(), f"{asked_how} {versions}.", "", *tables_])
        click.echo(text)
        if keep:
            write(SECTIONS[count], text, PERFORMANCE)
    except (GeoserviceError, MissingPackageError) as error:
        click.echo(f"benchmarks: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
