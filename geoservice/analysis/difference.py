"""The difference of two answers: what the second covers beyond the first, and what it no longer covers."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoservice.analysis.analyse import DUST_M2, Analysis
from geoservice.coverage.cells import polygonal
from geoservice.question import Difference

CHANGES = ("gained", "lost", "unchanged")
"""Ground that only the second answer covers, that only the first does, that both do."""

_OUTSIDE = "outside"


def comparison_version(difference: Difference, *catalog_versions: str) -> str:
    """Name what the answer to a difference depends on: the difference and the versions of what is asked about."""
    return "-".join([difference.key, *dict.fromkeys(catalog_versions)])


@dataclass(frozen=True, eq=False)
class Comparison:
    """The answer to a difference; geometry is in the working CRS.

    `zones`: a row a zone with zone_id, name_en, name_zh, zone_area_m2, covered_before_m2, covered_after_m2, gained_m2,
    lost_m2, unchanged_m2, share_before, share_after, share_change. `changes`: a row for each kind of change in a zone,
    with change, area_m2 and geometry; ground in no zone has no zone_id.
    """

    difference: Difference
    before: Analysis
    after: Analysis
    zones: gpd.GeoDataFrame
    changes: gpd.GeoDataFrame

    @property
    def key(self) -> str:
        """What the answer depends on: the difference and the version of what was asked about."""
        return comparison_version(self.difference, self.before.catalog_version, self.after.catalog_version)

    def total_m2(self, change: str) -> float:
        """Add up the ground of one kind of change in all zones, in square metres."""
        return float(self.zones[f"{change}_m2"].sum())


def compare(before: Analysis, after: Analysis) -> Comparison:
    """Compare two answers on the same zones; raises ValueError if their zones or coordinates differ."""
    difference = Difference(before=before.question, after=after.question)
    _require_same_zones(before, after)
    names = _places(after)
    first, second = (_ground(one, names["place"]) for one in (before, after))
    parts = {
        "gained": _without(second, first),
        "lost": _without(first, second),
        "unchanged": polygonal(shapely.intersection(first, second)),
    }
    return Comparison(
        difference=difference,
        before=before,
        after=after,
        zones=_zone_figures(before, after, parts),
        changes=_changes(names, parts, after),
    )


def _places(analysis: Analysis) -> pd.DataFrame:
    """List the zones, and last the ground in none."""
    zones = pd.DataFrame(analysis.zones[["zone_id", "name_en", "name_zh"]])
    zones.insert(0, "place", zones["zone_id"])
    beyond = {"place": _OUTSIDE, "zone_id": None, "name_en": "Outside every zone", "name_zh": "所有分區以外"}
    return pd.concat([zones, pd.DataFrame([beyond])], ignore_index=True)


def _ground(analysis: Analysis, places: pd.Series) -> npt.NDArray[np.object_]:
    """Give what an answer covers in each place, empty where it covers nothing."""
    coverage = analysis.coverage
    by_place = dict(zip(coverage["zone_id"].fillna(_OUTSIDE), coverage.geometry, strict=True))
    return np.array([by_place.get(place, shapely.Polygon()) for place in places], dtype=object)


def _without(ground: npt.NDArray[np.object_], other: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    return polygonal(shapely.difference(ground, other))


def zone_changes(before: Analysis, after: Analysis) -> gpd.GeoDataFrame:
    """Set the figures of two answers side by side by zone, without their ground; raises ValueError as `compare`.

    zone_id, name_en, name_zh, zone_area_m2, covered_before_m2, covered_after_m2, share_before, share_after,
    share_change, geometry in the working CRS.
    """
    _require_same_zones(before, after)
    zones = after.zones
    frame = zones[["zone_id", "name_en", "name_zh", "zone_area_m2", "geometry"]].copy()
    figures = {
        "covered_before_m2": before.zones["covered_area_m2"].to_numpy(),
        "covered_after_m2": zones["covered_area_m2"].to_numpy(),
        "share_before": before.zones["covered_share"].to_numpy(),
        "share_after": zones["covered_share"].to_numpy(),
        "share_change": zones["covered_share"].to_numpy() - before.zones["covered_share"].to_numpy(),
    }
    for position, (name, values) in enumerate(figures.items(), start=4):
        frame.insert(position, name, values)
    return frame


def _require_same_zones(before: Analysis, after: Analysis) -> None:
    if list(before.zones["zone_id"]) != list(after.zones["zone_id"]):
        msg = "the two answers are of different zones"
        raise ValueError(msg)
    if before.zones.crs != after.zones.crs or not (before.zones.geometry.geom_equals(after.zones.geometry)).all():
        msg = "the two answers are of zones of one name that lie elsewhere, or in another coordinate reference system"
        raise ValueError(msg)


def _zone_figures(before: Analysis, after: Analysis, parts: dict[str, npt.NDArray[np.object_]]) -> gpd.GeoDataFrame:
    frame = zone_changes(before, after)
    for position, change in enumerate(CHANGES, start=frame.columns.get_loc("covered_after_m2") + 1):
        frame.insert(position, f"{change}_m2", shapely.area(parts[change][: len(frame)]))
    return frame


def _changes(names: pd.DataFrame, parts: dict[str, npt.NDArray[np.object_]], after: Analysis) -> gpd.GeoDataFrame:
    frames = [
        gpd.GeoDataFrame(names.assign(change=change), geometry=parts[change], crs=after.zones.crs) for change in CHANGES
    ]
    frame = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=after.zones.crs)
    frame.insert(len(frame.columns) - 1, "area_m2", frame.area)
    return frame[frame["area_m2"] > DUST_M2].reset_index(drop=True)
