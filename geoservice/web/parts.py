"""A file as a whole, or the part of it that a client asks for (RFC 9110, section 14)."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import IO

from flask import Response, request
from werkzeug.datastructures import Range
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

from geoservice.cache.whole_files import WholeFile
from geoservice.formats.prepared import PIECE_BYTES

UNIT = "bytes"


def asks_for_a_part() -> bool:
    """Tell whether this request is for one part of a file: only GET has parts, and several at once are not given."""
    wanted = parse_range_header(request.headers.get("Range"))
    return request.method == "GET" and wanted is not None and wanted.units == UNIT and len(wanted.ranges) == 1


def send_file_or_part(response: Response, kept: WholeFile) -> None:
    """Let a response with a strong tag send a file, or the part that is asked for if the client's file is this one.

    Raises RequestedRangeNotSatisfiable for a part that lies beyond its end.
    """
    start, stop = 0, kept.size
    if response.status_code == HTTPStatus.OK and asks_for_a_part() and _is_same(response):
        wanted = within(parse_range_header(request.headers["Range"]), kept.size)
        found = wanted.range_for_length(kept.size) if wanted is not None else None
        if found is None:
            kept.file.close()
            raise RequestedRangeNotSatisfiable(kept.size, UNIT)
        start, stop = found
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response.content_range.set(start, stop, kept.size, UNIT)
    response.content_length = stop - start
    if request.method == "HEAD":
        kept.file.close()
        response.response = iter(())
        return
    kept.file.seek(start)
    response.call_on_close(kept.file.close)
    response.response = parts_of(kept.file, stop - start)


def within(wanted: Range | None, size: int) -> Range | None:
    """Give all of a file of so many bytes where more are asked for from its end (RFC 9110, section 14.1.2)."""
    if wanted is None or size == 0 or len(wanted.ranges) != 1:
        return wanted
    start, stop = wanted.ranges[0]
    return Range(wanted.units, [(0, None)]) if stop is None and start < -size else wanted


def parts_of(file: IO[bytes], size: int | None = None) -> Iterator[bytes]:
    """Give a file from where it stands about a megabyte at a time, all of it or so many bytes, and close it."""
    left = size
    with file:
        while part := file.read(PIECE_BYTES if left is None else min(PIECE_BYTES, left)):
            yield part
            left = None if left is None else left - len(part)


def _is_same(response: Response) -> bool:
    """Tell whether a client that has begun with a file has this one: If-Range must be its tag, and a strong one."""
    condition = request.headers.get("If-Range")
    return condition is None or condition.strip() == response.headers["ETag"]
