"""Classes and colours on light and on dark ground (ColorBrewer's sequential schemes, safe for colour-blind readers)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Classes:
    """Class breaks and a colour for each class: value < breaks[0] takes the first, >= breaks[-1] the last.

    On dark ground, what stands for more is the lighter one, so that it is what meets the eye there too.
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    dark: tuple[str, ...]

    def position(self, value: float) -> int:
        """Give the class of one value, from 0."""
        return sum(value >= limit for limit in self.breaks)

    def colour(self, value: float) -> str:
        """Give the colour of one value."""
        return self.colours[self.position(value)]


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours for classes whose breaks follow from what is shown, on light and on dark ground."""

    colours: tuple[str, ...]
    dark: tuple[str, ...]


SHARE = Classes(
    (0.05, 0.10, 0.25, 0.50, 0.75),
    ("#f1eef6", "#d0d1e6", "#a6bddb", "#74a9cf", "#2b8cbe", "#045a8d"),
    ("#023858", "#045a8d", "#3690c0", "#74a9cf", "#a6bddb", "#ece7f2"),
)
"""PuBu, 6 classes: the covered share of a zone."""

CHANGE = Ramp(
    ("#b35806", "#f1a340", "#fee0b6", "#f7f7f7", "#d8daeb", "#998ec3", "#542788"),
    ("#ffd9a0", "#f1a340", "#b35806", "#343a42", "#6a4aa5", "#a398d6", "#dcd6ff"),
)
"""PuOr, 7 classes: orange for less, purple for more, the middle for hardly any change, which is as its ground is."""

EMPTY_RADIUS_M = Classes(
    (500, 1000, 2000, 5000, 10000),
    ("#fef0d9", "#fdd49e", "#fdbb84", "#fc8d59", "#e34a33", "#b30000"),
    ("#7f0000", "#b30000", "#d7301f", "#fc8d59", "#fdbb84", "#fee8c8"),
)
"""OrRd, 6 classes: the radius of the largest empty circle of a piece of gap, in metres."""

FIGURE_COLOURS = ("#f2f0f7", "#cbc9e2", "#9e9ac8", "#756bb1", "#54278f")
FIGURE_COLOURS_DARK = ("#3f007d", "#6a51a3", "#9e9ac8", "#bcbddc", "#efedf5")
"""Purples, 5 classes: a published figure of a zone."""
NO_FIGURE = "#cccccc"
"""A zone without a figure."""


def quantile_classes(values: Sequence[float]) -> Classes:
    """Make classes that hold about as many values each; fewer where values are few or alike."""
    numbers = np.array([value for value in values if np.isfinite(value)], dtype=np.float64)
    steps = np.linspace(0, 1, len(FIGURE_COLOURS) + 1)[1:-1]
    limits = np.unique(np.quantile(numbers, steps, method="higher")) if len(numbers) else np.array([])
    breaks = tuple(float(limit) for limit in limits if limit > numbers.min())
    return Classes(breaks, FIGURE_COLOURS[: len(breaks) + 1], FIGURE_COLOURS_DARK[: len(breaks) + 1])


COVERAGE = "#1a9850"
ILLUSTRATIVE = "#c51b7d"
"""What is made up is drawn in this colour, with broken lines."""
SEA = "#dfe8ee"
