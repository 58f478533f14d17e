from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from city import write_city
from flask import Flask
from flask.testing import FlaskClient

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog, open_catalog
from geoservice.question import Question
from geoservice.settings import Settings
from geoservice.web import create_app

DAY = date(2026, 11, 20)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the answers of this run to itself; compiled functions stay where NUMBA_CACHE_DIR says since the imports.

    The processes that share the tests share the answers too.
    """
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache"
    folder.mkdir(mode=0o700, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEOSERVICE_CACHE", str(folder))
        yield folder


@pytest.fixture
def only_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands see none of the settings of whoever runs the tests, but for the cache of this run."""
    for name in list(os.environ):
        if name.startswith("GEOSERVICE_") and name != "GEOSERVICE_CACHE":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


def finely(question: Question, chord_error_m: float = 1e-4) -> Question:
    """Ask with footprints drawn so finely that their polygons have the areas of the true arcs to a billionth."""
    drawn = question.footprint.model_copy(update={"chord_error_m": chord_error_m})
    return question.model_copy(update={"footprint": drawn})


@pytest.fixture(scope="session")
def hong_kong() -> Catalog:
    return open_catalog(ROOT / "layers")


@pytest.fixture(scope="session")
def stations(hong_kong: Catalog) -> Analysis:
    return analyse(hong_kong, hong_kong.question("stations", at=DAY))


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up city; shared, so not to be changed: copy it with `own_city`."""
    return write_city(tmp_path_factory.mktemp("city") / "feetville")


@pytest.fixture
def own_city(city_folder: Path, tmp_path: Path) -> Path:
    """A copy of the made-up city to spoil."""
    return Path(shutil.copytree(city_folder, tmp_path / "feetville"))


@pytest.fixture(scope="session")
def city(city_folder: Path) -> Catalog:
    return open_catalog(city_folder)


@pytest.fixture(scope="session")
def city_app(city_folder: Path) -> Flask:
    return create_app(Settings.from_env({}, layers=city_folder))


@pytest.fixture
def client(city_app: Flask) -> FlaskClient:
    return city_app.test_client()


@pytest.fixture(scope="session")
def hong_kong_app() -> Flask:
    return create_app(Settings.from_env({}))


def missing_package(package: str) -> None:
    """Skip a test for want of a system package, by its name; in CI, where all are installed, fail instead."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must install the Debian package {package}")
    pytest.skip(f"needs the Debian package {package}")
