"""The collections as a web service: layers and derived results alike (OGC API - Features)."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, render_template

from geoservice.errors import NotFoundError
from geoservice.formats.geojson import MEDIA_TYPE, dumps
from geoservice.ogc import documents
from geoservice.ogc.parameters import parse_bbox, parse_items_query, parse_zoom, single
from geoservice.web.asked import asked_collection, known_parameters
from geoservice.web.errors import prefers_html
from geoservice.web.language import language
from geoservice.web.requests import args, base_address, kept_params, tagged
from geoservice.web.service import service

blueprint = Blueprint("features", __name__)


@blueprint.get("/collections")
def collections() -> Response:
    """List every collection."""
    args()
    library, catalog = service().library, service().catalog
    described, problems = [], []
    for collection_id in library.ids:
        problem = service().problem_with(*library.asked_of(collection_id))
        if problem is None:
            described.append(collection_id)
        else:
            problems.append(f"{collection_id}: {problem}")
    if prefers_html():
        page = render_template("collections.html", titles=library.titles(), ids=described, problems=problems)
        return tagged(page, "text/html; charset=utf-8", catalog.version)
    written = [documents.collection(base_address(), library.get(i), language(), {}) for i in described]
    body = dumps(documents.collection_list(base_address(), written, problems))
    return tagged(body, documents.JSON, catalog.version)


@blueprint.get("/collections/<collection_id>")
def collection(collection_id: str) -> Response:
    """Describe one collection."""
    given = args(known_parameters(collection_id))
    found = asked_collection(collection_id, given)
    body = documents.collection(base_address(), found, language(), kept_params(given))
    return tagged(dumps(body), documents.JSON, found.version)


@blueprint.get("/collections/<collection_id>/items")
def items(collection_id: str) -> Response:
    """Give one page of a collection's features."""
    given = args(["bbox", "limit", "offset", *known_parameters(collection_id)])
    settings = service().settings
    query = parse_items_query(given, settings.default_limit, settings.max_limit)
    found = asked_collection(collection_id, given)
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = documents.items(base_address(), found, found.query(query), query, kept_params(given), moment)
    return tagged(dumps(body), MEDIA_TYPE, found.version)


@blueprint.get("/collections/<collection_id>/clusters")
def clusters(collection_id: str) -> Response:
    """Give how many features are where, for a map too far out to show them one by one."""
    given = args(["bbox", "zoom", *known_parameters(collection_id)])
    zoom, bbox = parse_zoom(single(given, "zoom")), parse_bbox(single(given, "bbox"))
    found = asked_collection(collection_id, given)
    return tagged(dumps(documents.clusters(found.clusters(zoom, bbox))), MEDIA_TYPE, found.version)


@blueprint.get("/collections/<collection_id>/items/<path:fid>")
def item(collection_id: str, fid: str) -> Response:
    """Give one feature."""
    given = args(known_parameters(collection_id))
    found = asked_collection(collection_id, given)
    page = found.item(fid)
    if page is None:
        raise NotFoundError(f"feature of {collection_id}", fid)
    body = documents.item(base_address(), found, page, kept_params(given))
    return tagged(dumps(body), MEDIA_TYPE, found.version)
