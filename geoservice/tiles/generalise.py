"""What a zoom shows of features: points thinned, shapes simplified, and nothing small left out altogether."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.tiles.encode import EXTENT
from geoservice.tiles.matrix_set import TILE_PX

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]
Place = Callable[[Floats], Floats]

PIXEL = EXTENT // TILE_PX
"""A pixel in units of a tile."""
THIN_PX = 4
TOLERANCE = PIXEL / 8
"""How far simplifying moves an outline, in units: an eighth of a pixel."""
LEAST_PART = (PIXEL / 8) ** 2
"""Parts and holes of a larger shape that are smaller than this, in square units, are left out."""
_POLYGON, _LINE = 2, 1


@dataclass(frozen=True, slots=True)
class Shapes:
    """Geometries, each of one dimension, the row of each, and how many features it stands for (0: itself alone)."""

    geometry: Geometries
    rows: Integers
    counts: Integers

    def take(self, chosen: Integers | Flags) -> Shapes:
        """Give some of them."""
        return Shapes(self.geometry[chosen], self.rows[chosen], self.counts[chosen])

    @property
    def weight(self) -> int:
        """About how many bytes this takes."""
        return 16 * int(shapely.get_num_coordinates(self.geometry).sum()) + 400 * len(self.geometry)


def thinned(xy: Integers) -> tuple[Integers, Integers]:
    """Keep one point (n, 2, in units of a zoom) in each square of 4 pixels: the first; give also how many it is for.

    The squares are those of the tiles, so that each lies in one tile and the counts of all tiles add up.
    """
    return _first_of_each(xy // (THIN_PX * PIXEL))


def _numbered(cells: Integers) -> Integers:
    """Give each cell (column, row) one number; both have less than 32 bits at every zoom."""
    return cells[:, 1] * 2**32 + cells[:, 0]


def _first_of_each(cells: Integers) -> tuple[Integers, Integers]:
    _, first, counts = np.unique(_numbered(cells), return_index=True, return_counts=True)
    order = np.argsort(first)
    return first[order], counts[order].astype(np.int64)


def generalised(shapes: Shapes, *, share_borders: bool) -> Shapes:
    """Simplify shapes given in units of a zoom, and put squares for polygons that are smaller than a pixel.

    Polygons that share borders keep sharing them. Squares within 4 pixels of one another become one that stands for
    all, of their area together as far as that square allows. Coordinates become whole; all stays valid.
    """
    dimension = shapely.get_dimensions(shapes.geometry)
    drawn = shapes.geometry.copy()
    polygons, lines = np.flatnonzero(dimension == _POLYGON), np.flatnonzero(dimension == _LINE)
    drawn[polygons] = _simplified(without_specks(drawn[polygons]), share_borders=share_borders)
    drawn[lines] = shapely.simplify(drawn[lines], TOLERANCE)
    drawn = whole(drawn)
    small = (dimension == _POLYGON) & ~(shapely.area(drawn) >= PIXEL**2)
    short = np.flatnonzero((dimension == _LINE) & ~(shapely.length(drawn) >= PIXEL))
    drawn[short] = dashes(shapes.geometry[short])
    large = Shapes(drawn, shapes.rows, shapes.counts).take(~small)
    if not small.any():
        return large
    squares = _merged(shapes.take(small))
    rows = np.concatenate([large.rows, squares.rows])
    order = np.argsort(rows, kind="stable")
    geometry = np.concatenate([large.geometry, squares.geometry])
    return Shapes(geometry, rows, np.concatenate([large.counts, squares.counts])).take(order)


def _simplified(polygons: Geometries, *, share_borders: bool) -> Geometries:
    if not len(polygons):
        return polygons
    found = shapely.coverage_simplify(polygons, TOLERANCE) if share_borders else shapely.simplify(polygons, TOLERANCE)
    return np.asarray(found, dtype=object)


def _merged(small: Shapes) -> Shapes:
    """Draw small polygons as squares of at least a pixel, one for those in the same square of 4 pixels."""
    centre = middles(small.geometry)
    cell = np.floor(centre / (THIN_PX * PIXEL)).astype(np.int64)
    _, member = np.unique(_numbered(cell), return_inverse=True)
    area = np.bincount(member, weights=shapely.area(small.geometry))[member]
    first, counts = _first_of_each(cell)
    side = np.clip(np.sqrt(area[first]), PIXEL, THIN_PX * PIXEL)
    return Shapes(squares(centre[first], side), small.rows[first], np.where(counts > 1, counts, 0))


def middles(polygons: Geometries) -> Floats:
    """Give a place for each polygon: the middle of its bounds."""
    bounds = shapely.bounds(polygons)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2)


def squares(centre: Floats, side: Floats | float) -> Geometries:
    """Draw squares with whole corners."""
    half = np.maximum(np.rint(np.broadcast_to(side, len(centre)) / 2), 1)
    x, y = np.rint(centre).T
    return np.asarray(shapely.box(x - half, y - half, x + half, y + half), dtype=object)


def enlarged(drawn: Geometries, geometry: Geometries, uncut: Flags, place: Place) -> Geometries:
    """Draw polygons that are smaller than a pixel as squares of a pixel, and shorter lines as dashes, but for cut ones.

    `geometry` is what has been `drawn` in whole units, and `place` puts it there.
    """
    dimension = shapely.get_dimensions(geometry)
    small = np.flatnonzero(uncut & (dimension == _POLYGON) & ~(shapely.area(drawn) >= PIXEL**2))
    short = np.flatnonzero(uncut & (dimension == _LINE) & ~(shapely.length(drawn) >= PIXEL))
    if not len(small) and not len(short):
        return drawn
    found = drawn.copy()
    found[small] = squares(middles(shapely.transform(geometry[small], place)), PIXEL)
    found[short] = dashes(shapely.transform(geometry[short], place))
    return found


def dashes(lines: Geometries) -> Geometries:
    """Draw lines that are too short to be seen as dashes of a pixel from where each begins."""
    x, y = np.rint(shapely.bounds(lines)[:, :2]).T
    ends = np.stack([np.column_stack([x, y]), np.column_stack([x + PIXEL, y])], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object)


def whole(geometry: Geometries, place: Place | None = None, sound: Flags | None = None) -> Geometries:
    """Round coordinates to whole units, when `place` has put them there; polygons that this makes invalid are mended.

    Those that are surely `sound` are not looked at. What is nothing then is None.
    """

    def put(xy: Floats) -> Floats:
        return np.rint(xy if place is None else place(xy))

    rounded = np.asarray(shapely.transform(geometry, put), dtype=object)
    asked = shapely.get_dimensions(rounded) == _POLYGON
    if sound is not None:
        asked &= ~sound
    bad = np.flatnonzero(asked)
    bad = bad[~shapely.is_valid(rounded[bad])]
    if len(bad):
        rounded[bad] = _snapped(geometry[bad] if place is None else shapely.transform(geometry[bad], place))
    return rounded


def _snapped(polygons: Geometries) -> Geometries:
    """Round polygons so that they stay valid, part by part; what is nothing then is empty.

    Only parts that rounding spoils are taken to the slower way, and all parts of a polygon only where two of them meet.
    """
    parts, of_shape = shapely.get_parts(polygons, return_index=True)
    rounded = np.asarray(shapely.transform(parts, np.rint), dtype=object)
    bad = np.flatnonzero(~shapely.is_valid(rounded))
    source = parts[bad]
    broken = ~shapely.is_valid(source)
    source[broken] = shapely.make_valid(source[broken], method="structure", keep_collapsed=False)
    rounded[bad] = only_polygons(shapely.set_precision(source, 1.0))
    again, of_part = shapely.get_parts(rounded, return_index=True)
    kept = ~(shapely.is_empty(again) | shapely.is_missing(again))
    again, of_shape = again[kept], of_shape[of_part[kept]]
    found = np.full(len(polygons), None, dtype=object)
    shape, number = np.unique(of_shape, return_inverse=True)
    found[shape] = shapely.multipolygons(again, indices=number)
    for i in shape[~shapely.is_valid(found[shape])]:
        found[i] = shapely.union_all(again[of_shape == i], grid_size=1.0)
    return only_polygons(found)


def only_polygons(geometry: Geometries) -> Geometries:
    """Leave the lines and points out that an operation on polygons has brought along; None where nothing is left."""
    kinds = shapely.get_type_id(geometry)
    if np.isin(kinds, (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)).all():
        return geometry
    found = geometry.copy()
    for i in np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION):
        parts = shapely.get_parts(geometry[i])
        found[i] = shapely.union_all(parts[shapely.get_dimensions(parts) == _POLYGON])
    found[(shapely.get_dimensions(found) < _POLYGON) | shapely.is_empty(found)] = None
    return found


def without_specks(polygons: Geometries) -> Geometries:
    """Leave out parts and holes that are too small to be seen, and keep polygons whole of which nothing else is."""
    parts, of_shape = shapely.get_parts(polygons, return_index=True)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    area = shapely.area(shapely.polygons(rings)) if len(rings) else np.empty(0)
    outer = np.ones(len(rings), np.bool_)
    outer[1:] = of_part[1:] != of_part[:-1]
    speck = area < LEAST_PART
    if not speck.any():
        return polygons
    gone = np.zeros(len(parts), np.bool_)
    gone[of_part[outer & speck]] = True
    kept_ring = ~speck & ~gone[of_part]
    left = np.bincount(of_shape[~gone], minlength=len(polygons)) > 0
    touched = np.zeros(len(polygons), np.bool_)
    touched[of_shape[of_part[~kept_ring]]] = True
    again = touched & left
    rebuilt = kept_ring & again[of_shape[of_part]]
    of_kept, part_number = np.unique(of_part[rebuilt], return_inverse=True)
    kept = shapely.polygons(rings[rebuilt], indices=part_number)
    shape, number = np.unique(of_shape[of_kept], return_inverse=True)
    found = polygons.copy()
    found[shape] = shapely.multipolygons(kept, indices=number)
    return found
