"""A made-up city to measure on: districts with rough borders, and cameras that crowd about crossings.

It is drawn from seeds, so that every machine measures the same one. Coordinates are metres like those of the Hong Kong
1980 grid; up to 60,000 cameras share one extent of 1,100 km², and beyond that the extent grows with their number.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Geometries = npt.NDArray[np.object_]


CRS = "EPSG:2326"
FULL_CIRCLE_DEG = 360.0
CORNER_M = (800_000.0, 800_000.0)
"""The south-western corner: easting and northing."""
SIDE_M = 33_166.0
"""The side of the square that the city fills: 1,100 km²."""
FULL_CITY = 60_000
"""So many cameras fill the city; more need more ground."""
NATION = 1_000_000
"""Up to so many cameras, the same towns spread out; beyond that there are more towns."""

COLUMNS, ROWS = 6, 3
BORDER_DOUBLINGS = (7, 11)
"""A border between two corners has 2**7 to 2**10 edges."""
ROUGHNESS = {"along": 0.06, "across": 0.03}
"""How far the middle of a border is pushed aside at most, as a share of its length: west to east, south to north."""

TOWNS, CROSSINGS = 40, 3_000
TOWN_SPREAD_M = 700.0
BLOCK_M = 80.0
"""Crossings lie on a grid of streets so far apart."""
EDGE_M = 70.0
"""No camera stands nearer to the edge of the extent, so that none looks beyond it."""
DOMES = 0.4
"""The share of cameras that look all round."""
RUN_BEGINS, WALLED = 1 / 7, 0.4
"""How often another piece of wall, or none, begins at a ray; how often it is a wall."""


def extent_m(cameras: int) -> float:
    """Give the side of the square that so many cameras are spread over."""
    return SIDE_M * math.sqrt(max(1.0, cameras / FULL_CITY))


# ------------------------------------------------------------------ districts


def districts(seed: int = 7, side_m: float = SIDE_M) -> gpd.GeoDataFrame:
    """Divide a square into 18 districts that share rough borders of 128 to 1,024 edges: `zone` and polygon, EPSG:2326.

    They are a valid coverage: no gap, no overlap. Raises ValueError for a seed whose borders cross.
    """
    rng = np.random.default_rng(seed)
    corners = _corners(rng, side_m)
    along = {
        (c, r): _border(rng, corners[c, r], corners[c + 1, r], ROUGHNESS["along"])
        for c in range(COLUMNS)
        for r in range(ROWS + 1)
    }
    across = {
        (c, r): _border(rng, corners[c, r], corners[c, r + 1], ROUGHNESS["across"])
        for c in range(COLUMNS + 1)
        for r in range(ROWS)
    }
    shapes = np.array(
        [
            shapely.Polygon(np.concatenate([along[c, r], across[c + 1, r], along[c, r + 1][::-1], across[c, r][::-1]]))
            for c in range(COLUMNS)
            for r in range(ROWS)
        ],
        dtype=object,
    )
    if not (shapely.is_valid(shapes).all() and shapely.coverage_is_valid(shapes)):
        msg = f"borders cross with the seed {seed}; take another one"
        raise ValueError(msg)
    return gpd.GeoDataFrame({"zone": range(len(shapes))}, geometry=shapes, crs=CRS)


def _corners(rng: np.random.Generator, side_m: float) -> Floats:
    """Place the corners of districts [column, row, xy] on a grid; those within are moved by up to 0.15 of a cell."""
    cell = np.array([side_m / COLUMNS, side_m / ROWS])
    places = np.stack(np.meshgrid(np.arange(COLUMNS + 1), np.arange(ROWS + 1), indexing="ij"), axis=-1) * cell
    moved = rng.uniform(-0.15, 0.15, places.shape) * cell
    moved[[0, -1], :, 0] = 0.0
    moved[:, [0, -1], 1] = 0.0
    return np.asarray(places + moved + np.array(CORNER_M))


def _border(rng: np.random.Generator, start: Floats, end: Floats, roughness: float) -> Floats:
    """Draw a rough line by pushing the middle of every piece aside, over and over, half as far each time."""
    line = np.stack([start, end])
    reach = roughness * float(np.hypot(*(end - start)))
    for _ in range(rng.integers(*BORDER_DOUBLINGS)):
        piece = np.diff(line, axis=0)
        aside = np.column_stack([-piece[:, 1], piece[:, 0]]) / np.hypot(piece[:, 0], piece[:, 1])[:, None]
        middle = (line[:-1] + line[1:]) / 2 + aside * rng.uniform(-reach, reach, (len(piece), 1))
        finer = np.empty((2 * len(line) - 1, 2))
        finer[0::2], finer[1::2] = line, middle
        line, reach = finer, reach / 2
    return line


# ------------------------------------------------------------------ cameras


def cameras(count: int, seed: int = 11) -> pd.DataFrame:
    """Place cameras: easting_m, northing_m, bearing_deg (from north), view_angle_deg, range_m and nearest_m (0: none).

    Towns are of log-normal size, crossings lie about towns, and a crossing's share of the cameras is log-normal: it has
    a heavy tail. A camera stands in one of four streets, some metres from its crossing. Two in five look all round,
    the others 60 to 110 degrees wide; ranges are 20 to 60 m.
    """
    rng = np.random.default_rng(seed)
    side_m = extent_m(count)
    crossings = _crossings(rng, count, side_m)
    busy = rng.lognormal(0.0, 1.3, len(crossings))
    at = crossings[rng.choice(len(crossings), count, p=busy / busy.sum())]
    street = rng.integers(0, 4, count) * (np.pi / 2)
    away = np.clip(rng.lognormal(3.2, 0.9, count), 2.0, 400.0)
    kerb = rng.normal(0.0, 5.0, count)
    place = at + np.column_stack(
        [away * np.cos(street) - kerb * np.sin(street), away * np.sin(street) + kerb * np.cos(street)]
    )
    place = np.clip(place, EDGE_M, side_m - EDGE_M) + np.array(CORNER_M)
    return pd.DataFrame(
        {
            "easting_m": place[:, 0],
            "northing_m": place[:, 1],
            "bearing_deg": rng.uniform(0.0, 360.0, count),
            "view_angle_deg": np.where(rng.random(count) < DOMES, 360.0, rng.uniform(60.0, 110.0, count)),
            "range_m": rng.uniform(20.0, 60.0, count),
            "nearest_m": np.zeros(count),
        }
    )


def _crossings(rng: np.random.Generator, cameras: int, side_m: float) -> Floats:
    """Place crossings (n, 2) about towns, in metres from the corner of the extent."""
    count = round(CROSSINGS * max(1.0, cameras / FULL_CITY))
    towns = round(TOWNS * max(1.0, cameras / NATION))
    spread_m = TOWN_SPREAD_M * math.sqrt(extent_m(min(cameras, NATION)) / SIDE_M)
    centres = rng.uniform(0.06, 0.94, (towns, 2)) * side_m
    size = rng.lognormal(0.0, 1.0, towns)
    town = rng.choice(towns, count, p=size / size.sum())
    return np.asarray(np.round((centres[town] + rng.normal(0.0, spread_m, (count, 2))) / BLOCK_M) * BLOCK_M)


# ------------------------------------------------------------------ polygons


def polygons(views: pd.DataFrame, corners: int = 64) -> Geometries:
    """Draw views as polygons for those who know no arcs: a full circle has so many corners, which lie on the true arc.

    A polygon is smaller than its view: with 64 corners by 1.6e-3 of the area (1 - sin(a) / a for a = 2 pi / 64).
    Raises ValueError where there is a nearest distance.
    """
    rays = _rays(views, corners)
    return _drawn(views, rays, views["range_m"].to_numpy()[rays.view])


def occluded(views: pd.DataFrame, corners: int = 180, seed: int = 13) -> Geometries:
    """Draw what walls leave of views: star-shaped polygons of dozens to hundreds of edges, with the same precision.

    The rays of a view fall into runs of seven on average; of two runs in five a wall cuts off a part.
    """
    rng = np.random.default_rng(seed)
    rays = _rays(views, corners)
    run = np.cumsum(rng.random(len(rays.view)) < RUN_BEGINS)
    walled = rng.random(run[-1] + 1) < WALLED
    seen = np.where(walled, rng.uniform(0.15, 0.95, len(walled)), 1.0)
    far_m = views["range_m"].to_numpy()[rays.view] * seen[run]
    last = np.cumsum(rays.number) - 1
    far_m[last[rays.dome]] = far_m[(last - rays.number + 1)[rays.dome]]
    return _drawn(views, rays, far_m)


class _Rays(NamedTuple):
    """For each ray its view and its direction from north; for each view its number of rays and whether it is round.

    The last ray of a round view is its first.
    """

    view: Integers
    turn_rad: Floats
    number: Integers
    dome: npt.NDArray[np.bool_]


def _rays(views: pd.DataFrame, corners: int) -> _Rays:
    """Send rays from each camera, evenly over its view, at most 360 / `corners` degrees apart."""
    if (views["nearest_m"] > 0).any():
        msg = "views with a nearest distance are not drawn here"
        raise ValueError(msg)
    angle, bearing = views["view_angle_deg"].to_numpy(), views["bearing_deg"].to_numpy()
    dome = angle >= FULL_CIRCLE_DEG
    steps = np.ceil(angle * corners / FULL_CIRCLE_DEG).astype(np.int64)
    count = steps + 1
    view = np.repeat(np.arange(len(views)), count)
    step = np.arange(len(view)) - (np.cumsum(count) - count)[view]
    step[dome[view] & (step == steps[view])] = 0
    return _Rays(view, np.radians(bearing[view] + angle[view] * (step / steps[view] - 0.5)), count, dome)


def _drawn(views: pd.DataFrame, rays: _Rays, seen_m: Floats) -> Geometries:
    """Join the ends of each view's rays, and a sector's to its camera."""
    place = views[["easting_m", "northing_m"]].to_numpy()
    ends = place[rays.view] + seen_m[:, None] * np.column_stack([np.sin(rays.turn_rad), np.cos(rays.turn_rad)])
    sectors = np.flatnonzero(~rays.dome)
    after = np.cumsum(rays.number)
    apex = np.column_stack([(after - rays.number)[sectors], after[sectors]]).ravel()
    ring_length = rays.number + np.where(rays.dome, 0, 2)
    corners = np.insert(ends, apex, np.repeat(place[sectors], 2, axis=0), axis=0)
    ring_first = np.concatenate([[0], np.cumsum(ring_length)])
    one_ring_each = np.arange(len(views) + 1)
    drawn = shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners, (ring_first, one_ring_each))
    return np.asarray(drawn, dtype=object)
