"""The fields that cameras have beside those of every layer: bearing, view angle, range, nearest distance."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from geoservice.catalog.findings import Findings
from geoservice.catalog.numbers import to_number
from geoservice.errors import shorten
from geoservice.vocabulary import FULL_CIRCLE_DEG

_COMPASS = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]
LEAST = 0.01
"""The least view angle in degrees, and the least range in metres, that a camera can have."""
_FROM_TO = re.compile(r"^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$")


def camera_fields(fields: dict[str, pd.Series], findings: Findings) -> dict[str, pd.Series]:
    """Read the camera fields of raw values; what cannot be meant becomes not known, with a warning.

    A bearing is a number of degrees, a compass point (NNE), or the two ends of a view, clockwise (270-90), which gives
    the view angle too. An empty bearing is not known, and never north.
    """
    bearings, angles = [], []
    index = fields["bearing_deg"].index
    for row, given, angle in zip(index, fields["bearing_deg"], fields["view_angle_deg"], strict=True):
        try:
            bearing, between = (None, None) if given is None else parse_bearing(given)
        except ValueError as error:
            findings.warn([int(row)], "bad-bearing", "bearing_deg", f"{shorten(repr(given))} {error}; it is not known.")
            bearing, between = None, None
        if between is not None and angle is not None and to_number(angle) != between:
            findings.warn(
                [int(row)], "bad-bearing", "bearing_deg",
                f"{shorten(repr(given))} spans {between:g} degrees, but view_angle_deg is {shorten(repr(angle))}; the "
                "bearing is its middle, the angle the one given.",
            )  # fmt: skip
        bearings.append(bearing)
        angles.append(angle if angle is not None else between)
    read = {
        "bearing_deg": pd.Series(bearings, index=index, dtype=object),
        "view_angle_deg": _lengths(
            pd.Series(angles, index=index, dtype=object), "view_angle_deg", findings, 360, LEAST
        ),
        "range_m": _lengths(fields["range_m"], "range_m", findings, 100_000, LEAST),
        "nearest_m": _lengths(fields["nearest_m"], "nearest_m", findings, 100_000, 0),
    }
    crossed = [
        int(row)
        for row, near, far in zip(index, read["nearest_m"], read["range_m"], strict=True)
        if near is not None and far is not None and near >= far
    ]
    findings.warn(crossed, "bad-range", "nearest_m", "nearest_m is not less than range_m; it is not known.")
    read["nearest_m"] = read["nearest_m"].where(~read["nearest_m"].index.isin(crossed), None)
    return read


def parse_bearing(value: Any) -> tuple[float, float | None]:
    """Read a bearing: its degrees, and the view angle where two ends are given; raises ValueError."""
    text = str(value).strip().upper()
    if text in _COMPASS:
        return _COMPASS.index(text) * FULL_CIRCLE_DEG / len(_COMPASS), None
    ends = _FROM_TO.match(text)
    if ends is not None:
        start, end = (_degrees(part) for part in ends.groups())
        if start == end:
            msg = "has two equal ends: it could be a line or all round"
            raise ValueError(msg)
        angle = (end - start) % FULL_CIRCLE_DEG or FULL_CIRCLE_DEG
        return (start + angle / 2) % FULL_CIRCLE_DEG, angle
    return _degrees(text) % FULL_CIRCLE_DEG, None


def _degrees(text: str) -> float:
    degrees = to_number(text)
    if degrees is None or not 0 <= degrees <= FULL_CIRCLE_DEG:
        msg = "is no bearing: degrees from 0 to 360, a compass point such as NNE, or two ends such as 270-90"
        raise ValueError(msg)
    return degrees


def _lengths(values: pd.Series, field: str, findings: Findings, most: float, least: float) -> pd.Series:
    read: list[float | None] = []
    allowed = f"a number from {least:g} to {most:g} without a unit"
    for row, value in zip(values.index, values, strict=True):
        number = to_number(value)
        if value is not None and (number is None or number > most or number < least):
            findings.warn([int(row)], "bad-range", field, f"{shorten(repr(value))} is not {allowed}; it is not known.")
            number = None
        read.append(number)
    return pd.Series(read, index=values.index, dtype=object)
