"""Features as bytes of GeoJSON, ready to be put into a document."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import orjson
import shapely

from geoservice.collections import Collection
from geoservice.collections.ordering import Positions
from geoservice.crs import ServedCrs
from geoservice.formats.geojson import DECIMALS, features


def written(
    described: Collection,
    positions: Positions,
    crs: ServedCrs | None,
    properties: tuple[str, ...] | None,
    *,
    skip_geometry: bool,
) -> bytes:
    """Write features, by their positions, as one JSON array; in longitude and latitude where no system is given.

    A missing or empty geometry is null, and so is one that the system has no place for.
    """
    names = tuple(described.schema) if properties is None else properties
    rows = described.frame.iloc[positions]
    shapes = np.full(len(rows), None) if skip_geometry else _shapes(described, positions, crs)
    placed_rows = rows.set_geometry(gpd.GeoSeries(shapes, index=rows.index))
    return orjson.dumps(features(placed_rows, [described.ids[position] for position in positions], names))


def placed(described: Collection, crs: ServedCrs | None, positions: Positions | None = None) -> gpd.GeoDataFrame:
    """Give all features with their geometry as it is written in a system, rounded; only those of some positions."""
    shapes = np.full(len(described.frame), None, dtype=object)
    wanted = np.arange(len(shapes)) if positions is None else positions
    shapes[wanted] = _shapes(described, wanted, crs)
    return described.frame.set_geometry(gpd.GeoSeries(shapes, index=described.frame.index))


def _shapes(described: Collection, positions: Positions, crs: ServedCrs | None) -> npt.NDArray[np.object_]:
    shapes = described.geometries[positions]
    decimals = DECIMALS
    if crs is not None:
        shapes, decimals = crs.from_lonlat(shapes), crs.decimals
        shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    shapes = shapely.transform(shapes, lambda xy: np.round(xy, decimals))
    shapes[shapely.is_empty(shapes)] = None
    return np.asarray(shapes, dtype=object)
