"""A first start says on the terminal what it is at, so that nobody takes it for dead; a log has none of that."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from geoservice.cli import shell

PATIENCE_S = 120


def start(folder: Path, cache: Path, stderr: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "geoservice", "serve", "--port", "0", "--layers", str(folder)]
    environ = {**os.environ, "GEOSERVICE_CACHE": str(cache)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, env=environ)


def test_a_first_start_tells_a_terminal_what_it_is_making(city_folder: Path, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    lead, follow = pty.openpty()
    with start(city_folder, tmp_path / "cache", follow) as process:
        os.close(follow)
        told, until = b"", time.monotonic() + PATIENCE_S
        while b"All of it is ready." not in told and time.monotonic() < until:
            told += os.read(lead, 4096)
        process.send_signal(signal.SIGINT)
        process.wait(30)
    os.close(lead)
    lines = [line.split(b"\x1b[K")[-1].strip().decode() for line in told.split(b"\n")]
    assert [line for line in lines if line and not line.startswith("Compiling")][:4] == [
        "Reading layers 4/4: wards",
        "Preparing layers for maps and downloads 4/4: wards",
        "Answering the questions of the first page 1/1: posts",
        "All of it is ready.",
    ]


def test_a_log_gets_no_line_that_is_written_over(city_folder: Path, tmp_path: Path) -> None:
    with start(city_folder, tmp_path / "cache", subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"Serving Feetville" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert not re.search(rb"\r(?!\n)|\x1b", told), told
    assert b"Reading" not in told


@pytest.mark.parametrize("on_a_terminal", [True, False])
def test_what_takes_long_tells_its_seconds_on_a_terminal(
    on_a_terminal: bool,  # noqa: FBT001 - a parameter of the test
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shell, "_TELL_S", 0.01)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: on_a_terminal)
    with shell.elapsed("Compiling"):
        time.sleep(0.2)
    told = capsys.readouterr().err
    if on_a_terminal:
        parts = [part for part in told.split("\r\x1b[K") if part]
        assert parts[0] == "Compiling ..."
        assert len(parts) > 3
        assert {re.sub(r"\d+", "n", part) for part in parts[1:-1]} == {"Compiling ... n s"}
        assert re.fullmatch(r"Compiling: \d+ s\.\n", parts[-1])
    else:
        assert told == "Compiling ...\n"
