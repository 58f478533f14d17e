"""Which cells of a square grid an outline runs through, and which lie wholly inside it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import borrowing, inlined, plain
from geoservice.coverage.outlines import KIND, SIGN, STRAIGHT, UPPER, UPRIGHT_WITHIN_M, X0, X1, P, Q, R

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NOTHING = -1
FULL = -1
"""In place of the number of entries: the lists have too little room."""
TOUCH_M = 1e-9
"""An edge that comes this near to a cell is taken to run through it; what it encloses there is found out exactly."""


class Cells(NamedTuple):
    """A grid of `columns` by `rows` cells of `cell_m` metres, a power of two, whose corner is the origin.

    Cell (c, r) is number c * rows + r. `stamp` holds the mark of the outline that last ran through a cell, `heads` the
    newest entry of its list. `rise` (2, cells + columns) is scratch space: 0 before and after an outline is laid.
    """

    columns: int
    rows: int
    cell_m: float
    stamp: Integers
    heads: Integers
    rise: Integers


class Lists(NamedTuple):
    """The lists of all cells: entry k is `links[k, 0]`, the next one of its cell `links[k, 1]`.

    An entry is an edge that runs through the cell, or, as -1 - e, one that passes under a part of it. `partial` is
    scratch space, two rows for each edge of an outline.
    """

    links: Integers
    partial: Integers


class Reach(NamedTuple):
    """The columns and rows, first and last, that may hold anything of an outline."""

    west: int
    east: int
    south: int
    north: int


@inlined
def height_at(edges: Floats, e: int, x: float) -> float:
    """Give the height of an edge above the axis at x, which lies between its ends."""
    kind = edges[e, KIND]
    if kind == STRAIGHT:
        return float(edges[e, P] + (x - edges[e, X0]) * edges[e, Q])
    across = x - edges[e, P]
    square = edges[e, R] * edges[e, R] - across * across
    return float(edges[e, Q] + kind * math.sqrt(square) if square > 0.0 else edges[e, Q])


@inlined
def _link(links: Integers, used: int, heads: Integers, cell: int, entry: int) -> None:
    """Put an entry, number `used`, into the list of a cell."""
    links[used, 0] = entry
    links[used, 1] = heads[cell]
    heads[cell] = used


@inlined
def _heights(edges: Floats, e: int, left: float, y_left: float, right: float, y_right: float) -> tuple[float, float]:
    """Give the least and the greatest height of an edge between two abscissas."""
    low, high = min(y_left, y_right), max(y_left, y_right)
    if edges[e, KIND] == STRAIGHT:
        if left == edges[e, X0]:
            low, high = min(low, edges[e, P]), max(high, edges[e, P])
        if right == edges[e, X1]:
            low, high = min(low, edges[e, R]), max(high, edges[e, R])
    elif left < edges[e, P] < right:
        if edges[e, KIND] == UPPER:
            high = max(high, edges[e, Q] + edges[e, R])
        else:
            low = min(low, edges[e, Q] - edges[e, R])
    return low, high


@borrowing
def rasterise(
    edges: Floats, start: int, stop: int, cells: Cells, mark: int, lists: Lists, used: int,
    below: Integers, inside: Integers, enough: int, at_least_north: int,
) -> tuple[int, Reach]:  # fmt: skip
    """Lay one outline, the edges from `start` up to `stop`, on a grid.

    A cell that an edge runs through gets `mark` as its stamp, and its list the edges that run through it or pass under
    a part of it; `below` rises by how often its lower side lies inside as far as edges go that pass right under it.
    For any other cell inside the outline `below` and `inside` rise. A cell that is inside `enough` outlines gets no
    more in its list. Where edges above the grid may be missing, `at_least_north` is its last row, else -1.
    Returns how many entries of the lists are `used` now, or FULL: the cells are of no more use then.
    """
    columns, rows, cell_m = cells.columns, cells.rows, cells.cell_m
    west, east, south, north = columns, plain(-1), rows, at_least_north
    links, partial, partials = lists.links, lists.partial, plain(0)
    nowhere = Reach(west, east, south, north)
    stamp, heads, rise = cells.stamp, cells.heads, cells.rise
    for e in range(start, stop):
        x0, x1, sign = edges[e, X0], edges[e, X1], int(edges[e, SIGN])
        if x1 < 0.0 or x0 >= columns * cell_m:
            continue
        upright = x1 - x0 <= UPRIGHT_WITHIN_M
        first = max(0, int(math.floor(x0 / cell_m)))
        last = min(columns - 1, int(math.floor(x1 / cell_m)))
        right = max(x0, first * cell_m)
        y_right = height_at(edges, e, right)
        for c in range(first, last + 1):
            left, y_left = right, y_right
            right = min(x1, (c + 1) * cell_m)
            if right < left:
                continue
            y_right = height_at(edges, e, right)
            low, high = _heights(edges, e, left, y_left, right, y_right)
            lowest = int(math.floor((low - TOUCH_M) / cell_m))
            if lowest >= rows:
                north = rows - 1
                continue
            highest = int(math.floor((high + TOUCH_M) / cell_m))
            west, east = min(west, c), max(east, c)
            south, north = min(south, lowest), max(north, highest)
            if used + rows > len(links):
                return plain(FULL), nowhere
            for cell in range(c * rows + max(lowest, 0), c * rows + min(highest, rows - 1) + 1):
                stamp[cell] = mark
                # Of an edge that only touches the column's side nothing is in it; an upright one has no width anywhere.
                if (right > left or upright) and inside[cell] < enough:
                    _link(links, used, heads, cell, e)
                    used += 1
            above = max(highest + 1, 0)
            if above >= rows or right == left:
                continue
            if left <= (c + 0.5) * cell_m < right:
                rise[0, c * (rows + 1) + above] += sign
            if left == c * cell_m and right == (c + 1) * cell_m:
                rise[1, c * (rows + 1) + above] += sign
            else:
                partial[partials, 0], partial[partials, 1], partial[partials, 2] = c, above, e
                partials += 1
    reach = Reach(west, east, max(south, 0), min(north, rows - 1))
    _count_inside(cells, mark, reach, below, inside)
    for k in range(partials):
        c, above, e = partial[k, 0], partial[k, 1], partial[k, 2]
        if used + rows > len(links):
            return plain(FULL), nowhere
        for cell in range(c * rows + above, c * rows + reach.north + 1):
            if stamp[cell] == mark and inside[cell] < enough:
                _link(links, used, heads, cell, -1 - e)
                used += 1
    return used, reach


@inlined
def _count_inside(cells: Cells, mark: int, reach: Reach, below: Integers, inside: Integers) -> None:
    """Add up, from below, the edges passed: all along the column for cells run through, at its middle for others."""
    for c in range(reach.west, reach.east + 1):
        at_middle, throughout = plain(0), plain(0)
        for r in range(reach.south, min(cells.rows, reach.north + 2)):
            place = c * (cells.rows + 1) + r
            at_middle += cells.rise[0, place]
            throughout += cells.rise[1, place]
            cells.rise[0, place] = 0
            cells.rise[1, place] = 0
            cell = c * cells.rows + r
            if cells.stamp[cell] == mark:
                below[cell] += throughout
            elif at_middle != 0:
                below[cell] += at_middle
                inside[cell] += at_middle
