"""One table from errors to status codes, and how an error is told: as JSON, or as a page to a browser."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from geoservice.errors import (
    AreaError,
    BusyError,
    FormatError,
    GeoserviceError,
    NotFoundError,
    ParameterError,
    QuestionError,
    message,
)
from geoservice.formats.geojson import dumps
from geoservice.i18n import gettext, told
from geoservice.web.headers import negotiated
from geoservice.web.language import language

STATUS: tuple[tuple[type[GeoserviceError], int], ...] = (
    (ParameterError, 400),
    (AreaError, 400),
    (FormatError, 400),
    (NotFoundError, 404),
    (QuestionError, 503),
    (BusyError, 503),
)
"""The first that fits counts; any other error of ours is a 500, which is logged."""

FORMATS = ("json", "html")
_JSON_TYPES = (
    "application/json",
    "application/geo+json",
    "application/schema+json",
    "application/vnd.oai.openapi+json",
)

_SAID: Mapping[int, str] = {
    404: message("This address was not found: nothing is there, or it is spelt otherwise."),
    405: message("This address is not asked in this way: the header Allow says how it can be."),
    412: message("What is here has changed since the client last saw it, so that the request was not carried out."),
    413: message("The request is larger than this address takes."),
    416: message("The part that is asked for lies beyond the end of the file."),
    500: message("The service failed to answer. The failure has been logged."),
}
"""What is said of errors that have no words of their own."""

_log = logging.getLogger("geoservice")


@dataclass(frozen=True, slots=True)
class _Said:
    """A text in the reader's language, or in English where there is no other."""

    text: str
    is_english: bool


def register_errors(app: Flask) -> None:
    """Tell every error in the service's own way."""
    app.register_error_handler(GeoserviceError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: GeoserviceError) -> Response:
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    if status == 500:  # noqa: PLR2004 - ours, but not the reader's fault
        _log.error("%s %s: %s", request.method, request.path, error)
    reason, advice = told(error, language())
    plain = error.told(str)
    response = _told(
        status, type(error).__name__, _Said(reason, reason == plain[0]), _Said(advice or "", advice == plain[1])
    )
    if isinstance(error, BusyError):
        response.headers["Retry-After"] = str(error.retry_s)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    said = _Said(error.description or error.name, is_english=False)
    if error.description == type(error).description:
        known = _SAID.get(status)
        said = (
            _Said(said.text, is_english=True) if known is None else _Said(gettext(language(), known), is_english=False)
        )
    response = _told(status, error.name.replace(" ", ""), said)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    _log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _told(500, "InternalServerError", _Said(gettext(language(), _SAID[500]), is_english=False))


def _told(status: int, code: str, *said: _Said) -> Response:
    told = [one for one in said if one.text]
    if prefers_html():
        return make_response(render_template("error.html", status=status, said=told), status)
    spaced = [one.text if one.text.endswith("。") else f"{one.text} " for one in told]
    body = dumps({"code": code, "description": "".join(spaced).rstrip()})
    return Response(body, status, content_type="application/json")


def prefers_html() -> bool:
    """Tell whether the client would rather read a page than JSON: `f` says so, or Accept, as browsers send it."""
    negotiated()
    if (asked := request.args.get("f")) in FORMATS:
        return asked == "html"
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted[kind] for kind in _JSON_TYPES)
