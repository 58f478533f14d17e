"""How far the sources of a question reach, as true arcs: what figures are measured on."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.analysis.sources import assumed_views
from geoservice.catalog import Catalog
from geoservice.coverage.depth import Box
from geoservice.coverage.field_of_view import CAMERA_COLUMNS
from geoservice.coverage.ground import outlines_of_table
from geoservice.coverage.outlines import Outlines, some_of
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


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What sources see under one case: a row each of `table`, whose columns are those of `coverage.ground`.

    `landmass` is the position of the landmass that each stands on and reaches no other than, -1 for none; it is None
    where the question is not cut to landmasses.
    """

    table: npt.NDArray[np.float64]
    landmass: Positions | None


def views_of(catalog: Catalog, question: Question, sources: gpd.GeoDataFrame) -> Views:
    """Give what each source sees under the question's case, in the working CRS."""
    if not isinstance(question.footprint, ServiceArea):
        views = assumed_views(catalog, question, sources)
        columns = [views[column].to_numpy(dtype=np.float64) for column in CAMERA_COLUMNS]
        return Views(np.column_stack([shapely.get_coordinates(views.geometry.array), *columns]), None)
    xy, range_m = shapely.get_coordinates(sources.geometry.array), question.footprint.range_m.at(question.case)
    columns = [np.full(len(xy), value) for value in (0.0, FULL_CIRCLE_DEG, range_m, 0.0)]
    table = np.column_stack([xy, *columns])
    land = catalog.region.land
    if not question.same_landmass or land is None:
        return Views(table, None)
    return Views(table, landmass_of(sources.geometry, catalog.landmasses, land.snap_m, catalog.working))


def reaches_of(catalog: Catalog, question: Question, sources: gpd.GeoDataFrame) -> list[Reach]:
    """Give what the sources reach under the question's case, by landmass where the question is cut to them."""
    views = views_of(catalog, question, sources)
    if views.landmass is None:
        return [Reach(None, np.arange(len(sources)), outlines_of_table(views.table))]
    reaches = []
    for position in np.unique(views.landmass[views.landmass >= 0]):
        standing = np.flatnonzero(views.landmass == position)
        reaches.append(Reach(catalog.landmasses.iloc[position], standing, outlines_of_table(views.table[standing])))
    return reaches


def near(reach: Reach, bounds: Box) -> Reach:
    """Leave out the sources whose reach cannot meet a box of the working CRS."""
    outlines = reach.outlines
    west, south, east, north = bounds
    low, high = outlines.bounds[:, :2], outlines.bounds[:, 2:]
    chosen = np.flatnonzero((low <= (east, north)).all(axis=1) & (high >= (west, south)).all(axis=1))
    return Reach(reach.ground, reach.sources[chosen], some_of(outlines, chosen))
