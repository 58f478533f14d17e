"""The packages that are built: what they carry, and that a source archive is enough to build from."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

import hatch_build

ROOT = Path(hatch_build.__file__).resolve().parent
DATA = "geoservice/_data"


def hatchling(source: Path, target: Path, kind: str) -> Path:
    """Build with what is installed here, without a network, and return the file."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.iterdir()
    return built


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert hatch_build.is_current(), "the front-end files are not up to date: python3 run.py build"
    return hatchling(ROOT, tmp_path_factory.mktemp("wheel"), "wheel")


def test_the_wheel_carries_the_data(wheel: Path) -> None:
    names = names_in(wheel)
    assert f"{DATA}/layers/region.toml" in names
    assert {f"{DATA}/static/vendor/{target}" for target in hatch_build.VENDORED.values()} <= names
    assert {f"{DATA}/static/built/{target}" for target in hatch_build.BUNDLES.values()} <= names
    for folder in ("layers", "static"):
        ours = {path for path in (ROOT / folder).rglob("*") if path.is_file() and path.name[0] != "."}
        missing = {path.relative_to(ROOT).as_posix() for path in ours} - {
            name.removeprefix(f"{DATA}/") for name in names
        }
        assert missing == set()


def test_the_wheel_carries_the_package_and_no_more(wheel: Path) -> None:
    names = names_in(wheel)
    ours = {path.relative_to(ROOT).as_posix() for path in (ROOT / "geoservice").rglob("*.py")}
    assert ours <= names
    assert {name.split("/")[0].split("-")[0] for name in names} == {"geoservice"}
    assert not [name for name in names if name.endswith((".pyc", ".log", "~"))]


def test_the_source_archive_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = hatchling(ROOT, tmp_path / "sdist", "sdist")
    with tarfile.open(archive) as content:
        # Debian's Python 3.11 has no extraction filters yet; later ones ask for one.
        options: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        content.extractall(tmp_path / "source", **options)  # noqa: S202 - made by this test
    (source,) = (tmp_path / "source").iterdir()
    again = hatchling(source, tmp_path / "wheel", "wheel")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {i.filename: i.CRC for i in one.infolist()} == {i.filename: i.CRC for i in other.infolist()}
