"""The fixed grid of square cells in the working plane, and zones cut to it once."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.portions import in_threads
from geoservice.crs import WorkingCrs

Geometries = npt.NDArray[np.object_]
Integers = npt.NDArray[np.int64]

PORTIONS = 16
"""Zones are cut in so many portions, on all cores."""


@dataclass(frozen=True, slots=True)
class ZonePieces:
    """Zones cut to the grid: piece i is the part of zone `zone[i]` (its position) in cell `column[i]`, `row[i]`.

    Cell (c, r) spans c to c + 1 times `cell_m` in easting and r to r + 1 times `cell_m` in northing, so that it is the
    same cell whatever else is asked. The pieces of a zone have no area in common and unite to the zone.
    """

    cell_m: float
    zone: Integers
    column: Integers
    row: Integers
    geometry: Geometries


def cut_to_cells(zones: gpd.GeoSeries, cell_m: float, working: WorkingCrs) -> ZonePieces:
    """Cut polygons in the working CRS to square cells of `cell_m` metres; raises CrsError in any other CRS.

    Blocks of cells are quartered until each is one cell, so that a long outline is cut into short ones early on and the
    work grows with the length of the outline, not with its product with the number of cells.
    """
    working.require(zones, "The zones")
    present = np.flatnonzero(~(zones.is_empty | zones.isna()).to_numpy())
    # Copies, for GEOS prepares a geometry bit by bit, unlocked, and others may ask the same zones at the same time.
    geometry = shapely.from_wkb(shapely.to_wkb(np.asarray(zones.array, dtype=object)))
    parts = in_threads(lambda some: _cut(some, geometry[some], cell_m), np.array_split(present, PORTIONS))
    owner, pieces, column, row = (np.concatenate(values) for values in zip(*parts, strict=True))
    order = np.lexsort((column, row, owner))
    return ZonePieces(cell_m, owner[order], column[order], row[order], pieces[order])


def _cut(
    positions: npt.NDArray[np.intp], geometry: Geometries, cell_m: float
) -> tuple[Integers, Geometries, Integers, Integers]:
    """Give the pieces of some zones: the zone's position, the piece, its column and row."""
    owner, geometry, column, row, size = _blocks(positions, geometry, cell_m)
    done: list[tuple[Integers, Geometries, Integers, Integers]] = []
    while True:
        single = size == 1
        done.append((owner[single], geometry[single], column[single], row[single]))
        if single.all():
            owners, pieces, columns, rows = zip(*done, strict=True)
            return np.concatenate(owners), np.concatenate(pieces), np.concatenate(columns), np.concatenate(rows)
        owner, geometry, column, row, size = _quarter(
            owner[~single], geometry[~single], column[~single], row[~single], size[~single], cell_m
        )


def _blocks(
    positions: npt.NDArray[np.intp], geometry: Geometries, cell_m: float
) -> tuple[Integers, Geometries, Integers, Integers, Integers]:
    """Give each zone the smallest block of 2^k by 2^k cells, from its south-western cell on, that holds it."""
    low_high = np.floor(shapely.bounds(geometry) / cell_m).astype(np.int64).reshape(-1, 4)
    span = np.maximum(low_high[:, 2] - low_high[:, 0], low_high[:, 3] - low_high[:, 1]) + 1
    size = (2 ** np.ceil(np.log2(np.maximum(span, 1)))).astype(np.int64)
    return positions.astype(np.int64), geometry, low_high[:, 0], low_high[:, 1], size


def _quarter(
    owner: Integers, geometry: Geometries, column: Integers, row: Integers, size: Integers, cell_m: float
) -> tuple[Integers, Geometries, Integers, Integers, Integers]:
    """Cut each block into its four quarters and keep those that hold some area."""
    half = np.repeat(size // 2, 4)
    east = np.tile(np.array([0, 1, 0, 1]), len(size))
    north = np.tile(np.array([0, 0, 1, 1]), len(size))
    columns = np.repeat(column, 4) + east * half
    rows = np.repeat(row, 4) + north * half
    boxes = shapely.box(columns * cell_m, rows * cell_m, (columns + half) * cell_m, (rows + half) * cell_m)
    wholes = np.repeat(geometry, 4)
    shapely.prepare(geometry)
    inside = shapely.contains_properly(wholes, boxes)
    pieces: Geometries = np.full(len(boxes), shapely.Polygon(), dtype=object)
    pieces[inside] = boxes[inside]
    touching = ~inside & shapely.intersects(wholes, boxes)
    pieces[touching] = shapely.intersection(wholes[touching], boxes[touching])
    pieces = polygonal(pieces)
    kept = shapely.area(pieces) > 0
    return np.repeat(owner, 4)[kept], pieces[kept], columns[kept], rows[kept], half[kept]


def polygonal(geometry: Geometries) -> Geometries:
    """Drop the points and lines that an intersection leaves where outlines only touch."""
    result = geometry.copy()
    result[shapely.get_dimensions(geometry) < 2] = shapely.Polygon()  # noqa: PLR2004 - areas only
    mixed = np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for position in mixed:
        parts = shapely.get_parts(geometry[position])
        result[position] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])  # noqa: PLR2004 - areas only
    return result
