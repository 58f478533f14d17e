"""The region's grid as a formula that a browser can compute, for coordinates under the pointer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geoservice.crs import LONLAT, Extent, WorkingCrs
from geoservice.errors import CrsError

MOST_ERROR_M = 0.05
"""How far the formula may be from PROJ anywhere in its box, in metres."""
_DEGREES = range(3, 13)
_FITTED, _CHECKED = 41, 57
"""Places along each side of the box that the formula is fitted to, and that it is checked at."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GridFormula:
    """A polynomial in x = (lon - centre) / half width and y likewise, both from -1 to 1 within the box.

    `easting_m[k]` and `northing_m[k]` stand at T_i(x) T_j(y), Chebyshev polynomials, for i + j <= degree, i slowest.
    """

    name: str
    box: tuple[float, float, float, float]
    degree: int
    easting_m: tuple[float, ...]
    northing_m: tuple[float, ...]
    error_m: float

    def as_spec(self) -> dict[str, Any]:
        """Give it as static/js/map/grid.js takes it."""
        return {
            "name": self.name,
            "box": self.box,
            "degree": self.degree,
            "easting": self.easting_m,
            "northing": self.northing_m,
        }


@cache
def grid_formula(working: WorkingCrs, box: Extent) -> GridFormula:
    """Fit the working plane within a box in degrees, at the lowest degree that does; raises CrsError if none does."""
    fitted, checked = _places(box, _FITTED), _places(box, _CHECKED)
    wanted, truth = _projected(working, fitted), _projected(working, checked)
    for degree in _DEGREES:
        terms, *_ = np.linalg.lstsq(_terms(fitted, box, degree), wanted, rcond=None)
        rounded = np.round(terms, 4)
        error = float(np.hypot(*(_terms(checked, box, degree) @ rounded - truth).T).max())
        if error <= MOST_ERROR_M:
            easting, northing = (tuple(float(value) for value in column) for column in rounded.T)
            return GridFormula(working.name, box.lonlat, degree, easting, northing, error)
    raise CrsError(
        f"No polynomial of degree {_DEGREES[-1]} gives {working.name} within {MOST_ERROR_M} m over the whole region.",
        advice="Choose a smaller extent in region.toml.",
    )


def _places(box: Extent, count: int) -> Array:
    """Give Chebyshev nodes along both sides, where polynomials are fitted best."""
    nodes = np.cos((2 * np.arange(count) + 1) * np.pi / (2 * count))
    x, y = np.meshgrid(nodes, nodes)
    lon = (box.west + box.east) / 2 + x.ravel() * (box.east - box.west) / 2
    lat = (box.south + box.north) / 2 + y.ravel() * (box.north - box.south) / 2
    return np.column_stack([lon, lat])


def _projected(working: WorkingCrs, lonlat: Array) -> Array:
    series = gpd.GeoSeries.from_xy(lonlat[:, 0], lonlat[:, 1], crs=LONLAT)
    moved = working.project(series)
    return np.column_stack([moved.x, moved.y])


def _terms(lonlat: Array, box: Extent, degree: int) -> Array:
    x = (2 * lonlat[:, 0] - box.west - box.east) / (box.east - box.west)
    y = (2 * lonlat[:, 1] - box.south - box.north) / (box.north - box.south)
    across, along = (np.polynomial.chebyshev.chebvander(value, degree) for value in (x, y))
    pairs = [(i, j) for i in range(degree + 1) for j in range(degree + 1 - i)]
    return np.column_stack([across[:, i] * along[:, j] for i, j in pairs])
