"""What a collection's features are, as JSON Schema: all of it, what can be filtered by, what can be sorted by."""

from __future__ import annotations

from typing import Any

from geoservice.collections import Outline, Property
from geoservice.collections.collection import ID, VALID_FROM, VALID_TO
from geoservice.i18n import Language

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MEDIA_TYPE = "application/schema+json"
_ROLES = {VALID_FROM: "primary-interval-start", VALID_TO: "primary-interval-end"}
_FORMATS = (
    "geometry-point-or-multipoint",
    "geometry-linestring-or-multilinestring",
    "geometry-polygon-or-multipolygon",
)


def property_schema(prop: Property, language: Language) -> dict[str, Any]:
    """Describe one property: its type, and its title, unit and format where it has them."""
    return {
        "type": prop.type,
        **({"title": prop.title.within(language)} if prop.title else {}),
        **({"format": prop.format} if prop.format else {}),
        **({"x-ogc-unit": prop.unit} if prop.unit else {}),
    }


def schema(address: str, described: Outline, language: Language) -> dict[str, Any]:
    """Write the schema of a collection's features (23-058r1, /req/schemas/op)."""
    members: dict[str, Any] = {ID: {"type": "string", "x-ogc-role": "id", "readOnly": True}}
    for position, (name, prop) in enumerate(described.schema.items(), start=1):
        role = {"x-ogc-role": _ROLES[name]} if name in _ROLES else {}
        members[name] = {**property_schema(prop, language), **role, "x-ogc-propertySeq": position}
    members["geometry"] = {"format": _geometry_format(described), "x-ogc-role": "primary-geometry"}
    return _document(address, described, language, members)


def queryables(address: str, described: Outline, language: Language) -> dict[str, Any]:
    """Write what a filter may name (19-079r2, /req/queryables/get-queryables-response)."""
    members: dict[str, Any] = _scalars(described, language)
    members["geometry"] = {"format": _geometry_format(described), "x-ogc-role": "primary-geometry"}
    return _document(address, described, language, members)


def sortables(address: str, described: Outline, language: Language) -> dict[str, Any]:
    """Write what features may be sorted by."""
    return _document(address, described, language, _scalars(described, language))


def _scalars(described: Outline, language: Language) -> dict[str, Any]:
    members: dict[str, Any] = {ID: {"type": "string", "x-ogc-role": "id"}}
    return members | {name: property_schema(prop, language) for name, prop in described.schema.items()}


def _geometry_format(described: Outline) -> str:
    """Name the kind of geometry; any kind where there are several, or none yet."""
    dimensions = described.dimensions
    return _FORMATS[next(iter(dimensions))] if len(dimensions) == 1 else "geometry-any"


def _document(address: str, described: Outline, language: Language, members: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$id": address,
        "type": "object",
        "title": described.title.within(language),
        "properties": members,
        "additionalProperties": False,
    }
