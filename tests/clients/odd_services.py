"""A service that notes what it is asked, over the made-up city with what gives clients trouble."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from city import write_city, write_layer
from flask import Flask

from geoservice.settings import Settings
from geoservice.web import create_app
from tools.screenshots import served

THINGS: dict[str, tuple[tuple[float, float] | None, str, int, str | None]] = {
    "a.1": ((-73.99, 40.72), "Älpha", 3, "2020-01-01"),
    "a.2.json": ((-73.98, 40.73), "beta", 1, "2021-06-30"),
    "b:3": (None, "Beta's", 7, None),
    "c": ((-73.96, 40.74), "50%_off", 5, "2023-06-15"),
}
"""The id, place, name, count and first day of each thing."""


@dataclass(frozen=True, slots=True)
class Noting:
    """An application that notes the path and the query of each request."""

    app: Flask
    asked: list[str] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.asked.append(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}")
        return self.app(environ, start)


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is, and what it was asked."""

    root: str
    asked: list[str]


@contextmanager
def noting(app: Flask) -> Iterator[Service]:
    """Serve an application for as long as this lasts, and note what it is asked."""
    noted = Noting(app)
    with served(noted) as root:
        yield Service(root, noted.asked)


@pytest.fixture(scope="session")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_city(tmp_path_factory.mktemp("clients") / "city")
    more = """columns = { id = "code", name_en = "label", valid_from = "from" }
defaults = { kind = "thing", status = "operating" }
attributes = [{ name = "count", title = { en = "Count", zh = "數目" } }]
[position]
missing = "listed"
"""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "label": label, "count": count, "from": since},
            "geometry": None if place is None else {"type": "Point", "coordinates": place},
        }
        for code, (place, label, count, since) in THINGS.items()
    ]
    things = write_layer(folder, "things", "facility", "things.geojson", more) / "things.geojson"
    things.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    position = 'crs = "EPSG:4326"\n[position]\nlon = "x"\nlat = "y"'
    nothing = write_layer(folder, "nothing", "candidate", "nothing.csv", position)
    (nothing / "nothing.csv").write_text("id,x,y,colour\n", encoding="utf-8")
    return folder


@pytest.fixture
def odd(odd_folder: Path) -> Iterator[Service]:
    with noting(create_app(Settings.from_env({}, layers=odd_folder))) as service:
        yield service


@pytest.fixture
def city_service(hong_kong_app: Flask) -> Iterator[Service]:
    with noting(hong_kong_app) as service:
        yield service
