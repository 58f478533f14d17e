"""Classes and colours (ColorBrewer's sequential schemes, safe for colour-blind readers)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Classes:
    """Class breaks and a colour for each class: value < breaks[0] takes the first, >= breaks[-1] the last."""

    breaks: tuple[float, ...]
    colours: tuple[str, ...]

    def colour(self, value: float) -> str:
        """Give the colour of one value."""
        return self.colours[sum(value >= limit for limit in self.breaks)]


SHARE = Classes((0.05, 0.10, 0.25, 0.50, 0.75), ("#f1eef6", "#d0d1e6", "#a6bddb", "#74a9cf", "#2b8cbe", "#045a8d"))
"""PuBu, 6 classes: the covered share of a zone."""

EMPTY_RADIUS_M = Classes(
    (500, 1000, 2000, 5000, 10000), ("#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000")
)
"""OrRd, 6 classes: the radius of the largest empty circle of a piece of gap, in metres."""

FIGURE_COLOURS = ("#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f")
"""Purples, 5 classes: a published figure of a zone."""
NO_FIGURE = "#cccccc"
"""A zone without a figure."""


def quantile_classes(values: Sequence[float]) -> Classes:
    """Make classes that hold about as many values each; fewer where values are few or alike."""
    numbers = np.array([value for value in values if np.isfinite(value)], dtype=np.float64)
    steps = np.linspace(0, 1, len(FIGURE_COLOURS) + 1)[1:-1]
    limits = np.unique(np.quantile(numbers, steps, method="higher")) if len(numbers) else np.array([])
    breaks = tuple(float(limit) for limit in limits if limit > numbers.min())
    return Classes(breaks, FIGURE_COLOURS[: len(breaks) + 1])


COVERAGE = "#1a9850"
ILLUSTRATIVE = "#c51b7d"
"""What is made up is drawn in this colour, with broken lines."""
SEA = "#dfe8ee"
