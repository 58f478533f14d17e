"""How often the ground of each zone is covered, and what would be lost most if one source failed."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.outlines import outlines_of_polygons

Floats = npt.NDArray[np.float64]


def covered_area_m2(zones: gpd.GeoDataFrame, footprints: gpd.GeoSeries) -> Floats:
    """Measure how much of each zone some footprint covers, in square metres; both are in the working CRS."""
    ground, reach = (outlines_of_polygons(np.asarray(frame.geometry.array)) for frame in (zones, footprints))
    return depth_by_zone(ground, reach, zones.area.to_numpy()).covered_m2


def depth_figures(
    zones: gpd.GeoDataFrame, footprints: gpd.GeoSeries, sources: gpd.GeoDataFrame, cap: int
) -> dict[str, npt.NDArray[Any]]:
    """Give by zone the shares that at least 2, 3, ... `cap` sources cover, and the largest loss if one alone fails.

    `largest_single_loss_m2` is the ground that `largest_single_loss_id` of `largest_single_loss_layer` covers and no
    other source does: 0 and None where no ground depends on one.
    """
    area = zones.area.to_numpy()
    ground, reach = (outlines_of_polygons(np.asarray(frame.geometry.array)) for frame in (zones, footprints))
    found = depth_by_zone(ground, reach, area, cap=cap, alone=True)
    at_least = found.areas_m2[:, ::-1].cumsum(axis=1)[:, ::-1]
    shares = np.divide(at_least, area[:, None], out=np.zeros_like(at_least), where=area[:, None] > 0)
    columns: dict[str, npt.NDArray[Any]] = {
        f"covered_share_{k}": np.clip(shares[:, k], 0.0, 1.0) for k in range(2, cap + 1)
    }
    loss = np.zeros(len(zones))
    layers, ids = (np.full(len(zones), None, dtype=object) for _ in range(2))
    assert found.alone_zone is not None and found.alone_shape is not None and found.alone_m2 is not None  # noqa: S101, PT018 - asked for
    for zone, shape, lost in zip(found.alone_zone, found.alone_shape, found.alone_m2, strict=True):
        if lost > loss[zone]:
            loss[zone] = lost
            layers[zone], ids[zone] = sources["layer"].iloc[shape], sources["id"].iloc[shape]
    return {
        **columns,
        "largest_single_loss_m2": loss,
        "largest_single_loss_layer": layers,
        "largest_single_loss_id": ids,
    }
