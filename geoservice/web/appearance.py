"""Light or dark: as the reader's system has it, or as the reader chose, which a cookie keeps."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from werkzeug import Response

from geoservice.errors import MISSING_PARAMETER, ParameterError, message
from geoservice.ogc.parameters import parse_choice, require_known, single

blueprint = Blueprint("appearance", __name__)

COOKIE = "theme"
AUTOMATIC = "automatic"
THEMES = (AUTOMATIC, "light", "dark")
_YEAR_S = 365 * 24 * 3600


def theme() -> str:
    """Give the appearance that the reader of this request chose; `automatic` where none was chosen."""
    kept = request.cookies.get(COOKIE, "")
    return kept if kept in THEMES else AUTOMATIC


@blueprint.post("/appearance")
def choose() -> Response:
    """Keep an appearance and go back to the page `next`; scripts set the same cookie without asking."""
    given = request.form.to_dict(flat=False)
    require_known(given, ["theme", "next"])
    wanted = parse_choice(single(given, "theme"), "theme", THEMES)
    if wanted is None:
        raise ParameterError("theme", "", ", ".join(THEMES), wrong=MISSING_PARAMETER)
    back = single(given, "next") or f"{request.script_root}/"
    response = redirect(_on_this_service(back), HTTPStatus.SEE_OTHER)
    response.set_cookie(COOKIE, wanted, max_age=_YEAR_S, samesite="Lax", secure=request.is_secure)
    return response


def _on_this_service(address: str) -> str:
    """Give a path of this service as it is; raises ParameterError for any other address."""
    try:
        parts = urlsplit(address)
        own = not (parts.scheme or parts.netloc) and parts.path.startswith("/") and not parts.path.startswith("//")
    except ValueError:
        own = False
    if not own or "\\" in address or not address.isprintable():
        raise ParameterError("next", address, message("a path of this service that begins with /"))
    return address
