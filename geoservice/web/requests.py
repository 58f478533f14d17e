"""What routes have in common: reading the question asked for, and answering with an ETag."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from flask import Response, render_template, request

from geoservice.catalog import NamedDifference, NamedQuestion
from geoservice.formats.geojson import dumps
from geoservice.ogc.documents import link_header
from geoservice.ogc.links import Link, of_page
from geoservice.ogc.parameters import parse_case, parse_choice, parse_day, require_known, single
from geoservice.question import Difference, Question
from geoservice.web.appearance import theme
from geoservice.web.conditions import Conditional
from geoservice.web.errors import FORMATS, prefers_html
from geoservice.web.headers import depends_on_language
from geoservice.web.language import language
from geoservice.web.service import service

COMMON = ("lang",)
FORMAT = ("f",)
QUESTION = ("at", "case")
DIFFERENCE = ("before_at", "at", "case")

HTML = "text/html; charset=utf-8"

Args = dict[str, list[str]]
Body = bytes | str


def args(known: Iterable[str] = ()) -> Args:
    """Give the request's parameters, all of which must be known here."""
    given = all_args()
    require_args(given, known)
    parse_choice(single(given, "f"), "f", FORMATS)
    return given


def all_args() -> Args:
    """Give the request's parameters, for `require_args` to look at once it is known which there are."""
    given: Args = request.args.to_dict(flat=False)
    return given


def require_args(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ParameterError for a parameter that is not known here."""
    require_known(given, [*known, *COMMON])


def kept_params(given: Args) -> dict[str, str]:
    """Give the parameters that links to the same thing must keep."""
    return {name: values[0] for name, values in given.items()}


def asked(named: NamedQuestion, given: Args) -> Question:
    """Ask a named question for the day and case in the request."""
    return named.ask_on(parse_day(single(given, "at")), parse_case(single(given, "case")))


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


def answered(
    document: Mapping[str, Any] | Callable[[], Mapping[str, Any]],
    media_type: str,
    version: str,
    template: str,
    beside: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda _: {},
) -> Response:
    """Answer with a document, or with it as a page to who would rather read that; its links go into the header too.

    One that is yet to be made is not made for a client that has it already. `beside` gives what only a page shows.
    """
    links: list[Link] = []
    as_page = prefers_html()

    def body() -> Body:
        made = document() if callable(document) else document
        links.extend(made.get("links", ()))
        written = dumps(made)
        if not as_page:
            return written
        plain = orjson.loads(written)
        return render_template(template, document=plain, status=200, **beside(plain))

    return linked(tagged(body, HTML if as_page else media_type, version), links, as_page=as_page)


def linked(response: Response, links: Sequence[Link], *, as_page: bool) -> Response:
    """Put the links of a document into the header of the answer that gives it, or its page."""
    if header := link_header(of_page(links) if as_page else links):
        response.headers["Link"] = header
    return response


def tagged(body: Body | Callable[[], Body], media_type: str, version: str, digest: str | None = None) -> Response:
    """Answer with an ETag and a date made of what the answer depends on; a client that has it gets a 304.

    A `body` that is yet to be made is not made for such a client. Where a `digest` of the very bytes is known it is the
    tag, a strong one. Raises PreconditionFailed where the client asks for what was there before.
    """
    response = Conditional(content_type=media_type)
    spoken = language() if depends_on_language() else ""
    shown = theme() if media_type == HTML else ""
    material = f"{service().state_key}|{version}|{request.full_path}|{request.url_root}|{spoken}|{shown}|{media_type}"
    response.set_etag(digest or hashlib.sha256(material.encode()).hexdigest()[:24], weak=digest is None)
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
