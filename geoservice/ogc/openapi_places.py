"""The description of what is at a place and in an area, in OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Sequence

from geoservice.formats.downloads import DOWNLOADS
from geoservice.ogc.openapi_parts import (
    HTML,
    JSON,
    Document,
    get_content,
    path_parameter,
    problem,
    query_parameter,
    reference,
)
from geoservice.ogc.parameters import DAY_PATTERN
from geoservice.vocabulary import Case

_OBJECT: Document = {"type": "object"}
_NUMBER: Document = {"type": "number"}


def place_paths(questions: Sequence[str], area_types: Sequence[str]) -> Document:
    """Describe the addresses of places and areas; `questions` are the named ones, `area_types` what is posted."""
    place = get_content(
        "place", "What is at a place", "interface", _or_page(_place()),
        [*_asked(questions), _degrees("lon", 180), _degrees("lat", 90), *_shared("f")], answered=True,
    )  # fmt: skip
    area = get_content("area", "The figures of an area", "interface", _or_page(_area()), _shared("areaId", "f"))
    del area["get"]["responses"]["304"]
    area["delete"] = {
        "operationId": "removeArea",
        "summary": "The area is kept no longer",
        "tags": ["interface"],
        "parameters": _shared("areaId"),
        "responses": {
            "204": {"description": "The area is gone."},
            "400": reference("responses", "wrong"),
            "404": reference("responses", "missing"),
        },
    }
    files = {
        f"/areas/{{areaId}}.{one.suffix}": get_content(
            f"area.{one.suffix}", f"The area and its figures as {one.title}", "data",
            {one.media_type: {"schema": {"type": "string", "format": "binary"}}}, _shared("areaId"),
        )
        for one in DOWNLOADS.values()
    }  # fmt: skip
    return {"/place": place, "/areas": {"post": _post(questions, area_types)}, "/areas/{areaId}": area, **files}


def place_parameters() -> Document:
    """Describe the part of the address that names an area."""
    return {"areaId": path_parameter("areaId", "The key of the area.", {"type": "string", "pattern": "^[0-9a-f]{32}$"})}


def _post(questions: Sequence[str], area_types: Sequence[str]) -> Document:
    binary = {"schema": {"type": "string", "format": "binary"}}
    return {
        "operationId": "measureArea",
        "summary": "The figures of an area that is drawn or uploaded; it is kept for a while with its files",
        "tags": ["interface"],
        "parameters": [*_asked(questions), *_shared()],
        "requestBody": {
            "required": True,
            "description": "GeoJSON, KML, KMZ, a zipped shapefile or a GeoPackage, told apart by what is in it.",
            "content": {one: {"schema": _OBJECT} if one.endswith("json") else binary for one in area_types},
        },
        "responses": {
            "201": {
                "description": "The figures of the area.",
                "headers": {"Location": {"description": "The address of the area.", "schema": {"type": "string"}}},
                "content": _json(_area()),
            },
            "400": reference("responses", "wrong"),
            "404": reference("responses", "missing"),
            "413": problem("The body is too large."),
            "415": problem("The body is of no type that is read."),
            "503": reference("responses", "unanswerable"),
        },
    }


def _or_page(schema: Document) -> Document:
    return {**_json(schema), HTML: {"schema": {"type": "string"}}}


def _json(schema: Document) -> Document:
    return {JSON: {"schema": schema}}


def _asked(questions: Sequence[str]) -> list[Document]:
    own: Document = {"pattern": "^analysis-[0-9a-f]{32}$"}
    known: Document = {"type": "string", "anyOf": [{"enum": list(questions)}, own]} if questions else {"type": "string"}
    return [
        query_parameter("question", "The question, by itself the first; analysis- and the id of one's own.", known),
        query_parameter(
            "at", "The day that is asked for.", {"type": "string", "format": "date", "pattern": DAY_PATTERN}
        ),
        query_parameter("case", "The case of the assumption.", {"type": "string", "enum": list(map(str, Case))}),
    ]


def _shared(*names: str) -> list[Document]:
    return [reference("parameters", name) for name in (*names, "lang")]


def _degrees(name: str, most: int) -> Document:
    schema = {"type": "number", "minimum": -most, "maximum": most}
    return {**query_parameter(name, "Degrees of WGS 84.", schema), "required": True}


def _place() -> Document:
    return _described(
        {
            "lon": _NUMBER,
            "lat": _NUMBER,
            "in_region": {"type": "boolean"},
            "study_area": {"type": "boolean"},
            "zone": {**_OBJECT, "nullable": True},
            "depth": {"type": "integer"},
            "depth_by_case": _OBJECT,
            "covered_by": {"type": "array", "items": _OBJECT},
            "nearest": {"type": "array", "items": _OBJECT},
            "gap": {**_OBJECT, "nullable": True},
        }
    )


def _area() -> Document:
    return _described(
        {
            "id": {"type": "string"},
            "created": {"type": "string", "format": "date-time"},
            "expires": {"type": "string", "format": "date-time"},
            "figures": _OBJECT,
            "largest_single_loss": {**_OBJECT, "nullable": True},
            "demand": {"type": "array", "items": _OBJECT},
            "demand_note": _OBJECT,
            "zones": {"type": "array", "items": _OBJECT},
            "area": _OBJECT,
        }
    )


def _described(properties: Document) -> Document:
    """Describe a document that says which question it answers, and its members, all of which are there."""
    asked = {"question": _OBJECT, "assumption": _OBJECT, "range_m": {**_OBJECT, "nullable": True}}
    every = {**asked, "illustrative": {"type": "boolean"}, **properties}
    return {
        "type": "object",
        "required": [*every, "links"],
        "properties": {**every, "links": {"type": "array", "items": reference("schemas", "link")}},
    }
