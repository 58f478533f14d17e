"""A small picture of the zones shaded by share, drawn without any script."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geoservice.analysis import Analysis
from geoservice.crs import WorkingCrs
from geoservice.i18n import Language
from geoservice.maps.palette import SHARE

WIDTH = 640


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """One zone of the picture: its id, name, share, the class of its share from 0 and its path."""

    id: str
    name: str
    share: float
    share_class: int
    path: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The picture: its size, the zones, and the sources as dots."""

    width: int
    height: int
    zones: tuple[ZoneShape, ...]
    dots: tuple[tuple[float, float], ...]


def overview(analysis: Analysis, working: WorkingCrs, language: Language) -> Overview | None:
    """Draw the zones of an answer in the working plane, north up; None where there are none."""
    frame = analysis.zones
    if frame.empty:
        return None
    working.require(frame)
    west, south, east, north = frame.total_bounds
    scale = WIDTH / (east - west)

    def place(xy: np.ndarray) -> np.ndarray:
        return np.round(np.column_stack([(xy[:, 0] - west) * scale, (north - xy[:, 1]) * scale]), 1)

    simple = shapely.transform(shapely.simplify(frame.geometry.array, 0.7 / scale), place)
    names = frame["name_zh"].where(frame["name_zh"].notna(), frame["name_en"]) if language == "zh" else frame["name_en"]
    zones = tuple(
        ZoneShape(str(zone), str(name), float(share), SHARE.position(share), _path(geometry))
        for zone, name, share, geometry in zip(frame["zone_id"], names, frame["covered_share"], simple, strict=True)
    )
    dots = place(shapely.get_coordinates(analysis.sources.geometry.array))
    height = round((north - south) * scale)
    inside = (dots[:, 0] >= 0) & (dots[:, 0] <= WIDTH) & (dots[:, 1] >= 0) & (dots[:, 1] <= height)
    return Overview(WIDTH, height, zones, tuple((float(x), float(y)) for x, y in dots[inside]))


def _path(geometry: shapely.Geometry) -> str:
    """Write polygons as an SVG path with one decimal."""
    rings = [shapely.get_coordinates(ring) for ring in shapely.get_rings(shapely.get_parts(geometry))]
    return "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in ring[:-1]) + "z" for ring in rings if len(ring) > 3)  # noqa: PLR2004 - a triangle at least
