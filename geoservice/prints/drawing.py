"""Geometry as SVG in units of a sheet: clipped to it, generalised to what paper can show, each symbol written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.prints.sheet import UNIT_MM, Sheet
from geoservice.tiles.generalise import Shapes, generalised, only_polygons, thinned

Geometries = npt.NDArray[np.object_]
Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_UNITED = 3_000
"""So many shapes become one outline; more are drawn as one path that is filled once, without an outline."""
MOST_SINGLE = 400
"""So many points are drawn each for itself; more are gathered by squares of 0.8 mm."""
MANY = (1, 10, 100)
"""The least number of points that each size of a gathered symbol stands for."""
CORNERS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "square": ((-0.87, -0.87), (0.87, -0.87), (0.87, 0.87), (-0.87, 0.87)),
    "diamond": ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
    "triangle": ((0, -1.1), (1.1, 0.85), (-1.1, 0.85)),
    "cross": (
        *((-0.35, -1.05), (0.35, -1.05), (0.35, -0.35), (1.05, -0.35), (1.05, 0.35), (0.35, 0.35)),
        *((0.35, 1.05), (-0.35, 1.05), (-0.35, 0.35), (-1.05, 0.35), (-1.05, -0.35), (-0.35, -0.35)),
    ),
}
"""The corners of symbols about their middle, in radii; what is not here is a circle."""
_LEAST_CORNERS = 3


@dataclass(frozen=True, slots=True)
class Places:
    """Points in units of the sheet, the row of each, and how many each stands for."""

    xy: Integers
    rows: Integers
    counts: Integers

    @property
    def total(self) -> int:
        """How many there are in view."""
        return int(self.counts.sum())

    @property
    def gathered(self) -> bool:
        """Whether any symbol stands for more than one."""
        return len(self.counts) < self.total


def shapes_on(sheet: Sheet, geometry: Geometries, *, share_borders: bool = False) -> Shapes:
    """Bring polygons of the working CRS onto a sheet, clipped to it and generalised; `rows` say which is which."""
    ground = sheet.ground
    rows = np.flatnonzero(shapely.intersects(geometry, ground))
    cut = geometry[rows]
    across = ~shapely.contains_properly(ground, cut)
    cut[across] = shapely.intersection(cut[across], ground)
    cut = only_polygons(cut)
    kept = ~shapely.is_missing(cut)
    placed = shapely.transform(cut[kept], sheet.placed)
    counts = np.zeros(int(kept.sum()), dtype=np.int64)
    return generalised(Shapes(placed, rows[kept], counts), share_borders=share_borders)


def places_on(sheet: Sheet, geometry: Geometries, *, gather: bool) -> Places:
    """Bring points, or what stands for other shapes, onto a sheet; with `gather` one stands for all in 0.8 mm."""
    points = geometry.copy()
    other = shapely.get_type_id(points) != shapely.GeometryType.POINT
    points[other] = shapely.point_on_surface(points[other])
    coordinates = shapely.get_coordinates(points)
    west, south, east, north = sheet.view
    x, y = coordinates[:, 0], coordinates[:, 1]
    rows = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    xy = np.rint(sheet.placed(coordinates[rows])).astype(np.int64)
    if not gather or not len(xy):
        return Places(xy, rows, np.ones(len(xy), dtype=np.int64))
    first, counts = thinned(xy)
    return Places(xy[first], rows[first], counts)


def path_of(geometry: Iterable[shapely.Geometry]) -> str:
    """Write polygons with whole coordinates as the data of one path, outer rings one way and holes the other."""
    shapes = np.asarray(list(geometry), dtype=object)
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(shapes))) if len(shapes) else []
    return "".join(_ring(shapely.get_coordinates(ring).astype(np.int64)) for ring in rings)


def _ring(xy: Integers) -> str:
    if len(xy) <= _LEAST_CORNERS:
        return ""
    steps = " ".join(f"{x} {y}" for x, y in np.diff(xy[:-1], axis=0).tolist())
    return f"M{xy[0, 0]} {xy[0, 1]}l{steps}z"


def union_path(shapes: Shapes) -> tuple[str, bool]:
    """Write overlapping shapes as one path, and say whether it is their true outline.

    Of too many shapes to unite it holds every ring: filled by the rule that is not zero, it covers the same ground.
    """
    if len(shapes.geometry) > MOST_UNITED:
        return path_of(shapes.geometry), False
    united = only_polygons(np.array([shapely.union_all(shapes.geometry, grid_size=1.0)], dtype=object))
    return (path_of(united), True) if united[0] is not None else ("", True)


def symbol_path(symbol: str, diameter_mm: float) -> str:
    """Give the outline of a symbol as steps from its middle, in units."""
    radius = diameter_mm / UNIT_MM / 2
    corners = CORNERS.get(symbol)
    if corners is None:
        r = round(radius)
        return f"m0 {-r}a{r} {r} 0 1 0 0 {2 * r}a{r} {r} 0 1 0 0 {-2 * r}z"
    xy = np.rint(np.array(corners) * radius).astype(np.int64)
    steps = " ".join(f"{x} {y}" for x, y in np.diff(xy, axis=0).tolist())
    return f"m{xy[0, 0]} {xy[0, 1]}l{steps}z"


def size_class(count: int) -> int:
    """Say by which of the sizes a gathered symbol is drawn."""
    return sum(count >= least for least in MANY) - 1
