"""Geometries in filters: literals read, checked and brought to longitude and latitude; predicates by the tree."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from geoservice.collections.filtering.columns import Mask
from geoservice.crs import ServedCrs
from geoservice.errors import shorten

Geometries = npt.NDArray[np.object_]
_SEGMENTS = 32
"""Into how many parts a side of a box is cut before it is moved to another system."""

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
        raise ValueError(f"a geometry cannot be read: {shorten(str(error))}") from error
    return in_lonlat(found, crs)


def read_bbox(numbers: Any, crs: ServedCrs | None) -> Any:
    """Read a box of four or six numbers; one whose first longitude is greater crosses the antimeridian."""
    fit = isinstance(numbers, list) and len(numbers) in (4, 6)
    if not fit or not all(isinstance(n, (int, float)) and not isinstance(n, bool) for n in numbers):
        raise ValueError("BBOX has four numbers, or six with heights")
    half = len(numbers) // 2
    return box_lonlat((numbers[0], numbers[1], numbers[half], numbers[half + 1]), crs)


def box_lonlat(numbers: tuple[float, float, float, float], crs: ServedCrs | None) -> Any:
    """Give the geometry, in longitude and latitude, of a box in a system, its axes in the authority's order.

    Raises ValueError for a box that is upside down or beyond the system.
    """
    first, second, third, fourth = numbers
    if crs is not None and not crs.is_geographic:
        if first > third or second > fourth:
            raise ValueError("the first corner must not lie beyond the second")
        straight = _rectangle(first, second, third, fourth)
        side = max(third - first, fourth - second)
        return in_lonlat(shapely.segmentize(straight, side / _SEGMENTS) if side > 0 else straight, crs)
    if crs is not None and crs.latitude_first:
        first, second, third, fourth = second, first, fourth, third
    if second > fourth:
        raise ValueError("the south must not lie above the north")
    if max(abs(first), abs(third)) > 180 or max(abs(second), abs(fourth)) > 90:  # noqa: PLR2004 - the globe
        raise ValueError("longitudes lie within 180 degrees and latitudes within 90")
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
    """Bring a geometry of a system to longitude and latitude; raises ValueError if it has no sound place there."""
    if geometry is None or shapely.is_empty(geometry):
        raise ValueError("a geometry must not be empty")
    if not shapely.is_valid(geometry):
        raise ValueError(f"a geometry is not valid: {shapely.is_valid_reason(geometry)}")
    moved = geometry if crs is None else crs.to_lonlat(np.array([shapely.force_2d(geometry)]))[0]
    west, south, east, north = shapely.bounds(moved)
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("coordinates lie beyond their reference system")
    if west < -180 or east > 180 or south < -90 or north > 90:  # noqa: PLR2004 - the globe
        raise ValueError("longitudes lie within 180 degrees and latitudes within 90")
    return moved


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
