"""Coordinates as people write them: degrees, degrees-minutes-seconds, or the region's grid, in either order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np

from geoservice.crs import Extent, WorkingCrs

Order = Literal["latitude, longitude", "longitude, latitude", "easting, northing", "northing, easting"]
MARGIN_DEG = 0.3
"""How far beyond the region's extent a position is still taken for one of the region."""
_LONGEST = 80
_WRITTEN: Mapping[str, str | int | None] = {"北": "N", "南": "S", "東": "E", "东": "E", "西": "W", "分": "'", "秒": '"'}
_MARKS: Mapping[str, str | int | None] = {
    "′": "'",
    "’": "'",
    "‘": "'",
    "″": '"',
    "”": '"',
    "“": '"',
    "º": "°",
    "˚": "°",
    "−": "-",
    "–": "-",
}
_NOISE = re.compile(r"LATITUDE|LONGITUDE|EASTING|NORTHING|LAT|LON|LNG|[緯纬經经:=()\[\]]")
_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_MINUTES = r"""(?:\s*°(?:\s*(\d+(?:\.\d+)?)\s*'(?:\s*(\d+(?:\.\d+)?)\s*")?)?)?"""
_PART = rf"(?:([NSEW])\s*({_NUMBER}){_MINUTES}|({_NUMBER}){_MINUTES}\s*([NSEW])?)"
_PAIR = re.compile(rf"""\s*{_PART}(?:\s*[,;、/]\s*|\s+|(?<=[NSEW°'"])|(?=[NSEW])){_PART}\s*[,;]?\s*""")
_SPACED = re.compile(rf"({_NUMBER})\s+(\d+(?:\.\d+)?)\s+(\d+(?:\.\d+)?)")
_THOUSANDS = re.compile(r"(?<![\d.])(\d{1,3})((?:,\d{3})+)(?![\d])")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read coordinates: the place in degrees of WGS 84, and the order that it was read in."""

    lon: float
    lat: float
    order: Order


@dataclass(frozen=True, slots=True)
class _Number:
    """One of two numbers, with the direction written at it and whether minutes were."""

    value: float
    direction: str
    sexagesimal: bool


def read_coordinates(text: str, working: WorkingCrs, extent: Extent) -> tuple[Reading, ...] | None:
    """Read a text as coordinates within a region: every reading that fits, the likeliest first.

    None if the text is not two numbers; nothing in the tuple if it is but no reading lies in the region.
    """
    pair = _numbers(text)
    if pair is None:
        return None
    degrees = [*_degrees(*pair, "latitude, longitude"), *_degrees(*pair[::-1], "longitude, latitude")]
    near = Extent(*(side + sign * MARGIN_DEG for side, sign in zip(extent.lonlat, (-1, -1, 1, 1), strict=True)))
    found = [reading for reading in degrees if _within(reading, near)]
    if found or any(number.sexagesimal for number in pair):
        return tuple(found)
    grid = [*_grid(*pair, "easting, northing", working), *_grid(*pair[::-1], "northing, easting", working)]
    return tuple(reading for reading in grid if _within(reading, near))


def _numbers(text: str) -> tuple[_Number, _Number] | None:
    """Find two numbers, and nothing else, in a text."""
    if len(text) > _LONGEST:
        return None
    # Marks come first: in compatibility form some of them would be two, or a letter.
    written = text.translate(str.maketrans(dict(_MARKS))).replace("''", '"')
    plain = unicodedata.normalize("NFKC", written).upper().translate(str.maketrans(dict(_WRITTEN)))
    plain = _NOISE.sub(" ", re.sub(r"(?<=\d)\s*度", "°", plain))
    if len(re.findall(_NUMBER, plain)) == 6:  # noqa: PLR2004 - degrees, minutes and seconds twice
        plain = _SPACED.sub(r"\1°\2'\3" + '"', plain)
    without_thousands = _THOUSANDS.sub(lambda found: found.group().replace(",", ""), plain)
    for candidate in (without_thousands, plain):
        if found := _PAIR.fullmatch(candidate):
            groups = found.groups()
            first, second = _number(groups[:8]), _number(groups[8:])
            return (first, second) if first is not None and second is not None else None
    return None


def _number(groups: tuple[str | None, ...]) -> _Number | None:
    """Read the groups of `_PART`: a letter before the number, or one after it."""
    before, *leading = groups[:4]
    *trailing, after = groups[4:]
    degrees, minutes, seconds = leading if before else trailing
    if float(minutes or 0) >= 60 or float(seconds or 0) >= 60:  # noqa: PLR2004 - of an hour and a minute
        return None
    sign = -1 if (degrees or "").startswith("-") else 1
    value = sign * (abs(float(degrees or 0)) + float(minutes or 0) / 60 + float(seconds or 0) / 3600)
    direction = before or after or ""
    return _Number(-value if direction in ("S", "W") else value, direction, minutes is not None)


def _degrees(lat: _Number, lon: _Number, order: Order) -> list[Reading]:
    """Read two numbers as latitude and longitude, unless the letters at them or their size speak against it."""
    if (lat.direction or "N") not in "NS" or (lon.direction or "E") not in "EW":
        return []
    if abs(lat.value) > 90 or abs(lon.value) > 180:  # noqa: PLR2004 - the globe
        return []
    return [Reading(lon.value, lat.value, order)]


def _grid(easting: _Number, northing: _Number, order: Order, working: WorkingCrs) -> list[Reading]:
    """Read two numbers as metres of the working plane."""
    if (easting.direction or "E") != "E" or (northing.direction or "N") != "N":
        return []
    point = working.to_lonlat(gpd.GeoSeries.from_xy([easting.value], [northing.value], crs=working.crs))
    lon, lat = point.x[0], point.y[0]
    return [Reading(float(lon), float(lat), order)] if np.isfinite(lon) and np.isfinite(lat) else []


def _within(reading: Reading, box: Extent) -> bool:
    return box.west <= reading.lon <= box.east and box.south <= reading.lat <= box.north
