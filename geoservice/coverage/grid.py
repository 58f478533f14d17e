"""Square tiles on fixed places of the plane, and which of them shapes and zones may touch."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import borrowing, compiled, inlined, plain
from geoservice.coverage.outlines import KIND, STRAIGHT, X0, X1, Outlines, P, Q, R
from geoservice.coverage.raster import FULL, NOTHING, Cells, Lists, rasterise

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALL = 1 << 60
WHOLE = -ALL
"""In place of a zone's base in a tile, which may be below 0: the tile lies wholly inside the zone."""
ROOM = 1 << 14
"""Room for so many tiles in zones, and on their edges, to begin with, beside 2 for each tile and 8 for each edge."""


class Grid(NamedTuple):
    """Square tiles of `tile_m` metres, a power of two.

    Tile (c, r), number c * rows + r, has its corner at (west, south) + (c, r) * tile_m.
    """

    west: float
    south: float
    tile_m: float
    columns: int
    rows: int


class Shapes(NamedTuple):
    """Shapes and the tiles that they may touch: those of tile t are `of_tile[tile_first[t]:tile_first[t + 1]]`.

    A shape counts `weight` times: equal ones are laid once.
    """

    edges: Floats
    first: Integers
    bounds: Floats
    weight: Integers
    tile_first: Integers
    of_tile: npt.NDArray[np.int32]


class ZoneTiles(NamedTuple):
    """Zones laid on the grid.

    The zones of tile t are the rows `presence[tile_first[t]:tile_first[t + 1]]`: tile, zone, and how often the tile's
    lower side lies inside the zone as far as edges go that are not listed, or WHOLE. `crossing` holds the same for
    edges: tile, zone, edge.
    """

    edges: Floats
    tile_first: Integers
    presence: Integers
    crossing_first: Integers
    crossing: Integers


def lay_shapes(shapes: Outlines, grid: Grid) -> Shapes:
    """List for each tile the shapes that it may hold, equal ones once and large ones first."""
    weight = _weights_of(shapes)
    tile_first, of_tile = shapes_by_tile(weight, shapes.bounds, grid, _largest_first(shapes.bounds))
    return Shapes(shapes.edges, shapes.first, shapes.bounds, weight, tile_first, of_tile)


def _weights_of(shapes: Outlines) -> Integers:
    """Count each shape that has edges as often as it occurs, at its first place: many cameras look round one pole."""
    if not len(shapes):
        return np.empty(0, dtype=np.int64)
    bits = shapes.bounds.view(np.uint64)
    mixed = bits * np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], np.uint64)
    key = np.bitwise_xor.reduce(mixed ^ (mixed >> np.uint64(29)), axis=1)
    ordered = np.sort(key)
    if (ordered[1:] != ordered[:-1]).all():  # sorting alone is several times faster than finding the order
        return (np.diff(shapes.first) > 0).astype(np.int64)
    return _count_equal(np.argsort(key, kind="stable"), key, shapes.edges, shapes.first)


@compiled
def _count_equal(order: Integers, key: npt.NDArray[np.uint64], edges: Floats, first: Integers) -> Integers:
    """Count equal shapes among those of equal keys, which stand next to each other in `order`."""
    weight = np.zeros(len(order), np.int64)
    kept = plain(-1)
    for i in order:
        length = first[i + 1] - first[i]
        if length == 0:
            continue
        if kept >= 0 and key[kept] == key[i] and first[kept + 1] - first[kept] == length:
            equal = True
            for e in range(length):
                for column in range(7):
                    if edges[first[i] + e, column] != edges[first[kept] + e, column]:
                        equal = False
            if equal:
                weight[kept] += 1
                continue
        kept = i
        weight[i] = 1
    return weight


def _largest_first(bounds: Floats) -> Integers:
    """Order shapes by size, roughly: what lies wholly inside a few large ones need not be laid."""
    narrower = np.fmin(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        halvings = np.nan_to_num(-8 * np.log2(narrower / narrower.max(initial=0.0)), nan=255.0)
    return np.argsort(np.clip(halvings, 0, 255).astype(np.uint8), kind="stable")


@compiled
def shapes_by_tile(
    weight: Integers, bounds: Floats, grid: Grid, order: Integers
) -> tuple[Integers, npt.NDArray[np.int32]]:
    """List for each tile the shapes whose bounds meet it, in an order of theirs."""
    starts = np.zeros(grid.columns * grid.rows + 1, np.int64)
    shapes = len(bounds)
    span = np.empty((shapes, 4), np.int32)
    for i in range(shapes):
        span[i, 2] = -1
        span[i, 0] = 0
        if weight[i] == 0:
            continue
        span[i, 0] = max(0, int(math.floor((bounds[i, 0] - grid.west) / grid.tile_m)))
        span[i, 1] = max(0, int(math.floor((bounds[i, 1] - grid.south) / grid.tile_m)))
        span[i, 2] = min(grid.columns - 1, int(math.floor((bounds[i, 2] - grid.west) / grid.tile_m)))
        span[i, 3] = min(grid.rows - 1, int(math.floor((bounds[i, 3] - grid.south) / grid.tile_m)))
        for c in range(span[i, 0], span[i, 2] + 1):
            for r in range(span[i, 1], span[i, 3] + 1):
                starts[c * grid.rows + r + 1] += 1
    for t in range(grid.columns * grid.rows):
        starts[t + 1] += starts[t]
    listed = np.empty(starts[-1], np.int32)
    place = starts[:-1].copy()
    for i in order:
        for c in range(span[i, 0], span[i, 2] + 1):
            for r in range(span[i, 1], span[i, 3] + 1):
                t = c * grid.rows + r
                listed[place[t]] = i
                place[t] += 1
    return starts, listed


def lay_zones(edges: Floats, first: Integers, grid: Grid) -> tuple[Integers, Integers]:
    """Find in which tiles each zone is, and through which its edges run."""
    room = ROOM + 2 * grid.columns * grid.rows + 8 * len(edges)
    while True:
        presence, crossing, complete = _zones_on_tiles(edges, first, grid, room)
        if complete:
            return presence, crossing
        room *= 4


@inlined
def localise(source: Floats, e: int, x: float, y: float, edges: Floats, m: int) -> None:
    """Copy an edge, as it is seen from the corner (x, y) of a tile or of the grid."""
    for column in range(7):
        edges[m, column] = source[e, column]
    edges[m, X0] -= x
    edges[m, X1] -= x
    if source[e, KIND] == STRAIGHT:
        edges[m, P] -= y
        edges[m, R] -= y
    else:
        edges[m, P] -= x
        edges[m, Q] -= y


@compiled
def _zones_on_tiles(edges: Floats, first: Integers, grid: Grid, room: int) -> tuple[Integers, Integers, bool]:
    """Lay zones on a grid with room for so many tiles in zones, and on edges; tells too if that was enough."""
    tiles = grid.columns * grid.rows
    local = np.empty_like(edges)
    for e in range(len(edges)):
        localise(edges, e, grid.west, grid.south, local, e)
    cells = Cells(
        grid.columns, grid.rows, grid.tile_m,
        np.full(tiles, NOTHING), np.full(tiles, NOTHING), np.zeros((2, tiles + grid.columns), np.int64),
    )  # fmt: skip
    below, inside = np.zeros(tiles, np.int64), np.zeros(tiles, np.int64)
    lists = Lists(np.empty((room, 2), np.int64), np.empty((2 * len(edges), 3), np.int64))
    presence, crossing = np.empty((room, 3), np.int64), np.empty((room, 3), np.int64)
    present, crossings = _lay_each(local, first, cells, lists, below, inside, presence, crossing)
    complete = present != FULL
    return presence[: max(present, 0)], crossing[: max(crossings, 0)], complete


@borrowing
def _lay_each(
    edges: Floats, first: Integers, cells: Cells, lists: Lists, below: Integers, inside: Integers,
    presence: Integers, crossing: Integers,
) -> tuple[int, int]:  # fmt: skip
    """Lay zone after zone on tiles; returns how many rows of `presence` and `crossing` they take, FULL if too many."""
    used, present, crossings = plain(0), plain(0), plain(0)
    for z in range(len(first) - 1):
        begun = used
        used, reach = rasterise(
            edges, first[z], first[z + 1], cells, plain(z), lists, used, below, inside, plain(ALL), plain(-1)
        )
        reached = max(0, reach.east - reach.west + 1) * max(0, reach.north - reach.south + 1)
        if used == FULL or present + reached > len(presence):
            return plain(FULL), plain(FULL)
        for c in range(reach.west, reach.east + 1):
            for t in range(c * cells.rows + reach.south, c * cells.rows + reach.north + 1):
                touched, within, base = cells.stamp[t] == z, inside[t] > 0, below[t]
                below[t], inside[t] = 0, 0
                k = cells.heads[t]
                while k >= begun:
                    entry = lists.links[k, 0]
                    crossing[crossings, 0], crossing[crossings, 1] = t, z
                    crossing[crossings, 2] = entry if entry >= 0 else -1 - entry
                    crossings += 1
                    k = lists.links[k, 1]
                if not (touched or within):
                    continue
                presence[present, 0], presence[present, 1], presence[present, 2] = t, z, base if touched else WHOLE
                present += 1
    return present, crossings


@compiled
def by_tile(rows: Integers, kept: npt.NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Order rows by tile, those of a tile as they came and of some tiles only; gives where each tile's begin."""
    first = np.zeros(len(kept) + 1, np.int64)
    for i in range(len(rows)):
        first[rows[i, 0] + 1] += int(kept[rows[i, 0]])
    for t in range(len(kept)):
        first[t + 1] += first[t]
    ordered, place = np.empty((first[-1], rows.shape[1]), np.int64), first[:-1].copy()
    for i in range(len(rows)):
        t = rows[i, 0]
        if kept[t]:
            for column in range(rows.shape[1]):
                ordered[place[t], column] = rows[i, column]
            place[t] += 1
    return first, ordered
