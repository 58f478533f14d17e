"""Which views reach a place: the same true arcs as figures by zone, asked for one point."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geoservice.coverage.ground import ANGLE, BEARING, EASTING, NEAREST, NORTHING, RANGE
from geoservice.vocabulary import FULL_CIRCLE_DEG

Floats = npt.NDArray[np.float64]


def distances_m(views: Floats, easting_m: float, northing_m: float) -> Floats:
    """Give the straight distance in metres from each view's place; the columns of `views` are those of `ground`."""
    return np.asarray(np.hypot(easting_m - views[:, EASTING], northing_m - views[:, NORTHING]))


def reaches(views: Floats, easting_m: float, northing_m: float) -> npt.NDArray[np.bool_]:
    """Tell which views hold a place of the plane, their outlines included.

    One does from its nearest distance on up to its range, within half its angle to either side of its bearing.
    """
    distance_m = distances_m(views, easting_m, northing_m)
    towards = np.degrees(np.arctan2(easting_m - views[:, EASTING], northing_m - views[:, NORTHING]))
    half_circle = FULL_CIRCLE_DEG / 2
    aside = np.abs((towards - views[:, BEARING] + half_circle) % FULL_CIRCLE_DEG - half_circle)
    within = (views[:, ANGLE] >= FULL_CIRCLE_DEG) | (aside <= views[:, ANGLE] / 2) | (distance_m == 0)
    return np.asarray(within & (distance_m >= views[:, NEAREST]) & (distance_m <= views[:, RANGE]))
