"""What takes much of a processor is done in turn, so many at a time, so that the other threads stay free to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from geoservice.errors import BusyError, message

RETRY_S = 10
"""When to ask again where all is busy: few answers take longer."""
MOST_WAITING = 4
"""How many threads may wait: a server of eight keeps some that answer what is there already."""
PRINTS_AT_ONCE = 2
COMPUTING = message("Other questions are being computed just now, as many as may be at once.")
PRINTING = message("Other maps are being printed just now, as many as may be at once.")


class Turns:
    """At most `at_once` turns at a time; safe for threads. A turn must not be taken within a turn.

    `doing` is the message that says with what all are busy.
    """

    def __init__(self, at_once: int, doing: str = COMPUTING, most_waiting: int = MOST_WAITING) -> None:
        self._turns = threading.BoundedSemaphore(at_once)
        self._waiting = threading.BoundedSemaphore(most_waiting)
        self._doing = doing

    @contextmanager
    def taken(self, wait_s: float = 0) -> Iterator[None]:
        """Take a turn for a while; raises BusyError where none comes within so many seconds, or too many wait."""
        if not self._turns.acquire(blocking=False) and not self._waited(wait_s):
            raise BusyError(RETRY_S, self._doing)
        try:
            yield
        finally:
            self._turns.release()

    def _waited(self, wait_s: float) -> bool:
        """Wait for a turn, and tell whether it came."""
        if wait_s <= 0 or not self._waiting.acquire(blocking=False):
            return False
        try:
            return self._turns.acquire(timeout=wait_s)
        finally:
            self._waiting.release()
