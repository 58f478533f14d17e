"""Sources that see: their views, the edits of them, and what is refused of either."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeGuard

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoservice.coverage.field_of_view import CAMERA_COLUMNS
from geoservice.coverage.ground import ANGLE, NEAREST, NORTHING, RANGE
from geoservice.errors import EditError, shorten
from geoservice.vocabulary import FULL_CIRCLE_DEG

Floats = npt.NDArray[np.float64]

FARTHEST_M = 5e7
"""No place in a plane of the earth, and no range, is farther than this."""
UNIQUE = "Each source needs an id of its own."
EDITS = (
    "Give a list of these: Add(source, view), Move(source, easting_m, northing_m), Turn(source, bearing_deg), "
    "Replace(source, view), Remove(source)."
)
_TEXT = "Ids are text, such as 'c1'; each source needs one of its own."
_INDEX = (
    "Ids are text, each source needs one of its own, and the index of the cameras holds them: "
    "cameras.set_axis(cameras.index.astype(str)) makes text of numbers."
)


@dataclass(frozen=True, slots=True)
class View:
    """Where a source stands in the working CRS and what it sees; the bearing is clockwise from grid north."""

    easting_m: float
    northing_m: float
    bearing_deg: float
    view_angle_deg: float
    range_m: float
    nearest_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Add:
    """A new source."""

    source: str
    view: View


@dataclass(frozen=True, slots=True)
class Move:
    """A source goes to another place."""

    source: str
    easting_m: float
    northing_m: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A source looks another way."""

    source: str
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class Replace:
    """A source sees something else, by any of its terms."""

    source: str
    view: View


@dataclass(frozen=True, slots=True)
class Remove:
    """A source goes."""

    source: str


Edit = Add | Move | Turn | Replace | Remove


def require_cameras(cameras: object) -> None:
    """Refuse what is no frame of cameras, as TypeError, and one without their columns, as ValueError."""
    needed = "points with the columns bearing_deg and view_angle_deg in degrees, range_m and nearest_m in metres"
    if not isinstance(cameras, gpd.GeoDataFrame) or cameras.active_geometry_name is None:
        raise TypeError(f"the cameras must be a GeoDataFrame of {needed}, not {kind_of(cameras)}")
    missing = [column for column in CAMERA_COLUMNS if column not in cameras.columns]
    if missing:
        raise ValueError(f"the cameras have no {', '.join(missing)}: they must be {needed}")


def kind_of(given: object) -> str:
    """Name what was given, for a message."""
    without = isinstance(given, gpd.GeoDataFrame)
    return f"{type(given).__name__} without a geometry" if without else type(given).__name__


def table_of(cameras: gpd.GeoDataFrame) -> tuple[tuple[str, ...], Floats]:
    """Give the ids and views of cameras, columns as in `ground`; raises EditError, or ValueError for no points."""
    xy = shapely.get_coordinates(cameras.geometry.array)
    if len(xy) != len(cameras):
        raise ValueError("every camera must be one point")
    said = [cameras[column] for column in CAMERA_COLUMNS]
    numbers = [pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan) for column in said]
    views = np.column_stack([xy, *numbers])
    ids = cameras.index.tolist()
    seen: set[str] = set()
    for source in ids:
        check_id(source, _INDEX)
        if source in seen:
            raise EditError(f"There are two sources '{shorten(source)}'.", source=source, field="source", advice=UNIQUE)
        seen.add(source)
    for number in np.flatnonzero(~_sound(views)):
        row = views[number].tolist()
        own = [column.iloc[number] if math.isnan(value) else value for column, value in zip(said, row[2:], strict=True)]
        checked(ids[number], View(*row[:2], *own))
    return tuple(ids), np.ascontiguousarray(views)


def _sound(views: Floats) -> npt.NDArray[np.bool_]:
    """Tell which rows `checked` would let pass."""
    angle, far, near = views[:, ANGLE], views[:, RANGE], views[:, NEAREST]
    sound = np.isfinite(views).all(axis=1) & (np.abs(views[:, : NORTHING + 1]) <= FARTHEST_M).all(axis=1)
    sound &= (angle > 0) & (angle <= FULL_CIRCLE_DEG) & (far > 0) & (far <= FARTHEST_M) & (near >= 0) & (near < far)
    return np.asarray(sound)


def check_id(source: object, advice: str = _TEXT) -> None:
    """Raise EditError for an id that is no text, or empty."""
    if not isinstance(source, str) or not source.strip():
        reason = f"A source has the id {shorten(repr(source))}."
        raise EditError(reason, source=str(source), field="source", advice=advice)


def checked(source: str, view: View) -> Floats:
    """Give a view as a row of the table; raises EditError that names the source and the field."""
    if not isinstance(view, View):
        raise _refused(source, "view", view, f"Give a View({', '.join(View.__slots__)}).")
    values = {}
    for name in View.__slots__:
        given = getattr(view, name)
        if not is_number(given):
            raise _refused(source, name, given, "Give a number.")
        values[name] = float(given)
    for name in ("easting_m", "northing_m"):
        if abs(values[name]) > FARTHEST_M:
            raise _refused(source, name, values[name], "Give metres of the working system.")
    if not 0 < values["view_angle_deg"] <= FULL_CIRCLE_DEG:
        raise _refused(source, "view_angle_deg", values["view_angle_deg"], "Give more than 0 and at most 360.")
    if not 0 < values["range_m"] <= FARTHEST_M:
        raise _refused(source, "range_m", values["range_m"], "Give metres, more than 0.")
    if not 0 <= values["nearest_m"] < values["range_m"]:
        raise _refused(source, "nearest_m", values["nearest_m"], "Give metres, at least 0 and less than the range.")
    return np.array(list(values.values()))


def _refused(source: str, name: str, given: object, advice: str) -> EditError:
    reason = f"The source '{shorten(source)}' cannot have {name} = {shorten(str(given))}."
    return EditError(reason, source=source, field=name, advice=advice)


def is_number(given: object) -> TypeGuard[float]:
    """Tell whether something is a finite number, and no truth."""
    if isinstance(given, bool) or not isinstance(given, (int, float, np.integer, np.floating)):
        return False
    return math.isfinite(given)
