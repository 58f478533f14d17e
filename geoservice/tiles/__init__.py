"""Vector tiles of collections: matrix sets, what each zoom shows, and Mapbox Vector Tiles of it."""

from geoservice.tiles.encode import MEDIA_TYPE, prepare
from geoservice.tiles.matrix_set import MatrixSet, matrix_sets, region_grid, web_mercator_quad
from geoservice.tiles.store import TileStore

__all__ = ["MEDIA_TYPE", "MatrixSet", "TileStore", "matrix_sets", "prepare", "region_grid", "web_mercator_quad"]
