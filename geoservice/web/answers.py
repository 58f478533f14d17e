"""The answers of a running service: each question of its catalogue is computed once."""

from __future__ import annotations

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog
from geoservice.kept import Kept
from geoservice.question import Question


class Answers:
    """The latest `capacity` answers of a catalogue, by the question's key; safe for threads."""

    def __init__(self, catalog: Catalog, capacity: int) -> None:
        self._catalog = catalog
        self.kept: Kept[str, Analysis] = Kept(capacity)

    def __call__(self, question: Question) -> Analysis:
        """Give the answer; raises QuestionError if the catalogue cannot answer."""
        return self.kept.get(question.key, lambda: analyse(self._catalog, question))
