"""Bytes kept on the disk between runs, in one SQLite file that any number of processes may use at the same time.

Nothing in it is needed: whatever goes wrong with it is said once on the log, and the service computes instead.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from geoservice.cache.folder import make_ours
from geoservice.errors import CacheError
from geoservice.settings import Settings

FORMAT = 1
"""The format of the file, in its user_version; a file of an older one is replaced."""
WAIT_S = 5.0
"""How long to wait for another process that writes."""
TOUCH_AFTER_S = 60.0
"""An entry that was used less than this ago is not marked as used again, so that reading seldom writes."""
MOST_BYTES = 900_000_000
"""The largest single entry: SQLite holds no more than 10⁹ bytes in a row."""
MB = 1_000_000
ANSWERS_FOLDER = "answers"
"""The folder within the cache folder."""

_NAME = re.compile(r"kept-(\d+)\.sqlite")
_AT_ONCE = 500
_PAGE_BYTES = 4096
_ROW_BYTES = 512
_UNUSABLE = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# The values lie apart, so that marking an entry as used does not write its value again.
_SCHEMA = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, key TEXT NOT NULL, used REAL NOT NULL, digest BLOB NOT NULL,
    UNIQUE (namespace, key)
);
CREATE INDEX entry_used ON entry (used);
CREATE TABLE content (id INTEGER PRIMARY KEY REFERENCES entry ON DELETE CASCADE, value BLOB NOT NULL);
"""

_log = logging.getLogger("geoservice")


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of one namespace: how many, their bytes, and when the one unused for longest was used (Unix time)."""

    namespace: str
    count: int
    bytes: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Usage:
    """What a cache holds: its bytes on the disk, how many it may take, and the entries by namespace."""

    bytes: int
    bound_bytes: int
    entries: tuple[Entries, ...]


@dataclass(frozen=True, slots=True)
class Freed:
    """What was removed: how many entries, and the bytes that the disk has back."""

    entries: int
    bytes: int


class _UnusableFileError(Exception):
    """The file cannot be used by this version, and another is to take its place."""


class DiskCache:
    """Bytes by namespace and key, at most `bound_bytes` of them on the disk; those unused for longest go first.

    Keys are texts without NUL. Neither `folder` nor the one around it may be open to others.

    Safe for threads and processes, also while one is killed: SQLite's journal undoes what was half written, and a
    digest with each value tells damage. A failure to read is as if nothing were there, and what cannot be
    written is not kept. Write-ahead logging would let readers pass writers, but needs memory that machines on a network
    folder cannot share.
    """

    def __init__(self, folder: Path, bound_bytes: int, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.bound_bytes = bound_bytes
        self._clock = clock
        self._told: set[str] = set()

    def get(self, namespace: str, key: str) -> bytes | None:
        """Give one value; None where there is none."""
        return self.get_many(namespace, [key]).get(key)

    def get_many(self, namespace: str, keys: Iterable[str]) -> dict[str, bytes]:
        """Give the values of those keys that are there, and mark them as used."""
        found: dict[str, bytes] = {}
        with self._going_on_without("read"), self._connected() as connection:
            now = self._clock()
            stale: list[int] = []
            damaged: list[int] = []
            rows = connection.execute(
                "SELECT id, key, digest, value, used < ? FROM entry LEFT JOIN content USING (id) "
                "WHERE namespace = ? AND key IN (SELECT value FROM json_each(?))",
                (now - TOUCH_AFTER_S, namespace, json.dumps(list(keys))),
            )
            for row, key, digest, value, is_stale in rows:
                if not isinstance(value, bytes) or digest != _digest(namespace, key, value):
                    damaged.append(row)
                    continue
                found[key] = value
                if is_stale:
                    stale.append(row)
            if damaged:
                self._tell_once("damaged", f"{self.folder}: what was kept is damaged in places and is computed anew.")
                with (
                    suppress(sqlite3.OperationalError),
                    _transaction(connection),
                ):  # one that cannot be written is told when it is written to
                    connection.executemany("DELETE FROM entry WHERE id = ?", [(row,) for row in damaged])
            self._mark_used(connection, stale, now)
        return found

    def put(self, namespace: str, key: str, value: bytes) -> None:
        """Keep one value; those unused for longest make room for it."""
        self.put_many(namespace, {key: value})

    def put_many(self, namespace: str, items: Mapping[str, bytes]) -> None:
        """Keep values, all of them or none; those unused for longest make room for them."""
        need = _pages_needed(items.values()) * _PAGE_BYTES
        if need > self.bound_bytes or any(len(value) > MOST_BYTES for value in items.values()):
            size_mb = sum(map(len, items.values())) / MB
            self._tell_once(
                "size",
                f"{size_mb:,.1f} MB are too much for the cache of {self.bound_bytes / MB:,.0f} MB and are not kept. "
                "GEOSERVICE_CACHE_MB sets its size.",
            )
            return
        with self._going_on_without("write"), self._connected() as connection:
            with _transaction(connection):
                _make_room(connection, self.bound_bytes - need)
                now = self._clock()
                for key, value in items.items():
                    connection.execute("DELETE FROM entry WHERE namespace = ? AND key = ?", (namespace, key))
                    row = connection.execute(
                        "INSERT INTO entry (namespace, key, used, digest) VALUES (?, ?, ?, ?)",
                        (namespace, key, now, _digest(namespace, key, value)),
                    ).lastrowid
                    connection.execute("INSERT INTO content VALUES (?, ?)", (row, value))
            if _file_bytes(connection) > self.bound_bytes:
                _give_back(connection)

    def usage(self) -> Usage:
        """Tell what is kept and how much of the disk it takes; raises CacheError."""
        with self._or_cache_error():
            if not self._files():
                return Usage(0, self.bound_bytes, ())
            with self._connected() as connection:
                rows = connection.execute(
                    "SELECT namespace, count(*), coalesce(sum(length(value)), 0), CAST(min(used) AS REAL) "
                    "FROM entry LEFT JOIN content USING (id) GROUP BY namespace ORDER BY namespace"
                ).fetchall()
            return Usage(self._bytes_on_disk(), self.bound_bytes, tuple(Entries(*row) for row in rows))

    def clear(self) -> Freed:
        """Remove everything that is kept, also while others use it; raises CacheError."""
        with self._or_cache_error():
            before, entries = self._bytes_on_disk(), 0
            if self._files():
                with suppress(_UnusableFileError), self._connected() as connection:
                    with _transaction(connection):
                        connection.execute("DELETE FROM content")
                        entries = connection.execute("DELETE FROM entry").rowcount
                    _give_back(connection)
                for _, path in sorted(self._files().items())[:-1]:
                    _remove(path)
            return Freed(entries, before - self._bytes_on_disk())

    def _files(self) -> dict[int, Path]:
        """Give the files by number; the highest is the one in use."""
        try:
            names = [path.name for path in self.folder.iterdir()]
        except FileNotFoundError:
            return {}
        return {int(match[1]): self.folder / name for name in names if (match := _NAME.fullmatch(name))}

    def _bytes_on_disk(self) -> int:
        total = 0
        for path in self._files().values():
            with suppress(FileNotFoundError):  # another process has replaced it just now
                total += path.stat().st_size
        return total

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one operation; a file that cannot be used any more is replaced by an empty one."""
        make_ours(self.folder.parent)
        make_ours(self.folder)
        number, path = max(self._files().items(), default=(1, self.folder / "kept-1.sqlite"))
        try:
            with closing(sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)) as connection:
                connection.text_factory = _lenient
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA synchronous = NORMAL")
                _require_format(connection)
                connection.execute(f"PRAGMA max_page_count = {max(1, self.bound_bytes // _PAGE_BYTES)}")
                yield connection
        except (sqlite3.DatabaseError, _UnusableFileError) as error:
            if isinstance(error, sqlite3.DatabaseError) and _code(error) not in _UNUSABLE:
                raise
            self._tell_once("unusable", f"{path}: cannot be used ({error}); what was kept is computed anew.")
            # A file in use must not be replaced under its name: its journal would be taken for the new one's.
            (self.folder / f"kept-{number + 1}.sqlite").touch(mode=0o600)
            _remove(path)
            raise _UnusableFileError(str(error)) from error

    @contextmanager
    def _going_on_without(self, doing: str) -> Iterator[None]:
        """Say once what stands in the way, and let the caller go on as if nothing were kept."""
        try:
            yield
        except _UnusableFileError:
            pass  # said, and replaced by an empty file
        except (CacheError, OSError, sqlite3.Error) as error:
            self._tell_once(doing, f"Cannot {doing} the cache in {self.folder}: {error}. The service goes on without.")

    @contextmanager
    def _or_cache_error(self) -> Iterator[None]:
        try:
            yield
        except _UnusableFileError as error:
            raise CacheError(f"The cache in {self.folder} was damaged ({error}) and has begun anew.") from error
        except (CacheError, OSError, sqlite3.Error) as error:
            raise CacheError(f"The cache in {self.folder} cannot be used: {error}.") from error

    def _mark_used(self, connection: sqlite3.Connection, rows: list[int], now: float) -> None:
        """Note when entries were used; without, where another process is writing or the folder is read-only."""
        if rows:
            connection.execute("PRAGMA busy_timeout = 0")
            with suppress(sqlite3.OperationalError), _transaction(connection):
                connection.executemany("UPDATE entry SET used = ? WHERE id = ?", [(now, row) for row in rows])

    def _tell_once(self, what: str, message: str) -> None:
        if what not in self._told:
            self._told.add(what)
            _log.warning("%s", message)


def open_cache(settings: Settings) -> DiskCache | None:
    """Give the cache that the settings name; None where they switch it off. Nothing is read or written yet."""
    if settings.cache_mb == 0:
        return None
    return DiskCache(settings.cache / ANSWERS_FOLDER, settings.cache_mb * MB)


def _require_format(connection: sqlite3.Connection) -> None:
    """Make the tables in an empty file; raise where a file is of another format."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == FORMAT:
        return
    if version > FORMAT:
        raise CacheError("A newer version of the service made it")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
    with _transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version == FORMAT:
            return  # another process was quicker
        if tables:
            raise _UnusableFileError(f"it is of the older format {version}")
        for statement in filter(str.strip, _SCHEMA.split(";")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {FORMAT}")


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do all or nothing; closing the connection undoes what an error leaves open."""
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("COMMIT")


def _make_room(connection: sqlite3.Connection, most_bytes: int) -> None:
    """Remove the entries unused for longest until no more than so many bytes are in use."""
    while (excess := _used_bytes(connection) - most_bytes) > 0:
        oldest = connection.execute(
            "SELECT id, coalesce(length(value), 0) FROM entry LEFT JOIN content USING (id) ORDER BY used, id LIMIT ?",
            (_AT_ONCE,),
        ).fetchall()
        if not oldest:
            return
        for row, size in oldest:
            connection.execute("DELETE FROM entry WHERE id = ?", (row,))
            excess -= size
            if excess <= 0:
                break


def _give_back(connection: sqlite3.Connection) -> None:
    """Make the file as small as what is in it; as a script, since only that goes on to the last page."""
    connection.executescript("PRAGMA incremental_vacuum")


def _used_bytes(connection: sqlite3.Connection) -> int:
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return _file_bytes(connection) - int(free) * _PAGE_BYTES


def _file_bytes(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    return int(pages) * _PAGE_BYTES


def _pages_needed(values: Iterable[bytes]) -> int:
    """Give a number of pages that is certainly enough: a page may be left half empty, and pages list pages."""
    total = sum(len(value) + min(len(value), _PAGE_BYTES) + _ROW_BYTES for value in values)
    return int(total * 1.02) // _PAGE_BYTES + 16


def _digest(namespace: str, key: str, value: bytes) -> bytes:
    digest = hashlib.sha256(f"{namespace}\0{key}\0".encode(errors="replace"))
    digest.update(value)
    return digest.digest()


def _code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_INTERNAL) & 0xFF


def _lenient(text: bytes) -> str:
    return text.decode(errors="replace")


def _remove(path: Path) -> None:
    with suppress(OSError):  # on Windows a file in use stays; `clear` takes it later
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
