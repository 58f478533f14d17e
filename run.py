#!/usr/bin/env python3
"""The front door: sets up .venv as far as needed, then serves, tests, checks or builds.

Nothing but the standard library is used, and the file parses on a Python older than the
service needs, so that a fresh machine gets a clear answer.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STATE = VENV / "geoservice-setup.json"
OLDEST = (3, 11)
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
OLDEST_PIP = (22, 3)  # the first that installs into another environment (--python)
WINDOWS = os.name == "nt"
SHOWN_LINES = 25

# What each kind of environment installs; "dev" holds all that "runtime" does.
REQUIREMENTS = {
    "runtime": ("requirements.txt", "requirements-build.txt"),
    "dev": ("requirements-dev.txt", "requirements-build.txt"),
}

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)

HELP = """\
usage: python3 run.py COMMAND [ARGUMENTS]

The first run sets up .venv beside this file (about a minute); later runs start at once.

  serve [options]   serve on this machine
  test [options]    run the tests; the options are pytest's
  check             lint, formatting, types, and which module may import which
  screenshots       take the pictures in docs/images anew (needs Chromium)
  build             build the front-end files, and a wheel in dist/
  lock [options]    compile the requirements files anew; the options are uv's
  anything else     is handed to the geoservice command

examples:
  python3 run.py serve --help
  python3 run.py layers check
  python3 run.py test tests/test_run.py
  python3 run.py test -m soak
  python3 run.py lock --upgrade
"""

NO_INSTALLER = """\
This Python ({python}) has no pip to set up .venv with.
On Debian and Ubuntu:  sudo apt-get install python3-venv
Elsewhere, install pip for this Python, or uv. Then run the same command again."""

NO_VENV = """\
This Python ({python}) cannot make a virtual environment.
On Debian and Ubuntu:  sudo apt-get install python3-venv
Then run the same command again.
{output}"""

TOO_OLD = """\
geoservice needs Python {oldest} or newer; this is Python {version} ({python}),
and there is no newer one on PATH ({looked_for})."""

# What a failed installation's output tells, and what helps.
HINTS = (
    (r"DO NOT MATCH THE HASHES|Hash mismatch", "a download is not what the lock names; empty pip's cache"),
    (r"No space left on device|Errno 28", "the disk is full: make room (about 1.5 GB)"),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the index's certificate is not trusted here: see pip's setting `cert`",
    ),
    (
        r"NewConnectionError|name resolution|ConnectTimeout|Read ?[Tt]ime|ProxyError|Could not fetch URL",
        "the package index was not reached: check the network, or pip's settings (index-url, proxy)",
    ),
    (
        r"No matching distribution found|Failed (?:to build|building)",
        "a package has no ready-made file for this Python or system; Python 3.11 to 3.13 are the safe choice",
    ),
    (r"Permission denied|Errno 13", "this user may not write here"),
)


class SetupError(Exception):
    """The environment could not be set up; the message says why and what to do."""


class Installer(NamedTuple):
    """A program that installs packages into .venv."""

    start: list[str]
    options: list[str]

    def command(self, *arguments: str) -> list[str]:
        """Return the command line that installs what the arguments name."""
        return [*self.start, "install", *self.options, *arguments]


def say(text: str) -> None:
    """Print a line of progress; the standard output belongs to the command itself."""
    print(text, file=sys.stderr, flush=True)


# ------------------------------------------------------------------ which Python


def python_version(python: str) -> tuple[int, ...] | None:
    """Return the version of a Python, or None where it does not start."""
    script = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [python, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20, check=True
        )
        return tuple(int(part) for part in done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def newer_python(
    which: Callable[[str], str | None] = shutil.which,
    version_of: Callable[[str], tuple[int, ...] | None] = python_version,
) -> str | None:
    """Return a Python on PATH that is new enough; a name there may be a stand-in that does not start."""
    for name in PYTHONS:
        path = which(name)
        if path and (version_of(path) or (0,)) >= OLDEST:
            return path
    return None


def require_python(version: tuple[int, ...], arguments: Sequence[str]) -> None:
    """Return where this Python is new enough; start over with a newer one, or say that there is none."""
    if version >= OLDEST:
        return
    python = newer_python()
    if python is None:
        raise SetupError(
            TOO_OLD.format(
                oldest=".".join(map(str, OLDEST)),
                version=".".join(map(str, version)),
                python=sys.executable,
                looked_for=", ".join(PYTHONS),
            )
        )
    replace_process([python, str(ROOT / "run.py"), *arguments])


def base_python() -> str:
    """Return the Python that environments are made from, even when run from within one."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def venv_program(name: str, venv: Path = VENV) -> Path:
    """Return the path of a program in the environment."""
    return venv / "Scripts" / f"{name}.exe" if WINDOWS else venv / "bin" / name


def replace_process(command: Sequence[str]) -> NoReturn:
    """Go on as another program."""
    sys.stdout.flush()
    sys.stderr.flush()
    if WINDOWS:  # there, exec returns to the shell at once
        sys.exit(subprocess.call(command))
    os.execv(command[0], list(command))


# ------------------------------------------------------------------ what is there, what is missing


def digest(root: Path, names: Iterable[str]) -> str:
    """Return the hash of some of the checkout's files."""
    total = hashlib.sha256()
    for name in names:
        content = (root / name).read_bytes()
        total.update(f"{name} {len(content)}\n".encode())
        total.update(content)
    return total.hexdigest()


def read_state(path: Path) -> dict[str, str]:
    """Return what the last run noted about the environment; nothing where that is unreadable."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def wanted_state(kind: str, root: Path = ROOT) -> dict[str, str]:
    """Return the note about an environment in which nothing is missing."""
    return {
        "state": "ready",
        "kind": kind,
        "checkout": str(root),  # an environment cannot be moved
        "requirements": digest(root, REQUIREMENTS[kind]),
        "project": digest(root, ["pyproject.toml"]),
    }


def venv_version(venv: Path) -> str:
    """Return the Python version of an environment, as "3.11"; "" where it does not work."""
    if not venv_program("python", venv).exists():
        return ""
    try:
        text = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return ""
    found = re.search(r"^version\w*\s*=\s*(\d+\.\d+)", text, re.MULTILINE)
    return found.group(1) if found else ""


def missing_steps(found: Mapping[str, str], wanted: Mapping[str, str], *, same_python: bool) -> list[str]:
    """Return what is to be done to the environment, in order.

    One that was broken off, moved or made by another Python is made anew: what pip left
    half done there, it would take for done. One made by other means is used as it is.
    """
    whole = ["environment", "requirements", "project"]
    if not same_python or found.get("state", "ready") != "ready":
        return whole
    if found.get("checkout", wanted["checkout"]) != wanted["checkout"]:
        return whole
    if (found.get("kind"), found.get("requirements")) != (wanted["kind"], wanted["requirements"]):
        return ["requirements", "project"]
    return ["project"] if found.get("project") != wanted["project"] else []


def kind_to_make(asked: str, found: Mapping[str, str]) -> str:
    """Return the kind to make: what is there already is never lessened."""
    return "dev" if "dev" in (asked, found.get("kind")) else "runtime"


def outstanding(asked: str) -> tuple[dict[str, str], list[str]]:
    """Return the state to reach and the steps that lead there."""
    found = read_state(STATE)
    wanted = wanted_state(kind_to_make(asked, found))
    here = ".".join(map(str, sys.version_info[:2]))
    steps = missing_steps(found, wanted, same_python=venv_version(VENV) == here)
    if not assets_current():
        steps.append("front end")
    return wanted, steps


def assets_current() -> bool:
    """Tell whether the front-end files are up to date."""
    import hatch_build  # noqa: PLC0415 - does not parse on the Pythons that are turned away

    return hatch_build.is_current(ROOT)


# ------------------------------------------------------------------ running pip


def hint(output: str) -> str:
    """Return what helps against a failure, as far as its output tells."""
    for pattern, advice in HINTS:
        if re.search(pattern, output):
            return advice
    return "the lines above say why"


def failure(what: str, output: Sequence[str]) -> SetupError:
    """Return the error for a command that failed."""
    shown = "\n".join(f"    {line}" for line in output[-SHOWN_LINES:])
    advice = hint("\n".join(output))
    return SetupError(f"{what} failed:\n{shown}\nWhat helps: {advice}. Then run the same command again.")


def show_progress(done: int, total: int, name: str) -> None:
    """Overwrite the line of progress, on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K  {done}/{total} {name}" if name else "\r\033[K")
        sys.stderr.flush()


def run_quietly(command: Sequence[str], what: str, total: int = 0) -> None:
    """Run a command; show its output only if it fails."""
    output: list[str] = []
    seen = 0
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # hands on the lock
    ) as process:
        for line in process.stdout or ():
            output.append(line.rstrip())
            if total and line.startswith("Collecting "):
                seen += 1
                show_progress(min(seen, total), total, re.split(r"[ =<>;]", line)[1])
    if total:
        show_progress(0, 0, "")
    if process.returncode != 0:
        raise failure(what, output)


def succeeds(command: Sequence[str]) -> str | None:
    """Return a command's output, or None where it fails."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


# ------------------------------------------------------------------ which pip


def pip_of_venv(_base: str) -> Installer | None:
    """Find the environment's own pip."""
    python = str(venv_program("python"))
    if succeeds([python, "-m", "pip", "--version"]) is None:
        return None
    return Installer([python, "-m", "pip", "--no-input"], [])


def pip_of_ensurepip(base: str) -> Installer | None:
    """Put the pip that comes with Python into the environment (Debian's Python may lack it)."""
    if succeeds([str(venv_program("python")), "-m", "ensurepip", "--default-pip"]) is None:
        return None
    return pip_of_venv(base)


def pip_of_system(base: str) -> Installer | None:
    """Find the pip of the Python that the environment was made from; it can install elsewhere."""
    output = succeeds([base, "-m", "pip", "--version"]) or ""
    found = re.match(r"pip (\d+)\.(\d+)", output)
    if found is None or (int(found.group(1)), int(found.group(2))) < OLDEST_PIP:
        return None
    return Installer([base, "-m", "pip", "--no-input", "--python", str(venv_program("python"))], [])


def pip_of_wheel(_base: str) -> Installer | None:
    """Find a pip that lies on the machine as a wheel, as Debian's python3-pip-whl does."""
    folder = Path("/usr/share/python-wheels")
    for wheel in sorted(folder.glob("pip-*.whl"), reverse=True):
        start = [str(venv_program("python")), str(wheel / "pip")]
        if succeeds([*start, "--version"]) is not None:
            return Installer([*start, "--no-input"], [])
    return None


def uv_of_path(_base: str) -> Installer | None:
    """Find uv."""
    uv = shutil.which("uv")
    return Installer([uv, "pip"], ["--python", str(venv_program("python"))]) if uv else None


# In the order of preference. uv comes last because it does not read pip's settings.
FINDERS = (pip_of_venv, pip_of_ensurepip, pip_of_system, pip_of_wheel, uv_of_path)


def find_installer(base: str, finders: Sequence[Callable[[str], Installer | None]] | None = None) -> Installer:
    """Return the first installer that works here."""
    for find in FINDERS if finders is None else finders:
        installer = find(base)
        if installer is not None:
            return installer
    raise SetupError(NO_INSTALLER.format(python=base))


# ------------------------------------------------------------------ setting up


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other runs from setting up at the same time.

    The programs started meanwhile hold the lock too: a pip that outlives this process is
    still at work in .venv.
    """
    with path.open("a+b") as handle:
        os.set_inheritable(handle.fileno(), True)  # noqa: FBT003 - takes no keyword
        if not try_lock(handle.fileno()):
            say("Another run is setting up .venv: waiting for it ...")
            while not try_lock(handle.fileno()):
                time.sleep(0.2)
        yield


def try_lock(handle: int) -> bool:
    """Take the lock, which lasts as long as the open file; tell whether it was free."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - only there

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True  # a file system without locks
    return True


def make_environment(base: str) -> None:
    """Make an empty environment."""
    say(f"Making .venv with {base}")
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    note_unfinished()
    uv = shutil.which("uv")
    if importlib.util.find_spec("venv") is None and uv:
        command = [uv, "venv", "--quiet", "--allow-existing", "--python", base, str(VENV)]
    else:
        command = [base, "-m", "venv", "--without-pip", str(VENV)]
    try:
        run_quietly(command, "Making .venv")
    except SetupError as error:
        raise SetupError(NO_VENV.format(python=base, output=error)) from error


def note_unfinished() -> None:
    """Note that whatever stands in the environment is not to be trusted."""
    STATE.write_text('{"state": "unfinished"}\n', encoding="utf-8")


def note(state: Mapping[str, str]) -> None:
    """Note what the environment holds."""
    new = STATE.with_suffix(".new")
    new.write_text(json.dumps(state, indent=1) + "\n", encoding="utf-8")
    new.replace(STATE)


def count_packages(root: Path, names: Iterable[str]) -> int:
    """Return how many packages requirements files name, those for other systems left out."""
    packages = set()
    for name in names:
        for line in (root / name).read_text(encoding="utf-8").splitlines():
            found = re.match(r"([A-Za-z0-9][\w.-]*)==", line)
            if found and not re.search(r"== '(PyPy|win32)'", line):
                packages.add(found.group(1))
    return len(packages)


def install_requirements(installer: Installer, names: Sequence[str]) -> None:
    """Install the locked packages, each checked by its hash."""
    total = count_packages(ROOT, names)
    say(f"Installing {total} packages into .venv, once (about a minute) ...")
    files = [part for name in names for part in ("-r", name)]
    run_quietly(installer.command("--require-hashes", *files), "The installation", total)


def install_project(installer: Installer) -> None:
    """Install the project itself, to be used from this checkout."""
    command = installer.command("--no-deps", "--no-build-isolation", "-e", ".")
    run_quietly(command, "The installation of geoservice")


def build_assets() -> None:
    """Build the front-end files."""
    say("Building the front-end files ...")
    done = subprocess.run(
        [str(venv_program("python")), str(ROOT / "hatch_build.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # hands on the lock
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(done.stdout.rstrip())


def set_up(wanted: Mapping[str, str], steps: Sequence[str]) -> None:
    """Go through the steps that are outstanding; what is finished stays so if a later one fails."""
    started = time.monotonic()
    without_project = {**wanted, "project": ""}
    if "environment" in steps:
        make_environment(base_python())
    if "requirements" in steps:
        note_unfinished()
        install_requirements(find_installer(base_python()), REQUIREMENTS[wanted["kind"]])
        note(without_project)
    if "front end" in steps:
        build_assets()
    if "project" in steps:
        note_unfinished()
        try:
            install_project(find_installer(base_python()))
        except SetupError:
            note(without_project)
            raise
        note(wanted)
    say(f"Ready after {time.monotonic() - started:.0f} seconds.")


def ensure(kind: str) -> None:
    """Make sure that the environment holds what a kind of run needs."""
    if not outstanding(kind)[1]:
        return
    with locked(ROOT / ".venv.lock"):
        wanted, steps = outstanding(kind)  # another run may just have seen to it
        if steps:
            set_up(wanted, steps)


# ------------------------------------------------------------------ commands


def start_geoservice(arguments: Sequence[str]) -> NoReturn:
    """Go on as the geoservice command."""
    ensure("runtime")
    replace_process([str(venv_program("geoservice")), *arguments])


def start_tests(arguments: Sequence[str]) -> NoReturn:
    """Go on as pytest."""
    ensure("dev")
    here = Path.cwd().resolve()
    if here != ROOT and ROOT not in here.parents:
        os.chdir(ROOT)
    replace_process([str(venv_program("python")), "-m", "pytest", *arguments])


def take_screenshots(arguments: Sequence[str]) -> NoReturn:
    """Go on as the program that takes the pictures in docs/images."""
    ensure("dev")
    replace_process([str(venv_program("python")), str(ROOT / "tools" / "screenshots.py"), *arguments])


def check(arguments: Sequence[str]) -> int:
    """Run every check, and show the output of those that fail."""
    no_arguments("check", arguments)
    ensure("dev")
    failed = 0
    for program, *options in CHECKS:
        done = subprocess.run(
            [str(venv_program(program)), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        ok = done.returncode == 0
        failed += not ok
        print(f"{'ok    ' if ok else 'FAILED'}  {' '.join([program, *options])}", flush=True)
        if not ok:
            print(done.stdout.rstrip(), flush=True)
    return 1 if failed else 0


def build(arguments: Sequence[str]) -> int:
    """Build the front-end files and a wheel that carries them."""
    no_arguments("build", arguments)
    ensure("runtime")
    command = [str(venv_program("python")), "-m", "hatchling", "build", "-t", "wheel", "-d", "dist"]
    return subprocess.call(command, cwd=ROOT)


def no_arguments(name: str, arguments: Sequence[str]) -> None:
    """Refuse arguments that nothing would come of."""
    if arguments:
        raise SetupError(f"{name} takes no arguments (given: {' '.join(arguments)})")


def find_uv() -> str:
    """Return the uv to compile with; the environment's, even where the rest of it is out of date."""
    ours = venv_program("uv")
    if not ours.exists():
        other = shutil.which("uv")
        if other:
            return other
        ensure("dev")
    return str(ours)


def compile_command(uv: str, output: str, sources: Sequence[str], extra: Sequence[str]) -> list[str]:
    """Return the command that writes one requirements file."""
    fixed = (
        "--quiet --universal --generate-hashes --python-version 3.11 --fork-strategy fewest"
        " --annotation-style line --no-emit-index-url --no-emit-find-links"
    )
    return [
        uv,
        "pip",
        "compile",
        *fixed.split(),
        "--custom-compile-command",
        "python3 run.py lock",
        *extra,
        *sources,
        "-o",
        output,
    ]


def build_requirements() -> str:
    """Return what the build itself needs, one requirement per line."""
    import tomllib  # noqa: PLC0415 - absent from the Pythons that are turned away

    with (ROOT / "pyproject.toml").open("rb") as handle:
        requirements: list[str] = tomllib.load(handle)["build-system"]["requires"]
    return "".join(f"{requirement}\n" for requirement in requirements)


def lock(arguments: Sequence[str]) -> int:
    """Compile the requirements files; each agrees with the ones before it."""
    uv = find_uv()
    jobs = (
        ("requirements.txt", ["pyproject.toml"], ""),
        ("requirements-dev.txt", ["pyproject.toml", "--group", "dev", "-c", "requirements.txt"], ""),
        (
            "requirements-build.txt",
            ["-", "--no-annotate", "-c", "requirements-dev.txt"],
            build_requirements(),
        ),
    )
    for output, sources, stdin in jobs:
        say(f"Compiling {output}")
        command = compile_command(uv, output, sources, arguments)
        code = subprocess.run(command, cwd=ROOT, input=stdin, encoding="utf-8", check=False).returncode
        if code != 0:
            return code
        if "://" in (ROOT / output).read_text(encoding="utf-8"):
            raise SetupError(f"{output} names an address: see uv's settings")
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "test": start_tests,
    "check": check,
    "screenshots": take_screenshots,
    "build": build,
    "lock": lock,
}


def main(arguments: Sequence[str]) -> int:
    """Do what the first argument says."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(HELP, end="")
        return 0
    try:
        require_python(tuple(sys.version_info[:2]), arguments)
        command = COMMANDS.get(arguments[0])
        if command is None:
            start_geoservice(arguments)
        return command(arguments[1:])
    except SetupError as error:
        say(str(error))
    except KeyboardInterrupt:
        say("\nBroken off; the next run repairs what is unfinished.")
        return 130
    except OSError as error:
        say(f"Setting up failed: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
