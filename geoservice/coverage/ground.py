"""Zones laid once on square tiles in fixed places: what any sources cover of any of the tiles, by zone and depth."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geoservice.coverage.depth import MOST_TILES, divisions_of
from geoservice.coverage.grid import Grid, ZoneTiles, by_tile, lay_shapes, lay_zones
from geoservice.coverage.outlines import Outlines, outlines_of_views
from geoservice.coverage.rings import runs
from geoservice.coverage.tile import sum_tiles

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

EASTING, NORTHING, BEARING, ANGLE, RANGE, NEAREST = range(6)
"""The columns of a table of views: metres, degrees clockwise from grid north (the middle of the view), metres."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Zones on a grid of tiles that depends on the zones and on the tiles' size alone.

    A row is the part of one zone in one tile: those of tile t are `row_first[t]` up to `row_first[t + 1]`, and row k is
    of zone `zone_of_row[k]`. `presence` and `crossing` are as in `ZoneTiles`, with rows in place of zones.
    """

    grid: Grid
    edges: Floats
    row_first: Integers
    zone_of_row: Integers
    presence: Integers
    crossing_first: Integers
    crossing: Integers


def lay_ground(zones: Outlines, tile_m: float) -> Ground:
    """Lay zones on tiles of at least `tile_m` metres, a power of two; larger ones where there would be too many."""
    present = zones.bounds[np.isfinite(zones.bounds).all(axis=1)]
    if not len(present):
        present = np.zeros((1, 4))
    west, south = (float(least) for least in present[:, :2].min(axis=0))
    east, north = (float(most) for most in present[:, 2:].max(axis=0))
    while (east - west) / tile_m * ((north - south) / tile_m) > MOST_TILES:
        tile_m *= 2
    column, row = math.floor(west / tile_m), math.floor(south / tile_m)
    columns, rows = math.floor(east / tile_m) - column + 1, math.floor(north / tile_m) - row + 1
    grid, tiles = Grid(column * tile_m, row * tile_m, tile_m, columns, rows), columns * rows
    presence, crossing = lay_zones(zones.edges, zones.first, grid)
    every = np.ones(tiles, dtype=bool)
    row_first, presence = by_tile(presence, every)
    crossing_first, crossing = by_tile(crossing, every)
    zone_of_row = presence[:, 1].copy()
    # Zones are laid in their order, so that the rows of a tile are in the order of zones.
    key = presence[:, 0] * len(zones) + zone_of_row
    crossing[:, 1] = np.searchsorted(key, crossing[:, 0] * len(zones) + crossing[:, 1])
    presence[:, 1] = np.arange(len(presence))
    return Ground(grid, zones.edges, row_first, zone_of_row, presence, crossing_first, crossing)


def outlines_of_table(views: Floats) -> Outlines:
    """Outline a table of views."""
    return outlines_of_views(
        views[:, : NORTHING + 1], views[:, BEARING], views[:, ANGLE], views[:, RANGE], views[:, NEAREST]
    )


def tiles_met(ground: Ground, bounds: Floats) -> Integers:
    """List the tiles that hold some ground and meet any of the boxes (n, 4), in order."""
    grid = ground.grid
    met = []
    for west, south, east, north in bounds.tolist():
        columns = _span(west - grid.west, east - grid.west, grid.tile_m, grid.columns)
        rows = _span(south - grid.south, north - grid.south, grid.tile_m, grid.rows)
        met.append((columns[:, None] * grid.rows + rows).ravel())
    if not met:
        return np.empty(0, dtype=np.int64)
    tiles: Integers = met[0] if len(met) == 1 else np.unique(np.concatenate(met))
    return tiles[ground.row_first[tiles + 1] > ground.row_first[tiles]]


def _span(low: float, high: float, tile_m: float, count: int) -> Integers:
    """List the columns, or rows, between two distances from where they begin."""
    return np.arange(max(math.floor(low / tile_m), 0), min(math.floor(high / tile_m), count - 1) + 1)


def snapped(bounds: Floats, grid: Grid) -> Floats:
    """Widen boxes (n, 4) to the sides of tiles."""
    corner = np.array([grid.west, grid.south])
    low = np.floor((bounds[:, :2] - corner) / grid.tile_m) * grid.tile_m + corner
    high = (np.floor((bounds[:, 2:] - corner) / grid.tile_m) + 1) * grid.tile_m + corner
    return np.hstack([low, high])


def boxes_of(ground: Ground, tiles: Integers) -> Floats:
    """Give the boxes (n, 4) of tiles."""
    grid = ground.grid
    low = np.column_stack([grid.west + tiles // grid.rows * grid.tile_m, grid.south + tiles % grid.rows * grid.tile_m])
    return np.hstack([low, low + grid.tile_m])


def covered_by_row(ground: Ground, tiles: Integers, views: Floats, cap: int) -> Floats:
    """Measure how much of each row of the tiles is covered 1, 2, ... `cap` or more times: (rows, cap), in m².

    `tiles` are in order; `views` hold at least all that may reach into them. Rows are those of the tiles, in order.
    """
    rows, row_counts = runs(ground.row_first, tiles)
    areas = np.zeros((len(rows), cap))
    if not len(rows) or not len(views):
        return areas
    block, local = _block(ground.grid, tiles)
    shapes = lay_shapes(outlines_of_table(views), block)
    in_tile = shapes.tile_first[local + 1] - shapes.tile_first[local]
    held = in_tile > 0
    if not held.any():
        return areas
    crossings, crossing_counts = runs(ground.crossing_first, tiles)
    presence, crossing = ground.presence[rows], ground.crossing[crossings]
    before = np.cumsum(row_counts) - row_counts
    crossing[:, 1] -= np.repeat(ground.row_first[tiles] - before, crossing_counts)
    presence[:, 1] = np.arange(len(rows))
    every = block.columns * block.rows
    laid = ZoneTiles(
        ground.edges, _first(local, row_counts, every), presence, _first(local, crossing_counts, every), crossing
    )
    divisions = divisions_of(in_tile[held], cap)
    sums = sum_tiles(local[held], divisions, block, shapes, laid, len(rows), cap)
    areas[:] = sums.areas[:, 1:]
    return areas


def _block(grid: Grid, tiles: Integers) -> tuple[Grid, Integers]:
    """Give the smallest grid that holds the tiles, and their numbers in it."""
    column, row = tiles // grid.rows, tiles % grid.rows
    west, south = int(column.min()), int(row.min())
    columns, rows = int(column.max()) - west + 1, int(row.max()) - south + 1
    block = Grid(grid.west + west * grid.tile_m, grid.south + south * grid.tile_m, grid.tile_m, columns, rows)
    return block, (column - west) * rows + row - south


def _first(tiles: Integers, counts: Integers, every: int) -> Integers:
    """Give where each tile's entries begin, of entries that are in the order of tiles."""
    first = np.zeros(every + 1, dtype=np.int64)
    first[tiles + 1] = counts
    return np.cumsum(first)
