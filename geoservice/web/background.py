"""A raster background from a local MBTiles or PMTiles file on our own origin, or from one configured host."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from pmtiles.reader import MmapSource, Reader

from geoservice.errors import BackgroundError
from geoservice.settings import Settings

_SIGNATURES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"RIFF", "image/webp"),
)
LOCAL_ADDRESS = "background/{z}/{x}/{y}"


class TileFile(Protocol):
    """A file of raster tiles."""

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Give one tile, counted from the north-west as XYZ does; None where there is none."""


@dataclass(frozen=True)
class Background:
    """Where background tiles come from: a `file` of ours, or the `address` of a host that is then let through."""

    attribution: str
    file: TileFile | None = None
    address: str | None = None

    @property
    def origin(self) -> str | None:
        """The one foreign origin that pictures may come from."""
        if self.address is None:
            return None
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"


class MBTiles:
    """Tiles in an SQLite file, rows counted from the south."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(self._uri, uri=True)) as connection:
                connection.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise BackgroundError(f"{path.name} is not an MBTiles file: {error}.") from error

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Give one tile, or None."""
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            row = connection.execute(
                "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
                (z, x, (1 << z) - 1 - y),
            ).fetchone()
        return None if row is None else bytes(row[0])


class PMTiles:
    """Tiles in one PMTiles archive."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if not file.read(7).startswith(b"PMTiles"):
                raise BackgroundError(f"{path.name} is not a PMTiles file.")
            self._reader = Reader(MmapSource(file))

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Give one tile, or None."""
        found: bytes | None = self._reader.get(z, x, y)
        return found


def open_background(settings: Settings) -> Background | None:
    """Open the configured background; raises BackgroundError if it cannot be used."""
    configured = settings.background
    if configured is None:
        return None
    if configured.startswith(("http://", "https://")):
        if not all(part in configured for part in ("{z}", "{x}", "{y}")) or not urlsplit(configured).netloc:
            raise BackgroundError(
                f"The background address '{configured}' has no {{z}}, {{x}} and {{y}}.",
                advice="Write for example https://tiles.example.org/{z}/{x}/{y}.png.",
            )
        return Background(settings.background_attribution, address=configured)
    path = Path(configured)
    if not path.is_file():
        raise BackgroundError(
            f"There is no background file '{configured}'.", advice="Name an .mbtiles or .pmtiles file."
        )
    match path.suffix.lower():
        case ".mbtiles":
            return Background(settings.background_attribution, file=MBTiles(path))
        case ".pmtiles":
            return Background(settings.background_attribution, file=PMTiles(path))
    raise BackgroundError(f"'{configured}' is neither an .mbtiles nor a .pmtiles file.")


def media_type(tile: bytes) -> str:
    """Tell what picture a tile is by its first bytes."""
    return next((name for start, name in _SIGNATURES if tile.startswith(start)), "application/octet-stream")
