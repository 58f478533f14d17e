"""An area that was drawn or uploaded, from its bytes to one valid shape in the working CRS."""

from __future__ import annotations

import re
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from pyproj.exceptions import ProjError

from geoservice.coverage.cells import polygonal
from geoservice.crs import LONLAT, Extent, WorkingCrs
from geoservice.errors import AreaError, message
from geoservice.formats.polygons import Polygons
from geoservice.formats.uploads import read_polygons

MOST_CORNERS = 20_000
MOST_OUTLINE_M = 5_000_000
"""A longer outline is a comb, whose teeth would take seconds to measure."""
LEAST_AREA_M2 = 1.0
_HALF_WORLD_DEG, _POLE_DEG = 180.0, 90.0
_WHERE = re.compile(r"^(.*)\[(\S+) (\S+)\]$")

_WRONG = {
    "Self-intersection": message("The outline crosses itself near %(where)s."),
    "Ring Self-intersection": message("The outline touches itself near %(where)s."),
    "Hole lies outside shell": message("A hole lies outside the area, near %(where)s."),
    "Holes are nested": message("A hole lies in another hole, near %(where)s."),
    "Interior is disconnected": message("Holes cut the area apart near %(where)s."),
    "Too few points in geometry component": message("The outline has too few corners near %(where)s."),
    "Duplicate Rings": message("Two rings are the same, near %(where)s."),
}
"""What GEOS finds wrong with a polygon."""


@dataclass(frozen=True, slots=True)
class AreaShape:
    """An area in longitude and latitude, as it was given, and in the working CRS."""

    lonlat: shapely.Geometry
    plane: shapely.Geometry


def read_area(content: bytes, box: Extent, working: WorkingCrs) -> AreaShape:
    """Read a polygon, or several as one area, from GeoJSON or a file; raises AreaError that says what is wrong.

    It is to lie in or near the region's `box`; its corners are joined by straight lines of the working plane.
    """
    polygons, crs = read_polygons(content)
    _require_some(polygons)
    given = gpd.GeoSeries(polygons, crs=crs)
    if crs == LONLAT:
        _require_degrees(given.total_bounds.tolist())
    _require_valid(given)
    try:
        lonlat, plane = given.to_crs(LONLAT), given.to_crs(working.crs)
    except ProjError as error:
        raise _not_degrees(given.total_bounds.tolist()) from error
    _require_degrees(lonlat.total_bounds.tolist())
    _require_near(lonlat.total_bounds.tolist(), box)
    return AreaShape(shapely.union_all(lonlat.array), _in_plane(np.asarray(plane.array, dtype=object)))


def _require_some(polygons: Polygons) -> None:
    corners = int(shapely.get_num_coordinates(np.array(polygons, dtype=object)).sum()) if polygons else 0
    if not corners:
        raise AreaError(message("There is no polygon in it."), advice=message("Draw one, or give a file with one."))
    if corners > MOST_CORNERS:
        raise AreaError(
            message("The area has %(corners)s corners."),
            advice=message("At most %(most)s are measured: simplify it."),
            values={"corners": corners, "most": MOST_CORNERS},
        )


def _require_degrees(bounds: list[float]) -> None:
    """Raise AreaError for numbers that are no degrees, and for an area that goes over the antimeridian."""
    west, south, east, north = bounds
    over = abs(west) <= 2 * _HALF_WORLD_DEG and abs(east) <= 2 * _HALF_WORLD_DEG
    in_latitudes = south >= -_POLE_DEG and north <= _POLE_DEG
    if in_latitudes and over and (east - west > _HALF_WORLD_DEG or west < -_HALF_WORLD_DEG or east > _HALF_WORLD_DEG):
        raise AreaError(
            message("The area goes over the antimeridian, or around the world."),
            advice=message("Give longitudes from -180 to 180 that span less than 180 degrees."),
        )
    if not (in_latitudes and west >= -_HALF_WORLD_DEG and east <= _HALF_WORLD_DEG):
        raise _not_degrees(bounds)


def _not_degrees(bounds: list[float]) -> AreaError:
    west, south, east, north = (f"{value:.6g}" for value in bounds)
    return AreaError(
        message("The coordinates, %(west)s to %(east)s and %(south)s to %(north)s, are no longitude and latitude."),
        advice=message("Longitude comes first; other systems need a crs member or a file that names them."),
        values={"west": west, "south": south, "east": east, "north": north},
    )


def _require_valid(given: gpd.GeoSeries) -> None:
    shapes = np.asarray(given.array, dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(shapes))
    if not len(wrong):
        return
    reason = str(shapely.is_valid_reason(shapes[wrong[0]]))
    found = _WHERE.match(reason)
    what, where = (found[1], f"{float(found[2]):.7g}, {float(found[3]):.7g}") if found else (reason, "")
    raise AreaError(
        _WRONG.get(what, message("The outline is not that of an area, near %(where)s.")),
        advice=message("Move or take out corners so that no side crosses or touches another."),
        values={"where": where},
    )


def _require_near(bounds: list[float], box: Extent) -> None:
    """Raise AreaError for an area that misses the region, or reaches farther beyond it than the region is wide."""
    west, south, east, north = bounds
    wide, high = box.east - box.west, box.north - box.south
    sides = {name: f"{getattr(box, name):g}" for name in ("west", "south", "east", "north")}
    advice = message(
        "The region is from %(west)s to %(east)s in longitude and from %(south)s to %(north)s in latitude."
    )
    if west > box.east or east < box.west or south > box.north or north < box.south:
        raise AreaError(message("The area lies outside the region."), advice=advice, values=sides)
    if west < box.west - wide or east > box.east + wide or south < box.south - high or north > box.north + high:
        raise AreaError(message("The area reaches far beyond the region."), advice=advice, values=sides)


def _in_plane(polygons: np.ndarray[tuple[int], np.dtype[np.object_]]) -> shapely.Geometry:
    """Unite the polygons; those that lost their validity on the way are mended."""
    mended = polygonal(shapely.make_valid(polygons))
    whole = shapely.union_all(mended)
    if shapely.length(whole) > MOST_OUTLINE_M:
        raise AreaError(
            message("The outline is %(length)s km long."),
            advice=message("At most %(most)s km are measured: simplify it."),
            values={"length": round(shapely.length(whole) / 1000), "most": MOST_OUTLINE_M // 1000},
        )
    if shapely.area(whole) < LEAST_AREA_M2:
        raise AreaError(message("The area is smaller than 1 m²."), advice=message("Draw a larger one."))
    return whole
