"""Tables joined to zones: which row is which zone's, and the figures that zones get from them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from geoservice.catalog.layer import Layer
from geoservice.catalog.manifest import Attribute, Join
from geoservice.catalog.numbers import to_number
from geoservice.catalog.problems import Problem, Severity
from geoservice.catalog.region import ZoneSystem
from geoservice.catalog.zoning import plain_label

_GROUPED = re.compile(r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$")
"""A number whose thousands are set off by commas."""


@dataclass(frozen=True, eq=False)
class ZoneFigure:
    """One figure of every zone from a joined table: `values` by zone_id; a zone without a figure is not in it."""

    layer: str
    attribute: Attribute
    values: Mapping[str, float]

    @property
    def column(self) -> str:
        """The name of the figure in tables by zone."""
        return f"{self.layer}:{self.attribute.name}"

    @property
    def lowest(self) -> float:
        """The lowest figure of any zone; 0 where no zone has one."""
        return min(dict(self.values).values(), default=0)

    def of(self, zone_ids: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Give the figure of each zone; NaN where there is none."""
        return np.array([self.values.get(str(zone), np.nan) for zone in zone_ids], dtype=np.float64)


@dataclass(frozen=True, eq=False)
class JoinedTable:
    """A table whose rows were looked up: the layer without the rows of a zone that had one already, and its figures."""

    layer: Layer
    figures: tuple[ZoneFigure, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


def join_table(layer: Layer, system: ZoneSystem | None, zones: pd.DataFrame) -> JoinedTable:
    """Look up the zone of every row of a table that declares [join], and read its figures.

    `zones` has zone_id, name_en and name_zh. A row whose label names no zone is kept and not joined; the second row of
    one zone is set aside.
    """
    join = layer.manifest.join
    if join is None:
        return JoinedTable(layer)
    if system is None or zones.empty:
        what = "is not declared" if system is None else "has no zones to be had"
        reason = f"The zone system '{join.zone_system}' {what}: nothing is joined."
        return JoinedTable(layer, problems=(_found(layer, "unknown-zone-system", "join.zone_system", reason),))
    asked = layer.features[_meets(layer.features, join)]
    problems: list[Problem] = []
    if asked.empty and len(layer.features):
        reason = "No row meets the conditions: nothing is joined."
        problems.append(_found(layer, "no-rows", "join.where", reason))
    index = zone_index(zones, system, join)
    rows: dict[str, int] = {}
    twice: dict[int, str] = {}
    for row, label in zip(map(int, asked.index), asked["zone_label"], strict=True):
        zone = None if label is None else index.get(_alike(label, system, join))
        if label is None:
            reason = "The row names no zone: it is not joined."
            problems.append(_at_row(layer, row, "missing-label", join.column, reason))
        elif zone is None:
            reason = f"The label '{label}' names no zone of '{system.id}' by its {join.by}: the row is not joined."
            problems.append(_at_row(layer, row, "unknown-label", join.column, reason))
        elif zone in rows:
            twice[row] = f"The zone {zone} already has row {rows[zone]}."
            advice = "Take rows of one kind by [join] where, or leave one row a zone."
            error = _at_row(layer, row, "duplicate-zone", join.column, twice[row])
            problems.append(replace(error, severity=Severity.ERROR, advice=advice))
        else:
            rows[zone] = row
    names = dict(zip(zones["zone_id"], zones["name_en"], strict=True))
    problems.extend(
        _found(layer, "zone-without-row", join.column, f"{names[zone]} ({zone}) has no row: it has no figure.", zone)
        for zone in sorted(names.keys() - rows.keys())
    )
    kept = _without(layer, twice, join.column)
    figures = tuple(_figures(kept, rows, problems))
    return JoinedTable(kept, figures, tuple(problems))


def zone_index(zones: pd.DataFrame, system: ZoneSystem, join: Join) -> dict[str, str]:
    """Map every way to write a zone's code, or its names, to its id; what would mean two zones means none."""
    pairs = [
        (_alike(label, system, join), str(zone.zone_id))
        for zone in zones.itertuples()
        for label in ((zone.zone_id,) if join.by == "code" else (zone.name_en, zone.name_zh))
        if label is not None
    ]
    meant: dict[str, set[str]] = {}
    for label, zone_id in pairs:
        meant.setdefault(label, set()).add(zone_id)
    index = {label: next(iter(ids)) for label, ids in meant.items() if label and len(ids) == 1}
    if join.by == "name":
        for label, name in system.labels.alias.items():
            if (meant_id := index.get(_alike(name, system, join))) is not None:
                index[_alike(label, system, join)] = meant_id
    return index


def _alike(label: Any, system: ZoneSystem, join: Join) -> str:
    """Write a label as it is compared: a code without case, a name by the label rules of its zone system."""
    text = _text(label)
    if join.by == "code":
        return unicodedata.normalize("NFKC", text).strip().casefold()
    return plain_label(text, system.labels)


def _text(value: Any) -> str:
    """Write a value as text: a whole number that a sheet holds as 2023.0 is 2023."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _meets(features: pd.DataFrame, join: Join) -> pd.Series:
    wanted = pd.Series(data=True, index=features.index, dtype=bool)
    for name, text in join.where.items():
        if name in features.columns:
            wanted &= pd.Series([v is not None and _text(v) == text for v in features[name]], features.index, bool)
    return wanted


def figure_of(value: Any) -> float | None:
    """Read a figure as tables print it: also with commas between the thousands; None for what is no number."""
    if isinstance(value, str) and _GROUPED.match(value):
        value = value.replace(",", "")
    return to_number(value)


def _figures(layer: Layer, rows: dict[str, int], problems: list[Problem]) -> Iterator[ZoneFigure]:
    """Read the attributes that are numeric: those with a unit or any number; what else stands there is no figure."""
    for attribute in layer.manifest.attributes:
        if attribute.name not in layer.features.columns:
            continue
        column = layer.features[attribute.name]
        if column.isna().all() or (attribute.unit is None and all(figure_of(v) is None for v in column)):
            continue
        values: dict[str, float] = {}
        for zone, row in rows.items():
            value = column.loc[row]
            number = figure_of(value)
            if number is not None:
                values[zone] = number
            elif value is None:
                problems.append(_at_row(layer, row, "missing-number", attribute.name, "The row has no figure."))
            else:
                reason = f"{value!r} is not a number: the zone has no figure."
                problems.append(_at_row(layer, row, "bad-number", attribute.name, reason))
        yield ZoneFigure(layer.id, attribute, values)


def _without(layer: Layer, twice: Mapping[int, str], column: str) -> Layer:
    """Set rows aside, as they were read."""
    if not twice:
        return layer
    rows = layer.features.loc[list(twice)]
    aside = pd.DataFrame(rows.drop(columns=["geometry", "zone_label", "row"])).dropna(axis="columns", how="all")
    aside = aside.rename(columns={name: f"{name} (in the file)" for name in ("field", "reason") if name in aside})
    aside.insert(0, "reason", list(twice.values()))
    aside.insert(0, "field", column)
    aside.insert(0, "row", rows.index)
    both = pd.concat([layer.set_aside, aside]).sort_index() if len(layer.set_aside) else aside
    return replace(layer, features=layer.features.drop(index=list(twice)), set_aside=both)


def _at_row(layer: Layer, row: int, code: str, field: str, reason: str) -> Problem:
    found = _found(layer, code, field, reason, str(layer.features.loc[row, "id"]))
    return replace(found, row=row)


def _found(layer: Layer, code: str, field: str, reason: str, feature_id: str | None = None) -> Problem:
    in_manifest = field.startswith("join.")
    return Problem(
        layer=layer.id,
        file="layer.toml" if in_manifest else layer.manifest.file,
        code=code,
        severity=Severity.WARNING,
        reason=reason,
        field=field,
        feature_id=feature_id,
    )
