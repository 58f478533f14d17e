"""The documents of a timeline: its stages with what is published of each, what each shows, and the figures by zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from geoservice.analysis import Analysis, contrasts
from geoservice.catalog import Catalog, NamedQuestion, Timeline, TimelineStage
from geoservice.catalog.numbers import to_number
from geoservice.catalog.tables import published_rows
from geoservice.errors import QuestionError
from geoservice.i18n import Language, said
from geoservice.ogc.links import HTML, Params, in_html, link, with_params
from geoservice.ogc.sides import ZONE_COLUMNS, contrast_documents, side, totals, zone_rows
from geoservice.question import Question

CSV = "text/csv"
CSV_COLUMNS = (
    "timeline",
    "stage",
    "stage_at",
    "kind",
    "illustrative",
    "question",
    "at",
    "case",
    *ZONE_COLUMNS,
    "published",
    "assumption",
    "problem",
)


@dataclass(frozen=True, slots=True, eq=False)
class StageAnswer:
    """A stage, what it asks, and the answer, or why there is none."""

    stage: TimelineStage
    named: NamedQuestion
    question: Question
    analysis: Analysis | None = None
    problem: QuestionError | None = None


def address(base: str, timeline_id: str) -> str:
    """Give the address of a timeline."""
    return f"{base}/timelines/{quote(timeline_id, safe='')}"


def timeline_list(base: str, timelines: Iterable[Timeline], language: Language) -> dict[str, Any]:
    """Write the list of timelines, without any figure."""
    own = f"{base}/timelines"
    return {
        "timelines": [
            {
                "id": one.id,
                "title": one.title.within(language),
                "description": one.description.within(language),
                "stages": [{"id": s.id, "title": s.title.within(language), "at": s.at.isoformat()} for s in one.stages],
                "links": [link(address(base, one.id), "item", one.title.within(language))],
            }
            for one in timelines
        ],
        "links": [link(own, "self", "This document"), in_html(own, {})],
    }


def timeline_document(
    base: str, catalog: Catalog, timeline: Timeline, answers: Sequence[StageAnswer], language: Language, params: Params
) -> dict[str, Any]:
    """Write a timeline with the figures of every stage that can be answered."""
    own = address(base, timeline.id)
    before: list[StageAnswer | None] = [None, *answers]
    return {
        "id": timeline.id,
        "title": timeline.title.within(language),
        "description": timeline.description.within(language),
        "stages": [
            _stage(base, catalog, timeline, one, previous, language)
            for one, previous in zip(answers, before, strict=False)
        ],
        "links": [
            link(with_params(own, params), "self", "This document"),
            in_html(own, params),
            link(with_params(f"{own}.csv", params), "alternate", "The figures of all stages by zone as CSV", CSV),
            link(f"{base}/timelines", "up", "All timelines"),
            link(f"{base}/map", "related", "The map", HTML),
        ],
    }


def _stage(
    base: str,
    catalog: Catalog,
    timeline: Timeline,
    answer: StageAnswer,
    previous: StageAnswer | None,
    language: Language,
) -> dict[str, Any]:
    stage = answer.stage
    asked = side(base, catalog, answer.named, answer.question, language)
    document: dict[str, Any] = {
        "id": stage.id,
        "title": stage.title.within(language),
        "at": stage.at.isoformat(),
        "kind": str(stage.kind),
        "illustrative": asked.pop("illustrative"),
        "asked": asked,
        "published": _published(catalog, timeline, stage, language),
        "available": answer.analysis is not None,
    }
    if stage.note is not None:
        document["note"] = stage.note.within(language)
    if answer.analysis is None:
        return {**document, "problem": None if answer.problem is None else said(answer.problem, language)}
    if previous is not None and previous.analysis is not None:
        found = contrasts(catalog, previous.question, answer.question)
        document["differs"] = contrast_documents([one for one in found if one.is_assumed], language)
    return {**document, "totals": totals(answer.analysis), "zones": zone_rows(answer.analysis)}


def _published(catalog: Catalog, timeline: Timeline, stage: TimelineStage, language: Language) -> list[dict[str, Any]]:
    """Write the rows that are published of a stage: figures with their titles, and words such as the source."""
    layer = catalog.table(timeline.table)
    if layer is None:
        return []
    attributes = layer.manifest.attributes
    rows = []
    for row_id, cells in published_rows(layer, stage.published, language):
        values = [
            {
                "name": attribute.name,
                "title": attribute.title.within(language),
                "value": cell if isinstance(cell, str | int | float) else str(cell),
                **({"unit": attribute.unit} if attribute.unit else {}),
            }
            for attribute, cell in zip(attributes, cells, strict=True)
            if cell is not None
        ]
        rows.append({"id": row_id, "layer": layer.id, "values": values})
    return rows


def csv_rows(catalog: Catalog, timeline: Timeline, answers: Sequence[StageAnswer]) -> list[list[Any]]:
    """Lay a timeline out as rows of `CSV_COLUMNS`: one a stage and zone, one for a stage that has no answer."""
    rows = []
    for one in answers:
        stage = one.stage
        first = [
            timeline.id,
            stage.id,
            stage.at,
            str(stage.kind),
            catalog.is_illustrative(one.named),
            one.named.id,
            one.question.at,
            str(one.question.case),
        ]
        problem = None if one.problem is None else str(one.problem)
        last = [_in_words(_published(catalog, timeline, stage, "en")), one.named.assumption.en, problem]
        if one.analysis is None:
            rows.append([*first, *([None] * len(ZONE_COLUMNS)), *last])
        else:
            rows += [[*first, *row.values(), *last] for row in zone_rows(one.analysis)]
    return rows


def _in_words(published: list[dict[str, Any]]) -> str:
    """Give what is published in one line, figures as such."""
    lines = ("; ".join(f"{v['title']}: {_plain(v['value'])}" for v in row["values"]) for row in published)
    return " | ".join(lines)


def _plain(value: Any) -> str:
    number = None if isinstance(value, str) else to_number(value)
    return str(value) if number is None else f"{number:.15g}"
