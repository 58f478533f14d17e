"""The documents of what is at a place, and of an area's figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson
import shapely

from geoservice.analysis import Analysis, AreaFigures, Place
from geoservice.analysis.place import Seen
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections.areas import OwnArea, area_row
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.geojson import DECIMALS, plain
from geoservice.ogc.links import Params, collection_address, in_html, link, moment, with_params
from geoservice.vocabulary import Case

AREA_TYPES = (
    "application/json",
    "application/geo+json",
    "application/vnd.google-earth.kml+xml",
    "application/zip",
    "application/geopackage+sqlite3",
    "application/octet-stream",
)
"""What an area may be posted as; what it is follows from its first bytes. A page of another site can send none of these
unasked, as it could a form."""
AREA_FILES = ("csv", "geojson", "gpkg")
"""The formats that a document names; an area has all others too."""
_FIGURES = ("zone_id", "name_en", "name_zh", "parent_id", "covered_share", "covered_share_low", "covered_share_high")


def asked_about(catalog: Catalog, named: NamedQuestion, analysis: Analysis) -> dict[str, Any]:
    """Say which question is answered and under which assumption; a range in metres for each case where it has one."""
    question = analysis.question
    ranges = {str(case): question.range_in(case) for case in Case}
    return {
        "question": {
            "id": named.id,
            "title": named.title.model_dump(exclude_none=True),
            "theme": str(question.theme),
            "at": question.at.isoformat(),
            "case": str(question.case),
            "zone_system": question.zone_system,
        },
        "assumption": named.assumption.model_dump(exclude_none=True),
        "range_m": ranges if question.range_m is not None else None,
        "illustrative": catalog.is_illustrative(named),
    }


def place_document(
    base: str, params: Params, catalog: Catalog, named: NamedQuestion, analysis: Analysis, place: Place
) -> dict[str, Any]:
    """Write what is at a place; `study_area` is false where it lies in no zone, `in_region` where nothing is known."""
    own = f"{base}/place"
    gap = place.gap
    return {
        "lon": place.lon,
        "lat": place.lat,
        **asked_about(catalog, named, analysis),
        "in_region": place.in_region,
        "study_area": place.zone is not None,
        "zone": _zone(place.zone),
        "depth": dict(place.depth).get(analysis.question.case, 0),
        "depth_by_case": {str(case): count for case, count in place.depth},
        "covered_by": [_seen(base, catalog, one) for one in place.covering],
        "nearest": [_seen(base, catalog, one) for one in place.nearest],
        "gap": None
        if gap is None
        else {
            "id": gap.id,
            "rank": gap.rank,
            "gaps": gap.gaps,
            "gap_area_m2": gap.gap_area_m2,
            "circle_radius_m": gap.circle_radius_m,
        },
        "links": [link(with_params(own, params), "self", "This document"), in_html(own, params)],
    }


def _zone(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if row is None else {name: plain(row[name]) for name in _FIGURES}


def _seen(base: str, catalog: Catalog, one: Seen) -> dict[str, Any]:
    manifest = catalog.layers[one.layer].manifest
    return {
        "layer": one.layer,
        "layer_title": manifest.title.model_dump(exclude_none=True),
        "role": str(manifest.role),
        "id": one.id,
        "name_en": one.name_en,
        "name_zh": one.name_zh,
        "kind": manifest.kind_title(one.kind).model_dump(exclude_none=True) if one.kind else None,
        "lon": round(one.lon, DECIMALS),
        "lat": round(one.lat, DECIMALS),
        "distance_m": round(one.distance_m, 3),
        "bearing_deg": round(one.bearing_deg, 3),
        "illustrative": manifest.illustrative,
        "counted": one.counted,
        "range_m": one.range_m,
        "assumed": list(one.assumed),
        "href": f"{collection_address(base, one.layer)}/items/{quote(one.id, safe='')}",
    }


def area_document(
    base: str, catalog: Catalog, named: NamedQuestion, analysis: Analysis, area: OwnArea, figures: AreaFigures
) -> dict[str, Any]:
    """Write the figures of an area, in all and by zone, with the addresses of its files and when it expires."""
    own = f"{base}/areas/{area.kept.key}"
    files = [link(f"{own}.{one}", "enclosure", DOWNLOADS[one].title, DOWNLOADS[one].media_type) for one in AREA_FILES]
    loss = figures.largest_single_loss
    return {
        "id": area.kept.key,
        "created": _moment(area.kept.created),
        "expires": _moment(area.kept.expires),
        **asked_about(catalog, named, analysis),
        "figures": {name: plain(value) for name, value in area_row(figures, analysis.question).items()},
        "largest_single_loss": None if loss is None else _named(catalog, analysis, *loss),
        "demand": [
            {
                "layer": one.layer,
                "title": catalog.layers[one.layer].manifest.title.model_dump(exclude_none=True),
                "total": one.total,
                "covered": one.covered,
                "share": one.share,
            }
            for one in figures.demand
        ],
        "demand_note": analysis.demand_note.model_dump(exclude_none=True),
        "zones": [
            {name: plain(value) for name, value in row.items()}
            for row in figures.zones.drop(columns="geometry").to_dict("records")
        ],
        "area": orjson.Fragment(shapely.to_geojson(area.lonlat)),
        "links": [link(own, "self", "This document"), in_html(own, {}), *files],
    }


def _named(catalog: Catalog, analysis: Analysis, layer: str, fid: str) -> dict[str, Any]:
    sources = analysis.sources
    row = sources[(sources["layer"] == layer) & (sources["id"].astype(str) == fid)].iloc[0]
    return {
        "layer": layer,
        "id": fid,
        "name_en": plain(row["name_en"]),
        "name_zh": plain(row["name_zh"]),
        "illustrative": catalog.layers[layer].manifest.illustrative,
    }


def _moment(seconds: float) -> str:
    return moment(dt.datetime.fromtimestamp(seconds, dt.UTC))
