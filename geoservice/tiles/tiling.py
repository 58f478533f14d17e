"""One collection cut into the tiles of one matrix set, with what every zoom shows prepared once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.collections import Collection, Query
from geoservice.tiles.attributes import Attributes, prepare_attributes
from geoservice.tiles.encode import (
    EXTENT,
    Flat,
    Heading,
    PointIndex,
    encoded,
    flat_points,
    flat_shapes,
    heading,
    index_points,
    joined,
)
from geoservice.tiles.generalise import Shapes, enlarged, generalised, only_polygons, thinned, whole
from geoservice.tiles.held import Held
from geoservice.tiles.matrix_set import MatrixSet

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Geometries = npt.NDArray[np.object_]
Square = tuple[float, float, float, float]

BUFFER = 128
"""How far a tile goes on beyond its sides, in units, so that no seam shows."""
THIN_ABOVE_M = 10.0
"""Points are thinned where a pixel is larger than this; in Web Mercator up to zoom 13."""
SIMPLIFY_ABOVE_M = 5.0
"""Shapes are simplified where a pixel is larger than this; in Web Mercator up to zoom 14."""
_OVERHEAD = 1_000
_BLOCK_ZOOMS = 2
"""Large shapes are first cut to the tile so many zooms above."""
_MANY_CORNERS = 2_000
_ROUNDING = 1e-9
_POINT, _LINE, _POLYGON = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Base:
    """All features of a collection on the world of a matrix set: single points (n, 2), and shapes with an index."""

    points: Floats
    point_rows: Integers
    shapes: Shapes
    share_borders: bool

    @property
    def weight(self) -> int:
        """About how many bytes this takes."""
        return self.points.nbytes + self.point_rows.nbytes + self.shapes.weight


@dataclass(frozen=True, slots=True)
class Written:
    """What is written of a collection for all its tiles, in whatever matrix set."""

    heading: Heading
    attributes: Attributes

    @property
    def weight(self) -> int:
        """How many bytes this takes."""
        return self.attributes.weight


@dataclass(frozen=True, slots=True)
class Points:
    """The single points that a zoom shows, the row of each, and how many it stands for."""

    xy: Floats
    rows: Integers
    counts: Integers
    index: PointIndex

    @property
    def weight(self) -> int:
        """About how many bytes this takes."""
        return self.xy.nbytes + self.rows.nbytes + self.counts.nbytes + self.index.weight


@dataclass(frozen=True)
class Ground:
    """Shapes with an index: in units of a zoom, or on the world as they are."""

    shapes: Shapes

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index of their bounds."""
        return shapely.STRtree(self.shapes.geometry)

    @cached_property
    def heavy(self) -> bool:
        """Whether some shape has so many corners that cutting it takes long."""
        counts = shapely.get_num_coordinates(self.shapes.geometry)
        return bool(len(counts)) and int(counts.max()) > _MANY_CORNERS

    @property
    def weight(self) -> int:
        """About how many bytes this takes, with its index."""
        return self.shapes.weight + 100 * len(self.shapes.rows)

    def cut(self, square: Square) -> tuple[Shapes, Flags]:
        """Cut the shapes to a square (west, north, east and south, y pointing down); tell which needed no cut."""
        return _cut(self.shapes.take(np.sort(self.tree.query(shapely.box(*square)))), square)


@dataclass(frozen=True, slots=True)
class Tiling:
    """One collection in one matrix set, or those of its features that a query wants; what zooms show is in `held`."""

    collection: Collection
    matrix_set: MatrixSet
    held: Held = field(repr=False)
    query: Query | None = None

    @property
    def base(self) -> Base:
        """The features, on the world of the matrix set; raises ParameterError if a filter does not fit."""
        return self.held.get(self.key("base"), self._base)

    def _base(self) -> Base:
        if self.query is None:
            return _base(self.collection, self.matrix_set)
        wanted = np.zeros(self.collection.count, np.bool_)
        wanted[self.collection.matching(self.query)] = True
        return _chosen(Tiling(self.collection, self.matrix_set, self.held).base, wanted)

    def key(self, *what: object) -> tuple[object, ...]:
        """Name something that is made of these features in this matrix set."""
        return (self.collection, self.matrix_set.id, *_named(self.query), *what)

    def layer(self, zoom: int, row: int, column: int) -> bytes:
        """Write the layer of one tile; no bytes where it holds nothing."""
        base = self.base
        pieces = []
        if len(base.point_rows):
            pieces.append(self._points_of(zoom, row, column))
        if len(base.shapes.rows):
            pieces.append(self._shapes_of(zoom, row, column))
        pieces = [piece for piece in pieces if len(piece.rows)]
        if not pieces:
            return b""
        return encoded(self._written.heading, self._written.attributes, joined(pieces))

    def prepare(self) -> None:
        """Make what tiles of all zooms are written from, so that none waits for it."""
        base, zooms = self.base, range(len(self.matrix_set.matrices))
        if len(base.point_rows) or len(base.shapes.rows):
            self._written  # noqa: B018 - it is kept
        if len(base.point_rows):
            for at in dict.fromkeys(map(self._thinned_at, zooms)):
                self._points(at)
        if len(base.shapes.rows):
            for level in dict.fromkeys(map(self._simplified_at, zooms)):
                self._whole_ground(level)

    @property
    def _written(self) -> Written:
        found: Written = self.held.get((self.collection, "written"), lambda: _written(self.collection))
        return found

    def _thinned_at(self, zoom: int) -> int | None:
        """Tell for which zoom points are thinned that a zoom shows; None where it shows all."""
        return zoom if self.matrix_set.matrices[zoom].cell_m > THIN_ABOVE_M else None

    def _simplified_at(self, zoom: int) -> int | None:
        """Tell for which zoom shapes are simplified that a zoom shows; None where it shows them as they are."""
        return zoom if self.matrix_set.matrices[zoom].cell_m > SIMPLIFY_ABOVE_M else None

    def _points(self, at: int | None) -> Points:
        found: Points = self.held.get(self.key("points", at), lambda: _points_shown(self.base, at))
        return found

    def _whole_ground(self, level: int | None) -> Ground:
        found: Ground = self.held.get(self.key("shapes", level), lambda: self._all_shapes(level))
        return found

    def _points_of(self, zoom: int, row: int, column: int) -> Flat:
        shown = self._points(self._thinned_at(zoom))
        unit = 1.0 / (EXTENT * 2.0**zoom)
        side, margin = 2.0**-zoom, (BUFFER + 0.5) * unit
        found = shown.index.within(
            column * side - margin, row * side - margin, (column + 1) * side + margin, (row + 1) * side + margin
        )
        units = _units(shown.xy[found], zoom) - np.array([column, row]) * EXTENT
        return flat_points(units, shown.rows[found], shown.counts[found])

    def _shapes_of(self, zoom: int, row: int, column: int) -> Flat:
        level = self._simplified_at(zoom)
        simple = level is not None
        ground = self._ground(level, zoom, row, column)
        scale = 1.0 if simple else EXTENT * 2.0**zoom
        cut, inside = ground.cut(_square(row, column, EXTENT / scale, BUFFER / scale))
        corner = np.array([column, row]) * float(EXTENT)

        def place(xy: Floats) -> Floats:
            return xy * scale - corner

        drawn = whole(cut.geometry, place, inside if simple else None)
        if not simple:
            drawn = enlarged(drawn, cut.geometry, inside, place)
        left = ~shapely.is_missing(drawn)
        return flat_shapes(drawn[left], cut.rows[left], cut.counts[left])

    def _ground(self, level: int | None, zoom: int, row: int, column: int) -> Ground:
        """Give what a tile is cut from: all shapes as a zoom (`level`) shows them, or as they are (None).

        Where some are large, it is only what lies in a block of tiles around this one.
        """
        whole_ground = self._whole_ground(level)
        above = zoom - _BLOCK_ZOOMS
        if above < 0 or not whole_ground.heavy:
            return whole_ground
        row, column = row >> _BLOCK_ZOOMS, column >> _BLOCK_ZOOMS
        return self.held.get(
            self.key("block", level, above, row, column), lambda: self._block(level, above, row, column)
        )

    def _block(self, level: int | None, zoom: int, row: int, column: int) -> Ground:
        source = self._ground(level, zoom, row, column)
        scale = EXTENT * 2.0**zoom if level is None else 2.0 ** (zoom - level)
        return Ground(source.cut(_square(row, column, EXTENT / scale, BUFFER / scale))[0])

    def _all_shapes(self, level: int | None) -> Ground:
        base = self.base
        if level is None:
            return Ground(base.shapes)
        scaled = shapely.transform(base.shapes.geometry, lambda xy: xy * (EXTENT * 2.0**level))
        shapes = Shapes(scaled, base.shapes.rows, base.shapes.counts)
        return Ground(generalised(shapes, share_borders=base.share_borders))


def weigh(prepared: Base | Written | Points | Ground) -> int:
    """Count the bytes of what a tiling keeps, and of keeping it, so that what is empty counts too."""
    return prepared.weight + _OVERHEAD


def _named(query: Query | None) -> tuple[object, ...]:
    """Name which features are wanted, in few bytes however long the filters are."""
    if query is None:
        return ()
    conditions = b"\n".join(one.key for one in query.filters)
    return query.bbox, query.datetime, hashlib.sha256(conditions).digest()


def _written(collection: Collection) -> Written:
    attributes = prepare_attributes(collection)
    return Written(heading(collection.id, attributes), attributes)


def _square(row: int, column: int, side: float, margin: float) -> Square:
    west, north = column * side, row * side
    return west - margin, north - margin, west + side + margin, north + side + margin


def _units(world: Floats, zoom: int) -> Integers:
    """Give places on the world as whole units of a zoom."""
    return np.floor(world * (EXTENT * 2.0**zoom) + 0.5).astype(np.int64)


def _points_shown(base: Base, zoom: int | None) -> Points:
    if zoom is None:
        return Points(base.points, base.point_rows, np.ones(len(base.points), np.int64), index_points(base.points))
    kept, counts = thinned(_units(base.points, zoom))
    xy = base.points[kept]
    return Points(xy, base.point_rows[kept], counts, index_points(xy))


def _cut(shapes: Shapes, square: Square) -> tuple[Shapes, Flags]:
    """Cut shapes to a square, and tell which needed no cut; what only touches it goes, and polygons remain polygons."""
    bounds = shapely.bounds(shapes.geometry)
    inside = ((bounds[:, :2] >= square[:2]) & (bounds[:, 2:] <= square[2:])).all(axis=1)
    crossing = np.flatnonzero(~inside)
    source = shapes.geometry[crossing]
    found = _clipped(source, square)
    dimension = shapely.get_dimensions(source)
    polygons = dimension == _POLYGON
    found[polygons] = only_polygons(found[polygons])
    found[shapely.is_empty(found) | (shapely.get_dimensions(found) < dimension)] = None
    geometry = shapes.geometry.copy()
    geometry[crossing] = found
    left = ~shapely.is_missing(geometry)
    return Shapes(geometry[left], shapes.rows[left], shapes.counts[left]), inside[left]


def _clipped(geometry: Geometries, square: Square) -> Geometries:
    """Clip shapes to a square; those that the quick way fails at go the long way.

    GEOS's clipping by a rectangle gives all of it, or raises, for some polygons that only touch its side.
    """
    try:
        found = np.asarray(shapely.clip_by_rect(geometry, *square), dtype=object)
    except shapely.errors.GEOSException:
        if len(geometry) == 1:
            return _intersected(geometry, square)
        half = len(geometry) // 2
        return np.concatenate([_clipped(geometry[:half], square), _clipped(geometry[half:], square)])
    area, most = shapely.area(found), (square[2] - square[0]) * (square[3] - square[1])
    doubtful = (area > 0) & ((area >= most * (1 - _ROUNDING)) | (area > shapely.area(geometry) * (1 + _ROUNDING)))
    found[doubtful] = _intersected(geometry[doubtful], square)
    return found


def _intersected(geometry: Geometries, square: Square) -> Geometries:
    box = shapely.box(*square)
    try:
        return np.asarray(shapely.intersection(geometry, box), dtype=object)
    except shapely.errors.GEOSException:
        return np.asarray(shapely.intersection(shapely.make_valid(geometry), box), dtype=object)


# ------------------------------------------------------------------ features on the world


def _base(collection: Collection, matrix_set: MatrixSet) -> Base:
    """Place the features of a collection; those without a place on the plane are not shown."""
    geometry = shapely.force_2d(np.asarray(collection.frame.geometry.array, dtype=object))
    rows = np.flatnonzero(~(shapely.is_missing(geometry) | shapely.is_empty(geometry)))
    placed = shapely.transform(geometry[rows], matrix_set.world)
    finite = np.isfinite(shapely.bounds(placed)).all(axis=1)
    placed, rows = placed[finite], rows[finite]
    single = shapely.get_type_id(placed) == shapely.GeometryType.POINT
    shapes = _by_dimension(placed[~single], rows[~single])
    return Base(shapely.get_coordinates(placed[single]), rows[single], shapes, _share_borders(shapes))


def _chosen(base: Base, wanted: Flags) -> Base:
    """Give those features that are wanted (n,)."""
    of_points = wanted[base.point_rows]
    shapes = base.shapes.take(wanted[base.shapes.rows])
    share = _share_borders(shapes, known=base.share_borders)
    return Base(base.points[of_points], base.point_rows[of_points], shapes, share)


def _share_borders(shapes: Shapes, *, known: bool = False) -> bool:
    """Tell whether there are several polygons that share their borders, as any do of those that are `known` to."""
    polygons = shapes.geometry[shapely.get_dimensions(shapes.geometry) == _POLYGON]
    return len(polygons) > 1 and (known or bool(shapely.coverage_is_valid(polygons)))


def _by_dimension(geometry: Geometries, rows: Integers) -> Shapes:
    """Take collections of geometries apart, as tiles have none: the points, lines and polygons of each."""
    mixed = shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION
    found, of_row = list(geometry[~mixed]), list(rows[~mixed])
    for one, row in zip(geometry[mixed], rows[mixed], strict=True):
        parts = _single_parts(one)
        for dimension in (_POINT, _LINE, _POLYGON):
            alike = parts[shapely.get_dimensions(parts) == dimension]
            if len(alike):
                found.append(
                    shapely.union_all(alike)
                    if dimension == _POLYGON
                    else shapely.multipoints(alike)
                    if dimension == _POINT
                    else shapely.multilinestrings(alike)
                )
                of_row.append(row)
    order = np.argsort(np.array(of_row, np.int64), kind="stable")
    drawn = np.empty(len(found), dtype=object)
    drawn[:] = found
    return Shapes(drawn[order], np.array(of_row, np.int64)[order], np.zeros(len(found), np.int64))


def _single_parts(geometry: shapely.Geometry) -> Geometries:
    parts = np.array([geometry], dtype=object)
    while (shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = shapely.get_parts(parts)
    left: Geometries = parts[~shapely.is_empty(parts)]
    return left
