"""Reading points that a user supplies."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio

from geoservice.errors import LayerError


def read_points(path: Path) -> gpd.GeoSeries:
    """Read the points of any file that GDAL reads, in their own CRS; raises LayerError with what is wrong."""
    try:
        frame = pyogrio.read_dataframe(path, force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise LayerError(f"{path.name} cannot be read: {error}.", code="unreadable", file=path.name) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
        raise LayerError(
            f"{path.name} has no geometry or no coordinate reference system.",
            code="no-crs",
            file=path.name,
            advice="Use a GeoPackage, or GeoJSON in longitude and latitude.",
        )
    points = frame.geometry.dropna()
    other = sorted(set(points.geom_type) - {"Point"})
    if other or points.empty:
        found = other[0] if other else "nothing"
        raise LayerError(f"{path.name} must hold points, but holds {found}.", code="wrong-geometry", file=path.name)
    return points
