"""Feature servers with two workers each over the same made-up city: ours, and peers on PostGIS."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import geopandas as gpd
import numpy as np
import psutil
import psycopg
import pyogrio
import shapely
from psycopg import sql

from benchmarks.city import CRS, cameras, districts
from geoservice.errors import GeoserviceError

WORKERS = 2
THREADS = 4
STARTING_S = 900.0
CLOSING_S = 20.0
MOST_FEATURES = 10_000

REGION = """
id = "made-up"
title = {{ en = "A made-up city", zh = "虛構城市" }}
working_crs = "EPSG:2326"
extent = {{ west = {west:.1f}, south = {south:.1f}, east = {east:.1f}, north = {north:.1f} }}
[[zone_systems]]
id = "district"
title = {{ en = "District", zh = "地區" }}
layer = "districts"
"""
MANIFEST = """
id = "{id}"
role = "{role}"
title = {{ en = "{id}", zh = "{id}" }}
description = {{ en = "Made up.", zh = "虛構。" }}
file = "{id}.gpkg"
source = {{ name = {{ en = "Made up", zh = "虛構" }} }}
licence = {{ name = {{ en = "Public domain", zh = "公有領域" }} }}
as_of = 2026-01-01
update_frequency = {{ en = "Never", zh = "不更新" }}
{more}
"""
COLUMNS = {
    "districts": 'columns = { id = "code", name_en = "label" }',
    "cameras": 'columns = { id = "code", name_en = "label" }\n'
    'defaults = { kind = "camera", status = "operating", owner = "nobody", access = "own" }\n'
    'attributes = [{ name = "reach_m", title = { en = "Reach", zh = "範圍" } }]',
}
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ROLES = {"districts": "zone", "cameras": "facility"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers: its address, how it calls the cameras, what its addresses need besides, its version."""

    name: str
    address: str
    collection: str
    tile: str | None
    version: str
    extra: str = ""
    group: int = 0

    def items(self, params: str) -> str:
        """Give the address of a page of cameras as GeoJSON."""
        return f"{self.address}/collections/{self.collection}/items?{params}{self.extra}"

    def item(self, fid: str) -> str:
        """Give the address of one camera as GeoJSON."""
        return f"{self.address}/collections/{self.collection}/items/{fid}?{self.extra.removeprefix('&')}".rstrip("?")

    def tile_of(self, z: int, x: int, y: int) -> str:
        """Give the address of one vector tile of the cameras; raises LookupError where it makes none."""
        if self.tile is None:
            raise LookupError(self.name)
        return self.address + self.tile.format(z=z, x=x, y=y)


@dataclass(frozen=True, slots=True)
class Memory:
    """What one process holds: pages that no other has, and its pages that others have too, as files mapped by both."""

    own_mb: float
    shared_mb: float


def memory_of(one: Server) -> list[Memory]:
    """Measure each process of a server that answers, the largest first."""
    found = [process.memory_full_info() for process in psutil.process_iter() if _group(process) == one.group]
    held = [Memory(info.uss / 2**20, (info.rss - info.uss) / 2**20) for info in found]
    return sorted(held, key=lambda process: -process.own_mb)


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


def tables(count: int) -> dict[str, gpd.GeoDataFrame]:
    """Draw the city: so many cameras as points, and the districts, with ids, names and a number, in its plane."""
    views = cameras(count)
    placed = gpd.points_from_xy(views["easting_m"], views["northing_m"])
    names = [f"c{number}" for number in range(count)]
    points = {"code": names, "label": [f"Camera {n}" for n in range(count)], "reach_m": views["range_m"].round(1)}
    zones = districts()
    areas = {"code": [f"d{n}" for n in zones["zone"]], "label": [f"District {n}" for n in zones["zone"]]}
    return {
        "cameras": gpd.GeoDataFrame(points, geometry=placed, crs=CRS),
        "districts": gpd.GeoDataFrame(areas, geometry=zones.geometry, crs=CRS),
    }


def total_bounds(city: Mapping[str, gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    """Give west, south, east and north of all, in degrees."""
    west, south, east, north = np.array([frame.to_crs("EPSG:4326").total_bounds for frame in city.values()]).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def free_port() -> int:
    """Find a port of the loopback that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], address: str, folder: Path, environ: Mapping[str, str]) -> Iterator[int]:
    """Run a server until the context ends and give its group of processes; GeoserviceError if it does not answer."""
    log = folder / f"{Path(command[0]).parent.parent.name}-{Path(command[0]).name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environ}, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_for(address, process, log)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(CLOSING_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTING_S
    while True:
        try:
            with urllib.request.urlopen(address, timeout=STARTING_S):  # noqa: S310 - our own loopback
                return
        except (URLError, ConnectionError) as error:
            if process.poll() is not None or time.monotonic() > until:
                told = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise GeoserviceError(f"No server answers at {address}: {error}.", advice=told) from error
            time.sleep(0.2)


@contextmanager
def ours(city: Mapping[str, gpd.GeoDataFrame], folder: Path, version: str) -> Iterator[Server]:
    """Serve the city by geoservice under gunicorn."""
    layers = folder / "layers"
    layers.mkdir()
    west, south, east, north = total_bounds(city)
    around = {"west": west - 0.2, "south": south - 0.2, "east": east + 0.2, "north": north + 0.2}
    (layers / "region.toml").write_text(REGION.format(**around), encoding="utf-8")
    for name, frame in city.items():
        (layers / name).mkdir()
        manifest = MANIFEST.format(id=name, role=ROLES[name], more=COLUMNS[name])
        (layers / name / "layer.toml").write_text(manifest, encoding="utf-8")
        pyogrio.write_dataframe(frame, layers / name / f"{name}.gpkg", driver="GPKG")
    address = f"http://127.0.0.1:{free_port()}"
    options = [f"--workers={WORKERS}", f"--threads={THREADS}", f"--bind={address.removeprefix('http://')}"]
    command: list[str | Path] = [Path(sys.executable).parent / "gunicorn", "--preload", *options, "wsgi:app"]
    environ = {
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "GEOSERVICE_LAYERS": str(layers),
        "GEOSERVICE_CACHE": str(folder / "cache"),
    }
    tile = "/collections/cameras/tiles/WebMercatorQuad/{z}/{y}/{x}"
    with running(command, f"{address}/healthz", folder, environ) as group:
        yield Server("ours", address, "cameras", tile, version, group=group)


def load(connection: psycopg.Connection, city: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Put the city into PostGIS, in longitude and latitude, with the indexes that a careful owner makes."""
    for name, frame in city.items():
        table, more = sql.Identifier(name), sql.SQL(", reach_m float8" if "reach_m" in frame else "")
        create = sql.SQL("CREATE TABLE {} (code text PRIMARY KEY, label text{}, geom geometry(Geometry, 4326))")
        connection.execute(create.format(table, more))
        placed = frame.to_crs("EPSG:4326")
        columns = [placed[column] for column in placed.columns if column != "geometry"]
        shapes = shapely.to_wkb(shapely.set_srid(placed.geometry.array, 4326), hex=True, include_srid=True)
        with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(table)) as rows:
            for row in zip(*columns, shapes, strict=True):
                rows.write_row(row)
        connection.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(table))
    connection.execute("VACUUM ANALYZE")


@contextmanager
def pygeoapi(programs: Path, port: int, folder: Path, version: str) -> Iterator[Server]:
    """Serve cameras from PostGIS by pygeoapi under gunicorn; no tiles, of which it makes one in seconds."""
    address = f"http://127.0.0.1:{free_port()}"
    config, described = folder / "config.yml", folder / "openapi.yml"
    config.write_text(json.dumps(_pygeoapi_config(address, port)), encoding="utf-8")  # JSON is YAML
    environ = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(described)}
    subprocess.run(
        [programs / "pygeoapi", "openapi", "generate", config, "--output-file", described],
        check=True,
        env={**os.environ, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    options = [f"--workers={WORKERS}", f"--threads={THREADS}", f"--bind={address.removeprefix('http://')}"]
    command: list[str | Path] = [programs / "gunicorn", *options, "pygeoapi.flask_app:APP"]
    with running(command, f"{address}/?f=json", folder, environ) as group:
        yield Server("pygeoapi", address, "cameras", None, version, "&f=json", group)


def _pygeoapi_config(address: str, port: int) -> dict[str, object]:
    host, _, own = address.removeprefix("http://").partition(":")
    data = {"host": "127.0.0.1", "port": port, "dbname": "postgres", "user": "postgres", "password": "none"}
    provider = {"data": data, "id_field": "code", "table": "cameras", "geom_field": "geom"}
    said = {"title": "City", "description": "City", "keywords": ["city"], "links": []}
    who = {"name": "Nobody", "url": "http://localhost", "email": "nobody@localhost"}
    return {
        "server": {
            "bind": {"host": host, "port": int(own)}, "url": address, "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8", "languages": ["en-US"], "gzip": False,
            "limits": {"default_items": 100, "max_items": MOST_FEATURES},
            "map": {"url": "http://localhost/{z}/{x}/{y}", "attribution": ""},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**said, "keywords_type": "theme", "terms_of_service": "none", "url": address},
            "license": {"name": "none", "url": "http://localhost"}, "provider": who,
            "contact": {"name": "Nobody", "email": "nobody@localhost"},
        },
        "resources": {
            "cameras": {
                "type": "collection", **said,
                "extents": {"spatial": {"bbox": [113.5, 21.9, 114.8, 22.9], "crs": CRS84}},
                "providers": [
                    {"type": "feature", "name": "PostgreSQL", **provider, "search_path": ["public"]},
                ],
            }
        },
    }  # fmt: skip


@contextmanager
def tipg(programs: Path, port: int, folder: Path, version: str) -> Iterator[Server]:
    """Serve cameras from PostGIS by tipg under uvicorn."""
    bound = free_port()
    environ = {
        "DATABASE_URL": f"postgresql://postgres:none@127.0.0.1:{port}/postgres",
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_MAX_FEATURES_PER_QUERY": str(MOST_FEATURES),
    }
    options = [f"--workers={WORKERS}", f"--port={bound}", "--log-level=warning"]
    command: list[str | Path] = [programs / "uvicorn", "tipg.main:app", *options]
    address = f"http://127.0.0.1:{bound}"
    with running(command, f"{address}/healthz", folder, environ) as group:
        tile = "/collections/public.cameras/tiles/WebMercatorQuad/{z}/{x}/{y}"
        yield Server("tipg", address, "public.cameras", tile, version, "&f=geojson", group)
