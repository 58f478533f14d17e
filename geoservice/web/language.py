"""The reader's language: by address, then by cookie, then by what the browser accepts."""

from __future__ import annotations

from flask import Response, g, request

from geoservice.errors import ParameterError
from geoservice.i18n import LANGUAGES, Language, pick_language
from geoservice.ogc.parameters import single
from geoservice.web.headers import depends_on_language

COOKIE = "language"
_YEAR_S = 365 * 24 * 3600


def choose_language() -> None:
    """Set `g.language` for this request; raises ParameterError for a language that is not spoken here."""
    g.language = "en"
    wanted = single(request.args.to_dict(flat=False), "lang")
    if wanted is not None:
        asked = pick_language([wanted])
        if asked is None:
            raise ParameterError("lang", wanted, ", ".join(info.tag for info in LANGUAGES.values()))
        g.language = asked
        return
    cookie = request.cookies.get(COOKIE, "")
    accepted = [tag for tag, quality in request.accept_languages if quality > 0]
    g.language = pick_language([cookie]) or pick_language(accepted) or "en"


def remember_language(response: Response) -> Response:
    """Keep a language that was asked for by address in a cookie, and say what the answer varies by."""
    if depends_on_language():
        response.vary.update(["Accept-Language", "Cookie"])
        response.headers.setdefault("Content-Language", LANGUAGES[language()].tag)
    if "lang" in request.args and response.status_code < 400:  # noqa: PLR2004 - errors change nothing
        response.set_cookie(
            COOKIE,
            LANGUAGES[language()].tag,
            max_age=_YEAR_S,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure,
        )
    return response


def language() -> Language:
    """Give the language of this request."""
    chosen: Language = g.get("language", "en")
    return chosen
