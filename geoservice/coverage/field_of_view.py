"""Fields of view: what cameras see when nothing stands in the way, as sectors and rings of a stated precision."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Proj

from geoservice.crs import WorkingCrs
from geoservice.vocabulary import FULL_CIRCLE_DEG

Floats = npt.NDArray[np.float64]
Polygons = npt.NDArray[np.object_]

_ROUNDING = 1e-9
CAMERA_COLUMNS = ("bearing_deg", "view_angle_deg", "range_m", "nearest_m")


def fields_of_view(cameras: gpd.GeoDataFrame, chord_error_m: float, working: WorkingCrs) -> gpd.GeoSeries:
    """Give what each camera sees: the ring sector within its view angle between its nearest distance and its range.

    `cameras` are points in the working CRS with `bearing_deg` (clockwise from grid north, the middle of the view),
    `view_angle_deg` (360 is all round, and then the bearing does not matter), `range_m` and `nearest_m` (0 is none).
    Same index, working CRS. Each arc lies within `chord_error_m` of the true one and the area is the true one's,
    (R² - r²) w / 2 for the view angle w in radians. Raises CrsError in any other CRS.
    """
    working.require(cameras, "The cameras")
    xy = shapely.get_coordinates(cameras.geometry.array)
    if len(xy) != len(cameras):
        msg = "every camera must be one point"
        raise ValueError(msg)
    bearing, angle, far, near = (cameras[column].to_numpy(dtype=np.float64) for column in CAMERA_COLUMNS)
    shapes = polygons_of_views(xy, bearing, angle, far, near, chord_error_m)
    return gpd.GeoSeries(shapes, index=cameras.index, crs=cameras.crs)


def grid_bearing(cameras: gpd.GeoSeries, true_bearing_deg: pd.Series, working: WorkingCrs) -> pd.Series:
    """Turn bearings from true north into bearings from grid north, in degrees from 0 up to 360; same index.

    Grid bearing = true bearing - meridian convergence (Snyder 1987, page 19), which PROJ gives for each place.
    Raises CrsError if the points are not in the working CRS.
    """
    lonlat = working.to_lonlat(cameras)
    factors = Proj(working.crs).get_factors(lonlat.x.to_numpy(), lonlat.y.to_numpy())
    turned = true_bearing_deg.to_numpy(dtype=np.float64) - np.asarray(factors.meridian_convergence)
    return pd.Series(turned % FULL_CIRCLE_DEG, index=true_bearing_deg.index)


def polygons_of_views(
    xy: Floats, bearing_deg: Floats, angle_deg: Floats, range_m: Floats, nearest_m: Floats, chord_error_m: float
) -> Polygons:
    """Draw views as polygons, in a plane in metres; see `fields_of_view`. `xy` is (n, 2), the others are (n,)."""
    width = np.radians(np.minimum(angle_deg, FULL_CIRCLE_DEG))
    whole, hidden = angle_deg >= FULL_CIRCLE_DEG, nearest_m > 0
    number = np.arange(len(xy))
    towards = np.where(whole, 0.0, np.radians(bearing_deg))
    far, far_of = _arcs(xy, towards, width, range_m, whole, chord_error_m)
    inner = number[hidden]
    near, near_of = _arcs(xy[inner], towards[inner], -width[inner], nearest_m[inner], whole[inner], chord_error_m)
    tips = number[~whole & ~hidden]
    # A sector is one ring, out along the far arc and back along the near one; all round, the near one is a hole.
    ring = np.concatenate([2 * far_of, 2 * inner[near_of] + whole[inner[near_of]], 2 * tips])
    order = np.argsort(ring, kind="stable")
    rings, ring_number = np.unique(ring[order], return_inverse=True)
    corners = np.concatenate([far, near, xy[tips]])[order]
    return np.asarray(
        shapely.polygons(shapely.linearrings(corners, indices=ring_number), indices=rings // 2), dtype=object
    )


def _arcs(
    xy: Floats, towards: Floats, width: Floats, radius_m: Floats, whole: npt.NDArray[np.bool_], chord_error_m: float
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Give the corners of arcs, at the distance that keeps the area of the true sectors, and whose each is.

    An arc of negative width goes anticlockwise. The last corner of a whole turn is its first, and is left out.
    """
    wanted = _round(radius_m, chord_error_m) * np.abs(width) / (2 * np.pi)
    count = np.maximum(1, np.ceil(wanted - _ROUNDING)).astype(np.int64)
    step = width / count
    corner_m = radius_m * np.sqrt(step / np.sin(step))
    corners = count + ~whole
    of = np.repeat(np.arange(len(xy)), corners)
    place = np.arange(len(of)) - np.repeat(np.cumsum(corners) - corners, corners)
    turn = (towards - width / 2)[of] + place * step[of]
    return xy[of] + corner_m[of, None] * np.column_stack([np.sin(turn), np.cos(turn)]), of


def _round(radius_m: Floats, chord_error_m: float) -> Floats:
    """Count the corners of whole circles, as `vertex_count` does."""
    half_angle = np.arccos(np.maximum(1 - chord_error_m / radius_m, 0.0))
    return np.maximum(8.0, np.ceil(np.pi / half_angle))
