"""The shell's questions, each format read again with other means than wrote it."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from click.testing import CliRunner, Result

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog
from geoservice.cli import main

DAY = "2026-11-20"


@pytest.fixture(autouse=True)
def only_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GEOSERVICE_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def posts(city: Catalog) -> Analysis:
    return analyse(city, city.question("posts", at=date.fromisoformat(DAY)))


@pytest.fixture
def ask(city_folder: Path) -> Any:
    def asked(*words: Any) -> Result:
        return CliRunner().invoke(main, [*map(str, words), "--layers", str(city_folder)])

    return asked


def blob_to_shape(blob: bytes) -> shapely.Geometry:
    """Read a geometry of a GeoPackage: after flags and SRS come an envelope and WKB (OGC 12-128)."""
    assert blob[:2] == b"GP"
    envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 7]
    return shapely.from_wkb(blob[8 + envelope :])


def assert_same(frame: Any, rows: list[dict[str, Any]], shapes: list[Any] | None = None, exactly: float = 0) -> None:
    """Compare what was read with the answer itself, field by field."""
    assert len(rows) == len(frame)
    for row, (_, expected) in zip(rows, frame.iterrows(), strict=True):
        for name in frame.columns.drop("geometry"):
            value, there = expected[name], row[name]
            if pd.isna(value):
                assert there in (None, "") or pd.isna(there), name
            elif isinstance(value, float):
                assert float(there) == pytest.approx(value, rel=exactly, abs=0), name
            else:
                assert str(there) == str(value), name
    for shape, expected in zip(shapes or [], frame.geometry if shapes else [], strict=True):
        assert shape.equals(expected)


PARTS = [("zones", "zones"), ("gaps", "gaps"), ("coverage", "coverage")]


@pytest.mark.parametrize(("command", "part"), PARTS)
def test_csv_reads_back_equal(ask: Any, posts: Analysis, command: str, part: str) -> None:
    result = ask(command, "--at", DAY, "--format", "csv")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))
    assert_same(getattr(posts, part), rows)
    assert {row["question"] for row in rows} == {"posts"}
    assert {row["assumption"] for row in rows} == {"A post reaches 600 m; 300 m and 900 m are the low and the high."}
    assert {row["illustrative"] for row in rows} == {"False"}


@pytest.mark.parametrize(("command", "part"), PARTS)
def test_json_reads_back_equal(ask: Any, posts: Analysis, command: str, part: str) -> None:
    told = json.loads(ask(command, "--at", DAY, "--format", "json").stdout)
    assert_same(getattr(posts, part), told["rows"])
    assert (told["question"], told["at"], told["case"], told["assumed_range_m"]) == ("posts", DAY, "mid", 600)


@pytest.mark.parametrize(("command", "part"), PARTS)
def test_geojson_reads_back_equal_to_a_centimetre(
    ask: Any, posts: Analysis, city: Catalog, command: str, part: str
) -> None:
    told = json.loads(ask(command, "--at", DAY, "--format", "geojson").stdout)
    expected = getattr(posts, part)
    assert_same(expected, [one["properties"] for one in told["features"]])
    placed = city.working.to_lonlat(expected.geometry)
    for one, shape in zip(told["features"], placed, strict=True):
        assert shapely.hausdorff_distance(shapely.from_geojson(json.dumps(one["geometry"])), shape) < 2e-7


@pytest.mark.parametrize(("command", "part"), PARTS)
def test_geopackage_reads_back_equal(ask: Any, posts: Analysis, tmp_path: Path, command: str, part: str) -> None:
    path = tmp_path / "out.gpkg"
    result = ask(command, "--at", DAY, "-o", path)
    assert result.exit_code == 0, result.output
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute('SELECT * FROM "data" ORDER BY fid')]
        (name,) = connection.execute("SELECT column_name FROM gpkg_geometry_columns").fetchone()
    assert_same(getattr(posts, part), rows, [blob_to_shape(row[name]) for row in rows])


@pytest.mark.parametrize(("command", "part"), PARTS)
def test_geoparquet_reads_back_equal(ask: Any, posts: Analysis, tmp_path: Path, command: str, part: str) -> None:
    path = tmp_path / "out.parquet"
    assert ask(command, "--at", DAY, "-o", path).exit_code == 0
    rows = pq.read_table(path).to_pylist()
    assert_same(getattr(posts, part), rows, [shapely.from_wkb(row["geometry"]) for row in rows])


@pytest.mark.parametrize(("command", "part"), PARTS)
def test_flatgeobuf_reads_back_equal(ask: Any, posts: Analysis, tmp_path: Path, command: str, part: str) -> None:
    path = tmp_path / "out.fgb"
    assert ask(command, "--at", DAY, "-o", path).exit_code == 0
    assert path.read_bytes()[:3] == b"fgb"
    found = pyogrio.read_dataframe(path)
    expected = getattr(posts, part)
    key = "id" if "id" in expected.columns else "zone_id"
    order = [list(found[key]).index(one) for one in expected[key]]  # it stores features in spatial order
    found = found.iloc[order]
    assert_same(expected, found.to_dict("records"), list(found.geometry))
    assert found.crs == expected.crs


def test_a_workbook_reads_back_equal(ask: Any, posts: Analysis, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert ask("zones", "--at", DAY, "-o", path).exit_code == 0
    heading, *cells = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    rows = [dict(zip(heading, row, strict=True)) for row in cells]
    assert_same(posts.zones, rows, exactly=1e-14)  # a workbook keeps sixteen digits


def test_the_table_is_for_people(ask: Any) -> None:
    lines = ask("zones", "--at", DAY).stdout.splitlines()
    assert lines[0].split()[:2] == ["zone_id", "name_en"]
    assert "zone_area_km2" in lines[0]
    assert "%" in lines[1]
    assert "assumption: A post reaches 600 m; 300 m and 900 m are the low and the high." in lines
    assert not any(line.endswith(" ") for line in lines)


def test_case_and_day_are_passed_on(ask: Any) -> None:
    low, high = (
        json.loads(ask("zones", "--at", DAY, "--case", case, "--format", "json").stdout) for case in ("low", "high")
    )
    assert sum(row["covered_area_m2"] for row in low["rows"]) < sum(row["covered_area_m2"] for row in high["rows"])
    assert low["at"] == high["at"] == DAY


def test_the_whole_gap_of_a_zone_is_one_row(ask: Any) -> None:
    rows = json.loads(ask("gaps", "--pieces", "zone", "--format", "json").stdout)["rows"]
    assert len(rows) == len({row["zone_id"] for row in rows}) == 4


def test_a_layer_is_exported_with_source_and_licence(ask: Any) -> None:
    told = json.loads(ask("export", "posts", "--format", "geojson").stdout)
    assert [one["id"] for one in told["features"]] == ["p1", "p2", "p3"]
    assert (told["source"], told["licence"], told["as_of"]) == ("Made up", "Public domain", "2026-01-01")


def test_a_derived_collection_is_exported(ask: Any, posts: Analysis) -> None:
    told = json.loads(ask("export", "posts-footprints", "--at", DAY, "--format", "json").stdout)
    assert [row["area_m2"] for row in told["rows"]] == list(posts.footprints.area)
    assert told["illustrative"] is False


@pytest.mark.parametrize("case", ["low", "mid", "high"])
def test_an_exported_answer_says_which_question_day_and_case_it_answers(ask: Any, case: str) -> None:
    asked = ["--at", "2026-02-01", "--case", case, "--format", "csv"]
    rows = list(csv.DictReader(io.StringIO(ask("export", "posts-zones", *asked).stdout)))
    assert {(row["question"], row["at"], row["case"]) for row in rows} == {("posts", "2026-02-01", case)}
    assert len({row["assumed_range_m"] for row in rows}) == 1


def test_the_difference_of_two_days(ask: Any) -> None:
    told = json.loads(
        ask("difference", "posts", "posts", "--at", "2020-01-01", "--then", DAY, "--format", "json").stdout
    )
    assert (told["before_at"], told["after_at"]) == ("2020-01-01", DAY)
    assert all(row["gained_m2"] == 0 for row in told["rows"])
    ground = json.loads(ask("difference", "posts", "posts", "--ground", "--format", "geojson").stdout)
    assert {one["properties"]["change"] for one in ground["features"]} == {"unchanged"}


def test_questions_are_listed_with_what_they_need(ask: Any) -> None:
    (row,) = json.loads(ask("questions", "--format", "json").stdout)["rows"]
    assert (row["id"], row["theme"], row["problem"]) == ("posts", "facilities", "")
    assert ask("questions").stdout.splitlines()[0].split() == ["id", "theme", "title", "sources", "problem"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["zones", "--question", "none"], 2, "There is no question 'none'. There are: posts."),
        (["zones", "--at", "tomorrow"], 2, "'tomorrow' is not a day such as 2026-01-31."),
        (["zones", "--at", "2026-02-30"], 2, "'2026-02-30' is not a day"),
        (["zones", "--case", "best"], 2, "'best' is not one of 'low', 'mid', 'high'"),
        (["zones", "--format", "shp"], 2, "'shp' is not one of"),
        (["zones", "--format", "gpkg"], 2, "gpkg is no text: name a file with -o."),
        (["zones", "-o", "out.doc"], 2, "ends in no format that is known"),
        (["zones", "-o", "no/such/folder/out.csv"], 2, "there is no folder no/such/folder"),
        (["gaps", "--pieces", "all"], 2, "'all' is not one of 'cell', 'zone'"),
        (["export", "none"], 2, "There is no collection 'none'. There are: boroughs"),
        (["export", "posts", "--at", DAY], 2, "A layer is exported as it is"),
        (["export"], 2, "Missing argument 'COLLECTION'"),
        (["difference", "posts"], 2, "There is no difference 'posts'. There are: none."),
        (["difference", "posts", "none"], 2, "There is no question 'none'"),
        (["difference"], 2, "Missing argument 'BEFORE'"),
    ],
)
def test_what_cannot_be_done_is_said(ask: Any, words: list[str], code: int, says: str) -> None:
    result = ask(*words)
    assert result.exit_code == code
    assert says in result.stderr
    assert result.stdout == ""


def test_an_output_that_fails_leaves_the_old_file_and_nothing_else(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    assert ask("zones", "-o", tmp_path / "out.csv").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize(
    "command", ["questions", "zones", "gaps", "coverage", "difference", "export", "plan", "layers", "serve"]
)
def test_help_shows_examples(command: str) -> None:
    told = CliRunner().invoke(main, [command, "--help"]).stdout
    assert f"  geoservice {command}" in told


def test_a_pipe_gets_the_answer_and_no_progress(city_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "geoservice", "zones", "--format", "csv", "--layers", str(city_folder)],
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 5


def test_a_terminal_gets_progress_on_the_error_stream(city_folder: Path) -> None:
    """A terminal of the kernel's own, no pretence of one."""
    pty = pytest.importorskip("pty")
    lead, follow = pty.openpty()
    command = [sys.executable, "-m", "geoservice", "zones", "--format", "csv", "--layers", str(city_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follow) as process:
        os.close(follow)
        told = b""
        while True:
            try:
                part = os.read(lead, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            told += part
        assert process.stdout is not None
        answer = process.stdout.read()
    os.close(lead)
    assert process.returncode == 0
    assert b"Reading layers" in told
    assert b"Computing posts" in told
    assert b"100%" in told
    assert len(answer.splitlines()) == 5
