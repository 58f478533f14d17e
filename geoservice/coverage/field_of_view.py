"""Fields of view: what cameras see when nothing stands in the way, as sectors and rings of a stated precision."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Proj

from geoservice.coverage.rings import polygons_of_rings, rings_of_views
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
    shapes = polygons_of_rings(rings_of_views(xy, bearing, angle, far, near, chord_error_m))
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
