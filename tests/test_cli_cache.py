"""`geoservice cache`: what it tells, what it removes, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from geoservice.cache import DiskCache
from geoservice.cache.disk import MB
from geoservice.cache.mapped import MappedFiles
from geoservice.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder with two answers of 1 MB each and two sets of compiled code."""
    kept = DiskCache(tmp_path / "answers", 9 * MB)
    kept.put_many("answers", {"a": bytes(MB), "b": bytes(MB)})
    kept.put("grounds", "c", b"123")
    for state, size in (("old", 2000), ("new", 700_000)):
        (tmp_path / "kernels" / state / "coverage").mkdir(parents=True)
        (tmp_path / "kernels" / state / "coverage" / "tile.nbc").write_bytes(bytes(size))
    (tmp_path / "kernels" / "never compiled").mkdir()
    monkeypatch.setenv("GEOSERVICE_CACHE", str(tmp_path))
    monkeypatch.setenv("GEOSERVICE_CACHE_MB", "9")
    return tmp_path


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["cache", *words], prog_name="geoservice")


def told(folder: Path) -> Any:
    result = run("info", "--format", "json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["folder"] == str(folder)
    return document


def test_info_tells_where_how_much_and_what(folder: Path) -> None:
    result = run("info")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"{folder}: 2.0 of 9 MB taken by answers."
    assert [line.split()[:3] for line in lines[1:]] == [
        ["kind", "entries", "MB"],
        ["answers", "2", "2.0"],
        ["grounds", "1", "0.0"],
        ["kernels", "2", "0.7"],
    ]
    assert result.stderr == ""


def test_info_as_json_has_exact_figures(folder: Path) -> None:
    document = told(folder)
    assert (folder / "answers" / "kept-1.sqlite").stat().st_size == document["bytes"] > 2 * MB
    assert document["bound_mb"] == 9
    assert [(one["kind"], one["entries"], one["bytes"]) for one in document["kinds"]] == [
        ("answers", 2, 2 * MB),
        ("grounds", 1, 3),
    ]
    assert document["kernels"] == {"entries": 2, "bytes": 702_000}


@pytest.mark.parametrize(
    ("words", "answers", "kernels"),
    [([], 0, 2), (["--answers"], 0, 2), (["--kernels"], 2, 0), (["--all"], 0, 0)],
)
def test_clear_removes_what_is_asked_and_nothing_else(
    folder: Path, words: list[str], answers: int, kernels: int
) -> None:
    result = run("clear", *words)
    assert result.exit_code == 0
    assert ("Removed 3 entries of answers: 2.0 MB freed." in result.stdout) is (answers == 0)
    assert ("Removed 2 sets of kernels: 0.7 MB freed." in result.stdout) is (kernels == 0)
    document = told(folder)
    assert sum(one["entries"] for one in document["kinds"] if one["kind"] == "answers") == answers
    assert document["kernels"]["entries"] == kernels
    assert (document["bytes"] < 100_000) is (answers == 0)


def test_a_cache_that_is_not_there_yet_is_empty_and_stays_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHE", str(tmp_path / "none"))
    for words in (["info"], ["clear", "--all"]):
        assert run(*words).exit_code == 0
    assert told(tmp_path / "none")["kinds"] == []
    assert not (tmp_path / "none").exists()


def test_answers_of_before_are_seen_and_cleared_when_the_cache_is_switched_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHE_MB", "0")
    off = f"{folder}: switched off for answers (GEOSERVICE_CACHE_MB=0); 2.0 MB of before are still there."
    assert run("info").stdout.splitlines()[0] == off
    assert [one["entries"] for one in told(folder)["kinds"]] == [2, 1]
    assert run("clear").exit_code == 0
    assert told(folder)["kinds"] == []


def test_a_cache_that_cannot_be_used_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHE", str(tmp_path))
    (tmp_path / "answers" / "kept-1.sqlite").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "kernels").symlink_to(tmp_path / "elsewhere")
    for words in (["info"], ["clear"], ["clear", "--kernels"]):
        result = run(*words)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        assert result.stderr.startswith("geoservice: ")
    assert (tmp_path / "elsewhere").is_dir()


@pytest.mark.parametrize("words", [["info"], ["info", "--format", "json"], ["clear"], ["clear", "--all"]])
@pytest.mark.parametrize("where", ["file", "file/below", "open", "dangling"])
def test_a_place_that_is_no_folder_of_ours_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, words: list[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o1777)
    monkeypatch.setenv("GEOSERVICE_CACHE", str(tmp_path / where))
    result = run(*words)
    assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
    assert result.stderr.startswith(f"geoservice: The cache in {tmp_path / where} cannot be used: ")
    assert list((tmp_path / "open").iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="There is no /proc")
def test_a_place_where_no_folder_can_be_made_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHE", "/proc/zz")
    for words in (["info"], ["clear"]):
        result = run(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("geoservice: The cache in /proc/zz cannot be used: ")


def test_a_look_at_a_cache_that_is_not_there_makes_none(tmp_path: Path, root: Path) -> None:
    """In a process of its own, since what is compiled has its folder from the imports on."""
    environ = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    environ["GEOSERVICE_CACHE"] = str(tmp_path / "a" / "b")
    for words in (["info"], ["clear", "--all"]):
        command = [sys.executable, "-m", "geoservice", "cache", *words]
        done = subprocess.run(command, env=environ, cwd=root, capture_output=True, text=True, check=True)
        assert done.stdout == f"{tmp_path / 'a' / 'b'}: nothing is kept there.\n"
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["--all", "--kernels"], ["--answers", "--all"], ["--kernels", "--answers"]])
def test_clear_refuses_to_guess_what_is_meant(folder: Path, words: list[str]) -> None:
    result = run("clear", *words)
    assert result.exit_code == 2
    assert "Give one of --answers, --kernels and --all." in result.stderr
    assert [one["entries"] for one in told(folder)["kinds"]] == [2, 1]
    assert told(folder)["kernels"]["entries"] == 2


def test_one_is_not_told_as_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHE", str(tmp_path))
    DiskCache(tmp_path / "answers", MB).put("answers", "a", b"1")
    (tmp_path / "kernels" / "new").mkdir(parents=True)
    (tmp_path / "kernels" / "new" / "tile.nbc").write_bytes(b"1")
    lines = run("clear", "--all").stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Removed 1 entry of answers", "Removed 1 set of kernels"]


@pytest.mark.parametrize(
    ("words", "example"),
    [
        ([], "geoservice cache info"),
        (["info"], "geoservice cache info --format json"),
        (["clear"], "geoservice cache clear --kernels"),
    ],
)
def test_help_shows_an_example_and_exit_codes(words: list[str], example: str) -> None:
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert example in [line.strip() for line in result.stdout.splitlines()]
    assert not words or "Exit code: 0, or 2" in result.stdout


def test_a_damaged_cache_begins_anew_and_says_so(folder: Path) -> None:
    (folder / "answers" / "kept-1.sqlite").write_bytes(b"This is no database.\n" * 99)
    result = run("info")
    assert result.exit_code == 2
    assert "was damaged" in result.stderr
    assert told(folder)["kinds"] == []


def test_a_damaged_cache_is_cleared_as_any_other(folder: Path) -> None:
    (folder / "answers" / "kept-1.sqlite").write_bytes(b"This is no database.\n" * 99)
    assert run("clear").exit_code == 0
    assert told(folder)["kinds"] == []


def test_written_features_are_told_of_and_go_with_the_answers(folder: Path) -> None:
    kept = MappedFiles(folder / "features", 9 * MB)
    kept.get("0" * 16, lambda: iter([[bytes(2 * MB)]]))
    assert told(folder)["features"]["entries"] == 1
    assert "features" in run("info").stdout
    assert "Removed 1 file of features: 2.0 MB freed." in run("clear").stdout
    assert told(folder)["features"] == {"entries": 0, "bytes": 0}
