"""`geoservice partition`, `figures` and `zones --cluster`: what they write, and how they end when interrupted."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from click.testing import CliRunner, Result
from test_partitions import WORKING, ZONES, cameras

from geoservice.cli import main
from geoservice.partitions import Partitions, open_partitions, write_partitions

DAY = "2026-11-20"
ROOT = Path(__file__).resolve().parent.parent.parent
SAME = (
    "zone_id",
    "zone_area_m2",
    "covered_area_m2",
    "gap_area_m2",
    "covered_share",
    "covered_share_2",
    "covered_share_3",
    "largest_single_loss_m2",
    "largest_single_loss_layer",
    "largest_single_loss_id",
)


@pytest.fixture(autouse=True)
def only_our_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("GEOSERVICE_"):
            monkeypatch.delenv(name)


def run(*words: Any) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], prog_name="geoservice")


def rows_of(result: Result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"))))


def assert_same_rows(found: list[dict[str, str]], expected: list[dict[str, str]], columns: tuple[str, ...]) -> None:
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name in columns:
            try:
                assert float(row[name]) == pytest.approx(float(wanted[name]), rel=1e-7, abs=1e-6), name
            except ValueError:
                assert row[name] == wanted[name], name


def test_figures_of_partitions_are_those_of_zones(city_folder: Path, tmp_path: Path) -> None:
    expected = rows_of(run("zones", "--layers", city_folder, "--at", DAY, "--format", "csv"))
    made = run("partition", "--layers", city_folder, "--at", DAY, "-o", tmp_path / "parts", "--most", 1)
    assert made.exit_code == 0, made.output
    assert made.stderr.startswith("3 sources in 3 files: ")
    found = rows_of(run("figures", tmp_path / "parts", "--format", "csv"))
    assert_same_rows(found, expected, SAME)
    assert {row["question"] for row in found} == {"posts"}
    assert {row["sources"] for row in found} == {"3"}


def test_cases_are_partitioned_apart(city_folder: Path, tmp_path: Path) -> None:
    for case in ("low", "high"):
        run("partition", "--layers", city_folder, "--at", DAY, "--case", case, "-o", tmp_path / case)
    low, high = (json.loads(run("figures", tmp_path / case, "--format", "json").stdout) for case in ("low", "high"))
    assert (low["case"], high["assumed_range_m"]) == ("low", 900)
    assert sum(row["covered_area_m2"] for row in low["rows"]) < sum(row["covered_area_m2"] for row in high["rows"])


def test_geometry_comes_by_square(city_folder: Path, tmp_path: Path) -> None:
    run("partition", "--layers", city_folder, "--at", DAY, "-o", tmp_path / "parts")
    result = run("figures", tmp_path / "parts", "--geometry", tmp_path / "ground", "--format", "json")
    assert result.exit_code == 0, result.output
    told = {row["zone_id"]: row["gap_area_m2"] for row in json.loads(result.stdout)["rows"]}
    files = list((tmp_path / "ground").iterdir())
    pieces = gpd.GeoDataFrame(gpd.pd.concat([gpd.read_parquet(path) for path in files]))
    gaps = pieces[pieces["part"] == "gap"].groupby("zone_id")["area_m2"].sum()
    assert gaps.to_dict() == pytest.approx(told, rel=1e-6)


def test_views_of_any_file_are_partitioned(city_folder: Path, tmp_path: Path) -> None:
    """A camera of 100 m range in the middle of the south-western ward, in another system."""
    post = gpd.GeoSeries.from_xy([300_950.0], [61_000.0], crs=open_working(city_folder, tmp_path))
    columns = {"id": ["one"], "bearing_deg": 0.0, "view_angle_deg": 360.0, "range_m": 100.0, "nearest_m": 0.0}
    gpd.GeoDataFrame(columns, geometry=post).to_crs("EPSG:4326").to_parquet(tmp_path / "views.parquet")
    words = ("partition", "--layers", city_folder, "--views", tmp_path / "views.parquet", "-o", tmp_path / "own")
    assert run(*words).exit_code == 0
    rows = {row["zone_id"]: row for row in rows_of(run("figures", tmp_path / "own", "--format", "csv"))}
    assert float(rows["SW"]["covered_area_m2"]) == pytest.approx(31_415.9265, abs=0.01)
    assert rows["SW"]["largest_single_loss_layer"] == "views"


def open_working(city_folder: Path, tmp_path: Path) -> Any:
    run("partition", "--layers", city_folder, "--at", DAY, "-o", tmp_path / "for-crs")
    return open_partitions(tmp_path / "for-crs").working.crs


@pytest.mark.soak
def test_zones_on_a_cluster_are_the_same(city_folder: Path, tmp_path: Path) -> None:
    ask = ("zones", "--layers", city_folder, "--at", DAY, "--format", "csv")
    expected = rows_of(run(*ask))
    found = rows_of(run(*ask, "--cluster", "local"))
    assert_same_rows(found, expected, (*SAME, "covered_share_low", "covered_share_high", "parent_id"))
    again = rows_of(run(*ask, "--cluster", "local", "--partitions", tmp_path / "kept"))
    assert again == found
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {"low", "mid", "high"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["figures", "{tmp}"], "holds no partitions"),
        (["figures", "{parts}", "--cluster", "tcp://127.0.0.1:1"], "No scheduler answers at tcp://127.0.0.1:1"),
        (
            ["zones", "--layers", "{city}", "--cluster", "tcp://127.0.0.1:1", "--partitions", "{tmp}/kept"],
            "No scheduler answers at tcp://127.0.0.1:1",
        ),
        (["figures", "{parts}", "--geometry", "{parts}"], "is there already"),
        (["partition", "-o", "{parts}", "--layers", "{city}"], "is there already"),
        (["partition", "-o", "{tmp}/a/b", "--layers", "{city}"], "there is no folder"),
        (["partition", "-o", "{tmp}/a", "--layers", "{city}", "--views", "{city}/region.toml"], "no GeoParquet file"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    city_folder: Path, parts: Partitions, tmp_path: Path, words: list[str], said: str
) -> None:
    places = {"tmp": tmp_path, "parts": parts.folder, "city": city_folder}
    result = run(*(word.format(**places) for word in words))
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("geoservice: ")
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_partitions_goes_with_a_cluster(city_folder: Path, tmp_path: Path) -> None:
    result = run("zones", "--layers", city_folder, "--partitions", tmp_path / "parts")
    assert result.exit_code == 2
    assert "--partitions goes with --cluster" in result.stderr


# ------------------------------------------------------------------ Ctrl-C


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Partitions:
    """Crowded enough to keep two cores busy for some seconds."""
    crowd = cameras(4, 20_000, spread_m=1500).assign(range_m=90.0, nearest_m=0.0)
    return write_partitions(tmp_path_factory.mktemp("crowd") / "parts", [crowd], ZONES, WORKING, most=2000)


LISTENING = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a shell is deaf to it
runpy.run_module("geoservice", run_name="__main__", alter_sys=True)
"""


def interrupted_at(sight: bytes, words: list[Any], folder: Path) -> tuple[int, bytes]:
    """Press Ctrl-C on a terminal once something shows on it; gives the exit code and what came out."""
    temporary = folder / "tmp"
    temporary.mkdir()
    terminal, side = pty.openpty()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", LISTENING, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=side,
        env=environment,
        cwd=folder,
        start_new_session=True,
    ) as process:
        os.close(side)
        shown = b""
        while sight not in shown:
            shown += os.read(terminal, 4096)
        os.killpg(process.pid, signal.SIGINT)
        try:
            output, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    with contextlib.suppress(OSError):  # the end of a terminal that nobody writes to any more
        while more := os.read(terminal, 4096):
            shown += more
    os.close(terminal)
    assert list(temporary.iterdir()) == []
    assert b"Traceback" not in shown
    assert process.returncode == 0 or b"Stopped." in shown
    return process.returncode, output


@pytest.mark.soak
def test_ctrl_c_stops_figures_and_leaves_nothing(parts: Partitions, tmp_path: Path) -> None:
    code, output = interrupted_at(b"Computing", ["figures", parts.folder], tmp_path)
    assert (code, output) == (130, b"")


def test_ctrl_c_stops_geometry_and_leaves_nothing(parts: Partitions, tmp_path: Path) -> None:
    words = ["figures", parts.folder, "--geometry", tmp_path / "ground"]
    code, output = interrupted_at(b"Writing geometry", words, tmp_path)
    assert (code, output) == (130, b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tmp"]


@pytest.mark.soak
def test_ctrl_c_stops_writing_and_leaves_nothing(city_folder: Path, tmp_path: Path) -> None:
    words = ["partition", "--layers", city_folder, "-o", tmp_path / "parts", "--most", 1]
    code, _ = interrupted_at(b"Writing partitions", words, tmp_path)
    assert code in (0, 130)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == ({"tmp", "parts"} if code == 0 else {"tmp"})


def test_ctrl_c_stops_an_answer(city_folder: Path, tmp_path: Path) -> None:
    code, output = interrupted_at(b"Computing", ["zones", "--layers", city_folder], tmp_path)
    assert (code, output) == (130, b"")


@pytest.mark.soak
def test_ctrl_c_stops_a_local_cluster_and_leaves_nothing(parts: Partitions, tmp_path: Path) -> None:
    words = ["figures", parts.folder, "--cluster", "local"]
    code, output = interrupted_at(b"Computing", words, tmp_path)
    assert (code, output) == (130, b"")
