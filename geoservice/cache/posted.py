"""Small texts by key that all processes share, each for a while after its last use."""

from __future__ import annotations

import logging
import os
import re
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from geoservice.cache.folder import make_ours, private_temporary
from geoservice.errors import CacheError
from geoservice.settings import Settings

POSTED_FOLDER, AREAS_FOLDER = "analyses", "areas"
"""What folders within the cache folder begin with; the region follows."""
REMEMBERED_S = 86_400.0
"""How long after its end it is still known that there was a text."""

_KEY = re.compile(r"[0-9a-f]{16,64}")
_SUFFIX = ".json"
_BEGUN = ".writing-"

_log = logging.getLogger("geoservice")


@dataclass(frozen=True, slots=True)
class Posted:
    """A text with when it was put, when it was last used and when it ends, in seconds of Unix time."""

    key: str
    text: bytes
    created: float
    used: float
    expires: float


class PostedTexts:
    """Texts in files of a folder, at most `most` of them, each for `keep_s` seconds after its last use.

    The time of a file is that of its last use. Safe for threads and processes: a file takes its name when it is whole.
    Neither `folder` nor the one around it may be open to others.
    """

    def __init__(self, folder: Path, keep_s: float, most: int, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._keep_s = keep_s
        self._most = most
        self._clock = clock

    def put(self, key: str, text: bytes) -> Posted:
        """Keep a text, or use it once more where it is kept already; those unused for longest make room for it."""
        if not _KEY.fullmatch(key):
            msg = f"a key is 16 to 64 hexadecimal digits, not {key!r}"
            raise ValueError(msg)
        if (kept := self.get(key)) is not None:
            return kept
        make_ours(self._folder.parent)
        make_ours(self._folder)
        now = self._clock()
        handle, begun = tempfile.mkstemp(prefix=_BEGUN, dir=self._folder)
        with os.fdopen(handle, "wb") as file:
            file.write(f"{now!r}\n".encode() + text)
        os.utime(begun, (now, now))
        Path(begun).replace(self._path(key))
        self._tidy(now)
        return Posted(key, text, now, now, now + self._keep_s)

    def get(self, key: str) -> Posted | None:
        """Give a text and count that as a use; None where there is none, or it has ended."""
        found, now = self.look(key), self._clock()
        if found is None or found.expires <= now:
            return None
        with suppress(FileNotFoundError):  # another process has removed it just now
            os.utime(self._path(key), (now, now))
        return Posted(key, found.text, found.created, now, now + self._keep_s)

    def look(self, key: str) -> Posted | None:
        """Give a text without using it, for a day also one that has ended; None where there is none."""
        if not _KEY.fullmatch(key):
            return None
        path = self._path(key)
        try:
            used = path.stat().st_mtime
            created, _, text = path.read_bytes().partition(b"\n")
            return Posted(key, text, float(created), used, used + self._keep_s)
        except FileNotFoundError:
            return None
        except ValueError:
            _log.warning("%s is damaged and is not used.", path)
            return None

    def all(self) -> list[Posted]:
        """Give the texts that have not ended, the latest first, without using them."""
        now = self._clock()
        found = [self.look(path.stem) for path in self._folder.glob(f"*{_SUFFIX}")]
        there = [one for one in found if one is not None and one.expires > now]
        return sorted(there, key=lambda one: (-one.created, one.key))

    def is_over(self, one: Posted) -> bool:
        """Tell whether a text has ended."""
        return one.expires <= self._clock()

    def remove(self, key: str) -> None:
        """Keep a text no longer."""
        if _KEY.fullmatch(key):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _tidy(self, now: float) -> None:
        """Remove what ended long ago or was never finished, and those unused for longest beyond the bound."""
        ages: list[tuple[float, Path]] = []
        for path in self._folder.iterdir():
            with suppress(FileNotFoundError):  # another process is tidying too
                ages.append((now - path.stat().st_mtime, path))
        ages.sort(key=lambda one: (one[0], one[1].name))
        there = [path for age, path in ages if path.suffix == _SUFFIX and age < self._keep_s]
        old = [path for age, path in ages if age > self._keep_s + REMEMBERED_S]
        ended = [path for age, path in ages if path.suffix == _SUFFIX and path not in there]
        for path in {*there[self._most :], *ended[self._most :], *old}:
            path.unlink(missing_ok=True)


def open_posted(settings: Settings, name: str, what: str = POSTED_FOLDER) -> PostedTexts:
    """Give the texts of a region in the cache folder; among the temporary files where that cannot be used."""
    folder = settings.cache / f"{what}-{name}"
    try:
        make_ours(folder.parent)
        make_ours(folder)
    except (CacheError, OSError) as error:
        folder = private_temporary(f"geoservice-{folder.name}-{os.environ.get('USER', 'cache')}")
        _log.warning("%s; what is posted is kept in %s.", error, folder)
    return PostedTexts(folder, settings.analyses_keep_s, settings.analyses)
