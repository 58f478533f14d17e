"""The answers of a running service: each question of its catalogue is computed once."""

from __future__ import annotations

from geoservice.analysis import Analysis, Comparison, KeptAnswers
from geoservice.catalog import Catalog
from geoservice.kept import Kept
from geoservice.question import Question


class Answers:
    """The latest `capacity` answers of a catalogue, by the question's key; safe for threads."""

    def __init__(self, catalog: Catalog, capacity: int, on_disk: KeptAnswers) -> None:
        self._catalog = catalog
        self._on_disk = on_disk
        self.kept: Kept[str, Analysis] = Kept(capacity)

    def __call__(self, question: Question) -> Analysis:
        """Give the answer; raises QuestionError if the catalogue cannot answer."""
        return self.kept.get(question.key, lambda: self._on_disk(self._catalog, question))

    def compare(self, before: Analysis, after: Analysis) -> Comparison:
        """Compare two of the answers."""
        return self._on_disk.compare(before, after)
