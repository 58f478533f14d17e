"""The result of a tile: how much of each zone in it is covered how often; it depends on what touches the tile alone."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.arrangement import (
    HeldZones,
    Rectangle,
    Rims,
    Sums,
    arrange,
    larger_rims,
    larger_slabs,
    room_in_slabs,
)
from geoservice.coverage.compiled import compiled, inlined, plain
from geoservice.coverage.outlines import KIND, SIGN, STRAIGHT, X0, X1, P, Q, R
from geoservice.coverage.raster import NOTHING, TOUCH_M, Cells, Lists, rasterise, room_for

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALL = 1 << 60
WHOLE = -ALL
"""In place of a zone's base in a tile, which may be below 0: the tile lies wholly inside the zone."""
CROWDED = 64
"""A tile with a cell of more edges than this is divided into more cells,"""
MANY_EDGES = 256
"""if it holds more edges than this,"""
MOST_DIVISIONS = 256
"""as long as its own number is below this: the work grows with the square of the edges in a cell."""


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


class TileSums(NamedTuple):
    """What tiles add up to: areas by zone and depth, what shapes cover alone (zone, shape; m²), rims.

    `rim_of` (zone, edge; an edge of zones as -1 - edge) and `rim_at` (from, to) are as in `Rims`.
    """

    areas: Floats
    alone_of: Integers
    alone: Floats
    rim_of: Integers
    rim_at: Floats


@inlined
def _localise(source: Floats, e: int, x: float, y: float, edges: Floats, m: int) -> None:
    """Copy an edge into a tile whose corner is (x, y)."""
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


class Bench(NamedTuple):
    """Scratch space for one tile: its edges, whose and which, what covers its cells, what holds them of each zone."""

    edges: Floats
    owner: Integers
    source: Integers
    cells: Cells
    base: Integers
    inside: Integers
    before: Integers
    who: Integers
    zone_base: Integers
    zone_inside: Integers
    held: HeldZones


@compiled
def _bench(tiles: Integers, widest: int, shapes: Shapes, zones: ZoneTiles) -> Bench:
    """Make room for the fullest of the tiles, divided into `widest` by `widest` cells."""
    most_edges, most_zones = 1, 1
    for t in tiles:
        edges = zones.crossing_first[t + 1] - zones.crossing_first[t]
        for k in range(shapes.tile_first[t], shapes.tile_first[t + 1]):
            f = shapes.of_tile[k]
            edges += shapes.first[f + 1] - shapes.first[f]
        most_edges = max(most_edges, edges)
        most_zones = max(most_zones, zones.tile_first[t + 1] - zones.tile_first[t])
    room = widest * widest
    cells = Cells(
        widest, widest, 1.0, np.full(room, NOTHING), np.empty(room, np.int64), np.zeros((2, room + widest), np.int64)
    )
    held = HeldZones(0, np.empty(most_zones, np.int64), np.empty(most_zones, np.int64), np.empty(most_zones, np.int64))
    return Bench(
        np.empty((most_edges, 7)), np.empty(most_edges, np.int64), np.empty(most_edges, np.int64), cells,
        np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64),
        np.empty((most_zones, room), np.int64), np.empty(room, np.int64), held,
    )  # fmt: skip


@inlined
def _is_hidden(bounds: Floats, f: int, west: float, south: float, cells: Cells, inside: Integers, enough: int) -> bool:
    """Tell whether all cells that a shape may touch lie wholly inside enough others: it changes nothing in the tile."""
    columns, rows, cell_m = cells.columns, cells.rows, cells.cell_m
    first = max(0, int(math.floor((bounds[f, 0] - west) / cell_m)))
    last = min(columns - 1, int(math.floor((bounds[f, 2] - west) / cell_m)))
    low = max(0, int(math.floor((bounds[f, 1] - south - TOUCH_M) / cell_m)))
    high = min(rows - 1, int(math.floor((bounds[f, 3] - south + TOUCH_M) / cell_m)))
    for c in range(first, last + 1):
        for cell in range(c * rows + low, c * rows + high + 1):
            if inside[cell] < enough:
                return False
    return True


@compiled
def _lay_shapes(
    t: int,
    west: float,
    south: float,
    shapes: Shapes,
    bench: Bench,
    cells: Cells,
    lists: Lists,
    mark: int,
    enough: int,
    want_who: bool,
) -> tuple[Lists, int, int]:
    """Lay the shapes of a tile on its cells; returns the lists, the number of edges and the last mark used."""
    count, m = cells.columns * cells.rows, plain(0)
    edges, owner, base, inside, who, before = (
        bench.edges,
        bench.owner,
        bench.base,
        bench.inside,
        bench.who,
        bench.before,
    )
    source, first, bounds, of_tile, weight = shapes.edges, shapes.first, shapes.bounds, shapes.of_tile, shapes.weight
    cells.heads[:count], base[:count], inside[:count], who[:count] = NOTHING, 0, 0, 0
    for k in range(shapes.tile_first[t + 1] - shapes.tile_first[t]):
        f = of_tile[shapes.tile_first[t] + k]
        if _is_hidden(bounds, f, west, south, cells, inside, enough):
            continue
        start = m
        for e in range(first[f], first[f + 1]):
            _localise(source, e, west, south, edges, m)
            edges[m, SIGN] *= weight[f]
            owner[m] = k
            bench.source[m] = e
            m += 1
        mark += 1
        if want_who:
            for cell in range(count):
                before[cell] = base[cell]
        lists, reach = rasterise(edges, start, m, cells, mark, lists, base, inside, enough, plain(-1))
        if want_who:
            for c in range(reach.west, reach.east + 1):
                for cell in range(c * cells.rows + reach.south, c * cells.rows + reach.north + 1):
                    who[cell] += (base[cell] - before[cell]) * (k + 1)
    return lists, m, mark


@compiled
def _lay_zones(
    t: int, west: float, south: float, zones: ZoneTiles, bench: Bench, cells: Cells, lists: Lists, mark: int, m: int
) -> tuple[Lists, HeldZones, int, int]:
    """Lay the zones of a tile on its cells, after m edges; returns lists, zones, the last mark and all edges."""
    count, first = cells.columns * cells.rows, zones.tile_first[t]
    held = HeldZones(zones.tile_first[t + 1] - first, bench.held.rows, bench.held.start, bench.held.here)
    for z in range(held.number):
        zone, base = zones.presence[first + z, 1], zones.presence[first + z, 2]
        held.rows[z] = zone
        if base == WHOLE:
            bench.zone_base[z, :count] = 1
            continue
        bench.zone_base[z, :count] = base
        start = m
        for k in range(zones.crossing_first[t], zones.crossing_first[t + 1]):
            if zones.crossing[k, 1] == zone:
                _localise(zones.edges, zones.crossing[k, 2], west, south, bench.edges, m)
                bench.owner[m] = -1 - z
                bench.source[m] = -1 - zones.crossing[k, 2]
                m += 1
        mark += 1
        bench.zone_inside[:count] = 0
        lists, _ = rasterise(
            bench.edges,
            start,
            m,
            cells,
            mark,
            lists,
            bench.zone_base[z],
            bench.zone_inside,
            plain(ALL),
            cells.rows - 1,
        )
    return lists, held, mark, m


@compiled
def _fullest(cells: Cells, links: Integers, inside: Integers, enough: int) -> int:
    """Find the longest list of a cell that is to be arranged."""
    fullest = plain(0)
    for cell in range(cells.columns * cells.rows):
        if inside[cell] >= enough:
            continue
        length, k = plain(0), cells.heads[cell]
        while k >= 0:
            length += 1
            k = links[k, 1]
        fullest = max(fullest, length)
    return fullest


@inlined
def _edges_of(
    cell: int, heads: Integers, links: Integers, owner: Integers, zones_only: bool, listed: Integers
) -> tuple[Integers, int, int]:
    """List the edges of a cell, first those that run through it, then those that pass under; returns how many."""
    through, passing = plain(0), plain(0)
    k = heads[cell]
    while k >= 0:
        entry = links[k, 0]
        e = entry if entry >= 0 else -1 - entry
        k = links[k, 1]
        if zones_only and owner[e] >= 0:
            continue
        if through + passing == len(listed):
            longer = np.empty(2 * len(listed), np.int64)
            for i in range(len(listed)):
                longer[i] = listed[i]
            listed = longer
        if entry >= 0:
            listed[through + passing] = listed[through]
            listed[through] = e
            through += 1
        else:
            listed[through + passing] = e
            passing += 1
    return listed, through, passing


@inlined
def _widest(divisions: Integers) -> int:
    """Give the greatest number of cells along a tile's side."""
    widest = plain(1)
    for n in divisions:
        widest = max(widest, n)
    return widest


@compiled
def sum_tiles(
    tiles: Integers, divisions: Integers, grid: Grid, shapes: Shapes, zones: ZoneTiles,
    zone_count: int, cap: int, want_alone: bool, want_rims: bool,
) -> TileSums:  # fmt: skip
    """Add up tiles, each divided into divisions[i] by divisions[i] cells, a power of two.

    A cell wholly inside as many shapes as are told apart is only counted; one that nothing but whole shapes covers,
    too; the rest is arranged exactly.
    """
    enough = max(cap, 2) if want_alone else cap
    areas = np.zeros((zone_count, cap + 1))
    alone_of, alone, used = np.empty((256, 2), np.int64), np.empty(256), plain(0)
    bench = _bench(tiles, _widest(divisions), shapes, zones)
    lists = Lists(np.empty((4096, 2), np.int64), plain(0), np.empty((256, 3), np.int64))
    slabs = larger_slabs(plain(CROWDED), plain(CROWDED))
    rims = Rims(np.empty((0, 2), np.int64), np.empty((0, 2)), np.zeros(1, np.int64), np.empty(0, np.int64))
    listed, mark = np.empty(256, np.int64), plain(0)
    for i in range(len(tiles)):
        t, n = tiles[i], divisions[i]
        west, south = grid.west + (t // grid.rows) * grid.tile_m, grid.south + (t % grid.rows) * grid.tile_m
        shape_count = shapes.tile_first[t + 1] - shapes.tile_first[t]
        while True:
            cells = Cells(n, n, grid.tile_m / n, bench.cells.stamp, bench.cells.heads, bench.cells.rise)
            lists = Lists(lists.links, plain(0), lists.partial)
            lists, edges, mark = _lay_shapes(t, west, south, shapes, bench, cells, lists, mark, enough, want_alone)
            lists, held, mark, edges = _lay_zones(t, west, south, zones, bench, cells, lists, mark, edges)
            if edges <= MANY_EDGES or n >= MOST_DIVISIONS:
                break
            if _fullest(cells, lists.links, bench.inside, enough) <= CROWDED:
                break
            n *= 2
            if n > bench.cells.columns:
                bench = _bench(tiles, n, shapes, zones)
        base, inside, who, zone_base, owner, start, cell_m = (
            bench.base, bench.inside, bench.who, bench.zone_base, bench.owner, bench.held.start, cells.cell_m
        )  # fmt: skip
        sums, first_rim = Sums(areas, np.zeros((shape_count if want_alone else 0, held.number))), rims.used[0]
        if want_rims:
            rims = Rims(rims.of, rims.at, rims.used, np.full(edges, NOTHING))
        links, heads, rows, zones_here, alone_here = lists.links, cells.heads, held.rows, held.number, sums.alone
        for cell in range(n * n):
            over = inside[cell] >= enough
            depth = enough if over else base[cell]
            for z in range(zones_here):
                start[z] = zone_base[z, cell]
            through, passing = plain(0), plain(0)
            if heads[cell] != NOTHING:
                listed, through, passing = _edges_of(cell, heads, links, owner, over, listed)
            if through + passing > 0:
                column, row = cell // n, cell % n
                box = Rectangle(
                    column * cell_m, (column + 1) * cell_m, row * cell_m, (row + 1) * cell_m, depth, who[cell]
                )
                if not room_in_slabs(slabs, through, through + passing):
                    slabs = larger_slabs(through, through + passing)
                slab = plain(0)
                while slab >= 0:
                    slab = arrange(
                        bench.edges, owner, listed, through, through + passing, box, held, cap, sums, slabs, rims, slab
                    )
                    if slab >= 0:
                        rims = larger_rims(rims, (through + 1) * held.number)
                continue
            _count_whole(areas, alone_here, rows, start, zones_here, depth, cap, who[cell], cell_m * cell_m)
        _place_rims(rims, first_rim, held, bench.source, west)
        if len(sums.alone):
            alone_of, alone, used = _add_alone(alone_of, alone, used, sums.alone, held, shapes, t)
    return TileSums(
        areas,
        alone_of[:used].copy(),
        alone[:used].copy(),
        rims.of[: rims.used[0]].copy(),
        rims.at[: rims.used[0]].copy(),
    )


def prepare_sums() -> None:
    """Compile `sum_tiles`, or load it, by adding up no tiles."""
    edges, none, start = np.empty((0, 7)), np.empty(0, np.int64), np.zeros(1, np.int64)
    shapes = Shapes(edges, start, np.empty((0, 4)), none, start, np.empty(0, np.int32))
    rows = np.empty((0, 3), np.int64)
    zones = ZoneTiles(edges, start, rows, start, rows)
    sum_tiles(none, none, Grid(0.0, 0.0, 1.0, 0, 0), shapes, zones, 0, 1, False, False)


@inlined
def _count_whole(
    areas: Floats, alone: Floats, rows: Integers, start: Integers, zones: int, depth: int, cap: int, who: int,
    area_m2: float,
) -> None:  # fmt: skip
    """Add a cell that nothing but whole shapes covers to the zones that hold it."""
    for z in range(zones):
        if start[z] > 0:
            areas[rows[z], min(max(depth, 0), cap)] += area_m2
            if len(alone) > 0 and depth == 1:
                alone[who - 1, z] += area_m2


@inlined
def _place_rims(rims: Rims, first: int, held: HeldZones, source: Integers, west: float) -> None:
    """Take the rims from `first` on out of a tile whose western side is at `west`."""
    for k in range(first, rims.used[0]):
        rims.of[k, 0], rims.of[k, 1] = held.rows[rims.of[k, 0]], source[rims.of[k, 1]]
        rims.at[k, 0] += west
        rims.at[k, 1] += west


@compiled
def _add_alone(
    alone_of: Integers, alone: Floats, used: int, here: Floats, held: HeldZones, shapes: Shapes, t: int
) -> tuple[Integers, Floats, int]:
    """Note what shapes cover alone in a tile."""
    alone_of = room_for(alone_of, used + here.size)
    if len(alone) < len(alone_of):
        longer = np.empty(len(alone_of))
        for i in range(used):
            longer[i] = alone[i]
        alone = longer
    for k in range(len(here)):
        for z in range(held.number):
            if here[k, z] > 0.0:
                alone_of[used, 0] = held.rows[z]
                alone_of[used, 1] = shapes.of_tile[shapes.tile_first[t] + k]
                alone[used] = here[k, z]
                used += 1
    return alone_of, alone, used
