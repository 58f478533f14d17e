"""The attributes of a collection's features as vector tiles hold them: keys, values as bytes, and who has which."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoservice.collections import Collection, Outline
from geoservice.formats.geojson import plain

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

ID = "id"
COUNT = "point_count"
"""How many features one stands for, where it stands for those around it too."""
_LARGEST_ID = 2**53
"""Feature ids from here on would lose digits in JavaScript."""
_SHORT = 0x7E
"""The sizes of shorter texts, and of what is around them, are single bytes."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of n features: the k keys in order, the last two being the id and the count.

    `value_of` (n, k - 1) numbers the value of each feature and key, -1 for none; value i is, as a field of the layer's
    message, `values[value_first[i]:value_first[i + 1]]`. `feature_id` (n,) is -1 where the id is no whole number.
    """

    keys: tuple[str, ...]
    value_of: Integers
    values: Bytes
    value_first: Integers
    feature_id: Integers

    @property
    def weight(self) -> int:
        """How many bytes this takes."""
        return self.value_of.nbytes + self.values.nbytes + self.value_first.nbytes + self.feature_id.nbytes


def own_key(wanted: str, taken: Iterable[str]) -> str:
    """Name a key of ours so that no key of the data has that name: with underscores at its end as need be."""
    names = set(taken)
    while wanted in names:
        wanted += "_"
    return wanted


def keys_of(collection: Outline) -> tuple[str, ...]:
    """List the keys that a collection's features have in tiles: those of its schema, its id and the count."""
    names = tuple(collection.schema)
    return (*names, own_key(ID, names), own_key(COUNT, names))


def prepare_attributes(collection: Collection) -> Attributes:
    """Write every value of a collection once, as it stands in a tile."""
    columns = [_numbered(collection.frame[name]) for name in collection.schema]
    columns.append((np.arange(len(collection.ids), dtype=np.int64), [_string(fid) for fid in collection.ids]))
    numbers: list[Integers] = []
    written: list[bytes] = []
    for numbered, values in columns:
        numbers.append(np.where(numbered < 0, -1, numbered + len(written)))
        written += values
    sizes = np.fromiter(map(len, written), np.int64, len(written))
    return Attributes(
        keys=keys_of(collection),
        value_of=np.ascontiguousarray(np.column_stack(numbers), dtype=np.int64),
        values=np.frombuffer(b"".join(written), np.uint8).copy(),
        value_first=np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]),
        feature_id=np.fromiter(map(_feature_id, collection.ids), np.int64, len(collection.ids)),
    )


def varint(number: int) -> bytes:
    """Write a whole number, not negative, in as few bytes as it needs (Protocol Buffers, base 128 varints)."""
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits in each byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number: int, body: bytes) -> bytes:
    """Write a field of a message whose body has a length (wire type 2)."""
    return varint(number << 3 | 2) + varint(len(body)) + body


def value_bytes(value: Any) -> bytes:
    """Write a text, a truth, a whole or another number as a field of the layer (Mapbox Vector Tile 2.1, clause 4.4)."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        body = b"\x38" + varint(value)
    elif isinstance(value, int) and 0 <= value < 2**64:
        body = b"\x28" + varint(value)
    elif isinstance(value, int) and -(2**63) <= value < 0:
        body = b"\x30" + varint(-2 * value - 1)
    else:
        body = b"\x19" + struct.pack("<d", value)
    return field(4, body)


def _string(text: str) -> bytes:
    body = text.encode("utf-8", "replace")
    size = len(body)
    return bytes((0x22, size + 2, 0x0A, size)) + body if size < _SHORT else field(4, field(1, body))


def _numbered(column: pd.Series[Any]) -> tuple[Integers, Sequence[bytes]]:
    """Give for each row of a column the number of its value, -1 for none, and the different values as bytes."""
    if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) not in ("string", "empty"):
        return _numbered_one_by_one(column)
    numbered, unique = pd.factorize(column)
    values = [plain(value) for value in unique]
    numbered = np.where(np.array([v is None for v in values] + [True])[numbered], -1, numbered)
    return numbered.astype(np.int64), [b"" if value is None else value_bytes(value) for value in values]


def _numbered_one_by_one(column: pd.Series[Any]) -> tuple[Integers, Sequence[bytes]]:
    """Do so where values are of several types, of which some are equal and yet not the same, as 1, 1.0 and true."""
    known: dict[tuple[type, Any], int] = {}
    numbered = np.full(len(column), -1, np.int64)
    for row, value in enumerate(column):
        ready = None if pd.api.types.is_scalar(value) and pd.isna(value) else plain(value)
        if ready is not None:
            numbered[row] = known.setdefault((type(ready), ready), len(known))
    return numbered, [value_bytes(value) for _, value in known]


def _feature_id(fid: str) -> int:
    """Read an id that is a whole number written plainly; -1 for any other."""
    whole = fid.isascii() and fid.isdigit() and (fid == "0" or not fid.startswith("0"))
    return int(fid) if whole and int(fid) < _LARGEST_ID else -1
