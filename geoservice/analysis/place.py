"""What is at a place: its zone, who covers it and from where, how far the nearest ones are, which gap it lies in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod, Transformer

from geoservice.analysis.analyse import Analysis
from geoservice.analysis.reach import Views, views_of
from geoservice.analysis.sources import assumed_fields
from geoservice.catalog import Catalog
from geoservice.coverage.ground import EASTING, NORTHING, RANGE
from geoservice.coverage.reaching import distances_m, reaches
from geoservice.crs import LONLAT
from geoservice.question import SourceSelection
from geoservice.vocabulary import FULL_CIRCLE_DEG, Case, Role

MOST_LISTED = 100
"""Of more sources than this that cover a place only the nearest are named; all are counted."""

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Seen:
    """A feature as it lies from a place: the bearing is from the place to it, clockwise from true north.

    `counted` tells whether it is among the question's sources. `range_m` and `assumed`, the names of what is assumed
    of it, are those of a source that covers the place.
    """

    layer: str
    id: str
    name_en: str | None
    name_zh: str | None
    kind: str | None
    lon: float
    lat: float
    distance_m: float
    bearing_deg: float
    counted: bool = True
    range_m: float | None = None
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GapHere:
    """The piece of gap that a place lies in, by its rank among `gaps`; the radius is of its largest empty circle."""

    id: str
    rank: int
    gaps: int
    gap_area_m2: float
    circle_radius_m: float | None


@dataclass(frozen=True, slots=True)
class Place:
    """What is at a place, in degrees of WGS 84.

    Beyond the region nothing is measured, as its plane does not hold there; `zone` is a row of the answer's zones, None
    outside the study area. `depth` counts the sources that cover the place in each case, `covering` names them, the
    nearest first; `nearest` holds one feature of each layer of facilities or cameras, the nearest first.
    """

    lon: float
    lat: float
    in_region: bool
    zone: dict[str, Any] | None = None
    depth: tuple[tuple[Case, int], ...] = ()
    covering: tuple[Seen, ...] = ()
    nearest: tuple[Seen, ...] = ()
    gap: GapHere | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Features:
    """Features by position: the layer of each, what they are called, and where they lie in degrees."""

    layer: Sequence[str]
    id: Sequence[Any]
    name_en: Sequence[str | None]
    name_zh: Sequence[str | None]
    kind: Sequence[str | None]
    lonlat: Floats

    def seen(self, at: int, distance_m: float, bearing_deg: float, **further: Any) -> Seen:
        lon, lat = self.lonlat[at].tolist()
        names = (str(self.layer[at]), str(self.id[at]), self.name_en[at], self.name_zh[at], self.kind[at])
        return Seen(*names, lon, lat, distance_m, bearing_deg, **further)


class Places:
    """An answer made ready to be asked place by place, in milliseconds; safe for threads."""

    def __init__(self, catalog: Catalog, analysis: Analysis) -> None:
        self._analysis, self._catalog = analysis, catalog
        question, sources = analysis.question, analysis.sources
        self._case = question.case
        self._views = {case: views_of(catalog, question.in_case(case), sources) for case in Case}
        self._near = shapely.STRtree(_boxes([views.table for views in self._views.values()]))
        self._sources = _features(catalog, sources)
        self._assumed = assumed_fields(catalog, question, sources)
        self._counted = frozenset(zip(sources["layer"], sources["id"], strict=True))
        self._zones = shapely.STRtree(np.asarray(analysis.zones.geometry.array))
        self._zone_rows = analysis.zones.drop(columns="geometry").to_dict("records")
        self._land = shapely.STRtree(np.asarray(catalog.landmasses.array))
        self._gaps = shapely.STRtree(np.asarray(analysis.gaps.geometry.array))
        gaps = (analysis.gaps[column].tolist() for column in ("id", "rank", "gap_area_m2", "circle_radius_m"))
        self._gap_rows = list(zip(*gaps, strict=True))
        self._layers = list(_on_the_day(catalog, analysis))
        self._into_plane = Transformer.from_crs(LONLAT, catalog.working.crs, always_xy=True)

    def at(self, lon: float, lat: float) -> Place:
        """Tell what is at a place, in degrees of WGS 84."""
        box = self._catalog.region.box
        if not (box.west <= lon <= box.east and box.south <= lat <= box.north):
            return Place(lon, lat, in_region=False)
        easting, northing = self._into_plane.transform(lon, lat)
        point = shapely.Point(easting, northing)
        landmass = self._land.query(point, predicate="intersects")
        candidates = self._near.query(point)
        depth = {case: self._reached(views, candidates, point, landmass) for case, views in self._views.items()}
        zone = self._zone(point)
        covering = depth[self._case]
        return Place(
            lon,
            lat,
            in_region=True,
            zone=zone,
            depth=tuple((case, len(found)) for case, found in depth.items()),
            covering=tuple(self._named(covering, lon, lat, point)),
            nearest=tuple(sorted(self._nearest(lon, lat, point), key=lambda one: (one.distance_m, one.layer))),
            gap=self._gap(point) if zone is not None and not len(covering) else None,
        )

    def _reached(self, views: Views, candidates: Positions, point: shapely.Point, landmass: Positions) -> Positions:
        found = candidates[reaches(views.table[candidates], point.x, point.y)]
        return found if views.landmass is None else found[np.isin(views.landmass[found], landmass)]

    def _zone(self, point: shapely.Point) -> dict[str, Any] | None:
        """Give the row of the zone that holds the point, the one with the smallest id where there are several."""
        found = self._zones.query(point, predicate="intersects")
        rows = [self._zone_rows[position] for position in found]
        return min(rows, key=lambda row: str(row["zone_id"]), default=None)

    def _named(self, covering: Positions, lon: float, lat: float, point: shapely.Point) -> Iterator[Seen]:
        table = self._views[self._case].table
        distance_m = distances_m(table[covering], point.x, point.y)
        first = np.argsort(distance_m, kind="stable")[:MOST_LISTED]
        chosen = covering[first]
        bearings = _bearings(lon, lat, self._sources.lonlat[chosen])
        for at, away_m, bearing in zip(chosen, distance_m[first].tolist(), bearings.tolist(), strict=True):
            assumed = tuple(part for part in self._assumed[at].split(", ") if part)
            yield self._sources.seen(at, away_m, bearing, range_m=float(table[at, RANGE]), assumed=assumed)

    def _nearest(self, lon: float, lat: float, point: shapely.Point) -> Iterator[Seen]:
        for features, tree in self._layers:
            found, distance_m = tree.query_nearest(point, return_distance=True, all_matches=False)
            if len(found):
                at = int(found[0])
                bearing = float(_bearings(lon, lat, features.lonlat[[at]])[0])
                counted = (features.layer[at], features.id[at]) in self._counted
                yield features.seen(at, float(distance_m[0]), bearing, counted=counted)

    def _gap(self, point: shapely.Point) -> GapHere | None:
        """Give the piece of gap here; outlines of gaps lie within the chord error of the true arcs."""
        within_m = self._analysis.question.footprint.chord_error_m
        found = self._gaps.query_nearest(point, max_distance=within_m, all_matches=False)
        if not len(found):
            return None
        fid, rank, area_m2, radius_m = self._gap_rows[int(found[0])]
        return GapHere(str(fid), int(rank), len(self._gap_rows), area_m2, None if radius_m != radius_m else radius_m)  # noqa: PLR0124 - not a number


_ROLES = (Role.FACILITY, Role.CAMERA)


def _on_the_day(catalog: Catalog, analysis: Analysis) -> Iterator[tuple[_Features, shapely.STRtree]]:
    """Give the facilities and cameras of every layer that there are on the question's day, each with an index."""
    question = analysis.question
    for layer in (layer for role in _ROLES for layer in catalog.with_role(role)):
        there = layer.select(SourceSelection(layer=layer.id), question.statuses, question.at)
        yield _features(catalog, there.assign(layer=layer.id)), shapely.STRtree(np.asarray(there.geometry.array))


def _features(catalog: Catalog, frame: gpd.GeoDataFrame) -> _Features:
    layer, fid, name_en, name_zh, kind = (_texts(frame[name]) for name in ("layer", "id", "name_en", "name_zh", "kind"))
    lonlat = shapely.get_coordinates(catalog.working.to_lonlat(frame.geometry).array)
    return _Features(layer, fid, name_en, name_zh, kind, lonlat)


def _texts(column: pd.Series) -> list[Any]:
    """Give the values of a column, None for what is missing."""
    return list(column.astype(object).where(column.notna(), None))


def _boxes(tables: list[Floats]) -> npt.NDArray[np.object_]:
    """Give a box around each view that holds it in every case."""
    far = np.max([table[:, RANGE] for table in tables], axis=0)
    x, y = tables[0][:, EASTING], tables[0][:, NORTHING]
    boxes: npt.NDArray[np.object_] = shapely.box(x - far, y - far, x + far, y + far)
    return boxes


def _bearings(lon: float, lat: float, lonlat: Floats) -> Floats:
    """Give the azimuths, 0 up to 360, of the shortest lines on the ellipsoid from a place to others."""
    many = len(lonlat)
    forward = Geod(ellps="WGS84").inv(np.full(many, lon), np.full(many, lat), lonlat[:, 0], lonlat[:, 1])[0]
    return np.asarray(forward) % FULL_CIRCLE_DEG
