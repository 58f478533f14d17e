"""Reading the standard's parameters; whatever is wrong is a ParameterError that names the parameter."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from geoservice.collections import Area, Box, Collection, Cursor, Filter, Interval, Outline, Query, SortKey
from geoservice.collections.filtering import equal_to, parse_json, parse_text
from geoservice.collections.filtering.draft import from_draft
from geoservice.collections.filtering.spatial import box_lonlat
from geoservice.collections.filtering.temporal import parse_datetime as parse_interval
from geoservice.collections.paging import decode
from geoservice.crs import ServedCrs, crs_code
from geoservice.errors import MISSING_PARAMETER, ParameterError, Said, message, why_unfit
from geoservice.vocabulary import Case

MAX_OFFSET = 10**9
MAX_DIGITS = 15
MAX_ZOOM = 24
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)
"""The days that questions can be asked for: what layers tell of lies within, and any other is a typing error."""
DAY_PATTERN = "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
DAY_ALLOWED = message("a day such as 2026-01-31, from %(first)s to %(last)s")
DAY_SPAN = {"first": FIRST_DAY, "last": LAST_DAY}
FILTER_LANGUAGES = ("cql2-text", "cql2-json", "cql-text")
"""The last is text as it was in drafts, which is what GDAL knows."""
_MOMENTS = ("date", "date-time")
WHAT = ("crs", "properties", "skipGeometry")
"""The parameters that say what of a feature is wanted."""
SEARCH = ("bbox", "bbox-crs", "datetime", "filter", "filter-crs", "filter-lang")
"""The parameters that say which features are wanted; beside them stand the `filterable` properties."""
TILE_SEARCH = ("datetime", "filter", "filter-crs", "filter-lang")
"""Those of them that tiles have, whose place says where."""
ITEMS = (*SEARCH, *WHAT, "cursor", "limit", "offset", "sortby")
RESERVED = frozenset({*ITEMS, "at", "before_at", "case", "f", "lang", "pieces", "zoom"})
"""The names that mean the same everywhere, which no property can be asked for by."""


def require_known(given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ParameterError for a parameter that this address does not have (/req/core/query-param-unknown)."""
    there = sorted(known)
    for name in given:
        if name not in there:
            if not there:
                raise ParameterError(name, None, message("none at this address"))
            raise ParameterError(name, None, message("parameters %(listed)s"), {"listed": ", ".join(there)})


def single(args: Mapping[str, list[str]], name: str) -> str | None:
    """Give the one value of a parameter; raises ParameterError if it is given twice."""
    values = args.get(name, [])
    if len(values) > 1:
        raise ParameterError(name, ", ".join(values), message("one value"))
    return values[0] if values else None


def parse_limit(text: str | None, default: int, maximum: int) -> int:
    """Read a page's size; above the maximum it is capped, as the standard says (/req/core/fc-limit-response-1)."""
    if text is None:
        return min(default, maximum)
    allowed = Said(message("whole numbers from 1; above %(maximum)s it is capped"), {"maximum": maximum})
    return min(_whole(text, "limit", 1, allowed), maximum)


def parse_offset(text: str | None) -> int:
    """Read where a page starts."""
    if text is None:
        return 0
    allowed = Said(_WHOLE, {"least": 0, "most": MAX_OFFSET})
    offset = _whole(text, "offset", 0, allowed)
    if offset > MAX_OFFSET:
        raise ParameterError("offset", text, allowed)
    return offset


_WHOLE = message("whole numbers from %(least)s to %(most)s")


def _whole(text: str, name: str, least: int, allowed: Said) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS) or int(text) < least:
        raise ParameterError(name, text, allowed)
    return int(text)


def parse_bbox(text: str | None, crs: ServedCrs | None = None) -> Box | Area | None:
    """Read a box of four numbers, or of six with heights, which are not looked at (/req/core/fc-bbox-definition).

    It is in the system of bbox-crs, its axes in the authority's order; in longitude and latitude if there is none.
    """
    if text is None:
        return None
    lonlat = crs is None or crs.is_lonlat
    allowed = Said(
        message("west,south,east,north in degrees of WGS 84, or six numbers with heights")
        if lonlat
        else message("west,south,east,north in the order and units of %(crs)s, or six numbers with heights"),
        {"crs": crs.code if crs else ""},
    )
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ParameterError("bbox", text, allowed) from None
    if "_" in text or not all(math.isfinite(number) for number in numbers) or len(numbers) not in (4, 6):
        raise ParameterError("bbox", text, allowed)
    half = len(numbers) // 2
    corners = (numbers[0], numbers[1], numbers[half], numbers[half + 1])
    try:
        area = box_lonlat(corners, crs)
    except ValueError as error:
        raise ParameterError("bbox", text, _but(allowed, error)) from error
    return Box(*corners) if lonlat else Area(area)


def _but(allowed: Said, error: ValueError) -> Said:
    """Say what is allowed, and what is wrong with what came."""
    return Said(message("%(allowed)s; %(why)s"), {"allowed": allowed, "why": why_unfit(error)})


def parse_crs(text: str | None, name: str, served: Sequence[ServedCrs]) -> ServedCrs | None:
    """Read a coordinate reference system by its address or CURIE (18-058r1, /req/crs/fc-crs-valid-value)."""
    if text is None:
        return None
    code = crs_code(text) if text.startswith(("http", "[")) else None
    for one in served:
        if one.code == code:
            return one
    raise ParameterError(name, text, ", ".join(one.uri for one in served))


def parse_datetime(text: str | None) -> Interval | None:
    """Read a day, a moment, or an interval that may be open (/req/core/fc-time-definition)."""
    if text is None:
        return None
    try:
        return parse_interval(text)
    except ValueError as error:
        allowed = Said(
            message("a day or moment such as 2026-01-31 or 2026-01-31T12:00:00Z, or an interval such as 2025-01-01/..")
        )
        raise ParameterError("datetime", text, _but(allowed, error)) from error


def parse_sortby(text: str | None, sortables: Sequence[str]) -> tuple[SortKey, ...]:
    """Read the properties to sort by, each with + or - before it; the first of a name counts."""
    if text is None:
        return ()
    keys: dict[str, SortKey] = {}
    parts = text.split(",")
    if len(set(parts)) < len(parts):
        raise ParameterError("sortby", text, message("each property once"))
    for part in parts:
        name = part[1:] if part.startswith(("+", "-", " ")) else part  # a plus that is not encoded comes as a blank
        if name not in sortables:
            allowed = message("+ or - and one of %(listed)s, with commas between")
            raise ParameterError("sortby", text, allowed, {"listed": ", ".join(sortables)})
        keys.setdefault(name, SortKey(name, part.startswith("-")))
    return tuple(keys.values())


def parse_properties(text: str | None, known: Sequence[str]) -> tuple[str, ...] | None:
    """Read which properties are wanted; all of them if the parameter is missing."""
    if text is None:
        return None
    wanted = text.split(",")
    if len(set(wanted)) < len(wanted):
        raise ParameterError("properties", text, message("each property once"))
    if any(name not in known for name in wanted):
        allowed = message("some of %(listed)s, with commas between")
        raise ParameterError("properties", text, allowed, {"listed": ", ".join(known)})
    return tuple(name for name in known if name in wanted)


def parse_flag(text: str | None, name: str) -> bool:
    """Read true or false; false if the parameter is missing."""
    return parse_choice(text, name, ("true", "false")) == "true"


def parse_cursor(text: str | None, sortby: tuple[SortKey, ...]) -> Cursor | None:
    """Read where a page begins as a link to it says."""
    if text is None:
        return None
    try:
        return decode(text, sortby)
    except ValueError as error:
        raise ParameterError("cursor", text, why_unfit(error)) from error


def parse_filters(args: Mapping[str, list[str]], described: Outline, served: Sequence[ServedCrs]) -> tuple[Filter, ...]:
    """Read the filter (19-079r2) and the conditions on single properties (/rec/core/fc-filters)."""
    language = parse_choice(single(args, "filter-lang"), "filter-lang", FILTER_LANGUAGES)
    crs = parse_crs(single(args, "filter-crs"), "filter-crs", served)
    conditions = [_equal(name, single(args, name) or "", described) for name in filterable(described) if name in args]
    text = single(args, "filter")
    if text is None:
        return tuple(conditions)
    if language == "cql-text":
        text = from_draft(text, [name for name, prop in described.schema.items() if prop.format in _MOMENTS])
    parse = parse_json if language == "cql2-json" else parse_text
    return (parse(text, None if crs is None or crs.is_lonlat else crs), *conditions)


def filterable(described: Outline) -> tuple[str, ...]:
    """Name the properties that may be parameters: those whose names mean nothing else here."""
    return tuple(name for name in described.queryables if name not in RESERVED)


def _equal(name: str, text: str, described: Outline) -> Filter:
    """Make the condition that a property has a value, read as what the schema says that it is."""
    prop = described.schema.get(name)
    kind = prop.type if prop is not None else "string"
    if kind in ("number", "integer"):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number) or "_" in text:
            raise ParameterError(name, text, message("a number"))
        return equal_to(name, number, text)
    if kind == "boolean":
        return equal_to(name, parse_flag(text, name), text)
    form = {"date": "date", "date-time": "timestamp"}.get(prop.format or "" if prop is not None else "")
    return equal_to(name, {form: text} if form else text, text)


def parse_case(text: str | None, name: str = "case") -> Case | None:
    """Read which case of the assumption is wanted."""
    if text is None:
        return None
    if text not in list(Case):
        raise ParameterError(name, text, ", ".join(Case))
    return Case(text)


def parse_day(text: str | None, name: str = "at", *, wrong: str | None = None) -> dt.date | None:
    """Read the day that a question is asked for, from FIRST_DAY to LAST_DAY; `wrong` is as ParameterError has it."""
    if text is None:
        return None
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        raise ParameterError(name, text, DAY_ALLOWED, DAY_SPAN, wrong=wrong) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ParameterError(name, text, DAY_ALLOWED, DAY_SPAN, wrong=wrong)
    return day


def parse_choice(text: str | None, name: str, choices: Iterable[str]) -> str | None:
    """Read one of some words."""
    words = tuple(choices)
    if text is not None and text not in words:
        raise ParameterError(name, text, ", ".join(words))
    return text


def parse_degrees(text: str | None, name: str, most: int) -> float:
    """Read an angle of at most so many degrees, north and east above 0; raises ParameterError where it is missing."""
    allowed = Said(message("degrees of WGS 84 from -%(most)s to %(most)s"), {"most": most})
    if not text:
        raise ParameterError(name, "", allowed, wrong=MISSING_PARAMETER)
    try:
        degrees = float(text)
    except ValueError:
        degrees = math.nan
    if not abs(degrees) <= most or "_" in text:
        raise ParameterError(name, text, allowed)
    return degrees


def parse_zoom(text: str | None) -> int:
    """Read a zoom level of the web's square tiles."""
    allowed = Said(_WHOLE, {"least": 0, "most": MAX_ZOOM})
    if not text:
        raise ParameterError("zoom", "", allowed, wrong=MISSING_PARAMETER)
    zoom = _whole(text, "zoom", 0, allowed)
    if zoom > MAX_ZOOM:
        raise ParameterError("zoom", text, allowed)
    return zoom


def parse_items_query(
    args: Mapping[str, list[str]],
    described: Collection,
    served: Sequence[ServedCrs],
    default_limit: int,
    max_limit: int,
) -> Query:
    """Read which features of a collection are wanted, and what of them; raises ParameterError."""
    sortby = parse_sortby(single(args, "sortby"), described.queryables)
    cursor = parse_cursor(single(args, "cursor"), sortby)
    offset = single(args, "offset")
    if cursor is not None and offset is not None:
        raise ParameterError("offset", offset, message("offset or cursor, not both"))
    return Query(
        limit=parse_limit(single(args, "limit"), default_limit, max_limit),
        offset=parse_offset(offset),
        bbox=parse_bbox(single(args, "bbox"), parse_crs(single(args, "bbox-crs"), "bbox-crs", served)),
        filters=parse_filters(args, described, served),
        datetime=parse_datetime(single(args, "datetime")),
        sortby=sortby,
        cursor=cursor,
        **parse_what(args, described, served),
    )


def parse_tile_query(args: Mapping[str, list[str]], described: Outline, served: Sequence[ServedCrs]) -> Query | None:
    """Read which features of a collection tiles are to hold; None where they hold all; raises ParameterError."""
    filters = parse_filters(args, described, served)
    during = parse_datetime(single(args, "datetime"))
    return Query(limit=1, filters=filters, datetime=during) if filters or during is not None else None


def parse_what(args: Mapping[str, list[str]], described: Collection, served: Sequence[ServedCrs]) -> dict[str, Any]:
    """Read what of a feature is wanted: the members `crs`, `properties` and `skip_geometry` of a Query."""
    return {
        "crs": parse_crs(single(args, "crs"), "crs", served),
        "properties": parse_properties(single(args, "properties"), tuple(described.schema)),
        "skip_geometry": parse_flag(single(args, "skipGeometry"), "skipGeometry"),
    }
