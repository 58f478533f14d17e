"""The guard at the door: coordinate reference systems are named, checked and converted here and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Proj, Transformer
from pyproj.crs import BoundCRS
from pyproj.exceptions import CRSError, ProjError

from geoservice.errors import CrsError, shorten

LONLAT = CRS.from_user_input("OGC:CRS84")
"""WGS 84 with longitude first: the only geographic system that leaves or enters the house."""

MAX_STRETCH = 0.005
"""How far the working plane's scale may be from 1 anywhere in the region; Web Mercator fails this by far."""

Frame = TypeVar("Frame", gpd.GeoSeries, gpd.GeoDataFrame)


@dataclass(frozen=True, slots=True)
class Extent:
    """A box in degrees of WGS 84, longitude first; `west` < `east`, `south` < `north`."""

    west: float
    south: float
    east: float
    north: float

    @property
    def lonlat(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        return self.west, self.south, self.east, self.north


@dataclass(frozen=True, slots=True)
class WorkingCrs:
    """The plane in which one region is measured: metres, east first and north second, nearly true to scale.

    That of a catalog is `catalog.working`; others are made, and checked to be fit, by `working_crs`. Raises CrsError
    for anything but a `pyproj.CRS`.
    """

    crs: CRS

    def __post_init__(self) -> None:
        if not isinstance(self.crs, CRS):
            raise CrsError(
                f"A working system is made of a pyproj.CRS, not of {shorten(repr(self.crs))}.",
                advice='Take catalog.working, or make one with working_crs("EPSG:...", extent).',
            )

    @property
    def name(self) -> str:
        """The name of the system as its authority gives it."""
        return str(self.crs.name)

    def require(self, frame: gpd.GeoSeries | gpd.GeoDataFrame, what: str = "These geometries") -> None:
        """Raise CrsError unless the frame is in exactly this system."""
        if frame.crs is None:
            raise CrsError(f"{what} have no coordinate reference system.", advice=f"Convert them to {self.name} first.")
        if frame.crs != self.crs:
            raise CrsError(
                f"{what} are in {frame.crs.name}, not in the working system {self.name}.",
                advice="Convert them with WorkingCrs.project first.",
            )

    def project(self, frame: Frame) -> Frame:
        """Convert a frame that knows its system into this one."""
        if frame.crs is None:
            raise CrsError("Geometries without a coordinate reference system cannot be converted.")
        try:
            return frame.to_crs(self.crs)
        except ProjError as error:
            raise CrsError(
                f"There is no way from {frame.crs.name} to {self.name}.",
                advice="A local system must be tied to the earth: ask where its data come from.",
            ) from error

    def to_lonlat(self, frame: Frame) -> Frame:
        """Convert a frame in this system to longitude and latitude, in degrees of WGS 84."""
        self.require(frame)
        return frame.to_crs(LONLAT)


@dataclass(frozen=True, slots=True)
class ServedCrs:
    """A system that coordinates enter or leave the house in, its axes in the order of its authority.

    `code` is such as "EPSG:4326" (latitude first) or "OGC:CRS84" (longitude first).
    """

    code: str
    crs: CRS = field(compare=False)
    _out: Transformer = field(compare=False, repr=False)
    _in: Transformer = field(compare=False, repr=False)

    @property
    def uri(self) -> str:
        """The address that the OGC gives the system (OGC 09-048r5)."""
        authority, code = self.code.split(":")
        return f"http://www.opengis.net/def/crs/{authority}/{_VERSIONS.get(authority, '0')}/{code}"

    @property
    def curie(self) -> str:
        """The short form of the address, in brackets that make it safe."""
        return f"[{self.code}]"

    @property
    def is_lonlat(self) -> bool:
        """Whether it is the house's own longitude and latitude."""
        return self.code == LONLAT_CODE

    @property
    def is_wgs84(self) -> bool:
        """Whether its coordinates are longitude and latitude of WGS 84, whichever comes first."""
        return self.code in (LONLAT_CODE, "EPSG:4326")

    @property
    def is_geographic(self) -> bool:
        """Whether its coordinates are degrees."""
        return bool(self.crs.is_geographic)

    @property
    def goes_round(self) -> bool:
        """Whether its longitudes go on beyond the antimeridian, as maps do that are panned round the world."""
        return self.code == WEB_MERCATOR_CODE

    @property
    def latitude_first(self) -> bool:
        """Whether the authority writes what points north before what points east."""
        return str(self.crs.axis_info[0].direction) == "north"

    @property
    def decimals(self) -> int:
        """How many decimal places make about a centimetre or less: 7 of degrees, 3 of lengths."""
        return 7 if self.is_geographic else 3

    def units(self, length_m: float) -> float:
        """Give a length in the units of the axes; in degrees about as many as it is along a meridian."""
        metres = np.radians(1.0) * 6_371_000.0 if self.is_geographic else self.crs.axis_info[0].unit_conversion_factor
        return float(length_m / metres)

    def from_lonlat(self, geometry: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Convert geometries, in degrees and longitude first; a place that the system does not have is not finite."""
        return geometry if self.is_lonlat else _moved(geometry, self._out)

    def to_lonlat(self, geometry: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Convert geometries to degrees, longitude first; a place that has none is not finite.

        Longitudes of a system that `goes_round` may lie beyond 180 degrees.
        """
        return geometry if self.is_lonlat else _moved(geometry, self._in)


_VERSIONS = {"OGC": "1.3"}
_REFERENCE = re.compile(
    r"\[?([A-Za-z]+):(\w+)\]?|https?://www\.opengis\.net/def/crs/([A-Za-z]+)/[\w.]+/(\w+)", re.ASCII
)
LONLAT_CODE = "OGC:CRS84"
WEB_MERCATOR_CODE = "EPSG:3857"


def crs_code(reference: str) -> str | None:
    """Read the code in an address of the OGC or in a CURIE, safe or not; None if it is neither."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        return None
    authority, code = (part for part in found.groups() if part is not None)
    return f"{authority.upper()}:{code.upper()}"


def served_crs(code: str) -> ServedCrs:
    """Make a system to be served of a code such as "EPSG:4326"; raises CrsError unless it is two-dimensional."""
    name = crs_code(code)
    crs = parse_crs(name or code)
    if name is None or not (crs.is_geographic or crs.is_projected) or len(crs.axis_info) != 2:  # noqa: PLR2004 - a plane
        raise CrsError(
            f"'{shorten(code)}' cannot be served: it is no geographic or projected system of two axes.",
            advice="Give a code such as EPSG:3857.",
        )
    inward = Transformer.from_crs(crs, LONLAT, force_over=name == WEB_MERCATOR_CODE)
    return ServedCrs(name, crs, Transformer.from_crs(LONLAT, crs), inward)


def _moved(geometry: npt.NDArray[Any], transformer: Transformer) -> npt.NDArray[Any]:
    """Convert coordinates, axes in the order of both authorities."""

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(geometry, move))


def parse_crs(text: str) -> CRS:
    """Read a system from its code or definition; raises CrsError with what to write instead."""
    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise CrsError(
            f"'{text}' is not a coordinate reference system that PROJ knows.",
            advice="Give a code such as EPSG:4326, or a WKT or PROJ definition.",
        ) from error


def working_crs(text: str, extent: Extent) -> WorkingCrs:
    """Make the working system of a region; raises CrsError if it is unfit to measure in.

    A system in feet becomes the same projection in metres, since all of the house counts in metres.
    """
    crs = parse_crs(text)
    if not crs.is_projected:
        raise CrsError(
            f"The working system {crs.name} is not projected: degrees are no lengths.",
            advice="Choose the national grid or the UTM zone of the region.",
        )
    metric = in_metres(crs)
    directions = sorted(axis.direction for axis in metric.axis_info)
    if directions != ["east", "north"]:
        raise CrsError(
            f"The axes of the working system {crs.name} point {' and '.join(directions)}: bearings would be turned.",
            advice="Choose one whose axes point east and north, such as the UTM zone of the region.",
        )
    stretch = max_stretch(metric, extent)
    if not stretch <= MAX_STRETCH:
        raise CrsError(
            f"The working system {crs.name} stretches lengths by up to {stretch:.1%} within the region.",
            advice=f"Choose one that stays within {MAX_STRETCH:.1%}: the national grid or the UTM zone; a region that "
            "spans several zones needs to be split.",
        )
    return WorkingCrs(metric)


def in_metres(crs: CRS) -> CRS:
    """Give the same projection with its axes in metres, without heights; the parameters keep their own units."""
    if crs.is_bound and crs.source_crs and crs.target_crs and crs.coordinate_operation:
        # A shift of its datum belongs to where its places are, so it is kept around the plane.
        operation = crs.coordinate_operation.to_json_dict()
        return CRS(BoundCRS(in_metres(CRS(crs.source_crs)), crs.target_crs, operation))
    if crs.is_compound:
        return in_metres(CRS(crs.sub_crs_list[0]))
    if all(axis.unit_name == "metre" for axis in crs.axis_info):
        return crs
    definition = crs.to_json_dict()
    for axis in definition["coordinate_system"]["axis"]:
        axis["unit"] = "metre"
    definition.pop("id", None)
    definition["name"] = f"{definition['name']} in metres"
    return CRS.from_json_dict(definition)


def max_stretch(crs: CRS, extent: Extent) -> float:
    """Find how far the scale of a projected system is from 1 over an extent, as a share.

    The meridional and parallel scale factors of PROJ (Snyder 1987, equations 4-22 to 4-25) on a grid of 9 by 9.
    """
    lon, lat = np.meshgrid(np.linspace(extent.west, extent.east, 9), np.linspace(extent.south, extent.north, 9))
    factors = Proj(crs).get_factors(lon.ravel(), lat.ravel(), errcheck=False)
    scales = np.concatenate([np.atleast_1d(factors.meridional_scale), np.atleast_1d(factors.parallel_scale)])
    return float(np.max(np.abs(scales - 1))) if np.all(np.isfinite(scales)) else float("inf")
