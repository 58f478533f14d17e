"""KML 2.3 (OGC 12-007r2), written feature by feature: longitude and latitude of WGS 84, values typed by a schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely

from geoservice.formats.credits import sentence
from geoservice.formats.export import ID, Export
from geoservice.formats.geojson import plain, rounded

MEDIA_TYPE = "application/vnd.google-earth.kml+xml"
_TYPES = {"number": "double", "integer": "int", "boolean": "bool"}
_NOT_XML = [*(set(range(0x20)) - {0x9, 0xA, 0xD}), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
"""Characters that XML 1.0 cannot hold in any way; they are shown as replaced."""
_ESCAPED = dict.fromkeys(_NOT_XML, "\N{REPLACEMENT CHARACTER}") | {ord(char): f"&#{ord(char)};" for char in "&<>\"'\r"}
_QUOTED = _ESCAPED | {0x9: "&#9;", 0xA: "&#10;"}
"""In an attribute a line feed would be read as a space."""
_SCHEMA = "fields"
_PARTS = {"MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"}


def kml(export: Export) -> Iterator[bytes]:
    """Write features as one document, some thousands at a time; each is named in English, else by its id."""
    collection = export.collection
    fields = {ID: "string"} | {
        export.column(name): _TYPES.get(collection.schema[name].type, "string") for name in export.properties
    }
    declared = "".join(f"<SimpleField name={_quoted(name)} type={_quoted(kind)}/>" for name, kind in fields.items())
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document id={_quoted(collection.id)}>'
        f"<name>{_text(collection.title.en)}</name>"
        f"<description>{_text(sentence({'about': collection.description.en, **export.credits}))}</description>"
        f'<Schema name={_quoted(collection.id)} id="{_SCHEMA}">{declared}</Schema>\n'
    ).encode()
    openings = [f"<SimpleData name={_quoted(name)}>" for name in fields]
    for ids, frame in export.batches():
        placed = rounded(frame)
        columns = [_texts(ids), *(_texts([plain(value) for value in placed[name]]) for name in export.properties)]
        names = _texts([plain(value) for value in placed["name_en"]]) if "name_en" in placed else columns[0]
        rows = zip(names, zip(*columns, strict=True), np.asarray(placed.geometry.array), strict=True)
        yield "".join(
            f"<Placemark><name>{name or values[0]}</name>{_data(openings, values)}{_geometry(shape)}</Placemark>\n"
            for name, values, shape in rows
        ).encode()
    yield b"</Document></kml>\n"


def _texts(values: Iterable[Any]) -> list[str | None]:
    """Write values as they stand between tags; None stays none."""
    return [
        None if value is None else str(value).lower() if isinstance(value, bool) else _text(str(value))
        for value in values
    ]


def _data(openings: Sequence[str], values: Sequence[str | None]) -> str:
    pairs = zip(openings, values, strict=True)
    written = "".join(f"{opening}{value}</SimpleData>" for opening, value in pairs if value is not None)
    return f'<ExtendedData><SchemaData schemaUrl="#{_SCHEMA}">{written}</SchemaData></ExtendedData>'


def _geometry(shape: shapely.Geometry | None) -> str:
    """Write one geometry, or nothing for none; parts of a collection that are empty are left out."""
    if shape is None or shape.is_empty:
        return ""
    if shape.geom_type in _PARTS:
        return f"<MultiGeometry>{''.join(_geometry(part) for part in shape.geoms)}</MultiGeometry>"
    if shape.geom_type == "Polygon":
        holes = "".join(f"<innerBoundaryIs>{_ring(ring)}</innerBoundaryIs>" for ring in shape.interiors)
        return f"<Polygon><outerBoundaryIs>{_ring(shape.exterior)}</outerBoundaryIs>{holes}</Polygon>"
    kind = "Point" if shape.geom_type == "Point" else "LineString"
    return f"<{kind}>{_coordinates(shape)}</{kind}>"


def _ring(ring: shapely.Geometry) -> str:
    return f"<LinearRing>{_coordinates(ring)}</LinearRing>"


def _coordinates(shape: shapely.Geometry) -> str:
    places = " ".join([f"{lon},{lat}" for lon, lat in shapely.get_coordinates(shape).tolist()])
    return f"<coordinates>{places}</coordinates>"


def _text(value: str) -> str:
    """Write a text between tags."""
    return value.translate(_ESCAPED)


def _quoted(value: str) -> str:
    return f'"{value.translate(_QUOTED)}"'
