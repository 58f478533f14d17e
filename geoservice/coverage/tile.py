"""The result of a tile: how much of each zone in it is covered how often; it depends on what touches the tile alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.arrangement import HeldZones, Rims, Sums, arrange
from geoservice.coverage.bench import Bench, Room, apart, bench_for, edges_of, fullest, lay_shapes_of, lay_zones_of
from geoservice.coverage.compiled import borrowing, inlined, plain
from geoservice.coverage.crossings import Rectangle, most_events
from geoservice.coverage.grid import Grid, Shapes, ZoneTiles
from geoservice.coverage.raster import FULL, NOTHING, Cells

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

CROWDED = 64
"""A tile with a cell of more edges than this is divided into more cells,"""
MANY_EDGES = 256
"""if it holds more edges than this,"""
MOST_DIVISIONS = 256
"""as long as its own number is below this: the work grows with the square of the edges in a cell."""
CELLS, ENTRIES, EVENTS, ALONE, RIMS = range(5)
"""What a tile may lack room for."""
FIRST_ENTRIES, FIRST_EVENTS, FIRST_ROWS = 16_384, 8_192, 512
"""Room for so many entries of lists, abscissas, and rows a tile of rims or of what is covered alone, to begin with."""


class TileSums(NamedTuple):
    """What tiles add up to: areas by zone and depth, what shapes cover alone (zone, shape; m²), rims.

    `rim_of` (zone, edge; an edge of zones as -1 - edge) and `rim_at` (from, to) are as in `Rims`.
    """

    areas: Floats
    alone_of: Integers
    alone: Floats
    rim_of: Integers
    rim_at: Floats


class Totals(NamedTuple):
    """What tiles add up to, with room for more; of what shapes cover alone, `used[0]` rows are in use."""

    areas: Floats
    alone_of: Integers
    alone: Floats
    used: Integers


def sum_tiles(
    tiles: Integers, divisions: Integers, grid: Grid, shapes: Shapes, zones: ZoneTiles, zone_count: int, cap: int,
    *, alone: bool = False, rims: bool = False,
) -> TileSums:  # fmt: skip
    """Add up tiles, each divided into divisions[i] by divisions[i] cells, a power of two.

    A cell wholly inside as many shapes as are told apart is only counted; one that nothing but whole shapes covers,
    too; the rest is arranged exactly. A tile for which there is too little room is begun again with more.
    """
    divided, room, done = divisions.copy(), Room(int(divisions.max(initial=1)), FIRST_ENTRIES, FIRST_EVENTS), 0
    bench = bench_for(tiles, shapes, zones, room, cap, alone=alone, rims=rims)
    totals = _totals(zone_count, cap, (len(tiles) + 1) * FIRST_ROWS if alone else 0)
    rows = _rims((len(tiles) + 1) * FIRST_ROWS if rims else 0)
    while True:
        done, lack = sum_up(tiles, divided, done, grid, shapes, zones, cap, bench, totals, rows)
        if lack == NOTHING:
            break
        if lack == ALONE:
            totals = _with_room(totals, int(bench.lacks[0]))
        elif lack == RIMS:
            rows = _rims_with_room(rows, int(bench.lacks[0]))
        else:
            if lack == CELLS:
                room = room._replace(widest=int(divided[done]))
            elif lack == ENTRIES:
                room = room._replace(entries=2 * room.entries)
            else:
                room = room._replace(events=2 * int(bench.lacks[0]))
            bench = bench_for(tiles, shapes, zones, room, cap, alone=alone, rims=rims)
    used, rimmed = int(totals.used[0]), int(rows.used[0])
    return TileSums(  # copies, or all the room would be held with them
        totals.areas,
        totals.alone_of[:used].copy(),
        totals.alone[:used].copy(),
        rows.of[:rimmed].copy(),
        rows.at[:rimmed].copy(),
    )


def _totals(zones: int, cap: int, rows: int) -> Totals:
    return Totals(
        apart(zones, cap + 1, np.float64), np.empty((rows, 2), np.int64), np.empty(rows), apart(1, 1, np.int64)[0]
    )


def _with_room(totals: Totals, rows: int) -> Totals:
    """Give the same totals with room for so many more rows of what shapes cover alone, and as many as there were."""
    larger = _totals(0, 0, 2 * len(totals.alone) + rows)
    used = totals.used[0]
    larger.alone_of[:used], larger.alone[:used] = totals.alone_of[:used], totals.alone[:used]
    return larger._replace(areas=totals.areas, used=totals.used)


def _rims(rows: int) -> Rims:
    return Rims(np.empty((rows, 2), np.int64), np.empty((rows, 2)), apart(1, 1, np.int64)[0], np.empty(0, np.int64))


def _rims_with_room(rims: Rims, rows: int) -> Rims:
    """Give the same rims with room for so many more, and as many as there were."""
    larger = _rims(2 * len(rims.of) + rows)
    used = rims.used[0]
    larger.of[:used], larger.at[:used] = rims.of[:used], rims.at[:used]
    return larger._replace(used=rims.used)


@borrowing
def sum_up(
    tiles: Integers, divisions: Integers, begin: int, grid: Grid, shapes: Shapes, zones: ZoneTiles, cap: int,
    bench: Bench, totals: Totals, rims: Rims,
) -> tuple[int, int]:  # fmt: skip
    """Add up tiles from one on; returns the first that is not done and what it lacks, NOTHING when all are done."""
    for i in range(begin, len(tiles)):
        while True:
            lack = _sum_tile(tiles[i], divisions[i], grid, shapes, zones, cap, bench, totals, rims)
            if lack == NOTHING:
                break
            if lack == CELLS:
                divisions[i] *= 2
            if lack != CELLS or divisions[i] > bench.cells.columns:
                return i, lack
    return len(tiles), plain(NOTHING)


@borrowing
def _sum_tile(
    t: int, n: int, grid: Grid, shapes: Shapes, zones: ZoneTiles, cap: int, bench: Bench, totals: Totals,
    rims: Rims,
) -> int:  # fmt: skip
    """Add up a tile divided into n by n cells; returns what it lacks, nothing being added then, or NOTHING."""
    west, south = grid.west + (t // grid.rows) * grid.tile_m, grid.south + (t % grid.rows) * grid.tile_m
    shape_count = shapes.tile_first[t + 1] - shapes.tile_first[t]
    zone_count = zones.tile_first[t + 1] - zones.tile_first[t]
    cell_m, want_alone = grid.tile_m / n, len(bench.alone) > 0
    enough = max(cap, 2) if want_alone else cap
    cells = Cells(n, n, cell_m, bench.cells.stamp, bench.cells.heads, bench.cells.rise)
    if want_alone and totals.used[0] + shape_count * zone_count > len(totals.alone):
        bench.lacks[0] = shape_count * zone_count
        return plain(ALONE)
    used, m, mark = lay_shapes_of(t, west, south, shapes, bench, cells, enough)
    if used != FULL:
        used, m = lay_zones_of(t, west, south, zones, bench, cells, used, m, mark)
    if used == FULL:
        return plain(ENTRIES)
    links, inside, base, who, heads = bench.lists.links, bench.inside, bench.base, bench.who, cells.heads
    if m > MANY_EDGES and n < MOST_DIVISIONS and fullest(cells, links, inside, enough) > CROWDED:
        return plain(CELLS)
    held = HeldZones(zone_count, bench.zones.start, bench.zones.here)
    sums, start, owner = Sums(bench.areas, bench.alone), bench.zones.start, bench.owner
    traced = Rims(rims.of, rims.at, rims.used, bench.latest)
    first_rim = rims.used[0]
    _clear(bench, m, shape_count, zone_count, cap)
    for cell in range(n * n):
        over = inside[cell] >= enough
        depth = enough if over else base[cell]
        for z in range(zone_count):
            start[z] = bench.zone_base[z, cell]
        through, passing = plain(0), plain(0)
        if heads[cell] != NOTHING:
            through, passing = edges_of(cell, heads, links, owner, over, bench.listed)
        if through + passing == 0:
            _count_whole(bench.areas, bench.alone, start, zone_count, depth, cap, who[cell], cell_m * cell_m)
            continue
        if most_events(through, through + passing) > len(bench.slabs.events):
            bench.lacks[0] = most_events(through, through + passing)
            rims.used[0] = first_rim
            return plain(EVENTS)
        column, row = cell // n, cell % n
        box = Rectangle(column * cell_m, (column + 1) * cell_m, row * cell_m, (row + 1) * cell_m, depth, who[cell])
        if not arrange(
            bench.edges, owner, bench.listed, through, through + passing, box, held, cap, sums, bench.slabs, traced
        ):
            bench.lacks[0] = (through + 1) * zone_count
            rims.used[0] = first_rim
            return plain(RIMS)
    for z in range(zone_count):
        for depth in range(cap + 1):
            totals.areas[bench.zone_row[z], depth] += bench.areas[z, depth]
    _place_rims(rims, first_rim, bench.zone_row, bench.source, west)
    if want_alone:
        _add_alone(totals, bench, shapes, t, shape_count, zone_count)
    return plain(NOTHING)


def prepare_sums() -> None:
    """Compile `sum_up`, or load it, by adding up no tiles."""
    edges, none, start = np.empty((0, 7)), np.empty(0, np.int64), np.zeros(1, np.int64)
    shapes = Shapes(edges, start, np.empty((0, 4)), none, start, np.empty(0, np.int32))
    rows = np.empty((0, 3), np.int64)
    zones = ZoneTiles(edges, start, rows, start, rows)
    sum_tiles(none, none, Grid(0.0, 0.0, 1.0, 0, 0), shapes, zones, 0, 1)


@inlined
def _clear(bench: Bench, edges: int, shapes: int, zones: int, cap: int) -> None:
    """Begin to add up a tile: nothing is covered yet, and no rim is known."""
    for z in range(zones):
        for depth in range(cap + 1):
            bench.areas[z, depth] = 0.0
    for k in range(shapes if len(bench.alone) > 0 else 0):
        for z in range(zones):
            bench.alone[k, z] = 0.0
    for e in range(edges if len(bench.latest) > 0 else 0):
        bench.latest[e] = NOTHING


@inlined
def _count_whole(
    areas: Floats, alone: Floats, start: Integers, zones: int, depth: int, cap: int, who: int, area_m2: float
) -> None:
    """Add a cell that nothing but whole shapes covers to the zones that hold it."""
    for z in range(zones):
        if start[z] > 0:
            areas[z, min(max(depth, 0), cap)] += area_m2
            if depth == 1 and 0 < who <= len(alone):
                alone[who - 1, z] += area_m2


@inlined
def _place_rims(rims: Rims, first: int, zone_row: Integers, source: Integers, west: float) -> None:
    """Take the rims from `first` on out of a tile whose western side is at `west`."""
    for k in range(first, rims.used[0]):
        rims.of[k, 0], rims.of[k, 1] = zone_row[rims.of[k, 0]], source[rims.of[k, 1]]
        rims.at[k, 0] += west
        rims.at[k, 1] += west


@inlined
def _add_alone(totals: Totals, bench: Bench, shapes: Shapes, t: int, shape_count: int, zone_count: int) -> None:
    """Note what shapes cover alone in a tile."""
    used = totals.used[0]
    for k in range(shape_count):
        for z in range(zone_count):
            if bench.alone[k, z] > 0.0:
                totals.alone_of[used, 0] = bench.zone_row[z]
                totals.alone_of[used, 1] = shapes.of_tile[shapes.tile_first[t] + k]
                totals.alone[used] = bench.alone[k, z]
                used += 1
    totals.used[0] = used
