"""What ground a page shows: the frame at a round scale in the working plane, so that the scale bar is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Proj

from geoservice.crs import LONLAT, WorkingCrs
from geoservice.prints.paper import Layout, Paper, fitting_scale, laid_out
from geoservice.tiles.generalise import PIXEL

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

PIXEL_MM = 0.2
"""What counts as a pixel on paper: shapes are simplified and small ones gathered as tiles do by their pixels."""
UNIT_MM = PIXEL_MM / PIXEL
BLEED_MM = 2.0
"""How far shapes go on beyond the frame, so that no outline runs along it."""
_PADDING = 0.03


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page with the ground that it shows: `view` in metres of the working CRS, at 1:`scale`."""

    page: Paper
    layout: Layout
    scale: int
    view: Bounds
    working: WorkingCrs

    @property
    def metres_per_mm(self) -> float:
        """How much ground a millimetre is."""
        return self.scale / 1000

    @property
    def ground(self) -> shapely.Geometry:
        """The view with a little around it."""
        more = BLEED_MM * self.metres_per_mm
        west, south, east, north = self.view
        return shapely.box(west - more, south - more, east + more, north + more)

    @property
    def placed(self) -> Callable[[Floats], Floats]:
        """A function from the working plane (n, 2) to units of the drawing, y pointing down."""
        west, _, _, north = self.view
        units = 1 / (UNIT_MM * self.metres_per_mm)

        def place(xy: Floats) -> Floats:
            return np.column_stack([(xy[:, 0] - west) * units, (north - xy[:, 1]) * units])

        return place

    def on_paper(self, x: float, y: float) -> tuple[float, float]:
        """Give where a place of the working plane is, in millimetres from the frame's upper left corner."""
        west, _, _, north = self.view
        return (x - west) / self.metres_per_mm, (north - y) / self.metres_per_mm

    @property
    def frame_lonlat(self) -> shapely.Geometry:
        """The frame in degrees, its sides cut short so that they are straight on any map."""
        outline = shapely.segmentize(shapely.box(*self.view), max(self.view[2] - self.view[0], 1.0) / 16)
        return gpd.GeoSeries([outline], crs=self.working.crs).to_crs(LONLAT).iloc[0]

    @property
    def north_deg(self) -> float:
        """How far true north lies from the top of the page in the middle of the frame, in degrees clockwise."""
        west, south, east, north = self.view
        lon, lat = Proj(self.working.crs)((west + east) / 2, (south + north) / 2, inverse=True)
        factors = Proj(self.working.crs).get_factors(lon, lat)
        return -float(factors.meridian_convergence)


def sheet_of(
    page: Paper,
    working: WorkingCrs,
    bounds: Bounds,
    *,
    scale: int | None = None,
    banner: bool = False,
    grid: bool = True,
) -> Sheet:
    """Lay a page out around the middle of some ground: at the scale named, or at the largest round one that fits it.

    `bounds` are in metres of the working CRS.
    """
    layout = laid_out(page, banner=banner, grid=grid)
    west, south, east, north = (float(side) for side in bounds)
    chosen = scale or fitting_scale((east - west) * (1 + _PADDING), (north - south) * (1 + _PADDING), layout.frame)
    half_width, half_height = (length * chosen / 2000 for length in (layout.frame.width_mm, layout.frame.height_mm))
    x, y = (west + east) / 2, (south + north) / 2
    return Sheet(page, layout, chosen, (x - half_width, y - half_height, x + half_width, y + half_height), working)


def working_bounds(working: WorkingCrs, lonlat: Bounds) -> Bounds:
    """Give the bounds of a box of degrees in metres of the working CRS, its sides being parallels and meridians."""
    outline = shapely.segmentize(shapely.box(*lonlat), max(lonlat[2] - lonlat[0], lonlat[3] - lonlat[1]) / 16 or 1.0)
    west, south, east, north = working.project(gpd.GeoSeries([outline], crs=LONLAT)).total_bounds
    return float(west), float(south), float(east), float(north)
