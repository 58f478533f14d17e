"""Tile matrix sets: how a plane is cut into square tiles, one grid for each zoom (OGC 17-083r4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer

from geoservice.catalog.region import Region
from geoservice.crs import LONLAT, Extent, WorkingCrs
from geoservice.errors import NotFoundError, ParameterError, Said, message
from geoservice.i18n import Text

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]

TILE_PX = 256
UNITS = 4096
"""A tile's side in the units that geometries are written in."""
FINE_M = 0.1
PIXEL_M = 0.00028
"""The standard's pixel, from which scale denominators follow (clause 6.1.1)."""
WEB_MERCATOR = "WebMercatorQuad"
WEB_MERCATOR_HALF_M = math.pi * 6_378_137.0
WEB_MERCATOR_LATITUDE = 85.051_128_779_806_59
WEB_MERCATOR_ZOOMS = 25
FINEST_CELL_M = 0.125
"""A region's grid goes on to cells of an eighth of a metre."""
_SNAPS = 8
"""The corner of a region's grid stands on a whole multiple of an eighth of its largest tile."""
_MOST_DIGITS = 10
_EDGE_POINTS = 21


@dataclass(frozen=True, slots=True)
class Matrix:
    """The grid of one zoom: square tiles of 256 cells of `cell_m` metres, `columns` by `rows` of them."""

    zoom: int
    cell_m: float
    columns: int
    rows: int

    @property
    def scale_denominator(self) -> float:
        """How many times smaller than the ground a map of standard pixels is."""
        return self.cell_m / PIXEL_M


@dataclass(frozen=True, slots=True)
class Limits:
    """The tiles of one zoom that some box meets; both ends belong to it."""

    zoom: int
    first_row: int
    last_row: int
    first_column: int
    last_column: int


@dataclass(frozen=True, slots=True)
class MatrixSet:
    """Grids of tiles over one plane, each twice as fine as the one before, from one north-western corner.

    `west_m` and `north_m` are that corner, east first whatever the axis order of `crs`; rows are counted southwards.
    """

    id: str
    title: Text
    crs: CRS
    west_m: float
    north_m: float
    matrices: tuple[Matrix, ...]
    uri: str | None = None
    scale_set: str | None = None

    @property
    def span_m(self) -> float:
        """The side of the tile of zoom 0."""
        return self.matrices[0].cell_m * TILE_PX

    @property
    def finest_zoom(self) -> int:
        """The first zoom at which a unit of a tile is a tenth of a metre or less: closer ones show nothing more."""
        fine = (m.zoom for m in self.matrices if m.cell_m * TILE_PX / UNITS <= FINE_M)
        return next(fine, self.matrices[-1].zoom)

    @property
    def crs_code(self) -> tuple[str, str] | None:
        """The authority and code of the plane; None for one that has none."""
        found = self.crs.to_authority()
        return (str(found[0]), str(found[1])) if found and CRS.from_authority(*found) == self.crs else None

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes in the order of the authority, by their abbreviations."""
        return tuple(axis.abbrev for axis in self.crs.axis_info)

    def in_axis_order(self, east_m: float, north_m: float) -> list[float]:
        """Give a place in the order of the authority, which some have north first."""
        return [north_m, east_m] if self.crs.axis_info[0].direction == "north" else [east_m, north_m]

    def matrix(self, zoom: str) -> Matrix:
        """Find the grid of a zoom as it stands in an address; raises ParameterError, NotFoundError."""
        number = _whole(zoom, "tileMatrix")
        if number >= len(self.matrices):
            there = {"id": self.id, "last": len(self.matrices) - 1}
            raise NotFoundError(message("tile matrix"), zoom, advice=Said(message("%(id)s has 0 to %(last)s."), there))
        return self.matrices[number]

    def tile(self, zoom: str, row: str, column: str) -> tuple[int, int, int]:
        """Read the zoom, row and column of a tile; raises ParameterError, and NotFoundError outside the grid."""
        matrix = self.matrix(zoom)
        read = []
        for text, name, kind, count in (
            (row, "tileRow", message("tile row"), matrix.rows),
            (column, "tileCol", message("tile column"), matrix.columns),
        ):
            number = _whole(text, name)
            if number >= count:
                there = {"zoom": matrix.zoom, "id": self.id, "last": count - 1}
                advice = Said(message("Matrix %(zoom)s of %(id)s has 0 to %(last)s."), there)
                raise NotFoundError(kind, text, advice=advice)
            read.append(number)
        return matrix.zoom, read[0], read[1]

    def plane_bounds(self, lonlat: Bounds) -> Bounds:
        """Convert a box from degrees to the plane: west, south, east, north in metres."""
        west, south, east, north = lonlat
        if self.id == WEB_MERCATOR:
            south, north = (min(max(lat, -WEB_MERCATOR_LATITUDE), WEB_MERCATOR_LATITUDE) for lat in (south, north))
        return _transformed((west, south, east, north), self.crs)

    def limits(self, lonlat: Bounds) -> list[Limits]:
        """List for each zoom the tiles that a box in degrees meets; none where it lies beside the grid."""
        west, south, east, north = self.plane_bounds(lonlat)
        found = []
        for matrix in self.matrices:
            side_m = matrix.cell_m * TILE_PX
            limits = Limits(
                matrix.zoom,
                max(0, math.floor((self.north_m - north) / side_m)),
                min(matrix.rows - 1, math.floor((self.north_m - south) / side_m)),
                max(0, math.floor((west - self.west_m) / side_m)),
                min(matrix.columns - 1, math.floor((east - self.west_m) / side_m)),
            )
            if limits.first_row <= limits.last_row and limits.first_column <= limits.last_column:
                found.append(limits)
        return found

    def world(self, lonlat: Floats) -> Floats:
        """Place points (n, 2) in degrees on the tile of zoom 0: from its corner eastwards and southwards, as shares.

        What has no place on the plane is not finite.
        """
        x, y = Transformer.from_crs(LONLAT, self.crs, always_xy=True).transform(lonlat[:, 0], lonlat[:, 1])
        return np.column_stack(
            [(np.asarray(x) - self.west_m) / self.span_m, (self.north_m - np.asarray(y)) / self.span_m]
        )


def web_mercator_quad() -> MatrixSet:
    """Make the set that the web's maps share (OGC 17-083r4, annex D.1)."""
    return MatrixSet(
        id=WEB_MERCATOR,
        title=Text(en="Google Maps Compatible for the World", zh="全球通用網絡地圖（Web Mercator）"),
        crs=CRS.from_epsg(3857),
        west_m=-WEB_MERCATOR_HALF_M,
        north_m=WEB_MERCATOR_HALF_M,
        matrices=tuple(
            Matrix(zoom, 2 * WEB_MERCATOR_HALF_M / TILE_PX / 2**zoom, 2**zoom, 2**zoom)
            for zoom in range(WEB_MERCATOR_ZOOMS)
        ),
        uri="http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad",
        scale_set="http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
    )


def matrix_sets(region: Region, working: WorkingCrs) -> tuple[MatrixSet, ...]:
    """Make the sets that a region's collections are cut by: the web's, and its own grid."""
    return web_mercator_quad(), region_grid(region.id, region.title, working, region.box)


def region_grid(region_id: str, title: Text, working: WorkingCrs, extent: Extent) -> MatrixSet:
    """Make the grid of a region in its own plane: cells are powers of two in metres, zoom 0 is one tile.

    That tile is the smallest whose corner, on a whole multiple of an eighth of its side, lets it hold the extent.
    """
    west, south, east, north = _transformed(extent.lonlat, working.crs)
    cell_m = 2.0 ** math.ceil(math.log2(max(east - west, north - south) / TILE_PX))
    while True:
        step_m = cell_m * TILE_PX / _SNAPS
        west_m, north_m = math.floor(west / step_m) * step_m, math.ceil(north / step_m) * step_m
        if max(east - west_m, north_m - south) <= cell_m * TILE_PX:
            break
        cell_m *= 2
    matrices: list[Matrix] = []
    while cell_m >= FINEST_CELL_M:
        side_m = cell_m * TILE_PX
        columns, rows = math.ceil((east - west_m) / side_m), math.ceil((north_m - south) / side_m)
        matrices.append(Matrix(len(matrices), cell_m, columns, rows))
        cell_m /= 2
    return MatrixSet(
        id=f"{region_id}-grid",
        title=Text(en=f"Grid of {title.en} in {working.name}", zh=f"{title.within('zh')}網格（{working.name}）"),
        crs=working.crs,
        west_m=west_m,
        north_m=north_m,
        matrices=tuple(matrices),
    )


def _transformed(lonlat: Bounds, crs: CRS) -> Bounds:
    """Find the box on a plane around one in degrees, whose sides may bend."""
    change = Transformer.from_crs(LONLAT, crs, always_xy=True)
    west, south, east, north = change.transform_bounds(*lonlat, densify_pts=_EDGE_POINTS)
    return float(west), float(south), float(east), float(north)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise ParameterError(name, text, message("whole numbers from %(least)s"), {"least": 0})
    return int(text)
