"""Texts that end a while after their last use, in a folder that processes share."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoservice.cache.posted import REMEMBERED_S, PostedTexts
from geoservice.errors import CacheError

KEYS = [f"{number:032x}" for number in range(10)]


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "analyses"


def test_a_text_is_found_by_another_process_until_so_long_after_its_last_use(folder: Path, clock: Clock) -> None:
    one, other = (PostedTexts(folder, 60, 5, clock) for _ in range(2))
    put = one.put(KEYS[0], b"a\nb")
    assert (put.created, put.expires) == (clock.now, clock.now + 60)
    for _ in range(3):
        clock.now += 59
        used = other.get(KEYS[0])
        assert used is not None
        assert (used.text, used.created, used.expires) == (b"a\nb", put.created, clock.now + 60)
    clock.now += 60
    assert one.get(KEYS[0]) is None
    assert other.all() == []
    over = one.look(KEYS[0])
    assert over is not None
    assert one.is_over(over)


def test_to_look_at_a_text_is_no_use_of_it_and_to_put_it_again_is(folder: Path, clock: Clock) -> None:
    texts = PostedTexts(folder, 60, 5, clock)
    first = texts.put(KEYS[0], b"a")
    clock.now += 30
    assert texts.look(KEYS[0]) == first
    assert texts.all() == [first]
    again = texts.put(KEYS[0], b"a")
    assert (again.created, again.expires) == (first.created, clock.now + 60)


def test_those_unused_for_longest_make_room(folder: Path, clock: Clock) -> None:
    texts = PostedTexts(folder, 60, 3, clock)
    for key in KEYS[:3]:
        texts.put(key, b"a")
        clock.now += 1
    texts.get(KEYS[0])
    clock.now += 1
    texts.put(KEYS[3], b"a")
    assert {one.key for one in texts.all()} == {KEYS[0], KEYS[2], KEYS[3]}
    assert texts.look(KEYS[1]) is None


def test_what_has_ended_is_known_for_a_day_and_then_leaves_nothing(folder: Path, clock: Clock) -> None:
    texts = PostedTexts(folder, 60, 3, clock)
    texts.put(KEYS[0], b"a")
    (folder / ".writing-killed").write_bytes(b"half")
    clock.now += 60 + REMEMBERED_S
    assert texts.look(KEYS[0]) is not None
    clock.now += 1
    texts.put(KEYS[1], b"a")
    assert texts.look(KEYS[0]) is None
    texts.remove(KEYS[1])
    texts.remove(KEYS[1])
    assert texts.look(KEYS[1]) is None


def test_a_damaged_file_and_a_key_of_another_kind_are_none(
    folder: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    texts = PostedTexts(folder, 60, 3, clock)
    texts.put(KEYS[0], b"a")
    (folder / f"{KEYS[0]}.json").write_bytes(b"no time\na")
    assert texts.look(KEYS[0]) is None
    assert "damaged" in caplog.text
    assert texts.get("../../etc/passwd") is None
    texts.remove("../../etc/passwd")
    with pytest.raises(ValueError, match="hexadecimal"):
        texts.put("../x", b"a")


def test_a_folder_that_others_may_write_to_is_not_used(folder: Path, clock: Clock) -> None:
    folder.mkdir(parents=True, mode=0o700)
    folder.chmod(0o777)
    with pytest.raises(CacheError, match="not safe"):
        PostedTexts(folder, 60, 3, clock).put(KEYS[0], b"a")
