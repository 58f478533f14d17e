"""The application: settings in, a Flask app out; nothing is read before this is called."""

from __future__ import annotations

import math
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from babel.numbers import format_decimal, format_percent
from flask import Flask, Response, request
from flask_compress import Compress
from werkzeug.middleware.proxy_fix import ProxyFix

from geoservice.catalog.opening import Progress
from geoservice.coverage.depth import prepare
from geoservice.i18n import LANGUAGES, day_text, gettext, said
from geoservice.maps.assets import require_assets
from geoservice.settings import Settings
from geoservice.tiles import MEDIA_TYPE
from geoservice.tiles import prepare as prepare_tiles
from geoservice.vocabulary import Case
from geoservice.web import (
    analyses,
    appearance,
    compare,
    downloads,
    features,
    help_page,
    interface,
    pages,
    places,
    prints,
    search,
    tiles,
    timelines,
)
from geoservice.web.background import open_background
from geoservice.web.conditions import ALGORITHMS, Conditional
from geoservice.web.errors import register_errors
from geoservice.web.headers import close_at_end, secure, share
from geoservice.web.language import choose_language, language, remember_language
from geoservice.web.reload import open_service
from geoservice.web.service import EXTENSION, service
from geoservice.web.shown import coded

_COMPRESSED = [
    "application/geo+json",
    "application/geo+json-seq",
    "application/json",
    "application/ld+json",
    "application/schema+json",
    "application/vnd.google-earth.kml+xml",
    MEDIA_TYPE,
    "application/vnd.oai.openapi+json",
    "application/x-ndjson",
    "image/svg+xml",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
]
"""What becomes smaller; GeoPackage, FlatGeobuf, GeoParquet and workbooks go as they are."""


class _Packing(Compress):
    """Packs answers as the client accepts them, but no part of one: its bytes are those of the file."""

    def after_request(self, response: Response | None) -> Response:
        """Pack one answer."""
        if response is not None and response.status_code == HTTPStatus.PARTIAL_CONTENT:
            response.vary.add("Accept-Encoding")
            return response
        packed: Response = super().after_request(response)
        return packed


def create_app(settings: Settings, progress: Progress | None = None) -> Flask:
    """Read the layers and make the application; raises RegionError, AssetError or BackgroundError."""
    require_assets(settings.static)
    prepare()
    prepare_tiles()
    app = Flask("geoservice.web", static_folder=str(settings.static), static_url_path="/static")
    app.response_class = Conditional
    app.extensions[EXTENSION] = open_service(settings, open_background(settings), progress)
    app.config.update(
        COMPRESS_MIMETYPES=_COMPRESSED,
        COMPRESS_ALGORITHM=list(ALGORITHMS),
        COMPRESS_ALGORITHM_STREAMING=list(ALGORITHMS),
        COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False,
    )
    _Packing(app)
    if (proxies := settings.trusted_proxies) > 0:
        # X-Forwarded-Port is not believed: X-Forwarded-Host has the port, and few proxies set or strip the other.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_port=0, x_prefix=proxies
        )
    app.before_request(choose_language)
    app.after_request(remember_language)
    app.after_request(secure)
    app.after_request(share)
    app.after_request(close_at_end)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(help_page.blueprint)
    app.register_blueprint(appearance.blueprint)
    app.register_blueprint(search.blueprint)
    app.register_blueprint(features.blueprint)
    app.register_blueprint(analyses.blueprint)
    app.register_blueprint(places.blueprint)
    app.register_blueprint(interface.blueprint)
    app.register_blueprint(tiles.blueprint)
    app.register_blueprint(downloads.blueprint)
    app.register_blueprint(timelines.blueprint)
    app.register_blueprint(compare.blueprint)
    app.register_blueprint(prints.blueprint)
    register_errors(app)
    app.context_processor(_template_words)
    app.add_template_filter(coded)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def _template_words() -> dict[str, Any]:
    """Give templates what they speak with: words, numbers and dates in the reader's language."""
    info = LANGUAGES[language()]
    other = LANGUAGES["en" if info.code == "zh" else "zh"]

    def share(value: float | None, pattern: str | None = None) -> str:
        if value is None or math.isnan(value):
            return "–"
        small = value < 0.1  # noqa: PLR2004 - there a tenth of a percent tells
        return str(format_percent(value, format=pattern or ("0.0%" if small else "0%"), locale=info.locale))

    def number(value: float | None, pattern: str = "#,##0") -> str:
        if value is None or math.isnan(value):
            return "–"
        return str(format_decimal(value, format=pattern, locale=info.locale))

    def cell(value: Any) -> str:
        if value is None:
            return "–"
        if isinstance(value, date):
            return day_text(info.code, value, "medium")
        return number(value, "#,##0.##") if isinstance(value, (int, float)) else str(value)

    return {
        "_": partial(gettext, info.code),
        "language": info,
        "other_language": other,
        "other_language_address": _with_language(other.tag),
        "theme": appearance.theme(),
        "own_address": _own_address(list(request.args.items(multi=True))),
        "share": share,
        "number": number,
        "day": partial(day_text, info.code),
        "cell": cell,
        "region": service().catalog.region,
        "unanswerable": service().problem_of,
        "why_not": lambda problem: said(problem, info.code),
        "is_illustrative": service().catalog.is_illustrative,
        "cases": list(Case),
        "today": date.today(),  # noqa: DTZ011 - the day here, where the planner is
    }


def _with_language(tag: str) -> str:
    """Give this page's own address in another language."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return _own_address([*kept, ("lang", tag)])


def _own_address(parameters: list[tuple[str, str]]) -> str:
    """Give this page's own address with these parameters."""
    path = quote(request.script_root + request.path)
    return f"{path}?{urlencode(parameters)}" if parameters else path
