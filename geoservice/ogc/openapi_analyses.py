"""The description of questions that are posted in OpenAPI 3.0: to ask, to list, to look at, to take away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from geoservice.ogc.openapi_parts import JSON, Document, get_document, path_parameter, problem, reference
from geoservice.ogc.parameters import DAY_PATTERN
from geoservice.ogc.questions import LEAST_RANGE_M, MOST_RANGE_M
from geoservice.question import MOST_DEPTH
from geoservice.vocabulary import Case, Status, Theme

_TEXT: Document = {"type": "string", "minLength": 1}
_RANGE: Document = {"type": "number", "minimum": LEAST_RANGE_M, "maximum": MOST_RANGE_M}


def analysis_paths(questions: Sequence[str]) -> Document:
    """Describe the addresses of posted questions; `questions` are the named ones to begin with."""
    listed = get_document("analyses", "What was asked and is kept", "jobList", [], JSON)
    one = get_document("analysis", "The status of an analysis", "statusInfo", ["analysisId"], JSON)
    dismissed = get_document("dismiss", "The analysis is kept no longer", "statusInfo", ["analysisId"], JSON)["get"]
    for path in (listed["get"], one["get"]):
        del path["responses"]["304"]
    del dismissed["responses"]["304"]
    del listed["get"]["responses"]["404"]
    return {
        "/analyses": {**listed, "post": _post(questions)},
        "/analyses/{analysisId}": {**one, "delete": dismissed},
    }


def analysis_parameters() -> Document:
    """Describe the part of the address that names an analysis."""
    name = path_parameter("analysisId", "The hash of the question.", {"type": "string", "pattern": "^[0-9a-f]{32}$"})
    return {"analysisId": name}


def _post(questions: Sequence[str]) -> Document:
    told: Document = {
        "headers": {"Location": {"description": "The address of the analysis.", "schema": {"type": "string"}}},
        "content": {JSON: {"schema": reference("schemas", "statusInfo")}},
    }
    return {
        "operationId": "ask",
        "summary": "Ask a question of one's own; the answer comes at once and its collections are kept for a while",
        "tags": ["interface"],
        "parameters": [reference("parameters", "lang")],
        "requestBody": {"required": True, "content": {JSON: {"schema": _question(questions)}}},
        "responses": {
            "200": {"description": "The analysis is kept already.", **told},
            "201": {"description": "The analysis was made.", **told},
            "400": reference("responses", "wrong"),
            "413": problem("The body is too large."),
            "415": problem("The body is no JSON."),
            "503": reference("responses", "unanswerable"),
        },
    }


def _question(questions: Sequence[str]) -> Document:
    """Describe the question, as far as a schema can."""
    ranges = {str(case): _RANGE for case in Case}
    named: Document = {"question": {"type": "string", "enum": list(questions)}} if questions else {}
    properties: dict[str, Any] = {
        **named,
        "at": {"type": "string", "format": "date", "pattern": DAY_PATTERN},
        "case": {"type": "string", "enum": list(map(str, Case))},
        "range_m": {"oneOf": [_RANGE, _object(ranges, list(ranges))]},
        "sources": {
            "type": "array",
            "minItems": 1,
            "items": {"oneOf": [_TEXT, _object({"layer": _TEXT, "kinds": _list({"type": "string"})}, ["layer"])]},
        },
        "theme": {"type": "string", "enum": list(map(str, Theme))},
        "statuses": {**_list({"type": "string", "enum": list(map(str, Status))}), "minItems": 1},
        "footprint": {"type": "object"},
        "zone_system": _TEXT,
        "gap_cell_m": {"type": "number", "minimum": 10, "maximum": 100_000},
        "depth_cap": {"type": "integer", "minimum": 3, "maximum": MOST_DEPTH},
        "demand": _list(_TEXT),
        "zone_weight": _object({"layer": _TEXT, "attribute": _TEXT}, ["layer", "attribute"]),
    }
    return _object(properties, [])


def _object(properties: Document, required: list[str]) -> Document:
    needed = {"required": required} if required else {}
    return {"type": "object", **needed, "properties": properties, "additionalProperties": False}


def _list(items: Document) -> Document:
    return {"type": "array", "items": items}
