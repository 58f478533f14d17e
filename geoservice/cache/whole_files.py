"""Files written once and kept, so that a part of one can be asked for again and again and is of the same bytes."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

from geoservice.cache.disk import MB
from geoservice.cache.folder import make_ours
from geoservice.cache.room import BEGUN, cleared, make_room, sizes_in
from geoservice.errors import CacheError
from geoservice.settings import Settings

DOWNLOADS_FOLDER = "downloads"
"""The folder within the cache folder."""

_NAME = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})-(\d+)")
_KEY = re.compile(r"[0-9a-f]{32}")

_log = logging.getLogger("geoservice")

Write = Callable[[Path], None]
"""Writes a file of some name in a folder of its own."""


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file that is open for reading, which it stays when its name goes; `digest` tells its bytes from all others."""

    file: IO[bytes]
    digest: str
    size: int


class WholeFiles:
    """Files by key in a folder, at most `bound_bytes` of them; those opened longest ago go first.

    A file is named by its key, a digest of its bytes and its size once it is whole: two processes that write the same
    at once may write other bytes (some formats hold the time), and both then give one of the two. Safe for threads and
    processes. Neither `folder` nor the one around it may be open to others.
    """

    def __init__(self, folder: Path, bound_bytes: int) -> None:
        self.folder = folder
        self.bound_bytes = bound_bytes
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def find(self, key: str) -> WholeFile | None:
        """Open the file of a key and note that it was used; None where there is none that is whole.

        Raises ValueError for a key that is not 32 hexadecimal digits.
        """
        if not _KEY.fullmatch(key):
            msg = f"a key is 32 hexadecimal digits, not {key!r}"
            raise ValueError(msg)
        for path in sorted(self.folder.glob(f"{key}-*")):
            if (named := _NAME.fullmatch(path.name)) is None:
                continue
            with suppress(OSError):  # another process has removed it just now
                file = path.open("rb")
                if os.fstat(file.fileno()).st_size == int(named[3]):
                    os.utime(path)
                    return WholeFile(file, named[2], int(named[3]))
                file.close()
                path.unlink()
        return None

    def get(self, key: str, suffix: str, write: Write) -> WholeFile:
        """Open the file of a key, written where there is none.

        Raises what `write` raises, OSError, and CacheError where the folder cannot be used.
        """
        with self._lock:
            own = self._locks.setdefault(key, Lock())
        try:
            with own:
                return self.find(key) or self._made(key, suffix, write)
        finally:
            with self._lock:
                self._locks.pop(key, None)

    def sizes(self) -> dict[Path, int]:
        """Give the files that are whole with their bytes; raises OSError where the folder cannot be read."""
        return sizes_in(self.folder, _is_whole)

    def clear(self) -> dict[Path, int]:
        """Remove all files, also while others read them, and give those removed; raises OSError."""
        return cleared(self.folder, _is_whole)

    def _made(self, key: str, suffix: str, write: Write) -> WholeFile:
        try:
            make_ours(self.folder.parent)
            make_ours(self.folder)
            aside = Path(tempfile.mkdtemp(prefix=BEGUN, dir=self.folder))
        except OSError as error:
            raise CacheError(f"{self.folder} cannot be written to: {error.strerror or error}") from error
        try:
            part = aside / f"file.{suffix}"
            write(part)
            with part.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:32]
            part.replace(self.folder / f"{key}-{digest}-{part.stat().st_size}")
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        found = self.find(key)
        make_room(self.folder, self.bound_bytes, _is_whole, lambda one: one.name.startswith(key))
        if found is None:
            raise CacheError(f"a file in {self.folder} went while it was written")
        return found


def _is_whole(path: Path) -> bool:
    return _NAME.fullmatch(path.name) is not None


def open_whole_files(settings: Settings) -> WholeFiles | None:
    """Give the folder of files that the settings name; None where they switch it off, or where it cannot be used."""
    if settings.downloads_mb == 0:
        return None
    folder = settings.cache / DOWNLOADS_FOLDER
    try:
        make_ours(folder.parent)
        make_ours(folder)
    except (CacheError, OSError) as error:
        _log.warning("Cannot use the cache in %s: %s. Downloads come whole only.", folder, error)
        return None
    return WholeFiles(folder, settings.downloads_mb * MB)
