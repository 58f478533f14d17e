"""Search: places by name, address or id, and coordinates in whatever order they are written."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from geoservice.errors import MISSING_PARAMETER, ParameterError, message
from geoservice.formats.geojson import MEDIA_TYPE, dumps
from geoservice.i18n import gettext
from geoservice.ogc.parameters import parse_limit, single
from geoservice.search import Entry, Index, Reading, build_index, read_coordinates
from geoservice.search.plain import plain
from geoservice.web.language import language
from geoservice.web.requests import args, tagged
from geoservice.web.service import service

blueprint = Blueprint("search", __name__)

MOST_CHARACTERS = 200
DEFAULT_RESULTS, MOST_RESULTS = 10, 50
_DECIMALS = 7


@blueprint.get("/search")
def search() -> Response:
    """Find places that hold every word of `q`, or that lie at its coordinates, as GeoJSON."""
    given = args(["q", "limit"])
    query = single(given, "q") or ""
    limit = parse_limit(single(given, "limit"), DEFAULT_RESULTS, MOST_RESULTS)
    if not query.strip() or len(query) > MOST_CHARACTERS or not query.isprintable():
        allowed = message("a name, an address or coordinates, at most %(most)s characters")
        raise ParameterError("q", query, allowed, {"most": MOST_CHARACTERS}, wrong=None if query else MISSING_PARAMETER)
    return tagged(lambda: dumps(_found(query, limit)), MEDIA_TYPE, service().catalog.version)


def _found(query: str, limit: int) -> dict[str, Any]:
    catalog = service().catalog
    readings = read_coordinates(query, catalog.working, catalog.region.box)
    features = [_of_reading(reading) for reading in readings or ()]
    if readings is None:
        features = [_of_entry(entry, query) for entry in index().find(query, limit)]
    document: dict[str, Any] = {"type": "FeatureCollection", "features": features[:limit]}
    if readings == ():
        region = catalog.region.title.within(language())
        document["message"] = gettext(language(), "These coordinates do not lie in %(region)s.", region=region)
    elif not features:
        document["message"] = gettext(language(), "Nothing has this name, address or number.")
    return document


def index() -> Index:
    """Give the index of the running catalogue, made at the first search."""
    catalog = service().catalog
    return service().names.get(catalog.version, lambda: build_index(catalog))


def _of_reading(reading: Reading) -> dict[str, Any]:
    order = {
        "latitude, longitude": gettext(language(), "read as latitude, longitude"),
        "longitude, latitude": gettext(language(), "read as longitude, latitude"),
        "easting, northing": gettext(language(), "read as easting, northing"),
        "northing, easting": gettext(language(), "read as northing, easting"),
    }[reading.order]
    properties = {
        "title": f"{reading.lat:.5f}, {reading.lon:.5f}",
        "kind": order,
        "read_as": reading.order,
        "found_by": "coordinates",
    }
    return _feature(reading.lon, reading.lat, properties)


def _of_entry(entry: Entry, query: str) -> dict[str, Any]:
    chinese = language() == "zh"
    name = (entry.name_zh if chinese else entry.name_en) or entry.name_en or entry.name_zh or entry.id
    address = (entry.address_zh if chinese else entry.address_en) or entry.address_en or entry.address_zh
    words = plain(query).split()
    other = next((n for n in (entry.name_en, entry.name_zh) if n and n != name and _holds(n, words)), None)
    by_address = address and not _holds(name, words) and not other
    properties = {
        "title": name,
        "other_name": other,
        "kind": entry.group_title.within(language()),
        "zone": None if entry.kind == "zone" else (entry.zone[1] if chinese else entry.zone[0]) or entry.zone[0],
        "address": address,
        "found_by": "address" if by_address else "name",
        "illustrative": entry.illustrative,
        "zone_id" if entry.kind == "zone" else "feature_id": entry.id,
        "zone_system" if entry.kind == "zone" else "collection": entry.group,
    }
    feature = _feature(entry.lon, entry.lat, {key: value for key, value in properties.items() if value is not None})
    return feature if entry.box is None else {**feature, "bbox": [round(side, _DECIMALS) for side in entry.box]}


def _holds(text: str, words: list[str]) -> bool:
    found = plain(text)
    return all(word in found for word in words)


def _feature(lon: float, lat: float, properties: dict[str, Any]) -> dict[str, Any]:
    place = {"type": "Point", "coordinates": [round(lon, _DECIMALS), round(lat, _DECIMALS)]}
    return {"type": "Feature", "geometry": place, "properties": properties}
