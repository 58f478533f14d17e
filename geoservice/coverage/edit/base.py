"""Sources and what they cover and leave out, measured once, for edits to stand on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeGuard

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geoservice.coverage.cells import Geometries
from geoservice.coverage.depth import TILE_PER_SHAPE
from geoservice.coverage.edit.measuring import covered_in_portions, gaps_mended
from geoservice.coverage.edit.sources import is_number, kind_of, require_cameras, table_of
from geoservice.coverage.gaps import GapGround, lay_gap_ground, units_met
from geoservice.coverage.grid import shapes_by_tile
from geoservice.coverage.ground import Ground, lay_ground, outlines_of_table
from geoservice.coverage.outlines import Outlines, outlines_of_polygons
from geoservice.coverage.portions import cores
from geoservice.coverage.rings import runs
from geoservice.crs import WorkingCrs
from geoservice.errors import CrsError, shorten

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """Sources and what they cover and leave out, for any number of overlays to stand on; nothing changes it.

    Source i is `ids[i]`, with the row `views[i]` as in `ground`. `of_tile` lists the sources that may reach into tile t
    from `tile_first[t]` up to `tile_first[t + 1]`; `covered_m2` [row, depth - 1] is by row of the ground; `gaps` is
    the gap of each piece.
    """

    ids: tuple[str, ...]
    number: Mapping[str, int]
    views: Floats
    ground: Ground
    zone_area_m2: Floats
    tile_first: Integers
    of_tile: npt.NDArray[np.int32]
    covered_m2: Floats
    covered_by_zone_m2: Floats
    gap_ground: GapGround | None
    gaps: Geometries
    threads: int

    @property
    def cap(self) -> int:
        """The greatest depth told apart."""
        return int(self.covered_m2.shape[1])

    def sources_in(self, tiles: Integers) -> Integers:
        """List the sources that may reach into tiles, in order."""
        return np.unique(self.of_tile[runs(self.tile_first, tiles)[0]]).astype(np.int64)

    def by_zone(self, rows: Integers, values: Floats) -> Floats:
        """Add values (rows, depth) of rows of the ground up by zone."""
        sums = np.zeros((len(self.zone_area_m2), self.cap))
        np.add.at(sums, self.ground.zone_of_row[rows], values)
        return sums


def lay_base(
    zones: gpd.GeoSeries | gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    working: WorkingCrs,
    *,
    cap: int = 1,
    gap_cell_m: float | None = None,
    chord_error_m: float = 0.5,
    tile_m: float | None = None,
    threads: int | None = None,
) -> Base:
    """Measure sources once, so that edits of them take milliseconds.

    `zones` are polygons, as a GeoSeries or as the geometry of a GeoDataFrame; figures are in their order. `cameras` are
    points with `bearing_deg` (clockwise from grid north, the middle of the view), `view_angle_deg` (more than 0, at
    most 360), `range_m` and `nearest_m` (metres; 0 is none); their index holds their ids, which are text. `working` is
    the CRS of both: that of a catalog is `geoservice.open_catalog(folder).working`, others `working_crs` makes.

    Figures are those of `depth_by_zone`: true arcs, depths up to `cap`, on tiles of `tile_m` metres, a power of two.
    With `gap_cell_m`, the side of a cell in metres, gaps are kept too, by zone and cell, of polygons within
    `chord_error_m` metres of the true arcs. `threads` are as many as there are cores unless said.
    Raises CrsError in any but the working CRS, EditError for a source that sees nothing or whose id is not text, empty
    or not the only one, TypeError for what are no frames, ValueError for columns that are missing, cameras that are not
    one point each, and a cap, a size or a number of threads that cannot be.
    """
    if not isinstance(working, WorkingCrs):
        raise CrsError(
            f"{shorten(repr(working))} is no working system.",
            advice="Give that of a catalog, open_catalog(folder).working, or make one with working_crs(text, extent).",
        )
    zones = _geometry(zones)
    require_cameras(cameras)
    working.require(zones, "The zones")
    working.require(cameras, "The cameras")
    _check_counts(cap, threads)
    _check_lengths(gap_cell_m, chord_error_m, tile_m)
    ids, views = table_of(cameras)
    outlines = outlines_of_table(views)
    shapes_m = _middle_size(outlines)
    size_m = 2.0 ** round(math.log2(TILE_PER_SHAPE * shapes_m / 2)) if tile_m is None else float(tile_m)
    ground = lay_ground(outlines_of_polygons(np.asarray(zones.array, dtype=object)), size_m)
    tile_first, of_tile = shapes_by_tile(
        np.ones(len(ids), dtype=np.int64), outlines.bounds, ground.grid, np.arange(len(ids))
    )
    bare = Base(
        ids=ids,
        number={source: i for i, source in enumerate(ids)},
        views=views,
        ground=ground,
        zone_area_m2=zones.area.to_numpy(),
        tile_first=tile_first,
        of_tile=of_tile,
        covered_m2=np.zeros((len(ground.zone_of_row), cap)),
        covered_by_zone_m2=np.zeros((len(zones), cap)),
        gap_ground=None,
        gaps=np.empty(0, dtype=object),
        threads=threads or cores(),
    )
    if gap_cell_m is not None:
        gap_ground = lay_gap_ground(zones, gap_cell_m, shapes_m, chord_error_m, working)
        bare = replace(bare, gap_ground=gap_ground, gaps=gap_ground.pieces.geometry)
    return _measured(bare, outlines.bounds)


def _geometry(zones: object) -> gpd.GeoSeries:
    if isinstance(zones, gpd.GeoSeries):
        return zones
    if not isinstance(zones, gpd.GeoDataFrame) or zones.active_geometry_name is None:
        raise TypeError(f"the zones must be a GeoSeries or a GeoDataFrame with a geometry, not {kind_of(zones)}")
    return zones.geometry


def _check_counts(cap: object, threads: object) -> None:
    for name, count, meaning in (
        ("cap", cap, "the greatest depth told apart"),
        ("threads", 1 if threads is None else threads, "how many work at once (None is one for each core)"),
    ):
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {shorten(repr(count))}: {meaning}")


def _check_lengths(gap_cell_m: object, chord_error_m: object, tile_m: object) -> None:
    for name, length_m, meaning in (
        ("gap_cell_m", gap_cell_m, "the side of a cell of gaps (None keeps no gaps)"),
        ("chord_error_m", chord_error_m, "how far polygons may be from true arcs"),
    ):
        if name == "gap_cell_m" and length_m is None:
            continue
        if not _is_length(length_m):
            raise ValueError(f"{name} must be metres, more than 0, not {shorten(repr(length_m))}: {meaning}")
    mantissa_of_a_power = 0.5
    if tile_m is not None and (not _is_length(tile_m) or math.frexp(tile_m)[0] != mantissa_of_a_power):
        raise ValueError(
            f"tile_m must be a power of two, not {shorten(repr(tile_m))}: the side of a tile in metres, such as 32, 64 "
            "or 128 (None chooses by the sources)"
        )


def _is_length(given: object) -> TypeGuard[float]:
    return is_number(given) and given > 0


def _measured(bare: Base, bounds: Floats) -> Base:
    """Measure all sources."""
    covered, gaps = bare.covered_m2.copy(), bare.gaps.copy()
    tiles = np.flatnonzero((np.diff(bare.tile_first) > 0) & (np.diff(bare.ground.row_first) > 0))

    def views_in(some: Integers) -> Floats:
        return bare.views[bare.sources_in(some)]

    for some, found in covered_in_portions(bare.ground, tiles, views_in, bare.cap, bare.threads):
        covered[runs(bare.ground.row_first, some)[0]] = found
    if bare.gap_ground is not None:
        every = np.arange(bare.gap_ground.units**2)
        cells = [(cell, every) for cell, _ in units_met(bare.gap_ground, bounds)]
        mended = gaps_mended(
            bare.gap_ground, bare.ground, cells, lambda some, _: views_in(some), bare.gaps.__getitem__, bare.threads
        )
        for piece, gap in mended.items():
            gaps[piece] = gap
    by_zone = bare.by_zone(np.arange(len(covered)), covered)
    for array in (covered, gaps, by_zone, bare.views):
        array.flags.writeable = False
    return replace(bare, covered_m2=covered, gaps=gaps, covered_by_zone_m2=by_zone)


def _middle_size(outlines: Outlines) -> float:
    """Give the greater side of the box of a shape in the middle of the sizes, in metres; without shapes, any."""
    sides = (outlines.bounds[:, 2:] - outlines.bounds[:, :2]).max(axis=1) if len(outlines) else np.array([64.0])
    return float(np.median(sides))
