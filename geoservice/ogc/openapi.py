"""The description of the interface in OpenAPI 3.0, written by hand: every address, parameter and response."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from geoservice.collections import Collection, Property
from geoservice.crs import ServedCrs
from geoservice.i18n import LANGUAGES
from geoservice.ogc.openapi_schemas import SCHEMAS
from geoservice.ogc.parameters import FILTER_LANGUAGES, MAX_DIGITS, MAX_OFFSET, filterable
from geoservice.vocabulary import Case

MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
VERSION = "3.0.3"

_JSON = "application/json"
_GEOJSON = "application/geo+json"
_SCHEMA = "application/schema+json"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How many features a page has: if none is asked, and at most."""

    default: int
    maximum: int


@dataclass(frozen=True, slots=True)
class Described:
    """A collection, and the names of the parameters that it has because of what it is derived from."""

    collection: Collection
    asked: tuple[str, ...] = ()


def description(
    base: str, title: str, described: Iterable[Described], served: Sequence[ServedCrs], limits: Limits
) -> Document:
    """Write the description (/req/oas30/oas-definition-1); every collection has addresses of its own."""
    paths: Document = {
        "/": _get("landing", "The landing page", "landing", [], _JSON),
        "/conformance": _get("conformance", "The standards that are met", "conformance", [], _JSON),
        "/api": _get("api", "This description", "openapi", [], MEDIA_TYPE),
        "/collections": _get("collections", "All collections", "collections", [], _JSON),
    }
    for one in described:
        paths |= _paths(one)
    return {
        "openapi": VERSION,
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": "Layers and derived results as collections (OGC API - Features, Parts 1, 2, 3 and 5).",
        },
        "servers": [{"url": base or "/"}],
        "tags": [
            {"name": "interface", "description": "What there is"},
            {"name": "data", "description": "The features"},
        ],
        "paths": paths,
        "components": {
            "parameters": _parameters(served, limits),
            "schemas": SCHEMAS,
            "responses": {
                "wrong": _problem("A parameter is wrong: the message names it, its value and what is allowed."),
                "missing": _problem("There is no such thing."),
                "unanswerable": _problem("What the collection is derived from cannot be answered now."),
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
        address: _get(f"describe.{name}", f"{title}: what it is", "collection", asked, _JSON, answered=bool(asked)),
        f"{address}/items": _get(
            f"items.{name}",
            f"{title}: features",
            "featureCollection",
            [*selecting, *paging, *asked],
            _GEOJSON,
            [*own, *conditions],
            answered=bool(asked),
        ),
        f"{address}/items/{{featureId}}": _get(
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
        paths[f"{address}/{part}"] = _get(
            f"{part}.{name}", f"{title}: {part}", "jsonSchema", asked, _SCHEMA, answered=bool(asked)
        )
    return paths


def _get(
    operation: str,
    summary: str,
    schema: str,
    shared: Sequence[str],
    media_type: str,
    own: Sequence[Document] = (),
    *,
    answered: bool = False,
) -> Document:
    """Describe what GET gives at one address."""
    content = {media_type: {"schema": _ref("schemas", schema)}, "text/html": {"schema": {"type": "string"}}}
    responses = {
        "200": {"description": summary, "headers": _HEADERS, "content": content},
        "304": {"description": "What the client has is still true."},
        "400": _ref("responses", "wrong"),
        "404": _ref("responses", "missing"),
    }
    if answered:
        responses["503"] = _ref("responses", "unanswerable")
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["data" if "." in operation else "interface"],
            "parameters": [*(_ref("parameters", name) for name in (*shared, "f", "lang")), *own],
            "responses": responses,
        }
    }


_HEADERS: Document = {
    "ETag": {"description": "Changes when the answer does.", "schema": {"type": "string"}},
    "Link": {"description": "The links of the document.", "schema": {"type": "string"}},
    "Content-Crs": {"description": "The system of the coordinates, of features.", "schema": {"type": "string"}},
}


def _ref(kind: str, name: str) -> Document:
    return {"$ref": f"#/components/{kind}/{name}"}


def _problem(text: str) -> Document:
    content = {_JSON: {"schema": _ref("schemas", "exception")}, "text/html": {"schema": {"type": "string"}}}
    return {"description": text, "content": content}


def _query(name: str, text: str, schema: Document, example: Any = None) -> Document:
    """Describe one parameter; a list is written with commas."""
    parameter = {"name": name, "in": "query", "description": text, "required": False, "schema": schema}
    if schema["type"] == "array":
        parameter |= {"style": "form", "explode": False}
    return parameter if example is None else {**parameter, "example": example}


def _signed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{sign}{name}" for name in names for sign in ("", "+", "-"))


def _of_names(name: str, names: tuple[str, ...]) -> Document:
    """Describe a parameter that lists names of this collection."""
    text = {"sortby": "Sorted by, + or nothing for upwards, - for downwards.", "properties": "Only these properties."}
    items = {"type": "string", "enum": list(names)} if names else {"type": "string", "maxLength": 0}
    return _query(
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
    return _query(name, f"{title}: features with just this value.", schema)


def _parameters(served: Sequence[ServedCrs], limits: Limits) -> Document:
    """Describe the parameters that several addresses have."""
    systems = {"type": "string", "enum": [form for one in served for form in (one.uri, one.curie)]}
    day = {"type": "string", "format": "date"}
    moments = "A day or moment, or an interval; either end may be .. for open. Features that are valid then."
    parameters = [
        _query(
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
        _query("offset", "So many features are passed over.", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET}),
        _query("cursor", "As it stands in a next or prev link.", {"type": "string", "format": "cursor"}),
        _query("bbox", "Features that meet the box: west,south,east,north.", _BBOX),
        _query("bbox-crs", "The system of bbox, its axes in the authority's order.", systems, served[0].uri),
        _query("crs", "The system of the coordinates in the answer.", systems, served[0].uri),
        _query("datetime", moments, {"type": "string", "format": "ogc-datetime"}, "2026-01-01/.."),
        _query("filter", "A condition in CQL2.", {"type": "string", "format": "cql2"}, "id LIKE 'a%'"),
        _query(
            "filter-lang",
            "How the filter is written.",
            {"type": "string", "enum": list(FILTER_LANGUAGES), "default": FILTER_LANGUAGES[0]},
        ),
        _query("filter-crs", "The system of the coordinates in the filter.", systems),
        _query("skipGeometry", "Whether geometries are left out.", {"type": "boolean", "default": False}),
        _query("f", "The form of the answer; goes before Accept.", {"type": "string", "enum": ["json", "html"]}),
        _query(
            "lang",
            "The language of titles; goes before Accept-Language.",
            {"type": "string", "enum": [info.tag for info in LANGUAGES.values()]},
        ),
        _query("at", "The day that the question is asked for; today if none is given.", day, "2026-01-31"),
        _query("before_at", "The day of what is compared with; that of at if none is given.", day),
        _query("case", "Which case of the assumption.", {"type": "string", "enum": list(map(str, Case))}),
        _query(
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
