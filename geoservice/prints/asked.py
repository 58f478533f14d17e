"""What is asked to be printed, as it comes from outside: checked, and laid out on a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from geoservice.errors import ParameterError, message
from geoservice.i18n import Language
from geoservice.maps import MapData
from geoservice.prints.hidden import HiddenPlaces, require_hideable
from geoservice.prints.paper import LARGEST_SCALE, SMALLEST_SCALE, Paper
from geoservice.prints.sheet import Bounds, Sheet, sheet_of, working_bounds
from geoservice.prints.wanted import Wanted, chosen, is_illustrative, places_of


@dataclass(frozen=True, slots=True)
class Ask:
    """What of an answer to print: all zones unless a box of degrees (west, south, east, north) or a zone is named.

    Without a scale it is the largest round one that fits, without layers what the map shows at first. `hidden` names,
    by layer and facet (status, owner, access, kind), the values whose places are left out.
    """

    layers: Sequence[str] | None = None
    bbox: Bounds | None = None
    zone: str | None = None
    scale: int | None = None
    labels: bool = True
    grid: bool = True
    hidden: HiddenPlaces = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Print:
    """An answer laid out on a page, ready to be set."""

    data: MapData
    sheet: Sheet
    wanted: Wanted


def laid_out_print(data: MapData, page: Paper, language: Language, ask: Ask) -> Print:
    """Lay out what is asked; raises ParameterError for a layer, place, zone, box or scale that cannot be printed."""
    require_hideable(ask.hidden, places_of(data))
    wanted = Wanted(chosen(data, ask.layers), language, ask.labels, ask.grid, ask.hidden)
    if ask.scale is not None and not LARGEST_SCALE <= ask.scale <= SMALLEST_SCALE:
        allowed = message("whole numbers from %(least)s to %(most)s")
        raise ParameterError("scale", str(ask.scale), allowed, {"least": LARGEST_SCALE, "most": SMALLEST_SCALE})
    sheet = sheet_of(
        page,
        data.catalog.working,
        _bounds(data, ask),
        scale=ask.scale,
        banner=is_illustrative(data, wanted.layers),
        grid=ask.grid,
    )
    if not np.isfinite(shapely.bounds(sheet.frame_lonlat)).all():
        raise ParameterError(
            "scale", str(sheet.scale), message("a scale at which the page stays within the projection")
        )
    return Print(data, sheet, wanted)


def _bounds(data: MapData, ask: Ask) -> Bounds:
    """Give the ground to show, in metres of the working CRS."""
    if ask.bbox is not None and ask.zone is not None:
        raise ParameterError("zone", ask.zone, message("bbox or zone, not both"))
    if ask.bbox is not None:
        return working_bounds(data.catalog.working, _within_region(data, ask.bbox))
    zones = data.analysis.zones
    if ask.zone is not None:
        zones = zones[zones["zone_id"] == ask.zone]
        if zones.empty:
            known = ", ".join(str(zone) for zone in data.analysis.zones["zone_id"])
            raise ParameterError("zone", ask.zone, known or message("none: there are no zones"))
    if zones.empty:
        return working_bounds(data.catalog.working, data.catalog.region.box.lonlat)
    west, south, east, north = zones.total_bounds
    return float(west), float(south), float(east), float(north)


def _within_region(data: MapData, bbox: Bounds) -> Bounds:
    """Cut a box to the region's extent, as there is nothing to show beyond it."""
    extent = data.catalog.region.box.lonlat
    west, south = max(bbox[0], extent[0]), max(bbox[1], extent[1])
    east, north = min(bbox[2], extent[2]), min(bbox[3], extent[3])
    if west >= east or south >= north:
        asked, around = (",".join(f"{side:g}" for side in box) for box in (bbox, extent))
        allowed = message("west,south,east,north of some ground within %(extent)s")
        raise ParameterError("bbox", asked, allowed, {"extent": around})
    return west, south, east, north
