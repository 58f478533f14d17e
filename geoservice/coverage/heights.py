"""The heights of edges and the areas under them, worked out for all edges of a rectangle at once.

Where a function works on all edges, its loop is over plain rows of numbers, and what it chooses it chooses without a
jump: a compiler turns that into instructions that work on LANES numbers at a time.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import borrowing, inlined
from geoservice.coverage.crossings import Positions
from geoservice.coverage.outlines import KIND, STRAIGHT, X0, X1, P, Q, R

Floats = npt.NDArray[np.float64]

SERIES_BELOW = 0.02
LANES = 8
"""So many numbers of 8 bytes the widest registers of processors hold; with narrower ones a loop takes more turns."""
FROM, TO, ORIGIN, HEIGHT, SLOPE, TURN, SQUARE = range(7)
"""The height of an edge at x between FROM and TO is HEIGHT + SLOPE t + TURN sqrt(SQUARE - t²), where t = x - ORIGIN."""


@inlined
def hold(edges: Floats, listed: Positions, through: int, held: Floats) -> int:
    """Hold edges, filled up to a multiple of LANES with some that stand nowhere; returns how many there are then."""
    number = (through + LANES - 1) // LANES * LANES
    for k in range(through):
        e = listed[k]
        straight = edges[e, KIND] == STRAIGHT
        held[FROM, k], held[TO, k] = edges[e, X0], edges[e, X1]
        held[ORIGIN, k] = edges[e, X0] if straight else edges[e, P]
        held[HEIGHT, k] = edges[e, P] if straight else edges[e, Q]
        held[SLOPE, k] = edges[e, Q] if straight else 0.0
        held[TURN, k] = edges[e, KIND]
        held[SQUARE, k] = 0.0 if straight else edges[e, R] * edges[e, R]
    for k in range(through, number):
        held[FROM, k], held[TO, k] = np.inf, -np.inf
        for column in range(ORIGIN, SQUARE + 1):
            held[column, k] = 0.0
    return number


@inlined
def heights_at(held: Floats, number: int, x: float, heights: Floats) -> None:
    """Work out the heights of all edges at x."""
    for k in range(number):
        heights[k] = _height_of(held, k, x)


@inlined
def heights_within(held: Floats, number: int, x: float, heights: Floats) -> None:
    """Work out the heights at x of the edges that pass it, and infinity for others."""
    for k in range(number):
        y = _height_of(held, k, x)
        y = y if held[FROM, k] < x else np.inf
        heights[k] = y if x < held[TO, k] else np.inf


@inlined
def areas_under(held: Floats, number: int, width: float, left: Floats, right: Floats, under: Floats) -> None:
    """Work out the areas under all edges in a slab; of a long arc it is left to be worked out alone, and no number."""
    for k in range(number):
        rise = right[k] - left[k]
        square = held[SQUARE, k]
        sine_squared = (width * width + rise * rise) / (4.0 * square)
        sine_squared = sine_squared if square > 0.0 else 0.0
        segment = _short_segment(square, sine_squared)
        segment = segment if sine_squared < SERIES_BELOW else np.nan
        under[k] = 0.5 * (left[k] + right[k]) * width + held[TURN, k] * segment


@borrowing
def area_under(held: Floats, k: int, x0: float, x1: float, y_middle: float) -> float:
    """Work out the area under one edge between two abscissas."""
    width, square = x1 - x0, held[SQUARE, k]
    if square == 0.0:
        return y_middle * width
    y0, y1 = _height_of(held, k, x0), _height_of(held, k, x1)
    sine_squared = (width * width + (y1 - y0) * (y1 - y0)) / (4.0 * square)
    if sine_squared < SERIES_BELOW:
        segment = _short_segment(square, sine_squared)
    else:
        sine = min(math.sqrt(sine_squared), 1.0)
        segment = square * (math.asin(sine) - sine * math.sqrt(1.0 - sine * sine))
    return float(0.5 * (y0 + y1) * width + held[TURN, k] * segment)


@inlined
def _height_of(held: Floats, k: int, x: float) -> float:
    """Give the height of one edge at x."""
    t = x - held[ORIGIN, k]
    root = math.sqrt(max(0.0, held[SQUARE, k] - t * t))
    return float(held[HEIGHT, k] + held[SLOPE, k] * t + held[TURN, k] * root)


@inlined
def _short_segment(square: float, sine_squared: float) -> float:
    """Give the area between an arc and its chord, by the radius squared and s² for s = chord / 2r, which is small.

    That is r² (asin s - s sqrt(1 - s²)), for small s a difference of nearly equal numbers, and so the series of it:
    r² s³ (2/3 + s²/5 + 3 s⁴/28 + 5 s⁶/72 + 35 s⁸/704 + 63 s¹⁰/1664 + 77 s¹²/2560 + ...).
    """
    series = 63.0 / 1664.0 + sine_squared * (77.0 / 2560.0)
    series = 5.0 / 72.0 + sine_squared * (35.0 / 704.0 + sine_squared * series)
    series = 2.0 / 3.0 + sine_squared * (1.0 / 5.0 + sine_squared * (3.0 / 28.0 + sine_squared * series))
    return square * sine_squared * math.sqrt(sine_squared) * series
