"""The description of the interface in OpenAPI 3.0, written by hand: every address, parameter and response."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from geoservice.collections import Outline, Property
from geoservice.crs import ServedCrs
from geoservice.i18n import LANGUAGES
from geoservice.ogc import dcat
from geoservice.ogc.openapi_analyses import analysis_parameters, analysis_paths
from geoservice.ogc.openapi_over_time import over_time_paths, over_time_schemas
from geoservice.ogc.openapi_parts import (
    JSON,
    MEDIA_TYPE,
    Document,
    get_content,
    get_document,
    problem,
    query_parameter,
    reference,
)
from geoservice.ogc.openapi_places import place_parameters, place_paths
from geoservice.ogc.openapi_schemas import SCHEMAS
from geoservice.ogc.openapi_tiles import collection_paths, dataset_paths, tile_parameters
from geoservice.ogc.parameters import DAY_PATTERN, FILTER_LANGUAGES, MAX_DIGITS, MAX_OFFSET, filterable
from geoservice.ogc.places import AREA_TYPES
from geoservice.vocabulary import Case

VERSION = "3.0.3"

_GEOJSON = "application/geo+json"
_SCHEMA = "application/schema+json"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many features a page has: if none is asked, and at most."""

    default: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Askable:
    """The ids of the questions that can be answered, and of the differences and timelines that are declared."""

    questions: Sequence[str] = ()
    differences: Sequence[str] = ()
    timelines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A collection, and the names of the parameters that it has because of what it is derived from."""

    collection: Outline
    asked: tuple[str, ...] = ()


def description(
    base: str,
    title: str,
    described: Iterable[Described],
    served: Sequence[ServedCrs],
    limits: Limits,
    matrix_sets: Sequence[str],
    askable: Askable,
) -> Document:
    """Write the description (/req/oas30/oas-definition-1); every collection has addresses of its own."""
    paths: Document = {
        "/": get_document("landing", "The landing page", "landing", [], JSON),
        "/conformance": get_document("conformance", "The standards that are met", "conformance", [], JSON),
        "/api": get_document("api", "This description", "openapi", [], MEDIA_TYPE),
        "/collections": get_document("collections", "All collections", "collections", [], JSON),
        f"/{dcat.PATH}": get_content(
            "catalog",
            "All collections for portals that harvest (DCAT-AP)",
            "interface",
            {dcat.MEDIA_TYPE: {"schema": {"type": "object", "required": ["@context"]}}},
            [reference("parameters", "lang")],
        ),
    }
    listed = tuple(described)
    for one in listed:
        paths |= _paths(one)
    paths |= dataset_paths() | analysis_paths(askable.questions)
    paths |= over_time_paths(askable.questions, askable.differences, askable.timelines)
    paths |= place_paths(askable.questions, AREA_TYPES)
    return {
        "openapi": VERSION,
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": "Layers and derived results as collections (OGC API - Features, Tiles).",
        },
        "servers": [{"url": base or "/"}],
        "tags": [
            {"name": "interface", "description": "What there is"},
            {"name": "data", "description": "The features"},
            {"name": "tiles", "description": "The features as vector tiles"},
        ],
        "paths": paths,
        "components": {
            "parameters": _parameters(served, limits)
            | tile_parameters([one.collection.id for one in listed], matrix_sets)
            | analysis_parameters()
            | place_parameters(),
            "schemas": {**SCHEMAS, **over_time_schemas()},
            "responses": {
                "wrong": problem("A parameter is wrong: the message names it, its value and what is allowed."),
                "missing": problem("There is no such thing."),
                "unanswerable": problem("What the collection is derived from cannot be answered now."),
            },
        },
    }


def _paths(described: Described) -> Document:
    """Describe the addresses of one collection."""
    found, asked = described.collection, list(described.asked)
    address, name = f"/collections/{quote(found.id, safe='')}", found.id
    title = found.title.en
    selecting = ["bbox", "bbox-crs", "datetime", "filter", "filter-lang", "filter-crs"]
    paging = ["limit", "offset", "cursor", "crs", "skipGeometry"]
    own = [_of_names("sortby", _signed(found.queryables)), _of_names("properties", tuple(found.schema))]
    conditions = [_condition(one, found.schema.get(one)) for one in filterable(found)]
    paths = {
        address: get_document(
            f"describe.{name}", f"{title}: what it is", "collection", asked, JSON, answered=bool(asked)
        ),
        f"{address}/items": get_document(
            f"items.{name}",
            f"{title}: features",
            "featureCollection",
            [*selecting, *paging, *asked],
            _GEOJSON,
            [*own, *conditions],
            answered=bool(asked),
        ),
        f"{address}/items/{{featureId}}": get_document(
            f"item.{name}",
            f"{title}: one feature",
            "feature",
            ["featureId", "crs", "skipGeometry", *asked],
            _GEOJSON,
            own[1:],
            answered=bool(asked),
        ),
    }
    for part in ("schema", "queryables", "sortables"):
        paths[f"{address}/{part}"] = get_document(
            f"{part}.{name}", f"{title}: {part}", "jsonSchema", asked, _SCHEMA, answered=bool(asked)
        )
    searching = [reference("parameters", one) for one in (*selecting, *paging, *asked)]
    return paths | collection_paths(found, address, asked, [*searching, *own], conditions)


def _signed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{sign}{name}" for name in names for sign in ("", "+", "-"))


def _of_names(name: str, names: tuple[str, ...]) -> Document:
    """Describe a parameter that lists names of this collection."""
    text = {"sortby": "Sorted by, + or nothing for upwards, - for downwards.", "properties": "Only these properties."}
    items = {"type": "string", "enum": list(names)} if names else {"type": "string", "maxLength": 0}
    return query_parameter(
        name,
        text[name],
        {"type": "array", "minItems": 1, "uniqueItems": True, "items": items},
        [names[0]] if names else None,
    )


def _condition(name: str, prop: Property | None) -> Document:
    """Describe a property as a parameter: features that have just this value."""
    schema: Document = {"type": prop.type if prop else "string"}
    if schema["type"] == "integer":
        schema = {"type": "number"}
    if prop is not None and prop.format:
        schema["format"] = prop.format
    title = prop.title.en if prop is not None and prop.title else name
    return query_parameter(name, f"{title}: features with just this value.", schema)


def _parameters(served: Sequence[ServedCrs], limits: Limits) -> Document:
    """Describe the parameters that several addresses have."""
    systems = {"type": "string", "enum": [form for one in served for form in (one.uri, one.curie)]}
    day = {"type": "string", "format": "date", "pattern": DAY_PATTERN}
    moments = "A day or moment, or an interval; either end may be .. for open. Features that are valid then."
    parameters = [
        query_parameter(
            "limit",
            f"At most so many features; above {limits.maximum} it is capped.",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": 10**MAX_DIGITS - 1,
                "default": min(limits.default, limits.maximum),
            },
            10,
        ),
        query_parameter(
            "offset", "So many features are passed over.", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET}
        ),
        query_parameter("cursor", "As it stands in a next or prev link.", {"type": "string", "format": "cursor"}),
        query_parameter("bbox", "Features that meet the box: west,south,east,north.", _BBOX),
        query_parameter("bbox-crs", "The system of bbox, its axes in the authority's order.", systems, served[0].uri),
        query_parameter("crs", "The system of the coordinates in the answer.", systems, served[0].uri),
        query_parameter("datetime", moments, {"type": "string", "format": "ogc-datetime"}, "2026-01-01/.."),
        query_parameter("filter", "A condition in CQL2.", {"type": "string", "format": "cql2"}, "id LIKE 'a%'"),
        query_parameter(
            "filter-lang",
            "How the filter is written.",
            {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
        ),
        query_parameter("filter-crs", "The system of the coordinates in the filter.", systems),
        query_parameter("skipGeometry", "Whether geometries are left out.", {"type": "boolean", "default": False}),
        query_parameter(
            "f", "The form of the answer; goes before Accept.", {"type": "string", "enum": ["json", "html"]}
        ),
        query_parameter(
            "lang",
            "The language of titles; goes before Accept-Language.",
            {"type": "string", "enum": [info.tag for info in LANGUAGES.values()]},
        ),
        query_parameter("at", "The day that the question is asked for; today if none is given.", day, "2026-01-31"),
        query_parameter("before_at", "The day of what is compared with; that of at if none is given.", day),
        query_parameter("case", "Which case of the assumption.", {"type": "string", "enum": list(map(str, Case))}),
        query_parameter(
            "pieces",
            "Whether pieces come by cell, or whole by zone with fewer properties.",
            {"type": "string", "enum": ["cell", "zone"]},
        ),
    ]
    feature = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return {one["name"]: one for one in parameters} | {"featureId": {**feature, "description": "The id of a feature."}}


_BBOX: Document = {
    "type": "array",
    "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
    "items": {"type": "number"},
}
