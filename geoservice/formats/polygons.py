"""Polygons in texts from outside: GeoJSON and KML, within bounds; whatever is wrong is an AreaError that says so."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import orjson
import shapely
from pyproj import CRS

from geoservice.crs import LONLAT, parse_crs
from geoservice.errors import AreaError, CrsError, message, shorten

MOST_LEVELS = 8
"""Geometries and elements nested deeper than this are no area that anybody draws."""
LEAST_CORNERS = 3
_AXES = (2, 3, 4)
_LONGEST_CRS = 200

Polygons = list[shapely.Polygon]
AREA_FORMATS = message("Give GeoJSON, KML, KMZ, a zipped shapefile or a GeoPackage.")
"""What an area can be uploaded as: advice for whatever cannot be read."""


def geojson_polygons(content: bytes) -> tuple[Polygons, CRS]:
    """Read the polygons of a GeoJSON text, and the system that they are in: WGS 84, or that of an old `crs` member."""
    try:
        document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise AreaError(
            message("The area is not JSON in UTF-8: %(error)s."),
            advice=AREA_FORMATS,
            values={"error": shorten(str(error), 120)},
        ) from error
    if not isinstance(document, dict):
        _refuse_type(document)
    return list(_polygons_in(document, 0)), _crs_in(document)


def _crs_in(document: dict[str, Any]) -> CRS:
    """Read the `crs` member of GeoJSON as it was in 2008, which GIS still write: easting or longitude first."""
    member = document.get("crs")
    if member is None:
        return LONLAT
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str) or len(name) > _LONGEST_CRS:
        raise _unknown_crs(str(name))
    try:
        return parse_crs(name)
    except CrsError as error:
        raise _unknown_crs(name) from error


def _unknown_crs(name: str) -> AreaError:
    return AreaError(
        message("The coordinate system '%(name)s' of the area is not known."),
        advice=message("Give longitude and latitude of WGS 84, or the code of a system such as EPSG:3857."),
        values={"name": shorten(name)},
    )


def _polygons_in(document: Any, level: int) -> Iterator[shapely.Polygon]:
    kind = document.get("type") if isinstance(document, dict) else None
    if level > MOST_LEVELS or not isinstance(kind, str) or kind not in _HELD:
        _refuse_type(document)
    if kind == "Polygon":
        yield _polygon(document.get("coordinates"))
        return
    held = document.get(_HELD[kind])
    if kind == "Feature":
        yield from _polygons_in(held, level + 1)
        return
    if not isinstance(held, list):
        _refuse_coordinates(held)
    for one in held:
        if kind == "MultiPolygon":
            yield _polygon(one)
        else:
            yield from _polygons_in(one, level + 1)


_HELD = {
    "FeatureCollection": "features",
    "Feature": "geometry",
    "GeometryCollection": "geometries",
    "MultiPolygon": "coordinates",
    "Polygon": "coordinates",
}


def _refuse_type(document: Any) -> NoReturn:
    given = document.get("type") if isinstance(document, dict) else document
    raise AreaError(
        message("'%(kind)s' is no area."),
        advice=message("Give a Polygon or a MultiPolygon, or features that have no other geometry."),
        values={"kind": shorten(given if isinstance(given, str) else str(given))},
    )


def _refuse_coordinates(given: Any) -> NoReturn:
    raise AreaError(
        message("The coordinates '%(given)s' are not those of a polygon."),
        advice=message("Give rings of at least 4 positions, each of finite numbers, the last one like the first."),
        values={"given": shorten(str(given), 60)},
    )


def _polygon(rings: Any) -> shapely.Polygon:
    """Make a polygon of a list of rings, each a list of positions."""
    if not isinstance(rings, list):
        _refuse_coordinates(rings)
    if not rings:
        return shapely.Polygon()
    shell, *holes = (_ring(ring) for ring in rings)
    return shapely.Polygon(shell, holes)


def _ring(ring: Any) -> list[tuple[float, float]]:
    if not isinstance(ring, list) or len(ring) <= LEAST_CORNERS:
        _refuse_coordinates(ring)
    corners = [_corner(position) for position in ring]
    if corners[0] != corners[-1]:
        _refuse_coordinates(ring)
    return corners


def _corner(position: Any) -> tuple[float, float]:
    if not isinstance(position, list) or len(position) not in _AXES or not all(map(_is_number, position)):
        _refuse_coordinates(position)
    return float(position[0]), float(position[1])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


# ------------------------------------------------------------------ KML


def kml_polygons(content: bytes) -> tuple[Polygons, CRS]:
    """Read the polygons of a KML text (OGC 12-007r2): longitude and latitude of WGS 84, heights left out.

    A document type declaration is refused, as its entities could grow without end.
    """
    root = _xml(content)
    if _local(root.tag) != "kml":
        _refuse_xml(f"<{shorten(_local(root.tag))}>")
    return [_kml_polygon(element) for element in root.iter() if _local(element.tag) == "Polygon"], LONLAT


def _xml(content: bytes) -> Element:
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator="}")

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_LEVELS * MOST_LEVELS:
            _refuse_xml("<…>")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def declared(*_: Any) -> NoReturn:
        _refuse_xml("<!DOCTYPE>")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(content, True)  # noqa: FBT003 - it is all of it
    except (expat.ExpatError, LookupError, ValueError) as error:
        _refuse_xml(str(error))
    return builder.close()


def _refuse_xml(what: str) -> NoReturn:
    raise AreaError(
        message("The file is no KML that can be read: %(what)s."),
        advice=AREA_FORMATS,
        values={"what": shorten(what, 120)},
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _kml_polygon(element: Element) -> shapely.Polygon:
    rings: dict[str, list[list[tuple[float, float]]]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
    for border in element:
        if (name := _local(border.tag)) in rings:
            texts = [one.text or "" for one in border.iter() if _local(one.tag) == "coordinates"]
            rings[name] += [_kml_ring(text) for text in texts]
    if len(rings["outerBoundaryIs"]) != 1:
        _refuse_coordinates("")
    return shapely.Polygon(rings["outerBoundaryIs"][0], rings["innerBoundaryIs"])


def _kml_ring(text: str) -> list[tuple[float, float]]:
    return _ring([_kml_position(part.split(",")) for part in text.split()])


def _kml_position(parts: Sequence[str]) -> list[float]:
    try:
        return [float(part) for part in parts]
    except ValueError:
        _refuse_coordinates(",".join(parts))
