"""Outlines as edges that each run from left to right: straight ones, and true arcs of discs, sectors and rings."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.compiled import compiled, inlined, plain, writable
from geoservice.coverage.portions import Portion, Result, cores, in_threads
from geoservice.coverage.rings import Rings, runs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

KIND, SIGN, X0, X1, P, Q, R = range(7)
"""The columns of an edge. A straight one has the heights P at X0 and R at X1, and Q is its slope; an arc has the centre
(P, Q) and the radius R. SIGN is +1 where the inside lies above the edge, -1 where it lies below, 0 for an upright one,
which bounds no area from above or below."""
STRAIGHT, UPPER, LOWER = 0.0, 1.0, -1.0
STEPS_A_METRE = 2.0**30
"""Abscissas are whole steps, so that taking a tile's corner off leaves them exact: where an edge ends the next begins,
on the same side of every cell, however little it leans."""
VIEWS_A_PORTION = POLYGONS_A_PORTION = 10_000
"""Fewer than these are not worth another thread."""
UPRIGHT_WITHIN_M = 1e-8
"""An edge no wider than this may lie between slabs, so that no depth tells what is beside it."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """The outlines of n shapes in one plane, in metres.

    `edges` (m, 7) holds the edges of shape i from `first[i]` up to `first[i + 1]`; `bounds` (n, 4) its least easting,
    least northing, greatest easting and greatest northing. An empty shape has no edges and no numbers as bounds.
    """

    edges: Floats
    first: Integers
    bounds: Floats

    def __len__(self) -> int:
        return len(self.first) - 1


def outlines_of_views(
    xy: Floats, bearing_deg: Floats, angle_deg: Floats, range_m: Floats, nearest_m: Floats
) -> Outlines:
    """Outline discs, sectors, rings and ring sectors with true arcs.

    `xy` is (n, 2); the bearing is the middle of the view, clockwise from grid north; an angle of 360 is all round.
    Raises ValueError for a number that is missing, a range that is not greater than the nearest distance, a nearest
    distance below 0, or an angle not above 0.
    """
    columns = [writable(a) for a in (bearing_deg, angle_deg, range_m, nearest_m)]
    bearing, angle, far, near = columns
    places = writable(xy).reshape(-1, 2)
    if any(len(column) != len(places) for column in columns):
        msg = "each view needs a place, a bearing, an angle, a range and a nearest distance"
        raise ValueError(msg)
    sound = np.isfinite(places).all(axis=1) & np.isfinite(np.column_stack(columns)).all(axis=1)
    sound &= (near >= 0) & (far > near) & (angle > 0)
    if not sound.all():
        msg = f"view {int(np.flatnonzero(~sound)[0])} is not one: {len(places) - int(sound.sum())} of {len(places)}"
        raise ValueError(msg)
    # From clockwise from north to anticlockwise from east.
    start = np.mod(90.0 - bearing - angle / 2, 360.0)
    return _views_in_threads(places, np.radians(start), np.radians(np.minimum(angle, 360.0)), far, near)


def _views_in_threads(places: Floats, start: Floats, width: Floats, far: Floats, near: Floats) -> Outlines:
    """Outline views in portions, each into its room among the edges."""
    room = _room(start, width, near)
    edges, first, bounds = np.empty((room[-1], 7)), np.empty(len(room), np.int64), np.empty((len(places), 4))
    ends = np.linspace(0, len(places), max(1, min(cores(), len(places) // VIEWS_A_PORTION)) + 1).astype(np.int64)

    def outline(portion: tuple[int, int]) -> int:
        return _views(*portion, room, places, start, width, far, near, edges, first, bounds)

    filled = _side_by_side(outline, list(pairwise(ends.tolist())))
    return Outlines(_closed_up(edges, first, room[ends], ends, filled), first, _stepped(bounds))


def outlines_of_polygons(polygons: npt.NDArray[np.object_]) -> Outlines:
    """Outline polygons and multipolygons with their holes.

    Raises ValueError for any other geometry, and for coordinates that are no numbers. Missing and empty ones have
    no edges.
    """
    shapes = np.asarray(polygons, dtype=object)
    count = max(1, min(cores(), len(shapes) // POLYGONS_A_PORTION))
    return _outlined(_side_by_side(_corners_of, np.array_split(shapes, count)))


def outlines_of_rings(rings: Rings) -> Outlines:
    """Outline shapes that were drawn."""
    starts = rings.ring_first[rings.shape_first[:-1]]
    low, high = (
        (f.reduceat(rings.corners, starts, axis=0) for f in (np.minimum, np.maximum))
        if len(starts)
        else (np.empty((0, 2)), np.empty((0, 2)))
    )
    forwards = np.ones(len(rings.ring_first) - 1)
    return _outlined([_Corners(rings.corners, rings.ring_first, rings.shape_first, forwards, np.hstack([low, high]))])


@dataclass(frozen=True, slots=True)
class _Corners:
    """Some shapes as in `Rings`; `turns` is -1 for each ring to be gone round the other way, `bounds` are of shapes."""

    corners: Floats
    ring_first: Integers
    shape_first: Integers
    turns: Floats
    bounds: Floats


def _corners_of(shapes: npt.NDArray[np.object_]) -> _Corners:
    present = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    if (shapely.get_dimensions(shapes[present]) != 2).any() or not np.isfinite(bounds[present]).all():  # noqa: PLR2004
        msg = "only polygons with finite coordinates can be outlined"
        raise ValueError(msg)
    chosen = np.flatnonzero(present)
    parts, part_of = shapes[chosen], np.arange(len(chosen))
    # Parts and rings are copies, which take longer to make than all else here.
    if (shapely.get_type_id(parts) != shapely.GeometryType.POLYGON).any():
        parts, part_of = shapely.get_parts(parts, return_index=True)
        held = ~shapely.is_empty(parts)
        parts, part_of = parts[held], part_of[held]
    rings, ring_of = parts, np.arange(len(parts))
    if shapely.get_num_interior_rings(parts).any():
        rings, ring_of = shapely.get_rings(parts, return_index=True)
    corners = np.ascontiguousarray(shapely.get_coordinates(parts))
    ring_first = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(rings))]).astype(np.int64)
    shape_first = np.searchsorted(chosen[part_of[ring_of]], np.arange(len(shapes) + 1)).astype(np.int64)
    outer = np.diff(ring_of, prepend=-1) > 0
    return _Corners(corners, ring_first, shape_first, _turns(corners, ring_first, outer), bounds)


def _outlined(parts: list[_Corners]) -> Outlines:
    """Outline shapes in portions, each into its room among the edges."""
    room = np.cumsum([0, *(len(part.corners) - len(part.turns) for part in parts)])
    ends = np.cumsum([0, *(len(part.bounds) for part in parts)])
    edges, first = np.empty((room[-1], 7)), np.empty(ends[-1] + 1, np.int64)

    def outline(portion: int) -> int:
        part, begin = parts[portion], room[portion]
        into = first[ends[portion] : ends[portion + 1]]
        made = _rings(
            part.corners, part.ring_first, part.shape_first, part.turns, edges[begin : room[portion + 1]], into
        )
        into += begin
        return int(begin + made)

    filled = _side_by_side(outline, range(len(parts)))
    bounds = np.concatenate([part.bounds for part in parts])
    return Outlines(_closed_up(edges, first, room, ends, filled), first, _stepped(bounds))


def _side_by_side(function: Callable[[Portion], Result], portions: Sequence[Portion]) -> list[Result]:
    """Give the result of each portion; one alone is not worth a thread."""
    return [function(portions[0])] if len(portions) == 1 else in_threads(function, portions)


def _closed_up(edges: Floats, first: Integers, room: Integers, ends: Integers, filled: Sequence[int]) -> Floats:
    """Move the edges of portions together, in place, where some needed less room than they had.

    Portion k has the shapes from `ends[k]` up to `ends[k + 1]`, and its edges stand from `room[k]` up to `filled[k]`.
    """
    end = 0
    for portion, full in enumerate(filled):
        begin = int(room[portion])
        if begin > end:
            edges[end : end + full - begin] = edges[begin:full]
            first[ends[portion] : ends[portion + 1]] -= begin - end
        end += full - begin
    first[-1] = end
    return edges[:end]


def joined(parts: Sequence[Outlines]) -> Outlines:
    """Put several sets of outlines one after the other."""
    starts = np.cumsum([0, *(len(part.edges) for part in parts)])
    first = [part.first[:-1] + start for part, start in zip(parts, starts, strict=False)]
    return Outlines(
        np.concatenate([np.empty((0, 7)), *(part.edges for part in parts)]),
        np.concatenate([*first, starts[-1:]]).astype(np.int64),
        np.concatenate([np.empty((0, 4)), *(part.bounds for part in parts)]),
    )


def some_of(outlines: Outlines, chosen: npt.NDArray[np.intp]) -> Outlines:
    """Choose shapes by position, in the order given."""
    edges, counts = runs(outlines.first, chosen)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return Outlines(outlines.edges[edges], first, outlines.bounds[chosen])


def _stepped(bounds: Floats) -> Floats:
    """Put the western and eastern bounds on steps as the edges are, in place."""
    bounds[:, ::2] = np.rint(bounds[:, ::2] * STEPS_A_METRE) / STEPS_A_METRE
    return bounds


@inlined
def _step(x: float) -> float:
    """Give the step nearest to an abscissa."""
    return float(np.rint(x * STEPS_A_METRE) / STEPS_A_METRE)


@compiled
def _add_straight(edges: Floats, m: int, x0: float, y0: float, x1: float, y1: float) -> int:
    """Add the edge from one corner to the next, the inside on its left."""
    x0, x1 = _step(x0), _step(x1)
    if x0 == x1 and y0 == y1:
        return m
    if x1 < x0:
        edges[m, SIGN] = -1.0
        x0, y0, x1, y1 = x1, y1, x0, y0
    else:
        edges[m, SIGN] = 1.0
    edges[m, KIND] = STRAIGHT
    edges[m, X0] = x0
    edges[m, X1] = x1
    edges[m, P] = y0
    edges[m, R] = y1
    if x1 == x0:
        edges[m, SIGN] = 0.0
        edges[m, Q] = 0.0
    else:
        edges[m, Q] = (y1 - y0) / (x1 - x0)
    return m + 1


@compiled
def _add_arc(
    edges: Floats,
    m: int,
    x: float,
    y: float,
    radius: float,
    start: float,
    end: float,
    x_start: float,
    x_end: float,
    turn: float,
) -> int:
    """Add the arc from the angle `start` in [0, 2 pi) on to `end`, in pieces of the upper and the lower half.

    `turn` is +1 where the inside is within the circle, -1 where it is beyond it, as behind the nearest distance.
    """
    half = int(math.floor(start / math.pi))
    here = x_start
    while True:
        upper = half % 2 == 0
        last = end <= (half + 1) * math.pi
        there = x_end if last else (x - radius if upper else x + radius)
        left, right = (there, here) if upper else (here, there)
        left, right = _step(left), _step(right)
        if right > left:
            edges[m, KIND] = UPPER if upper else LOWER
            edges[m, SIGN] = -turn if upper else turn
            edges[m, X0] = left
            edges[m, X1] = right
            edges[m, P] = x
            edges[m, Q] = y
            edges[m, R] = radius
            m += 1
        if last:
            return m
        here = there
        half += 1


@compiled
def _most_edges(start: float, width: float, nearest: float) -> int:
    """Bound the number of edges of a view."""
    rings = 2 if nearest > 0 else 1
    if width >= 2 * math.pi:
        return 2 * rings
    return 2 + rings * int(math.floor((start + width) / math.pi) - math.floor(start / math.pi) + 1)


@compiled
def _room(start: Floats, width: Floats, near: Floats) -> Integers:
    """Give where the edges of each view may begin, and where those of the last end."""
    room = np.zeros(len(start) + 1, np.int64)
    for i in range(len(start)):
        room[i + 1] = room[i] + _most_edges(start[i], width[i], near[i])
    return room


@compiled
def _views(
    begin: int, end: int, room: Integers, places: Floats, start: Floats, width: Floats, far: Floats, near: Floats,
    edges: Floats, first: Integers, bounds: Floats,
) -> int:  # fmt: skip
    """Outline the views from `begin` up to `end`, one after the other; returns where their edges end."""
    m = room[begin]
    for i in range(begin, end):
        first[i] = m
        x, y, radius, inner = places[i, 0], places[i, 1], far[i], near[i]
        if width[i] >= 2 * math.pi:
            m = _add_arc(edges, m, x, y, radius, 0.0, 2 * math.pi, x + radius, x + radius, 1.0)
            if inner > 0:
                m = _add_arc(edges, m, x, y, inner, 0.0, 2 * math.pi, x + inner, x + inner, -1.0)
            bounds[i, 0], bounds[i, 1], bounds[i, 2], bounds[i, 3] = x - radius, y - radius, x + radius, y + radius
            continue
        a, b = start[i], start[i] + width[i]
        xa, ya, xb, yb = (
            x + radius * math.cos(a),
            y + radius * math.sin(a),
            x + radius * math.cos(b),
            y + radius * math.sin(b),
        )
        ua, va, ub, vb = (
            x + inner * math.cos(a),
            y + inner * math.sin(a),
            x + inner * math.cos(b),
            y + inner * math.sin(b),
        )
        m = _add_straight(edges, m, ua, va, xa, ya)
        m = _add_arc(edges, m, x, y, radius, a, b, xa, xb, 1.0)
        m = _add_straight(edges, m, xb, yb, ub, vb)
        if inner > 0:
            m = _add_arc(edges, m, x, y, inner, a, b, ua, ub, -1.0)
        bounds[i, 0], bounds[i, 1] = min(xa, xb, ua, ub), min(ya, yb, va, vb)
        bounds[i, 2], bounds[i, 3] = max(xa, xb, ua, ub), max(ya, yb, va, vb)
        for quarter in range(1, 8):
            if a <= quarter * math.pi / 2 <= b:
                direction = quarter % 4
                if direction == 0:
                    bounds[i, 2] = x + radius
                elif direction == 1:
                    bounds[i, 3] = y + radius
                elif direction == 2:  # noqa: PLR2004 - quarters of a turn
                    bounds[i, 0] = x - radius
                else:
                    bounds[i, 1] = y - radius
    return int(m)


@inlined
def doubled_area(corners: Floats, start: int, stop: int) -> float:
    """Give twice the area within a closed ring of corners, less than 0 where it is gone round clockwise."""
    doubled, x, y = 0.0, corners[start, 0], corners[start, 1]
    for k in range(start + 1, stop - 1):
        doubled += (corners[k, 0] - x) * (corners[k + 1, 1] - y) - (corners[k + 1, 0] - x) * (corners[k, 1] - y)
    return float(doubled)


@compiled
def _turns(corners: Floats, ring_first: Integers, outer: npt.NDArray[np.bool_]) -> Floats:
    """Give +1 for each ring that has the inside of its polygon on its left, -1 for one that has it on its right."""
    turns = np.empty(len(outer))
    for ring in range(len(outer)):
        doubled = doubled_area(corners, ring_first[ring], ring_first[ring + 1])
        turns[ring] = 1.0 if (doubled >= 0.0) == outer[ring] else -1.0
    return turns


@compiled
def _rings(
    corners: Floats, ring_first: Integers, shape_first: Integers, turns: Floats, edges: Floats, first: Integers
) -> int:
    """Make the edges of rings, and tell where those of each shape begin, and where the last end."""
    m = plain(0)
    for i in range(len(shape_first) - 1):
        first[i] = m
        for ring in range(shape_first[i], shape_first[i + 1]):
            for k in range(ring_first[ring], ring_first[ring + 1] - 1):
                added = _add_straight(edges, m, corners[k, 0], corners[k, 1], corners[k + 1, 0], corners[k + 1, 1])
                if added > m:
                    edges[m, SIGN] *= turns[ring]
                m = added
    return int(m)
