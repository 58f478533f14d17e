"""The answers of a running service: each question of its catalogue is computed once."""

from __future__ import annotations

from geoservice.analysis import Analysis, Areas, Comparison, KeptAnswers, Places, analyse, compare
from geoservice.catalog import Catalog
from geoservice.kept import Kept
from geoservice.question import Question
from geoservice.web.turns import Turns

WAIT_S = 15.0
"""For how long an answer waits for its turn to be computed: most take less than a few seconds."""


class Answers:
    """The latest `capacity` answers of a catalogue, by the question's key; safe for threads.

    Of those that are neither in memory nor on the disk, no more than `at_once` are computed at a time.
    """

    def __init__(
        self, catalog: Catalog, capacity: int, on_disk: KeptAnswers, at_once: int = 2, wait_s: float = WAIT_S
    ) -> None:
        self._catalog = catalog
        self._on_disk = on_disk
        self._turns = Turns(at_once)
        self._wait_s = wait_s
        self.kept: Kept[str, Analysis] = Kept(capacity)
        self._places: Kept[str, Places] = Kept(capacity)
        self._areas: Kept[str, Areas] = Kept(capacity)

    def __call__(self, question: Question) -> Analysis:
        """Give the answer; raises QuestionError if the catalogue cannot answer, BusyError if its turn does not come."""
        return self._answer(question, self._wait_s)

    def posted(self, question: Question) -> Analysis:
        """Give the answer to a question of a client's own; raises BusyError where it would wait for its turn."""
        return self._answer(question, 0)

    def _answer(self, question: Question, wait_s: float) -> Analysis:
        def in_turn(catalog: Catalog, asked: Question) -> Analysis:
            with self._turns.taken(wait_s):
                return analyse(catalog, asked)

        return self.kept.get(question.key, lambda: self._on_disk(self._catalog, question, in_turn))

    def places(self, question: Question) -> Places:
        """Give the answer ready to be asked place by place."""
        return self._places.get(question.key, lambda: Places(self._catalog, self(question)))

    def areas(self, question: Question) -> Areas:
        """Give the answer ready to be asked area by area."""
        return self._areas.get(question.key, lambda: Areas(self._catalog, self(question)))

    def compare(self, before: Analysis, after: Analysis) -> Comparison:
        """Compare two of the answers; raises BusyError as these do."""

        def in_turn(first: Analysis, second: Analysis) -> Comparison:
            with self._turns.taken(self._wait_s):
                return compare(first, second)

        return self._on_disk.compare(before, after, in_turn)
