"""How much of each zone is covered, how often, and by what alone: figures on true shapes, added up over tiles."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.arrangement import prepare_arrange
from geoservice.coverage.compiled import aside, compiled, plain, was_compiled
from geoservice.coverage.grid import Grid, Shapes, ZoneTiles, by_tile, lay_shapes, lay_zones
from geoservice.coverage.outlines import (
    Outlines,
    joined,
    outlines_of_polygons,
    outlines_of_rings,
    outlines_of_views,
)
from geoservice.coverage.portions import Step, in_threads
from geoservice.coverage.rims import prepare_tracing
from geoservice.coverage.rings import rings_of_views
from geoservice.coverage.tile import TileSums, prepare_sums, sum_tiles

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]
"""West, south, east, north."""
TILE_PER_SHAPE = 2.5
"""A tile is about this many times as wide as a shape in the middle of the sizes."""
MOST_TILES = 1 << 22
LISTINGS_A_SHAPE, SPARE_LISTINGS = 16, 250_000
"""Tiles grow until shapes are listed no more often than so, on average, beside some to spare."""
LISTINGS_A_PORTION, MOST_PORTIONS = 4_000, 256
"""The tiles are added up in portions of about so many listings, whatever runs them: threads do not change the sums."""
DEEPER = 4
"""Where several depths are told apart a tile takes about so many times as long: its listings count for so many."""
_DENSITIES = {
    1: ((400, 16), (2000, 32)),
    16: ((60, 16), (400, 32), (1500, 64)),
    255: ((60, 16), (120, 64), (800, 128), (3000, 256)),
}
"""By the greatest depth told apart: from so many shapes in a tile on, so many cells along its side instead of 8."""


@dataclass(frozen=True, slots=True)
class DepthFigures:
    """`areas_m2` [zone, k] is the area of a zone that exactly k shapes cover; the last k means so many or more.

    `alone_zone`, `alone_shape`, `alone_m2`: what a shape covers of a zone that no other does, in the order of zones and
    shapes; None where it was not asked for. `rim_of` (zone, edge; an edge of zones as -1 - edge) and `rim_at` (from,
    to): the stretches of edges that bound what is open, see `Rims`; None likewise. Of equal shapes only the first has
    any.
    """

    areas_m2: Floats
    alone_zone: Integers | None = None
    alone_shape: Integers | None = None
    alone_m2: Floats | None = None
    rim_of: Integers | None = None
    rim_at: Floats | None = None

    @property
    def covered_m2(self) -> Floats:
        """The area of each zone that at least one shape covers, in square metres."""
        return np.asarray(self.areas_m2[:, 1:].sum(axis=1))


def depth_by_zone(
    zones: Outlines,
    shapes: Outlines,
    zone_area_m2: Floats,
    *,
    cap: int = 1,
    alone: bool = False,
    rims: bool = False,
    tile_m: float | None = None,
    window: Box | None = None,
    threads: int | None = None,
    step: Step | None = None,
) -> DepthFigures:
    """Measure how much of each zone is covered 0, 1, ... `cap` or more times, exact to rounding, in a plane in metres.

    Each area is the sum over the cells of a grid; in a cell the edges of shapes and zones are arranged in upright
    slabs, and the area between two neighbours is a trapezoid and circular segments. Neither the size of tiles nor
    the order of shapes nor the number of threads changes more than the rounding. Raises ValueError for a cap below
    1 or a size of tiles that is no power of two.

    With a `window`, a square whose side is a power of two and whose corner is a multiple of it, only what lies in it is
    measured: the figures of windows that share no ground add up. What is covered 0 times is not known then, and NaN.
    """
    if cap < 1:
        msg = f"the greatest depth told apart must be at least 1, not {cap}"
        raise ValueError(msg)
    if window is not None:
        _require_square(window)
    grid = _grid(zones, shapes, tile_m, window)
    held, laid = _laid(zones, shapes, grid, threads)
    in_tile = np.diff(held.tile_first)
    tiles = np.flatnonzero((in_tile > 0) & (np.diff(laid.tile_first) > 0))
    depths = max(cap, 2) if alone else cap
    cells = divisions_of(in_tile[tiles], depths)
    portions = _portions(in_tile[tiles] * (1 if depths == 1 else DEEPER))

    def run(portion: slice) -> TileSums:
        return sum_tiles(tiles[portion], cells[portion], grid, held, laid, len(zones), cap, alone=alone, rims=rims)

    sums = in_threads(run, portions, threads, step)
    rest_m2 = zone_area_m2 if window is None else np.full(len(zones), np.nan)
    return _figures(sums, rest_m2, len(shapes), cap, alone=alone, rims=rims)


def prepare() -> None:
    """Compile what figures are made with, or load what an earlier run compiled: no request need wait for it then.

    What takes longest to compile is compiled by another process meanwhile, which by the time that it needs `arrange`
    finds it on the disk.
    """
    square = np.array([shapely.box(0, 0, 10, 10)], dtype=object)
    with nullcontext() if was_compiled() else aside(prepare_sums):
        prepare_arrange()
        disc = outlines_of_views(np.zeros((1, 2)), *(np.array([value]) for value in (0.0, 360.0, 5.0, 0.0)))
        ground = outlines_of_polygons(square)
        shapes = joined([disc, ground])
        _laid(ground, shapes, _grid(ground, shapes, None, None), 1)
        outlines_of_rings(rings_of_views(np.zeros((1, 2)), np.zeros(1), np.ones(1), np.full(1, 5.0), np.ones(1), 0.5))
        prepare_tracing()
    depth_by_zone(ground, shapes, shapely.area(square), cap=2, alone=True)


def _figures(
    sums: list[TileSums], zone_area_m2: Floats, shapes: int, cap: int, *, alone: bool, rims: bool
) -> DepthFigures:
    """Add portions up in their order; what is not covered is the rest of the zone."""
    areas = np.zeros((len(zone_area_m2), cap + 1))
    for one in sums:
        areas += one.areas
    areas[:, 0] = zone_area_m2 - areas[:, 1:].sum(axis=1)
    if not alone and not rims:
        return DepthFigures(areas)
    keys = np.concatenate([np.empty(0, np.int64), *(one.alone_of[:, 0] * shapes + one.alone_of[:, 1] for one in sums)])
    found, position = np.unique(keys, return_inverse=True)
    summed = np.bincount(
        position, weights=np.concatenate([np.empty(0), *(one.alone for one in sums)]), minlength=len(found)
    ).astype(np.float64)
    return DepthFigures(
        areas,
        alone_zone=found // max(shapes, 1) if alone else None,
        alone_shape=found % max(shapes, 1) if alone else None,
        alone_m2=summed if alone else None,
        rim_of=np.concatenate([np.empty((0, 2), np.int64), *(one.rim_of for one in sums)]) if rims else None,
        rim_at=np.concatenate([np.empty((0, 2)), *(one.rim_at for one in sums)]) if rims else None,
    )


def _grid(zones: Outlines, shapes: Outlines, tile_m: float | None, window: Box | None) -> Grid:
    """Choose tiles by the size of the shapes, on fixed places of the plane, as many as the shapes in zones need."""
    ground, _ = _extent(zones.bounds)
    reach, sides = _extent(shapes.bounds)
    box = _common_box(ground, reach, window)
    if box is None or not len(sides):
        return Grid(0.0, 0.0, 1.0, 0, 0)
    west, south, east, north = box
    if tile_m is None:
        size = 2.0 ** round(math.log2(TILE_PER_SHAPE * float(np.median(sides))))
        wide, high, most = east - west, north - south, _most_listings(sides)
        while wide / size * (high / size) > MOST_TILES or _listings(sides, min(wide, high), size) > most:
            size *= 2
    else:
        size = float(tile_m)
        if not math.isfinite(size) or size <= 0 or math.frexp(size)[0] != 0.5:  # noqa: PLR2004 - the mantissa of a power of two
            msg = f"the size of tiles must be a power of two, not {tile_m}"
            raise ValueError(msg)
    last_column, last_row = math.floor(east / size), math.floor(north / size)
    if window is not None:  # its eastern and northern sides belong to the next one
        size = min(size, window[2] - window[0])
        last_column = min(math.floor(east / size), int(window[2] / size) - 1)
        last_row = min(math.floor(north / size), int(window[3] / size) - 1)
    first_column, first_row = math.floor(west / size), math.floor(south / size)
    columns, rows = last_column - first_column + 1, last_row - first_row + 1
    return Grid(first_column * size, first_row * size, size, columns, rows)


def _listings(sides: Floats, most_m: float, tile_m: float) -> float:
    """Estimate in how many tiles shapes are listed in all."""
    return float(((np.minimum(sides, most_m) / tile_m + 1) ** 2).sum())


def _most_listings(sides: Floats) -> int:
    """Bound the listings: a few large shapes among many small ones must not fill thousands of tiles each."""
    return SPARE_LISTINGS + LISTINGS_A_SHAPE * len(sides)


def _require_square(window: Box) -> None:
    west, south, east, north = window
    side = east - west
    if side != north - south or not side > 0 or math.frexp(side)[0] != 0.5 or west % side or south % side:  # noqa: PLR2004 - as above
        msg = f"a window must be a square on a grid of its own size, a power of two, not {window}"
        raise ValueError(msg)


@compiled
def _extent(bounds: Floats) -> tuple[Box, Floats]:
    """Give the box of all bounds that are numbers, and the longer side of each that has one."""
    west, south, east, north = np.inf, np.inf, -np.inf, -np.inf
    sides, count = np.empty(len(bounds)), plain(0)
    for i in range(len(bounds)):
        side = max(bounds[i, 2] - bounds[i, 0], bounds[i, 3] - bounds[i, 1])
        if not math.isfinite(side):
            continue
        west, south = min(west, bounds[i, 0]), min(south, bounds[i, 1])
        east, north = max(east, bounds[i, 2]), max(north, bounds[i, 3])
        if side > 0.0:
            sides[count] = side
            count += 1
    return (west, south, east, north), sides[:count]


def _common_box(ground: Box, reach: Box, window: Box | None) -> Box | None:
    """Give the box that holds all that may lie in a zone, in a shape and in the window; None where there is none."""
    west, south = max(ground[0], reach[0]), max(ground[1], reach[1])
    east, north = min(ground[2], reach[2]), min(ground[3], reach[3])
    if window is not None:
        west, south, east, north = (
            max(west, window[0]),
            max(south, window[1]),
            min(east, window[2]),
            min(north, window[3]),
        )
        if west >= window[2] or south >= window[3]:
            return None
    return (west, south, east, north) if west <= east and south <= north else None


def divisions_of(in_tile: Integers, depths: int) -> Integers:
    """Divide crowded tiles into more cells, the more so the more depths are told apart."""
    cells = np.full(len(in_tile), 8, dtype=np.int64)
    densities = next((steps for most, steps in _DENSITIES.items() if depths <= most), _DENSITIES[255])
    for at_least, side in densities:
        cells[in_tile > at_least] = side
    return cells


def _portions(weights: Integers) -> list[slice]:
    """Divide tiles into runs of about equal weight."""
    if not len(weights):
        return []
    count = min(1 + int(weights.sum()) // LISTINGS_A_PORTION, MOST_PORTIONS)
    ends = np.searchsorted(np.cumsum(weights), np.linspace(0, weights.sum(), count + 1)[1:])
    bounds = np.unique(np.concatenate([[0], np.minimum(ends + 1, len(weights)), [len(weights)]]))
    return [slice(int(a), int(b)) for a, b in pairwise(bounds)]


def _laid(zones: Outlines, shapes: Outlines, grid: Grid, threads: int | None) -> tuple[Shapes, ZoneTiles]:
    """Lay shapes and zones on a grid, at the same time; zones only on tiles that may hold a shape."""
    laying: list[Callable[[], Any]] = [
        lambda: lay_shapes(shapes, grid),
        lambda: lay_zones(zones.edges, zones.first, grid),
    ]
    held, (presence, crossing) = in_threads(lambda lay: lay(), laying, threads)
    holds = np.diff(held.tile_first) > 0
    zone_first, presence = by_tile(presence, holds)
    crossing_first, crossing = by_tile(crossing, holds)
    return held, ZoneTiles(zones.edges, zone_first, presence, crossing_first, crossing)
