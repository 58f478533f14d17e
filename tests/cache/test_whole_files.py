from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from geoservice.cache.whole_files import WholeFile, WholeFiles

KEYS = [f"{number:032x}" for number in range(4)]


def body(found: WholeFile | None) -> bytes:
    assert found is not None
    file: IO[bytes] = found.file
    with file:
        return file.read()


def test_a_file_is_written_once_and_found_again_by_another_process(tmp_path: Path) -> None:
    here, there = WholeFiles(tmp_path / "kept", 100), WholeFiles(tmp_path / "kept", 100)
    first = here.get(KEYS[0], "csv", lambda path: path.write_bytes(b"abc"))
    assert (first.size, body(first)) == (3, b"abc")
    again = there.get(KEYS[0], "csv", lambda _: pytest.fail("written again"))
    assert (again.digest, body(again)) == (first.digest, b"abc")
    assert here.find(KEYS[1]) is None


def test_a_failure_leaves_nothing_and_is_told(tmp_path: Path) -> None:
    files = WholeFiles(tmp_path / "kept", 100)

    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        files.get(KEYS[0], "csv", fail)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_file_cut_short_is_written_anew(tmp_path: Path) -> None:
    files = WholeFiles(tmp_path / "kept", 100)
    files.get(KEYS[0], "csv", lambda path: path.write_bytes(b"abcdef")).file.close()
    (kept,) = files.sizes()
    kept.write_bytes(b"abc")
    assert files.find(KEYS[0]) is None
    assert body(files.get(KEYS[0], "csv", lambda path: path.write_bytes(b"abcdef"))) == b"abcdef"


def test_what_was_opened_longest_ago_goes_first_and_can_still_be_read(tmp_path: Path) -> None:
    files = WholeFiles(tmp_path / "kept", 25)
    opened = []
    for age, key in zip((300, 100, 200), KEYS, strict=False):
        opened.append(files.get(key, "csv", lambda path: path.write_bytes(b"0123456789")))
        newest = max(files.sizes(), key=lambda path: path.stat().st_mtime_ns)
        os.utime(newest, (newest.stat().st_mtime - age,) * 2)
    files.get(KEYS[3], "csv", lambda path: path.write_bytes(b"0123456789")).file.close()
    left = {path.name[:32] for path in files.sizes()}
    assert left == {KEYS[1], KEYS[3]}
    assert [body(one) for one in opened] == [b"0123456789"] * 3
    assert len(files.clear()) == 2
    assert files.sizes() == {}


def test_many_threads_get_one_file(tmp_path: Path) -> None:
    files = WholeFiles(tmp_path / "kept", 10**6)
    written: list[Path] = []

    def write(path: Path) -> None:
        written.append(path)
        path.write_bytes(os.urandom(1000))

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: files.get(KEYS[0], "csv", write), range(40)))
    assert len(written) == 1
    assert len({body(one) for one in found}) == 1


@pytest.mark.parametrize("key", ["", "x" * 32, "../../../../etc/passwd"])
def test_a_key_is_no_path(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        WholeFiles(tmp_path, 1).find(key)
