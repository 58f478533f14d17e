"""Questions of one's own: posted as JSON, answered at once, kept for a while (after OGC API - Processes)."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from geoservice.cache.posted import Posted
from geoservice.collections.temporary import question_in
from geoservice.formats.geojson import dumps
from geoservice.i18n import gettext
from geoservice.ogc import analyses, links
from geoservice.ogc.questions import MOST_BYTES, parse_question
from geoservice.web.errors import prefers_html
from geoservice.web.language import language
from geoservice.web.requests import FORMAT, HTML, args, base_address, linked
from geoservice.web.service import service

blueprint = Blueprint("analyses", __name__)


@blueprint.post("/analyses")
def post_analysis() -> Response:
    """Answer a question and keep it for a while: 201 with its address, or 200 where it is kept already."""
    args()
    if request.mimetype != links.JSON:
        said = gettext(language(), "A question is posted as %(type)s, not as '%(given)s'.",
                       type=links.JSON, given=request.mimetype[:80])  # fmt: skip
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, said)
    request.max_content_length = MOST_BYTES
    question = parse_question(request.get_data(), service().catalog)
    service().answers.posted(question)
    fresh = not service().temporary.is_kept(question)
    kept = service().temporary.keep(question)
    response = Response(dumps(_status(kept)), 201 if fresh else 200, content_type=links.JSON)
    response.headers["Location"] = analyses.address(base_address(), kept.key)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/analyses")
def list_analyses() -> Response:
    """List what is kept."""
    args(FORMAT)
    return _told(analyses.job_list(base_address(), [_status(one) for one in service().temporary.all()]))


@blueprint.get("/analyses/<key>")
def analysis(key: str) -> Response:
    """Tell the status of an analysis; to look at it is no use of it."""
    args(FORMAT)
    return _told(_status(service().temporary.look(key)))


@blueprint.delete("/analyses/<key>")
def delete_analysis(key: str) -> Response:
    """Keep an analysis no longer."""
    args(FORMAT)
    return _told(_status(service().temporary.remove(key), "dismissed"))


def _status(kept: Posted, status: str = "successful") -> dict[str, Any]:
    named = service().catalog.name_of(question_in(kept))
    return analyses.status_info(base_address(), kept, named, status)


def _told(document: dict[str, Any]) -> Response:
    """Answer with what is true at this moment alone."""
    if as_page := prefers_html():
        response = Response(render_template("document.html", document=document, status=200), content_type=HTML)
    else:
        response = Response(dumps(document), content_type=links.JSON)
    response.headers["Cache-Control"] = "no-store"
    return linked(response, document["links"], as_page=as_page)
