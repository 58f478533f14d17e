"""Where edges begin, end, turn and cross within a rectangle: between these abscissas their order from below is one."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import borrowing, inlined, plain
from geoservice.coverage.outlines import KIND, STRAIGHT, X0, X1, P, Q, R
from geoservice.coverage.raster import height_at

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.uint32]
"""Positions in other arrays: those without a sign are looked up as they are, not counted from the end if below 0."""

ON_ARC_M = 1e-7
"""A crossing this far on the wrong side of an arc's centre still counts as on the arc: it is an end of it."""
NEAR_M = 1e-6
"""Crossings are looked for this far beyond the lower and the upper side, since they are found with rounding."""
TANGENT = 1e-12
"""Curves that miss each other by this share of their size touch: where they do is an event, as order turns there."""
INSERTION_SORT = 96


class Rectangle(NamedTuple):
    """A rectangle, and what covers its lower side as far as edges go that are not listed for it.

    `depth` is how many shapes do, `who` the sum of 1 + shape over them, so that where the depth is 1 it names the one.
    """

    west: float
    east: float
    south: float
    north: float
    depth: int
    who: int


class Window(NamedTuple):
    """Where crossings are looked for: between two abscissas and two levels."""

    low: float
    high: float
    south: float
    north: float


@inlined
def most_events(through: int, count: int) -> int:
    """Bound the abscissas of so many edges of a rectangle, `count`, of which so many run through it."""
    return 2 + 9 * through + 2 * (count - through) + through * through


@borrowing
def find_events(
    edges: Floats, listed: Positions, through: int, count: int, box: Rectangle, events: Floats, spans: Floats
) -> None:
    """Find the abscissas between which no edge begins, ends, turns, crosses another or leaves the rectangle, in order.

    `listed[:through]` are the edges that run through the rectangle, the rest up to `count` pass under a part of it.
    The first abscissa is that of the western side, the last that of the eastern.
    """
    events[0], events[1], n = box.west, box.east, plain(2)
    for i in range(count):
        x0, x1 = edges[listed[i], X0], edges[listed[i], X1]
        if box.west < x0 < box.east:
            events[n] = x0
            n += 1
        if box.west < x1 < box.east:
            events[n] = x1
            n += 1
    south, north = box.south - NEAR_M, box.north + NEAR_M
    for i in range(through):
        a = listed[i]
        low, high = max(box.west, edges[a, X0]), min(box.east, edges[a, X1])
        if low > high:
            spans[i, 0], spans[i, 1] = high, low
            continue
        y_low, y_high = height_at(edges, a, low), height_at(edges, a, high)
        least, most = min(y_low, y_high), max(y_low, y_high)
        if edges[a, KIND] != STRAIGHT and low < edges[a, P] < high:  # an arc may touch a level at its top or bottom
            events[n] = edges[a, P]
            n += 1
            top = edges[a, Q] + edges[a, KIND] * edges[a, R]
            least, most = min(least, top), max(most, top)
        if least <= box.south <= most:
            n = _add_level_crossings(edges, a, box.south, low, high, events, n)
        if least <= box.north <= most:
            n = _add_level_crossings(edges, a, box.north, low, high, events, n)
        spans[i, 0], spans[i, 1], spans[i, 2], spans[i, 3] = (
            low,
            high,
            max(least - NEAR_M, south),
            min(most + NEAR_M, north),
        )
        for k in range(i):
            both_low, both_high = max(low, spans[k, 0]), min(high, spans[k, 1])
            if both_low < both_high and spans[k, 2] <= spans[i, 3] and spans[i, 2] <= spans[k, 3]:
                n = _add_crossings(edges, a, listed[k], Window(both_low, both_high, south, north), events, n)
    sort_start(events, n)


@borrowing
def _add_level_crossings(edges: Floats, e: int, y: float, low: float, high: float, events: Floats, n: int) -> int:
    """Add where an edge crosses the level y between the abscissas `low` and `high`."""
    kind = edges[e, KIND]
    if kind == STRAIGHT:
        if edges[e, Q] != 0.0:
            x = edges[e, X0] + (y - edges[e, P]) / edges[e, Q]
            if low < x < high:
                events[n] = x
                n += 1
        return n
    up = y - edges[e, Q]
    square = edges[e, R] * edges[e, R] - up * up
    if up * kind < 0.0 or square <= 0.0:
        return n
    half = math.sqrt(square)
    for x in (edges[e, P] - half, edges[e, P] + half):
        if low < x < high:
            events[n] = x
            n += 1
    return n


@inlined
def _add_crossings(edges: Floats, a: int, b: int, within: Window, events: Floats, n: int) -> int:
    """Add where two edges cross within a window."""
    kind_a, kind_b = edges[a, KIND], edges[b, KIND]
    if kind_a == STRAIGHT and kind_b == STRAIGHT:
        return _add_straight_crossing(edges, a, b, within, events, n)
    if kind_a == STRAIGHT:
        return _add_mixed_crossings(edges, a, b, within, events, n)
    if kind_b == STRAIGHT:
        return _add_mixed_crossings(edges, b, a, within, events, n)
    return _add_arc_crossings(edges, a, b, within, events, n)


@inlined
def _add_straight_crossing(edges: Floats, a: int, b: int, within: Window, events: Floats, n: int) -> int:
    slope = edges[a, Q] - edges[b, Q]
    if slope != 0.0:
        x = (edges[b, P] - edges[b, X0] * edges[b, Q] - edges[a, P] + edges[a, X0] * edges[a, Q]) / slope
        y = edges[a, P] + (x - edges[a, X0]) * edges[a, Q]
        if within.low < x < within.high and within.south < y < within.north:
            events[n] = x
            n += 1
    return n


@inlined
def _add_mixed_crossings(edges: Floats, line: int, arc: int, within: Window, events: Floats, n: int) -> int:
    """Solve y - cy = c + m (x - cx) on the circle, in t = x - cx."""
    slope = edges[line, Q]
    offset = edges[line, P] + (edges[arc, P] - edges[line, X0]) * slope - edges[arc, Q]
    square = 1.0 + slope * slope
    half = slope * offset
    reach = square * edges[arc, R] * edges[arc, R]
    discriminant = half * half - square * offset * offset + reach
    if discriminant < -TANGENT * reach:
        return n
    root = math.sqrt(max(discriminant, 0.0))
    for t in ((-half - root) / square, (-half + root) / square):
        x, up = edges[arc, P] + t, offset + slope * t
        y = edges[arc, Q] + up
        on_arc = up * edges[arc, KIND] >= -ON_ARC_M
        if within.low < x < within.high and within.south < y < within.north and on_arc:
            events[n] = x
            n += 1
    return n


@inlined
def _add_arc_crossings(edges: Floats, a: int, b: int, within: Window, events: Floats, n: int) -> int:
    """Go from one centre towards the other as far as the chord, and along the chord to either side."""
    dx, dy = edges[b, P] - edges[a, P], edges[b, Q] - edges[a, Q]
    apart = dx * dx + dy * dy
    ra, rb = edges[a, R], edges[b, R]
    most, least = (ra + rb) * (ra + rb), (ra - rb) * (ra - rb)
    if apart == 0.0 or apart > most * (1.0 + TANGENT) or apart < least * (1.0 - TANGENT):
        return n
    along = (ra * ra - rb * rb + apart) / (2.0 * apart)
    square = ra * ra / apart - along * along
    aside = math.sqrt(square) if square > 0.0 else 0.0
    for side in (-aside, aside):
        x = edges[a, P] + along * dx - side * dy
        y = edges[a, Q] + along * dy + side * dx
        on_both = (y - edges[a, Q]) * edges[a, KIND] >= -ON_ARC_M and (y - edges[b, Q]) * edges[b, KIND] >= -ON_ARC_M
        if within.low < x < within.high and within.south < y < within.north and on_both:
            events[n] = x
            n += 1
    return n


@borrowing
def sort_start(values: Floats, n: int) -> None:
    """Sort the first n values in place, few by insertion and more by Shell's method over Tokuda's gaps."""
    gap = 1.0
    while n > INSERTION_SORT and 2.25 * gap + 1.0 < n:
        gap = 2.25 * gap + 1.0
    while gap >= 1.0:
        apart = int(math.ceil(gap))
        for i in range(apart, n):
            value, k = values[i], i - apart
            while k >= 0 and values[k] > value:
                values[k + apart] = values[k]
                k -= apart
            values[k + apart] = value
        gap = (gap - 1.0) / 2.25
