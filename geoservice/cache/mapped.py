"""Pieces of bytes in files that processes map into memory, so that however many of them share one copy.

Nothing in the files is needed: whatever goes wrong with them is said once on the log, and the pieces stay in memory.
"""

from __future__ import annotations

import hashlib
import logging
import mmap
import os
import re
import struct
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geoservice.cache.disk import MB
from geoservice.cache.folder import make_ours
from geoservice.cache.room import BEGUN, cleared, make_room, sizes_in
from geoservice.errors import CacheError
from geoservice.settings import Settings

FEATURES_FOLDER = "features"
"""The folder within the cache folder."""
SMALL_BYTES = 1_000_000
"""What is smaller is not worth a file."""

_MAGIC = b"pieces1\n"
_FOOTER = struct.Struct("<QQ32s")
_ALIGN = 8
_SEPARATOR = b","
_SUFFIX = ".pieces"
_KEY = re.compile(r"[0-9a-f]{16,128}")

Batches = Iterable[list[bytes]]
Offsets = npt.NDArray[np.int64]

_log = logging.getLogger("geoservice")


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of bytes one after another with a comma after each: piece i is `text[offsets[i] : offsets[i + 1] - 1]`.

    `text` is in memory, or a file mapped for reading.
    """

    text: bytes | mmap.mmap
    offsets: Offsets


class MappedFiles:
    """Pieces by key in a folder, at most `bound_bytes` of them; files opened longest ago go first.

    Neither `folder` nor the one around it may be open to others. Safe for threads and processes, also while one is
    killed: a file takes its name when it is whole, and a digest tells damage.
    """

    def __init__(self, folder: Path, bound_bytes: int) -> None:
        self.folder = folder
        self.bound_bytes = bound_bytes
        self._told: set[str] = set()

    def get(self, key: str, batches: Callable[[], Batches]) -> Pieces:
        """Give the pieces of a key, made of `batches` where there are none; few stay in memory and have no file.

        Raises ValueError for a key that is not hexadecimal digits.
        """
        if not _KEY.fullmatch(key):
            msg = f"a key is 16 to 128 hexadecimal digits, not {key!r}"
            raise ValueError(msg)
        try:
            make_ours(self.folder.parent)
            make_ours(self.folder)
            path = self.folder / f"{key}{_SUFFIX}"
            return self._opened(path) or self._made(path, batches())
        except (CacheError, OSError) as error:
            self._tell_once("folder", f"Cannot use the cache in {self.folder}: {error}. The service goes on without.")
            return joined(batches())

    def sizes(self) -> dict[Path, int]:
        """Give the files that are whole with their bytes; raises OSError where the folder cannot be read."""
        return sizes_in(self.folder, _is_whole)

    def clear(self) -> dict[Path, int]:
        """Remove all files, also while others read them, and give those removed; raises OSError."""
        return cleared(self.folder, _is_whole)

    def _opened(self, path: Path) -> Pieces | None:
        """Map a file and note that it was used; None where there is none that is whole."""
        try:
            with path.open("rb") as file:
                found = _sound(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except FileNotFoundError:
            return None
        except ValueError:  # it is empty
            found = None
        if found is None:
            self._tell_once("damaged", f"{path} is damaged and is written anew.")
            return None
        with suppress(OSError):
            os.utime(path)
        return found

    def _made(self, path: Path, batches: Batches) -> Pieces:
        """Write pieces aside and give them their name, unless they are few; the first of several processes wins."""
        begun: list[list[bytes]] = []
        size, rest = 0, iter(batches)
        for batch in rest:
            begun.append(batch)
            size += sum(map(len, batch))
            if size > SMALL_BYTES:
                break
        else:
            return joined(begun)
        handle, name = tempfile.mkstemp(prefix=BEGUN, dir=self.folder)
        aside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                _write(file.write, chain(begun, rest))
            found = self._opened(path)  # where another process was quicker, its file is shared
            if found is None:
                aside.replace(path)
                found = self._opened(path)
        finally:
            aside.unlink(missing_ok=True)
        make_room(self.folder, self.bound_bytes, _is_whole, lambda one: one == path)
        if found is None:
            raise CacheError(f"{path} was damaged while it was written")
        return found

    def _tell_once(self, what: str, message: str) -> None:
        if what not in self._told:
            self._told.add(what)
            _log.warning("%s", message)


def open_mapped(settings: Settings) -> MappedFiles | None:
    """Give the folder of files that the settings name; None where they switch it off. Nothing is read yet."""
    if settings.features_mb == 0:
        return None
    return MappedFiles(settings.cache / FEATURES_FOLDER, settings.features_mb * MB)


def joined(batches: Batches) -> Pieces:
    """Keep pieces in memory."""
    text: list[bytes] = []
    lengths: list[int] = []
    for batch in batches:
        lengths += map(len, batch)
        text += [piece + _SEPARATOR for piece in batch]
    return Pieces(b"".join(text), _offsets(lengths))


def _offsets(lengths: list[int], first: int = 0) -> Offsets:
    offsets = np.full(len(lengths) + 1, first, dtype="<i8")
    offsets[1:] += np.cumsum(np.asarray(lengths, dtype=np.int64) + len(_SEPARATOR))
    return offsets


def _is_whole(path: Path) -> bool:
    return path.suffix == _SUFFIX


def _write(write: Callable[[bytes], object], batches: Batches) -> None:
    """Write the pieces, where they begin, how many they are, where the last ends, and a digest of all that."""
    digest = hashlib.sha256()

    def put(content: bytes) -> None:
        digest.update(content)
        write(content)

    put(_MAGIC)
    lengths: list[int] = []
    for batch in batches:
        lengths += map(len, batch)
        put(_SEPARATOR.join([*batch, b""]))
    offsets = _offsets(lengths, len(_MAGIC))
    end = int(offsets[-1])
    put(b"\0" * (-end % _ALIGN))
    put(offsets.tobytes())
    counts = (len(lengths), end)
    digest.update(_FOOTER.pack(*counts, b""))
    write(_FOOTER.pack(*counts, digest.digest()))


def _sound(mapped: mmap.mmap) -> Pieces | None:
    """Give the pieces in a file; None if any byte of it is not as it was written."""
    if len(mapped) < len(_MAGIC) + _FOOTER.size or mapped[: len(_MAGIC)] != _MAGIC:
        return None
    footer = len(mapped) - _FOOTER.size
    count, end, wanted = _FOOTER.unpack(mapped[footer:])
    first = end + -end % _ALIGN
    if first + _ALIGN * (count + 1) != footer:
        return None
    with memoryview(mapped) as view, view[:footer] as content:
        digest = hashlib.sha256(content)
    digest.update(_FOOTER.pack(count, end, b""))
    if digest.digest() != wanted:
        return None
    return Pieces(mapped, np.frombuffer(mapped, dtype="<i8", count=count + 1, offset=first))
