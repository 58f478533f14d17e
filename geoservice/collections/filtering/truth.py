"""The three truths of a condition: true, false and not known; and how columns are compared in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geoservice.collections.filtering import temporal
from geoservice.collections.filtering.columns import Column, Mask, Texts, as_objects
from geoservice.errors import Unfit, message

Compare = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where a condition is true, and where nobody knows."""

    true: Mask | np.bool_
    unknown: Mask | np.bool_

    @property
    def false(self) -> Mask | np.bool_:
        """Where it is known not to be true."""
        return ~(self.true | self.unknown)

    @classmethod
    def where(cls, found: Any, missing: Any) -> Truth:
        """Make a truth that is not known where something is missing."""
        return cls(found & ~missing, missing)


def both(left: Truth, right: Truth) -> Truth:
    """Tell where two conditions are true."""
    true = left.true & right.true
    return Truth(true, ~(true | left.false | right.false))


def either(left: Truth, right: Truth) -> Truth:
    """Tell where one of two conditions is true, or both are."""
    true = left.true | right.true
    return Truth(true, ~true & (left.unknown | right.unknown))


def among(column: Column, wanted: list[Any]) -> Truth:
    """Tell which values of a column are among literals of its kind, in one pass."""
    if column.kind != "string":
        return Truth.where(np.isin(column.values, wanted), column.null)
    different = set(wanted)
    found = np.array([word in different for word in column.values.words], dtype=bool)
    return Truth.where(column.values.take(found), column.null)


def compared(compare: Compare, left: Column, right: Column) -> Truth:
    """Compare two columns of one kind."""
    null = left.null | right.null
    temporal_kinds = {left.kind, right.kind} <= {"date", "timestamp"}
    if (left.kind != right.kind and not temporal_kinds) or left.kind == "interval":
        told = {"first": left.kind, "second": right.kind}
        raise Unfit(message("values of one kind on both sides, not a %(first)s and a %(second)s"), told)
    if left.kind == "string":
        return Truth.where(_texts_compared(compare, left.values, right.values), null)
    if temporal_kinds and left.kind != right.kind:
        return Truth.where(_moments_compared(compare, left, right), null)
    return Truth.where(compare(left.values, right.values), null)


def _texts_compared(compare: Compare, left: Texts, right: Texts) -> Mask:
    if not np.ndim(right.codes):
        return left.take(_all_compared(compare, left.words, right.words[0]))
    if not np.ndim(left.codes):
        return right.take(_all_compared(compare, as_objects([left.words[0]] * len(right.words)), right.words))
    return _all_compared(compare, left.values, right.values)


def _all_compared(compare: Compare, left: npt.NDArray[np.object_], right: Any) -> Mask:
    return np.asarray(compare(left, right), dtype=bool)


def _moments_compared(compare: Compare, left: Column, right: Column) -> Mask:
    """Compare a day with a moment: a moment within the day is equal to it."""
    start, end = temporal.bounds(left, whole_days=True)
    begin, finish = temporal.bounds(right, whole_days=True)
    sign = np.where(end < begin, -1, np.where(start > finish, 1, 0))
    return np.asarray(compare(sign, 0), dtype=bool)
