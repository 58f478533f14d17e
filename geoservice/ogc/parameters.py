"""Reading the standard's parameters; whatever is wrong is a ParameterError that names the parameter."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping

from geoservice.collections import Box, Query
from geoservice.errors import ParameterError
from geoservice.vocabulary import Case

MAX_OFFSET = 10**9
MAX_DIGITS = 15
MAX_ZOOM = 24


def require_known(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ParameterError for a parameter that this address does not have (/req/core/query-param-unknown)."""
    allowed = sorted(known)
    for name in given:
        if name not in allowed:
            listed = ", ".join(allowed) if allowed else "none at this address"
            raise ParameterError(name, None, f"parameters {listed}" if allowed else listed)


def single(args: Mapping[str, list[str]], name: str) -> str | None:
    """Give the one value of a parameter; raises ParameterError if it is given twice."""
    values = args.get(name, [])
    if len(values) > 1:
        raise ParameterError(name, ", ".join(values), "one value")
    return values[0] if values else None


def parse_limit(text: str | None, default: int, maximum: int) -> int:
    """Read a page's size; above the maximum it is capped, as the standard says (/req/core/fc-limit-response-1)."""
    return (
        min(default, maximum)
        if text is None
        else min(_whole(text, "limit", 1, f"whole numbers from 1; above {maximum} it is capped"), maximum)
    )


def parse_offset(text: str | None) -> int:
    """Read where a page starts."""
    if text is None:
        return 0
    offset = _whole(text, "offset", 0, "whole numbers from 0")
    if offset > MAX_OFFSET:
        raise ParameterError("offset", text, f"whole numbers from 0 to {MAX_OFFSET}")
    return offset


def _whole(text: str, name: str, least: int, allowed: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS) or int(text) < least:
        raise ParameterError(name, text, allowed)
    return int(text)


def parse_bbox(text: str | None) -> Box | None:
    """Read a box of four numbers, or of six with heights, which are not looked at (/req/core/fc-bbox-definition)."""
    if text is None:
        return None
    allowed = "west,south,east,north in degrees of WGS 84, or six numbers with heights"
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError("bbox", text, allowed) from None
    if "_" in text or not all(math.isfinite(number) for number in numbers):
        raise ParameterError("bbox", text, allowed)
    if len(numbers) == 6:  # noqa: PLR2004 - with heights
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4:  # noqa: PLR2004 - two corners
        raise ParameterError("bbox", text, allowed)
    west, south, east, north = numbers
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:  # noqa: PLR2004 - the globe
        raise ParameterError("bbox", text, f"{allowed}, longitudes within 180 and latitudes within 90")
    if south > north:
        raise ParameterError("bbox", text, f"{allowed}, with south not above north")
    return Box(west, south, east, north)


def parse_case(text: str | None) -> Case | None:
    """Read which case of the assumption is wanted."""
    if text is None:
        return None
    if text not in list(Case):
        raise ParameterError("case", text, ", ".join(Case))
    return Case(text)


def parse_day(text: str | None, name: str = "at") -> dt.date | None:
    """Read the day that a question is asked for."""
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        raise ParameterError(name, text, "a day such as 2026-01-31") from None


def parse_choice(text: str | None, name: str, choices: Iterable[str]) -> str | None:
    """Read one of some words."""
    words = tuple(choices)
    if text is not None and text not in words:
        raise ParameterError(name, text, ", ".join(words))
    return text


def parse_zoom(text: str | None) -> int:
    """Read a zoom level of the web's square tiles."""
    allowed = f"whole numbers from 0 to {MAX_ZOOM}"
    if text is None:
        raise ParameterError("zoom", "", allowed)
    zoom = _whole(text, "zoom", 0, allowed)
    if zoom > MAX_ZOOM:
        raise ParameterError("zoom", text, allowed)
    return zoom


def parse_items_query(args: Mapping[str, list[str]], default_limit: int, max_limit: int) -> Query:
    """Read limit, offset and bbox."""
    return Query(
        limit=parse_limit(single(args, "limit"), default_limit, max_limit),
        offset=parse_offset(single(args, "offset")),
        bbox=parse_bbox(single(args, "bbox")),
    )
