"""One tile: its shapes and zones taken into it and laid on its cells, with the scratch space for that."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from geoservice.coverage.arrangement import HeldZones, Slabs, slabs_for
from geoservice.coverage.compiled import borrowing, inlined, plain
from geoservice.coverage.crossings import Positions
from geoservice.coverage.grid import ALL, WHOLE, Shapes, ZoneTiles, localise
from geoservice.coverage.outlines import SIGN
from geoservice.coverage.raster import FULL, NOTHING, TOUCH_M, Cells, Lists, rasterise

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


SMALLEST = 128
"""So many numbers of 8 bytes, and more, NumPy takes from memory that is a thread's own."""


class Room(NamedTuple):
    """Room in a bench: for so many cells along a tile's side, entries of their lists, and abscissas in one of them."""

    widest: int
    entries: int
    events: int


class Bench(NamedTuple):
    """Scratch space for one tile.

    Its edges, of which shape or zone (-1 - z) and which they are; what covers its cells; what holds them of each zone;
    what the tile adds up to. `lacks[0]` is how much is lacking: of abscissas all that there must be room for, of rims
    and of what is covered alone how many rows more.
    """

    edges: Floats
    owner: Integers
    source: Integers
    listed: Positions
    cells: Cells
    lists: Lists
    base: Integers
    inside: Integers
    before: Integers
    who: Integers
    reach: Integers
    zone_base: Integers
    zone_inside: Integers
    zone_row: Integers
    zones: HeldZones
    slabs: Slabs
    areas: Floats
    alone: Floats
    latest: Integers
    lacks: Integers


def apart(rows: int, columns: int, kind: type[np.float64 | np.int64]) -> npt.NDArray[Any]:
    """Make an array that shares no line of a processor's cache with that of another thread.

    NumPy hands small pieces of memory from thread to thread, and processors that write to one line wait for each other.
    """
    return np.zeros(max(rows * columns, SMALLEST), kind)[: rows * columns].reshape(rows, columns)


def bench_for(
    tiles: Integers, shapes: Shapes, zones: ZoneTiles, room: Room, cap: int, *, alone: bool, rims: bool
) -> Bench:
    """Make room for the fullest of the tiles."""
    edges, held, laid = _fullest_of(tiles, shapes, zones)
    cells = room.widest * room.widest
    by_edge, by_cell, by_zone = (apart(*size, np.int64) for size in ((3, edges), (7, cells), (3, held)))
    return Bench(
        edges=np.empty((edges, 7)),
        owner=by_edge[0],
        source=by_edge[1],
        listed=np.empty(edges, np.uint32),
        cells=Cells(
            room.widest, room.widest, 1.0, by_cell[0], by_cell[1], np.zeros((2, cells + room.widest), np.int64)
        ),
        lists=Lists(np.empty((room.entries, 2), np.int64), np.empty((2 * edges, 3), np.int64)),
        base=by_cell[2],
        inside=by_cell[3],
        before=by_cell[4],
        who=by_cell[5],
        reach=np.empty((laid, 6), np.int64),
        zone_base=apart(held, cells, np.int64),
        zone_inside=by_cell[6],
        zone_row=by_zone[0],
        zones=HeldZones(0, by_zone[1], by_zone[2]),
        slabs=slabs_for(room.events, edges),
        areas=apart(held, cap + 1, np.float64),
        alone=np.empty((laid if alone else 0, held)),
        latest=by_edge[2, : edges if rims else 0],
        lacks=apart(1, 1, np.int64)[0],
    )


@borrowing
def _fullest_of(tiles: Integers, shapes: Shapes, zones: ZoneTiles) -> tuple[int, int, int]:
    """Give the most edges, zones and shapes that a tile holds."""
    most_edges, most_zones, most_shapes = 1, 1, 1
    for t in tiles:
        edges = zones.crossing_first[t + 1] - zones.crossing_first[t]
        for k in range(shapes.tile_first[t], shapes.tile_first[t + 1]):
            f = shapes.of_tile[k]
            edges += shapes.first[f + 1] - shapes.first[f]
        most_edges = max(most_edges, edges)
        most_zones = max(most_zones, zones.tile_first[t + 1] - zones.tile_first[t])
        most_shapes = max(most_shapes, shapes.tile_first[t + 1] - shapes.tile_first[t])
    return most_edges, most_zones, most_shapes


@inlined
def _reach_of(t: int, west: float, south: float, shapes: Shapes, cells: Cells, reach: Integers) -> None:
    """Find for each shape of a tile its edges, from, up to, and the columns and rows that it may touch, first, last.

    All are looked up before any is laid: they stand all over the memory, which answers many questions at a time.
    """
    columns, rows, cell_m, bounds = cells.columns, cells.rows, cells.cell_m, shapes.bounds
    begin = shapes.tile_first[t]
    for k in range(shapes.tile_first[t + 1] - begin):
        f = shapes.of_tile[begin + k]
        reach[k, 0], reach[k, 1] = shapes.first[f], shapes.first[f + 1]
        reach[k, 2] = max(0, int(math.floor((bounds[f, 0] - west) / cell_m)))
        reach[k, 3] = min(columns - 1, int(math.floor((bounds[f, 2] - west) / cell_m)))
        reach[k, 4] = max(0, int(math.floor((bounds[f, 1] - south - TOUCH_M) / cell_m)))
        reach[k, 5] = min(rows - 1, int(math.floor((bounds[f, 3] - south + TOUCH_M) / cell_m)))


@inlined
def _is_hidden(reach: Integers, k: int, rows: int, inside: Integers, enough: int) -> bool:
    """Tell whether all cells that a shape may touch lie wholly inside enough others: it changes nothing in the tile."""
    for c in range(reach[k, 2], reach[k, 3] + 1):
        for cell in range(c * rows + reach[k, 4], c * rows + reach[k, 5] + 1):
            if inside[cell] < enough:
                return False
    return True


@borrowing
def lay_shapes_of(
    t: int, west: float, south: float, shapes: Shapes, bench: Bench, cells: Cells, enough: int
) -> tuple[int, int, int]:
    """Lay the shapes of a tile on its cells; returns how many entries, edges and marks are used, FULL if too many."""
    count, m, used, mark = cells.columns * cells.rows, plain(0), plain(0), plain(0)
    edges, owner, base, inside, who = bench.edges, bench.owner, bench.base, bench.inside, bench.who
    source, before, want_who = shapes.edges, bench.before, len(bench.alone) > 0
    reach_of = bench.reach
    _reach_of(t, west, south, shapes, cells, reach_of)
    for cell in range(count):
        cells.stamp[cell], cells.heads[cell] = NOTHING, NOTHING
        base[cell], inside[cell], who[cell] = 0, 0, 0
    for k in range(shapes.tile_first[t + 1] - shapes.tile_first[t]):
        if _is_hidden(reach_of, k, cells.rows, inside, enough):
            continue
        start, weight = m, shapes.weight[shapes.of_tile[shapes.tile_first[t] + k]]
        for e in range(reach_of[k, 0], reach_of[k, 1]):
            localise(source, e, west, south, edges, m)
            edges[m, SIGN] *= weight
            owner[m] = k
            bench.source[m] = e
            m += 1
        mark += 1
        if want_who:
            for cell in range(count):
                before[cell] = base[cell]
        used, reach = rasterise(edges, start, m, cells, mark, bench.lists, used, base, inside, enough, plain(-1))
        if used == FULL:
            break
        if want_who:
            for c in range(reach.west, reach.east + 1):
                for cell in range(c * cells.rows + reach.south, c * cells.rows + reach.north + 1):
                    who[cell] += (base[cell] - before[cell]) * (k + 1)
    return used, m, mark


@borrowing
def lay_zones_of(
    t: int, west: float, south: float, zones: ZoneTiles, bench: Bench, cells: Cells, used: int, m: int, mark: int
) -> tuple[int, int]:
    """Lay the zones of a tile on its cells, after so many entries, edges and marks; returns entries and edges."""
    count, first = cells.columns * cells.rows, zones.tile_first[t]
    for z in range(zones.tile_first[t + 1] - first):
        zone, base = zones.presence[first + z, 1], zones.presence[first + z, 2]
        bench.zone_row[z] = zone
        for cell in range(count):
            bench.zone_base[z, cell] = 1 if base == WHOLE else base
            bench.zone_inside[cell] = 0
        if base == WHOLE:
            continue
        start = m
        for k in range(zones.crossing_first[t], zones.crossing_first[t + 1]):
            if zones.crossing[k, 1] == zone:
                localise(zones.edges, zones.crossing[k, 2], west, south, bench.edges, m)
                bench.owner[m] = -1 - z
                bench.source[m] = -1 - zones.crossing[k, 2]
                m += 1
        mark += 1
        used, _ = rasterise(
            bench.edges, start, m, cells, mark, bench.lists, used, bench.zone_base[z], bench.zone_inside, plain(ALL),
            cells.rows - 1,
        )  # fmt: skip
        if used == FULL:
            break
    return used, m


@borrowing
def fullest(cells: Cells, links: Integers, inside: Integers, enough: int) -> int:
    """Find the longest list of a cell that is to be arranged."""
    longest = plain(0)
    for cell in range(cells.columns * cells.rows):
        if inside[cell] >= enough:
            continue
        length, k = plain(0), cells.heads[cell]
        while k >= 0:
            length += 1
            k = links[k, 1]
        longest = max(longest, length)
    return longest


@inlined
def edges_of(
    cell: int, heads: Integers, links: Integers, owner: Integers, zones_only: bool, listed: Positions
) -> tuple[int, int]:
    """List the edges of a cell, first those that run through it, then those that pass under; returns how many."""
    through, passing = plain(0), plain(0)
    k = heads[cell]
    while k >= 0:
        entry = links[k, 0]
        e = entry if entry >= 0 else -1 - entry
        k = links[k, 1]
        if zones_only and owner[e] >= 0:
            continue
        if entry >= 0:
            listed[through + passing] = listed[through]
            listed[through] = e
            through += 1
        else:
            listed[through + passing] = e
            passing += 1
    return through, passing
