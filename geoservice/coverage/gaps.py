"""Gaps by zone and cell, mended where sources change, with the few polygons that have an edge on what is left open."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.cells import Geometries, ZonePieces, cut_to_cells, polygonal
from geoservice.coverage.cover import SNAPPED_M, cut_out
from geoservice.coverage.grid import WHOLE, Grid, ZoneTiles, lay_shapes
from geoservice.coverage.ground import ANGLE, BEARING, EASTING, NEAREST, NORTHING, RANGE
from geoservice.coverage.outlines import Outlines, outlines_of_rings
from geoservice.coverage.rims import on_the_rim
from geoservice.coverage.rings import Rings, covers_points, polygons_of_rings, rings_of_views
from geoservice.coverage.tile import sum_tiles
from geoservice.crs import WorkingCrs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Cell = tuple[int, int]

DUST_M2 = 1e-6
"""Parts smaller than this are the rounding of the arithmetic, not ground."""
AREA_ROUNDING = 1e-12
"""By this share areas may differ that are measured in two ways."""
UNIT_DIVISIONS = 4
"""A unit is about as wide as a footprint: few cells do."""
_EMPTY = shapely.Polygon()


@dataclass(frozen=True, slots=True, eq=False)
class GapGround:
    """The pieces of zones by cell, and the units into which a cell is divided where it is mended.

    `at` lists the pieces of a cell; `whole` are those that fill theirs. A cell has `units` by `units` of them, numbered
    column by column. Polygons stand for views within `chord_error_m`.
    """

    pieces: ZonePieces
    at: dict[Cell, list[int]]
    whole: npt.NDArray[np.bool_]
    units: int
    chord_error_m: float


def lay_gap_ground(
    zones: gpd.GeoSeries, gap_cell_m: float, unit_m: float, chord_error_m: float, working: WorkingCrs
) -> GapGround:
    """Cut zones to cells, and each cell into units of about `unit_m`; raises CrsError in any but the working CRS."""
    pieces = cut_to_cells(zones, gap_cell_m, working)
    at: dict[Cell, list[int]] = {}
    for piece, cell in enumerate(zip(pieces.column.tolist(), pieces.row.tolist(), strict=True)):
        at.setdefault(cell, []).append(piece)
    units = 2 ** min(max(round(math.log2(gap_cell_m / unit_m)), 0), 6)
    whole = shapely.equals(pieces.geometry, _cell_boxes(pieces.column, pieces.row, gap_cell_m))
    return GapGround(pieces, at, whole, units, chord_error_m)


def _cell_boxes(column: Integers, row: Integers, cell_m: float) -> Geometries:
    boxes = shapely.box(column * cell_m, row * cell_m, (column + 1) * cell_m, (row + 1) * cell_m)
    return np.asarray(boxes, dtype=object)


def units_met(ground: GapGround, bounds: Floats) -> list[tuple[Cell, Integers]]:
    """List the cells that hold some ground, with their units that polygons of views within boxes (n, 4) may meet."""
    if not ground.at:
        return []
    met: dict[Cell, npt.NDArray[np.bool_]] = {}
    pieces, unit_m = ground.pieces, ground.pieces.cell_m / ground.units
    least = np.array([pieces.column.min(), pieces.row.min()]) * ground.units
    most = np.array([pieces.column.max() + 1, pieces.row.max() + 1]) * ground.units - 1
    span = np.floor(widened(bounds, ground.chord_error_m) / unit_m)
    span = np.hstack([np.maximum(span[:, :2], least), np.minimum(span[:, 2:], most)]).astype(np.int64)
    for west, south, east, north in span.tolist():
        for column in range(west // ground.units, east // ground.units + 1):
            for row in range(south // ground.units, north // ground.units + 1):
                if (column, row) not in ground.at:
                    continue
                units = met.setdefault((column, row), np.zeros((ground.units, ground.units), dtype=bool))
                west_unit, south_unit = column * ground.units, row * ground.units
                units[
                    max(west - west_unit, 0) : east - west_unit + 1, max(south - south_unit, 0) : north - south_unit + 1
                ] = True
    return [(cell, np.flatnonzero(units)) for cell, units in met.items()]


def widened(boxes: Floats, by_m: float) -> Floats:
    """Widen boxes (n, 4) to all sides."""
    return np.asarray(boxes + np.array([-by_m, -by_m, by_m, by_m]))


def mended(
    ground: GapGround, cell: Cell, units: Integers, views: Floats, gap_of: Callable[[int], shapely.Geometry]
) -> dict[int, shapely.Geometry]:
    """Find the gap of a cell's pieces anew within some of its units; gives those that changed.

    `views` hold at least all that may reach into the units; `gap_of` gives the gap of a piece as it was, which stays
    as it is outside them.
    """
    region = _region(ground, cell, units)
    pieces = ground.at[cell]
    open_ground = _open(ground, cell, units, region, views)
    every = len(units) == ground.units**2
    result = {}
    for piece in pieces:
        before, outline = gap_of(piece), ground.pieces.geometry[piece]
        now = open_ground if ground.whole[piece] else _areal(shapely.intersection(outline, open_ground))
        was = before if every else _areal(shapely.intersection(before, region))
        if was.is_empty and now.is_empty:
            continue
        if abs(was.area - now.area) <= DUST_M2 and shapely.symmetric_difference(was, now).area <= DUST_M2:
            continue
        result[piece] = without_dust(now if every else shapely.union(shapely.difference(before, region), now))
    return result


def without_dust(geometry: shapely.Geometry) -> shapely.Geometry:
    """Drop lines, points and parts smaller than a square millimetre."""
    parts = shapely.get_parts(geometry)
    kept = parts[shapely.area(parts) > DUST_M2]
    if len(kept) == len(parts) and len(parts):
        return geometry
    if not len(kept):
        return _EMPTY
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


def _areal(geometry: shapely.Geometry) -> shapely.Geometry:
    if shapely.get_type_id(geometry) != shapely.GeometryType.GEOMETRYCOLLECTION:
        return geometry
    return polygonal(np.array([geometry], dtype=object))[0]


def _region(ground: GapGround, cell: Cell, units: Integers) -> shapely.Geometry:
    """Give the ground of some units of a cell, as one geometry."""
    unit_m = ground.pieces.cell_m / ground.units
    column, row = np.divmod(units, ground.units)
    west, south = cell[0] * ground.units + column, cell[1] * ground.units + row
    low, high = (west.min(), south.min()), (west.max() + 1, south.max() + 1)
    if (high[0] - low[0]) * (high[1] - low[1]) == len(units):
        return shapely.box(low[0] * unit_m, low[1] * unit_m, high[0] * unit_m, high[1] * unit_m)
    return shapely.union_all(shapely.box(west * unit_m, south * unit_m, (west + 1) * unit_m, (south + 1) * unit_m))


def _open(ground: GapGround, cell: Cell, units: Integers, region: shapely.Geometry, views: Floats) -> shapely.Geometry:
    """Give the part of a region that no view covers.

    The kernel finds which polygons have an edge on it, and its area. What lies between those few may still be covered
    by others: the area tells.
    """
    west, south, east, north = shapely.bounds(region)
    x, y, reach_m = views[:, EASTING], views[:, NORTHING], views[:, RANGE] + ground.chord_error_m
    views = views[(x + reach_m > west) & (x - reach_m < east) & (y + reach_m > south) & (y - reach_m < north)]
    if not len(views):
        return region
    rings = rings_of_views(
        views[:, : NORTHING + 1],
        views[:, BEARING],
        views[:, ANGLE],
        views[:, RANGE],
        views[:, NEAREST],
        ground.chord_error_m,
    )
    outlines = outlines_of_rings(rings)
    open_m2, exposed = _exposed(ground, cell, units, outlines)
    if open_m2 <= DUST_M2:
        return _EMPTY
    found, every = region, np.ones(len(views), dtype=bool)
    for chosen, grid_m in ((exposed, None), (every, None), (every, SNAPPED_M)):
        found = _left_open(region, polygons_of_rings(rings, np.flatnonzero(chosen)), rings, open_m2, grid_m)
        if abs(found.area - open_m2) <= DUST_M2 + AREA_ROUNDING * region.area:
            break
    return found


def _left_open(
    region: shapely.Geometry, shapes: Geometries, rings: Rings, open_m2: float, grid_m: float | None
) -> shapely.Geometry:
    """Cut some shapes out of a region, and where too much is left, the parts of it that others cover."""
    found = cut_out(np.array([region], dtype=object), shapes[None, :], grid_m)[0]
    if found.area - open_m2 <= DUST_M2:
        return found
    parts = shapely.get_parts(found)
    middles = shapely.get_coordinates(shapely.point_on_surface(parts))
    return shapely.multipolygons(parts[~covers_points(rings, middles)])


def _exposed(ground: GapGround, cell: Cell, units: Integers, outlines: Outlines) -> tuple[float, npt.NDArray[np.bool_]]:
    """Measure what polygons leave open in some units, in m², and find whose edges border on it."""
    cell_m, side = ground.pieces.cell_m, ground.units
    grid = Grid(cell[0] * cell_m, cell[1] * cell_m, cell_m / side, side, side)
    whole = np.column_stack([units, np.zeros_like(units), np.full_like(units, WHOLE)])
    row_first = np.searchsorted(units, np.arange(side * side + 1))
    none = np.zeros(side * side + 1, dtype=np.int64)
    laid = ZoneTiles(np.empty((0, 7)), row_first, whole, none, np.empty((0, 3), dtype=np.int64))
    divisions = np.full(len(units), UNIT_DIVISIONS)
    sums = sum_tiles(units, divisions, grid, lay_shapes(outlines, grid), laid, 1, 1, rims=True)
    return float(sums.areas[0, 0]), on_the_rim(outlines, sums.rim_of)
