"""Where the features of a derived collection can lie at most, found from the zones and the sources alone."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import shapely

from geoservice.analysis.sources import farthest_m
from geoservice.catalog import Catalog
from geoservice.collections.collection import Bounds
from geoservice.crs import WorkingCrs
from geoservice.question import Question

_EDGE_PARTS = 256
"""A side of a box, which is no straight line in degrees, is followed in so many steps."""
_DECIMALS = 5


def zone_bounds(catalog: Catalog, question: Question) -> Bounds | None:
    """Give a box in degrees around the zones of a question; None where there are none."""
    return _lonlat_bounds(catalog.working, [_total(catalog.zones(question.zone_system).geometry)])


def reach_bounds(catalog: Catalog, *questions: Question) -> Bounds | None:
    """Give a box in degrees around all that the sources of some questions may reach; None where there are none."""
    return _lonlat_bounds(catalog.working, _reaches(catalog, questions))


def ground_bounds(catalog: Catalog, *questions: Question) -> Bounds | None:
    """Give a box in degrees around the zones of some questions and all that their sources may reach."""
    zones = [_total(catalog.zones(question.zone_system).geometry) for question in questions]
    return _lonlat_bounds(catalog.working, [*zones, *_reaches(catalog, questions)])


def _reaches(catalog: Catalog, questions: Iterable[Question]) -> list[Bounds]:
    boxes = []
    for question in questions:
        for selection in question.sources:
            layer = catalog.layer(selection.layer)
            west, south, east, north = _total(layer.placed.geometry)
            reach_m = farthest_m(layer, question)
            boxes.append((west - reach_m, south - reach_m, east + reach_m, north + reach_m))
    return boxes


def _total(shapes: gpd.GeoSeries) -> Bounds:
    west, south, east, north = shapes.total_bounds
    return float(west), float(south), float(east), float(north)


def _lonlat_bounds(working: WorkingCrs, boxes: list[Bounds]) -> Bounds | None:
    """Give the box in degrees around boxes of the working CRS, rounded outwards."""
    known = [box for box in boxes if np.isfinite(box).all()]
    if not known:
        return None
    lows, highs = np.min(known, axis=0), np.max(known, axis=0)
    west, south, east, north = lows[0], lows[1], highs[2], highs[3]
    step = max(east - west, north - south) / _EDGE_PARTS
    outline = shapely.segmentize(shapely.box(west, south, east, north), max(step, 1.0))
    found = working.to_lonlat(gpd.GeoSeries([outline], crs=working.crs)).total_bounds * 10**_DECIMALS
    low, high = (np.floor(found[:2]) / 10**_DECIMALS).tolist(), (np.ceil(found[2:]) / 10**_DECIMALS).tolist()
    return max(low[0], -180.0), max(low[1], -90.0), min(high[0], 180.0), min(high[1], 90.0)
