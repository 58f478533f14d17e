"""The collections as a web service: layers and derived results alike (OGC API - Features)."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, render_template

from geoservice.collections import Collection, Query
from geoservice.errors import NotFoundError, QuestionError
from geoservice.formats.geojson import MEDIA_TYPE, dumps
from geoservice.formats.prepared import feature_collection, one_feature
from geoservice.ogc import documents
from geoservice.ogc.parameters import parse_bbox, parse_choice, parse_items_query, parse_zoom, single
from geoservice.web.errors import prefers_html
from geoservice.web.headers import link_header
from geoservice.web.language import language
from geoservice.web.requests import (
    DIFFERENCE,
    QUESTION,
    Args,
    args,
    asked,
    asked_difference,
    base_address,
    kept_params,
    tagged,
)
from geoservice.web.service import service

blueprint = Blueprint("features", __name__)

PIECES = ("cell", "zone")
ITEMS = ("bbox", "limit", "offset")


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
    given = args(_known(collection_id))
    found = _get(collection_id, given)
    body = documents.collection(base_address(), found, language(), kept_params(given))
    response = tagged(dumps(body), documents.JSON, found.version)
    response.headers["Link"] = link_header(body["links"])
    return response


@blueprint.get("/collections/<collection_id>/items")
def items(collection_id: str) -> Response:
    """Give one page of a collection's features."""
    settings = service().settings
    given, query, found = asked_features(collection_id, settings.default_limit, settings.max_limit)
    links: list[documents.Link] = []

    def body() -> bytes:
        moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        page = found.query(query)
        head = documents.items(base_address(), found, page, query, kept_params(given), moment)
        links.extend(head["links"])
        return b"".join(feature_collection(head, [service().prepared.of(found).page(page.positions)]))

    response = tagged(body, MEDIA_TYPE, found.version)
    if links:
        response.headers["Link"] = link_header(links)
    return response


def asked_features(collection_id: str, default_limit: int, max_limit: int) -> tuple[Args, Query, Collection]:
    """Read which features of which collection a request is for: a page of them, or a download."""
    given = args([*ITEMS, *_known(collection_id)])
    query = parse_items_query(given, default_limit, max_limit)
    return given, query, _get(collection_id, given)


@blueprint.get("/collections/<collection_id>/clusters")
def clusters(collection_id: str) -> Response:
    """Give how many features are where, for a map too far out to show them one by one."""
    given = args(["bbox", "zoom", *_known(collection_id)])
    zoom, bbox = parse_zoom(single(given, "zoom")), parse_bbox(single(given, "bbox"))
    found = _get(collection_id, given)
    return tagged(dumps(documents.clusters(found.clusters(zoom, bbox))), MEDIA_TYPE, found.version)


@blueprint.get("/collections/<collection_id>/items/<path:fid>")
def item(collection_id: str, fid: str) -> Response:
    """Give one feature."""
    given = args(_known(collection_id))
    found = _get(collection_id, given)
    page = found.item(fid)
    if page is None:
        raise NotFoundError(f"feature of {collection_id}", fid)
    written = service().prepared.of(found).page(page.positions)
    beside = documents.item(base_address(), found, page, kept_params(given))
    return tagged(one_feature(written, beside), MEDIA_TYPE, found.version)


def _known(collection_id: str) -> tuple[str, ...]:
    """Name the parameters that a collection has: derived ones can be asked for a day and a case."""
    if service().library.difference_of(collection_id) is not None:
        return DIFFERENCE
    if service().library.question_of(collection_id) is None:
        return ()
    return (*QUESTION, "pieces") if collection_id.endswith(("-gaps", "-coverage")) else QUESTION


def _get(collection_id: str, given: Args) -> Collection:
    library = service().library
    if (named_difference := library.difference_of(collection_id)) is not None:
        difference = asked_difference(named_difference, given)
        problem = service().problem_with(difference.before, difference.after)
        if problem is not None:
            raise QuestionError(problem)
        return library.get_difference(collection_id, difference)
    named = library.question_of(collection_id)
    if named is None:
        return library.get(collection_id)
    question = asked(named, given)
    problem = service().problem_with(question)
    if problem is not None:
        raise QuestionError(problem)
    pieces = parse_choice(single(given, "pieces"), "pieces", PIECES)
    return library.get(collection_id, question, pieces=pieces)
