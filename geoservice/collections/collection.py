"""A collection: features with ids, a schema, a version, and the questions one may put to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.i18n import Text

Positions = npt.NDArray[np.intp]

CLUSTER_PX = 64


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


@dataclass(frozen=True, slots=True)
class Query:
    """Which features are wanted: those that meet the box, from `offset` on, at most `limit`."""

    limit: int
    offset: int = 0
    bbox: Box | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some features of a collection by position, and how many match in all."""

    collection: Collection
    positions: Positions
    matched: int
    offset: int

    @property
    def frame(self) -> gpd.GeoDataFrame:
        """The rows of these features."""
        return self.collection.frame.iloc[self.positions]

    @property
    def ids(self) -> list[str]:
        """The ids of these features."""
        return [self.collection.ids[position] for position in self.positions]


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
    """

    id: str
    title: Text
    description: Text
    frame: gpd.GeoDataFrame
    ids: tuple[str, ...]
    schema: Mapping[str, Property]
    version: str
    about: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {fid: position for position, fid in enumerate(self.ids)}

    @cached_property
    def _placed(self) -> Positions:
        geometry = np.asarray(self.frame.geometry.array)
        return np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))

    @cached_property
    def _index(self) -> shapely.STRtree:
        """The tree of all that has a place; many threads may ask it at once, unlike rtree, which crashes then."""
        return shapely.STRtree(np.asarray(self.frame.geometry.array)[self._placed])

    @cached_property
    def extent(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of all features; None where none has a position."""
        if not len(self._placed):
            return None
        west, south, east, north = shapely.total_bounds(np.asarray(self.frame.geometry.array)[self._placed])
        return float(west), float(south), float(east), float(north)

    def query(self, query: Query) -> Page:
        """Give one page of the features that match."""
        positions = self._matching(query.bbox)
        chosen = positions[query.offset : query.offset + query.limit]
        return Page(self, chosen, len(positions), query.offset)

    def item(self, fid: str) -> Page | None:
        """Give the one feature of an id, as a page; None where there is none."""
        position = self._position.get(fid)
        return None if position is None else Page(self, np.array([position], dtype=np.intp), 1, 0)

    def clusters(self, zoom: int, bbox: Box | None = None) -> list[Cluster]:
        """Gather the places of the features that match into clusters of one cell of 64 pixels at a zoom level.

        A cluster stands at the mean place of its features, in degrees; order: from north-west to south-east.
        """
        positions = np.intersect1d(self._matching(bbox), self._placed)
        lon, lat = self._centres[positions].T
        scale = 256 / CLUSTER_PX * 2.0**zoom
        column = np.floor((lon + 180) / 360 * scale)
        mercator = np.arctanh(np.sin(np.radians(np.clip(lat, -85, 85))))
        row = np.floor((1 - mercator / np.pi) / 2 * scale)
        _, cell, count = np.unique(np.column_stack([row, column]), axis=0, return_inverse=True, return_counts=True)
        cell = cell.ravel()
        mean_lon = np.bincount(cell, weights=lon) / count
        mean_lat = np.bincount(cell, weights=lat) / count
        return [Cluster(float(x), float(y), int(n)) for x, y, n in zip(mean_lon, mean_lat, count, strict=True)]

    @cached_property
    def _centres(self) -> npt.NDArray[np.float64]:
        """A place for each feature, in degrees; not a number where there is none."""
        found = np.full((len(self.frame), 2), np.nan)
        geometry = np.asarray(self.frame.geometry.array)[self._placed]
        found[self._placed] = shapely.get_coordinates(shapely.point_on_surface(geometry))
        return found

    def _matching(self, bbox: Box | None) -> Positions:
        """Find the features whose geometry, not just its bounds, meets the box, in the collection's order."""
        if bbox is None:
            return np.arange(len(self.frame))
        parts = [self._index.query(shapely.box(*part), predicate="intersects") for part in bbox.parts()]
        found: Positions = self._placed[np.unique(np.concatenate(parts))]
        return found
