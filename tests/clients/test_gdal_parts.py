"""Files of a running service opened by GDAL where they are, in parts, without fetching them whole."""

from __future__ import annotations

import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
from flask import Flask, Response, request
from gdal_reader import opened

from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import served

MANY = 40_000
BOX = (-73.990, 40.700, -73.989, 40.701)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where a service is, and what it sent of each download: method, status and bytes."""

    root: str
    answers: list[tuple[str, int, int]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """How many bytes were sent."""
        return sum(size for method, _, size in self.answers if method != "HEAD")


@pytest.fixture(scope="module")
def crowded_app(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The city with so many posts that a file of them is worth reading in parts."""
    folder = tmp_path_factory.mktemp("crowded") / "city"
    folder.mkdir()
    for child in city_folder.iterdir():
        (folder / child.name).symlink_to(child)
    layer = folder / "crowd"
    layer.mkdir()
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-74.02, -73.96, MANY), rng.uniform(40.69, 40.75, MANY)
    rows = "\n".join(f"c{i},Crowd {i},{a:.6f},{b:.6f}" for i, (a, b) in enumerate(zip(x, y, strict=True)))
    (layer / "crowd.csv").write_text(f"code,label,x,y\n{rows}\n", encoding="utf-8")
    (layer / "layer.toml").write_text(MANIFEST, encoding="utf-8")
    return create_app(Settings.from_env({}, layers=folder))


MANIFEST = """
id = "crowd"
role = "candidate"
title = { en = "Crowd" }
description = { en = "Made up." }
file = "crowd.csv"
source = { name = { en = "Made up" } }
licence = { name = { en = "Public domain" } }
as_of = 2026-01-01
update_frequency = { en = "Never" }
columns = { id = "code", name_en = "label" }
crs = "EPSG:4326"
[position]
lon = "x"
lat = "y"
"""


@pytest.fixture
def crowded(crowded_app: Flask) -> Iterator[Sent]:
    answers: list[tuple[str, int, int]] = []

    def note(response: Response) -> Response:
        if "/crowd." in request.path:
            answers.append((request.method, response.status_code, response.content_length or 0))
        return response

    crowded_app.after_request_funcs.setdefault(None, []).append(note)
    with served(crowded_app) as root:
        yield Sent(root, answers)
    crowded_app.after_request_funcs[None].remove(note)


def size_of(address: str) -> int:
    asked = urllib.request.Request(address, method="HEAD")  # noqa: S310 - our own loopback
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own loopback
        return int(answer.headers["Content-Length"])


def wanted(crowded: Sent) -> set[str]:
    address = f"{crowded.root}/collections/crowd.geojson?bbox={','.join(map(str, BOX))}"
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own loopback
        return {feature["id"] for feature in json.load(answer)["features"]}


@pytest.mark.parametrize("suffix", ["fgb", "gpkg"])
def test_a_box_of_a_file_is_read_without_the_rest(crowded: Sent, suffix: str, tmp_path: Path) -> None:
    address = f"{crowded.root}/collections/crowd.{suffix}"
    ids = wanted(crowded)
    size = size_of(address)
    crowded.answers.clear()
    found = opened(tmp_path, address, bbox=BOX)
    assert set(found["id"]) == ids
    assert 0 < len(ids) < 100
    assert {status for method, status, _ in crowded.answers if method == "GET"} == {206}
    assert 0 < crowded.bytes < size / 2


@pytest.mark.parametrize("suffix", ["fgb", "gpkg", "geojson"])
def test_all_of_a_file_is_read_where_it_is(crowded: Sent, suffix: str, tmp_path: Path) -> None:
    found = opened(tmp_path, f"/vsicurl/{crowded.root}/collections/crowd.{suffix}")
    assert len(found) == found["id"].nunique() == MANY


def test_a_geopackage_opened_twice_is_one_file(crowded: Sent, tmp_path: Path) -> None:
    bodies = []
    for _ in range(2):
        with urllib.request.urlopen(f"{crowded.root}/collections/crowd.gpkg", timeout=60) as answer:  # noqa: S310 - our own
            bodies.append(answer.read())
    assert bodies[0] == bodies[1]
    path = tmp_path / "crowd.gpkg"
    path.write_bytes(bodies[0])
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


class Remote:
    """A file of a service as Python's readers take one: each read is a request for a part."""

    def __init__(self, address: str) -> None:
        self.address, self.place, self.read_bytes, self.closed = address, 0, 0, False
        self.size = size_of(address)

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = (0, self.place, self.size)[whence] + offset
        return self.place

    def tell(self) -> int:
        return self.place

    def read(self, count: int = -1) -> bytes:
        stop = self.size if count < 0 else min(self.size, self.place + count)
        if stop <= self.place:
            return b""
        part = {"Range": f"bytes={self.place}-{stop - 1}"}
        asked = urllib.request.Request(self.address, headers=part)  # noqa: S310 - our own loopback
        with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own loopback
            assert answer.status == 206
            body: bytes = answer.read()
        self.place, self.read_bytes = stop, self.read_bytes + len(body)
        return body

    def __getattr__(self, name: str) -> Any:
        if name in ("readable", "seekable"):
            return lambda: True
        if name == "writable":
            return lambda: False
        if name in ("close", "flush"):
            return lambda: None
        raise AttributeError(name)


def test_a_box_of_a_geoparquet_file_is_read_by_its_row_groups(crowded: Sent) -> None:
    remote = Remote(f"{crowded.root}/collections/crowd.parquet")
    described = pq.ParquetFile(remote)
    assert described.metadata.num_rows == MANY
    assert described.metadata.num_row_groups == 2
    assert remote.read_bytes < remote.size / 4
    part = described.read_row_group(1, columns=["id"])
    assert part.num_rows == MANY - 20_000
    assert remote.read_bytes < remote.size / 2
    frame = gpd.read_parquet(Remote(remote.address), bbox=BOX)
    assert set(frame["id"]) == wanted(crowded)
