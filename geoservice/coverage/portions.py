"""Work in portions on all cores, stopped at once when it is broken off."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Portion = TypeVar("Portion")
Result = TypeVar("Result")

Step = Callable[[int, int], None]
"""Told how much of the work is done, and how much there is."""


def cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_threads(
    function: Callable[[Portion], Result],
    portions: Sequence[Portion],
    threads: int | None = None,
    step: Step | None = None,
) -> list[Result]:
    """Give the results of a function that works outside Python's lock, in the order of the portions.

    Whatever ends this early, such as Ctrl-C, waits for nothing: what is in work runs out aside, the rest is left out.
    """
    results: list[Result] = []
    pool = ThreadPoolExecutor(threads or cores())
    if step is not None:
        step(0, len(portions))
    try:
        for done, result in enumerate(pool.map(function, portions), start=1):
            results.append(result)
            if step is not None:
                step(done, len(portions))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return results
