"""Fields of view: what cameras see when nothing stands in the way, as sectors and rings of a stated precision."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Proj

from geoservice.coverage.service_area import vertex_count
from geoservice.crs import WorkingCrs
from geoservice.vocabulary import FULL_CIRCLE_DEG

Floats = npt.NDArray[np.float64]

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
    shapes = np.empty(len(cameras), dtype=object)
    keys = np.column_stack([np.minimum(angle, FULL_CIRCLE_DEG), far, near])
    # Cameras of one make have one shape: it is drawn once, then turned and moved.
    makes, make = np.unique(keys, axis=0, return_inverse=True)
    for number, (width, outer, inner) in enumerate(makes):
        chosen = np.flatnonzero(make.ravel() == number)
        shapes[chosen] = _placed(_sector(width, outer, inner, chord_error_m), xy[chosen], bearing[chosen])
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


def _sector(angle_deg: float, range_m: float, nearest_m: float, chord_error_m: float) -> Floats | list[Floats]:
    """Draw a sector that looks north from the origin: its outline, or the outer and the inner one of a full ring."""
    if angle_deg >= FULL_CIRCLE_DEG:
        rings = [_arc(FULL_CIRCLE_DEG, range_m, chord_error_m)[:-1]]
        if nearest_m > 0:
            rings.append(_arc(FULL_CIRCLE_DEG, nearest_m, chord_error_m)[:-1])
        return rings
    outer = _arc(angle_deg, range_m, chord_error_m)
    inner = _arc(angle_deg, nearest_m, chord_error_m)[::-1] if nearest_m > 0 else np.zeros((1, 2))
    return np.concatenate([outer, inner])


def _arc(angle_deg: float, radius_m: float, chord_error_m: float) -> Floats:
    """Give the corners of an arc about north, at the distance that keeps the area of the true sector."""
    full = vertex_count(radius_m, chord_error_m)
    count = max(1, math.ceil(full * angle_deg / FULL_CIRCLE_DEG))
    width = math.radians(angle_deg)
    step = width / count
    corner_m = radius_m * math.sqrt(step / math.sin(step))
    turn = np.linspace(-width / 2, width / 2, count + 1)
    return corner_m * np.column_stack([np.sin(turn), np.cos(turn)])


def _placed(outline: Floats | list[Floats], xy: Floats, bearing_deg: Floats) -> npt.NDArray[np.object_]:
    """Put one shape at every place, turned to each bearing; full rings need no turning."""
    if isinstance(outline, list):
        outer, *inner = (xy[:, None, :] + ring[None, :, :] for ring in outline)
        shells = shapely.linearrings(outer)
        if not inner:
            return np.asarray(shapely.polygons(shells), dtype=object)
        return np.asarray(shapely.polygons(shells, holes=shapely.linearrings(inner[0])[:, None]), dtype=object)
    turn = np.radians(bearing_deg)[:, None]
    east, north = outline[:, 0][None, :], outline[:, 1][None, :]
    x = xy[:, :1] + east * np.cos(turn) + north * np.sin(turn)
    y = xy[:, 1:] - east * np.sin(turn) + north * np.cos(turn)
    return np.asarray(shapely.polygons(np.stack([x, y], axis=-1)), dtype=object)
