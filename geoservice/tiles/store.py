"""The tiles of all collections: written when asked for, and kept in memory as far as there is room."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from geoservice.collections import Collection, Query
from geoservice.errors import NotFoundError, message, there_are
from geoservice.tiles.held import Held
from geoservice.tiles.matrix_set import MatrixSet
from geoservice.tiles.tiling import Tiling, weigh

MOST_TILE_BYTES = 64 * 2**20
MOST_PREPARED_BYTES = 512 * 2**20
_OVERHEAD = 300
"""About how many bytes it takes to keep a tile beside its own."""


class TileStore:
    """Tiles of some matrix sets and what they are made of, within bounds; a collection made anew has its own."""

    def __init__(
        self,
        matrix_sets: Iterable[MatrixSet],
        most_tile_bytes: int = MOST_TILE_BYTES,
        most_prepared_bytes: int = MOST_PREPARED_BYTES,
    ) -> None:
        self.matrix_sets = {matrix_set.id: matrix_set for matrix_set in matrix_sets}
        self._tiles = Held(most_tile_bytes, lambda layer: len(layer) + _OVERHEAD)
        self._prepared = Held(most_prepared_bytes, weigh)

    def matrix_set(self, matrix_set_id: str) -> MatrixSet:
        """Find a matrix set; raises NotFoundError."""
        found = self.matrix_sets.get(matrix_set_id)
        if found is None:
            raise NotFoundError(message("tile matrix set"), matrix_set_id, advice=there_are(self.matrix_sets))
        return found

    @property
    def kept_bytes(self) -> int:
        """About how many bytes are kept."""
        return self._tiles.kept_bytes + self._prepared.kept_bytes

    def prepare(self, collection: Collection, matrix_set: MatrixSet) -> None:
        """Make what all tiles of a collection are written from before any is asked for."""
        Tiling(collection, matrix_set, self._prepared).prepare()

    def tile(
        self,
        collections: Sequence[Collection],
        matrix_set: MatrixSet,
        place: tuple[int, int, int],
        wanted: Sequence[Query | None] = (),
    ) -> bytes:
        """Write the tile at a zoom, row and column with a layer for each collection; no bytes where all are empty.

        `wanted` says for each collection which of its features are meant; all where there is none. Raises
        ParameterError if a filter does not fit.
        """
        queries = wanted or (None,) * len(collections)
        layers = zip(collections, queries, strict=True)
        return b"".join(self._layer(collection, query, matrix_set, place) for collection, query in layers)

    def _layer(
        self, collection: Collection, query: Query | None, matrix_set: MatrixSet, place: tuple[int, int, int]
    ) -> bytes:
        tiling = Tiling(collection, matrix_set, self._prepared, query)
        return self._tiles.get(tiling.key(*place), lambda: tiling.layer(*place))
