"""Questions of one's own as named ones: those kept for a while have collections like any other."""

from __future__ import annotations

from pydantic import ValidationError

from geoservice.cache.posted import Posted, PostedTexts
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.errors import NotFoundError, message
from geoservice.i18n import Text
from geoservice.question import Question

PREFIX = "analysis-"
"""What the ids of temporary questions begin with; the question's key follows."""

_NO_NAME = Text(en="A question of your own", zh="自訂問題")
_NO_ASSUMPTION = Text(en="As the question states.", zh="如問題所述。")


def own_question(question: Question, question_id: str, like: NamedQuestion | None = None) -> NamedQuestion:
    """Name a question, with the words of one that asks the same for another day or case where there is one."""
    return NamedQuestion(
        id=question_id,
        title=like.title if like else _NO_NAME,
        description=like.description if like else _NO_NAME,
        assumption=like.assumption if like else _NO_ASSUMPTION,
        featured=False,
        **{name: getattr(question, name) for name in type(question).model_fields},
    )


class TemporaryQuestions:
    """The questions that are kept for a while, by key; what is kept of each is the question as JSON."""

    def __init__(self, catalog: Catalog, kept: PostedTexts) -> None:
        self._catalog = catalog
        self._kept = kept

    def __call__(self, question_id: str) -> NamedQuestion | None:
        """Give the question with an id and count that as a use; None where the id is not of this kind.

        Raises NotFoundError for one that has expired or never was.
        """
        if not question_id.startswith(PREFIX):
            return None
        key = question_id.removeprefix(PREFIX)
        found = self._kept.get(key)
        if found is None or not _is_readable(found):
            raise self._missing(key)
        question = question_in(found)
        return own_question(question, question_id, self._catalog.name_of(question))

    def keep(self, question: Question) -> Posted:
        """Keep a question, or keep it for longer."""
        return self._kept.put(question.key, question.model_dump_json().encode())

    def is_kept(self, question: Question) -> bool:
        """Tell whether a question is kept, without using it."""
        return any(one.key == question.key for one in self._kept.all())

    def all(self) -> list[Posted]:
        """Give what is kept, the latest first."""
        return [one for one in self._kept.all() if _is_readable(one)]

    def look(self, key: str) -> Posted:
        """Give what is kept of a key without using it; raises NotFoundError."""
        found = self._kept.look(key)
        if found is None or self._kept.is_over(found) or not _is_readable(found):
            raise self._missing(key)
        return found

    def remove(self, key: str) -> Posted:
        """Keep a question no longer, and give what was kept; raises NotFoundError."""
        found = self.look(key)
        self._kept.remove(key)
        return found

    def _missing(self, key: str) -> NotFoundError:
        ended = self._kept.look(key) is not None
        advice = (
            message("It has expired: post the question to /analyses again.")
            if ended
            else message(
                "It was removed, or it expired long ago, or there never was one: post the question to /analyses again."
            )
        )
        return NotFoundError(message("analysis"), key, advice=advice)


def _is_readable(kept: Posted) -> bool:
    """Tell whether this version of the service understands what is kept; another may have put it there."""
    try:
        question_in(kept)
    except ValidationError:
        return False
    return True


def question_in(kept: Posted) -> Question:
    """Read the question that is kept."""
    return Question.model_validate_json(kept.text)
