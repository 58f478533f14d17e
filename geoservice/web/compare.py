"""Two questions, cases or days compared: the change by zone, as a page, a document and a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from geoservice.catalog import NamedDifference, NamedQuestion
from geoservice.errors import NotFoundError, ParameterError, message
from geoservice.formats.table import MEDIA_TYPE as CSV
from geoservice.formats.table import to_csv
from geoservice.ogc import comparisons, links
from geoservice.ogc.comparisons import Compared
from geoservice.ogc.parameters import parse_case, parse_day, parse_flag, single
from geoservice.question import Question
from geoservice.web.asked import wrong_question
from geoservice.web.language import language
from geoservice.web.requests import FORMAT, Args, answered, args, base_address, kept_params, tagged
from geoservice.web.service import service

blueprint = Blueprint("compare", __name__)

SIDES = ("before", "after")
PARAMETERS = ("difference", "before", "before_at", "before_case", "after", "after_at", "after_case", "ground")


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared: two named questions as asked, the difference that declares them, and whether as ground too."""

    named: tuple[NamedQuestion, NamedQuestion]
    asked: tuple[Question, Question]
    difference: NamedDifference | None
    ground: bool

    @property
    def version(self) -> str:
        """What the comparison depends on, which needs no answer."""
        return ".".join([service().catalog.version, *(one.key for one in self.asked), str(self.ground)])

    @property
    def file_name(self) -> str:
        """The name of the table as a file."""
        before, after = self.asked
        sides = f"{self.named[0].id}-{before.at}-{before.case}-to-{self.named[1].id}-{after.at}-{after.case}"
        return f"change-{sides}.csv"


@blueprint.get("/compare")
def compare() -> Response:
    """Compare two questions, or answer a declared difference."""
    given = args([*FORMAT, *PARAMETERS])
    pair = _pair(given)

    def document() -> dict[str, Any]:
        catalog = service().catalog
        return comparisons.comparison_document(
            base_address(), catalog, _compared(pair), language(), _exact(pair, given)
        )

    return answered(document, links.JSON, pair.version, "compare.html", lambda _: {"pair": pair})


@blueprint.get("/compare.csv")
def compare_csv() -> Response:
    """Give the change by zone as CSV."""
    pair = _pair(args(PARAMETERS))
    response = tagged(lambda: to_csv(*comparisons.csv_table(service().catalog, _compared(pair))), CSV, pair.version)
    response.headers["Content-Disposition"] = f'attachment; filename="{pair.file_name}"'
    return response


def _compared(pair: Pair) -> Compared:
    """Answer both sides; raises QuestionError."""
    answers = service().answers
    before, after = (answers(one) for one in pair.asked)
    ground = answers.compare(before, after) if pair.ground else None
    return Compared(*pair.named, (before, after), pair.difference, ground)


def _pair(given: Args) -> Pair:
    """Read what is to be compared; without any parameter, the first difference, or else the first question twice."""
    difference = _difference(given)
    named = (
        _named("before", given, difference.before.question if difference else None),
        _named("after", given, difference.after.question if difference else None),
    )
    before, after = (
        named[position].ask_on(
            parse_day(single(given, f"{name}_at"), f"{name}_at")
            or (getattr(difference, name).at if difference else None),
            parse_case(single(given, f"{name}_case"), f"{name}_case")
            or (getattr(difference, name).case if difference else None),
        )
        for position, name in enumerate(SIDES)
    )
    if before.zone_system != after.zone_system:
        fit = [one.id for one in service().catalog.region.questions if one.zone_system == before.zone_system]
        allowed = message("questions on the same zones: %(listed)s")
        raise ParameterError("after", named[1].id, allowed, {"listed": ", ".join(fit)})
    ground = parse_flag(single(given, "ground"), "ground") if "ground" in given else difference is not None
    return Pair(named, (before, after), difference, ground)


def _difference(given: Args) -> NamedDifference | None:
    """Give the declared difference that is asked for, or the first where nothing is."""
    wanted, catalog = single(given, "difference"), service().catalog
    there = catalog.region.differences
    if wanted is None:
        return there[0] if there and not any(name in given for name in SIDES) else None
    for name in SIDES:
        if name in given:
            allowed = message("a difference, or before and after, not both")
            raise ParameterError(name, single(given, name), allowed)
    try:
        return catalog.named_difference(wanted)
    except NotFoundError as error:
        known = ", ".join(one.id for one in there) or message("none here")
        raise ParameterError("difference", wanted, known) from error


def _named(name: str, given: Args, declared: str | None) -> NamedQuestion:
    """Give the question of one side: that of the difference, or as asked, or the first where neither side is."""
    wanted, catalog = single(given, name), service().catalog
    if wanted is None and declared is None and not any(side in given for side in SIDES):
        return service().first_question()
    try:
        return catalog.named_question(declared or wanted or "")
    except NotFoundError as error:
        raise wrong_question(name, wanted) from error


def _exact(pair: Pair, given: Args) -> dict[str, str]:
    """Give the parameters that ask the same again on any day, in the form of the request."""
    sides = {} if pair.difference else {name: pair.named[i].id for i, name in enumerate(SIDES)}
    asked = {
        key: value
        for i, name in enumerate(SIDES)
        for key, value in ((f"{name}_at", pair.asked[i].at.isoformat()), (f"{name}_case", str(pair.asked[i].case)))
    }
    named = {"difference": pair.difference.id} if pair.difference else {}
    kept = {name: value for name, value in kept_params(given).items() if name in ("lang", "f")}
    return {**named, **sides, **asked, "ground": str(pair.ground).lower(), **kept}
