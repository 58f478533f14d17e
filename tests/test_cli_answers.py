"""The shell's questions, each format read again with other means than wrote it."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from click.testing import CliRunner, Result
from flatgeobuf import read_flatgeobuf

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog
from geoservice.cli import main
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.frames import Format, to_text, write_file

DAY = "2026-11-20"


pytestmark = pytest.mark.usefixtures("only_our_settings")


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
        rows = [dict(row) for row in connection.execute('SELECT * FROM "out" ORDER BY fid')]
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
    rows, shapes = read_flatgeobuf(path)
    order = [[row[key] for row in rows].index(one) for one in expected[key]]
    assert_same(expected, [rows[i] for i in order], [shapes[i] for i in order])


def test_a_workbook_reads_back_equal(ask: Any, posts: Analysis, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert ask("zones", "--at", DAY, "-o", path).exit_code == 0
    heading, *cells = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    rows = [dict(zip(heading, row, strict=True)) for row in cells]
    assert_same(posts.zones, rows, exactly=1e-14)  # a workbook keeps sixteen digits


@pytest.mark.parametrize(
    ("name", "inside"), [("my zones", "my_zones"), ("分區", "分區"), ("x" * 60, "x" * 31), ("'[:]'", "data")]
)
def test_what_is_in_a_file_has_its_name(ask: Any, tmp_path: Path, name: str, inside: str) -> None:
    for form in ("gpkg", "fgb", "xlsx"):
        assert ask("zones", "--at", DAY, "-o", tmp_path / f"{name}.{form}").exit_code == 0
    assert [name for name, _ in pyogrio.list_layers(tmp_path / f"{name}.gpkg")] == [inside]
    assert pyogrio.read_info(tmp_path / f"{name}.fgb")["layer_name"] == inside
    assert openpyxl.load_workbook(tmp_path / f"{name}.xlsx").sheetnames == [inside]


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
        (["export", "posts", "-o", "out.doc"], 2, "(table, csv, json, geojson, gpkg, fgb, parquet, xlsx).\n"),
        (["export", "posts", "-o", "out.kml"], 2, "xlsx). For .kml there is `geoservice download`."),
        (
            ["download", "posts", "out.doc"],
            2,
            "There are: geojson, geojsonl, geojsons, csv, gpkg, fgb, parquet, kml, xlsx.",
        ),
        (["zones", "-o", "out.gpkg", "--format", "csv"], 2, "'out.gpkg' ends as gpkg does, and --format says csv"),
        (["zones", "-o", "out.csv", "--format", "xlsx"], 2, "'out.csv' ends as csv does, and --format says xlsx"),
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


def test_the_two_commands_that_write_files_say_what_they_are_for() -> None:
    export, download = (CliRunner().invoke(main, [one, "--help"]).stdout for one in ("export", "download"))
    assert "in metres" in export
    assert "`geoservice download`" in export
    assert all(f".{suffix}" in download for suffix in DOWNLOADS)
    assert "`geoservice export`" in download


def test_a_pipe_gets_the_answer_and_no_progress(city_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "geoservice", "zones", "--format", "csv", "--layers", str(city_folder)],
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == 5


def test_a_terminal_gets_progress_on_the_error_stream_where_something_is_computed(
    city_folder: Path, tmp_path: Path
) -> None:
    first, second = (on_a_terminal(city_folder, GEOSERVICE_CACHE=str(tmp_path)) for _ in range(2))
    assert b"Reading layers" in first.stderr
    assert b"Computing posts" in first.stderr
    assert b"100%" in first.stderr
    assert b"Reading layers" in second.stderr
    assert b"Computing" not in second.stderr
    assert len(first.stdout.splitlines()) == 5
    assert second.stdout == first.stdout


def on_a_terminal(folder: Path, **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Ask on a terminal of the kernel's own, no pretence of one."""
    pty = pytest.importorskip("pty")
    lead, follow = pty.openpty()
    command = [sys.executable, "-m", "geoservice", "zones", "--format", "csv", "--layers", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follow, env={**os.environ, **environ}) as process:
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
    return subprocess.CompletedProcess(command, process.returncode, answer, told)


# ------------------------------------------------------------------ where the answer goes


LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "
RUN = "import sys; from geoservice.cli import main; main(sys.argv[1:])"


def start(
    folder: Path, *words: Any, limit: int | None = None, stdout: Any = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a shell does; with a limit no file can grow beyond it, which is how a full disk fails.

    With one nothing is kept either: what the cache says of a full disk is its own matter.
    """
    environ = os.environ if limit is None else {**os.environ, "GEOSERVICE_CACHE_MB": "0"}
    code = RUN if limit is None else LIMITED.format(limit) + RUN
    command = [sys.executable, "-c", code, *map(str, words), "--layers", str(folder)]
    return subprocess.run(command, check=False, stdout=stdout, stderr=subprocess.PIPE, env=environ)


def assert_one_line(done: subprocess.CompletedProcess[bytes], *says: str) -> None:
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("geoservice: ")
    for words in says:
        assert words in lines[0]
    assert done.returncode == 2


@pytest.mark.parametrize(
    "suffix", ["gpkg", "csv", *(pytest.param(one, marks=pytest.mark.soak) for one in ("fgb", "parquet", "geojson"))]
)
def test_a_full_disk_is_told_in_one_line_and_the_old_file_stays(city_folder: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    path.write_bytes(b"the old one")
    assert_one_line(start(city_folder, "gaps", "-o", path, limit=512), f"Cannot write {path}: ")
    assert path.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_flatgeobuf_cut_short_without_a_word_is_found(tmp_path: Path) -> None:
    """GDAL writes its index after the features: of these sizes some fail at the end of the file alone."""
    code = LIMITED.format(20 * 1024) + (
        "import sys, geopandas as gpd; from pathlib import Path; from geoservice.crs import WorkingCrs; "
        "from geoservice.errors import GeoserviceError; from geoservice.formats.frames import Format, write_file\n"
        "for n in (40, 60, 62, 65):\n"
        "    points = gpd.points_from_xy(range(n), range(n))\n"
        "    frame = gpd.GeoDataFrame({'a': ['x' * 200] * n}, geometry=points, crs='EPSG:2263')\n"
        "    try: write_file(frame, None, Format.FGB, Path(sys.argv[1]) / f'{n}.fgb', {})\n"
        "    except GeoserviceError: pass\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert (tmp_path / "40.fgb").exists()
    for path in tmp_path.iterdir():
        assert len(pyogrio.read_dataframe(path)) == int(path.stem)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words",
    [
        ["zones", "--format", "csv"],
        ["layers", "list"],
        *(pytest.param(words, marks=pytest.mark.soak) for words in (["zones"], ["layers", "check"])),
    ],
)
def test_an_output_that_takes_nothing_is_told_in_one_line(city_folder: Path, words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        assert_one_line(start(city_folder, *words, stdout=full), "Cannot write the output: No space left on device.")


def test_a_link_is_followed_and_stays(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    target, link = tmp_path / "kept" / "zones.csv", tmp_path / "link.csv"
    target.write_bytes(b"old")
    link.symlink_to("kept/zones.csv")
    assert ask("zones", "-o", link).exit_code == 0
    assert link.readlink() == Path("kept/zones.csv")
    assert len(target.read_bytes().splitlines()) == 5
    assert list(target.parent.iterdir()) == [target]


def test_links_that_lead_in_a_circle_are_refused(ask: Any, tmp_path: Path) -> None:
    for name, other in (("a.csv", "b.csv"), ("b.csv", "a.csv")):
        (tmp_path / name).symlink_to(other)
    result = ask("zones", "-o", tmp_path / "a.csv")
    assert result.exit_code == 2
    assert f"Cannot write {tmp_path / 'a.csv'}: " in result.stderr
    assert (tmp_path / "a.csv").readlink() == Path("b.csv")


def test_a_pipe_is_written_into_and_stays(ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    assert ask("zones", "-o", path).exit_code == 0
    assert len(os.read(reader, 65536).splitlines()) == 5
    os.close(reader)
    assert path.is_fifo()


@pytest.fixture
def device() -> Iterator[tuple[int, Path]]:
    """A device that nothing else uses: a terminal, with the end to read it from."""
    pty = pytest.importorskip("pty")
    lead, follow = pty.openpty()
    yield lead, Path(os.ttyname(follow))
    os.close(follow)
    os.close(lead)


def test_a_device_is_written_into_and_stays(ask: Any, device: tuple[int, Path]) -> None:
    lead, path = device
    assert ask("zones", "--format", "csv", "-o", path).exit_code == 0
    assert b"zone_id" in os.read(lead, 4096)
    assert path.is_char_device()


def test_what_the_shell_has_open_is_added_to(city_folder: Path, tmp_path: Path) -> None:
    log, stdout = tmp_path / "log", tmp_path / "stdout"
    log.write_bytes(b"first\n")
    stdout.symlink_to("/proc/self/fd/1")  # as /dev/stdout is
    with log.open("ab") as file:
        assert start(city_folder, "zones", "--format", "csv", "-o", stdout, stdout=file).returncode == 0
    assert stdout.is_symlink()
    assert len(log.read_bytes().splitlines()) == 6
    assert log.read_bytes().startswith(b"first\n")


@pytest.mark.parametrize("form", ["gpkg", "fgb", "parquet", "xlsx"])
def test_a_pipe_or_device_takes_text_alone(ask: Any, tmp_path: Path, device: tuple[int, Path], form: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", device[1]):
        result = ask("zones", "--format", form, "-o", path)
        assert result.exit_code == 2
        assert f"Cannot write {form} into {path}, which is no regular file." in result.stderr


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "fgb"])
def test_the_longest_name_that_a_folder_takes_is_written(ask: Any, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"{'n' * (254 - len(suffix))}.{suffix}"
    assert ask("zones", "-o", path).exit_code == 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["/proc/x.csv", f"{'n' * 300}.csv"])
def test_a_place_that_takes_no_file_is_told_in_one_line(ask: Any, name: str) -> None:
    result = ask("zones", "-o", name)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"geoservice: Cannot write {name}: ")


# ------------------------------------------------------------------ names of columns


@pytest.fixture
def odd_city(own_city: Path) -> Path:
    """A city whose posts have columns by the names that formats, and answers, have for themselves."""
    path = own_city / "posts" / "posts.csv"
    heading, *rows = path.read_text(encoding="utf-8").splitlines()
    odd = {"fid": "f", "geom": "g", "Remark": "upper", "remark": "lower", "source": "theirs", "as_of": "then"}
    path.write_text(
        "\n".join([",".join([heading, *odd]), *(",".join([row, *odd.values()]) for row in rows)]), encoding="utf-8"
    )
    with (own_city / "posts" / "layer.toml").open("a", encoding="utf-8") as file:
        file.writelines(f'[[attributes]]\nname = "{name}"\ntitle = {{ en = "{name}" }}\n' for name in odd)
    return own_city


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "parquet"])
def test_every_column_of_the_data_is_kept_beside_what_it_rests_on(odd_city: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    result = CliRunner().invoke(main, ["export", "posts", "-o", str(path), "--layers", str(odd_city)])
    assert result.exit_code == 0, result.output
    found = pd.DataFrame(pq.read_table(path).to_pandas() if suffix == "parquet" else pyogrio.read_dataframe(path))
    values = {name: set(found[name]) for name in found.columns}
    fid, geom, remark = ("fid_", "geom_", "remark_2") if suffix == "gpkg" else ("fid", "geom", "remark")
    assert (values[fid], values[geom]) == ({"f"}, {"g"})
    assert (values["Remark"], values[remark]) == ({"upper"}, {"lower"})
    assert (values["source"], values["about_source"]) == ({"theirs"}, {"Made up"})
    assert (values["as_of"], values["about_as_of"]) == ({"then"}, {"2026-01-01"})
    assert values["licence"] == {"Public domain"}


def test_a_renamed_column_takes_no_name_that_is_there(city: Catalog, tmp_path: Path) -> None:
    columns = {"fid": [1.5], "fid_": ["a"], "Name": ["b"], "name": ["c"], "name_2": ["d"], "at": ["e"]}
    frame = gpd.GeoDataFrame({**columns, "about_at": ["f"]}, geometry=[shapely.Point(0, 0)], crs=city.working.crs)
    write_file(frame, city.working, Format.GPKG, tmp_path / "a.gpkg", {"at": "g"})
    (row,) = pyogrio.read_dataframe(tmp_path / "a.gpkg").drop(columns="geometry").to_dict("records")
    assert row == {
        "fid__2": 1.5,
        "fid_": "a",
        "Name": "b",
        "name_3": "c",
        "name_2": "d",
        "at": "e",
        "about_at": "f",
        "about_at_2": "g",
    }
    heading = to_text(frame, city.working, Format.CSV, {"at": "g"}).decode("utf-8-sig").splitlines()[0]
    assert heading == "fid,fid_,Name,name,name_2,at,about_at,about_at_2"


@pytest.mark.parametrize("suffix", ["gpkg", "fgb"])
def test_a_record_without_a_position_is_written_too(city: Catalog, tmp_path: Path, suffix: str) -> None:
    frame = gpd.GeoDataFrame({"a": ["x", "y"]}, geometry=[shapely.Point(0, 0), None], crs=city.working.crs)
    path = tmp_path / f"a.{suffix}"
    write_file(frame, city.working, Format(suffix), path, {})
    found = pyogrio.read_dataframe(path)
    assert list(found["a"]) == ["x", "y"]
    assert list(found.geometry.isna()) == [False, True]


# ------------------------------------------------------------------ what is made up says so


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("made_up", [True, False])
def test_a_spreadsheet_of_a_layer_that_is_made_up_says_so(
    own_city: Path, tmp_path: Path, suffix: str, *, made_up: bool
) -> None:
    path = own_city / "posts" / "layer.toml"
    told = str(made_up).lower()
    path.write_text(f"illustrative = {told}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
    out = tmp_path / f"out.{suffix}"
    result = CliRunner().invoke(main, ["export", "posts", "-o", str(out), "--layers", str(own_city)])
    assert result.exit_code == 0, result.output
    found = pd.read_csv(out) if suffix == "csv" else pd.read_excel(out)
    assert ("illustrative" in found) == made_up
    assert not made_up or found["illustrative"].tolist() == [True, True, True]


@pytest.mark.parametrize(("command", "column"), [("coverage", "covered_area_m2"), ("gaps", "gap_area_m2")])
def test_the_ground_of_one_zone_or_a_box(ask: Any, posts: Analysis, city: Catalog, command: str, column: str) -> None:
    whole = {"coverage": posts.coverage, "gaps": posts.zone_gaps}[command].dropna(subset="zone_id").set_index("zone_id")
    zone = whole.index[0]
    told = json.loads(ask(command, "--at", DAY, "--zone", zone, "--format", "json").stdout)
    assert [row["zone_id"] for row in told["rows"]] == [zone]
    assert told["rows"][0][column] == pytest.approx(whole.area[zone], abs=1e-3)
    west, south, east, north = city.working.to_lonlat(posts.zones.geometry).total_bounds
    box = f"{west - 1},{south - 1},{east + 1},{north + 1}"
    everywhere = json.loads(ask(command, "--at", DAY, "--bbox", box, "--format", "json").stdout)
    assert {row["zone_id"]: row[column] for row in everywhere["rows"]} == pytest.approx(whole.area.to_dict(), abs=1e-3)
    half = f"{west},{south},{(west + east) / 2},{north}"
    part = json.loads(ask(command, "--at", DAY, "--bbox", half, "--format", "json").stdout)
    assert 0 < sum(row[column] for row in part["rows"]) < whole.area.sum()


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "3,2,1,4", "1,4,3,2", "1,2,3,95", "nan,1,2,3"])
def test_a_box_that_is_none_is_refused(ask: Any, box: str) -> None:
    result = ask("coverage", "--bbox", box)
    assert result.exit_code == 2
    assert f"'{box}'" in result.stderr


def test_a_zone_that_is_not_there_is_refused_with_those_that_are(ask: Any) -> None:
    result = ask("gaps", "--zone", "nowhere")
    assert result.exit_code == 2
    assert "There is no zone 'nowhere'. There are: " in result.stderr
