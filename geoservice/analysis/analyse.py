"""The composer: a catalogue and a question become one frozen answer by zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoservice.analysis.demand import DemandFigures, demand_figures
from geoservice.analysis.depth import covered_area_m2, depth_figures
from geoservice.analysis.reach import reaches_of
from geoservice.analysis.sources import footprints_of, select_sources, where_facilities_are
from geoservice.analysis.weight import ZoneWeights, zone_weights
from geoservice.catalog import Catalog
from geoservice.coverage.cells import ZonePieces, cut_to_cells, polygonal
from geoservice.coverage.cover import PieceCover, cover_pieces
from geoservice.coverage.remoteness import Obstacles, farthest_points
from geoservice.i18n import Text
from geoservice.question import Question
from geoservice.vocabulary import Case

DUST_M2 = 0.01
"""Pieces of gap smaller than this are the rounding of the arithmetic, not ground."""
CIRCLE_TOLERANCE = 0.01
"""How precisely the largest empty circle is found, as a share of the cell's side."""

Step = Callable[[int, int], None]
"""Called with how many steps are done, and how many there are."""
_STEPS = 7

NO_DEMAND = Text(
    en="No layer of demand finer than the zones is loaded, so no share of people can be given: "
    "the share of area would not stand for it.",
    zh="未載入比分區更細的需求圖層，因此不能提供人口比例；面積比例不能代表人口比例。",
)


def answer_version(question: Question, catalog_version: str) -> str:
    """Name what the answer to a question depends on: the question and the version of what is asked about."""
    return f"{question.key}-{catalog_version}"


@dataclass(frozen=True)
class Totals:
    """The figures of all zones together, in square metres and shares of area, and where the sources are.

    `weighted_share` is the covered share of what the question weighs zones by; None where it names nothing.
    """

    zone_area_m2: float
    covered_area_m2: float
    gap_area_m2: float
    covered_share: float | None
    covered_share_low: float | None
    covered_share_high: float | None
    sources_inside: int
    sources_outside: int
    facilities_inside: int
    facilities_outside: int
    weighted_share: float | None = None


@dataclass(frozen=True, eq=False)
class Analysis:
    """The answer to one question; all geometry is in the working CRS.

    `zones`: a row a zone with zone_id, name_en, name_zh, parent_id, its attributes, the areas in m², covered_share
    with its low and high, sources_inside (those that reach), facilities_inside (all kinds), the distances from its
    ground to the nearest source in metres, covered_share_2 and on for at least so many sources, the largest single
    loss, demand_share, the figures of joined tables as `<layer>:<attribute>`. `gaps`: a row a piece of gap by zone
    and cell, ranked; `covered_pieces`: the same for what is covered. `sources`: who reaches; `footprints`: how far,
    same index. `demand_note` says what the demand shares rest on, or why there are none; `weight_note` what is
    assumed where zones are weighed: `gaps` has weighted_gap then, the weight that a piece holds.
    """

    question: Question
    catalog_version: str
    zones: gpd.GeoDataFrame
    gaps: gpd.GeoDataFrame
    covered_pieces: gpd.GeoDataFrame
    sources: gpd.GeoDataFrame
    footprints: gpd.GeoSeries
    totals: Totals
    demand_note: Text
    weight_note: Text | None = None

    @property
    def key(self) -> str:
        """What the answer depends on: the question and the version of what was asked about."""
        return answer_version(self.question, self.catalog_version)

    @property
    def outside(self) -> gpd.GeoDataFrame:
        """The sources that lie in no zone."""
        return self.sources[self.sources["zone_id"].isna()]

    @cached_property
    def covered_ground(self) -> shapely.Geometry:
        """All that the sources reach, as one geometry, whether in a zone or not."""
        return self.footprints.union_all()

    @cached_property
    def coverage(self) -> gpd.GeoDataFrame:
        """What is covered, by zone, with its area; what lies in no zone comes last, without a zone_id."""
        frame = self._by_zone(self._zone_cover.covered)
        beyond = self._beyond_zones()
        if beyond.area > DUST_M2:
            row = {"zone_id": [None], "name_en": ["Outside every zone"], "name_zh": ["所有分區以外"]}
            outside = gpd.GeoDataFrame(row, geometry=[beyond], crs=frame.crs)
            frame = gpd.GeoDataFrame(pd.concat([frame, outside], ignore_index=True), crs=frame.crs)
        return _measured(frame, "covered_area_m2")

    @cached_property
    def zone_gaps(self) -> gpd.GeoDataFrame:
        """The whole gap of each zone as one geometry, with its area; zones without a gap are left out."""
        return _measured(self._by_zone(self._zone_cover.gap), "gap_area_m2")

    def coverage_within(self, area: shapely.Geometry) -> gpd.GeoDataFrame:
        """Give what is covered of an area of the working CRS, such as a window, by zone, with its area in m²."""
        return _measured(self._by_zone(self._cover_within(area).covered), "covered_area_m2")

    def gaps_within(self, area: shapely.Geometry) -> gpd.GeoDataFrame:
        """Give what is left out of an area of the working CRS, such as a window, by zone, with its area in m²."""
        return _measured(self._by_zone(self._cover_within(area).gap), "gap_area_m2")

    @cached_property
    def _zone_cover(self) -> PieceCover:
        return cover_pieces(np.asarray(self.zones.geometry.array, dtype=object), self._shapes())

    def _cover_within(self, area: shapely.Geometry) -> PieceCover:
        ground = polygonal(shapely.intersection(np.asarray(self.zones.geometry.array, dtype=object), area))
        shapes = self._shapes()
        return cover_pieces(ground, shapes[shapely.intersects(shapes, area)])

    def _shapes(self) -> npt.NDArray[np.object_]:
        return np.asarray(self.footprints.array, dtype=object)

    def _by_zone(self, geometry: npt.NDArray[np.object_]) -> gpd.GeoDataFrame:
        names = self.zones[["zone_id", "name_en", "name_zh"]]
        return gpd.GeoDataFrame(names, geometry=geometry, crs=self.zones.crs)

    def _beyond_zones(self) -> shapely.Geometry:
        """Unite what is covered outside every zone."""
        shapes, zones = self._shapes(), np.asarray(self.zones.geometry.array, dtype=object)
        tree = shapely.STRtree(shapes)
        within = tree.query(zones, predicate="contains")[1]
        beyond = np.setdiff1d(np.arange(len(shapes)), within)
        return shapely.difference(shapely.union_all(shapes[beyond]), shapely.union_all(zones))


def _measured(frame: gpd.GeoDataFrame, column: str) -> gpd.GeoDataFrame:
    """Add the area of each row; rows that hold no ground are left out."""
    frame.insert(3, column, frame.area)
    return frame[frame.area > DUST_M2].reset_index(drop=True)


def analyse(catalog: Catalog, question: Question, step: Step | None = None) -> Analysis:
    """Answer a question; raises QuestionError if the catalogue cannot answer it. `step` is told how far it has come."""
    catalog.check_question(question)
    told = step or _quiet
    told(0, _STEPS)
    zones = catalog.zones(question.zone_system)
    sources = select_sources(catalog, question)
    footprints = footprints_of(catalog, question, sources)
    pieces = cut_to_cells(zones.geometry, question.gap_cell_m, catalog.working)
    told(1, _STEPS)
    reaches = {case: reaches_of(catalog, question.in_case(case), sources) for case in Case}
    depth = depth_figures(zones, reaches[question.case], sources, question.depth_cap)
    told(2, _STEPS)
    covered = {case: covered_area_m2(zones, reaches[case]) for case in Case if case is not question.case}
    covered[question.case] = depth.pop("covered_area_m2")
    told(3, _STEPS)
    cover = cover_pieces(pieces.geometry, footprints.to_numpy())
    told(4, _STEPS)
    demand = demand_figures(catalog, question, pieces, cover, zones)
    figures = _zone_figures(zones, pieces, covered, question.case, sources).assign(**depth)
    everyone = where_facilities_are(catalog, question)
    figures["facilities_inside"] = figures["zone_id"].map(everyone.value_counts()).fillna(0).astype(int)
    figures = figures.assign(**(demand.by_zone if demand else {"demand_share": None}))
    figures = figures.assign(**{f.column: f.of(figures["zone_id"]) for f in catalog.figures(question.zone_system)})
    told(_STEPS - 2, _STEPS)
    weights = zone_weights(catalog, question, zones)
    gaps = _gap_pieces(zones, pieces, cover, footprints, sources, demand, weights)
    told(_STEPS, _STEPS)
    return Analysis(
        question=question,
        catalog_version=catalog.version,
        zones=figures,
        gaps=gaps,
        covered_pieces=_covered_pieces(zones, pieces, cover),
        sources=sources,
        footprints=footprints,
        totals=_totals(figures, sources, everyone, weights),
        demand_note=demand.note if demand else NO_DEMAND,
        weight_note=weights.note if weights else None,
    )


def _quiet(_done: int, _total: int) -> None:
    pass


def _zone_figures(
    zones: gpd.GeoDataFrame,
    pieces: ZonePieces,
    covered_m2: dict[Case, npt.NDArray[np.float64]],
    case: Case,
    sources: gpd.GeoDataFrame,
) -> gpd.GeoDataFrame:
    """Add the pieces up by zone; shares are of the zone's area."""
    area = zones.area.to_numpy()
    covered = {c: np.clip(value, 0.0, area) for c, value in covered_m2.items()}
    shares = {c: np.divide(value, area, out=np.zeros_like(area), where=area > 0) for c, value in covered.items()}
    inside = sources["zone_id"].value_counts()
    return zones.assign(
        zone_area_m2=area,
        covered_area_m2=covered[case],
        gap_area_m2=area - covered[case],
        covered_share=shares[case],
        covered_share_low=shares[Case.LOW],
        covered_share_high=shares[Case.HIGH],
        sources_inside=zones["zone_id"].map(inside).fillna(0).astype(int),
        **_distances(zones, pieces, sources),
    )


def _sum(pieces: ZonePieces, values: npt.NDArray[np.float64], zones: int) -> npt.NDArray[np.float64]:
    return np.bincount(pieces.zone, weights=values, minlength=zones).astype(np.float64)


def _distances(
    zones: gpd.GeoDataFrame, pieces: ZonePieces, sources: gpd.GeoDataFrame
) -> dict[str, npt.NDArray[np.float64]]:
    """Give the straight distances in metres from a zone's ground to the nearest source: least, mean and greatest.

    The mean is weighted by area and taken at the centroid of each piece; the greatest is found to within 1 % of a cell.
    """
    if sources.empty or zones.empty:
        nothing = np.full(len(zones), np.nan)
        return {f"nearest_source_{what}_m": nothing for what in ("min", "mean", "max")}
    obstacles = Obstacles(np.asarray(sources.geometry.array))
    centroids = shapely.centroid(pieces.geometry)
    centre_m, _ = obstacles.nearest(shapely.get_x(centroids), shapely.get_y(centroids))
    area = shapely.area(pieces.geometry)
    least = shapely.STRtree(sources.geometry.array).query_nearest(
        zones.geometry.array, return_distance=True, all_matches=False
    )[1]
    farthest = farthest_points(pieces.geometry, pieces.zone, len(zones), obstacles, CIRCLE_TOLERANCE * pieces.cell_m)
    return {
        "nearest_source_min_m": least,
        "nearest_source_mean_m": _sum(pieces, centre_m * area, len(zones)) / _sum(pieces, area, len(zones)),
        "nearest_source_max_m": farthest.distance_m,
    }


def _piece_ids(
    zones: gpd.GeoDataFrame, pieces: ZonePieces, chosen: npt.NDArray[np.intp]
) -> dict[str, npt.NDArray[np.object_]]:
    """Name pieces by their zone and cell, with the names of the zone."""
    zone = pieces.zone[chosen]
    named = {column: zones[column].to_numpy(dtype=object)[zone] for column in ("zone_id", "name_en", "name_zh")}
    cells = zip(named["zone_id"], pieces.column[chosen], pieces.row[chosen], strict=True)
    return {"id": np.array([f"{z}.{c}.{r}" for z, c, r in cells], dtype=object), **named}


def _covered_pieces(zones: gpd.GeoDataFrame, pieces: ZonePieces, cover: PieceCover) -> gpd.GeoDataFrame:
    """Lay what is covered out by zone and cell."""
    chosen = np.flatnonzero(cover.covered_area_m2 > DUST_M2)
    columns = {**_piece_ids(zones, pieces, chosen), "covered_area_m2": cover.covered_area_m2[chosen]}
    return gpd.GeoDataFrame(columns, geometry=cover.covered[chosen], crs=zones.crs)


def _gap_pieces(
    zones: gpd.GeoDataFrame,
    pieces: ZonePieces,
    cover: PieceCover,
    footprints: gpd.GeoSeries,
    sources: gpd.GeoDataFrame,
    demand: DemandFigures | None,
    weights: ZoneWeights | None,
) -> gpd.GeoDataFrame:
    """Lay the pieces of gap out by zone and cell, each with its largest empty circle, ranked.

    The circle's centre lies in the piece and the circle holds no covered ground; its radius may reach beyond the piece.
    `nearest_source_m` is measured from that centre.
    """
    chosen = np.flatnonzero(cover.gap_area_m2 > DUST_M2)
    columns = {**_piece_ids(zones, pieces, chosen), "gap_area_m2": cover.gap_area_m2[chosen]}
    frame = gpd.GeoDataFrame(columns, geometry=cover.gap[chosen], crs=zones.crs)
    beside = _beside_gaps(footprints, frame.geometry, zones.geometry)
    frame = frame.assign(**_empty_circles(cover.gap[chosen], beside, sources, CIRCLE_TOLERANCE * pieces.cell_m))
    frame["uncovered_demand"] = demand.uncovered[chosen] if demand else np.nan
    keys = ["uncovered_demand", "circle_radius_m", "gap_area_m2"]
    if weights is not None:
        area_m2, zone_area_m2 = cover.gap_area_m2[chosen], np.asarray(zones.area)
        frame["weighted_gap"] = weights.in_pieces(pieces.zone[chosen], area_m2, zone_area_m2)
        keys.insert(1, "weighted_gap")
    order = frame.sort_values([*keys, "id"], ascending=[*[False] * len(keys), True]).index
    frame.insert(1, "rank", pd.Series(np.arange(1, len(frame) + 1), index=order).sort_index())
    return frame.sort_values("rank").reset_index(drop=True)


def _beside_gaps(footprints: gpd.GeoSeries, gaps: gpd.GeoSeries, zones: gpd.GeoSeries) -> npt.NDArray[np.object_]:
    """Choose the footprints that something uncovered may lie beside: a gap, or ground in no zone."""
    shapes: npt.NDArray[np.object_] = np.asarray(footprints.array, dtype=object)[~footprints.is_empty]
    tree = shapely.STRtree(shapes)
    beside_gaps = tree.query(gaps.array, predicate="intersects")[1]
    on_outlines = tree.query(zones.boundary.array, predicate="intersects")[1]
    in_zones = tree.query(zones.array, predicate="intersects")[1]
    outside = np.setdiff1d(np.arange(len(shapes)), in_zones)
    beside: npt.NDArray[np.object_] = shapes[np.unique(np.concatenate([beside_gaps, on_outlines, outside]))]
    return beside


def _empty_circles(
    gaps: npt.NDArray[np.object_], beside: npt.NDArray[np.object_], sources: gpd.GeoDataFrame, tolerance_m: float
) -> dict[str, npt.NDArray[np.generic]]:
    if not len(gaps) or sources.empty or not len(beside):
        nothing = np.full(len(gaps), np.nan)
        unknown = np.full(len(gaps), None, dtype=object)
        numbers = ("circle_radius_m", "circle_easting_m", "circle_northing_m", "nearest_source_m")
        return {**dict.fromkeys(numbers, nothing), "nearest_source_layer": unknown, "nearest_source_id": unknown}
    circle = farthest_points(gaps, np.arange(len(gaps)), len(gaps), Obstacles.outlines(beside), tolerance_m)
    distance, nearest = Obstacles(np.asarray(sources.geometry.array)).nearest(circle.x, circle.y)
    return {
        "circle_radius_m": circle.distance_m,
        "circle_easting_m": circle.x,
        "circle_northing_m": circle.y,
        "nearest_source_m": distance,
        "nearest_source_layer": sources["layer"].to_numpy(dtype=object)[nearest],
        "nearest_source_id": sources["id"].to_numpy()[nearest],
    }


def _totals(
    figures: gpd.GeoDataFrame, sources: gpd.GeoDataFrame, everyone: pd.Series, weights: ZoneWeights | None
) -> Totals:
    area = float(figures["zone_area_m2"].sum())

    def share(column: str) -> float | None:
        return float((figures[column] * figures["zone_area_m2"]).sum() / area) if area > 0 else None

    outside = int(sources["zone_id"].isna().sum())
    return Totals(
        zone_area_m2=area,
        covered_area_m2=float(figures["covered_area_m2"].sum()),
        gap_area_m2=float(figures["gap_area_m2"].sum()),
        covered_share=share("covered_share"),
        covered_share_low=share("covered_share_low"),
        covered_share_high=share("covered_share_high"),
        sources_inside=len(sources) - outside,
        sources_outside=outside,
        facilities_inside=int(everyone.notna().sum()),
        facilities_outside=int(everyone.isna().sum()),
        weighted_share=weights.share(figures["covered_share"]) if weights else None,
    )
