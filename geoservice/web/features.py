"""The collections as a web service: layers and derived results alike (OGC API - Features)."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, Response, render_template

from geoservice.collections import Collection, Outline, Query
from geoservice.collections.ordering import Positions
from geoservice.collections.outline import outline_version
from geoservice.crs import ServedCrs
from geoservice.errors import NotFoundError, Said, message, there_are
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.geojson import MEDIA_TYPE, dumps
from geoservice.formats.prepared import Prepared
from geoservice.i18n import said
from geoservice.ogc import documents, links, schemas
from geoservice.ogc.features import placed, written
from geoservice.ogc.openapi import Described
from geoservice.ogc.parameters import (
    ITEMS,
    RESERVED,
    WHAT,
    filterable,
    parse_bbox,
    parse_choice,
    parse_items_query,
    parse_what,
    parse_zoom,
    single,
)
from geoservice.web.asked import asked_collection, asked_outline, known_parameters
from geoservice.web.collection_pages import shown, shown_item, shown_items
from geoservice.web.errors import FORMATS, prefers_html
from geoservice.web.language import language
from geoservice.web.requests import (
    FORMAT,
    HTML,
    Args,
    all_args,
    answered,
    args,
    base_address,
    kept_params,
    linked,
    require_args,
    tagged,
)
from geoservice.web.service import service
from geoservice.web.shown import groups, latest, licences

blueprint = Blueprint("features", __name__)

_SCHEMAS = {"schema": schemas.schema, "queryables": schemas.queryables, "sortables": schemas.sortables}


@blueprint.get("/collections")
def collections() -> Response:
    """List every collection."""
    args(FORMAT)
    library, catalog = service().library, service().catalog
    outlines, problems = available_collections()
    version = listed_version(outlines)

    def page() -> str:
        grouped = groups(catalog, library, outlines, language())
        return render_template("collections.html", groups=grouped, problems=problems, licences=licences, latest=latest)

    def document() -> dict[str, Any]:
        described = [documents.collection(base_address(), one, language(), {}, _served()) for one in outlines]
        return documents.collection_list(base_address(), described, problems, _served())

    if prefers_html():
        return linked(tagged(page, HTML, version), documents.list_links(base_address()), as_page=True)
    return answered(document, links.JSON, version, "collections.html")


def available_collections() -> tuple[list[Outline], list[str]]:
    """Describe the collections that can be made today, and say why the others cannot."""
    available, problems = [], []
    for collection_id in service().library.ids:
        problem = service().problem_with(*service().library.asked_of(collection_id))
        if problem is None:
            available.append(service().library.outline(collection_id))
        else:
            problems.append(f"{collection_id}: {said(problem, language())}")
    return available, problems


def listed_version(outlines: Iterable[Outline]) -> str:
    """Name what a document that describes several collections depends on."""
    said = "|".join(outline_version(one) for one in outlines)
    return hashlib.sha256(f"{service().catalog.version}|{said}".encode()).hexdigest()[:32]


def described_collections() -> list[Described]:
    """Give the collections that can be made today with the parameters that they have."""
    return [Described(one, known_parameters(one.id)) for one in available_collections()[0]]


@blueprint.get("/collections/<collection_id>")
def collection(collection_id: str) -> Response:
    """Describe one collection."""
    _require_no_ending(collection_id)
    given = args([*FORMAT, *known_parameters(collection_id)])
    found = asked_outline(collection_id, given)

    def document() -> dict[str, Any]:
        return documents.collection(base_address(), found, language(), kept_params(given), _served())

    return answered(document, links.JSON, outline_version(found), "collection.html", lambda _: shown(found, given))


def _require_no_ending(collection_id: str) -> None:
    """Raise NotFoundError for a collection with an ending that no download has."""
    before, dot, ending = collection_id.rpartition(".")
    if dot and service().library.has(before) and not service().library.has(collection_id):
        raise NotFoundError(message("download format"), ending, advice=there_are(DOWNLOADS))


@blueprint.get("/collections/<collection_id>/<any(schema, queryables, sortables):part>")
def schema(collection_id: str, part: str) -> Response:
    """Describe the features of a collection, what they can be filtered by, or what they can be sorted by."""
    given = args([*FORMAT, *known_parameters(collection_id)])
    found = asked_outline(collection_id, given)

    def document() -> dict[str, Any]:
        address = f"{links.collection_address(base_address(), found.id)}/{part}"
        return _SCHEMAS[part](links.with_params(address, documents.described_by(kept_params(given))), found, language())

    return answered(
        document, schemas.MEDIA_TYPE, found.version, "schema.html", lambda _: {"part": part, **shown(found, given)}
    )


@blueprint.get("/collections/<collection_id>/items")
def items(collection_id: str) -> Response:
    """Give one page of a collection's features."""
    settings = service().settings
    given, query, found = asked_features(collection_id, FORMAT, settings.default_limit, settings.max_limit)

    def document() -> dict[str, Any]:
        page = found.query(query)
        further = documents.item_links(base_address(), found, page, query, kept_params(given))
        return documents.items(found, page, _features(found, page.positions, query), further, _now())

    def beside(page: Mapping[str, Any]) -> Mapping[str, Any]:
        names = page["features"][0]["properties"] if page["features"] else ()
        return shown_items(found, given, names)

    return in_crs(answered(document, MEDIA_TYPE, found.version, "items.html", beside), query)


def asked_features(
    collection_id: str, further: Iterable[str], default_limit: int, max_limit: int
) -> tuple[Args, Query, Collection]:
    """Read which features of which collection a request is for: a page of them, or a download."""
    given = all_args()
    known = [*ITEMS, *further, *known_parameters(collection_id)]
    require_args([name for name in given if name in RESERVED], known)
    found = asked_collection(collection_id, given)
    require_args(given, [*known, *filterable(found)])
    parse_choice(single(given, "f"), "f", FORMATS)
    return given, parse_items_query(given, found, _served(), default_limit, max_limit), found


def _features(found: Collection, positions: Positions, query: Query) -> bytes:
    """Give features as a JSON array: those written already, unless only a part of each is wanted."""
    if query.properties is not None or query.skip_geometry:
        return written(found, positions, query.crs, query.properties, skip_geometry=query.skip_geometry)
    return b"[" + prepared(found, query.crs).page(positions) + b"]"


def prepared(found: Collection, crs: ServedCrs | None) -> Prepared:
    """Give a collection's features as they are written in a system."""
    if crs is None or crs.is_lonlat:
        return service().prepared.of(found)
    return service().prepared.of(found, crs.code, lambda: placed(found, crs))


@blueprint.get("/collections/<collection_id>/clusters")
def clusters(collection_id: str) -> Response:
    """Give how many features are where, for a map too far out to show them one by one."""
    given = args(["bbox", "zoom", *known_parameters(collection_id)])
    zoom, bbox = parse_zoom(single(given, "zoom")), parse_bbox(single(given, "bbox"))
    found = asked_collection(collection_id, given)
    return tagged(lambda: dumps(documents.clusters(found.clusters(zoom, bbox))), MEDIA_TYPE, found.version)


@blueprint.get("/collections/<collection_id>/items/<path:fid>")
def item(collection_id: str, fid: str) -> Response:
    """Give one feature."""
    given = args([*WHAT, *FORMAT, *known_parameters(collection_id)])
    found = asked_collection(collection_id, given)
    query = Query(limit=1, **parse_what(given, found, _served()))
    page = found.item(fid)
    if page is None:
        raise NotFoundError(Said(message("feature of %(collection)s"), {"collection": collection_id}), fid)

    def document() -> dict[str, Any]:
        written = _features(found, page.positions, query)
        return documents.item(base_address(), found, page, written, kept_params(given))

    def beside(feature: Mapping[str, Any]) -> Mapping[str, Any]:
        return shown_item(found, given, fid, feature["properties"])

    return in_crs(answered(document, MEDIA_TYPE, found.version, "item.html", beside), query)


def in_crs(response: Response, query: Query) -> Response:
    """Say in which system the coordinates are (18-058r1, /req/crs/ogc-crs-header)."""
    response.headers["Content-Crs"] = f"<{query.crs.uri if query.crs else links.CRS84}>"
    return response


def _served() -> tuple[ServedCrs, ...]:
    return service().catalog.served_crs


def _now() -> str:
    return links.moment(dt.datetime.now(dt.UTC))
