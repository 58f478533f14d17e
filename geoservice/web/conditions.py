"""Conditions of a request (RFC 9110, section 13): what a client has already, and what must still stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.datastructures import ETags
from werkzeug.exceptions import PreconditionFailed
from werkzeug.http import parse_date, parse_etags, parse_range_header, quote_etag

from geoservice.web.parts import within

ALGORITHMS = ("zstd", "br", "gzip")
"""How answers are packed, the best first; the strong tag of one that is ends in a colon and its algorithm."""


class Conditional(Response):
    """A response that is held to the conditions of its request, by one tag however it will be packed.

    Werkzeug, where it answers a condition that fails, leaves the body to be sent, and knows no `If-Match: *`, no weak
    tag of its own and no `If-Unmodified-Since`.
    """

    def make_conditional(
        self,
        request_or_environ: Any,
        accept_ranges: bool | str = False,  # noqa: FBT001, FBT002 - werkzeug's own
        complete_length: int | None = None,
    ) -> Conditional:
        """Make this a 304 for a client that has it, or a 206 for a part; raises PreconditionFailed."""
        environ: dict[str, Any] = dict(getattr(request_or_environ, "environ", request_or_environ))
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self
        tag, is_weak = self.get_etag()
        if not _stands(environ, None if is_weak else tag, self.last_modified):
            self.close()
            raise PreconditionFailed
        environ.pop("HTTP_IF_MATCH", None)
        held = parse_etags(environ.get("HTTP_IF_NONE_MATCH"))
        packed = _packed(held, tag)
        if packed is not None:
            environ["HTTP_IF_NONE_MATCH"] = quote_etag(tag or "")
        wanted = within(parse_range_header(environ.get("HTTP_RANGE")), complete_length or 0)
        if wanted is not None:
            environ["HTTP_RANGE"] = wanted.to_header()
        super().make_conditional(environ, accept_ranges, complete_length)
        if packed is not None and self.status_code == HTTPStatus.NOT_MODIFIED:
            self.set_etag(packed, weak=held.is_weak(packed))
        return self


def _stands(environ: Mapping[str, Any], tag: str | None, last_modified: dt.datetime | None) -> bool:
    """Tell whether what a client has seen still stands: If-Match by strong tags, else If-Unmodified-Since.

    A part of a file is never packed: who has the tag of a packed one must not put the two together.
    """
    if match := environ.get("HTTP_IF_MATCH", "").strip():
        wanted = parse_etags(match)
        forms = _forms(tag) if tag is not None and "HTTP_RANGE" not in environ else [tag or ""]
        return bool(wanted.star_tag) or (tag is not None and any(map(wanted.is_strong, forms)))
    since = parse_date(environ.get("HTTP_IF_UNMODIFIED_SINCE"))
    return since is None or last_modified is None or last_modified <= since


def _packed(held: ETags, tag: str | None) -> str | None:
    """Give the tag of what a client has where that is this answer packed."""
    if tag is None or held.star_tag or held.contains_weak(tag):
        return None
    return next((form for form in _forms(tag) if held.contains_weak(form)), None)


def _forms(tag: str) -> list[str]:
    """Give a tag and those of what it names packed."""
    return [tag, *(f"{tag}:{algorithm}" for algorithm in ALGORITHMS)]
