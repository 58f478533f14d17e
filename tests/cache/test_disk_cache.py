"""The cache on the disk: bounded, the least used goes first, and whatever is wrong with it, never a wrong value."""

from __future__ import annotations

import logging
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoservice.cache import DiskCache, open_cache
from geoservice.cache import disk as disk_module
from geoservice.cache.disk import FORMAT, MB, Freed
from geoservice.errors import CacheError
from geoservice.settings import Settings

Logged = pytest.LogCaptureFixture


class Clock:
    """A clock that goes on by one hour each time it is read."""

    now_s = 1_700_000_000.0

    def __call__(self) -> float:
        self.now_s += 3600
        return self.now_s


@pytest.fixture
def kept(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "answers", 10 * MB, Clock())


def blob(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


def the_file(kept: DiskCache) -> Path:
    (path,) = kept.folder.glob("kept-*.sqlite")
    return path


def warnings_of(caplog: Logged) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


# ------------------------------------------------------------------ what is put in comes out


def test_what_was_put_is_there_for_another_and_nothing_else(kept: DiskCache) -> None:
    kept.put_many("pieces", {"a": b"1", "b": b"", "覆": blob(1, 300_000)})
    other = DiskCache(kept.folder, kept.bound_bytes)
    assert other.get_many("pieces", ["a", "b", "覆", "c"]) == {"a": b"1", "b": b"", "覆": blob(1, 300_000)}
    assert other.get_many("answers", ["a", "b"]) == {}
    assert other.get("pieces", "a") == b"1"
    assert other.get("pieces", "A") is None


def test_a_value_is_replaced_by_the_next_of_its_key(kept: DiskCache) -> None:
    kept.put("answers", "a", b"old")
    kept.put("answers", "a", b"new")
    assert kept.get("answers", "a") == b"new"
    assert [(one.namespace, one.count, one.bytes) for one in kept.usage().entries] == [("answers", 1, 3)]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(items=st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.binary()))
def test_any_keys_and_values_come_back(kept: DiskCache, items: dict[str, bytes]) -> None:
    kept.put_many("any", items)
    assert kept.get_many("any", items) == items


def test_thousands_of_pieces_go_in_and_out_at_once(kept: DiskCache) -> None:
    pieces = {f"{i:032x}": blob(i, i % 700) for i in range(5000)}
    kept.put_many("pieces", pieces)
    assert kept.get_many("pieces", pieces) == pieces


# ------------------------------------------------------------------ the bound


def test_those_unused_for_longest_make_room(kept: DiskCache) -> None:
    for name in "abcd":
        kept.put("answers", name, blob(ord(name), 2 * MB))
    assert kept.get("answers", "a") is not None
    kept.put_many("answers", {"e": blob(5, 2 * MB), "f": blob(6, 2 * MB)})
    assert set(kept.get_many("answers", "abcdef")) == {"a", "d", "e", "f"}


def test_an_entry_used_a_moment_ago_is_not_marked_again(tmp_path: Path) -> None:
    now_s = [1000.0]
    kept = DiskCache(tmp_path, MB, lambda: now_s[0])
    kept.put("answers", "a", b"1")
    for later_s, oldest in ((1030.0, 1000.0), (1090.0, 1090.0)):
        now_s[0] = later_s
        kept.get("answers", "a")
        assert kept.usage().entries[0].oldest == oldest


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 400_000), min_size=1, max_size=12))
def test_the_file_never_takes_more_than_the_bound(tmp_path: Path, sizes: list[int]) -> None:
    kept = DiskCache(tmp_path, MB)
    for number, size in enumerate(sizes):
        kept.put("answers", str(number), blob(number, size))
        assert the_file(kept).stat().st_size <= MB
        assert kept.get("answers", str(number)) == blob(number, size)


def test_many_small_ones_keep_to_the_bound_too(kept: DiskCache) -> None:
    for round_ in range(4):
        pieces = {f"{round_}-{i}": blob(i, 2100) for i in range(1500)}
        kept.put_many("pieces", pieces)
        assert the_file(kept).stat().st_size <= kept.bound_bytes
        assert kept.get_many("pieces", pieces) == pieces


def test_what_is_larger_than_the_bound_is_not_kept_and_removes_nothing(kept: DiskCache, caplog: Logged) -> None:
    kept.put("answers", "a", b"1")
    for _ in range(2):
        kept.put("answers", "b", bytes(11 * MB))
    assert set(kept.get_many("answers", "ab")) == {"a"}
    assert warnings_of(caplog) == [
        "11.0 MB are too much for the cache of 10 MB and are not kept. GEOSERVICE_CACHE_MB sets its size."
    ]


def test_a_lower_bound_makes_the_file_smaller_at_the_next_put(kept: DiskCache) -> None:
    for name in "abcd":
        kept.put("answers", name, blob(ord(name), 2 * MB))
    lower = DiskCache(kept.folder, 3 * MB, Clock())
    lower.put("answers", "e", b"1")
    assert the_file(kept).stat().st_size <= 3 * MB
    assert lower.get("answers", "e") == b"1"


def test_clearing_gives_the_disk_back(kept: DiskCache) -> None:
    kept.put_many("answers", {"a": blob(1, 3 * MB), "b": blob(2, 3 * MB)})
    before = kept.usage().bytes
    freed = kept.clear()
    assert freed.bytes > 6 * MB
    assert freed.entries == 2
    assert (kept.usage().bytes, kept.usage().entries) == (before - freed.bytes, ())
    assert kept.get("answers", "a") is None
    kept.put("answers", "a", b"again")
    assert kept.get("answers", "a") == b"again"


def test_looking_into_a_cache_that_is_not_there_makes_none(tmp_path: Path) -> None:
    kept = DiskCache(tmp_path / "none", MB)
    assert (kept.usage().bytes, kept.usage().entries, kept.clear()) == (0, (), Freed(0, 0))
    assert not (tmp_path / "none").exists()


def test_the_settings_say_where_and_how_much_and_0_keeps_none(tmp_path: Path) -> None:
    kept = open_cache(Settings.from_env({}, cache=tmp_path, cache_mb=7))
    assert kept is not None
    assert (kept.folder, kept.bound_bytes) == (tmp_path / "answers", 7_000_000)
    assert open_cache(Settings.from_env({"GEOSERVICE_CACHE_MB": "0"}, cache=tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------ damage


ITEMS = {f"key {i}": blob(i, 3000 * i) for i in range(12)}


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_its_head(content: bytes) -> bytes:
    return b"x" * 100 + content[100:]


def cut_to_nothing(_content: bytes) -> bytes:
    return b""


def no_database(_content: bytes) -> bytes:
    return b"This is no database.\n" * 500


@pytest.mark.parametrize("spoil", [truncated, without_its_head, cut_to_nothing, no_database])
def test_a_spoilt_file_is_told_once_and_begun_anew(
    kept: DiskCache, caplog: Logged, spoil: Callable[[bytes], bytes]
) -> None:
    kept.put_many("answers", ITEMS)
    path = the_file(kept)
    path.write_bytes(spoil(path.read_bytes()))
    fresh = DiskCache(kept.folder, kept.bound_bytes)
    for _ in range(3):
        found = fresh.get_many("answers", ITEMS)
        assert found.items() <= ITEMS.items()
        fresh.put_many("answers", ITEMS)
    assert fresh.get_many("answers", ITEMS) == ITEMS
    assert len(warnings_of(caplog)) <= 2
    assert len(set(warnings_of(caplog))) == len(warnings_of(caplog))
    assert len(list(kept.folder.glob("kept-*.sqlite"))) == 1
    if spoil is not cut_to_nothing:
        assert warnings_of(caplog) != []


def test_a_byte_that_was_changed_anywhere_never_gives_a_wrong_value(tmp_path: Path) -> None:
    kept = DiskCache(tmp_path, MB)
    kept.put_many("answers", ITEMS)
    sound = the_file(kept).read_bytes()
    chance = random.Random(7)  # noqa: S311 - no secret
    lost = 0
    for _ in range(120):
        for old in tmp_path.iterdir():
            old.unlink()
        spoilt = bytearray(sound)
        spoilt[chance.randrange(len(spoilt))] ^= 1 << chance.randrange(8)
        (tmp_path / "kept-1.sqlite").write_bytes(spoilt)
        one = DiskCache(tmp_path, MB)
        found = one.get_many("answers", ITEMS)
        assert found.items() <= ITEMS.items()
        lost += len(ITEMS) - len(found)
        one.put_many("answers", ITEMS)
        one.put_many("answers", ITEMS)
        assert one.get_many("answers", ITEMS).items() <= ITEMS.items()
    assert lost > 50  # or nothing was spoilt


def test_a_damaged_value_is_told_once_and_only_that_one_is_gone(kept: DiskCache, caplog: Logged) -> None:
    kept.put_many("answers", {"a": blob(1, 50_000), "b": blob(2, 50_000)})
    path = the_file(kept)
    content = bytearray(path.read_bytes())
    content[content.index(blob(1, 50_000)[1000:1020])] ^= 1
    path.write_bytes(content)
    for _ in range(2):
        assert kept.get_many("answers", "ab") == {"b": blob(2, 50_000)}
    assert warnings_of(caplog) == [f"{kept.folder}: what was kept is damaged in places and is computed anew."]
    assert kept.usage().entries[0].count == 1
    kept.put("answers", "a", b"again")
    assert kept.get("answers", "a") == b"again"


def test_a_value_under_the_key_of_another_is_not_taken_for_it(kept: DiskCache) -> None:
    kept.put_many("answers", {"a": b"1", "b": b"2"})
    with closing(sqlite3.connect(the_file(kept))) as connection, connection:
        connection.execute("UPDATE entry SET key = 'c' WHERE key = 'a'")
    assert kept.get_many("answers", "abc") == {"b": b"2"}


def test_a_file_of_an_older_format_is_replaced(kept: DiskCache, caplog: Logged) -> None:
    kept.folder.mkdir()
    with closing(sqlite3.connect(kept.folder / "kept-3.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE answer (key TEXT, value BLOB)")
    assert kept.get("answers", "a") is None
    kept.put("answers", "a", b"1")
    assert kept.get("answers", "a") == b"1"
    assert the_file(kept).name == "kept-4.sqlite"
    (told,) = warnings_of(caplog)
    assert told.endswith("kept-3.sqlite: cannot be used (it is of the older format 0); what was kept is computed anew.")


def test_a_file_of_a_newer_version_is_left_alone(
    kept: DiskCache, caplog: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(disk_module, "FORMAT", FORMAT + 1)
        kept.put("answers", "a", b"newer")
    for _ in range(2):
        assert kept.get("answers", "a") is None
    assert len(warnings_of(caplog)) == 1
    assert "A newer version of the service made it" in warnings_of(caplog)[0]
    with pytest.raises(CacheError, match="newer version"):
        kept.usage()
    monkeypatch.setattr(disk_module, "FORMAT", FORMAT + 1)
    assert kept.get("answers", "a") == b"newer"


# ------------------------------------------------------------------ folders that cannot be used


def test_a_folder_that_cannot_be_made_is_told_once(tmp_path: Path, caplog: Logged) -> None:
    (tmp_path / "file").write_text("no folder")
    kept = DiskCache(tmp_path / "file" / "answers", MB)
    for _ in range(2):
        kept.put("answers", "a", b"1")
        assert kept.get("answers", "a") is None
    told = warnings_of(caplog)
    assert [message.split(":")[0] for message in told] == [
        f"Cannot write the cache in {kept.folder}",
        f"Cannot read the cache in {kept.folder}",
    ]
    assert all(message.endswith("The service goes on without.") for message in told)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_that_everybody_may_write_to_is_not_used(kept: DiskCache, caplog: Logged) -> None:
    kept.put("answers", "a", b"1")
    assert kept.folder.stat().st_mode & 0o077 == 0
    kept.folder.chmod(0o777)
    assert kept.get("answers", "a") is None
    assert "everybody may write to it" in warnings_of(caplog)[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
@pytest.mark.parametrize("mode", [0o777, 0o1777])
def test_a_folder_within_one_that_everybody_may_write_to_is_not_made(tmp_path: Path, caplog: Logged, mode: int) -> None:
    tmp_path.chmod(mode)
    kept = DiskCache(tmp_path / "answers", MB)
    kept.put("answers", "a", b"1")
    assert not kept.folder.exists()
    assert f"{tmp_path} is not safe, as everybody may write to it" in warnings_of(caplog)[0]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_folder_of_another_user_is_not_used(kept: DiskCache, caplog: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.put("answers", "a", b"1")
    monkeypatch.setattr(os, "geteuid", lambda: kept.folder.stat().st_uid + 1)
    assert kept.get("answers", "a") is None
    assert "belongs to another user" in warnings_of(caplog)[0]
    with pytest.raises(CacheError, match="another user"):
        kept.usage()


NOBODY = 65534
READ_ONLY = """
import os, sys
from pathlib import Path
from geoservice.cache import DiskCache
if os.geteuid() == 0:
    os.setuid(int(sys.argv[2]))
kept = DiskCache(Path(sys.argv[1]), 10**7)
print(kept.get("answers", "a"))
kept.put("answers", "b", b"2")
kept.put("answers", "c", b"3")
print(kept.get_many("answers", "bc"))
"""

FULL = """
import resource, sys
from pathlib import Path
from geoservice.cache import DiskCache
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
kept = DiskCache(Path(sys.argv[1]), 10**7)
for name in "bc":
    kept.put("answers", name, bytes(400_000))
kept.put("answers", "d", b"4")
print(kept.get_many("answers", "abcd"))
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can come to, since nothing is read-only for root."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_a_read_only_folder_is_read_and_told_once(open_folder: Path) -> None:
    kept = DiskCache(open_folder / "answers", 10 * MB)
    kept.put("answers", "a", b"1")
    the_file(kept).chmod(0o400)
    kept.folder.chmod(0o500)
    if os.geteuid() == 0:
        for path in (open_folder, kept.folder, the_file(kept)):
            os.chown(path, NOBODY, NOBODY)
    command = [sys.executable, "-c", READ_ONLY, str(kept.folder), str(NOBODY)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    kept.folder.chmod(0o700)
    assert done.stdout.splitlines() == ["b'1'", "{}"]
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Cannot write the cache in ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_a_full_disk_is_told_once_and_what_is_there_stays_sound(kept: DiskCache) -> None:
    """A limit that no file may grow beyond fails as a full disk does."""
    kept.put("answers", "a", b"1")
    done = subprocess.run([sys.executable, "-c", FULL, kept.folder], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["{'a': b'1', 'd': b'4'}"]
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Cannot write the cache in ")
