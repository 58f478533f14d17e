"""What every answer carries for safety: nothing from elsewhere, no inline script, no frames."""

from __future__ import annotations

from flask import Response

from geoservice.web.service import service


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
            "font-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def secure(response: Response) -> Response:
    """Add the headers to one response."""
    background = service().background
    response.headers["Content-Security-Policy"] = content_security_policy(background.origin if background else None)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
