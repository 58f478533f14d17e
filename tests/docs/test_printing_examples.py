"""The commands, the script and the addresses in docs/printing.md work as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from geoservice.cli import main

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "printing.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ {4}geoservice (.*)$", TEXT, re.MULTILINE)
SCRIPTS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
ADDRESSES = sorted(set(re.findall(r"`(/[^`\s]*)`", TEXT)))
SIGNATURES = {".pdf": b"%PDF-1.7", ".png": b"\x89PNG\r\n\x1a\n"}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(folder: Path) -> set[str]:
    for path in folder.iterdir():
        assert path.read_bytes().startswith(SIGNATURES[path.suffix])
    return {path.name for path in folder.iterdir()}


def test_there_are_examples() -> None:
    assert (len(COMMANDS), len(SCRIPTS), len(ADDRESSES)) == (6, 1, 6)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints(command: str, tmp_path: Path) -> None:
    words = shlex.split(command)
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    assert written(tmp_path) == {words[words.index("-o") + 1]}


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_script_prints(script: str, tmp_path: Path) -> None:
    exec(compile(script, "printing.md", "exec"), {})  # noqa: S102 - our own document
    assert written(tmp_path) == {"stations.pdf", "slide.png"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_answered(hong_kong_app: Flask, address: str) -> None:
    response = hong_kong_app.test_client().get(address)
    assert response.status_code == 200, response.get_data(as_text=True)[:300]
    assert len(response.data) > 1000
