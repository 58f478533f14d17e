"""How often a process looks for what nothing holds any more."""

from __future__ import annotations

import gc

NEW_OBJECTS = 20_000
"""Looked through after so many, and not after 700 or 2,000."""
YOUNG, MIDDLING = 20, 50
"""How often the newest, and those that outlived these, are looked through before older ones are."""


def collect_rarely() -> None:
    """Look through a process's objects rarely; whoever starts one calls this, a library that is imported does not.

    A table of geometries is tens of thousands of objects that hold no others, and Python looks through all that it has,
    again and again, while they are made: without this a fifth of the time of a first answer, and more of a later one.
    Objects that nothing holds are freed at once all the same, but for those that hold each other.
    """
    gc.set_threshold(NEW_OBJECTS, YOUNG, MIDDLING)
