"""One table from errors to status codes, and how an error is told: as JSON, or as a page to a browser."""

from __future__ import annotations

import logging

from flask import Flask, Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from geoservice.errors import FormatError, GeoserviceError, NotFoundError, ParameterError, QuestionError
from geoservice.formats.geojson import dumps
from geoservice.web.headers import negotiated

STATUS: tuple[tuple[type[GeoserviceError], int], ...] = (
    (ParameterError, 400),
    (FormatError, 400),
    (NotFoundError, 404),
    (QuestionError, 503),
)
"""The first that fits counts; any other error of ours is a 500, which is logged."""

FORMATS = ("json", "html")
_JSON_TYPES = (
    "application/json",
    "application/geo+json",
    "application/schema+json",
    "application/vnd.oai.openapi+json",
)

_log = logging.getLogger("geoservice")


def register_errors(app: Flask) -> None:
    """Tell every error in the service's own way."""
    app.register_error_handler(GeoserviceError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: GeoserviceError) -> Response:
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 500)
    if status == 500:  # noqa: PLR2004 - ours, but not the reader's fault
        _log.error("%s %s: %s", request.method, request.path, error)
    return _told(status, type(error).__name__, error.reason, error.advice)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    told = _told(status, error.name.replace(" ", ""), error.description or error.name, None)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            told.headers[name] = value
    return told


def _unexpected(error: Exception) -> Response:
    _log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _told(500, "InternalServerError", "The service failed to answer. The failure has been logged.", None)


def _told(status: int, code: str, reason: str, advice: str | None) -> Response:
    if prefers_html():
        page = render_template("error.html", status=status, reason=reason, advice=advice)
        return make_response(page, status)
    text = f"{reason} {advice}" if advice else reason
    body = dumps({"code": code, "description": text})
    return Response(body, status, content_type="application/json")


def prefers_html() -> bool:
    """Tell whether the client would rather read a page than JSON: `f` says so, or Accept, as browsers send it."""
    negotiated()
    if (asked := request.args.get("f")) in FORMATS:
        return asked == "html"
    accepted = request.accept_mimetypes
    return accepted["text/html"] > max(accepted[kind] for kind in _JSON_TYPES)
