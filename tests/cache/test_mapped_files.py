"""Pieces in mapped files: whole or not at all, bounded, and never believed when damaged or not ours."""

from __future__ import annotations

import logging
import mmap
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from geoservice.cache.mapped import SMALL_BYTES, MappedFiles, Pieces, open_mapped
from geoservice.settings import Settings

KEY = "0123456789abcdef"
LARGE = [b"x" * 1_000] * (SMALL_BYTES // 1_000 + 1)


def batches() -> Iterator[list[bytes]]:
    yield LARGE
    yield [b"", b"last"]


def listed(pieces: Pieces) -> list[bytes]:
    ends = pieces.offsets.tolist()
    return [pieces.text[first : last - 1] for first, last in pairwise(ends)]


def never() -> Iterator[list[bytes]]:
    pytest.fail("made again")
    yield []


@pytest.fixture
def files(tmp_path: Path) -> MappedFiles:
    return MappedFiles(tmp_path / "cache" / "features", 10**8)


def test_pieces_come_back_as_they_were_and_are_made_once(files: MappedFiles) -> None:
    first = files.get(KEY, batches)
    again = MappedFiles(files.folder, 10**8).get(KEY, never)
    assert listed(first) == listed(again) == [*LARGE, b"", b"last"]
    assert isinstance(again.text, mmap.mmap)
    with pytest.raises(ValueError, match="read-only"):
        again.offsets[0] = 5


@pytest.mark.parametrize("where", [0, 8, 500, SMALL_BYTES // 2, -60, -40, -1])
def test_one_changed_byte_anywhere_is_noticed_and_the_file_is_written_anew(files: MappedFiles, where: int) -> None:
    files.get(KEY, batches)
    (path,) = files.folder.iterdir()
    content = bytearray(path.read_bytes())
    content[where] ^= 1
    path.unlink()
    path.write_bytes(content)
    assert listed(files.get(KEY, batches))[-1] == b"last"
    assert listed(files.get(KEY, never))[:2] == LARGE[:2]


@pytest.mark.parametrize("length", [0, 1, 7, 100, SMALL_BYTES])
def test_a_file_cut_short_is_written_anew(files: MappedFiles, length: int, caplog: pytest.LogCaptureFixture) -> None:
    files.get(KEY, batches)
    (path,) = files.folder.iterdir()
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:length])
    with caplog.at_level(logging.WARNING):
        assert listed(files.get(KEY, batches)) == [*LARGE, b"", b"last"]
    assert "damaged" in caplog.text


def test_a_file_that_is_removed_while_it_is_mapped_stays_readable(files: MappedFiles) -> None:
    pieces = files.get(KEY, batches)
    for path in files.folder.iterdir():
        path.unlink()
    assert listed(pieces)[-1] == b"last"


def test_what_was_opened_longest_ago_makes_room(tmp_path: Path) -> None:
    files = MappedFiles(tmp_path / "features", 2_500_000)
    keys = [f"{number:016x}" for number in range(3)]
    for age, key in zip((300, 200), keys[:2], strict=True):
        files.get(key, batches)
        path = files.folder / f"{key}.pieces"
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    files.get(keys[0], never)  # now the second is the one unused for longest
    files.get(keys[2], batches)
    assert sorted(path.stem for path in files.folder.iterdir()) == [keys[0], keys[2]]


@pytest.mark.skipif(os.name == "nt", reason="modes of POSIX")
def test_a_folder_that_others_may_write_to_is_not_used_and_said_once(
    files: MappedFiles, caplog: pytest.LogCaptureFixture
) -> None:
    files.folder.mkdir(parents=True)
    files.folder.chmod(0o777)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert listed(files.get(KEY, batches))[-1] == b"last"
    assert list(files.folder.iterdir()) == []
    assert len(caplog.records) == 1


@pytest.mark.parametrize("key", ["", "short", "../../../etc/passwd", "0123456789ABCDEF", "g" * 16, "0" * 129])
def test_only_digits_name_a_file(files: MappedFiles, key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        files.get(key, batches)


def test_a_failure_of_what_makes_the_pieces_leaves_nothing(files: MappedFiles) -> None:
    def failing() -> Iterator[list[bytes]]:
        yield LARGE
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        files.get(KEY, failing)
    assert list(files.folder.iterdir()) == []


def test_the_settings_bound_the_folder_or_switch_it_off(tmp_path: Path) -> None:
    opened = open_mapped(Settings.from_env({}, cache=tmp_path, features_mb=3))
    assert opened is not None
    assert (opened.folder, opened.bound_bytes) == (tmp_path / "features", 3_000_000)
    assert open_mapped(Settings.from_env({}, cache=tmp_path, features_mb=0)) is None
