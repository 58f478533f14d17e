"""How far the sources of a question reach, as true arcs: what figures are measured on."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.analysis.sources import assumed_views
from geoservice.catalog import Catalog
from geoservice.coverage.field_of_view import CAMERA_COLUMNS
from geoservice.coverage.outlines import Outlines, outlines_of_views
from geoservice.coverage.service_area import landmass_of
from geoservice.question import Question, ServiceArea
from geoservice.vocabulary import FULL_CIRCLE_DEG

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Reach:
    """The `outlines` of those sources, by position, that stand on one landmass, `ground`, and reach no other.

    Where `ground` is None they reach as far as they reach.
    """

    ground: shapely.Geometry | None
    sources: Positions
    outlines: Outlines


def reaches_of(catalog: Catalog, question: Question, sources: gpd.GeoDataFrame) -> list[Reach]:
    """Give what the sources reach under the question's case, by landmass where the question is cut to them."""
    everyone = np.arange(len(sources))
    if not isinstance(question.footprint, ServiceArea):
        views = assumed_views(catalog, question, sources)
        columns = (views[column].to_numpy(dtype=np.float64) for column in CAMERA_COLUMNS)
        return [Reach(None, everyone, outlines_of_views(shapely.get_coordinates(views.geometry.array), *columns))]
    xy, range_m = shapely.get_coordinates(sources.geometry.array), question.footprint.range_m.at(question.case)
    land = catalog.region.land
    if not question.same_landmass or land is None:
        return [Reach(None, everyone, _discs(xy, range_m))]
    stands_on = landmass_of(sources.geometry, catalog.landmasses, land.snap_m, catalog.working)
    reaches = []
    for position in np.unique(stands_on[stands_on >= 0]):
        standing = np.flatnonzero(stands_on == position)
        reaches.append(Reach(catalog.landmasses.iloc[position], standing, _discs(xy[standing], range_m)))
    return reaches


def _discs(xy: npt.NDArray[np.float64], range_m: float) -> Outlines:
    """Outline a disc around each place."""
    bearing, angle, far, near = (np.full(len(xy), value) for value in (0.0, FULL_CIRCLE_DEG, range_m, 0.0))
    return outlines_of_views(xy, bearing, angle, far, near)
