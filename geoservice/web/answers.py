"""Answers kept in memory: each question is computed once, however many ask at the same time."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import Future
from threading import Lock

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog
from geoservice.question import Question


class Answers:
    """The latest `capacity` answers of a catalogue, by the question's key; safe for threads."""

    def __init__(self, catalog: Catalog, capacity: int) -> None:
        self._catalog = catalog
        self._capacity = capacity
        self._kept: OrderedDict[str, Future[Analysis]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, question: Question) -> Analysis:
        """Give the answer, computing it if need be; a failure is raised to all who wait and not kept."""
        with self._lock:
            future = self._kept.get(question.key)
            if future is not None:
                self._kept.move_to_end(question.key)
                mine = False
            else:
                future = self._kept[question.key] = Future()
                mine = True
                while len(self._kept) > self._capacity:
                    self._kept.popitem(last=False)
        if mine:
            self._compute(question, future)
        return future.result()

    def _compute(self, question: Question, future: Future[Analysis]) -> None:
        try:
            future.set_result(analyse(self._catalog, question))
        except BaseException as error:
            with self._lock:
                self._kept.pop(question.key, None)
            future.set_exception(error)
            raise
