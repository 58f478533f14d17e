"""What takes much is done in turn: the questions of any day, comparisons, prints; and no request is too large."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from geoservice.analysis import analyse
from geoservice.cli.serve import listening
from geoservice.errors import BusyError
from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.answers import Answers
from geoservice.web.service import EXTENSION, Service
from geoservice.web.turns import Turns
from geoservice.web.warm import warm_answers
from tools.screenshots import running

ZONES = "/collections/posts-zones/items?limit=1"


@pytest.fixture
def one_at_a_time(city_folder: Path, tmp_path: Path) -> Flask:
    return create_app(Settings.from_env({}, layers=city_folder, cache=tmp_path / "cache", computations=1))


class Held:
    """Holds every computation until it is told to go on."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.days: list[str] = []

    def __call__(self, catalog: Any, question: Any) -> Any:
        self.days.append(question.at.isoformat())
        self.begun.set()
        assert self.go_on.wait(30)
        return analyse(catalog, question)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    found = Held()
    monkeypatch.setattr("geoservice.web.answers.analyse", found)
    yield found
    found.go_on.set()


def asked(app: Flask, address: str) -> tuple[int, str | None]:
    answer = app.test_client(use_cookies=False).get(address)
    return answer.status_code, answer.headers.get("Retry-After")


def hurried(app: Flask, wait_s: float) -> Answers:
    """Have an application's answers wait so long for their turn."""
    state: Service = app.extensions[EXTENSION]
    state.answers._wait_s = wait_s
    return state.answers


@pytest.mark.parametrize(
    "address",
    [
        f"{ZONES}&at=1950-01-02",
        "/map?at=1950-01-02",
        "/zones.csv?at=1950-01-02",
        "/place?lon=-73.9&lat=40.7&at=1950-01-02",
        "/compare?before=posts&after=posts&before_at=1950-01-02&ground=true",
    ],
)
def test_a_day_that_nobody_asked_for_waits_for_its_turn_and_is_told_when_to_ask_again(
    one_at_a_time: Flask, held: Held, address: str
) -> None:
    hurried(one_at_a_time, 0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(asked, one_at_a_time, f"{ZONES}&at=1950-01-01")
        assert held.begun.wait(30)
        assert asked(one_at_a_time, address) == (503, "10")
        assert asked(one_at_a_time, "/collections/posts/items") == (200, None)
        held.go_on.set()
        assert first.result() == (200, None)
    assert held.days == ["1950-01-01"]
    assert asked(one_at_a_time, f"{ZONES}&at=1950-01-01") == (200, None)
    assert asked(one_at_a_time, address) == (200, None)


def test_what_waits_for_its_turn_is_answered_when_it_comes(one_at_a_time: Flask, held: Held) -> None:
    hurried(one_at_a_time, 30)
    days = [f"1950-01-0{day}" for day in (1, 2, 3)]
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(asked, one_at_a_time, f"{ZONES}&at={day}") for day in days]
        assert held.begun.wait(30)
        held.go_on.set()
        assert [one.result() for one in waiting] == [(200, None)] * 3
    assert sorted(held.days) == days


def test_no_more_wait_than_leaves_threads_for_others() -> None:
    turns = Turns(1, most_waiting=1)

    def patient() -> str:
        with turns.taken(30):
            return "its turn came"

    with ThreadPoolExecutor(1) as pool:
        with turns.taken():
            waiting = pool.submit(patient)
            while turns._waiting._value:
                time.sleep(0.001)
            for wait_s in (0, 30):
                with pytest.raises(BusyError), turns.taken(wait_s):
                    pass
        assert waiting.result(30) == "its turn came"


def test_an_answer_on_the_disk_needs_no_turn(one_at_a_time: Flask, city_folder: Path, tmp_path: Path) -> None:
    assert asked(one_at_a_time, f"{ZONES}&at=1950-01-01") == (200, None)
    settings = Settings.from_env({}, layers=city_folder, cache=tmp_path / "cache", computations=1)
    other = create_app(settings)
    with hurried(other, 0)._turns.taken():
        assert asked(other, f"{ZONES}&at=1950-01-01") == (200, None)
        assert asked(other, f"{ZONES}&at=1950-01-02") == (503, "10")


def test_a_service_that_is_busy_at_its_start_goes_on(one_at_a_time: Flask) -> None:
    state: Service = one_at_a_time.extensions[EXTENSION]
    with hurried(one_at_a_time, 0)._turns.taken():
        warm_answers(state)
    assert len(state.answers.kept) == 0


@pytest.mark.parametrize("address", ["/map.pdf", "/map.png?width=1000&height=700", "/map-data.csv.zip"])
def test_no_more_is_printed_at_once_than_may_be(one_at_a_time: Flask, address: str) -> None:
    prints = one_at_a_time.extensions[EXTENSION].prints
    with prints.taken(), prints.taken():
        refused = one_at_a_time.test_client().get(address, headers={"Accept-Language": "zh"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        assert refused.get_json()["code"] == "BusyError"
        assert "\u73fe\u6b63\u88fd\u4f5c\u5176\u4ed6\u5730\u5716" in refused.get_json()["description"]
    assert asked(one_at_a_time, address) == (200, None)


# ------------------------------------------------------------------ what comes in


@pytest.fixture
def port(city_app: Flask) -> Iterator[int]:
    """The city behind the server that `geoservice serve` runs."""
    server = listening(city_app, "127.0.0.1", 0, Settings.from_env({}))
    with running(server):
        yield server.effective_port


def test_a_file_too_large_is_told_in_our_words_and_a_huge_one_is_not_taken_in(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/octet-stream", "Accept-Language": "zh", "Connection": "close"}
    connection.request("POST", "/areas?question=posts", b" " * 5_000_000, headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    assert (answer.status, told["description"]) == (413, "\u6a94\u6848\u5927\u65bc 2 MB\u3002")
    connection.close()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        plain.sendall(b"POST /areas HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
        assert plain.recv(100).startswith(b"HTTP/1.1 413 ")
