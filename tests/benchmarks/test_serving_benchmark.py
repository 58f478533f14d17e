"""The benchmark of serving: it asks for what it says, notices wrong answers, and reports what it measured."""

from __future__ import annotations

import json
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from benchmarks.servers import Server, tables
from benchmarks.serving import Load, answers, asked, compared, require_wrk, works
from geoservice.errors import GeoserviceError

FEW = 2_000


@pytest.fixture(scope="module")
def city() -> Any:
    return tables(FEW)


@pytest.fixture
def wrong_server() -> Any:
    """A server that gives one feature whatever is asked for."""

    class One(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if "tiles" in self.path else 200)
            self.end_headers()
            self.wfile.write(json.dumps({"features": [1]}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), One)
    Thread(target=server.serve_forever, daemon=True).start()
    yield Server("wrong", f"http://127.0.0.1:{server.server_port}", "cameras", "/tiles/{z}/{x}/{y}", "1")
    server.shutdown()
    server.server_close()


def test_the_box_holds_as_many_cameras_as_it_says(city: Any) -> None:
    (boxed,) = [work for work in works(city) if work.title.startswith("Box")]
    address = boxed.address(Server("any", "http://x", "cameras", None, "1"))
    west, south, east, north = map(float, parse_qs(urlsplit(address).query)["bbox"][0].split(","))
    places = city["cameras"].to_crs("EPSG:4326").geometry
    inside = places.x.between(west, east) & places.y.between(south, north)
    assert inside.sum() == boxed.features
    assert 90 <= inside.sum() <= 110


def test_a_server_that_gives_something_else_is_noticed(city: Any, wrong_server: Server) -> None:
    page, *_, item, tile, _ = works(city)
    with pytest.raises(GeoserviceError, match="gives 1 features"):
        answers(page, wrong_server)
    assert answers(item, wrong_server)
    assert not answers(tile, wrong_server)


def test_times_are_read_from_what_wrk_says(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "  Latency Distribution\n     90%    2.00ms\n     99%  350.00us\nRequests/sec:   1234.5\n"
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, said))
    assert asked("http://x", 1) == Load(1234.5, pytest.approx(0.35))
    said += "  Non-2xx or 3xx responses: 7\n"
    with pytest.raises(GeoserviceError, match="not answered as it should be"):
        asked("http://x", 1)


def test_a_report_says_how_many_times_ours_are_a_peers() -> None:
    results = {"Page": {"ours": [Load(900, 9), Load(1000, 12)], "tipg": [Load(50, 80), Load(45, 100)]}}
    lines = compared(results, {"Page": {"tipg": 20}})
    assert lines[2] == "| Page | ours | 950 | 12.0 ms |  |  |"
    assert lines[3] == "| Page | tipg | 48 | 100.0 ms | 20.0 | 20 |"


def test_a_missing_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(GeoserviceError, match="Debian package wrk"):
        require_wrk()
