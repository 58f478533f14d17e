"""The schemas of the service's answers, as OpenAPI 3.0 has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STRING: Mapping[str, Any] = {"type": "string"}
_STRINGS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
_LINKS: Mapping[str, Any] = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
_NUMBERS: Mapping[str, Any] = {"type": "array", "items": {"type": "number"}}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    needed = {"required": required.split()} if required else {}
    return {"type": "object", **needed, "properties": properties}


SCHEMAS: Mapping[str, Any] = {
    "link": _object("href rel", href=_STRING, rel=_STRING, type=_STRING, title=_STRING, hreflang=_STRING),
    "exception": _object("code description", code=_STRING, description=_STRING),
    "landing": _object("links", title=_STRING, description=_STRING, links=_LINKS),
    "conformance": _object("conformsTo", conformsTo=_STRINGS, links=_LINKS),
    "openapi": _object("openapi info paths", openapi=_STRING, info={"type": "object"}, paths={"type": "object"}),
    "jsonSchema": _object(
        "type properties", type={"type": "string", "enum": ["object"]}, properties={"type": "object"}
    ),
    "extent": _object(
        "",
        spatial=_object("bbox", bbox={"type": "array", "minItems": 1, "items": _NUMBERS}, crs=_STRING),
        temporal=_object(
            "interval",
            interval={
                "type": "array",
                "items": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "string", "format": "date-time", "nullable": True},
                },
            },
        ),
    ),
    "collection": _object(
        "id links",
        id=_STRING,
        title=_STRING,
        description=_STRING,
        itemType=_STRING,
        extent={"$ref": "#/components/schemas/extent"},
        crs=_STRINGS,
        storageCrs=_STRING,
        links=_LINKS,
        properties={"type": "object"},
        about={"type": "object"},
    ),
    "collections": _object(
        "links collections",
        links=_LINKS,
        crs=_STRINGS,
        collections={"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
        problems=_STRINGS,
    ),
    "feature": _object(
        "type geometry properties",
        type={"type": "string", "enum": ["Feature"]},
        id=_STRING,
        geometry={"type": "object", "nullable": True},
        properties={"type": "object"},
        links=_LINKS,
    ),
    "featureCollection": _object(
        "type features",
        type={"type": "string", "enum": ["FeatureCollection"]},
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched=_COUNT,
        numberReturned=_COUNT,
        links=_LINKS,
        features={"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
    ),
}
