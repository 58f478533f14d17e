"""How far from everything a place is: the point of an area that is farthest from a set of obstacles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.cells import Geometries

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]

_SQRT2 = float(np.sqrt(2))


@dataclass(frozen=True, slots=True)
class Farthest:
    """For each group: the point `x`, `y` of its area that is farthest from all obstacles, and that distance in metres.

    The distance is that of the point given; no point of the group is more than the tolerance farther away.
    """

    x: Floats
    y: Floats
    distance_m: Floats


class Obstacles:
    """Points or segments to keep away from, with an index for the distance to the nearest one."""

    def __init__(self, geometry: Geometries) -> None:
        self._geometry = geometry
        self._tree = shapely.STRtree(geometry)

    @classmethod
    def outlines(cls, polygons: Geometries) -> Obstacles:
        """Take the outlines of polygons, segment by segment: for places outside of all of them."""
        parts = shapely.get_parts(polygons)
        rings = shapely.get_rings(parts[shapely.area(parts) > 0])
        xy, ring = shapely.get_coordinates(rings, return_index=True)
        follows = np.flatnonzero(ring[1:] == ring[:-1])
        return cls(shapely.linestrings(np.stack([xy[follows], xy[follows + 1]], axis=1)))

    def nearest(self, x: Floats, y: Floats) -> tuple[Floats, Positions]:
        """Give the distance in metres from each place to the nearest obstacle, and that obstacle's position."""
        if not len(x):
            return np.empty(0), np.empty(0, dtype=np.intp)
        (_, found), distance = self._tree.query_nearest(shapely.points(x, y), return_distance=True, all_matches=False)
        return distance, found

    def farthest_corner(self, obstacle: Positions, x: Floats, y: Floats, half: Floats) -> Floats:
        """Give the largest distance in metres from one convex obstacle that a square around each place reaches."""
        east = x[:, None] + half[:, None] * np.array([-1, 1, -1, 1])
        north = y[:, None] + half[:, None] * np.array([-1, -1, 1, 1])
        corners = shapely.points(east, north)
        return np.asarray(shapely.distance(corners, self._geometry[obstacle][:, None]).max(axis=1))


def farthest_points(
    polygons: Geometries, group: Positions, groups: int, obstacles: Obstacles, tolerance_m: float
) -> Farthest:
    """Find for each of `groups` groups of polygons the point that is farthest from the obstacles.

    `polygons` lie in one plane in metres; polygon i belongs to group `group[i]`, and every group has a polygon. With
    each polygon a group of its own and covered ground as the obstacle this is the largest empty circle.

    Branch and bound over quartered squares, as in JTS's LargestEmptyCircle, over all polygons at once. No point of a
    square is farther from the obstacles than from the one that is nearest to its centre, and the distance to one convex
    obstacle is convex, so that over a square it is largest at a corner: that bounds the square.
    """
    best = _Best.of_vertices(polygons, group, groups, obstacles)
    shapely.prepare(polygons)
    bounds = shapely.bounds(polygons)
    x, y = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    half = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) / 2
    owner = np.arange(len(polygons))
    while len(owner):
        distance, nearest = obstacles.nearest(x, y)
        inside = shapely.intersects_xy(polygons[owner], x, y)
        best.offer(group[owner[inside]], x[inside], y[inside], distance[inside])
        bound = obstacles.farthest_corner(nearest, x, y, half)
        promising = bound > best.distance_m[group[owner]] + tolerance_m
        owner, inside = owner[promising], inside[promising]
        x, y, half = x[promising], y[promising], half[promising]
        tiny: npt.NDArray[np.bool_] = half * _SQRT2 <= tolerance_m
        best.offer_nearest_inside(
            polygons, group, owner[tiny & ~inside], x[tiny & ~inside], y[tiny & ~inside], obstacles
        )
        owner, x, y, half = _quartered(owner[~tiny], x[~tiny], y[~tiny], half[~tiny])
        touching = shapely.intersects(polygons[owner], shapely.box(x - half, y - half, x + half, y + half))
        owner, x, y, half = owner[touching], x[touching], y[touching], half[touching]
    return Farthest(best.x, best.y, best.distance_m)


def _quartered(owner: Positions, x: Floats, y: Floats, half: Floats) -> tuple[Positions, Floats, Floats, Floats]:
    quarter = np.repeat(half / 2, 4)
    east = np.tile(np.array([-1.0, 1.0, -1.0, 1.0]), len(owner))
    north = np.tile(np.array([-1.0, -1.0, 1.0, 1.0]), len(owner))
    return np.repeat(owner, 4), np.repeat(x, 4) + east * quarter, np.repeat(y, 4) + north * quarter, quarter


class _Best:
    """The farthest point found so far in each group."""

    def __init__(self, groups: int) -> None:
        self.x = np.full(groups, np.nan)
        self.y = np.full(groups, np.nan)
        self.distance_m = np.full(groups, -np.inf)

    @classmethod
    def of_vertices(cls, polygons: Geometries, group: Positions, groups: int, obstacles: Obstacles) -> _Best:
        """Start from the outermost corners: away from everything the farthest point is often one of them."""
        best = cls(groups)
        xy, owner = shapely.get_coordinates(polygons, return_index=True)
        outermost = (np.tile(xy, 2) == shapely.bounds(polygons)[owner]).any(axis=1)
        xy, owner = xy[outermost], owner[outermost]
        distance, _ = obstacles.nearest(xy[:, 0], xy[:, 1])
        best.offer(group[owner], xy[:, 0], xy[:, 1], distance)
        return best

    def offer(self, group: Positions, x: Floats, y: Floats, distance_m: Floats) -> None:
        """Keep the farthest of some points for each group; among equals the first by easting, then northing."""
        order = np.lexsort((y, x, -distance_m, group))
        groups, first = np.unique(group[order], return_index=True)
        chosen = order[first]
        better = distance_m[chosen] > self.distance_m[groups]
        groups, chosen = groups[better], chosen[better]
        self.x[groups], self.y[groups], self.distance_m[groups] = x[chosen], y[chosen], distance_m[chosen]

    def offer_nearest_inside(
        self,
        polygons: Geometries,
        group: Positions,
        owner: Positions,
        x: Floats,
        y: Floats,
        obstacles: Obstacles,
    ) -> None:
        """Offer, for tiny squares whose centre is outside, the nearest point of the polygon instead."""
        if not len(owner):
            return
        lines = shapely.shortest_line(polygons[owner], shapely.points(x, y))
        starts = shapely.get_coordinates(shapely.get_point(lines, 0))
        distance, _ = obstacles.nearest(starts[:, 0], starts[:, 1])
        self.offer(group[owner], starts[:, 0], starts[:, 1], distance)
