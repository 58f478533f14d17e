"""Geometries in filters: literals read, checked and brought to longitude and latitude; predicates by the tree."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from geoservice.collections.filtering.columns import Mask
from geoservice.crs import ServedCrs
from geoservice.errors import Unfit, message, shorten

Geometries = npt.NDArray[np.object_]
_SEGMENTS = 32
"""Into how many parts a side of a box is cut before it is moved to another system."""
_TURN = 360.0
_MOST_TURNS = 10
"""How often a map may have been panned round the world."""
_SAME_PLACE_M = 10.0
"""Ways between systems may differ so much there and back; what has no place in a system differs by far more."""
_BEYOND = message("coordinates lie beyond their reference system")

PREDICATES: Mapping[str, Callable[[Any, Any], Any]] = {
    "s_contains": shapely.contains,
    "s_crosses": shapely.crosses,
    "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals,
    "s_intersects": shapely.intersects,
    "s_overlaps": shapely.overlaps,
    "s_touches": shapely.touches,
    "s_within": shapely.within,
}
_INVERSE = {"s_contains": "s_within", "s_within": "s_contains"}
_IN_TREE = {
    "s_contains": "within",
    "s_crosses": "crosses",
    "s_disjoint": "intersects",
    "s_equals": "covers",
    "s_intersects": "intersects",
    "s_overlaps": "overlaps",
    "s_touches": "touches",
    "s_within": "contains",
}
"""What the tree is asked of a literal, for a predicate of the features' geometry and that literal."""


def read_geometry(node: Any, crs: ServedCrs | None) -> Any:
    """Read a GeoJSON geometry in a system; gives it in longitude and latitude. Raises ValueError."""
    try:
        found = shapely.from_geojson(orjson.dumps(node))
    except (shapely.errors.GEOSException, TypeError) as error:
        raise Unfit(message("a geometry cannot be read: %(error)s"), {"error": shorten(str(error))}) from error
    return in_lonlat(found, crs)


def read_bbox(numbers: Any, crs: ServedCrs | None) -> Any:
    """Read a box of four or six numbers; one whose first longitude is greater crosses the antimeridian."""
    fit = isinstance(numbers, list) and len(numbers) in (4, 6)
    if not fit or not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers):
        raise Unfit(message("BBOX has four numbers, or six with heights"))
    half = len(numbers) // 2
    return box_lonlat((numbers[0], numbers[1], numbers[half], numbers[half + 1]), crs)


def box_lonlat(numbers: tuple[float, float, float, float], crs: ServedCrs | None) -> Any:
    """Give the geometry, in longitude and latitude, of a box in a system, its axes in the authority's order.

    Raises ValueError for a box that is upside down or beyond the system.
    """
    first, second, third, fourth = numbers
    if crs is not None and not crs.is_geographic:
        if first > third or second > fourth:
            raise Unfit(message("the first corner must not lie beyond the second"))
        straight = _rectangle(first, second, third, fourth)
        side = max(third - first, fourth - second)
        return in_lonlat(shapely.segmentize(straight, side / _SEGMENTS) if side > 0 else straight, crs)
    if crs is not None and crs.latitude_first:
        first, second, third, fourth = second, first, fourth, third
    if second > fourth:
        raise Unfit(message("the south must not lie above the north"))
    if max(abs(first), abs(third)) > 180 or max(abs(second), abs(fourth)) > 90:  # noqa: PLR2004 - the globe
        raise Unfit(message("longitudes lie within 180 degrees and latitudes within 90"))
    if first <= third:
        return _rectangle(first, second, third, fourth)
    return shapely.union_all([_rectangle(first, second, 180.0, fourth), _rectangle(-180.0, second, third, fourth)])


def _rectangle(west: float, south: float, east: float, north: float) -> Any:
    """Make a box, or the line or point that is left of one without width or height."""
    if west < east and south < north:
        return shapely.box(west, south, east, north)
    if west == east and south == north:
        return shapely.Point(west, south)
    return shapely.LineString([(west, south), (east, north)])


def in_lonlat(geometry: Any, crs: ServedCrs | None) -> Any:
    """Bring a geometry of a system to longitude and latitude; raises ValueError if it has no sound place there.

    One of a system that goes round the globe is cut at the antimeridian; one of any other may not reach beyond it.
    """
    if geometry is None or shapely.is_empty(geometry):
        raise Unfit(message("a geometry must not be empty"))
    if not shapely.is_valid(geometry):
        raise Unfit(message("a geometry is not valid: %(why)s"), {"why": shapely.is_valid_reason(geometry)})
    moved = geometry if crs is None else crs.to_lonlat(np.array([shapely.force_2d(geometry)]))[0]
    west, south, east, north = shapely.bounds(moved)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise Unfit(_BEYOND)
    if crs is not None and crs.goes_round:
        moved = _on_the_globe(moved)
        west, south, east, north = shapely.bounds(moved)
    elif crs is not None and not crs.is_lonlat:
        _require_one_place(geometry, moved, crs)
    if west < -180 or east > 180 or south < -90 or north > 90:  # noqa: PLR2004 - the globe
        raise Unfit(message("longitudes lie within 180 degrees and latitudes within 90"))
    return moved


def _on_the_globe(geometry: Any) -> Any:
    """Cut what lies beyond the antimeridian there, and lay each part where it is; raises ValueError if too far."""
    west, _, east, _ = shapely.bounds(geometry)
    if west >= -180 and east <= 180:  # noqa: PLR2004 - the globe
        return geometry
    if max(-west, east) > _MOST_TURNS * _TURN:
        raise Unfit(_BEYOND)
    return shapely.union_all([piece for part in _parts(geometry) for piece in _pieces(part)])


def _pieces(part: Any) -> Iterator[Any]:
    """Give what of one point, line or polygon lies in each turn round the globe, laid into the first."""
    west, _, east, _ = shapely.bounds(part)
    for turn in range(math.floor((west + 180) / _TURN), math.floor((east + 180) / _TURN) + 1):
        globe = shapely.box(-180 + turn * _TURN, -90, 180 + turn * _TURN, 90)
        piece = shapely.intersection(part, globe)
        # What only touches the antimeridian from beyond would add a line to an area.
        if shapely.get_dimensions(piece) == shapely.get_dimensions(part):
            yield shapely.transform(piece, lambda xy, turn=turn: xy - (turn * _TURN, 0))


def _require_one_place(geometry: Any, moved: Any, crs: ServedCrs) -> None:
    """Raise ValueError for what is not the same there and back, or what of a plane goes on beyond the antimeridian."""
    there = shapely.get_coordinates(geometry)
    back = shapely.get_coordinates(crs.from_lonlat(np.array([moved]))[0])
    if not np.allclose(there, back, rtol=0, atol=crs.units(_SAME_PLACE_M)):
        raise Unfit(_BEYOND)
    for line in () if crs.is_geographic else _lines(moved):
        if (np.abs(np.diff(shapely.get_coordinates(line)[:, 0])) > 180).any():  # noqa: PLR2004 - half the globe
            raise Unfit(message("a geometry of this system must not cross the antimeridian"))


def _lines(geometry: Any) -> Geometries:
    """Give all lines and rings of a geometry."""
    parts = _parts(geometry)
    dimension = shapely.get_dimensions(parts)
    return np.concatenate([parts[dimension == 1], shapely.get_rings(parts[dimension == 2])])  # noqa: PLR2004 - areas


def _parts(geometry: Any) -> Geometries:
    """Give the points, lines and polygons that a geometry is put together of, however deep."""
    parts = np.array([geometry])
    while (shapely.get_type_id(parts) >= shapely.GeometryType.MULTIPOINT).any():
        parts = shapely.get_parts(parts)
    return parts


def features_related(
    predicate: str,
    tree: shapely.STRtree,
    placed: npt.NDArray[np.intp],
    features: Geometries,
    literal: Any,
    *,
    flip: bool,
) -> Mask:
    """Tell which features' geometries lie so to a literal, or, flipped, the literal to them; found by the tree."""
    wanted = _INVERSE.get(predicate, predicate) if flip else predicate
    found = placed[tree.query(literal, predicate=_IN_TREE[wanted])]
    if wanted == "s_equals":
        found = found[shapely.equals(features[found], literal)]
    mask = np.zeros(len(features), dtype=bool)
    mask[found] = True
    return ~mask if wanted == "s_disjoint" else mask
