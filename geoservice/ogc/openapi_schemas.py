"""The schemas of the service's answers, as OpenAPI 3.0 has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STRING: Mapping[str, Any] = {"type": "string"}
_STRINGS: Mapping[str, Any] = {"type": "array", "items": {"type": "string"}}
_LINKS: Mapping[str, Any] = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_MOMENT: Mapping[str, Any] = {"type": "string", "format": "date-time"}
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
    "statusInfo": _object(
        "processID type jobID status question links",
        processID=_STRING,
        type={"type": "string", "enum": ["process"]},
        jobID=_STRING,
        status={"type": "string", "enum": ["successful", "dismissed"]},
        created=_MOMENT,
        updated=_MOMENT,
        expires=_MOMENT,
        progress={"type": "integer", "minimum": 0, "maximum": 100},
        named=_STRING,
        question={"type": "object"},
        links=_LINKS,
    ),
    "jobList": _object(
        "jobs links", jobs={"type": "array", "items": {"$ref": "#/components/schemas/statusInfo"}}, links=_LINKS
    ),
    "clusters": _object(
        "type features",
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={
            "type": "array",
            "items": _object(
                "type id geometry properties",
                type={"type": "string", "enum": ["Feature"]},
                id=_COUNT,
                geometry={"type": "object"},
                properties=_object("count", count={"type": "integer", "minimum": 1}),
            ),
        },
    ),
    "tileMatrixSets": _object(
        "tileMatrixSets",
        tileMatrixSets={"type": "array", "items": _object("id links", id=_STRING, uri=_STRING, links=_LINKS)},
        links=_LINKS,
    ),
    "tileMatrixSet": _object(
        "id crs tileMatrices",
        id=_STRING,
        uri=_STRING,
        orderedAxes=_STRINGS,
        tileMatrices={
            "type": "array",
            "minItems": 1,
            "items": _object(
                "id scaleDenominator cellSize pointOfOrigin tileWidth tileHeight matrixWidth matrixHeight",
                id=_STRING,
                scaleDenominator={"type": "number"},
                cellSize={"type": "number"},
                pointOfOrigin=_NUMBERS,
                tileWidth=_COUNT,
                tileHeight=_COUNT,
                matrixWidth=_COUNT,
                matrixHeight=_COUNT,
            ),
        },
        links=_LINKS,
    ),
    "tilesets": _object(
        "tilesets links",
        tilesets={"type": "array", "items": _object("dataType crs links", dataType=_STRING, links=_LINKS)},
        links=_LINKS,
    ),
    "tileset": _object(
        "dataType crs tileMatrixSetURI links",
        title=_STRING,
        description=_STRING,
        dataType={"type": "string", "enum": ["vector"]},
        tileMatrixSetURI=_STRING,
        tileMatrixSetLimits={"type": "array", "items": {"type": "object"}},
        layers={"type": "array", "items": _object("id dataType", id=_STRING, dataType=_STRING)},
        attribution=_STRING,
        links=_LINKS,
    ),
    "tileJson": _object(
        "tilejson tiles vector_layers",
        tilejson=_STRING,
        tiles=_STRINGS,
        minzoom=_COUNT,
        maxzoom=_COUNT,
        bounds={"type": "array", "minItems": 4, "maxItems": 4, "items": {"type": "number"}},
        vector_layers={"type": "array", "items": _object("id fields", id=_STRING, fields={"type": "object"})},
    ),
}
