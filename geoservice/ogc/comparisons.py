"""The document of a comparison: two questions, what they differ in, and the change by zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from geoservice.analysis import Analysis, Comparison, contrasts, zone_changes
from geoservice.catalog import Catalog, NamedDifference, NamedQuestion
from geoservice.i18n import Language
from geoservice.ogc.links import HTML, Params, collection_address, in_html, link, with_params
from geoservice.ogc.sides import contrast_documents, side, totals

ZONE_COLUMNS = (
    "zone_id",
    "name_en",
    "name_zh",
    "zone_area_m2",
    "covered_before_m2",
    "covered_after_m2",
    "change_m2",
    "share_before",
    "share_after",
    "share_change",
)
GROUND_COLUMNS = ("gained_m2", "lost_m2")


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Two named questions with their answers; `difference` where the pair is declared, `ground` where measured."""

    before: NamedQuestion
    after: NamedQuestion
    answers: tuple[Analysis, Analysis]
    difference: NamedDifference | None = None
    ground: Comparison | None = None

    @property
    def title_pair(self) -> tuple[NamedQuestion, NamedQuestion]:
        """The questions, before and after."""
        return self.before, self.after


def change_rows(compared: Compared) -> list[dict[str, Any]]:
    """Give the change by zone, the greatest gain of share first; areas in m², changes of share as parts of 1."""
    before, after = compared.answers
    frame = pd.DataFrame(zone_changes(before, after).drop(columns="geometry"))
    frame["change_m2"] = frame["covered_after_m2"] - frame["covered_before_m2"]
    columns = list(ZONE_COLUMNS)
    if compared.ground is not None:
        figures = compared.ground.zones.set_index("zone_id")
        for column in GROUND_COLUMNS:
            frame[column] = frame["zone_id"].map(figures[column])
            columns.append(column)
    frame = frame.sort_values(["share_change", "zone_id"], ascending=[False, True])
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame[columns].to_dict(orient="records")
    ]


def total_change(compared: Compared, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Add the change up over all zones."""
    first, second = (totals(one) for one in compared.answers)
    shares = (first["covered_share"], second["covered_share"])
    change = None if None in shares else shares[1] - shares[0]
    ground = {} if compared.ground is None else {c: sum(row[c] or 0 for row in rows) for c in GROUND_COLUMNS}
    return {
        "before": first,
        "after": second,
        "change_m2": second["covered_area_m2"] - first["covered_area_m2"],
        "share_change": change,
        **ground,
    }


def comparison_document(
    base: str, catalog: Catalog, compared: Compared, language: Language, params: Params
) -> dict[str, Any]:
    """Write a comparison with both sides, what they differ in, totals and the change by zone."""
    own, rows = f"{base}/compare", change_rows(compared)
    asked = [one.question for one in compared.answers]
    sides = [
        side(base, catalog, named, question, language)
        for named, question in zip(compared.title_pair, asked, strict=True)
    ]
    difference = compared.difference
    title = difference.title.within(language) if difference else f"{sides[0]['title']} → {sides[1]['title']}"
    return {
        "title": title,
        **({"description": difference.description.within(language), "difference": difference.id} if difference else {}),
        "before": sides[0],
        "after": sides[1],
        "zone_system": asked[1].zone_system,
        "differs": contrast_documents(contrasts(catalog, *asked), language),
        "totals": total_change(compared, rows),
        "zones": rows,
        "links": [
            link(with_params(own, params), "self", "This document"),
            in_html(own, params),
            link(with_params(f"{own}.csv", params), "alternate", "The change by zone as CSV", "text/csv"),
            *(_declared(base, difference) if difference else ()),
            link(with_params(f"{base}/map", {"question": compared.after.id}), "related", "The map", HTML),
        ],
    }


def _declared(base: str, difference: NamedDifference) -> list[dict[str, Any]]:
    """Link to the collections that a declared difference has."""
    return [
        link(collection_address(base, f"{difference.id}-{suffix}"), "collection", title)
        for suffix, title in (("changes", "Ground gained and lost"), ("zones", "Changes by zone"))
    ]


def csv_table(catalog: Catalog, compared: Compared) -> tuple[list[str], list[list[Any]]]:
    """Lay a comparison out as columns and rows, each row with both questions and what they differ in."""
    rows = change_rows(compared)
    asked = [one.question for one in compared.answers]
    found = contrast_documents(contrasts(catalog, *asked), "en")
    constants: Mapping[str, Any] = {
        "difference": compared.difference.id if compared.difference else None,
        "before": compared.before.id,
        "before_at": asked[0].at,
        "before_case": str(asked[0].case),
        "before_illustrative": catalog.is_illustrative(compared.before),
        "after": compared.after.id,
        "after_at": asked[1].at,
        "after_case": str(asked[1].case),
        "after_illustrative": catalog.is_illustrative(compared.after),
        "differs": " ".join(one["text"] for one in found),
    }
    columns = [*ZONE_COLUMNS, *(GROUND_COLUMNS if compared.ground is not None else ())]
    return [*columns, *constants], [[*row.values(), *constants.values()] for row in rows]
