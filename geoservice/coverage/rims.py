"""Open ground traced along its rim: from the stretches of edges that bound it to polygons, zone by zone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.compiled import compiled, plain
from geoservice.coverage.outlines import SIGN, STRAIGHT, UPRIGHT_WITHIN_M, X0, X1, Outlines, P, Q, R, doubled_area
from geoservice.coverage.portions import Step, in_threads

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

SAME_M = 1e-7
"""Abscissas, or places, nearer to each other than this are one: they were found with rounding."""
PORTIONS = 16
"""Zones are traced in so many portions, on all cores."""
DUST_M2 = 1e-6
"""Rings that hold less than this are the rounding of the arithmetic, not ground."""
LEAST_CORNERS = 4
"""A ring that holds anything has so many, its first again as its last."""


def open_ground(
    zones: Outlines, shapes: Outlines, chosen: Integers, rim_of: Integers, rim_at: Floats, step: Step | None = None
) -> Geometries:
    """Trace what shapes leave open of the chosen zones, as polygons in one plane, in metres.

    All edges are straight; `rim_of` and `rim_at` are those of `DepthFigures`. At an abscissa where stretches end or
    begin, the ends in the order of their heights belong together two by two: at one place where one edge takes over
    from another, at two along an upright side. A zone whose stretches do not close comes out as None, and one that
    comes out wrong has another area than its figure: whoever asks must compare.
    """
    zone_of_edge = np.repeat(np.arange(len(zones)), np.diff(zones.first))
    among = np.full(len(zones), -1)
    among[chosen] = np.arange(len(chosen))
    kept = among[rim_of[:, 0]] >= 0
    rim_zone, rim_edge, rim_at = among[rim_of[kept, 0]], rim_of[kept, 1], rim_at[kept]
    sides = np.flatnonzero((zones.edges[:, SIGN] != 0) & (among[zone_of_edge] >= 0))
    by_zone, side_order = np.argsort(rim_zone, kind="stable"), np.argsort(among[zone_of_edge[sides]], kind="stable")
    rim_first = np.searchsorted(rim_zone[by_zone], np.arange(len(chosen) + 1))
    sides = sides[side_order]
    side_first = np.searchsorted(among[zone_of_edge[sides]], np.arange(len(chosen) + 1))

    def trace(portion: tuple[int, int]) -> Geometries:
        begin, end = portion
        rims = by_zone[rim_first[begin] : rim_first[end]]
        held = sides[side_first[begin] : side_first[end]]
        lines, line_zone = _lines(
            zones.edges, shapes.edges, rim_zone[rims] - begin, rim_edge[rims], rim_at[rims],
            among[zone_of_edge[held]] - begin, held,
        )  # fmt: skip
        return _traced(lines, line_zone, end - begin)

    ends = np.unique(np.linspace(0, len(chosen), min(PORTIONS, len(chosen)) + 1).astype(int)).tolist()
    nothing: Geometries = np.empty(0, dtype=object)
    return np.concatenate([nothing, *in_threads(trace, list(pairwise(ends)), step=step)])


def prepare_tracing() -> None:
    """Compile what traces open ground, or load it, by tracing a square that nothing covers."""
    lower, upper = [STRAIGHT, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0], [STRAIGHT, -1.0, 0.0, 1.0, 1.0, 0.0, 1.0]
    square = Outlines(np.array([lower, upper]), np.array([0, 2]), np.array([[0.0, 0.0, 1.0, 1.0]]))
    nothing = Outlines(np.empty((0, 7)), np.zeros(1, np.int64), np.empty((0, 4)))
    open_ground(square, nothing, np.zeros(1, np.int64), np.empty((0, 2), np.int64), np.empty((0, 2)))


def on_the_rim(shapes: Outlines, rim_of: Integers) -> npt.NDArray[np.bool_]:
    """Tell which shapes have a stretch of the rim, or an upright side, which may be one: no slab shows it."""
    edges = shapes.edges[:, X1] - shapes.edges[:, X0] <= UPRIGHT_WITHIN_M
    edges[rim_of[rim_of[:, 1] >= 0, 1]] = True
    found = np.zeros(len(shapes), dtype=bool)
    found[np.repeat(np.arange(len(shapes)), np.diff(shapes.first))[edges]] = True
    return found


def _lines(
    zone_edges: Floats, shape_edges: Floats, zone: Integers, edge: Integers, at: Floats,
    side_zone: Integers, sides: Integers,
) -> tuple[Floats, Integers]:  # fmt: skip
    """Give the open stretches as lines (n, 5) from left to right, +1 where the ground above is open, and their zones.

    Of the zones' sides it is what is left between the stretches that are covered.
    """
    order = np.lexsort((at[:, 0], edge, zone))
    zone, edge, at = _merged(zone[order], edge[order], at[order])
    shape = edge >= 0
    lines = [_stretches(shape_edges, edge[shape], at[shape], -1.0)]
    covered = _key(zone[~shape], -1 - edge[~shape], len(zone_edges))
    order = np.lexsort((at[~shape][:, 0], covered))
    side_key = _key(side_zone, sides, len(zone_edges))
    by_key = np.argsort(side_key)
    of, left = _left_open(zone_edges, side_key[by_key], sides[by_key], covered[order], at[~shape][order])
    lines.append(_stretches(zone_edges, sides[by_key][of], left, 1.0))
    return np.concatenate(lines), np.concatenate([zone[shape], side_zone[by_key][of]])


def _key(zone: Integers, edge: Integers, edges: int) -> Integers:
    """Give each edge of a zone a number of its own, those of one zone after those of another."""
    return zone * edges + edge


@compiled
def _merged(zone: Integers, edge: Integers, at: Floats) -> tuple[Integers, Integers, Floats]:
    """Unite stretches, in the order of zones, edges and beginnings, that go on from each other."""
    m = plain(-1)
    for k in range(len(zone)):
        if m >= 0 and zone[m] == zone[k] and edge[m] == edge[k] and at[k, 0] <= at[m, 1] + SAME_M:
            at[m, 1] = max(at[m, 1], at[k, 1])
            continue
        m += 1
        zone[m], edge[m], at[m, 0], at[m, 1] = zone[k], edge[k], at[k, 0], at[k, 1]
    return zone[: m + 1], edge[: m + 1], at[: m + 1]


@compiled
def _left_open(edges: Floats, key: Integers, sides: Integers, covered: Integers, at: Floats) -> tuple[Integers, Floats]:
    """Give what covered stretches leave of sides, both in the order of their keys: the side's position, from, to."""
    of, left = np.empty(len(sides) + len(covered), np.int64), np.empty((len(sides) + len(covered), 2))
    m, c = plain(0), plain(0)
    for k in range(len(sides)):
        here, end = edges[sides[k], X0], edges[sides[k], X1]
        while c < len(covered) and covered[c] < key[k]:
            c += 1
        while c < len(covered) and covered[c] == key[k]:
            if at[c, 0] > here + SAME_M:
                of[m], left[m, 0], left[m, 1] = k, here, at[c, 0]
                m += 1
            here = max(here, at[c, 1])
            c += 1
        if end > here + SAME_M:
            of[m], left[m, 0], left[m, 1] = k, here, end
            m += 1
    return of[:m], left[:m]


def _stretches(edges: Floats, chosen: Integers, at: Floats, open_above: float) -> Floats:
    """Draw stretches of edges as lines; `open_above` is 1 where the ground inside the edge is open, else -1."""
    edge = edges[chosen]
    heights = edge[:, P, None] + (at - edge[:, X0, None]) * edge[:, Q, None]
    for end, (x, y) in enumerate(((X0, P), (X1, R))):  # the corners as they are
        corner = np.abs(at[:, end] - edge[:, x]) <= SAME_M
        at[corner, end], heights[corner, end] = edge[corner, x], edge[corner, y]
    above = np.where(edge[:, SIGN] > 0, open_above, -open_above)
    return np.column_stack([at[:, 0], heights[:, 0], at[:, 1], heights[:, 1], above])


def _traced(lines: Floats, zone: Integers, zones: int) -> Geometries:
    """Join lines to rings and rings to polygons; None for a zone whose lines do not close."""
    place = lines[:, :4].reshape(-1, 2)
    of = np.repeat(zone, 2)
    order = np.lexsort((place[:, 0], of))
    x, owner = place[order, 0], of[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (owner[1:] != owner[:-1]) | (x[1:] - x[:-1] > SAME_M)
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(begins) - 1
    odd = np.bincount(group) % 2 == 1
    broken = np.zeros(zones, dtype=bool)
    broken[of[odd[group]]] = True
    ends = np.flatnonzero(~broken[of])
    ends = ends[np.lexsort((place[ends, 1], group[ends]))]
    partner = np.full(len(place), -1)
    partner[ends[0::2]], partner[ends[1::2]] = ends[1::2], ends[0::2]
    corners, ring_first, ring_zone = _rings(lines, zone, partner)
    traced = _polygons(corners, ring_first, ring_zone, zones)
    traced[broken] = None
    return traced


@compiled
def _is_at(corners: Floats, m: int, x: float, y: float) -> bool:
    """Tell whether a corner is at a place."""
    return bool(abs(corners[m, 0] - x) <= SAME_M and abs(corners[m, 1] - y) <= SAME_M)


@compiled
def _followed(
    lines: Floats, partner: Integers, line: int, done: npt.NDArray[np.bool_], corners: Floats, start: int
) -> int:
    """Follow lines from one on until they come back, open ground on the left; returns where the corners end."""
    m, end = start, 2 * line if lines[line, 4] > 0.0 else 2 * line + 1
    while not done[line]:
        done[line] = True
        for side in (end, end ^ 1):
            x, y = lines[line, 2 * (side & 1)], lines[line, 2 * (side & 1) + 1]
            if m == start or not _is_at(corners, m - 1, x, y):
                corners[m, 0], corners[m, 1] = x, y
                m += 1
        end = partner[end ^ 1]
        line = end >> 1
    if m - 1 > start and _is_at(corners, m - 1, corners[start, 0], corners[start, 1]):
        m -= 1
    corners[m, 0], corners[m, 1] = corners[start, 0], corners[start, 1]
    return m + 1


@compiled
def _rings(lines: Floats, zone: Integers, partner: Integers) -> tuple[Floats, Integers, Integers]:
    """Follow all lines; end 2 i is the left one of line i, 2 i + 1 the right one, and `partner` where one goes on.

    Returns the corners of the rings, where each ring's begin, and their zones. Rings that hold nothing are left out.
    """
    n = len(lines)
    corners = np.empty((3 * n + 1, 2))
    first, owner = np.zeros(n + 1, np.int64), np.empty(n, np.int64)
    done = np.zeros(n, np.bool_)
    rings = plain(0)
    for i in range(n):
        if done[i] or partner[2 * i] < 0:
            continue
        start = first[rings]
        m = _followed(lines, partner, i, done, corners, start)
        if m - start >= LEAST_CORNERS and abs(doubled_area(corners, start, m)) > 2 * DUST_M2:
            owner[rings] = zone[i]
            rings += 1
            first[rings] = m
    return corners[: first[rings]], first[: rings + 1], owner[:rings]


def _polygons(corners: Floats, ring_first: Integers, ring_zone: Integers, zones: int) -> Geometries:
    """Make a polygon or multipolygon of each zone's rings: those that go round the open ground, and holes in it."""
    result: Geometries = np.full(zones, shapely.Polygon(), dtype=object)
    if not len(ring_zone):
        return result
    ring = np.asarray(shapely.linearrings(corners, indices=np.repeat(np.arange(len(ring_zone)), np.diff(ring_first))))
    shell = shapely.is_ccw(ring)
    shells, holes = np.flatnonzero(shell), np.flatnonzero(~shell)
    within = _shell_of(ring, ring_zone, shells, holes)
    order = np.argsort(within, kind="stable")
    polygons = shapely.polygons(ring[shells])
    holed = np.unique(within[within >= 0])
    counts = np.searchsorted(within[order], np.append(holed, len(shells)))
    for position, (begin, end) in zip(holed.tolist(), pairwise(counts.tolist()), strict=True):
        polygons[position] = shapely.Polygon(ring[shells[position]], ring[holes[order[begin:end]]])
    owner = ring_zone[shells]
    by_owner = np.argsort(owner, kind="stable")
    found, begins, counts = np.unique(owner[by_owner], return_index=True, return_counts=True)
    single = counts == 1
    result[found[single]] = polygons[by_owner[begins[single]]]
    several = np.isin(owner[by_owner], found[~single])
    if several.any():
        _, group = np.unique(owner[by_owner][several], return_inverse=True)
        result[found[~single]] = shapely.multipolygons(polygons[by_owner][several], indices=group)
    return result


def _shell_of(ring: Geometries, ring_zone: Integers, shells: Integers, holes: Integers) -> Integers:
    """Give the position of the shell that each hole lies in: the smallest of its zone; -1 where there is none."""
    within = np.full(len(holes), -1)
    if not len(holes):
        return within
    filled, out = shapely.polygons(ring[shells]), shapely.polygons(ring[holes])
    hole, position = shapely.STRtree(filled).query(shapely.point_on_surface(out), predicate="within")
    area_m2 = shapely.area(filled)[position]
    # The point may lie on an island in the hole.
    fits = (ring_zone[holes[hole]] == ring_zone[shells[position]]) & (area_m2 > shapely.area(out)[hole])
    hole, position = hole[fits], position[fits]
    largest_first = np.argsort(-area_m2[fits], kind="stable")
    within[hole[largest_first]] = position[largest_first]
    return within
