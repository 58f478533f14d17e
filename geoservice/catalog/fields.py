"""From raw values to the fields that every layer has: identity, names, kind, status, validity, owner, weight."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from geoservice.catalog.camera import camera_fields
from geoservice.catalog.findings import Findings
from geoservice.catalog.manifest import CAMERA_FIELDS, RESERVED_COLUMNS, STANDARD_COLUMNS, LayerManifest
from geoservice.catalog.numbers import to_number
from geoservice.errors import LayerError, shorten
from geoservice.vocabulary import Access, Role, Status

_VOCABULARIES: dict[str, type[StrEnum]] = {"status": Status, "access": Access}
_MAX_ID_LENGTH = 200
_DAY = re.compile(r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?$")
"""A day, which may have a time of that day after it, in whatever zone."""
REACHING_ROLES = frozenset({Role.FACILITY, Role.CAMERA})


def clean_values(values: pd.DataFrame, manifest: LayerManifest, replace_characters: dict[str, str]) -> pd.DataFrame:
    """Trim texts, put characters right and make every missing value None; dates lose a time that says nothing."""
    table = str.maketrans(replace_characters)
    missing = {"", *manifest.missing_values}

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            text = value.translate(table).strip()
            return None if text in missing else text
        if value is None or value is pd.NaT or value is pd.NA:
            return None
        if isinstance(value, dt.datetime):
            return value.date() if value.time() == dt.time() else value
        if isinstance(value, np.ndarray):
            return ", ".join(str(part) for part in value)
        if isinstance(value, (list, tuple, dict)):
            return str(value)
        if isinstance(value, np.generic):
            value = value.item()
        return None if isinstance(value, float) and math.isnan(value) else value

    return pd.DataFrame(
        {column: pd.Series([clean(v) for v in values[column]], index=values.index, dtype=object) for column in values},
        index=values.index,
    )


def check_columns(values: pd.DataFrame, manifest: LayerManifest) -> None:
    """Raise LayerError if layer.toml names a column that the file does not have."""
    for field, column in named_columns(manifest).items():
        if column not in values.columns:
            raise LayerError(
                f"layer.toml names the column '{column}' ({field}), which {manifest.file} does not have.",
                code="missing-column",
                file="layer.toml",
                field=field,
                advice=f"It has: {', '.join(map(str, values.columns))}.",
            )


def warn_of_absent_columns(
    values: pd.DataFrame, fields: pd.DataFrame, manifest: LayerManifest, findings: Findings
) -> None:
    """Note what layer.toml ignores, shows or takes for days, and the file does not have: a slip, or a column gone."""

    def absent(field: str, name: str) -> None:
        findings.warn_layer(
            "absent-column",
            field,
            f"layer.toml names the column '{name}', which {manifest.file} does not have.",
            f"It has: {', '.join(map(str, values.columns))}.",
            file="layer.toml",
        )

    for number, name in enumerate(manifest.ignore, start=1):
        if name not in values.columns:
            absent(f"ignore[{number}]", name)
    for number, name in enumerate(manifest.dates, start=1):
        if name not in fields.columns:
            absent(f"dates[{number}]", name)
    for number, attribute in enumerate(manifest.attributes, start=1):
        forms = (attribute.name, f"{attribute.name}_en", f"{attribute.name}_zh")
        if not any(form in fields.columns for form in forms):
            absent(f"attributes[{number}].name", attribute.name)


def named_columns(manifest: LayerManifest) -> dict[str, str]:
    """Give every column of the file that layer.toml names, by the field that names it."""
    position = manifest.position
    named = {f"columns.{target}": column for target, column in manifest.columns.items()}
    for name in ("lon", "lat", "easting", "northing"):
        if (column := getattr(position, name)) is not None:
            named[f"position.{name}"] = column
    if manifest.zone_label is not None:
        named["zone_label.column"] = manifest.zone_label.column
    if manifest.join is not None:
        named["join.column"] = manifest.join.column
    return named


def standard_fields(values: pd.DataFrame, manifest: LayerManifest, findings: Findings) -> pd.DataFrame:
    """Map the columns of a cleaned table to the standard fields, then the attributes under their own names.

    Rows without an identity of their own are set aside; a value outside its vocabulary becomes None, with a warning.
    """
    fields = {name: _field(values, manifest, name) for name in STANDARD_COLUMNS}
    fields["id"] = _identities(fields["id"], manifest, findings)
    for name, words in _VOCABULARIES.items():
        fields[name] = _convert(fields[name], _in_vocabulary(words), "unknown-value", name, findings)
    if manifest.kinds:
        kinds = manifest.kinds
        fields["kind"] = _convert(fields["kind"], _one_of(tuple(kinds)), "unknown-value", "kind", findings)
    for name in ("valid_from", "valid_to"):
        fields[name] = _convert(fields[name], _to_date, "bad-date", name, findings)
    _check_validity(fields["valid_from"], fields["valid_to"], findings)
    fields["weight"] = _convert(fields["weight"], _to_weight, "bad-weight", "weight", findings)
    if manifest.role is Role.DEMAND and "weight" not in manifest.columns:
        fields["weight"] = pd.Series(1.0, index=values.index, dtype=object)
    if manifest.role is Role.DEMAND and "weight" in manifest.columns:
        findings.warn(
            values.index[values[manifest.columns["weight"]].isna()],
            "missing-weight",
            "weight",
            "The row has no weight: it counts for nothing.",
        )
    if manifest.role in REACHING_ROLES:
        column = manifest.columns.get("status")
        missing = values.index if column is None else values.index[values[column].isna()]
        if manifest.defaults.get("status") is None:
            findings.warn(missing, "missing-status", "status", "The row has no status: it counts in no question.")
    if manifest.role is Role.CAMERA:
        fields |= camera_fields({name: _field(values, manifest, name) for name in CAMERA_FIELDS}, findings)
    own = _attributes(values, manifest, fields)
    own |= {name: _convert(own[name], _to_date, "bad-date", name, findings) for name in manifest.dates if name in own}
    return pd.DataFrame({**fields, **own}, index=values.index)


def _field(values: pd.DataFrame, manifest: LayerManifest, name: str) -> pd.Series:
    """Take a field from its column, translated where layer.toml says so; else its default."""
    column = manifest.columns.get(name)
    default = manifest.defaults.get(name)
    if column is None:
        return pd.Series([default] * len(values), index=values.index, dtype=object)
    translate = dict(manifest.values).get(name, {})
    found = [
        default if value is None else translate.get(value, value) if isinstance(value, str) else value
        for value in values[column]
    ]
    return pd.Series(found, index=values.index, dtype=object)


def _identities(ids: pd.Series, manifest: LayerManifest, findings: Findings) -> pd.Series:
    """Check that each row has an id of its own; without an id column the row number serves."""
    if "id" not in manifest.columns:
        ids = pd.Series([f"row-{row}" for row in ids.index], index=ids.index, dtype=object)
    column = manifest.columns.get("id", "id")
    texts = pd.Series([_id_text(value) for value in ids], index=ids.index, dtype=object)
    findings.ids = {row: text for row, text in zip(_rows(texts), texts, strict=True) if text is not None}
    findings.error(texts.index[texts.isna()], "missing-id", column, "The row has no id.")
    unfit = [row for row, text in findings.ids.items() if not _is_fit(text)]
    findings.error(
        unfit,
        "bad-id",
        column,
        lambda row: f"The id {shorten(repr(findings.ids[row]))} is too long or holds control characters.",
    )
    sound = texts.loc[~texts.index.isin(findings.rejected)]
    first = dict(reversed(list(zip(sound, _rows(sound), strict=True))))
    findings.error(
        sound.index[sound.duplicated()],
        "duplicate-id",
        column,
        lambda row: f"The id '{findings.ids[row]}' already stands in row {first[findings.ids[row]]}.",
    )
    return texts


def _rows(values: pd.Series) -> list[int]:
    """Give the row numbers of a column."""
    return [int(row) for row in values.index.to_numpy()]


def _id_text(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None else str(value)


def _is_fit(text: str) -> bool:
    return len(text) <= _MAX_ID_LENGTH and text.isprintable()


def _convert(values: pd.Series, convert: Callable[[Any], Any], code: str, field: str, findings: Findings) -> pd.Series:
    """Convert each value; one that cannot be becomes None, with a warning that says what was expected."""
    converted: list[Any] = []
    for row, value in zip(_rows(values), values, strict=True):
        try:
            converted.append(None if value is None else convert(value))
        except ValueError as error:
            converted.append(None)
            findings.warn([row], code, field, f"{shorten(repr(value))} {error}; it counts as not known.")
    return pd.Series(converted, index=values.index, dtype=object)


def _in_vocabulary(words: type[StrEnum]) -> Callable[[Any], str]:
    return _one_of(tuple(word.value for word in words))


def _one_of(words: tuple[str, ...]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in words:
            msg = f"is none of {', '.join(words)}"
            raise ValueError(msg)
        return str(value)

    return check


def _to_date(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = str(value).strip()
    parts = _DAY.match(text)
    try:
        return dt.date(*(int(part) for part in parts.groups())) if parts else dt.date.fromisoformat(text)
    except ValueError:
        msg = "is not a date such as 2026-01-31"
        raise ValueError(msg) from None


def _to_weight(value: Any) -> float:
    weight = to_number(value)
    if weight is None or weight < 0:
        msg = "is not a number of 0 or more"
        raise ValueError(msg)
    return weight


def _check_validity(valid_from: pd.Series, valid_to: pd.Series, findings: Findings) -> None:
    ends_first = [
        row
        for row, start, end in zip(valid_from.index, valid_from, valid_to, strict=True)
        if start is not None and end is not None and end <= start
    ]
    findings.warn(
        ends_first, "bad-validity", "valid_to", "valid_to is not later than valid_from: the row is never valid."
    )


def _attributes(values: pd.DataFrame, manifest: LayerManifest, fields: dict[str, pd.Series]) -> dict[str, pd.Series]:
    """Keep mapped extras under their new names and every other column under its own."""
    extras = {name: values[column] for name, column in manifest.columns.items() if name not in fields}
    position = manifest.position
    used = {
        *manifest.columns.values(),
        *manifest.ignore,
        *(c for c in (position.lon, position.lat, position.easting, position.northing) if c),
    }
    if manifest.zone_label is not None:
        used.add(manifest.zone_label.column)
        extras["zone_label"] = values[manifest.zone_label.column]
    if manifest.join is not None:
        extras["zone_label"] = values[manifest.join.column]
    for column in values.columns:
        if column in used:
            continue
        name = str(column)
        while name in fields or name in extras or name in RESERVED_COLUMNS:
            name += "_"
        extras[name] = values[column]
    return extras
