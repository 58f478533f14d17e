"""GeoJSON (RFC 7946): longitude and latitude of WGS 84, written by shapely and orjson."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import orjson
import shapely

from geoservice.crs import LONLAT
from geoservice.errors import CrsError

MEDIA_TYPE = "application/geo+json"
DECIMALS = 7
"""Decimal places of degrees: about a centimetre."""


def rounded(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Round the coordinates of a frame in longitude and latitude to what is written."""
    if frame.crs != LONLAT:
        raise CrsError(
            "GeoJSON is in longitude and latitude of WGS 84.",
            advice="Convert with WorkingCrs.to_lonlat first.",
        )
    geometry = shapely.transform(np.asarray(frame.geometry.array), lambda xy: np.round(xy, DECIMALS))
    return frame.set_geometry(gpd.GeoSeries(geometry, index=frame.index, crs=frame.crs))


def plain(value: Any) -> Any:
    """Turn a value of a frame into one that JSON has: numbers that are none become null, dates become text."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, bool)):
        return value
    return str(value)


def features(frame: gpd.GeoDataFrame, ids: Sequence[str], properties: Sequence[str]) -> list[dict[str, Any]]:
    """Write each row as a feature whose geometry is ready-made JSON; `ids` are the features' ids.

    Property values are JSON's own; a missing or empty geometry is null.
    """
    shapes = np.array(frame.geometry.array, dtype=object)
    shapes[shapely.is_empty(shapes)] = None
    geometry = shapely.to_geojson(shapes)
    columns = [[plain(value) for value in frame[name]] for name in properties]
    return [
        {
            "type": "Feature",
            "id": ids[position],
            "geometry": None if geometry[position] is None else orjson.Fragment(geometry[position]),
            "properties": {name: column[position] for name, column in zip(properties, columns, strict=True)},
        }
        for position in range(len(frame))
    ]


def dumps(document: Mapping[str, Any]) -> bytes:
    """Write a document, with features from `features`, as UTF-8 bytes."""
    return orjson.dumps(document)
