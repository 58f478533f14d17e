"""Timelines: the stages of a programme by date, with what is published of each and what it would cover."""

from __future__ import annotations

from flask import Blueprint, Response

from geoservice.catalog import Timeline
from geoservice.errors import QuestionError
from geoservice.formats.table import MEDIA_TYPE as CSV
from geoservice.formats.table import to_csv
from geoservice.ogc import links, timelines
from geoservice.ogc.parameters import parse_case, single
from geoservice.ogc.timelines import StageAnswer
from geoservice.web.language import language
from geoservice.web.requests import FORMAT, Args, answered, args, base_address, kept_params, tagged
from geoservice.web.service import service

blueprint = Blueprint("timelines", __name__)


@blueprint.get("/timelines")
def timeline_list() -> Response:
    """List the timelines of the region."""
    args(FORMAT)
    catalog = service().catalog
    document = timelines.timeline_list(base_address(), catalog.region.timelines, language())
    return answered(document, links.JSON, catalog.version, "timelines.html")


@blueprint.get("/timelines/<timeline_id>")
def timeline(timeline_id: str) -> Response:
    """Give a timeline with the figures of its stages by zone."""
    given = args([*FORMAT, "case"])
    found = service().catalog.timeline(timeline_id)
    asked = _asked(found, given)

    def document() -> dict[str, object]:
        params = kept_params(given)
        return timelines.timeline_document(
            base_address(), service().catalog, found, _answers(asked), language(), params
        )

    return answered(document, links.JSON, _version(asked), "timeline.html", lambda _: {"timeline": found})


@blueprint.get("/timelines/<timeline_id>.csv")
def timeline_csv(timeline_id: str) -> Response:
    """Give the figures of all stages by zone as CSV."""
    given = args(["case"])
    found = service().catalog.timeline(timeline_id)
    asked = _asked(found, given)

    def body() -> bytes:
        return to_csv(timelines.CSV_COLUMNS, timelines.csv_rows(service().catalog, found, _answers(asked)))

    response = tagged(body, CSV, _version(asked))
    response.headers["Content-Disposition"] = f'attachment; filename="timeline-{found.id}.csv"'
    return response


def _asked(timeline: Timeline, given: Args) -> list[StageAnswer]:
    """Ask each stage's question on its day, in the case of the request; nothing is answered yet."""
    case = parse_case(single(given, "case"))
    catalog = service().catalog
    asked = []
    for stage in timeline.stages:
        named = catalog.named_question(stage.question)
        question = named.ask_on(stage.at, case)
        asked.append(StageAnswer(stage, named, question, problem=service().problem_with(question)))
    return asked


def _answers(asked: list[StageAnswer]) -> list[StageAnswer]:
    """Answer each stage that can be answered; why another cannot is told."""
    return [one if one.problem is not None else _answered(one) for one in asked]


def _answered(one: StageAnswer) -> StageAnswer:
    try:
        return StageAnswer(one.stage, one.named, one.question, service().answers(one.question))
    except QuestionError as error:
        return StageAnswer(one.stage, one.named, one.question, problem=error)


def _version(asked: list[StageAnswer]) -> str:
    """Give what a timeline depends on, which needs no answer."""
    return ".".join([service().catalog.version, *(one.question.key for one in asked)])
