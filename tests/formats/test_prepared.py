"""Features written once: a page of bytes is what writing its rows gives, and processes share one copy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely
from collections_made import collection, hostile, mixed, points
from hypothesis import given, settings
from hypothesis import strategies as st

from geoservice.cache.mapped import MappedFiles
from geoservice.collections import Collection
from geoservice.formats.geojson import dumps, features, rounded
from geoservice.formats.prepared import Prepared, PreparedFeatures, content_key, feature_collection

MANY = 9_000
BOUND = 10**9


def prepared(described: Collection, folder: Path | None = None) -> Prepared:
    return PreparedFeatures(None if folder is None else MappedFiles(folder, BOUND), 4).of(described)


def anew(described: Collection, positions: list[int]) -> bytes:
    """Write rows one page at a time, as is done without any preparation."""
    frame = rounded(described.frame.iloc[positions])
    written = features(frame, [described.ids[i] for i in positions], list(described.schema))
    return dumps({"features": written})[len('{"features":[') : -2]


@pytest.mark.parametrize("made", [hostile, mixed, lambda: points(50)], ids=["hostile", "mixed", "points"])
def test_every_feature_and_every_page_is_what_writing_the_rows_gives(made: object) -> None:
    described = made()  # type: ignore[operator]
    ready = prepared(described)
    everything = list(range(len(described.frame)))
    assert ready.page(everything) == anew(described, everything)
    assert [ready.one(i) for i in everything] == [anew(described, [i]) for i in everything]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"])),
)
SHAPES = st.one_of(
    st.none(),
    st.builds(shapely.Point, st.floats(-180, 180), st.floats(-90, 90)),
    st.builds(shapely.box, st.floats(-180, -1), st.floats(-90, -1), st.floats(1, 180), st.floats(1, 90)),
)


@given(rows=st.lists(st.tuples(SHAPES, VALUES, st.text(min_size=1)), max_size=12), data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_page_of_any_collection_is_what_writing_its_rows_gives(rows: list[tuple], data: st.DataObject) -> None:  # type: ignore[type-arg]
    ids = [f"{number}{text}".encode("utf-8", "replace").decode() for number, (_, _, text) in enumerate(rows)]
    described = collection([row[0] for row in rows], {"value": ("string", [row[1] for row in rows])}, ids)
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=20)) if rows else []
    ready = prepared(described)
    assert ready.page(chosen) == anew(described, chosen)
    assert b"".join(ready.stream(chosen)) == ready.page(chosen)
    lines = b"".join(ready.stream(chosen, b"\x1e", b"\n"))
    assert lines == b"\n".join(b"\x1e" + anew(described, [i]) for i in chosen)


def test_a_large_collection_streams_in_pieces_that_join_to_the_whole(tmp_path: Path) -> None:
    described = points(MANY)
    ready = prepared(described, tmp_path / "features")
    backwards = np.arange(MANY)[::-1]
    pieces = list(ready.stream(backwards))
    assert len(pieces) > 1
    assert max(map(len, pieces)) < 1.1 * 2**20
    assert b"".join(pieces) == ready.page(backwards)
    body = orjson.loads(b"".join(feature_collection({"type": "FeatureCollection"}, pieces)))
    assert [feature["id"] for feature in body["features"]] == list(described.ids[::-1])


def test_positions_that_there_are_not_are_refused_and_never_wrap_around() -> None:
    ready = prepared(points(5))
    for wrong in ([-1], [5], [0, 5], [2, -3]):
        with pytest.raises(IndexError, match="0 and 4"):
            ready.page(wrong)


def test_an_empty_collection_has_no_features() -> None:
    ready = prepared(collection([], {"name_en": ("string", [])}))
    assert len(ready) == 0
    assert ready.page([]) == b""
    assert list(ready.stream([])) in ([], [b""])


def test_a_small_collection_makes_no_file_and_a_large_one_makes_one_that_is_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "features"
    prepared(points(10), folder)
    assert list(folder.iterdir()) == []
    first = prepared(points(MANY), folder)
    (file,) = folder.iterdir()
    written = file.stat().st_ino
    again = prepared(points(MANY), folder)
    assert file.stat().st_ino == written
    assert again.page(range(MANY)) == first.page(range(MANY))


def test_what_is_kept_is_known_by_what_is_in_it_not_by_its_name_and_version() -> None:
    one = points(20)
    assert content_key(one, "") == content_key(points(20), "")
    moved = replace(one, frame=one.frame.assign(geometry=shapely.points(np.zeros((20, 2)))).set_crs("OGC:CRS84"))
    changed = replace(one, frame=one.frame.assign(name_en="x"))
    others = [moved, changed, replace(one, ids=tuple("abcdefghijklmnopqrst")), replace(one, id="other")]
    keys = {content_key(other, "") for other in [one, *others]} | {content_key(one, "EPSG:3857")}
    assert len(keys) == 6


def test_values_that_no_file_can_be_told_by_are_kept_in_memory(tmp_path: Path) -> None:
    described = collection([None] * 3, {"value": ("string", [1, "1", object])})
    assert content_key(described, "") is None
    assert json.loads(b"[" + prepared(described, tmp_path / "features").page([0, 1]) + b"]")[1]["id"] == "f.1"


def test_another_system_is_prepared_beside_the_first() -> None:
    described = points(30)
    kept = PreparedFeatures(None, 4)
    grid = described.frame.to_crs(3857)
    metres = kept.of(described, "EPSG:3857", lambda: grid)
    assert kept.of(described, "EPSG:3857", lambda: pytest.fail("written twice")) is metres
    assert orjson.loads(metres.one(3))["geometry"]["coordinates"] == [grid.geometry.x[3], grid.geometry.y[3]]
    assert kept.of(described).one(3) == anew(described, [3])


MAKER = """
    import sys
    from pathlib import Path
    sys.path.insert(0, {tests!r})
    from collections_made import points
    from geoservice.cache.mapped import MappedFiles
    from geoservice.formats import prepared
    files = MappedFiles(Path({folder!r}), 10**9)
    described = points({many})
    {before}
    print("ready", flush=True)
    sys.stdin.readline()
    ready = prepared.PreparedFeatures(files, 4).of(described)
    import hashlib
    print(hashlib.sha256(ready.page(range({many}))).hexdigest(), type(ready.pieces.text).__name__)
"""


def started(folder: Path, before: str = "") -> subprocess.Popen[str]:
    tests = str(Path(__file__).parent)
    code = textwrap.dedent(MAKER).format(tests=tests, folder=str(folder), many=MANY, before=before)
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.soak
def test_processes_that_prepare_the_same_at_once_agree_and_leave_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "features"
    workers = [started(folder) for _ in range(2)]
    said = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        out, _ = worker.communicate(timeout=60)
        said.append(out)
    assert said[0] == said[1]
    assert said[0].endswith(" mmap\n")
    assert [path.suffix for path in folder.iterdir()] == [".pieces"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
@pytest.mark.soak
def test_a_killed_writer_leaves_nothing_that_is_read_and_is_cleared_away_later(tmp_path: Path) -> None:
    folder = tmp_path / "features"
    slow = "import time; whole = prepared.dumps; prepared.dumps = lambda one: (time.sleep(0.001), whole(one))[1]"
    worker = started(folder, slow)
    assert worker.stdin is not None
    worker.stdin.write("\n")
    worker.stdin.flush()
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size for path in folder.glob(".writing-*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    (left,) = folder.iterdir()
    described = points(MANY)
    os.utime(left, (0, 0))
    ready = prepared(described, folder)
    assert ready.page(range(100)) == anew(described, list(range(100)))
    assert [path.suffix for path in folder.iterdir()] == [".pieces"]
