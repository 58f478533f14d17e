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
