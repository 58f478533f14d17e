"""Service areas: discs around points, as polygons of a stated precision, cut to the landmass they stand on."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.crs import WorkingCrs


def vertex_count(range_m: float, chord_error_m: float) -> int:
    """Give the vertices of a regular polygon that stays within `chord_error_m` of a circle of `range_m`.

    The sagitta of a chord that spans the angle 2a is r (1 - cos a). Counted for the inscribed polygon, so a polygon of
    equal area, which lies half inside and half outside, is well within it.
    """
    half_angle = math.acos(max(1 - chord_error_m / range_m, 0.0))
    return max(8, math.ceil(math.pi / half_angle))


def discs(points: gpd.GeoSeries, range_m: float, chord_error_m: float, working: WorkingCrs) -> gpd.GeoSeries:
    """Give a polygon for the disc of `range_m` metres around each point; same index, working CRS.

    Each is regular, nowhere farther than `chord_error_m` from the circle, and has exactly the disc's area: the vertices
    stand at r sqrt(2a / sin 2a) for the half angle a, since a regular polygon of n = pi / a corners at distance R has
    the area n R² sin(2a) / 2. Raises CrsError if the points are not in the working CRS.
    """
    working.require(points, "The sources")
    count = vertex_count(range_m, chord_error_m)
    half_angle = math.pi / count
    corner_m = range_m * math.sqrt(2 * half_angle / math.sin(2 * half_angle))
    angles = 2 * half_angle * np.arange(count)
    ring = corner_m * np.column_stack([np.sin(angles), np.cos(angles)])
    centres = shapely.get_coordinates(points.array)
    if len(centres) != len(points):
        msg = "every source must be one point"
        raise ValueError(msg)
    return gpd.GeoSeries(shapely.polygons(centres[:, None, :] + ring[None, :, :]), index=points.index, crs=points.crs)


def landmass_of(
    points: gpd.GeoSeries, landmasses: gpd.GeoSeries, snap_m: float, working: WorkingCrs
) -> npt.NDArray[np.intp]:
    """Give the position of the landmass that each point stands on; -1 where it stands on none.

    A point off every landmass stands on the nearest one within `snap_m` metres. Raises CrsError if either is not in
    the working CRS.
    """
    working.require(points, "The sources")
    working.require(landmasses, "The landmasses")
    stands_on = np.full(len(points), -1, dtype=np.intp)
    if len(landmasses) and len(points):
        standing, land = shapely.STRtree(landmasses.array).query_nearest(
            points.array, max_distance=max(snap_m, 1e-6), all_matches=False
        )
        stands_on[standing] = land
    return stands_on


def cut_to_landmass(
    areas: gpd.GeoSeries, points: gpd.GeoSeries, landmasses: gpd.GeoSeries, snap_m: float, working: WorkingCrs
) -> gpd.GeoSeries:
    """Cut each area to the landmass that its point stands on; same index, working CRS.

    One whose point stands on none, not even within `snap_m` metres, reaches none of this land, and is empty. Raises
    CrsError if any of the three is not in the working CRS.
    """
    working.require(areas, "The areas")
    stands_on = landmass_of(points, landmasses, snap_m, working)
    result = np.full(len(areas), shapely.Polygon(), dtype=object)
    standing = np.flatnonzero(stands_on >= 0)
    ground = np.asarray(landmasses.array)[stands_on[standing]]
    result[standing] = shapely.intersection(np.asarray(areas.array)[standing], ground)
    return gpd.GeoSeries(result, index=areas.index, crs=areas.crs)
