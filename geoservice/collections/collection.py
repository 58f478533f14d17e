"""A collection: features with ids, a schema, a version, and the questions one may put to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.collections.filtering import Columns, Filter, matching
from geoservice.collections.filtering.columns import EVER_US, Mask
from geoservice.collections.filtering.spatial import box_lonlat
from geoservice.collections.filtering.temporal import Interval, interval_of_days
from geoservice.collections.ordering import Positions, come_before, key_values, sorted_positions
from geoservice.collections.paging import Cursor, SortKey
from geoservice.crs import ServedCrs
from geoservice.errors import ParameterError, message, why_unfit
from geoservice.i18n import Text
from geoservice.kept import Kept

Bounds = tuple[float, float, float, float]

CLUSTER_PX = 64
MOST_CLUSTERS = 10_000
"""So many are given at once: a map of 4,000 by 2,500 pixels shows a quarter of them."""
ID = "id"
"""The name by which filters and sorting know a feature's id."""
VALID_FROM, VALID_TO = "valid_from", "valid_to"
_KEPT_SEARCHES, _KEPT_ORDERS = 4, 4


@dataclass(frozen=True, slots=True)
class Box:
    """A box in degrees, longitude first; one whose west is greater than its east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> list[tuple[float, float, float, float]]:
        """Give the box as one or two that do not cross the antimeridian."""
        if self.west <= self.east:
            return [(self.west, self.south, self.east, self.north)]
        return [(self.west, self.south, 180.0, self.north), (-180.0, self.south, self.east, self.north)]

    @property
    def geometry(self) -> shapely.Geometry:
        """The box as a geometry: of two parts if it crosses the antimeridian, a line or point if it has no area."""
        return box_lonlat((self.west, self.south, self.east, self.north), None)


@dataclass(frozen=True, slots=True)
class Area:
    """A box of another system, as the geometry that it is in longitude and latitude."""

    geometry: shapely.Geometry


@dataclass(frozen=True, slots=True)
class Query:
    """Which features are wanted, in which order, and what of them.

    Those are wanted that meet the box, all filters and the interval of time; at most `limit`, from `cursor` on if there
    is one, else from `offset` on. Without `sortby` they come in the collection's order, without `properties` with all,
    without `crs` in longitude and latitude.
    """

    limit: int
    offset: int = 0
    bbox: Box | Area | None = None
    filters: tuple[Filter, ...] = ()
    datetime: Interval | None = None
    sortby: tuple[SortKey, ...] = ()
    properties: tuple[str, ...] | None = None
    crs: ServedCrs | None = None
    skip_geometry: bool = False
    cursor: Cursor | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Some features of a collection by their positions in it, how many match in all, and what leads on and back."""

    positions: Positions
    matched: int
    next: Cursor | None = None
    prev: Cursor | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """So many features around one place, in degrees."""

    lon: float
    lat: float
    count: int


@dataclass(frozen=True)
class Property:
    """What one property of a collection's features is: its JSON type, title and unit."""

    type: str
    title: Text | None = None
    unit: str | None = None
    format: str | None = None


@dataclass(frozen=True, eq=False)
class Collection:
    """Features in longitude and latitude with unique ids, in a stable order.

    `about` is what the features rest on (source, licence, date, question, assumption), ready to be written.
    `region_extent` (west, south, east, north) stands for the extent of features without a place; `days` are the first
    and last day that all features stand for, where they have no validity of their own; `dimension` is that of all
    geometries where it is one whatever features there are.
    """

    id: str
    title: Text
    description: Text
    frame: gpd.GeoDataFrame
    ids: tuple[str, ...]
    schema: Mapping[str, Property]
    version: str
    about: Mapping[str, Any] = field(default_factory=dict)
    region_extent: Bounds | None = None
    days: tuple[date, date] | None = None
    dimension: int | None = None

    @cached_property
    def _position(self) -> dict[str, int]:
        return {fid: position for position, fid in enumerate(self.ids)}

    @property
    def count(self) -> int:
        """How many features there are."""
        return len(self.ids)

    @cached_property
    def geometries(self) -> npt.NDArray[np.object_]:
        """The geometries, in longitude and latitude; None where a feature has no place."""
        return np.asarray(self.frame.geometry.array)

    @cached_property
    def placed(self) -> Positions:
        """The positions of the features that have a place."""
        return np.flatnonzero(~(shapely.is_missing(self.geometries) | shapely.is_empty(self.geometries)))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The tree of all that has a place; many threads may ask it at once, unlike rtree, which crashes then."""
        return shapely.STRtree(self.geometries[self.placed])

    @cached_property
    def dimensions(self) -> frozenset[int]:
        """The dimensions of the geometries that there are or can be: 0 of points, 1 of lines, 2 of areas."""
        if self.dimension is not None:
            return frozenset({self.dimension})
        found = shapely.get_dimensions(self.geometries[self.placed])
        return frozenset(int(dimension) for dimension in np.unique(found))

    @cached_property
    def columns(self) -> Columns:
        """The columns as filters and sorting see them."""
        types = {name: (prop.type, prop.format) for name, prop in self.schema.items()}
        return Columns(self.frame, self.ids, types, ID)

    @property
    def queryables(self) -> tuple[str, ...]:
        """The names that filters and sorting know: the id and all properties."""
        return (ID, *(name for name in self.schema if name != ID))

    @cached_property
    def extent(self) -> Bounds | None:
        """West, south, east, north of all features; of the region where none has a place."""
        if not len(self.placed):
            return self.region_extent
        west, south, east, north = shapely.total_bounds(self.geometries[self.placed])
        return float(west), float(south), float(east), float(north)

    @cached_property
    def interval(self) -> tuple[date | None, date | None]:
        """The first and last day that features stand for; None where that is open or not known."""
        if self.days is not None:
            return self.days
        ends: list[date | None] = []
        for name, pick in ((VALID_FROM, min), (VALID_TO, max)):
            known = self.frame[name].dropna() if name in self.schema else ()
            ends.append(pick(known) if len(known) and len(known) == len(self.frame) else None)
        start, end = ends
        return start, end and end - timedelta(days=1)

    @cached_property
    def _found(self) -> Kept[tuple[Any, ...], Positions]:
        return Kept(_KEPT_SEARCHES)

    @cached_property
    def _sorted(self) -> Kept[tuple[SortKey, ...], Positions]:
        return Kept(_KEPT_ORDERS)

    @cached_property
    def _all(self) -> Positions:
        return np.arange(len(self.frame))

    def prepare(self) -> None:
        """Index the features by id and by place before anyone asks, and find how far they reach."""
        _ = self._position, self._all, self.tree, self.extent, self.dimensions, self.interval

    def query(self, query: Query) -> Page:
        """Give one page of the features that match; raises ParameterError if a filter or cursor does not fit."""
        ordered = self._ordered(self.matching(query), query.sortby)
        start, end = self._window(query, ordered)
        following = self._cursor(query.sortby, ordered, end - 1, forward=True) if start < end < len(ordered) else None
        before = self._cursor(query.sortby, ordered, start, forward=False) if 0 < start < len(ordered) else None
        return Page(ordered[start:end], len(ordered), following, before)

    def matching(self, query: Query) -> Positions:
        """Give the positions of all features that match, in the collection's order, whatever page is asked for.

        Raises ParameterError if a filter does not fit.
        """
        if query.bbox is None and query.datetime is None and not query.filters:
            return self._all
        key = (query.bbox, query.datetime, tuple(one.key for one in query.filters))
        return self._found.get(key, lambda: self._search(query))

    def position_of(self, fid: str) -> int | None:
        """Give the position of the one feature of an id; None where there is none."""
        return self._position.get(fid)

    def item(self, fid: str) -> Page | None:
        """Give the one feature of an id, as a page; None where there is none."""
        position = self._position.get(fid)
        return None if position is None else Page(np.array([position]), 1)

    def _search(self, query: Query) -> Positions:
        mask = np.ones(len(self.frame), dtype=bool)
        if query.bbox is not None:
            mask[:] = False
            mask[self.placed[self.tree.query(query.bbox.geometry, predicate="intersects")]] = True
        if query.datetime is not None:
            mask &= self._during(query.datetime)
        for condition in query.filters:
            mask &= matching(condition, self)
        return np.flatnonzero(mask)

    def _during(self, interval: Interval) -> Mask:
        """Tell which features stand for some moment of an interval; valid_to is the first day that one does not."""
        if self.days is not None:
            first, last = self.days
            return np.full(len(self.frame), interval_of_days(first, last).meets(interval))
        start, end = (self._moments(name, open_) for name, open_ in ((VALID_FROM, -EVER_US), (VALID_TO, EVER_US)))
        return np.asarray((start <= interval.end) & (end > interval.start), dtype=bool)

    def _moments(self, name: str, open_: int) -> npt.NDArray[np.int64]:
        if name not in self.schema:
            return np.full(len(self.frame), open_)
        column = self.columns[name]
        return np.where(column.null, open_, column.values)

    def _ordered(self, found: Positions, sortby: tuple[SortKey, ...]) -> Positions:
        if not sortby:
            return found
        order = self._sorted.get(sortby, lambda: sorted_positions(self.columns, sortby, ID))
        if found is self._all:
            return order
        mask = np.zeros(len(self.frame), dtype=bool)
        mask[found] = True
        return order[mask[order]]

    def _window(self, query: Query, ordered: Positions) -> tuple[int, int]:
        """Find from where to where in the order a page reaches."""
        if query.cursor is None:
            start = min(query.offset, len(ordered))
            return start, min(start + query.limit, len(ordered))
        try:
            place = self._place(query.cursor, ordered)
        except ValueError as error:
            raise ParameterError("cursor", query.cursor.encode(), why_unfit(error)) from error
        if query.cursor.forward:
            return place, min(place + query.limit, len(ordered))
        return max(0, place - query.limit), place

    def _place(self, cursor: Cursor, ordered: Positions) -> int:
        """Count the features of the order that a cursor has behind it."""
        if cursor.sortby:
            return int(np.count_nonzero(come_before(self.columns, cursor, ID)[ordered]))
        seen, beyond = (self._position.get(fid) for fid in (cursor.ids[0], cursor.ids[-1]))
        if seen is not None:
            return int(np.searchsorted(ordered, seen, "right" if cursor.forward else "left"))
        if beyond is not None:
            return int(np.searchsorted(ordered, beyond, "left" if cursor.forward else "right"))
        return int(np.searchsorted(ordered, max(0, min(cursor.position, len(self.frame)))))

    def _cursor(self, sortby: tuple[SortKey, ...], ordered: Positions, place: int, *, forward: bool) -> Cursor:
        seen, beyond = ordered[place], ordered[place + (1 if forward else -1)]
        keys = key_values(self.columns, sortby, seen)
        return Cursor(sortby, keys, (self.ids[seen], self.ids[beyond]), int(seen), forward)

    def clusters(self, zoom: int, bbox: Box | Area | None = None) -> list[Cluster]:
        """Gather the places of the features that match into clusters of one cell of 64 pixels at a zoom level.

        A cluster stands at the mean place of its features, in degrees; order: from north-west to south-east. Raises
        ParameterError where there are more than MOST_CLUSTERS.
        """
        positions = np.intersect1d(self.matching(Query(limit=1, bbox=bbox)), self.placed)
        lon, lat = self._centres[positions].T
        scale = 256 / CLUSTER_PX * 2.0**zoom
        column = np.floor((lon + 180) / 360 * scale)
        mercator = np.arctanh(np.sin(np.radians(np.clip(lat, -85, 85))))
        row = np.floor((1 - mercator / np.pi) / 2 * scale)
        # Both are below 2^26, and a column is at most `scale`, so that one whole number holds them.
        number = row.astype(np.int64) * (int(scale) + 1) + column.astype(np.int64)
        _, cell, count = np.unique(number, return_inverse=True, return_counts=True)
        if len(count) > MOST_CLUSTERS:
            allowed = message("a lower zoom, or a bbox around less: there may be %(most)s clusters at once")
            raise ParameterError("zoom", str(zoom), allowed, {"most": MOST_CLUSTERS})
        mean_lon = np.bincount(cell, weights=lon) / count
        mean_lat = np.bincount(cell, weights=lat) / count
        return [Cluster(float(x), float(y), int(n)) for x, y, n in zip(mean_lon, mean_lat, count, strict=True)]

    @cached_property
    def _centres(self) -> npt.NDArray[np.float64]:
        """A place for each feature, in degrees; not a number where there is none."""
        found = np.full((len(self.frame), 2), np.nan)
        geometry = self.geometries[self.placed]
        found[self.placed] = shapely.get_coordinates(shapely.point_on_surface(geometry))
        return found
