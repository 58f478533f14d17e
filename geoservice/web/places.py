"""What is here: at a place, and in an area that was drawn or uploaded, which is kept for a while."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus

import numpy as np
import orjson
from flask import Blueprint, Response, abort, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from geoservice.analysis import Analysis, AreaFigures
from geoservice.catalog import NamedQuestion
from geoservice.collections.areas import OwnArea, area_collection
from geoservice.collections.temporary import own_question
from geoservice.errors import AreaError, message
from geoservice.formats.downloads import DOWNLOADS, require_fit
from geoservice.formats.export import Export
from geoservice.formats.geojson import dumps
from geoservice.formats.uploads import MOST_BYTES
from geoservice.i18n import gettext
from geoservice.ogc import links
from geoservice.ogc.area_shape import read_area
from geoservice.ogc.parameters import parse_degrees, single
from geoservice.ogc.places import AREA_TYPES, area_document, place_document
from geoservice.web.asked import asked_question
from geoservice.web.downloads import fill
from geoservice.web.errors import prefers_html
from geoservice.web.headers import same_in_every_language
from geoservice.web.language import language
from geoservice.web.requests import FORMAT, HTML, QUESTION, answered, args, base_address, kept_params, linked, tagged
from geoservice.web.service import service

blueprint = Blueprint("places", __name__)


MOST_GAPS = 5_000
"""The map lists the largest of so many pieces of gap, of which most lie in the circle of a larger one."""
_OF_GAPS = (
    "name_en",
    "name_zh",
    "circle_lon",
    "circle_lat",
    "circle_radius_m",
    "nearest_source_m",
    "uncovered_demand",
)


def asking_services(named: NamedQuestion, asked: Mapping[str, str], listed: Mapping[str, str]) -> dict[str, str]:
    """Give the addresses that the map's modules ask at, by name; `asked` and `listed` are what these take."""

    def items(suffix: str, **more: str) -> str:
        address = url_for("features.items", collection_id=f"{named.id}-{suffix}")
        return links.with_params(address, {**listed, "skipGeometry": "true", **more})

    return {
        "place": links.with_params(url_for("places.place"), asked),
        "areas": links.with_params(url_for("places.post_area"), asked),
        "zones": items("zones"),
        "zonesPage": links.with_params(url_for("pages.zones"), asked),
        "gaps": items("gaps", limit=str(MOST_GAPS), sortby="rank", properties=",".join(_OF_GAPS)),
    }


@blueprint.get("/place")
def place() -> Response:
    """Tell what is at a place."""
    given = args(["lon", "lat", "question", *QUESTION, *FORMAT])
    lon = parse_degrees(single(given, "lon"), "lon", 180)
    lat = parse_degrees(single(given, "lat"), "lat", 90)
    named, question = asked_question(given)
    analysis = service().answers(question)
    found = service().answers.places(question).at(lon, lat)
    document = place_document(base_address(), kept_params(given), service().catalog, named, analysis, found)
    return answered(document, links.JSON, analysis.key, "document.html")


@blueprint.post("/areas")
def post_area() -> Response:
    """Measure an area and keep it for a while: 201 with its address."""
    named, question = asked_question(args(["question", *QUESTION]))
    if request.mimetype not in AREA_TYPES:
        said = gettext(language(), "An area is posted as %(types)s, not as '%(given)s'.",
                       types=", ".join(AREA_TYPES), given=request.mimetype[:80])  # fmt: skip
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)
    catalog = service().catalog
    shape = read_area(_body(), catalog.region.box, catalog.working)
    analysis = service().answers(question)
    figures = service().answers.areas(question).measure(shape.plane)
    if figures is None:
        raise _in_no_zone()
    kept = service().areas.keep(named.id, question, shape.lonlat, shape.plane)
    document = area_document(base_address(), catalog, named, analysis, kept, figures)
    response = Response(dumps(document), 201, content_type=links.JSON)
    response.headers["Location"] = document["links"][0]["href"]
    response.headers["Cache-Control"] = "no-store"
    return response


def _body() -> bytes:
    request.max_content_length = MOST_BYTES
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        said = gettext(language(), "The file is larger than %(megabytes)s MB.", megabytes=MOST_BYTES // 1_000_000)
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said)


@blueprint.get("/areas/<key>")
def area(key: str) -> Response:
    """Tell the figures of an area."""
    args(FORMAT)
    document = area_document(base_address(), service().catalog, *_measured(service().areas.get(key)))
    if as_page := prefers_html():
        response = Response(
            render_template("document.html", document=orjson.loads(dumps(document)), status=200), content_type=HTML
        )
    else:
        response = Response(dumps(document), content_type=links.JSON)
    response.headers["Cache-Control"] = "no-store"
    return linked(response, document["links"], as_page=as_page)


def _measured(kept: OwnArea) -> tuple[NamedQuestion, Analysis, OwnArea, AreaFigures]:
    """Measure an area that is kept; raises AreaError where the zones have changed so that none holds it any more."""
    question = kept.question
    named = service().catalog.name_of(question) or own_question(question, kept.question_id)
    analysis = service().answers(question)
    figures = service().answers.areas(question).measure(kept.plane)
    if figures is None:
        raise _in_no_zone()
    return named, analysis, kept, figures


def _in_no_zone() -> AreaError:
    return AreaError(message("The area lies in no zone."), advice=message("Draw it over ground that the zones cover."))


@blueprint.delete("/areas/<key>")
def delete_area(key: str) -> Response:
    """Keep an area no longer."""
    args()
    service().areas.remove(key)
    return Response(status=HTTPStatus.NO_CONTENT)


@blueprint.get(f"/areas/<key>.<any({','.join(DOWNLOADS)}):suffix>")
def area_file(key: str, suffix: str) -> Response:
    """Give an area and its figures as a file."""
    same_in_every_language()
    args()
    named, analysis, kept, figures = _measured(service().areas.get(key))
    found = area_collection(service().catalog, named, analysis, kept, figures)
    form, made = DOWNLOADS[suffix], dt.datetime.now().astimezone().date()
    export = Export(found, np.array([0]), found.frame, tuple(found.schema), made)
    require_fit(form, export)
    response = tagged(b"", form.media_type, f"{found.version}.{made}")
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name}.{suffix}"'
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        fill(response, form, export)
    return response
