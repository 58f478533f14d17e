"""Results held in memory up to so many bytes: each is computed once, those unused for longest go first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

Result = TypeVar("Result")


class Held:
    """Results by key, of `most_bytes` together as `weigh` counts them; safe for threads.

    One result that alone is heavier is handed over and not kept.
    """

    def __init__(self, most_bytes: int, weigh: Callable[[Any], int]) -> None:
        self._most = most_bytes
        self._weigh = weigh
        self._held: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._weights: dict[Hashable, int] = {}
        self._lock = Lock()
        self.kept_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable, compute: Callable[[], Result]) -> Result:
        """Give the result of a key, computing it if need be; a failure is raised to all who wait and is not kept."""
        with self._lock:
            future = self._held.get(key)
            mine = future is None
            if future is None:
                future = self._held[key] = Future()
            self._held.move_to_end(key)
        if mine:
            self._compute(key, future, compute)
        result: Result = future.result()
        return result

    def _compute(self, key: Hashable, future: Future[Any], compute: Callable[[], Any]) -> None:
        try:
            result = compute()
            weight = self._weigh(result)
        except BaseException as error:
            with self._lock:
                del self._held[key]
            future.set_exception(error)
            raise
        future.set_result(result)
        with self._lock:
            self._weights[key] = weight
            self.kept_bytes += weight
            while self.kept_bytes > self._most:
                oldest = next(other for other in self._held if other in self._weights)
                del self._held[oldest]
                self.kept_bytes -= self._weights.pop(oldest)
