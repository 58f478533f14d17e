"""Several processes at one cache: none sees what another has half written, also when that one is killed."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from geoservice.cache import DiskCache
from geoservice.cache.disk import MB

pytestmark = pytest.mark.soak

ROUNDS = 30
KEYS = [f"key {i}" for i in range(12)]
BOUND = 2 * MB


def value_of(key: str, writer: int, round_: int) -> bytes:
    """Give a value of up to 300 kB that tells of itself whether it is whole, and whose it is."""
    head = f"{key}|{writer}|{round_}|".encode()
    size = 1000 * (1 + (writer * 7 + round_ * 13 + len(key)) % 300)
    return head + hashlib.sha256(head).digest() * (size // 32)


def is_whole(key: str, value: bytes) -> bool:
    name, writer, round_, _ = value.split(b"|", 3)
    return name.decode() == key and value == value_of(key, int(writer), int(round_))


class Told(logging.Handler):
    """Collects what a process says on its log."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def write(folder: str, writer: int) -> tuple[int, int, list[str]]:
    """Write the keys that all write, and some of its own, and read in between; tell how many values were not whole."""
    told = Told()
    logging.getLogger("geoservice").addHandler(told)
    kept = DiskCache(Path(folder), BOUND)
    seen = wrong = 0
    for round_ in range(ROUNDS):
        own = f"own {writer}"
        kept.put_many("shared", {key: value_of(key, writer, round_) for key in (KEYS[round_ % len(KEYS)], own)})
        for key, value in kept.get_many("shared", [*KEYS, own]).items():
            seen += 1
            wrong += not is_whole(key, value)
        if writer == 0 and round_ == ROUNDS // 2:
            kept.clear()
    return seen, wrong, told.messages


def test_writers_of_the_same_and_of_other_keys_and_readers_and_one_that_clears(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=spawn) as pool:
        ended = list(pool.map(write, [str(tmp_path)] * 4, range(4)))
    assert [wrong for _, wrong, _ in ended] == [0, 0, 0, 0]
    assert [messages for _, _, messages in ended] == [[], [], [], []]
    assert all(seen > ROUNDS for seen, _, _ in ended)
    kept = DiskCache(tmp_path, BOUND)
    assert 0 < kept.usage().bytes <= BOUND
    assert is_sound(tmp_path / "kept-1.sqlite")


HALF = """
import sys, time
from pathlib import Path
from geoservice.cache import DiskCache

class Halting(dict):
    def items(self):
        yield from super().items()
        print("written by half", flush=True)
        time.sleep(600)

DiskCache(Path(sys.argv[1]), 10**8).put_many("answers", Halting(a=bytes(10**7), b=bytes(10**7)))
"""


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_one_that_is_killed_in_the_middle_of_writing_leaves_what_was_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept = DiskCache(tmp_path, 10**8)
    kept.put("answers", "a", b"before")
    journal = tmp_path / "kept-1.sqlite-journal"
    with subprocess.Popen([sys.executable, "-c", HALF, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written by half\n"
        assert journal.stat().st_size > 0
        assert (tmp_path / "kept-1.sqlite").stat().st_size > 10**7
        process.kill()
    assert kept.get_many("answers", "ab") == {"a": b"before"}
    assert not journal.exists()
    kept.put("answers", "b", b"after")
    assert kept.get_many("answers", "ab") == {"a": b"before", "b": b"after"}
    assert is_sound(tmp_path / "kept-1.sqlite")
    assert caplog.records == []


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_many_that_are_killed_at_any_moment_leave_nothing_that_is_not_whole(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    kept = DiskCache(tmp_path, BOUND)
    for pause_ms in range(0, 400, 40):
        processes = [spawn.Process(target=write, args=(str(tmp_path), writer)) for writer in (1, 2)]
        for process in processes:
            process.start()
        before = kept.get_many("shared", KEYS)
        while kept.get_many("shared", KEYS) == before and any(process.is_alive() for process in processes):
            time.sleep(0.005)
        time.sleep(pause_ms / 1000)
        for process in processes:
            process.kill()
            process.join()
        assert all(is_whole(key, value) for key, value in kept.get_many("shared", KEYS).items())
        assert is_sound(tmp_path / "kept-1.sqlite")
