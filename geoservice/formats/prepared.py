"""A collection's features written once as GeoJSON, so that a page of them is a copy of bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from os import cpu_count
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import orjson
import shapely

from geoservice.cache.frames import to_bytes
from geoservice.cache.mapped import MappedFiles, Pieces, joined
from geoservice.collections import Collection
from geoservice.formats.geojson import dumps, features, rounded
from geoservice.kept import Kept

Positions = Sequence[int] | npt.NDArray[np.intp]
Placed = Callable[[], gpd.GeoDataFrame]
"""Gives a collection's frame in the system that is wanted, its coordinates rounded as they are to be written."""

BATCH = 4_096
PIECE_BYTES = 1 << 20
"""How much of a large answer is sent at once."""
COMMA = b","
_FORMAT = f"1 {orjson.__version__} {shapely.__version__}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """All features of a collection as GeoJSON, in its order."""

    pieces: Pieces

    def __len__(self) -> int:
        return len(self.pieces.offsets) - 1

    def one(self, position: int) -> bytes:
        """Give one feature; raises IndexError for a position that there is not."""
        return self.page([position])

    def page(self, positions: Positions) -> bytes:
        """Give features by position with commas between them; raises IndexError for a position that there is not.

        Positions that follow one another are one slice.
        """
        chosen = self._checked(positions)
        if not len(chosen):
            return b""
        breaks = np.flatnonzero(np.diff(chosen) != 1)
        text, offsets = self.pieces.text, self.pieces.offsets
        if not len(breaks):
            return text[int(offsets[chosen[0]]) : int(offsets[chosen[-1] + 1]) - 1]
        firsts = offsets[chosen[np.concatenate([[0], breaks + 1])]].tolist()
        lasts = (offsets[chosen[np.concatenate([breaks, [-1]])] + 1] - 1).tolist()
        return COMMA.join([text[first:last] for first, last in zip(firsts, lasts, strict=True)])

    def stream(self, positions: Positions, before: bytes = b"", after: bytes = COMMA) -> Iterator[bytes]:
        """Give features by position about a megabyte at a time, with bytes before each and after each but the last.

        Raises IndexError for a position that there is not.
        """
        chosen = self._checked(positions)
        offsets = self.pieces.offsets
        size = np.cumsum(offsets[chosen + 1] - offsets[chosen])
        cuts = np.searchsorted(size, np.arange(PIECE_BYTES, size[-1] if len(size) else 0, PIECE_BYTES))
        for first, last in pairwise(np.unique([0, *cuts, len(chosen)]).tolist()):
            part = chosen[first:last]
            plain = not before and after == COMMA
            text = self.page(part) if plain else before + (after + before).join(self._each(part))
            yield text if last == len(chosen) else text + after

    def _each(self, chosen: npt.NDArray[np.intp]) -> Iterator[bytes]:
        text, offsets = self.pieces.text, self.pieces.offsets
        firsts, lasts = offsets[chosen].tolist(), (offsets[chosen + 1] - 1).tolist()
        return (text[first:last] for first, last in zip(firsts, lasts, strict=True))

    def _checked(self, positions: Positions) -> npt.NDArray[np.intp]:
        chosen = np.asarray(positions, dtype=np.intp)
        if len(chosen) and (chosen.min() < 0 or chosen.max() >= len(self)):
            msg = f"positions must lie within 0 and {len(self) - 1}"
            raise IndexError(msg)
        return chosen


class PreparedFeatures:
    """The written features of collections, `capacity` of them at hand; large ones lie in files that processes share.

    Without `files` each process keeps its own. Safe for threads.
    """

    def __init__(self, files: MappedFiles | None, capacity: int) -> None:
        self._files = files
        self._kept: Kept[tuple[Collection, str], Prepared] = Kept(capacity)

    def of(self, collection: Collection, system: str = "", placed: Placed | None = None) -> Prepared:
        """Give a collection's features in longitude and latitude; or in another system, whose name they are kept by.

        `placed` gives them in that system.
        """
        give = placed or (lambda: rounded(collection.frame))
        return self._kept.get((collection, system), lambda: Prepared(self._pieces(collection, system, give)))

    def _pieces(self, collection: Collection, system: str, placed: Placed) -> Pieces:
        key = None if self._files is None else content_key(collection, system)
        if self._files is None or key is None:
            return joined(write(collection, placed()))
        return self._files.get(key, lambda: write(collection, placed()))


def content_key(collection: Collection, system: str) -> str | None:
    """Hash all that the written features follow from; None for values that no file can be told by.

    The version alone would not do: pieces of gap by cell and by zone share it, and what an update of the service makes
    of a layer may differ.
    """
    said = [_FORMAT, collection.id, collection.version, system, list(collection.schema), collection.ids]
    digest = hashlib.sha256(json.dumps(said).encode())
    try:
        digest.update(to_bytes(collection.frame))
    except TypeError:
        return None
    return digest.hexdigest()


def write(collection: Collection, frame: gpd.GeoDataFrame) -> Iterator[list[bytes]]:
    """Write the rows of a frame as features of a collection, batch by batch, on threads."""
    names = list(collection.schema)

    def batch(first: int) -> list[bytes]:
        rows = slice(first, first + BATCH)
        return [dumps(one) for one in features(frame.iloc[rows], collection.ids[rows], names)]

    starts = range(0, len(frame), BATCH)
    with ThreadPoolExecutor(min(cpu_count() or 1, max(1, len(starts)))) as pool:
        yield from pool.map(batch, starts)


def one_feature(written: bytes, beside: Mapping[str, Any]) -> bytes:
    """Give a feature that is written already with other members beside its own."""
    return written[:-1] + b"," + dumps(beside)[1:] if beside else written


def feature_collection(head: Mapping[str, Any], written: Iterable[bytes]) -> Iterator[bytes]:
    """Give a document as bytes whose last member is `features`, written already, with commas between them."""
    yield dumps(head)[:-1] + b',"features":['
    yield from written
    yield b"]}"
