"""Results kept in memory: each is computed once, however many ask at the same time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Kept(Generic[Key, Result]):
    """The results last used, `capacity` of them; safe for threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Key, Future[Result]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key, compute: Callable[[], Result]) -> Result:
        """Give the result of a key, computing it if need be; a failure is raised to all who wait and is not kept."""
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
            self._kept.move_to_end(key)
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        if mine:
            self._compute(key, future, compute)
        return future.result()

    def peek(self, key: Key) -> Result | None:
        """Give the result of a key if there is one by now, which does not count as a use; None where there is none."""
        with self._lock:
            future = self._kept.get(key)
        done = future is not None and future.done() and future.exception() is None
        return future.result() if future is not None and done else None

    def _compute(self, key: Key, future: Future[Result], compute: Callable[[], Result]) -> None:
        try:
            future.set_result(compute())
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is future:
                    del self._kept[key]
            future.set_exception(error)
            raise
