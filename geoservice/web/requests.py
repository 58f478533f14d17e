"""What routes have in common: reading the question asked for, and answering with an ETag."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from http import HTTPStatus

from flask import Response, request

from geoservice.catalog import NamedDifference, NamedQuestion
from geoservice.ogc.parameters import parse_case, parse_day, require_known, single
from geoservice.question import Difference, Question
from geoservice.web.headers import depends_on_language
from geoservice.web.language import language
from geoservice.web.service import service

COMMON = ("lang",)
QUESTION = ("at", "case")
DIFFERENCE = ("before_at", "at", "case")

Args = dict[str, list[str]]
Body = bytes | str


def args(known: Iterable[str] = ()) -> Args:
    """Give the request's parameters, all of which must be known here."""
    given: Args = request.args.to_dict(flat=False)
    require_known(given, [*known, *COMMON])
    return given


def kept_params(given: Args) -> dict[str, str]:
    """Give the parameters that links to the same thing must keep."""
    return {name: values[0] for name, values in given.items()}


def asked(named: NamedQuestion, given: Args) -> Question:
    """Ask a named question for the day and case in the request."""
    return service().catalog.question(
        named.id, at=parse_day(single(given, "at")), case=parse_case(single(given, "case"))
    )


def asked_difference(named: NamedDifference, given: Args) -> Difference:
    """Ask a named difference for the days and case in the request."""
    return service().catalog.difference(
        named.id,
        before_at=parse_day(single(given, "before_at"), "before_at"),
        at=parse_day(single(given, "at")),
        case=parse_case(single(given, "case")),
    )


def base_address() -> str:
    """Give the address that this service is reached at, without a slash at the end."""
    return request.url_root.rstrip("/")


def tagged(body: Body | Callable[[], Body], media_type: str, version: str) -> Response:
    """Answer with an ETag and a date made of what the answer depends on; a client that has it gets a 304.

    A `body` that is yet to be made is not made for such a client.
    """
    response = Response(content_type=media_type)
    spoken = language() if depends_on_language() else ""
    material = f"{version}|{request.full_path}|{request.url_root}|{spoken}|{media_type}"
    response.set_etag(hashlib.sha256(material.encode()).hexdigest()[:24], weak=True)
    response.last_modified = last_change(service().opened)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        response.set_data(body() if callable(body) else body)
    return response


def last_change(opened: dt.datetime) -> dt.datetime:
    """Give when an answer may last have changed: layers are read when a state opens, and a question means its day.

    Not the dates of files: one that is put back with an older date would pass for unchanged.
    """
    midnight = dt.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    return max(opened, midnight)
