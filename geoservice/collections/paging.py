"""Paging by what was last seen: a cursor holds its sort keys and id, and so survives edits in between."""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass
from typing import Any

import orjson

from geoservice.errors import Unfit, message

_VERSION = 1
_CHECK_BYTES = 4
_MAX_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class SortKey:
    """One property to sort by, upwards or downwards; what is missing comes last either way."""

    name: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.name}" if self.descending else self.name


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins or, if not `forward`, where it ends.

    `ids` are those of the feature last seen and of the one beyond it; `keys` are the sort keys of the former, and
    `position` is its place in a collection that is not sorted: it counts only where both features are gone.
    """

    sortby: tuple[SortKey, ...]
    keys: tuple[Any, ...]
    ids: tuple[str, ...]
    position: int
    forward: bool = True

    def encode(self) -> str:
        """Write the cursor as text that is safe in an address."""
        content = [
            _VERSION,
            ",".join(map(str, self.sortby)),
            list(self.keys),
            list(self.ids),
            self.position,
            self.forward,
        ]
        body = orjson.dumps(content)
        check = zlib.crc32(body).to_bytes(_CHECK_BYTES, "big")
        return base64.urlsafe_b64encode(check + body).rstrip(b"=").decode("ascii")


def decode(text: str, sortby: tuple[SortKey, ...]) -> Cursor:
    """Read a cursor of a list sorted so; raises ValueError if it is damaged, or of another order."""
    damaged = message("a cursor as it stands in a link to the next page; this one is damaged")
    if len(text) > _MAX_LENGTH or not text.isascii():
        raise Unfit(damaged)
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        whole = zlib.crc32(raw[_CHECK_BYTES:]).to_bytes(_CHECK_BYTES, "big") == raw[:_CHECK_BYTES]
        version, order, keys, ids, position, forward = orjson.loads(raw[_CHECK_BYTES:])
    except (binascii.Error, orjson.JSONDecodeError, TypeError, ValueError) as error:
        raise Unfit(damaged) from error
    if not whole:
        raise Unfit(damaged)
    fit = (
        version == _VERSION
        and isinstance(keys, list)
        and len(keys) == len(sortby)
        and isinstance(ids, list)
        and 1 <= len(ids) <= 2  # noqa: PLR2004 - the one seen and the one beyond
        and all(isinstance(one, str) for one in ids)
        and isinstance(position, int)
        and isinstance(forward, bool)
    )
    if not fit or order != ",".join(map(str, sortby)):
        raise Unfit(message("a cursor as it stands in a link to the next page, with the same sortby"))
    return Cursor(sortby, tuple(keys), tuple(ids), position, forward)
