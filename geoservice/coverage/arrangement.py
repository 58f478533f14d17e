"""The area of a rectangle by how many shapes cover it: straight edges and arcs, arranged exactly in upright slabs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import compiled, inlined, plain
from geoservice.coverage.outlines import KIND, SIGN, STRAIGHT, X0, X1, P, Q, R
from geoservice.coverage.raster import height_at

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NARROW_M = 1e-11
"""Slabs no wider than this are left out."""
ON_ARC_M = 1e-7
"""A crossing this far on the wrong side of an arc's centre still counts as on the arc: it is an end of it."""
NEAR_M = 1e-6
"""Crossings are looked for this far beyond the lower and the upper side, since they are found with rounding."""
TANGENT = 1e-12
"""Curves that miss each other by this share of their size touch: where they do is an event, as order turns there."""
INSERTION_SORT = 48
SERIES_BELOW = 0.02


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


class HeldZones(NamedTuple):
    """The first `number` zones of a tile: rows in the sums, how often each holds a lower side, scratch space."""

    number: int
    rows: Integers
    start: Integers
    here: Integers


class Sums(NamedTuple):
    """What is added to: areas [zone, depth], and what a shape covers alone [shape, z], without rows if not wanted.

    In a slab too narrow to tell the order of its edges no shape may be named for what is covered once; nothing is
    added then.
    """

    areas: Floats
    alone: Floats


class Rims(NamedTuple):
    """Where the rim of open ground runs: the stretches of edges that have open ground on one side alone.

    Stretch k is of zone row `of[k, 0]` and edge `of[k, 1]`, from the abscissa `at[k, 0]` to `at[k, 1]`; `used[0]` of
    them are in use. The edges of shapes bound what is open of a zone there; of the edges of zones the stretches are
    those that are covered, since the rest are open, also where nothing is looked at. `latest` is the last stretch of
    each edge, -1 where there is none; it has no rows where no rims are wanted.
    """

    of: Integers
    at: Floats
    used: Integers
    latest: Integers


class Slabs(NamedTuple):
    """Scratch space: abscissas, the edges that stand in a slab with their heights in its middle, the spans of edges.

    A span is what an edge takes of the rectangle: its least and greatest abscissa and height.
    """

    events: Floats
    active: Integers
    heights: Floats
    spans: Floats


@compiled
def segment_area(chord_squared: float, radius: float) -> float:
    """Give the area between a chord and the shorter arc over it: r² (asin s - s sqrt(1 - s²)) for s = chord / 2r.

    For small s that is a difference of nearly equal numbers, and the series of it in s² is used:
    r² s³ (2/3 + s²/5 + 3 s⁴/28 + 5 s⁶/72 + 35 s⁸/704 + 63 s¹⁰/1664 + 77 s¹²/2560 + ...).
    """
    square = chord_squared / (4.0 * radius * radius)
    if square < SERIES_BELOW:
        series = 63.0 / 1664.0 + square * 77.0 / 2560.0
        series = 5.0 / 72.0 + square * (35.0 / 704.0 + square * series)
        series = 2.0 / 3.0 + square * (1.0 / 5.0 + square * (3.0 / 28.0 + square * series))
        return radius * radius * square * math.sqrt(square) * series
    sine = math.sqrt(square)
    if sine >= 1.0:
        return radius * radius * math.pi / 2.0
    return radius * radius * (math.asin(sine) - sine * math.sqrt(1.0 - square))


@compiled
def add_level_crossings(edges: Floats, e: int, y: float, low: float, high: float, events: Floats, n: int) -> int:
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


@compiled
def add_crossings(edges: Floats, a: int, b: int, within: Window, events: Floats, n: int) -> int:
    """Add where two edges cross within a window."""
    kind_a, kind_b = edges[a, KIND], edges[b, KIND]
    if kind_a == STRAIGHT and kind_b == STRAIGHT:
        return _add_straight_crossing(edges, a, b, within, events, n)
    if kind_a == STRAIGHT:
        return _add_mixed_crossings(edges, a, b, within, events, n)
    if kind_b == STRAIGHT:
        return _add_mixed_crossings(edges, b, a, within, events, n)
    return _add_arc_crossings(edges, a, b, within, events, n)


@compiled
def _add_straight_crossing(edges: Floats, a: int, b: int, within: Window, events: Floats, n: int) -> int:
    slope = edges[a, Q] - edges[b, Q]
    if slope != 0.0:
        x = (edges[b, P] - edges[b, X0] * edges[b, Q] - edges[a, P] + edges[a, X0] * edges[a, Q]) / slope
        y = edges[a, P] + (x - edges[a, X0]) * edges[a, Q]
        if within.low < x < within.high and within.south < y < within.north:
            events[n] = x
            n += 1
    return n


@compiled
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


@compiled
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


@compiled
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


@compiled
def find_events(
    edges: Floats, listed: Integers, through: int, count: int, box: Rectangle, events: Floats, spans: Floats
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
            n = add_level_crossings(edges, a, box.south, low, high, events, n)
        if least <= box.north <= most:
            n = add_level_crossings(edges, a, box.north, low, high, events, n)
        spans[i, 0], spans[i, 1], spans[i, 2], spans[i, 3] = (
            low,
            high,
            max(least - NEAR_M, south),
            min(most + NEAR_M, north),
        )
        for k in range(i):
            both_low, both_high = max(low, spans[k, 0]), min(high, spans[k, 1])
            if both_low < both_high and spans[k, 2] <= spans[i, 3] and spans[i, 2] <= spans[k, 3]:
                n = add_crossings(edges, a, listed[k], Window(both_low, both_high, south, north), events, n)
    sort_start(events, n)


@compiled
def area_under(edges: Floats, e: int, x0: float, x1: float, y_middle: float) -> float:
    """Give the integral of an edge's height from x0 to x1; `y_middle` is its height between them."""
    kind = edges[e, KIND]
    if kind == STRAIGHT:
        return y_middle * (x1 - x0)
    y0, y1 = height_at(edges, e, x0), height_at(edges, e, x1)
    chord_squared = (x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0)
    return float(0.5 * (y0 + y1) * (x1 - x0) + kind * segment_area(chord_squared, edges[e, R]))


@compiled
def room_in_slabs(slabs: Slabs, through: int, count: int) -> bool:
    """Tell whether the scratch space holds so many edges of a rectangle, and all that may happen among them."""
    return _most_events(through, count) <= len(slabs.events) and through <= len(slabs.active)


@compiled
def larger_slabs(through: int, count: int) -> Slabs:
    """Make scratch space for twice what so many edges of a rectangle need."""
    events = np.empty(2 * _most_events(through, count))
    return Slabs(events, np.empty(2 * through, np.int64), np.empty(2 * through), np.empty((2 * through, 4)))


@inlined
def _most_events(through: int, count: int) -> int:
    return 2 + 9 * through + 2 * (count - through) + through * through


@compiled
def larger_rims(rims: Rims, rows: int) -> Rims:
    """Give the same rims with room for so many more."""
    used = rims.used[0]
    of, at = np.empty((2 * (used + rows), 2), np.int64), np.empty((2 * (used + rows), 2))
    for k in range(used):
        of[k, 0], of[k, 1], at[k, 0], at[k, 1] = rims.of[k, 0], rims.of[k, 1], rims.at[k, 0], rims.at[k, 1]
    return Rims(of, at, rims.used, rims.latest)


@compiled
def arrange(
    edges: Floats, owner: Integers, listed: Integers, through: int, count: int, box: Rectangle,
    zones: HeldZones, cap: int, sums: Sums, slabs: Slabs, rims: Rims, first_slab: int,
) -> int:  # fmt: skip
    """Add the rectangle's area to `sums.areas` [zone, depth] of every zone that holds it; `cap` is the greatest depth.

    `owner` is the shape of an edge, or -1 - z for the outline of the rectangle's z-th zone. `listed` is as above.
    Returns -1 when it is done, or the slab to go on from with larger rims, which must have room for
    `(through + 1) * zones.number` more.
    """
    # Each look into a named tuple counts references: not in the innermost loops.
    active, heights, spans, events = slabs.active, slabs.heights, slabs.spans, slabs.events
    south, north, count_zones, rows, start, here = (
        box.south,
        box.north,
        zones.number,
        zones.rows,
        zones.start,
        zones.here,
    )
    areas, alone = sums.areas, sums.alone
    of, at, used, latest = rims.of, rims.at, rims.used, rims.latest
    rimmed = len(latest) > 0
    if first_slab == 0:
        find_events(edges, listed, through, count, box, events, spans)
    for i in range(first_slab, len(events)):
        x0 = events[i]
        if x0 >= box.east:
            break
        x1 = events[i + 1]
        if x1 - x0 <= NARROW_M:
            continue
        if rimmed and used[0] + (through + 1) * count_zones > len(of):
            return i
        middle = 0.5 * (x0 + x1)
        depth, who, standing = box.depth, box.who, plain(0)
        for z in range(count_zones):
            here[z] = start[z]
        for k in range(through, count):
            e = listed[k]
            if edges[e, X0] < middle < edges[e, X1]:
                depth, who = _passed(edges, owner, e, depth, who, here)
        others = plain(0)
        for k in range(through):
            e = listed[k]
            inside = edges[e, X0] < middle < edges[e, X1]
            y = height_at(edges, e, middle) if inside else north
            if inside and y > south and y < north:
                place = standing - 1
                while place >= 0 and heights[place] > y:
                    heights[place + 1], active[place + 1] = heights[place], active[place]
                    place -= 1
                heights[place + 1], active[place + 1] = y, e
                standing += 1
                continue
            listed[others] = e
            others += 1
            if inside and y <= south:
                depth, who = _passed(edges, owner, e, depth, who, here)
        for k in range(standing):  # the next slab finds them in order
            listed[others + k] = active[k]
        if rimmed:
            _add_level_rims(edges, owner, listed, others, x0, x1, south, depth, count_zones, here, of, at, used, latest)
            _add_rims(edges, owner, active, standing, x0, x1, depth, count_zones, here, of, at, used, latest)
        _sweep(
            edges, owner, active, heights, standing, x0, x1, south, north, depth, who,
            count_zones, rows, here, cap, areas, alone,
        )  # fmt: skip
    return plain(-1)


@compiled
def _add_rims(
    edges: Floats, owner: Integers, active: Integers, standing: int, x0: float, x1: float, depth: int,
    zones: int, here: Integers, of: Integers, at: Floats, used: Integers, latest: Integers,
) -> None:  # fmt: skip
    """Add the rims in a slab, over the edges that stand in it from the lowest on; leaves `here` as it was."""
    for k in range(standing):
        e = active[k]
        sign, shape = int(edges[e, SIGN]), owner[e]
        if shape < 0:
            if depth > 0:
                _add_rim(of, at, used, latest, -1 - shape, e, x0, x1)
            here[-1 - shape] += sign
            continue
        if (depth <= 0) != (depth + sign <= 0):
            for z in range(zones):
                if here[z] > 0:
                    _add_rim(of, at, used, latest, z, e, x0, x1)
        depth += sign
    for k in range(standing):
        if owner[active[k]] < 0:
            here[-1 - owner[active[k]]] -= int(edges[active[k], SIGN])


@compiled
def _add_level_rims(
    edges: Floats, owner: Integers, listed: Integers, others: int, x0: float, x1: float, south: float,
    above: int, zones: int, here: Integers, of: Integers, at: Floats, used: Integers, latest: Integers,
) -> None:  # fmt: skip
    """Add the rims that lie on the lower side of the rectangle, in a slab; `above` is the depth above that side."""
    middle, below, bordered = 0.5 * (x0 + x1), above, plain(0)
    for k in range(others):
        e = listed[k]
        if _is_on(edges, e, middle, south):
            below -= int(edges[e, SIGN]) if owner[e] >= 0 else 0
            bordered += int(owner[e] < 0)
    turn = 1 if below <= 0 < above else -1 if above <= 0 < below else 0
    rim = plain(-1)
    for k in range(others if turn != 0 or bordered > 0 else 0):
        e = listed[k]
        if not _is_on(edges, e, middle, south):
            continue
        if owner[e] >= 0 and edges[e, SIGN] * turn > 0:
            rim = e
        elif owner[e] < 0 and (above if edges[e, SIGN] > 0 else below) > 0:
            _add_rim(of, at, used, latest, -1 - owner[e], e, x0, x1)
    for z in range(zones if rim >= 0 and bordered == 0 else 0):
        if here[z] > 0:
            _add_rim(of, at, used, latest, z, rim, x0, x1)


@inlined
def _is_on(edges: Floats, e: int, x: float, level: float) -> bool:
    """Tell whether an edge passes x at a level, to the last digit, as sides that lie on those of cells do."""
    return bool(edges[e, X0] < x < edges[e, X1] and height_at(edges, e, x) == level)


@inlined
def _add_rim(of: Integers, at: Floats, used: Integers, latest: Integers, z: int, e: int, x0: float, x1: float) -> None:
    """Add a stretch of an edge's rim, or lengthen the last one of the edge where it ends there."""
    k = latest[e]
    if k >= 0 and of[k, 0] == z and of[k, 1] == e and at[k, 1] == x0:
        at[k, 1] = x1
        return
    k = used[0]
    of[k, 0], of[k, 1], at[k, 0], at[k, 1] = z, e, x0, x1
    latest[e] = k
    used[0] = k + 1


def prepare_arrange() -> None:
    """Compile `arrange`, or load it, by arranging no edges for no zones."""
    none, numbers = np.empty(0, np.int64), np.empty((0, 7))
    zones = HeldZones(0, none, none, none)
    sums = Sums(np.zeros((0, 2)), np.zeros((0, 0)))
    slabs = larger_slabs(0, 0)
    rims = larger_rims(Rims(np.empty((0, 2), np.int64), np.empty((0, 2)), np.zeros(1, np.int64), none), 0)
    if not room_in_slabs(slabs, 0, 0):
        return
    arrange(numbers, none, none, 0, 0, Rectangle(0.0, 1.0, 0.0, 1.0, 0, 0), zones, 1, sums, slabs, rims, 0)


@inlined
def _passed(edges: Floats, owner: Integers, e: int, depth: int, who: int, here: Integers) -> tuple[int, int]:
    """Pass an edge from below: give the depth above it and who covers it; `here` counts for zones."""
    sign, shape = int(edges[e, SIGN]), owner[e]
    if shape >= 0:
        return depth + sign, who + sign * (shape + 1)
    here[-1 - shape] += sign
    return depth, who


@inlined
def _sweep(
    edges: Floats, owner: Integers, active: Integers, heights: Floats, standing: int, x0: float, x1: float,
    south: float, north: float, depth: int, who: int, zones: int, rows: Integers, here: Integers,
    cap: int, areas: Floats, alone: Floats,
) -> None:  # fmt: skip
    """Add up a slab from its lower to its upper side, over the edges that stand in it from the lowest on.

    Between edges that change no depth told apart nothing need be measured.
    """
    under = south * (x1 - x0)
    counted = min(max(depth, 0), cap)
    for k in range(standing + 1):
        if k < standing:
            e = active[k]
            sign, shape = int(edges[e, SIGN]), owner[e]
            after = depth + sign if shape >= 0 else depth
            counted_after = min(max(after, 0), cap)
            if shape >= 0 and counted_after == counted and (len(alone) == 0 or (depth != 1 and after != 1)):
                depth = after
                who += sign * (shape + 1)
                continue
            over = area_under(edges, e, x0, x1, heights[k])
        else:
            over = north * (x1 - x0)
        area = over - under
        under = over
        for z in range(zones):
            if here[z] > 0:
                areas[rows[z], counted] += area
                if depth == 1 and 0 < who <= len(alone):
                    alone[who - 1, z] += area
        if k < standing:
            depth, who = _passed(edges, owner, e, depth, who, here)
            counted = counted_after
