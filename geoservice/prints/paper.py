"""The page in millimetres: its size, the frame of the map on it, round scales, and how long a scale bar is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from geoservice.errors import ParameterError, message

Size = Literal["A4", "A3"]
Orientation = Literal["portrait", "landscape"]

SIZES_MM: Mapping[Size, tuple[float, float]] = {"A4": (210.0, 297.0), "A3": (297.0, 420.0)}
"""Width and height upright (ISO 216)."""
ORIENTATIONS: tuple[Orientation, ...] = ("portrait", "landscape")
MM_PER_INCH = 25.4
SLIDE_IN = 40 / 3
"""The longer side of a picture, in inches, as a slide has it: more pixels draw the same finer."""
LEAST_PPI = 96.0
"""Pixels an inch below which small text could not be read: smaller pictures hold less instead."""
LEAST_PX, MOST_PX, SLIDE_PX = (900, 600), (4096, 4096), (1920, 1080)
ROOMY_PX = round(LEAST_PPI * SLIDE_IN)
"""The longer side from which on a picture holds as much as a slide."""

MARGIN_MM, GAP_MM = 10.0, 4.0
HEADER_MM, BANNER_MM, FOOTER_MM = 16.0, 8.0, 4.0
TICK_ROOM_MM = 4.0
"""Around the frame, for the coordinates of the grid."""

_MANTISSAS = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.5)
_STEPS = (1.0, 2.0, 5.0)
LARGEST_SCALE, SMALLEST_SCALE = 100, 10_000_000
_ROUNDING = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Paper:
    """A page: its name, and its width and height in millimetres; a picture has pixels, so many an inch."""

    name: str
    width_mm: float
    height_mm: float
    pixels: tuple[int, int] | None = None
    ppi: float | None = None

    @property
    def is_wide(self) -> bool:
        """Whether the legend stands beside the map, and not below it."""
        return self.width_mm > self.height_mm


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a page, in millimetres from its upper left corner."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the parts of a page are; `columns` is how many the panel of legend and notes has."""

    header: Rectangle
    banner: Rectangle | None
    frame: Rectangle
    panel: Rectangle
    footer: Rectangle
    columns: int


def paper(size: Size, orientation: Orientation) -> Paper:
    """Give a page of a size of ISO 216."""
    short, long = SIZES_MM[size]
    width, height = (short, long) if orientation == "portrait" else (long, short)
    return Paper(size, width, height)


def picture(width_px: int, height_px: int) -> Paper:
    """Give the page of a picture that has so many pixels; raises ParameterError for too few or too many."""
    for name, pixels, least, most in zip(("width", "height"), (width_px, height_px), LEAST_PX, MOST_PX, strict=True):
        if not least <= pixels <= most:
            allowed = message("whole numbers from %(least)s to %(most)s")
            raise ParameterError(name, str(pixels), allowed, {"least": least, "most": most})
    ppi = max(max(width_px, height_px) / SLIDE_IN, LEAST_PPI)
    width, height = (pixels * MM_PER_INCH / ppi for pixels in (width_px, height_px))
    return Paper(f"{width_px} × {height_px} px", width, height, (width_px, height_px), ppi)


def laid_out(page: Paper, *, banner: bool, grid: bool) -> Layout:
    """Divide a page: title above, the map's frame, legend and notes beside it or below, a line at the foot."""
    width = page.width_mm - 2 * MARGIN_MM
    header = Rectangle(MARGIN_MM, MARGIN_MM, width, HEADER_MM)
    top = MARGIN_MM + HEADER_MM + 1.5
    strip = Rectangle(MARGIN_MM, top, width, BANNER_MM - 2) if banner else None
    top += BANNER_MM if banner else 0
    foot = Rectangle(MARGIN_MM, page.height_mm - MARGIN_MM - FOOTER_MM + 1, width, FOOTER_MM)
    height = foot.y_mm - 2 - top
    if page.is_wide:
        beside = min(max(0.235 * page.width_mm, 62.0), 88.0)
        held = Rectangle(MARGIN_MM, top, width - beside - GAP_MM, height)
        panel = Rectangle(MARGIN_MM + width - beside, top, beside, height)
        columns = 1
    else:
        below = min(max(0.25 * page.height_mm, 72.0), 95.0)
        held = Rectangle(MARGIN_MM, top, width, height - below - GAP_MM)
        panel = Rectangle(MARGIN_MM, top + held.height_mm + GAP_MM, width, below)
        columns = 3
    return Layout(header, strip, _within(held, TICK_ROOM_MM) if grid else held, panel, foot, columns)


def frames_mm(*, banner: bool) -> dict[str, tuple[float, float]]:
    """Give the width and height of the map's frame on each page and on a slide, with a grid around it."""
    pages = {f"{size} {way}": paper(size, way) for size in SIZES_MM for way in ORIENTATIONS}
    frames = {name: laid_out(page, banner=banner, grid=True).frame for name, page in pages.items()}
    frames["picture"] = laid_out(picture(*SLIDE_PX), banner=banner, grid=True).frame
    return {name: (frame.width_mm, frame.height_mm) for name, frame in frames.items()}


def _within(held: Rectangle, room: float) -> Rectangle:
    return Rectangle(held.x_mm + room, held.y_mm + room, held.width_mm - 2 * room, held.height_mm - 2 * room)


def fitting_scale(width_m: float, height_m: float, frame: Rectangle) -> int:
    """Give the largest round scale, as the number after 1:, at which so much ground fits into a frame."""
    needed = max(width_m / frame.width_mm, height_m / frame.height_mm) * 1000 * _ROUNDING
    return int(_round_up(min(max(needed, LARGEST_SCALE), SMALLEST_SCALE), _MANTISSAS))


def bar_m(scale: int, room_mm: float) -> float:
    """Give the longest round length (1, 2 or 5 with noughts), in metres, whose bar fits into so many millimetres."""
    room_m = room_mm * scale / 1000
    power = 10.0 ** math.floor(math.log10(room_m))
    return max(step * power for step in _STEPS if step * power <= room_m * (2 - _ROUNDING))


def bar_parts(length_m: float) -> int:
    """Give into how many equal parts a scale bar is divided, so that each is a round length."""
    return 4 if str(int(length_m * 1000)).startswith("2") else 5


def grid_step_m(scale: int, spacing_mm: float = 40.0) -> float:
    """Give the spacing of grid lines: the round length that is at least so far apart on paper."""
    return _round_up(spacing_mm * scale / 1000, _STEPS)


def _round_up(value: float, mantissas: tuple[float, ...]) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next((m * power for m in mantissas if m * power >= value), 10 * power)


def ticks(low: float, high: float, step: float) -> list[float]:
    """Give the multiples of a step between two ends."""
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]
