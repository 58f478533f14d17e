"""The commands of docs/deployment.md let through what the service promises to take."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest

from geoservice.collections.filtering.tree import MAX_LENGTH

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
COMMANDS = [line.strip() for line in TEXT.splitlines() if re.match(r" {4}.*gunicorn --", line)]
PATIENCE_S = 120


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def asked(port: int, address: str) -> tuple[int, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", address)
        response = connection.getresponse()
        return response.status, response.read()


@pytest.fixture
def served(request: pytest.FixtureRequest, city_folder: Path, tmp_path: Path) -> Iterator[int]:
    """Start the made-up city by a command of the document, at a free port."""
    words = shlex.split(request.param)
    at = words.index("gunicorn")
    port = free_port()
    options = [f"127.0.0.1:{port}" if word.startswith("127.") else word for word in words[at + 1 :]]
    env = os.environ | dict(word.split("=", 1) for word in words[:at]) | {"GEOSERVICE_LAYERS": str(city_folder)}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options], cwd=ROOT, env=env, stdout=log, stderr=log
        )
        try:
            until = time.monotonic() + PATIENCE_S
            while True:
                assert server.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
                assert time.monotonic() < until
                try:
                    asked(port, "/healthz")
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            yield port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 2


@pytest.mark.soak
@pytest.mark.parametrize("served", COMMANDS, indirect=True)
def test_the_longest_filter_is_let_through_and_its_answer_can_be_read(served: int) -> None:
    condition = "id <> '" + "é" * (MAX_LENGTH - 8) + "'"
    assert len(condition) == MAX_LENGTH
    status, body = asked(served, f"/collections/people/items?limit=1&filter={quote(condition)}")
    assert status == 200, body[:300]
    assert b'"rel":"next"' in body


def test_the_proxy_sets_every_header_that_is_believed_and_lets_long_filters_in() -> None:
    set_by_proxy = set(re.findall(r"proxy_set_header (X-Forwarded-\w+)", TEXT))
    assert set_by_proxy == {f"X-Forwarded-{name}" for name in ("For", "Proto", "Host", "Prefix")}
    (kilobytes,) = re.findall(r"large_client_header_buffers \d+ (\d+)k;", TEXT)
    assert int(kilobytes) * 1024 > 3 * MAX_LENGTH
