"""Classes and colours (ColorBrewer's sequential schemes, safe for colour-blind readers)."""

from __future__ import annotations

from dataclasses import dataclass


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

COVERAGE = "#1a9850"
ILLUSTRATIVE = "#c51b7d"
"""What is made up is drawn in this colour, with broken lines."""
SEA = "#dfe8ee"
