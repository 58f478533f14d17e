"""How much of a demand (people, street length, incidents) lies in each piece and how much of that is covered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.cells import Geometries

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PieceDemand:
    """The weight of a demand in each piece: in all, and in what is covered."""

    total: Floats
    covered: Floats


def demand_of_pieces(demand: Geometries, weight: Floats, pieces: Geometries, covered: Geometries) -> PieceDemand:
    """Share the weight of each demand feature out among the pieces, evenly over its length or area.

    All geometries lie in one plane in metres. A point on the border of several pieces counts in the first of them.
    """
    where, which = shapely.STRtree(demand).query(pieces, predicate="intersects")
    dimension = shapely.get_dimensions(demand)
    points = dimension[which] == 0
    first = np.unique(which[points], return_index=True)[1]
    kept = np.concatenate([np.flatnonzero(points)[first], np.flatnonzero(~points)])
    where, which = where[kept], which[kept]
    measure = _measure(demand, dimension)
    in_piece = _shares(demand[which], pieces[where], dimension[which], measure[which]) * weight[which]
    in_covered = _shares(demand[which], covered[where], dimension[which], measure[which]) * weight[which]
    return PieceDemand(
        np.bincount(where, weights=in_piece, minlength=len(pieces)).astype(np.float64),
        np.bincount(where, weights=in_covered, minlength=len(pieces)).astype(np.float64),
    )


def _measure(geometry: Geometries, dimension: npt.NDArray[np.int_]) -> Floats:
    """Give 1 for points, the length of lines and the area of polygons."""
    return np.choose(
        np.clip(dimension, 0, 2), [np.ones(len(geometry)), shapely.length(geometry), shapely.area(geometry)]
    )


def _shares(demand: Geometries, within: Geometries, dimension: npt.NDArray[np.int_], measure: Floats) -> Floats:
    """Give the share of each demand feature that lies within a polygon."""
    points = dimension == 0
    result = np.zeros(len(demand))
    result[points] = shapely.intersects(demand[points], within[points])
    cut = shapely.intersection(demand[~points], within[~points])
    result[~points] = _measure(cut, dimension[~points]) / measure[~points]
    return result
