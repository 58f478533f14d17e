"""Reading a question that is posted; whatever is wrong is a ParameterError that names the member."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from geoservice.catalog import Catalog
from geoservice.errors import NotFoundError, ParameterError, shorten
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
    "enum": "{expected}",
    "greater_than": "numbers above {gt:g}",
    "greater_than_equal": "numbers from {ge:g}",
    "less_than_equal": "numbers up to {le:g}",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "a text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object",
    "too_short": "at least {min_length} of them",
    "string_too_short": "a text that is not empty",
    "missing": "it must be given",
    "extra_forbidden": "no member of this name",
    "union_tag_invalid": "the models {expected_tags}",
}
"""What pydantic's errors mean, by type."""


def parse_question(text: bytes, catalog: Catalog) -> Question:
    """Read the question in a posted document; raises ParameterError that names the member, QuestionError."""
    members = _members(text)
    for name in members:
        if name not in MEMBERS:
            raise ParameterError(name, None, f"members {', '.join(MEMBERS)}")
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
    allowed = f'a JSON object of at most {MOST_BYTES} bytes and {MOST_LEVELS} levels, such as {{"question": ...}}'
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ParameterError("body", text[:80].decode(errors="replace"), f"{allowed}; {error}") from error
    if isinstance(document, dict) and set(document) == {"inputs"}:
        document = document["inputs"]
    if not isinstance(document, dict) or _is_deep(document):
        raise ParameterError("body", text[:80].decode(errors="replace"), allowed)
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
    allowed = ", ".join(named.id for named in catalog.region.questions) or "none here"
    if not isinstance(name, str):
        raise ParameterError("question", _shown(name), allowed)
    try:
        named = catalog.named_question(name)
    except NotFoundError as error:
        raise ParameterError("question", name, allowed) from error
    return named.ask_on(None).model_dump(mode="json")


def _day(members: Mapping[str, Any], asked: Mapping[str, Any]) -> dt.date:
    """Read the day that is asked for: as given, as the named question has it, or today."""
    given = members.get("at", asked.get("at"))
    if "at" in members and not isinstance(given, str):
        raise ParameterError("at", _shown(given), DAY_ALLOWED, DAY_SPAN)
    return parse_day(given) or dt.date.today()  # noqa: DTZ011 - the day here, where the planner is


def _with_range(members: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Give the service area with another range: one number, or one for each case."""
    given, footprint = members["range_m"], asked.get("footprint", {})
    allowed = f"a number from {LEAST_RANGE_M} to {MOST_RANGE_M}, or an object with such a low, mid and high"
    if not isinstance(footprint, dict) or footprint.get("model", "service_area") != "service_area":
        raise ParameterError("range_m", _shown(given), "no range for cameras, whose layers say how far they see")
    if "range_m" in footprint and "footprint" in members:
        raise ParameterError("range_m", _shown(given), "range_m, or a footprint that has one, not both")
    ranges = given if isinstance(given, dict) else dict.fromkeys(map(str, Case), given)
    numbers = [one for one in ranges.values() if isinstance(one, int | float) and not isinstance(one, bool)]
    fits = set(ranges) == set(map(str, Case)) and len(numbers) == len(ranges)
    if not fits or not all(LEAST_RANGE_M <= one <= MOST_RANGE_M for one in numbers):
        raise ParameterError("range_m", _shown(given), allowed)
    if not ranges["low"] <= ranges["mid"] <= ranges["high"]:
        raise ParameterError("range_m", _shown(given), f"{allowed}; low <= mid <= high")
    finest = (
        {} if "footprint" in members else {"chord_error_m": min(footprint.get("chord_error_m", 1), min(numbers) / 2)}
    )
    return {**footprint, **finest, "range_m": ranges}


def _wrong_member(error: ValidationError) -> ParameterError:
    """Tell of the first thing that is wrong, by the path of the member, its value and what is allowed."""
    first = error.errors()[0]
    path = [str(part) for part in first["loc"] if part not in _TAGS]
    kind = first["type"]
    allowed = _ALLOWED[kind].format(**first.get("ctx", {})) if kind in _ALLOWED else first["msg"]
    if kind in ("missing", "extra_forbidden"):
        return ParameterError(".".join(path), "" if kind == "missing" else _shown(first["input"]), allowed)
    return ParameterError(".".join(path) or "body", _shown(first["input"]), allowed)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else shorten(orjson.dumps(value, default=str).decode())


def _require_known(question: Question, catalog: Catalog) -> None:
    """Raise ParameterError for a layer, kind, zone system or figure that is not there."""
    systems = [one.id for one in catalog.region.zone_systems if one.layer in catalog.layers]
    _require_one("zone_system", question.zone_system, systems)
    fit = [layer.id for layer in catalog.with_role(THEME_ROLE[question.theme])]
    for position, source in enumerate(question.sources):
        _require_one(f"sources.{position}.layer", source.layer, fit)
        layer = catalog.layers[source.layer]
        kinds = sorted({*layer.features["kind"].dropna(), *layer.manifest.kinds})
        for kind in source.kinds:
            _require_one(f"sources.{position}.kinds", kind, kinds)
    demands = [layer.id for layer in catalog.with_role(Role.DEMAND)]
    for position, demand in enumerate(question.demand):
        _require_one(f"demand.{position}", demand, demands)
    if question.zone_weight is not None:
        figures = [f for f in catalog.figures(question.zone_system) if f.lowest >= 0]
        wanted = f"{question.zone_weight.layer} {question.zone_weight.attribute}"
        _require_one("zone_weight", wanted, [f"{f.layer} {f.attribute.name}" for f in figures])


def _require_one(name: str, value: str, allowed: Iterable[str]) -> None:
    there = list(allowed)
    if value not in there:
        raise ParameterError(name, value, ", ".join(there) or "none here")


def _require_modest(question: Question, catalog: Catalog) -> None:
    """Raise ParameterError for what would take minutes: very small cells, very fine outlines."""
    west, south, east, north = catalog.zones(question.zone_system).total_bounds
    least_m = math.ceil(math.sqrt((east - west) * (north - south) / MOST_CELLS))
    if question.gap_cell_m < least_m:
        raise ParameterError("gap_cell_m", f"{question.gap_cell_m:g}", f"numbers from {least_m} to 100000 here")
    if question.footprint.chord_error_m < LEAST_CHORD_ERROR_M:
        shown = f"{question.footprint.chord_error_m:g}"
        raise ParameterError("footprint.chord_error_m", shown, f"numbers from {LEAST_CHORD_ERROR_M:g} to 100 here")
