"""Folders that nobody but us may write to: what lies in the cache is believed, and compiled code in it is run."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from geoservice.errors import CacheError

_MODE = 0o700


def require_ours(folder: Path) -> None:
    """Raise CacheError for a folder into which another user could have put something, OSError where there is none.

    The group may write only where it is the user's own primary one, as a umask of 002 has it.
    """
    about = folder.stat()
    if not stat.S_ISDIR(about.st_mode):
        raise CacheError(f"{folder} is no folder")
    if sys.platform == "win32":
        return
    if about.st_uid != os.geteuid():
        raise CacheError(f"{folder} belongs to another user")
    if about.st_mode & stat.S_IWOTH:
        raise CacheError(f"{folder} is not safe, as everybody may write to it")
    if about.st_mode & stat.S_IWGRP and about.st_gid != os.getegid():
        raise CacheError(f"{folder} is not safe, as another group may write to it")


def make_ours(folder: Path) -> list[Path]:
    """Make a folder for us alone where there is none, and give those made, the outermost first.

    Raises CacheError where others may write to it, OSError where it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()][::-1]
    for one in missing:
        one.mkdir(mode=_MODE, exist_ok=True)
    require_ours(folder)
    return missing


def private_temporary(name: str) -> Path:
    """Give the folder of this name among the temporary ones, for us alone; a fresh one where another has taken it."""
    folder = Path(tempfile.gettempdir()) / name
    try:
        folder.mkdir(mode=_MODE, exist_ok=True)
        if not folder.is_symlink():
            require_ours(folder)
            folder.chmod(_MODE)
            return folder
    except (CacheError, OSError):
        pass  # whoever made it, it is not for us
    return Path(tempfile.mkdtemp(prefix="geoservice-"))


def require_usable(folder: Path, within: str) -> None:
    """Raise CacheError unless `folder` is ours or can be made, and `within` it too; leaves nothing behind."""
    try:
        if os.path.lexists(folder):
            require_ours(folder)
        nearest = next(one for one in (folder / within, folder, *folder.parents) if os.path.lexists(one))
        if nearest != folder / within:
            with tempfile.TemporaryDirectory(prefix=".geoservice-", dir=nearest):
                pass
    except (CacheError, OSError) as error:
        why = str(error) if isinstance(error, CacheError) else error.strerror or str(error)
        raise CacheError(
            f"The cache in {folder} cannot be used: {why}.", advice="Set GEOSERVICE_CACHE to another folder."
        ) from error
