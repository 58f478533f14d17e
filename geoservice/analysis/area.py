"""The figures of any area: how much of it is covered, how often, by what alone; measured as zones are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.analysis.analyse import DUST_M2, Analysis
from geoservice.analysis.demand import is_finer, weighed, weights_of
from geoservice.analysis.depth import ground_of, measured_on
from geoservice.analysis.reach import Reach, near, reaches_of
from geoservice.catalog import Catalog
from geoservice.coverage.cells import Geometries, cut_to_cells, polygonal
from geoservice.coverage.demand import demand_of_pieces
from geoservice.vocabulary import Case

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AreaDemand:
    """How much of one layer's demand lies in an area, and how much of that is covered."""

    layer: str
    total: float
    covered: float

    @property
    def share(self) -> float | None:
        """The covered share; None where there is no demand."""
        return self.covered / self.total if self.total > 0 else None


@dataclass(frozen=True, eq=False)
class AreaFigures:
    """The figures of an area, in square metres and shares of `area_m2`, which is its part within the zones.

    `outside_m2` lies in no zone and counts for nothing else. `at_least` holds the shares that at least 1, 2, ...
    sources cover. `zones` has a row for each zone that the area meets, with what lies in both. `ground` is the part
    within the zones, in the working CRS. `demand` holds the layers of demand that are finer than the area.
    """

    ground: shapely.Geometry
    area_m2: float
    outside_m2: float
    covered_area_m2: float
    covered_share: Mapping[Case, float]
    at_least: tuple[float, ...]
    largest_single_loss_m2: float
    largest_single_loss: tuple[str, str] | None
    sources_inside: int
    gaps_inside: int
    demand: tuple[AreaDemand, ...]
    zones: gpd.GeoDataFrame

    @property
    def gap_area_m2(self) -> float:
        """The area that no source covers."""
        return self.area_m2 - self.covered_area_m2


class Areas:
    """An answer made ready to be asked area by area, in milliseconds; safe for threads."""

    def __init__(self, catalog: Catalog, analysis: Analysis) -> None:
        self._catalog, self._analysis = catalog, analysis
        question, sources = analysis.question, analysis.sources
        self._reaches = {case: reaches_of(catalog, question.in_case(case), sources) for case in Case}
        self._zones = shapely.STRtree(np.asarray(analysis.zones.geometry.array))
        self._sources = shapely.STRtree(np.asarray(sources.geometry.array))

    def measure(self, area: shapely.Geometry) -> AreaFigures | None:
        """Measure a valid polygon or multipolygon of the working CRS; None where it has no ground in any zone."""
        parts = self._parts(area)
        if parts.empty:
            return None
        question = self._analysis.question
        case, cap = question.case, question.depth_cap
        depth, loss_m2, who = _depth(parts, self._reaches[case], cap)
        covered = {one: _covered(parts, found) for one, found in self._reaches.items() if one is not case}
        covered[case] = depth[:, 0]
        area_m2 = parts.area.to_numpy()
        whole = float(area_m2.sum())
        ground = shapely.union_all(parts.geometry.array) if len(parts) > 1 else parts.geometry.iloc[0]
        return AreaFigures(
            ground=ground,
            area_m2=whole,
            outside_m2=max(float(shapely.area(area)) - whole, 0.0),
            covered_area_m2=float(np.minimum(depth[:, 0], area_m2).sum()),
            covered_share={one: _share(found.sum(), whole) for one, found in covered.items()},
            at_least=tuple(_share(value, whole) for value in depth.sum(axis=0)),
            largest_single_loss_m2=loss_m2,
            largest_single_loss=None if who is None else self._source(who),
            sources_inside=len(self._sources.query(ground, predicate="intersects")),
            gaps_inside=len(self._gaps.query(ground, predicate="intersects")),
            demand=tuple(self._demand(ground, parts)),
            zones=_by_zone(parts, area_m2, covered, case),
        )

    @cached_property
    def _gaps(self) -> shapely.STRtree:
        return shapely.STRtree(np.asarray(self._analysis.gaps.geometry.array))

    @cached_property
    def _covered(self) -> shapely.STRtree:
        return shapely.STRtree(np.asarray(self._analysis.covered_pieces.geometry.array))

    def _parts(self, area: shapely.Geometry) -> gpd.GeoDataFrame:
        """Cut an area to the zones: a row for each with the ground that lies in both."""
        met = np.sort(self._zones.query(area, predicate="intersects"))
        zones = self._analysis.zones.iloc[met]
        ground = polygonal(np.asarray(shapely.intersection(np.asarray(zones.geometry.array), area), dtype=object))
        parts = zones[["zone_id", "name_en", "name_zh"]].set_geometry(gpd.GeoSeries(ground, zones.index, zones.crs))
        return parts[parts.area > DUST_M2].reset_index(drop=True)

    def _source(self, position: int) -> tuple[str, str]:
        source = self._analysis.sources.iloc[position]
        return str(source["layer"]), str(source["id"])

    def _demand(self, ground: shapely.Geometry, parts: gpd.GeoDataFrame) -> list[AreaDemand]:
        """Share out the question's demand layers: in all of the area, and in what is covered of it."""
        wanted = dict.fromkeys(self._analysis.question.demand)
        if not wanted:
            return []
        working, cell_m = self._catalog.working, self._analysis.question.gap_cell_m
        whole = gpd.GeoDataFrame(geometry=[ground], crs=parts.crs)
        pieces = cut_to_cells(whole.geometry, cell_m, working).geometry
        chosen = np.sort(self._covered.query(ground, predicate="intersects"))
        covered = polygonal(np.asarray(shapely.intersection(self._covered.geometries[chosen], ground), dtype=object))
        found = []
        for layer_id in wanted:
            layer = self._catalog.layer(layer_id)
            placed = weighed(layer)
            if not is_finer(placed, whole):
                continue
            there = placed.iloc[np.sort(placed.sindex.query(ground, predicate="intersects"))]
            demand, weight = np.asarray(there.geometry.array), weights_of(layer, there)
            total, held = (
                float(demand_of_pieces(demand, weight, some, some).total.sum()) for some in (pieces, covered)
            )
            found.append(AreaDemand(layer_id, total, min(held, total)))
        return found


def _reaching(parts: gpd.GeoDataFrame, reaches: list[Reach]) -> Iterator[tuple[Geometries, Reach]]:
    """Give the reaches that may cover any of the parts, each with what it may cover of them."""
    west, south, east, north = parts.total_bounds.tolist()
    for reach in reaches:
        there = near(reach, (west, south, east, north))
        if len(there.sources) and (ground := ground_of(parts, there)).size and not shapely.is_empty(ground).all():
            yield ground, there


def _covered(parts: gpd.GeoDataFrame, reaches: list[Reach]) -> Floats:
    """Give how much of each part some source covers, in square metres."""
    found = (measured_on(ground, reach).covered_m2 for ground, reach in _reaching(parts, reaches))
    return sum(found, start=np.zeros(len(parts)))


def _depth(parts: gpd.GeoDataFrame, reaches: list[Reach], cap: int) -> tuple[Floats, float, int | None]:
    """Give the areas [part, k - 1] that at least k sources cover, the largest loss in all parts, and whose it is."""
    covered, loss_m2, who = np.zeros((len(parts), cap)), 0.0, None
    for ground, reach in _reaching(parts, reaches):
        found = measured_on(ground, reach, cap=cap, alone=True)
        covered += found.areas_m2[:, 1:]
        assert found.alone_shape is not None  # noqa: S101 - asked for
        if len(found.alone_shape):
            lost = np.bincount(found.alone_shape, weights=found.alone_m2)
            most = int(lost.argmax())
            if lost[most] > loss_m2:
                loss_m2, who = float(lost[most]), int(reach.sources[most])
    return covered[:, ::-1].cumsum(axis=1)[:, ::-1], loss_m2, who


def _by_zone(parts: gpd.GeoDataFrame, area_m2: Floats, covered: Mapping[Case, Floats], case: Case) -> gpd.GeoDataFrame:
    figures: dict[str, Any] = {"area_m2": area_m2, "covered_area_m2": np.minimum(covered[case], area_m2)}
    figures["gap_area_m2"] = area_m2 - figures["covered_area_m2"]
    figures["covered_share"] = figures["covered_area_m2"] / area_m2
    return parts.assign(**figures)


def _share(part_m2: float, whole_m2: float) -> float:
    return min(max(float(part_m2) / whole_m2, 0.0), 1.0)
