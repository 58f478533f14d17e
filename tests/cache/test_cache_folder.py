"""Folders of the cache: ours alone, or not used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from geoservice.cache.folder import make_ours, private_temporary, require_ours
from geoservice.errors import CacheError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")

KERNELS = "import json, geoservice.coverage.compiled, os; print(json.dumps(os.environ['NUMBA_CACHE_DIR']))"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that everybody may write to, as /tmp is."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def kernels_of(root: Path, **environ: str) -> Path:
    """Give where a fresh process keeps what it compiles."""
    known = {name: value for name, value in os.environ.items() if name not in {"NUMBA_CACHE_DIR", "USER"}}
    command = [sys.executable, "-c", KERNELS]
    said = subprocess.run(command, env=known | environ, cwd=root, stdout=subprocess.PIPE, check=True).stdout
    return Path(json.loads(said))


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o775, 0o500])
def test_a_folder_that_only_we_or_our_own_group_may_write_to_is_ours(tmp_path: Path, mode: int) -> None:
    (tmp_path / "one").mkdir()
    os.chown(tmp_path / "one", -1, os.getegid())
    (tmp_path / "one").chmod(mode)
    require_ours(tmp_path / "one")


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o1777])
def test_one_that_everybody_may_write_to_is_not(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(CacheError, match="everybody may write to it"):
        require_ours(tmp_path)


def test_one_that_another_group_may_write_to_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o770)
    monkeypatch.setattr(os, "getegid", lambda: tmp_path.stat().st_gid + 1)
    with pytest.raises(CacheError, match="another group may write to it"):
        require_ours(tmp_path)


def test_a_folder_is_made_for_us_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = make_ours(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert made == [tmp_path / "a", tmp_path / "a" / "b"]
    assert [one.stat().st_mode & 0o777 for one in made] == [0o700, 0o700]
    assert make_ours(tmp_path / "a" / "b") == []


def test_the_temporary_folder_is_for_us_alone_and_the_same_each_time(temporary: Path) -> None:
    for _ in range(2):
        assert private_temporary("geoservice-me") == temporary / "geoservice-me"
        assert (temporary / "geoservice-me").stat().st_mode & 0o777 == 0o700
        (temporary / "geoservice-me").chmod(0o755)


@pytest.mark.parametrize("how", ["open to all", "a link", "a file", "of another user"])
def test_a_temporary_folder_that_another_has_laid_out_is_left(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    trap = temporary / "geoservice-me"
    if how == "a link":
        (temporary / "target").mkdir(mode=0o700)
        trap.symlink_to(temporary / "target")
    elif how == "a file":
        trap.write_text("")
    else:
        trap.mkdir()
        trap.chmod(0o777 if how == "open to all" else 0o700)
    if how == "of another user":
        monkeypatch.setattr(os, "geteuid", lambda: trap.stat().st_uid + 1)
    fresh = [private_temporary("geoservice-me") for _ in range(2)]
    assert len({trap, *fresh}) == 3
    assert all(one.stat().st_mode & 0o777 == 0o700 for one in fresh)


@pytest.mark.soak
def test_compiled_code_is_not_kept_where_others_may_write(temporary: Path, tmp_path: Path, root: Path) -> None:
    (tmp_path / "ours").mkdir(mode=0o755)
    assert kernels_of(root, GEOSERVICE_CACHE=str(tmp_path / "ours")).parent == tmp_path / "ours" / "kernels"
    (tmp_path / "ours").chmod(0o777)
    for refused in (tmp_path / "ours", temporary):
        folder = kernels_of(root, GEOSERVICE_CACHE=str(refused))
        assert folder.parent == temporary / "geoservice-cache" / "kernels"
    assert not (temporary / "kernels").exists()
    (temporary / "geoservice-cache").chmod(0o777)
    folder = kernels_of(root, GEOSERVICE_CACHE=str(temporary))
    assert folder.parents[2] == temporary
    assert folder.parents[1].name not in {"geoservice-cache", "kernels"}


def test_kernels_that_others_may_write_to_are_not_loaded(temporary: Path, tmp_path: Path, root: Path) -> None:
    ours = tmp_path / "ours"
    (ours / "kernels").mkdir(parents=True)
    (ours / "kernels").chmod(0o777)
    assert kernels_of(root, GEOSERVICE_CACHE=str(ours), USER="me").parents[1] == temporary / "geoservice-me"
