"""The command line: what it prints, where, and with which exit code it ends."""

from __future__ import annotations

import gc
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from city import feet
from click.testing import CliRunner, Result

from geoservice.cli import main


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no setting of the machine that tests take part."""
    for name in list(os.environ):
        if name.startswith("GEOSERVICE_") and name != "GEOSERVICE_CACHE":
            monkeypatch.delenv(name)


@pytest.fixture
def town(own_city: Path) -> Path:
    """Give the city without its people, which are quicker not to read."""
    shutil.rmtree(own_city / "people")
    path = own_city / "region.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('demand = ["people"]', ""), encoding="utf-8")
    return own_city


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Give a port at which something listens already."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def run(*words: str | Path, color: bool = False, **environ: str) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words], env=environ, color=color, prog_name="geoservice")


def assert_ends_with_one_line(result: Result, *says: str) -> None:
    """Expect exit code 2, nothing on the standard output, and one clear line on the standard error."""
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("geoservice: ")
    for words in says:
        assert words in lines[0]


# ------------------------------------------------------------------ help


@pytest.mark.parametrize(
    ("words", "example"),
    [
        ([], "geoservice layers check"),
        (["serve"], "geoservice serve --layers my-city --port 9000"),
        (["layers"], "geoservice layers check --layers my-city"),
        (["layers", "list"], "geoservice layers list --layers my-city"),
        (["layers", "check"], "geoservice layers check --layers my-city"),
    ],
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_the_help_of_every_command_shows_an_example(words: list[str], example: str, flag: str) -> None:
    result = run(*words, flag)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {' '.join(['geoservice', *words])} [OPTIONS]")
    assert example in [line.strip() for line in result.stdout.splitlines()]


def test_the_help_of_a_check_tells_the_exit_codes() -> None:
    told = " ".join(run("layers", "check", "--help").stdout.split())
    assert "0 when all is in order or accepted, 1 when a problem is open, 2 without a region" in told


def test_the_version_is_told() -> None:
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("geoservice, version 0.")


@pytest.mark.parametrize("words", [["fly"], ["layers", "fly"], ["serve", "--fly"], ["layers", "check", "extra"]])
def test_an_unknown_command_or_option_is_a_wrong_usage(words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith("Usage: geoservice")
    assert words[-1] in result.stderr.splitlines()[-1]


# ------------------------------------------------------------------ layers check


def test_a_clean_city_is_in_order(town: Path) -> None:
    result = run("layers", "check", "--layers", town)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "3 layers, 9 features (0 without a published position), 0 rows set aside, 0 layers not read.",
        "0 problems accepted, 0 errors and 0 warnings open.",
    ]
    assert result.stderr == ""


def test_the_layers_that_come_with_the_service_are_in_order(root: Path) -> None:
    result = run("layers", "check", "--layers", root / "layers")
    assert result.exit_code == 0, result.stdout
    assert result.stdout.splitlines()[-1].endswith("0 errors and 0 warnings open.")
    assert "accepted: police-stations/police-stations.csv, row " in result.stdout


def test_an_open_error_is_told_with_its_row_its_field_and_its_id(town: Path) -> None:
    with (town / "posts" / "posts.csv").open("a", encoding="utf-8") as file:
        file.write(f"p4,Fourth post,{feet(1000, 1000)[0]},,South West\n")
    result = run("layers", "check", "--layers", town)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "error: posts/posts.csv, row 5, x [p4]: Only one of x and y is given. (missing-position)"
    assert lines[-2].endswith("1 rows set aside, 0 layers not read.")
    assert lines[-1] == "0 problems accepted, 1 errors and 0 warnings open."


def test_an_open_warning_fails_too(town: Path) -> None:
    path = town / "posts" / "posts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("South East", "North East"), encoding="utf-8")
    result = run("layers", "check", "--layers", town)
    assert result.exit_code == 1
    assert result.stdout.startswith("warning: posts/posts.csv, row 4, ward [p3]: The label says 'North East'")


def test_an_accepted_problem_is_told_and_does_not_fail(town: Path) -> None:
    path = town / "posts" / "posts.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("South East", "North East"), encoding="utf-8")
    with (town / "posts" / "layer.toml").open("a", encoding="utf-8") as file:
        file.write('\n[[accepted]]\ncode = "label-differs"\nids = ["p3"]\nreason = { en = "Looked at." }\n')
    result = run("layers", "check", "--layers", town)
    assert result.exit_code == 0
    assert result.stdout.startswith("accepted: posts/posts.csv, row 4, ward [p3]: ")
    assert "accepted: Looked at." in result.stdout
    assert "1 problems accepted, 0 errors and 0 warnings open." in result.stdout


def test_a_layer_that_cannot_be_read_is_told_with_what_to_do(town: Path) -> None:
    (town / "posts" / "posts.csv").unlink()
    result = run("layers", "check", "--layers", town)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "error: posts/posts.csv, file: The data file posts.csv is missing. (missing-file)"
    assert lines[1].strip() == "Put it into the folder posts or name another one."
    assert lines[-2].endswith("1 layers not read.")


def test_control_characters_of_a_file_do_not_reach_the_terminal(town: Path) -> None:
    with (town / "posts" / "posts.csv").open("a", encoding="utf-8") as file:
        file.write("p\x1b[2J4,Fourth post,1,2,South West\n")
    result = run("layers", "check", "--layers", town, color=True)
    assert result.exit_code == 1
    assert "row 5" in result.stdout
    assert "\x1b[2J" not in result.stdout


# ------------------------------------------------------------------ layers list


def test_the_layers_are_listed_with_role_size_and_date(town: Path) -> None:
    result = run("layers", "list", "--layers", town)
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["layer", "role", "features", "as", "of", "note"],
        ["boroughs", "zone", "2", "2026-01-01"],
        ["posts", "facility", "3", "2026-01-01"],
        ["wards", "zone", "4", "2026-01-01"],
    ]
    manifest = town / "posts" / "layer.toml"
    manifest.write_text("illustrative = true\n" + manifest.read_text(encoding="utf-8"), encoding="utf-8")
    listed = run("layers", "list", "--layers", town).stdout.splitlines()
    assert listed[2].split() == ["posts", "facility", "3", "2026-01-01", "illustrative"]


def test_a_layer_that_cannot_be_read_is_listed_as_such(town: Path) -> None:
    (town / "posts" / "layer.toml").write_text("posts!", encoding="utf-8")
    result = run("layers", "list", "--layers", town)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].split(maxsplit=4) == ["posts", "-", "-", "-", "could not be read"]


# ------------------------------------------------------------------ what cannot begin


COMMANDS = [["layers", "check"], ["layers", "list"], ["serve"]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_without_a_region_there_is_nothing_to_do(town: Path, words: list[str]) -> None:
    (town / "region.toml").unlink()
    assert_ends_with_one_line(run(*words, "--layers", town), "region.toml is missing", "has a region.toml at its top")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_missing_folder_of_layers_is_named(tmp_path: Path, words: list[str]) -> None:
    missing = tmp_path / "nowhere"
    assert_ends_with_one_line(run(*words, "--layers", missing), f"There is no folder {missing}.", "--layers")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_an_unknown_setting_in_the_environment_is_named(words: list[str]) -> None:
    assert_ends_with_one_line(run(*words, GEOSERVICE_LAYER="x"), "There is no setting GEOSERVICE_LAYER.")


def test_front_end_files_that_have_not_been_built_are_named(tmp_path: Path) -> None:
    result = run("serve", GEOSERVICE_STATIC=str(tmp_path))
    assert_ends_with_one_line(result, "leaflet.js is missing", "run.py build")


def test_a_background_that_is_not_there_is_named(town: Path) -> None:
    result = run("serve", "--layers", town, GEOSERVICE_BACKGROUND="nowhere.mbtiles")
    assert_ends_with_one_line(result, "no background file 'nowhere.mbtiles'")


# The server that could not start leaves its sockets to the garbage collector.
leaves_sockets = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


@leaves_sockets
def test_a_port_in_use_is_told_in_one_line(town: Path, taken_port: int) -> None:
    assert_ends_with_one_line(
        run("serve", "--layers", town, "--port", str(taken_port)),
        f"Cannot listen at 127.0.0.1:{taken_port}: Address already in use.",
        "Choose another --port or --host.",
    )
    gc.collect()


@leaves_sockets
def test_a_host_that_is_none_is_told_in_one_line(town: Path) -> None:
    result = run("serve", "--layers", town, "--host", "a..b", "--port", "0")
    assert_ends_with_one_line(result, "Cannot listen at a..b:0", "--host")
    gc.collect()


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_a_port_that_is_none_is_a_wrong_usage(port: str) -> None:
    result = run("serve", "--port", port)
    assert result.exit_code == 2
    assert "Invalid value for '--port'" in result.stderr
    assert port in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('sources = [{ layer = "posts" }]', 'sources = [{ layer = "wards" }]', "its role is zone"),
        (
            'sources = [{ layer = "posts" }]',
            'sources = [{ layer = "posts", kinds = ["x"] }]',
            "nothing of the kind 'x'",
        ),
    ],
)
def test_a_question_that_nobody_can_answer_fails_the_check(town: Path, old: str, new: str, says: str) -> None:
    region = town / "region.toml"
    text = region.read_text(encoding="utf-8")
    assert old in text
    region.write_text(text.replace(old, new), encoding="utf-8")
    result = run("layers", "check", "--layers", town)
    assert result.exit_code == 1
    line = next(line for line in result.stdout.splitlines() if "question-unanswerable" in line)
    assert line.startswith("error: feetville/region.toml, question[1] [posts]: ")
    assert says in line
