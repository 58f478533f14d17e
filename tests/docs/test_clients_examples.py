"""The addresses and commands in docs/clients.md work as they stand."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from geoservice.cli import main
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.frames import Format
from tools.screenshots import served

ROOT = "http://127.0.0.1:8000"
TEXT = (Path(__file__).resolve().parent.parent.parent / "docs" / "clients.md").read_text(encoding="utf-8")
ADDRESSES = sorted(set(re.findall(rf"(?:{ROOT}|`)(/[a-z][^`\"\s]*)", TEXT)))
COMMANDS = re.findall(r"^ {4}(ogr.*)$", TEXT, re.MULTILINE)
PYTHON = "\n".join(
    line for line in re.findall(r"^ {4}(.*)$", TEXT.split("## Python")[1].split("## Files")[0], re.MULTILINE)
)


SHELL = re.findall(r"^ {4}geoservice (.*)$", TEXT, re.MULTILINE)


@pytest.fixture(scope="module")
def root(hong_kong_app: Flask) -> Iterator[str]:
    with served(hong_kong_app) as address:
        yield address


def test_there_are_examples() -> None:
    assert len(ADDRESSES) >= 7
    assert (len(COMMANDS), len(SHELL)) == (4, 2)
    assert PYTHON.count("import") == 5


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_answered(hong_kong_app: Flask, address: str) -> None:
    path = address.replace("{z}/{x}/{y}", "11/1672/893")
    response = hong_kong_app.test_client().get(path)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    assert response.data


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_gdal_runs(request: pytest.FixtureRequest, root: str, tmp_path: Path, command: str) -> None:
    words = shlex.split(command.replace(ROOT, root))
    if shutil.which(words[0]) is None:
        above = request.config.pluginmanager.get_plugin(str(Path(__file__).parent.parent / "conftest.py"))
        above.missing_package("gdal-bin")
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Feature Count: 42" in done.stdout or (tmp_path / words[1]).stat().st_size > 0


@pytest.mark.parametrize("command", SHELL)
def test_a_command_of_ours_writes_its_file(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, shlex.split(command))
    assert done.exit_code == 0, done.output
    (written,) = tmp_path.iterdir()
    assert written.name in command
    assert written.stat().st_size > 1000


def test_the_formats_of_both_commands_are_all_there_are() -> None:
    (row,) = re.findall(r"^\| formats \|(.*)\|(.*)\|$", TEXT, re.MULTILINE)
    told = [re.findall(r"`(\w+)`", cell) for cell in row]
    assert told == [[str(form) for form in Format], list(DOWNLOADS)]
    endings = TEXT.split("with an ending:")[1].split("It takes")[0]
    assert re.findall(r"`\.(\w+)`", endings) == list(DOWNLOADS)


def test_the_lines_of_python_run(root: str, tmp_path: Path) -> None:
    shown = "\nprint(len(zones), len(figures), len(found['features']), len(gaps) > 0)"
    told = [sys.executable, "-c", PYTHON.replace(ROOT, root) + shown]
    done = subprocess.run(told, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["18", "18", "5", "True"]
