"""Folders of files kept within bounds, by any number of processes."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

BEGUN = ".writing-"
"""How the names of what is not whole yet begin."""
ABANDONED_S = 3600.0
"""What was begun longer ago than this and not finished is removed."""


def make_room(
    folder: Path, bound_bytes: int, is_kept: Callable[[Path], object], is_newest: Callable[[Path], bool]
) -> None:
    """Remove what was opened longest ago until the rest is within bounds, and what was begun and left."""
    files: list[tuple[float, int, Path]] = []
    for path in folder.iterdir():
        with suppress(OSError):  # another process has removed it just now, or on some systems has it open
            about = path.stat()
            if path.name.startswith(BEGUN) and about.st_mtime < time.time() - ABANDONED_S:
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink()
            elif is_kept(path):
                files.append((about.st_mtime, about.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= bound_bytes:
            break
        if not is_newest(path):
            with suppress(OSError):
                path.unlink()
                total -= size


def sizes_in(folder: Path, is_whole: Callable[[Path], object]) -> dict[Path, int]:
    """Give the files of a folder that are whole with their bytes; raises OSError where it cannot be read."""
    found = {}
    for path in folder.glob("*"):
        if is_whole(path):
            with suppress(FileNotFoundError):  # another process has removed it just now
                found[path] = path.stat().st_size
    return found


def cleared(folder: Path, is_whole: Callable[[Path], object]) -> dict[Path, int]:
    """Remove the files of a folder that are whole, also while others read them, and give those; raises OSError."""
    found = sizes_in(folder, is_whole)
    for path in found:
        path.unlink(missing_ok=True)
    return found
