"""Tables without a position that region.toml shows, and how their cells read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from geoservice.catalog.layer import Layer
from geoservice.catalog.numbers import to_number
from geoservice.catalog.problems import Problem, Severity
from geoservice.catalog.region import Region
from geoservice.i18n import Language
from geoservice.vocabulary import Role


def shown_tables(region: Region) -> Mapping[str, str]:
    """Give the layers that region.toml shows as tables, by the field that names them."""
    shown = {}
    if region.programme is not None and region.programme.table is not None:
        shown["programme.table"] = region.programme.table
    if region.comparison is not None:
        shown["comparison.layer"] = region.comparison.layer
    for position, timeline in enumerate(region.timelines, start=1):
        if timeline.table is not None:
            shown[f"timeline[{position}].table"] = timeline.table
    return shown


def why_not_shown(region: Region, layers: Mapping[str, Layer]) -> Iterator[Problem]:
    """Name the layers that were read but are no tables, and a field of densities that its table does not have."""
    for field, layer_id in shown_tables(region).items():
        if layer_id in layers and (role := layers[layer_id].manifest.role) is not Role.TABLE:
            reason = f"The layer '{layer_id}' cannot be shown as a table: its role is {role}."
            yield _in_region(region, field, layer_id, reason, "Name a layer of the role table.")
    yield from _missing_rows(region, layers)
    comparison = region.comparison
    layer = layers.get(comparison.layer) if comparison is not None else None
    if comparison is None or layer is None or layer.manifest.role is not Role.TABLE:
        return
    if comparison.value not in layer.features.columns:
        reason = f"The layer '{layer.id}' has no field '{comparison.value}'."
        fields = ", ".join(attribute.name for attribute in layer.manifest.attributes)
        yield _in_region(region, "comparison.value", layer.id, reason, f"Its attributes are: {fields}.")


def _missing_rows(region: Region, layers: Mapping[str, Layer]) -> Iterator[Problem]:
    """Name the rows that stages of a timeline call published and that its table does not have."""
    for position, timeline in enumerate(region.timelines, start=1):
        layer = layers.get(timeline.table) if timeline.table is not None else None
        there = set(layer.features["id"]) if layer is not None else set()
        for stage in timeline.stages if layer is not None else ():
            for row in stage.published:
                if row not in there:
                    reason = (
                        f"The stage '{stage.id}' names the row '{row}', which the layer '{timeline.table}' has not."
                    )
                    field = f"timeline[{position}].stage.published"
                    yield _in_region(region, field, str(timeline.table), reason, f"It has: {', '.join(sorted(there))}.")


def _in_region(region: Region, field: str, layer_id: str, reason: str, advice: str) -> Problem:
    return Problem(
        layer=region.id,
        file="region.toml",
        code="table-unusable",
        severity=Severity.ERROR,
        field=field,
        feature_id=layer_id,
        reason=reason,
        advice=advice,
    )


def check_densities(layer: Layer, region: Region) -> list[Problem]:
    """Warn of rows of the table of densities whose value is no number of 0 or more: they are not compared."""
    comparison = region.comparison
    if comparison is None or comparison.layer != layer.id or comparison.value not in layer.features.columns:
        return []
    return [
        Problem(
            layer=layer.id,
            file=layer.manifest.file,
            code="bad-number",
            severity=Severity.WARNING,
            row=int(row),
            field=comparison.value,
            feature_id=str(layer.features.loc[row, "id"]),
            reason=f"{value!r} is not a number of 0 or more: the row is not compared.",
        )
        for row, value in layer.features[comparison.value].items()
        if (number := to_number(value)) is None or number < 0
    ]


def table_rows(layer: Layer, language: Language) -> list[list[Any]]:
    """Give the attributes of each row in one language, in the order of layer.toml: numbers as such, words translated.

    An attribute in both languages is taken in the other where it has no value in this one.
    """
    manifest = layer.manifest
    columns = [_in_language(layer.features, attribute.name, language) for attribute in manifest.attributes]
    return [
        [_cell(manifest.in_words(value, language) if isinstance(value, str) else value) for value in row]
        for row in zip(*columns, strict=True)
    ]


def published_rows(layer: Layer, ids: Iterable[str], language: Language) -> list[tuple[str, list[Any]]]:
    """Give the rows of a table with these ids, in this order: the id, and the attributes as `table_rows` gives them."""
    rows = dict(zip(layer.features["id"], table_rows(layer, language), strict=True))
    return [(one, rows[one]) for one in ids if one in rows]


def _in_language(frame: pd.DataFrame, name: str, language: Language) -> list[Any]:
    other = "en" if language == "zh" else "zh"
    present = [c for c in (name, f"{name}_{language}", f"{name}_{other}") if c in frame.columns]
    rows = zip(*(frame[column] for column in present), strict=True) if present else [()] * len(frame)
    return [next((value for value in row if value is not None), None) for row in rows]


def _cell(value: Any) -> Any:
    number = to_number(value)
    return value if number is None else number
