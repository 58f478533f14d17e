"""Views drawn as rings of corners, of a stated precision and the true area: for polygons and for outlines alike."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.compiled import compiled, inlined, plain, writable

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

LEAST_CORNERS = 8
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings of n shapes in one plane, in metres: outer ones anticlockwise, holes clockwise, each closed.

    Ring k is `corners[ring_first[k]:ring_first[k + 1]]`; those of shape i, its outer one first, are numbered from
    `shape_first[i]` up to `shape_first[i + 1]`.
    """

    corners: Floats
    ring_first: Integers
    shape_first: Integers


def rings_of_views(
    xy: Floats, bearing_deg: Floats, angle_deg: Floats, range_m: Floats, nearest_m: Floats, chord_error_m: float
) -> Rings:
    """Draw discs, sectors, rings and ring sectors; see `fields_of_view`. `xy` is (n, 2), the others are (n,)."""
    columns = [writable(a) for a in (bearing_deg, angle_deg, range_m, nearest_m)]
    places = writable(xy).reshape(-1, 2)
    bearing, angle, far, near = columns
    return Rings(*_drawn(places, np.radians(bearing), np.radians(np.minimum(angle, 360.0)), far, near, chord_error_m))


def polygons_of_rings(rings: Rings, chosen: Integers | None = None) -> npt.NDArray[np.object_]:
    """Make polygons of the shapes, or of those chosen."""
    corners, ring_first, shape_first = rings.corners, rings.ring_first, rings.shape_first
    if chosen is not None:
        of_shape, in_shape = runs(shape_first, chosen)
        of_ring, in_ring = runs(ring_first, of_shape)
        corners, ring_first, shape_first = corners[of_ring], _starts(in_ring), _starts(in_shape)
    polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners, (ring_first, shape_first))
    return np.asarray(polygons, dtype=object)


def _starts(counts: Integers) -> Integers:
    return np.concatenate([[0], np.cumsum(counts)])


def covers_points(rings: Rings, points: Floats) -> npt.NDArray[np.bool_]:
    """Tell of points (n, 2) which lie in some shape."""
    return _covered(rings.corners, rings.ring_first, rings.shape_first, points)


def runs(first: Integers, chosen: Integers) -> tuple[Integers, Integers]:
    """List what the chosen ones hold, of ranges that begin at `first`, and how much each holds."""
    counts = first[chosen + 1] - first[chosen]
    ends = np.cumsum(counts)
    return np.repeat(first[chosen] - ends + counts, counts) + np.arange(counts.sum()), counts


@compiled
def _any_holds(corners: Floats, ring_first: Integers, shape_first: Integers, x: float, y: float) -> bool:
    """Tell whether a point is in some shape: a ray to the east crosses the rings of one an odd number of times."""
    for i in range(len(shape_first) - 1):
        inside = False
        for ring in range(shape_first[i], shape_first[i + 1]):
            for k in range(ring_first[ring], ring_first[ring + 1] - 1):
                x0, y0, x1, y1 = corners[k, 0], corners[k, 1], corners[k + 1, 0], corners[k + 1, 1]
                if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                    inside = not inside
        if inside:
            return True
    return False


@compiled
def _covered(corners: Floats, ring_first: Integers, shape_first: Integers, points: Floats) -> npt.NDArray[np.bool_]:
    covered = np.zeros(len(points), np.bool_)
    for p in range(len(points)):
        covered[p] = _any_holds(corners, ring_first, shape_first, points[p, 0], points[p, 1])
    return covered


@compiled
def _steps(radius_m: float, width: float, chord_error_m: float) -> int:
    """Count the chords of an arc; all round as `vertex_count` does."""
    half_angle = math.acos(max(1.0 - chord_error_m / radius_m, 0.0))
    round_ = max(LEAST_CORNERS, int(math.ceil(math.pi / half_angle)))
    return max(1, int(math.ceil(round_ * width / (2 * math.pi) - _ROUNDING)))


@compiled
def _stretch(step: float) -> float:
    """Give how much farther than the arc the corners stand that keep the area of the sector."""
    return math.sqrt(step / math.sin(step))


@compiled
def _add_arc(
    corners: Floats, m: int, x: float, y: float, radius_m: float, start: float, turn: float, steps: int
) -> int:
    """Add the corners from the bearing `start` on over `turn`, at the distance that keeps the area of the sector."""
    step = turn / steps
    corner_m = radius_m * _stretch(step)
    for k in range(steps + 1):
        corners[m, 0] = x + corner_m * math.sin(start + k * step)
        corners[m, 1] = y + corner_m * math.cos(start + k * step)
        m += 1
    return m


@inlined
def _close(corners: Floats, m: int, start: int) -> None:
    """End a ring where it began; a row taken over as a whole takes seconds to compile."""
    corners[m, 0], corners[m, 1] = corners[start, 0], corners[start, 1]


@compiled
def _drawn(
    places: Floats, bearing: Floats, width: Floats, far: Floats, near: Floats, chord_error_m: float
) -> tuple[Floats, Integers, Integers]:
    n = len(places)
    steps = np.zeros((n, 2), np.int64)
    room = plain(0)
    for i in range(n):
        steps[i, 0] = _steps(far[i], width[i], chord_error_m)
        if near[i] > 0.0:
            steps[i, 1] = _steps(near[i], width[i], chord_error_m)
            out, within = width[i] / steps[i, 0], width[i] / steps[i, 1]
            if near[i] * _stretch(within) >= far[i] * _stretch(out) * math.cos(out / 2):
                steps[i, 1] = steps[i, 0]  # or the corners within would stand out beyond the chords of a narrow ring
        room += steps[i, 0] + steps[i, 1] + 3
    corners = np.empty((room, 2))
    ring_first, shape_first = np.empty(2 * n + 1, np.int64), np.empty(n + 1, np.int64)
    m, ring = plain(0), plain(0)
    for i in range(n):
        shape_first[i], ring_first[ring] = ring, m
        x, y, start = places[i, 0], places[i, 1], m
        whole = width[i] >= 2 * math.pi
        right = math.pi if whole else bearing[i] + width[i] / 2
        m = _add_arc(corners, m, x, y, far[i], right, -width[i], steps[i, 0])
        if whole:
            _close(corners, m - 1, start)
            ring += 1
            if near[i] > 0.0:
                ring_first[ring], start = m, m
                m = _add_arc(corners, m, x, y, near[i], -right, width[i], steps[i, 1])
                _close(corners, m - 1, start)
                ring += 1
            continue
        if near[i] > 0.0:
            m = _add_arc(corners, m, x, y, near[i], right - width[i], width[i], steps[i, 1])
        else:
            corners[m, 0], corners[m, 1] = x, y
            m += 1
        _close(corners, m, start)
        m += 1
        ring += 1
    shape_first[n], ring_first[ring] = ring, m
    return corners[:m], ring_first[: ring + 1], shape_first
