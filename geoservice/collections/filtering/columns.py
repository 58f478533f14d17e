"""The columns of a collection as filters and sorting see them: one kind of value each, and where it is missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Kind = Literal["number", "string", "boolean", "date", "timestamp", "interval", "geometry", "array"]
Mask = npt.NDArray[np.bool_]

DAY_US = 86_400_000_000
EVER_US = 2**62
"""A moment beyond all others, in microseconds since 1970, for intervals that are open."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """Texts by their place in a list of different ones: what is done to them is done to each once."""

    codes: npt.NDArray[np.intp]
    words: npt.NDArray[np.object_]

    def take(self, found: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Spread what was found for each word over all values; a missing one has that of any word."""
        if not len(found):
            return np.zeros(self.codes.shape, dtype=found.dtype)
        return np.asarray(found[self.codes])

    def map(self, change: Callable[[str], str]) -> Texts:
        """Change every word."""
        return Texts(self.codes, as_objects([change(word) for word in self.words]))

    @property
    def values(self) -> npt.NDArray[np.object_]:
        """Every value; a missing one is any word, or empty where there is none."""
        return self.take(self.words) if len(self.words) else np.full(self.codes.shape, "", dtype=object)


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Values of one kind, for every feature or one for all, and where they are missing.

    Numbers are floats; dates and timestamps are microseconds since 1970 (UTC), intervals two of them.
    """

    kind: Kind
    values: Any
    null: Mask | np.bool_


def as_objects(values: list[Any]) -> npt.NDArray[np.object_]:
    """Put values into an array of objects, of one dimension whatever they are."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def microseconds(moment: dt.date) -> int:
    """Count the microseconds from 1970 to a moment, or to the begin of a day, in UTC."""
    if isinstance(moment, dt.datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return round((aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1))
    return (moment - dt.date(1970, 1, 1)).days * DAY_US


def moments(values: pd.Series) -> tuple[npt.NDArray[np.int64], Mask]:
    """Give dates or timestamps in microseconds since 1970, and where they are missing."""
    null = values.isna().to_numpy()
    found = np.zeros(len(values), dtype=np.int64)
    found[~null] = [microseconds(value) for value in values[~null]]
    return found, null


class Columns:
    """The columns of a frame by name, each made when it is first asked for; `types` are (JSON type, format)."""

    def __init__(
        self, frame: pd.DataFrame, ids: tuple[str, ...], types: Mapping[str, tuple[str, str | None]], id_name: str
    ) -> None:
        self._frame = frame
        self._ids = ids
        self._types = types
        self._id_name = id_name
        self._made: dict[str, Column] = {}

    def __len__(self) -> int:
        return len(self._frame)

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Column:
        if name == self._id_name:
            return Column("string", Texts(np.arange(len(self)), as_objects(list(self._ids))), np.zeros(len(self), bool))
        type_, format_ = self._types[name]
        values = self._frame[name]
        if format_ in ("date", "date-time"):
            found, null = moments(values)
            return Column("date" if format_ == "date" else "timestamp", found, null)
        if type_ in ("number", "integer"):
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            return Column("number", numbers, ~np.isfinite(numbers))
        if type_ == "boolean":
            return Column("boolean", values.fillna(value=False).to_numpy(dtype=bool), values.isna().to_numpy())
        codes, words = pd.factorize(values)
        return Column("string", Texts(codes, as_objects([str(word) for word in words])), codes < 0)
