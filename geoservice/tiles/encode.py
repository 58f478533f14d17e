"""Features in the units of a tile, laid out flat and written as one layer (Mapbox Vector Tile 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.tiles.attributes import Attributes, field, varint
from geoservice.tiles.matrix_set import UNITS
from geoservice.tiles.protobuf import LINE, POINT, POLYGON, within, write_layer

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]

EXTENT = UNITS
MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
_VERSION = b"\x78\x02"


@dataclass(frozen=True, slots=True)
class Flat:
    """m features as `write_layer` takes them: rows, counts and kinds (m,), the starts of parts and corners, corners."""

    rows: Integers
    counts: Integers
    kinds: Integers
    part_first: Integers
    corner_first: Integers
    outer: npt.NDArray[np.bool_]
    corners: Integers


def flat_points(xy: Integers, rows: Integers, counts: Integers) -> Flat:
    """Lay single points (n, 2) out, a feature each."""
    each = np.arange(len(rows) + 1)
    kinds = np.full(len(rows), POINT, np.int64)
    return Flat(rows, counts, kinds, each, each, np.zeros(len(rows), np.bool_), xy)


def flat_shapes(geometry: Geometries, rows: Integers, counts: Integers) -> Flat:
    """Lay shapes with whole coordinates out: (multi)polygons, (multi)lines and multipoints, by kind."""
    kinds = shapely.get_dimensions(geometry) + 1
    pieces = [
        _flat_of_kind(kind, geometry[chosen], rows[chosen], counts[chosen])
        for kind in (POLYGON, LINE, POINT)
        if len(chosen := np.flatnonzero(kinds == kind))
    ]
    return joined(pieces)


def _flat_of_kind(kind: int, geometry: Geometries, rows: Integers, counts: Integers) -> Flat:
    parts, of_shape = shapely.get_parts(geometry, return_index=True)
    outer = np.ones(len(parts), np.bool_)
    if kind == POLYGON:
        parts, of_part = shapely.get_rings(parts, return_index=True)
        outer = np.ones(len(parts), np.bool_)
        outer[1:] = of_part[1:] != of_part[:-1]
        of_shape = of_shape[of_part]
    elif kind == POINT:
        parts, of_shape, outer = geometry, np.arange(len(geometry)), np.zeros(len(geometry), np.bool_)
    corners = np.rint(shapely.get_coordinates(parts)).astype(np.int64)
    return Flat(
        rows,
        counts,
        np.full(len(rows), kind, np.int64),
        np.searchsorted(of_shape, np.arange(len(geometry) + 1)),
        starts(shapely.get_num_coordinates(parts)),
        outer,
        corners,
    )


def joined(pieces: list[Flat]) -> Flat:
    """Put features behind one another."""
    if len(pieces) == 1:
        return pieces[0]
    none = np.empty(0, np.int64)
    parts = starts(np.array([len(p.outer) for p in pieces], np.int64))
    corners = starts(np.array([len(p.corners) for p in pieces], np.int64))
    return Flat(
        np.concatenate([none, *(p.rows for p in pieces)]),
        np.concatenate([none, *(p.counts for p in pieces)]),
        np.concatenate([none, *(p.kinds for p in pieces)]),
        np.concatenate([*(p.part_first[:-1] + at for p, at in zip(pieces, parts, strict=False)), parts[-1:]]),
        np.concatenate([*(p.corner_first[:-1] + at for p, at in zip(pieces, corners, strict=False)), corners[-1:]]),
        np.concatenate([np.empty(0, np.bool_), *(p.outer for p in pieces)]),
        np.concatenate([np.empty((0, 2), np.int64), *(p.corners for p in pieces)]),
    )


def starts(counts: Integers) -> Integers:
    """Give where each of so many begins, and where all end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


@dataclass(frozen=True, slots=True)
class Heading:
    """What is the same in every tile's layer of a collection: version and name before, keys and extent behind."""

    before: npt.NDArray[np.uint8]
    behind: npt.NDArray[np.uint8]


def heading(name: str, attributes: Attributes) -> Heading:
    """Write what every layer of a collection begins and ends with."""
    keys = b"".join(field(3, key.encode()) for key in attributes.keys)
    behind = keys + b"\x28" + varint(EXTENT)
    before = _VERSION + field(1, name.encode())
    return Heading(np.frombuffer(before, np.uint8).copy(), np.frombuffer(behind, np.uint8).copy())


def encoded(head: Heading, attributes: Attributes, flat: Flat) -> bytes:
    """Write features as a layer of a tile; no bytes where none is left."""
    if not len(flat.rows):
        return b""
    body = write_layer(
        head.before,
        head.behind,
        attributes.value_of,
        attributes.values,
        attributes.value_first,
        attributes.feature_id,
        flat.rows,
        flat.counts,
        flat.kinds,
        flat.part_first,
        flat.corner_first,
        flat.outer,
        np.ascontiguousarray(flat.corners),
    )
    return field(3, body.tobytes()) if len(body) else b""


@dataclass(frozen=True, slots=True)
class PointIndex:
    """Points sorted by the cells of a grid, so that those in a box are found at once.

    `order` gives for each, in the order of the grid, its place among the points as they came.
    """

    x: Floats
    y: Floats
    order: Integers
    first: Integers
    columns: int
    corner: Floats
    cell: float

    @property
    def weight(self) -> int:
        """How many bytes this takes."""
        return self.x.nbytes + self.y.nbytes + self.order.nbytes + self.first.nbytes

    def within(self, west: float, north: float, east: float, south: float) -> Integers:
        """Find the points in a box, y pointing down, as they came; its eastern and southern side is left out."""
        box = np.array([west, north, east, south])
        found = within(self.x, self.y, self.first, self.columns, self.corner, self.cell, box)
        return np.sort(self.order[found])


_POINTS_A_CELL = 8
_LEAST_CELL = 2.0**-40
"""In worlds: far less than a unit of any zoom."""


def index_points(xy: Floats) -> PointIndex:
    """Sort points (n, 2), all finite, into a grid with a few of them in each cell."""
    if not len(xy):
        none = np.empty(0)
        return PointIndex(none, none, np.empty(0, np.int64), np.zeros(2, np.int64), 1, np.zeros(2), 1.0)
    corner = xy.min(axis=0)
    width, height = (float(side) for side in xy.max(axis=0) - corner)
    wanted = max(1.0, len(xy) / _POINTS_A_CELL)
    cell = max((width * height / wanted) ** 0.5, max(width, height) / wanted, _LEAST_CELL)
    columns, rows = int(width / cell) + 1, int(height / cell) + 1
    place = np.floor((xy - corner) / cell).astype(np.int64)
    key = np.minimum(place[:, 1], rows - 1) * columns + np.minimum(place[:, 0], columns - 1)
    order = np.argsort(key, kind="stable")
    first = starts(np.bincount(key, minlength=rows * columns))
    x, y = np.ascontiguousarray(xy[order, 0]), np.ascontiguousarray(xy[order, 1])
    return PointIndex(x, y, order, first, columns, corner, cell)


def prepare() -> None:
    """Compile what tiles are made with, or load what an earlier run compiled: no request need wait for it then."""
    attributes = Attributes(
        ("id", "point_count"),
        np.zeros((1, 1), np.int64),
        np.zeros(1, np.uint8),
        np.array([0, 1]),
        np.zeros(1, np.int64),
    )
    found = index_points(np.zeros((1, 2))).within(0.0, 0.0, 1.0, 1.0)
    flat = flat_points(np.zeros((1, 2), np.int64), found, np.ones(1, np.int64))
    encoded(heading("none", attributes), attributes, flat)
