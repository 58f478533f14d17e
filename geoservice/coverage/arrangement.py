"""The area of a rectangle by how many shapes cover it: straight edges and arcs, arranged exactly in upright slabs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import borrowing, inlined, plain
from geoservice.coverage.crossings import Positions, Rectangle, find_events
from geoservice.coverage.heights import LANES, area_under, areas_under, heights_at, heights_within, hold
from geoservice.coverage.outlines import SIGN, X0, X1

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NARROW_M = 1e-11
"""Slabs no wider than this are left out."""
FEWEST_EDGES = 256
"""Room for so many edges at least: NumPy hands pieces of less than 1,024 bytes from thread to thread."""


class HeldZones(NamedTuple):
    """The first `number` zones of a tile: how often each holds a lower side, and scratch space."""

    number: int
    start: Integers
    here: Integers


class Sums(NamedTuple):
    """What is added to: areas [z, depth], and what a shape covers alone [shape, z], without rows if not wanted.

    In a slab too narrow to tell the order of its edges no shape may be named for what is covered once; nothing is
    added then.
    """

    areas: Floats
    alone: Floats


class Rims(NamedTuple):
    """Where the rim of open ground runs: the stretches of edges that have open ground on one side alone.

    Stretch k is of zone `of[k, 0]` and edge `of[k, 1]`, from the abscissa `at[k, 0]` to `at[k, 1]`; `used[0]` of
    them are in use. The edges of shapes bound what is open of a zone there; of the edges of zones the stretches are
    those that are covered, since the rest are open, also where nothing is looked at. `latest` is the last stretch of
    each edge, -1 where there is none; it has no rows where no rims are wanted.
    """

    of: Integers
    at: Floats
    used: Integers
    latest: Integers


class Slabs(NamedTuple):
    """Scratch space for the edges of a rectangle.

    `events` are abscissas, and `spans` what edges take of the rectangle, both as `find_events` leaves them. `held`
    holds the edges as `hold` does; `shape` and `sign` are whose they are and which way. `middle`, `left` and `right`
    are their heights in a slab, `under` the areas under them there. `order` is that of the slab before; those that
    stand in this one are `active`, from the lowest on, with their `heights`.
    """

    events: Floats
    spans: Floats
    held: Floats
    shape: Integers
    sign: Integers
    order: Positions
    active: Positions
    heights: Floats
    middle: Floats
    left: Floats
    right: Floats
    under: Floats


class Slab(NamedTuple):
    """A slab between two abscissas, from the lower side of the rectangle on: its depth there, and who covers it."""

    west: float
    east: float
    depth: int
    who: int


def slabs_for(events: int, edges: int) -> Slabs:
    """Make room for so many abscissas and edges, in memory that no other thread writes beside."""
    edges = max(edges, FEWEST_EDGES)
    room = (edges + LANES - 1) // LANES * LANES
    whole, positions, sides = np.empty((2, edges), np.int64), np.empty((2, edges), np.uint32), np.empty((5, room))
    return Slabs(np.empty(events), np.empty((edges, 4)), np.empty((7, room)), *whole, *positions, *sides)


@borrowing
def arrange(
    edges: Floats, owner: Integers, listed: Positions, through: int, count: int, box: Rectangle,
    zones: HeldZones, cap: int, sums: Sums, slabs: Slabs, rims: Rims,
) -> bool:  # fmt: skip
    """Add the rectangle's area to `sums.areas` [z, depth] of every zone that holds it; `cap` is the greatest depth.

    `owner` is the shape of an edge, or -1 - z for the outline of the rectangle's z-th zone; `listed` is as
    `find_events` takes it. Returns False where there is too little room for the rims: what is added then is of no use.
    """
    events, rimmed, all_at_once = slabs.events, len(rims.latest) > 0, cap > 1 or len(sums.alone) > 0
    left, right, known = slabs.left, slabs.right, np.inf
    find_events(edges, listed, through, count, box, events, slabs.spans)
    number = hold(edges, listed, through, slabs.held)
    for k in range(through):
        slabs.order[k], slabs.shape[k], slabs.sign[k] = k, owner[listed[k]], int(edges[listed[k], SIGN])
    for i in range(len(events)):
        x0 = events[i]
        if x0 >= box.east:
            break
        x1 = events[i + 1]
        if x1 - x0 <= NARROW_M:
            continue
        if rimmed and rims.used[0] + (through + 1) * zones.number > len(rims.of):
            return False
        depth, who = box.depth, box.who
        for z in range(zones.number):
            zones.here[z] = zones.start[z]
        for k in range(through, count):
            e = listed[k]
            if edges[e, X0] < 0.5 * (x0 + x1) < edges[e, X1]:
                depth, who = _passed(owner[e], int(edges[e, SIGN]), depth, who, zones.here)
        heights_within(slabs.held, number, 0.5 * (x0 + x1), slabs.middle)
        depth, who, standing, level = _part(slabs, through, box.south, box.north, depth, who, zones.here)
        _sort_standing(slabs, through, standing)
        slab = Slab(x0, x1, depth, who)
        if rimmed:
            if level:
                _add_level_rims(listed, slabs, through - standing, box.south, slab, zones, rims)
            _add_rims(listed, slabs, standing, slab, zones, rims)
        if all_at_once and standing > 0:
            if known != x0:
                heights_at(slabs.held, number, x0, left)
            heights_at(slabs.held, number, x1, right)
            areas_under(slabs.held, number, x1 - x0, left, right, slabs.under)
            left, right, known = right, left, x1
        _sweep(slabs, all_at_once, standing, slab, box.south, box.north, zones, cap, sums)
    return True


@inlined
def _part(
    slabs: Slabs, through: int, south: float, north: float, depth: int, who: int, here: Integers
) -> tuple[int, int, int, bool]:
    """Part the edges that stand in a slab from others, and pass those below; both stay in the order of the slab before.

    Returns the depth over the lower side, who covers it, how many edges stand, and whether any lies on that side.
    """
    order, active, heights, middle = slabs.order, slabs.active, slabs.heights, slabs.middle
    others, standing, level = plain(0), plain(0), False
    for k in range(through):
        n = order[k]
        y = middle[n]
        # Written into both lists and kept in one: a processor would too often guess wrong which, had it to jump.
        order[others], active[standing], heights[standing] = n, n, y
        stands = south < y < north
        standing += int(stands)
        others += int(not stands)
        if y <= south:
            depth, who = _passed(slabs.shape[n], slabs.sign[n], depth, who, here)
            level = level or y == south
    return depth, who, standing, level


@inlined
def _sort_standing(slabs: Slabs, through: int, standing: int) -> None:
    """Sort the edges that stand in a slab from the lowest on; they nearly are, and the next slab finds them so."""
    active, heights = slabs.active, slabs.heights
    for k in range(1, standing):
        n, y, place = active[k], heights[k], k - 1
        while place >= 0 and heights[place] > y:
            heights[place + 1], active[place + 1] = heights[place], active[place]
            place -= 1
        heights[place + 1], active[place + 1] = y, n
    for k in range(standing):
        slabs.order[through - standing + k] = active[k]


@inlined
def _passed(shape: int, sign: int, depth: int, who: int, here: Integers) -> tuple[int, int]:
    """Pass an edge from below: give the depth above it and who covers it; `here` counts for zones."""
    if shape >= 0:
        return depth + sign, who + sign * (shape + 1)
    here[-1 - shape] += sign
    return depth, who


@inlined
def _sweep(
    slabs: Slabs, all_at_once: bool, standing: int, slab: Slab, south: float, north: float, zones: HeldZones,
    cap: int, sums: Sums,
) -> None:  # fmt: skip
    """Add up a slab from its lower to its upper side, over the edges that stand in it from the lowest on.

    Between edges that change no depth told apart nothing need be measured.
    """
    shape, sign, active, here, alone = slabs.shape, slabs.sign, slabs.active, zones.here, sums.alone
    depth, who, below = slab.depth, slab.who, south * (slab.east - slab.west)
    counted = min(max(depth, 0), cap)
    for k in range(standing + 1):
        if k < standing:
            n = active[k]
            after = depth + sign[n] if shape[n] >= 0 else depth
            counted_after = min(max(after, 0), cap)
            if shape[n] >= 0 and counted_after == counted and (len(alone) == 0 or (depth != 1 and after != 1)):
                depth = after
                who += sign[n] * (shape[n] + 1)
                continue
            over = slabs.under[n] if all_at_once else np.nan
            if math.isnan(over):
                over = area_under(slabs.held, n, slab.west, slab.east, slabs.heights[k])
        else:
            over = north * (slab.east - slab.west)
        area = over - below
        below = over
        for z in range(zones.number):
            if here[z] > 0:
                sums.areas[z, counted] += area
                if depth == 1 and 0 < who <= len(alone):
                    alone[who - 1, z] += area
        if k < standing:
            depth, who = _passed(shape[n], sign[n], depth, who, here)
            counted = counted_after


@inlined
def _add_rims(listed: Positions, slabs: Slabs, standing: int, slab: Slab, zones: HeldZones, rims: Rims) -> None:
    """Add the rims in a slab, over the edges that stand in it from the lowest on; leaves `zones.here` as it was."""
    shape, sign, active, here, depth = slabs.shape, slabs.sign, slabs.active, zones.here, slab.depth
    for k in range(standing):
        n = active[k]
        if shape[n] < 0:
            if depth > 0:
                _add_rim(rims, -1 - shape[n], int(listed[n]), slab)
            here[-1 - shape[n]] += sign[n]
            continue
        if (depth <= 0) != (depth + sign[n] <= 0):
            for z in range(zones.number):
                if here[z] > 0:
                    _add_rim(rims, z, int(listed[n]), slab)
        depth += sign[n]
    for k in range(standing):
        if shape[active[k]] < 0:
            here[-1 - shape[active[k]]] -= sign[active[k]]


@borrowing
def _add_level_rims(
    listed: Positions, slabs: Slabs, others: int, south: float, slab: Slab, zones: HeldZones, rims: Rims
) -> None:
    """Add the rims that lie on the lower side of the rectangle, in a slab.

    Edges lie there whose height in the middle of the slab is that of the side to the last digit, as sides that lie on
    those of cells do.
    """
    shape, sign, order, heights = slabs.shape, slabs.sign, slabs.order, slabs.middle
    above, below, bordered = slab.depth, slab.depth, plain(0)
    for k in range(others):
        n = order[k]
        if heights[n] == south:
            below -= sign[n] if shape[n] >= 0 else 0
            bordered += int(shape[n] < 0)
    turn = 1 if below <= 0 < above else -1 if above <= 0 < below else 0
    rim = plain(-1)
    for k in range(others if turn != 0 or bordered > 0 else 0):
        n = order[k]
        if heights[n] != south:
            continue
        if shape[n] >= 0 and sign[n] * turn > 0:
            rim = int(listed[n])
        elif shape[n] < 0 and (above if sign[n] > 0 else below) > 0:
            _add_rim(rims, -1 - shape[n], int(listed[n]), slab)
    for z in range(zones.number if rim >= 0 and bordered == 0 else 0):
        if zones.here[z] > 0:
            _add_rim(rims, z, rim, slab)


@inlined
def _add_rim(rims: Rims, z: int, e: int, slab: Slab) -> None:
    """Add a stretch of an edge's rim, or lengthen the last one of the edge where it ends there."""
    k = rims.latest[e]
    if k >= 0 and rims.of[k, 0] == z and rims.of[k, 1] == e and rims.at[k, 1] == slab.west:
        rims.at[k, 1] = slab.east
        return
    k = rims.used[0]
    rims.of[k, 0], rims.of[k, 1], rims.at[k, 0], rims.at[k, 1] = z, e, slab.west, slab.east
    rims.latest[e] = k
    rims.used[0] = k + 1


def prepare_arrange() -> None:
    """Compile `arrange`, or load it, by arranging no edges for no zones."""
    none, numbers = np.empty(0, np.int64), np.empty((0, 7))
    zones, sums = HeldZones(0, none, none), Sums(np.zeros((0, 2)), np.zeros((0, 0)))
    slabs = slabs_for(2, 0)
    rims = Rims(np.empty((0, 2), np.int64), np.empty((0, 2)), np.zeros(1, np.int64), none)
    arrange(
        numbers, none, none.astype(np.uint32), 0, 0, Rectangle(0.0, 1.0, 0.0, 1.0, 0, 0), zones, 1, sums, slabs, rims
    )
