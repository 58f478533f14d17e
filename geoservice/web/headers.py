"""What every answer carries: for safety, for scripts of other sites, for caches."""

from __future__ import annotations

from functools import cache

from flask import Response, g, request

from geoservice.web.service import service

EXPOSED = "Accept-Ranges, Content-Crs, Content-Disposition, Content-Range, ETag, Last-Modified, Link"
"""What scripts of other sites may read beside what they always may."""
METHODS = "GET, HEAD, OPTIONS"
_PREFLIGHT_S = 86_400


@cache
def content_security_policy(picture_origin: str | None) -> str:
    """Write the policy: our own origin for everything, and one more for pictures where a background is configured."""
    pictures = " ".join(filter(None, ["'self'", "data:", picture_origin]))
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {pictures}",
            "connect-src 'self'",
            "worker-src 'self'",
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def secure(response: Response) -> Response:
    """Add the headers for safety to one response."""
    background = service().background
    response.headers["Content-Security-Policy"] = content_security_policy(background.origin if background else None)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def share(response: Response) -> Response:
    """Let scripts of any site read one response, as everything here is public; none may send cookies along (Fetch)."""
    if g.get("negotiated", False):
        response.vary.add("Accept")
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Max-Age"] = str(_PREFLIGHT_S)
        if asked := request.headers.get("Access-Control-Request-Headers"):
            headers["Access-Control-Allow-Headers"] = asked
            response.vary.add("Access-Control-Request-Headers")
    return response


def close_at_end(response: Response) -> Response:
    """Have what a response streams closed with it, also when it is packed on the way or never begun."""
    if response.is_streamed and (close := getattr(response.response, "close", None)) is not None:
        response.call_on_close(close)
    return response


def negotiated() -> None:
    """Say that what comes to this request depends on the media types that the client accepts."""
    g.negotiated = True


def same_in_every_language() -> None:
    """Say that the answer to this request does not depend on the reader's language, so that caches keep one of it."""
    g.same_in_every_language = True


def depends_on_language() -> bool:
    """Tell whether the answer to this request depends on the reader's language; a file of ours never does."""
    return not (g.get("same_in_every_language", False) or request.endpoint == "static")
