"""Reading a question that is posted; whatever is wrong is a ParameterError that names the member."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from geoservice.catalog import Catalog
from geoservice.errors import NotFoundError, ParameterError, Said, message, shorten, why_unfit
from geoservice.ogc.parameters import DAY_ALLOWED, DAY_SPAN, parse_day
from geoservice.question import Question
from geoservice.vocabulary import THEME_ROLE, Case, Role

MOST_BYTES = 65_536
MOST_LEVELS = 8
MOST_CELLS = 100_000
"""Into how many cells a posted question may cut the zones: finer ones would take minutes."""
LEAST_CHORD_ERROR_M = 0.1
LEAST_RANGE_M, MOST_RANGE_M = 1, 100_000
MEMBERS = ("question", "range_m", *Question.model_fields)

_TAGS = ("service_area", "field_of_view")
_ALLOWED = {
    "enum": "%(expected)s",
    "greater_than": message("numbers above %(gt)s"),
    "greater_than_equal": message("numbers from %(ge)s"),
    "less_than_equal": message("numbers up to %(le)s"),
    "float_type": message("a number"),
    "int_type": message("a whole number"),
    "int_from_float": message("a whole number"),
    "string_type": message("a text"),
    "bool_type": message("true or false"),
    "tuple_type": message("a list"),
    "model_type": message("an object"),
    "too_short": message("at least %(min_length)s of them"),
    "string_too_short": message("a text that is not empty"),
    "missing": message("it must be given"),
    "extra_forbidden": message("no member of this name"),
    "union_tag_invalid": message("the models %(expected_tags)s"),
}
"""What pydantic's errors mean, by type."""
_LAYERS = message("the layers %(listed)s")
_WRONG_SOURCE = message("Source %(number)s of the question ('%(name)s') cannot be the layer '%(value)s'.")
_NUMBERS_HERE = message("numbers from %(least)s to %(most)s here")
_WRONG_MEMBER = message("The question's member '%(name)s' cannot be '%(value)s'.")
_UNKNOWN_MEMBER = message("A question has no member '%(name)s'.")
_MISSING_MEMBER = message("The question lacks its member '%(name)s'.")
_WRONG_BODY = message("The '%(name)s' of the request cannot be '%(value)s'.")


def parse_question(text: bytes, catalog: Catalog) -> Question:
    """Read the question in a posted document; raises ParameterError that names the member, QuestionError."""
    members = _members(text)
    for name in members:
        if name not in MEMBERS:
            allowed = message("members %(listed)s")
            raise ParameterError(name, None, allowed, {"listed": ", ".join(MEMBERS)}, wrong=_UNKNOWN_MEMBER)
    asked = {**_named(members, catalog), **{name: one for name, one in members.items() if name not in _SHORT}}
    asked["at"] = _day(members, asked).isoformat()
    if isinstance(sources := asked.get("sources"), list):
        asked["sources"] = [{"layer": one} if isinstance(one, str) else one for one in sources]
    if "range_m" in members:
        asked["footprint"] = _with_range(members, asked)
    try:
        question = Question.model_validate_json(orjson.dumps(asked), strict=True)
    except ValidationError as error:
        raise _wrong_member(error) from error
    _require_known(question, catalog)
    catalog.check_question(question)
    _require_modest(question, catalog)
    return question


_SHORT = ("question", "range_m", "at")


def _members(text: bytes) -> dict[str, Any]:
    """Read the members of the document, or those of its `inputs` where that is all there is."""
    allowed = Said(
        message("a JSON object of at most %(bytes)s bytes and %(levels)s levels, such as %(example)s"),
        {"bytes": MOST_BYTES, "levels": MOST_LEVELS, "example": '{"question": ...}'},
    )
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        but = Said(message("%(allowed)s; %(why)s"), {"allowed": allowed, "why": str(error)})
        raise _refused("body", text[:80].decode(errors="replace"), but) from error
    if isinstance(document, dict) and set(document) == {"inputs"}:
        document = document["inputs"]
    if not isinstance(document, dict) or _is_deep(document):
        raise _refused("body", text[:80].decode(errors="replace"), allowed)
    return document


def _is_deep(document: Any) -> bool:
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def _named(members: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """Give the members of the named question that the posted one begins with; none where it names none."""
    if "question" not in members:
        return {}
    name = members["question"]
    allowed = ", ".join(named.id for named in catalog.region.questions) or message("none here")
    if not isinstance(name, str):
        raise _refused("question", _shown(name), allowed)
    try:
        named = catalog.named_question(name)
    except NotFoundError as error:
        raise _refused("question", name, allowed) from error
    return named.ask_on(None).model_dump(mode="json")


def _day(members: Mapping[str, Any], asked: Mapping[str, Any]) -> dt.date:
    """Read the day that is asked for: as given, as the named question has it, or today."""
    given = members.get("at", asked.get("at"))
    if "at" in members and not isinstance(given, str):
        raise _refused("at", _shown(given), Said(DAY_ALLOWED, DAY_SPAN))
    return parse_day(given, wrong=_WRONG_MEMBER) or dt.date.today()  # noqa: DTZ011 - the day here, where the planner is


def _with_range(members: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Give the service area with another range: one number, or one for each case."""
    given, footprint = members["range_m"], asked.get("footprint", {})
    span = {"least": LEAST_RANGE_M, "most": MOST_RANGE_M}
    allowed = Said(message("a number from %(least)s to %(most)s, or an object with such a low, mid and high"), span)
    if not isinstance(footprint, dict) or footprint.get("model", "service_area") != "service_area":
        raise _refused("range_m", _shown(given), message("no range for cameras, whose layers say how far they see"))
    if "range_m" in footprint and "footprint" in members:
        raise _refused("range_m", _shown(given), message("range_m, or a footprint that has one, not both"))
    ranges = given if isinstance(given, dict) else dict.fromkeys(map(str, Case), given)
    numbers = [one for one in ranges.values() if isinstance(one, int | float) and not isinstance(one, bool)]
    fits = set(ranges) == set(map(str, Case)) and len(numbers) == len(ranges)
    if not fits or not all(LEAST_RANGE_M <= one <= MOST_RANGE_M for one in numbers):
        raise _refused("range_m", _shown(given), allowed)
    if not ranges["low"] <= ranges["mid"] <= ranges["high"]:
        but = Said(message("%(allowed)s; %(why)s"), {"allowed": allowed, "why": "low <= mid <= high"})
        raise _refused("range_m", _shown(given), but)
    finest = (
        {} if "footprint" in members else {"chord_error_m": min(footprint.get("chord_error_m", 1), min(numbers) / 2)}
    )
    return {**footprint, **finest, "range_m": ranges}


def _wrong_member(error: ValidationError) -> ParameterError:
    """Tell of the first thing that is wrong, by the path of the member, its value and what is allowed."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if part not in _TAGS]
    name = ".".join(path) or "body"
    if first["type"] == "missing":
        return ParameterError(name, "", _meant(first), wrong=_MISSING_MEMBER)
    return _refused(name, _shown(first["input"]), _meant(first))


def _meant(first: ErrorDetails) -> Said:
    """Say what one of pydantic's errors allows."""
    context = first.get("ctx", {})
    if isinstance(own := context.get("error"), ValueError):
        return why_unfit(own)
    if first["type"] not in _ALLOWED:
        return Said("%(error)s", {"error": first["msg"]})
    shown = {name: f"{one:g}" if isinstance(one, float) else str(one) for name, one in context.items()}
    return Said(_ALLOWED[first["type"]], {name: text.replace(" or ", ", ") for name, text in shown.items()})


def _refused(name: str, value: str, allowed: str | Said) -> ParameterError:
    """Make the error of a member of the question that cannot be what came."""
    return ParameterError(name, value, allowed, wrong=_WRONG_BODY if name == "body" else _WRONG_MEMBER)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else shorten(orjson.dumps(value, default=str).decode())


def _require_known(question: Question, catalog: Catalog) -> None:
    """Raise ParameterError for a layer, kind, zone system or figure that is not there."""
    systems = [one.id for one in catalog.region.zone_systems if one.layer in catalog.layers]
    _require_one("zone_system", question.zone_system, systems)
    fit = [layer.id for layer in catalog.with_role(THEME_ROLE[question.theme])]
    for position, source in enumerate(question.sources):
        if catalog.is_expected(source.layer):
            continue  # why it is not to be had is said as everywhere, by the check of the question
        if source.layer not in fit:
            name = f"sources.{position}.layer"
            wrong = Said(_WRONG_SOURCE, {"number": position + 1, "name": name, "value": shorten(source.layer)})
            allowed = Said(_LAYERS, {"listed": ", ".join(fit)}) if fit else Said(message("none here"))
            raise ParameterError(name, source.layer, allowed, wrong=wrong)
        layer = catalog.layers[source.layer]
        kinds = sorted({*layer.features["kind"].dropna(), *layer.manifest.kinds})
        for kind in source.kinds:
            _require_one(f"sources.{position}.kinds", kind, kinds)
    demands = [layer.id for layer in catalog.with_role(Role.DEMAND)]
    for position, demand in enumerate(question.demand):
        if not catalog.is_expected(demand):
            _require_one(f"demand.{position}", demand, demands)
    if question.zone_weight is not None and not catalog.is_expected(question.zone_weight.layer):
        figures = [f for f in catalog.figures(question.zone_system) if f.lowest >= 0]
        wanted = f"{question.zone_weight.layer} {question.zone_weight.attribute}"
        _require_one("zone_weight", wanted, [f"{f.layer} {f.attribute.name}" for f in figures])


def _require_one(name: str, value: str, allowed: Iterable[str]) -> None:
    there = list(allowed)
    if value not in there:
        raise _refused(name, value, ", ".join(there) or message("none here"))


def _require_modest(question: Question, catalog: Catalog) -> None:
    """Raise ParameterError for what would take minutes: very small cells, very fine outlines."""
    west, south, east, north = catalog.zones(question.zone_system).total_bounds
    least_m = math.ceil(math.sqrt((east - west) * (north - south) / MOST_CELLS))
    if question.gap_cell_m < least_m:
        allowed = Said(_NUMBERS_HERE, {"least": least_m, "most": 100_000})
        raise _refused("gap_cell_m", f"{question.gap_cell_m:g}", allowed)
    if question.footprint.chord_error_m < LEAST_CHORD_ERROR_M:
        shown = f"{question.footprint.chord_error_m:g}"
        allowed = Said(_NUMBERS_HERE, {"least": f"{LEAST_CHORD_ERROR_M:g}", "most": 100})
        raise _refused("footprint.chord_error_m", shown, allowed)
