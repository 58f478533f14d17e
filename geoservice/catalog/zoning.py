"""Which zone something lies in, and whether its label says the same."""

from __future__ import annotations

import re
import unicodedata

import geopandas as gpd
import pandas as pd
import shapely

from geoservice.catalog.region import ZoneLabels


def zone_of(points: gpd.GeoSeries, zones: gpd.GeoDataFrame) -> pd.Series:
    """Give the id of the zone that each point lies in or on; None for points in none.

    On a shared border, or where zones overlap, the zone with the smallest id is taken, so that the answer is one.
    """
    found = pd.Series([None] * len(points), index=points.index, dtype=object)
    if zones.empty or points.empty:
        return found
    present = points[points.notna() & ~points.is_empty]
    tree = shapely.STRtree(zones.geometry.array)
    which, where = tree.query(present.array, predicate="intersects")
    hits = pd.DataFrame({"point": present.index[which], "zone": zones["zone_id"].to_numpy()[where]})
    first = hits.sort_values("zone").drop_duplicates("point").set_index("point")["zone"]
    found.loc[first.index] = first.astype(object)
    return found


def overlaps(zones: gpd.GeoDataFrame, tolerance_m2: float = 1.0) -> list[tuple[str, str, float]]:
    """List the pairs of zones that share more ground than the tolerance, with the area in square metres."""
    geometry = zones.geometry.array
    left, right = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    pairs = left < right
    shared = shapely.area(shapely.intersection(geometry[left[pairs]], geometry[right[pairs]]))
    ids = zones["zone_id"].to_numpy()
    return [
        (str(ids[a]), str(ids[b]), float(area))
        for a, b, area in zip(left[pairs], right[pairs], shared, strict=True)
        if area > tolerance_m2
    ]


def label_index(zones: pd.DataFrame, labels: ZoneLabels) -> dict[str, str]:
    """Map every way to write a zone's label, made alike, to the zone's id."""
    index: dict[str, str] = {}
    for zone in zones.itertuples():
        for name in (zone.zone_id, zone.name_en, zone.name_zh):
            if name is not None:
                index[plain_label(str(name), labels)] = str(zone.zone_id)
    for label, meant in labels.alias.items():
        target = index.get(plain_label(meant, labels))
        if target is not None:
            index[plain_label(label, labels)] = target
    return index


def plain_label(label: str, labels: ZoneLabels) -> str:
    """Write a label without case, spaces, punctuation and the words to strip; '&' reads 'and'."""
    text = unicodedata.normalize("NFKC", label).casefold().replace("&", " and ")
    for word in labels.strip:
        text = re.sub(rf"(?<![a-z]){re.escape(word.casefold())}(?![a-z])", " ", text)
    return re.sub(r"[\W_]+", "", text)


def parent_of(zones: gpd.GeoDataFrame, parents: gpd.GeoDataFrame) -> pd.Series:
    """Give the larger zone that each zone lies in: the one that holds most of its area; None where less than half."""
    result = pd.Series([None] * len(zones), index=zones.index, dtype=object)
    if zones.empty or parents.empty:
        return result
    small, large = shapely.STRtree(parents.geometry.array).query(zones.geometry.array, predicate="intersects")
    shared = shapely.area(
        shapely.intersection(zones.geometry.array[small], parents.geometry.array[large])
    ) / shapely.area(zones.geometry.array[small])
    for position, parent, share in zip(small, large, shared, strict=True):
        if share > 1 / 2:
            result.iloc[position] = parents["zone_id"].iloc[parent]
    return result
