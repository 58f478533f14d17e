"""The description of timelines and comparisons in OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geoservice.ogc.openapi_parts import (
    JSON,
    Document,
    get_content,
    get_document,
    path_parameter,
    query_parameter,
    reference,
)
from geoservice.ogc.parameters import DAY_PATTERN
from geoservice.vocabulary import Case

CSV = "text/csv"
_TABLE: Mapping[str, Any] = {CSV: {"schema": {"type": "string"}}}
_STRING: Document = {"type": "string"}
_NUMBER: Document = {"type": "number", "nullable": True}
_LINKS: Document = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}


def over_time_paths(questions: Sequence[str], differences: Sequence[str], timelines: Sequence[str]) -> Document:
    """Describe the addresses of timelines and comparisons; the ids are those that may be asked for."""
    listed = get_document("timelines", "All timelines", "timelines", [], JSON)
    del listed["get"]["responses"]["404"]
    return {"/timelines": listed, **_timeline(timelines), **_compare(questions, differences)}


def _timeline(timelines: Sequence[str]) -> Document:
    if not timelines:
        return {}
    own = path_parameter("timelineId", "Which timeline.", {"type": "string", "enum": list(timelines)})
    one = get_document("timeline", "The stages of a timeline by date", "timeline", ["case"], JSON, [own])
    table = get_content(
        "timelineTable",
        "The figures of all stages by zone, as CSV",
        "data",
        _TABLE,
        [own, reference("parameters", "case"), reference("parameters", "lang")],
    )
    return {"/timelines/{timelineId}": one, "/timelines/{timelineId}.csv": table}


def _compare(questions: Sequence[str], differences: Sequence[str]) -> Document:
    case = {"type": "string", "enum": list(map(str, Case))}
    day = {"type": "string", "format": "date", "pattern": DAY_PATTERN}
    own = [
        query_parameter(
            "ground", "Whether the ground gained and lost is measured too.", {"type": "boolean", "default": False}
        )
    ]
    if differences:
        declared = {"type": "string", "enum": list(differences)}
        own.append(query_parameter("difference", "A declared difference, instead of before and after.", declared))
    for side in ("before", "after"):
        if questions:
            named = {"type": "string", "enum": list(questions)}
            own.append(query_parameter(side, f"The question {side}; both sides measure the same zones.", named))
        own.append(query_parameter(f"{side}_at", f"The day {side}; the question's own, or today.", day))
        own.append(query_parameter(f"{side}_case", f"Which case of the assumption {side}.", case))
    summary = "Two questions, cases or days compared by zone"
    table = get_content(
        "comparisonTable", f"{summary}, as CSV", "data", _TABLE, [*own, reference("parameters", "lang")], answered=True
    )
    document = get_document("comparison", summary, "comparison", [], JSON, own, answered=True)
    for one in (document, table):
        del one["get"]["responses"]["404"]
    return {"/compare": document, "/compare.csv": table}


def over_time_schemas() -> Document:
    """Describe the documents of timelines and comparisons."""
    stage = {
        "type": "object",
        "required": ["id", "title", "at", "kind", "illustrative", "asked", "published", "available"],
        "properties": {
            "id": _STRING,
            "title": _STRING,
            "at": {"type": "string", "format": "date"},
            "kind": {"type": "string", "enum": ["installed", "planned"]},
            "illustrative": {"type": "boolean"},
            "available": {"type": "boolean"},
            "problem": _STRING,
            "note": _STRING,
            "asked": {"type": "object"},
            "published": {"type": "array", "items": {"type": "object"}},
            "differs": {"type": "array", "items": _CONTRAST},
            "totals": {"type": "object"},
            "zones": {"type": "array", "items": {"type": "object", "required": ["zone_id", "covered_share"]}},
        },
    }
    side = {
        "type": "object",
        "required": ["question", "title", "at", "case", "assumption", "illustrative", "items"],
        "properties": {
            "remark": {**_STRING, "description": "That nothing is known of the day; absent where something is."}
        },
    }
    return {
        "timelines": _object(["timelines", "links"], timelines={"type": "array", "items": {"type": "object"}}),
        "timeline": _object(
            ["id", "title", "stages", "links"], id=_STRING, title=_STRING, stages={"type": "array", "items": stage}
        ),
        "comparison": _object(
            ["title", "before", "after", "differs", "totals", "zones", "links"],
            title=_STRING,
            before=side,
            after=side,
            differs={"type": "array", "items": _CONTRAST},
            totals={"type": "object"},
            zones={"type": "array", "items": _CHANGE},
        ),
    }


def _object(required: list[str], **properties: Document) -> Document:
    return {"type": "object", "required": required, "properties": {**properties, "links": _LINKS}}


_CONTRAST: Document = {
    "type": "object",
    "required": ["aspect", "assumed", "text"],
    "properties": {"aspect": _STRING, "assumed": {"type": "boolean"}, "text": _STRING},
}
_CHANGE: Document = {
    "type": "object",
    "required": ["zone_id", "share_before", "share_after", "share_change", "change_m2"],
    "properties": {
        "zone_id": _STRING,
        "share_before": _NUMBER,
        "share_after": _NUMBER,
        "share_change": _NUMBER,
        "covered_before_m2": {"type": "number"},
        "covered_after_m2": {"type": "number"},
        "change_m2": {"type": "number"},
        "gained_m2": {"type": "number"},
        "lost_m2": {"type": "number"},
    },
}
