"""How often the ground of each zone is covered, and what would be lost most if one source failed: on true arcs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.analysis.reach import Reach
from geoservice.coverage.cells import polygonal
from geoservice.coverage.depth import DepthFigures, depth_by_zone
from geoservice.coverage.outlines import outlines_of_polygons

Floats = npt.NDArray[np.float64]


def covered_area_m2(zones: gpd.GeoDataFrame, reaches: Sequence[Reach]) -> Floats:
    """Measure how much of each zone some source reaches, in square metres; both are in the working CRS."""
    return sum((measured(zones, reach).covered_m2 for reach in reaches), start=np.zeros(len(zones)))


def depth_figures(
    zones: gpd.GeoDataFrame, reaches: Sequence[Reach], sources: gpd.GeoDataFrame, cap: int
) -> dict[str, npt.NDArray[Any]]:
    """Give by zone the area covered, the shares that at least 2, 3, ... `cap` sources cover, the largest single loss.

    `largest_single_loss_m2` is the ground that `largest_single_loss_id` of `largest_single_loss_layer` covers and no
    other source does: 0 and None where no ground depends on one.
    """
    area = zones.area.to_numpy()
    found = [measured(zones, reach, cap=cap, alone=True) for reach in reaches]
    # Landmasses have no ground in common, so that what is covered k times is so by sources of one of them.
    covered = sum((one.areas_m2[:, 1:] for one in found), start=np.zeros((len(zones), cap)))
    at_least = covered[:, ::-1].cumsum(axis=1)[:, ::-1]
    shares = np.divide(at_least, area[:, None], out=np.zeros_like(at_least), where=area[:, None] > 0)
    return {
        "covered_area_m2": at_least[:, 0],
        **{f"covered_share_{k}": np.clip(shares[:, k - 1], 0.0, 1.0) for k in range(2, cap + 1)},
        **_largest_losses(len(zones), reaches, found, sources),
    }


def measured(zones: gpd.GeoDataFrame, reach: Reach, *, cap: int = 1, alone: bool = False) -> DepthFigures:
    """Measure one reach on the part of the zones that it may cover."""
    return measured_on(ground_of(zones, reach), reach, cap=cap, alone=alone)


def ground_of(zones: gpd.GeoDataFrame, reach: Reach) -> npt.NDArray[np.object_]:
    """Give the part of each zone that a reach may cover: that on its landmass, where it has one."""
    ground = np.asarray(zones.geometry.array, dtype=object)
    return ground if reach.ground is None else polygonal(shapely.intersection(ground, reach.ground))


def measured_on(ground: npt.NDArray[np.object_], reach: Reach, *, cap: int = 1, alone: bool = False) -> DepthFigures:
    """Measure one reach on polygons, none of which it may not cover."""
    return depth_by_zone(outlines_of_polygons(ground), reach.outlines, shapely.area(ground), cap=cap, alone=alone)


def _largest_losses(
    zones: int, reaches: Sequence[Reach], found: Sequence[DepthFigures], sources: gpd.GeoDataFrame
) -> dict[str, npt.NDArray[Any]]:
    loss = np.zeros(zones)
    who = np.full(zones, -1)
    for reach, one in zip(reaches, found, strict=True):
        assert one.alone_zone is not None and one.alone_shape is not None and one.alone_m2 is not None  # noqa: S101, PT018 - asked for
        for zone, shape, lost in zip(one.alone_zone, reach.sources[one.alone_shape], one.alone_m2, strict=True):
            if lost > loss[zone]:
                loss[zone], who[zone] = lost, shape
    layers, ids = (np.full(zones, None, dtype=object) for _ in range(2))
    known = np.flatnonzero(who >= 0)
    layers[known] = sources["layer"].to_numpy(dtype=object)[who[known]]
    ids[known] = sources["id"].to_numpy(dtype=object)[who[known]]
    return {
        "largest_single_loss_m2": loss,
        "largest_single_loss_layer": layers,
        "largest_single_loss_id": ids,
    }
