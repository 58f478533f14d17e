"""The collection that a request is about, a derived one for the day and the case in its parameters."""

from __future__ import annotations

from geoservice.collections import Collection
from geoservice.errors import QuestionError
from geoservice.ogc.parameters import parse_choice, single
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
    library = service().library
    if (named_difference := library.difference_of(collection_id)) is not None:
        difference = asked_difference(named_difference, given)
        problem = service().problem_with(difference.before, difference.after)
        if problem is not None:
            raise QuestionError(problem)
        return library.get_difference(collection_id, difference)
    named = library.question_of(collection_id)
    if named is None:
        return library.get(collection_id)
    question = asked(named, given)
    problem = service().problem_with(question)
    if problem is not None:
        raise QuestionError(problem)
    pieces = parse_choice(single(given, "pieces"), "pieces", PIECES)
    return library.get(collection_id, question, pieces=pieces)
