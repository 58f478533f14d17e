"""The order of a collection's features by some properties, the same whenever it is asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from geoservice.collections.filtering.columns import Column, Columns, Mask, Texts
from geoservice.collections.paging import Cursor, SortKey
from geoservice.errors import Unfit, message

Positions = npt.NDArray[np.intp]


def sorted_positions(columns: Columns, keys: tuple[SortKey, ...], id_name: str) -> Positions:
    """Give all positions in order; features that are equal in every key are in the order of their ids."""
    ranks = [_ranks(columns[key.name], descending=key.descending) for key in (*keys, SortKey(id_name))]
    return np.lexsort(ranks[::-1])


def key_values(columns: Columns, keys: tuple[SortKey, ...], position: int) -> tuple[Any, ...]:
    """Give the sort keys of one feature, as JSON has them."""
    return tuple(_value(columns[key.name], position) for key in keys)


def come_before(columns: Columns, cursor: Cursor, id_name: str) -> Mask:
    """Tell which features come before the one that a cursor names, or, for one that leads on, are that one."""
    before = np.zeros(len(columns), dtype=bool)
    equal = np.ones(len(columns), dtype=bool)
    for key, value in zip(cursor.sortby, cursor.keys, strict=True):
        column = columns[key.name]
        less, same = _beside(column, value, descending=key.descending)
        before |= equal & less
        equal &= same
    less, same = _beside(columns[id_name], cursor.ids[0], descending=False)
    return before | (equal & ((less | same) if cursor.forward else less))


def _plain(column: Column) -> npt.NDArray[Any]:
    return column.values.words if isinstance(column.values, Texts) else np.asarray(column.values)


def _ranks(column: Column, *, descending: bool) -> npt.NDArray[np.intp]:
    values = _plain(column)
    _, ranks = np.unique(values, return_inverse=True)
    if isinstance(column.values, Texts):
        ranks = column.values.take(ranks)
    ranks = -ranks if descending else ranks
    return np.where(column.null, len(values) + 1, ranks)


def _beside(column: Column, value: Any, *, descending: bool) -> tuple[Mask, Mask]:
    """Tell which values come before one, and which are equal to it; raises ValueError if it is of another kind."""
    null = np.asarray(column.null)
    if value is None:
        return ~null, null
    wanted = str if column.kind == "string" else bool if column.kind == "boolean" else (int, float)
    if not isinstance(value, wanted):
        raise Unfit(message("a cursor as it stands in a link; the property is of another kind now"))
    values = _plain(column)
    less = np.asarray(values > value if descending else values < value, dtype=bool)
    same = np.asarray(values == value, dtype=bool)
    if isinstance(column.values, Texts):
        less, same = column.values.take(less), column.values.take(same)
    return less & ~null, same & ~null


def _value(column: Column, position: int) -> Any:
    if np.asarray(column.null)[position]:
        return None
    if isinstance(column.values, Texts):
        return str(column.values.words[column.values.codes[position]])
    value: Any = column.values[position].item()
    return value
