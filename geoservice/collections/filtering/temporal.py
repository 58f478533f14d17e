"""Moments and intervals of time, and how they lie to each other (OGC 21-065r2, 7.8)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoservice.collections.filtering.columns import DAY_US, EVER_US, Column, Mask, microseconds
from geoservice.errors import Unfit, message

Moments = npt.NDArray[np.int64]
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Interval:
    """From one moment to another, both included, in microseconds since 1970 (UTC)."""

    start: int
    end: int

    def meets(self, other: Interval) -> bool:
        """Tell whether the two have a moment in common."""
        return self.start <= other.end and self.end >= other.start


def interval_of_days(first: dt.date, last_day: dt.date) -> Interval:
    """Make the interval of whole days, both included."""
    return Interval(microseconds(first), microseconds(last_day) + DAY_US - 1)


def parse_date(text: str) -> int:
    """Read a day such as 2026-01-31 as the moment it begins; raises ValueError."""
    if not _DATE.fullmatch(text):
        raise Unfit(message("'%(text)s' is no day such as 2026-01-31"), {"text": text[:40]})
    return microseconds(dt.date.fromisoformat(text))


def parse_timestamp(text: str) -> int:
    """Read a moment such as 2026-01-31T12:00:00Z (RFC 3339); raises ValueError."""
    if not _TIMESTAMP.fullmatch(text):
        raise Unfit(message("'%(text)s' is no moment such as 2026-01-31T12:00:00Z"), {"text": text[:40]})
    whole, _, fraction = text.upper().partition(".")
    zone = re.search(r"(Z|[+-]\d\d:\d\d)$", text.upper())
    digits = re.match(r"\d+", fraction)
    base = whole if digits is None else whole + (zone.group() if zone else "")
    try:
        moment = microseconds(dt.datetime.fromisoformat(base))
    except OverflowError as error:
        raise Unfit(message("'%(text)s' lies beyond all years"), {"text": text[:40]}) from error
    return moment + (int(digits.group()[:6].ljust(6, "0")) if digits else 0)


def parse_datetime(text: str) -> Interval:
    """Read the parameter datetime: a day, a moment, or an interval that may be open; raises ValueError."""
    parts = text.split("/")
    if len(parts) == 1:
        return Interval(*_span(text))
    if len(parts) != 2:  # noqa: PLR2004 - a start and an end
        raise Unfit(message("an interval has a start and an end"))
    begin, finish = ("" if part == ".." else part for part in parts)
    start = _span(begin)[0] if begin else -EVER_US
    end = _span(finish)[1] if finish else EVER_US
    if start > end:
        raise Unfit(message("the start is after the end"))
    return Interval(start, end)


def _span(text: str) -> tuple[int, int]:
    if _DATE.fullmatch(text):
        start = parse_date(text)
        return start, start + DAY_US - 1
    moment = parse_timestamp(text)
    return moment, moment


def last(column: Column) -> Moments:
    """Give the last moment of a day, or a moment as it is."""
    found: Moments = column.values + (DAY_US - 1 if column.kind == "date" else 0)
    return found


def bounds(column: Column, *, whole_days: bool) -> tuple[Moments, Moments]:
    """Give the first and last moments of a column; days last until their end where they stand beside timestamps."""
    start, end = column.values if column.kind == "interval" else (column, column)
    return start.values, last(end) if whole_days else end.values


def _is_dated(column: Column) -> bool:
    parts = column.values if column.kind == "interval" else (column,)
    return all(part.kind == "date" for part in parts)


_Relation = Callable[[Moments, Moments, Moments, Moments], Mask]
RELATIONS: Mapping[str, _Relation] = {
    "t_after": lambda s, _e, _t, f: s > f,
    "t_before": lambda _s, e, t, _f: e < t,
    "t_contains": lambda s, e, t, f: (s < t) & (e > f),
    "t_disjoint": lambda s, e, t, f: (e < t) | (s > f),
    "t_during": lambda s, e, t, f: (s > t) & (e < f),
    "t_equals": lambda s, e, t, f: (s == t) & (e == f),
    "t_finishedby": lambda s, e, t, f: (s < t) & (e == f),
    "t_finishes": lambda s, e, t, f: (s > t) & (e == f),
    "t_intersects": lambda s, e, t, f: (s <= f) & (e >= t),
    "t_meets": lambda _s, e, t, _f: e == t,
    "t_metby": lambda s, _e, _t, f: s == f,
    "t_overlappedby": lambda s, e, t, f: (s > t) & (s < f) & (e > f),
    "t_overlaps": lambda s, e, t, f: (s < t) & (e > t) & (e < f),
    "t_startedby": lambda s, e, t, f: (s == t) & (e > f),
    "t_starts": lambda s, e, t, f: (s == t) & (e < f),
}
"""The relations of two intervals (s, e) and (t, f)."""


def related(relation: str, left: Column, right: Column) -> Mask:
    """Tell where a relation holds; missing values are not looked at."""
    mixed = not (_is_dated(left) and _is_dated(right))
    return RELATIONS[relation](*bounds(left, whole_days=mixed), *bounds(right, whole_days=mixed))
