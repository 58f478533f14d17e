"""Collections made up for tiles, and tiles read by others: mapbox_vector_tile, and the bare commands of a geometry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import mapbox_vector_tile
import numpy as np
import shapely
from mapbox_vector_tile.Mapbox import vector_tile_pb2
from pyproj import CRS
from shapely.geometry import shape

from geoservice.collections.collection import Collection, Property
from geoservice.crs import LONLAT, Extent, WorkingCrs
from geoservice.i18n import Text
from geoservice.tiles import MatrixSet, TileStore, region_grid, web_mercator_quad
from geoservice.tiles.matrix_set import TILE_PX

PLANE = CRS.from_epsg(2326)
EXTENT = Extent(113.80, 22.13, 114.45, 22.58)
GRID = region_grid("harbour", Text(en="Harbour", zh="海港"), WorkingCrs(PLANE), EXTENT)
MERCATOR = web_mercator_quad()
BOTH = (MERCATOR, GRID)


def collection(
    geometry: Sequence[Any], crs: Any = PLANE, ids: Sequence[str] | None = None, **columns: Sequence[Any]
) -> Collection:
    """Make a collection of geometries in some system."""
    frame = gpd.GeoDataFrame(dict(columns), geometry=list(geometry), crs=crs).to_crs(LONLAT)
    return Collection(
        id="made-up",
        title=Text(en="Made up", zh="虛構"),
        description=Text(en="Made up", zh="虛構"),
        frame=frame,
        ids=tuple(ids or (f"f{i}" for i in range(len(frame)))),
        schema={name: Property("string") for name in columns},
        version="1",
    )


def in_units(made: Collection, matrix_set: MatrixSet, zoom: int) -> np.ndarray:
    """Place the features of a collection in units of a zoom, y pointing down, by geopandas alone."""
    geometry = np.asarray(made.frame.to_crs(matrix_set.crs).geometry.array)
    unit = matrix_set.matrices[zoom].cell_m * TILE_PX / 4096
    corner = np.array([matrix_set.west_m, matrix_set.north_m])
    return shapely.transform(geometry, lambda xy: (xy - corner) * [1, -1] / unit)


def read(tile: bytes, row: int = 0, column: int = 0) -> list[dict[str, Any]]:
    """Read the features of a tile's first layer, their geometries in units of its zoom."""
    if not tile:
        return []
    (layer,) = mapbox_vector_tile.decode(tile, default_options={"y_coord_down": True}).values()
    assert layer["extent"] == 4096
    assert layer["version"] == 2
    corner = np.array([column, row]) * 4096
    return [
        {**feature, "geometry": shapely.transform(shape(feature["geometry"]), lambda xy: xy + corner)}
        for feature in layer["features"]
    ]


def covering(made: Collection, matrix_set: MatrixSet, zoom: int) -> list[tuple[int, int]]:
    """List row and column of the tiles that a collection's extent meets."""
    assert made.extent is not None
    found = next(limits for limits in matrix_set.limits(made.extent) if limits.zoom == zoom)
    rows = range(found.first_row, found.last_row + 1)
    return [(row, column) for row in rows for column in range(found.first_column, found.last_column + 1)]


def tiles(made: Collection, matrix_set: MatrixSet, zoom: int) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """Read all tiles of a zoom that a collection meets."""
    store = TileStore(BOTH)
    return {
        (row, column): read(store.tile([made], matrix_set, (zoom, row, column)), row, column)
        for row, column in covering(made, matrix_set, zoom)
    }


def core(row: int, column: int) -> shapely.Polygon:
    """Give the square of a tile without its buffer, in units of its zoom."""
    return shapely.box(column * 4096, row * 4096, (column + 1) * 4096, (row + 1) * 4096)


def rings(tile: bytes) -> list[list[list[tuple[int, int]]]]:
    """Follow the commands of every polygon, without the library's reader: the corners of its rings, closed or not."""
    message = vector_tile_pb2.tile()
    message.ParseFromString(tile)
    return [_rings(list(feature.geometry)) for layer in message.layers for feature in layer.features]


def _rings(numbers: list[int]) -> list[list[tuple[int, int]]]:
    found: list[list[tuple[int, int]]] = []
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 7:
            assert count == 1
            continue
        assert command in (1, 2)
        if command == 1:
            assert count == 1
            found.append([])
        for _ in range(count):
            x += (numbers[at] >> 1) ^ -(numbers[at] & 1)
            y += (numbers[at + 1] >> 1) ^ -(numbers[at + 1] & 1)
            found[-1].append((x, y))
            at += 2
    return found


def turned(ring: list[tuple[int, int]]) -> int:
    """Give twice a ring's area by the surveyor's formula: positive for outer rings of tiles."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
