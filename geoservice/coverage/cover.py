"""What footprints cover of pieces of ground, and what they leave out; each piece on its own, so that areas add up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.cells import Geometries, polygonal

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PieceCover:
    """For each piece: the part that at least one footprint covers, the part that none does, and both areas in m²."""

    covered: Geometries
    gap: Geometries
    covered_area_m2: Floats
    gap_area_m2: Floats


def cover_pieces(pieces: Geometries, footprints: Geometries) -> PieceCover:
    """Split each piece into what the footprints cover and what they leave out.

    `pieces` and `footprints` are arrays of polygons in one plane, in metres. The result of a piece depends on the
    footprints that touch it and on nothing else.
    """
    covered = np.full(len(pieces), shapely.Polygon(), dtype=object)
    footprints = footprints[~shapely.is_empty(footprints)]
    if len(pieces) and len(footprints):
        shapely.prepare(footprints)
        which, touching = shapely.STRtree(footprints).query(pieces, predicate="intersects")
        whole = shapely.contains_properly(footprints[touching], pieces[which])
        covered[which[whole]] = pieces[which[whole]]
        partly = ~np.isin(which, which[whole])
        _cover_partly(pieces, footprints, which[partly], touching[partly], covered)
    gap: Geometries = pieces.copy()
    touched = ~shapely.is_empty(covered)
    gap[touched] = polygonal(shapely.difference(pieces[touched], covered[touched]))
    return PieceCover(covered, gap, shapely.area(covered), shapely.area(gap))


def _cover_partly(
    pieces: Geometries,
    footprints: Geometries,
    which: npt.NDArray[np.intp],
    touching: npt.NDArray[np.intp],
    covered: Geometries,
) -> None:
    """Unite, piece by piece, the parts of it that lie in some footprint; `which` comes in ascending order."""
    if not len(which):
        return
    parts = polygonal(shapely.intersection(pieces[which], footprints[touching]))
    positions, starts = np.unique(which, return_index=True)
    for position, group in zip(positions, np.split(parts, starts[1:]), strict=True):
        covered[position] = group[0] if len(group) == 1 else polygonal(np.array([shapely.union_all(group)]))[0]
