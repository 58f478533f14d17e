"""The collection that a request is about, a derived one for the day and the case in its parameters."""

from __future__ import annotations

from geoservice.catalog import NamedQuestion
from geoservice.collections import Collection, Outline
from geoservice.errors import MISSING_PARAMETER, NotFoundError, ParameterError, message
from geoservice.ogc.parameters import parse_choice, single
from geoservice.question import Difference, Question
from geoservice.web.requests import DIFFERENCE, QUESTION, Args, asked, asked_difference
from geoservice.web.service import service

PIECES = ("cell", "zone")


def known_parameters(collection_id: str) -> tuple[str, ...]:
    """Name the parameters that a collection has: derived ones can be asked for a day and a case."""
    if service().library.difference_of(collection_id) is not None:
        return DIFFERENCE
    if service().library.question_of(collection_id) is None:
        return ()
    return (*QUESTION, "pieces") if collection_id.endswith(("-gaps", "-coverage")) else QUESTION


def asked_collection(collection_id: str, given: Args) -> Collection:
    """Give a collection for the day, case and pieces in the request.

    Raises NotFoundError, ParameterError, QuestionError.
    """
    wanted, pieces = _as_asked(collection_id, given)
    library = service().library
    if isinstance(wanted, Difference):
        return library.get_difference(collection_id, wanted)
    return library.get(collection_id, wanted, pieces=pieces)


def asked_outline(collection_id: str, given: Args) -> Outline:
    """Describe what `asked_collection` would give, without waiting for an answer; raises what that does."""
    wanted, pieces = _as_asked(collection_id, given)
    library = service().library
    if isinstance(wanted, Difference):
        return library.outline_difference(collection_id, wanted)
    return library.outline(collection_id, wanted, pieces=pieces)


def _as_asked(collection_id: str, given: Args) -> tuple[Question | Difference | None, str | None]:
    """Read what a derived collection is asked for, and in which pieces; nothing for a layer."""
    library = service().library
    if (named_difference := library.difference_of(collection_id)) is not None:
        difference = asked_difference(named_difference, given)
        _require_answerable(difference.before, difference.after)
        return difference, None
    if (named := library.question_of(collection_id)) is None:
        return None, None
    question = asked(named, given)
    _require_answerable(question)
    return question, parse_choice(single(given, "pieces"), "pieces", PIECES)


def _require_answerable(*questions: Question) -> None:
    problem = service().problem_with(*questions)
    if problem is not None:
        raise problem


def asked_question(given: Args) -> tuple[NamedQuestion, Question]:
    """Give the question in the request, the region's first if none is named, for its day and case.

    That of an analysis goes by the id that its collections begin with. Raises NotFoundError, ParameterError,
    QuestionError.
    """
    named = _named(single(given, "question"))
    question = asked(named, given)
    _require_answerable(question)
    return named, question


def _named(wanted: str | None) -> NamedQuestion:
    if wanted is None:
        return service().first_question()
    own = service().temporary(wanted)
    if own is not None:
        return own
    try:
        return service().catalog.named_question(wanted)
    except NotFoundError as error:
        raise wrong_question("question", wanted) from error


def wrong_question(name: str, wanted: str | None) -> ParameterError:
    """Say that a parameter is missing, or names no question: which there are, and what to do with a difference."""
    region = service().catalog.region
    known = ", ".join(one.id for one in region.questions)
    if any(one.id == wanted for one in region.differences):
        allowed = message(
            "a question (%(known)s); '%(id)s' is a difference of two, which /compare?difference=%(id)s answers"
        )
        return ParameterError(name, wanted, allowed, {"known": known, "id": wanted})
    return ParameterError(
        name, wanted or "", known or message("none here"), wrong=MISSING_PARAMETER if wanted is None else None
    )
