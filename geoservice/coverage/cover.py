"""What footprints cover of pieces of ground, and what they leave out; each piece on its own, so that areas add up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.cells import Geometries, polygonal
from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.outlines import outlines_of_polygons
from geoservice.coverage.portions import Step, in_threads
from geoservice.coverage.rims import open_ground

_log = logging.getLogger("geoservice")

Floats = npt.NDArray[np.float64]

AGREE_M2 = 1e-3
"""The gap of a piece and what the arrangement of its outlines leaves uncovered differ by rounding alone."""
SNAPPED_M = 2.0**-20
"""Sides that all but lie on each other can make an overlay fail, or give what is not so; on a grid like this, not."""
VALIDITY_PORTIONS = 16
"""Gaps are looked through in so many portions, on all cores."""
HAIR_M = 1e-6
"""What is thinner than twice this on average is a hair."""


@dataclass(frozen=True, eq=False)
class PieceCover:
    """For each piece: the part that at least one footprint covers, the part that none does, and both areas in m²."""

    pieces: Geometries
    gap: Geometries

    @cached_property
    def gap_area_m2(self) -> Floats:
        """The area of each gap."""
        return np.asarray(shapely.area(self.gap))

    @cached_property
    def covered_area_m2(self) -> Floats:
        """The area of what is covered of each piece."""
        return np.asarray(shapely.area(self.covered))

    @cached_property
    def covered(self) -> Geometries:
        """What is left of each piece without its gap."""
        covered = np.full(len(self.pieces), shapely.Polygon(), dtype=object)
        whole = shapely.is_empty(self.gap)
        covered[whole] = self.pieces[whole]
        partly = ~whole & (self.gap_area_m2 < shapely.area(self.pieces))
        covered[partly] = without_hairs(polygonal(shapely.difference(self.pieces[partly], self.gap[partly])))
        return covered


def without_hairs(ground: Geometries) -> Geometries:
    """Drop the parts that are hairs, such as an overlay leaves between two sides that agree but for rounding."""
    parts, owner = shapely.get_parts(ground, return_index=True)
    hair = shapely.area(parts) < HAIR_M * shapely.length(parts)
    if not hair.any():
        return ground
    kept = ground.copy()
    rid = np.unique(owner[hair])
    kept[rid] = shapely.Polygon()
    left = ~hair & np.isin(owner, rid)
    some, group = np.unique(owner[left], return_inverse=True)
    if len(some):
        kept[some] = shapely.multipolygons(parts[left], indices=group)
    return kept


def cover_pieces(pieces: Geometries, footprints: Geometries, step: Step | None = None) -> PieceCover:
    """Split each piece into what the footprints cover and what they leave out.

    `pieces` and `footprints` are arrays of polygons in one plane, in metres. The result of a piece depends on the
    footprints that touch it and on nothing else.

    What is open is traced along its rim, which the arrangement of all outlines gives. A piece whose gap has another
    area than that arrangement says, or is no valid polygon, as where the rim touches itself, is cut out by the
    footprints that touch it, and if need be on a fine grid.
    """
    kept = ~shapely.is_empty(footprints)
    gap: Geometries = pieces.copy()
    if len(pieces) and kept.any():
        zones, outlines = outlines_of_polygons(pieces), outlines_of_polygons(footprints)
        found = depth_by_zone(zones, outlines, shapely.area(pieces), rims=True)
        assert found.rim_of is not None  # noqa: S101 - asked for
        assert found.rim_at is not None  # noqa: S101 - asked for
        touched = np.flatnonzero(found.covered_m2 > 0)
        gap[touched] = open_ground(zones, outlines, touched, found.rim_of, found.rim_at, step)
        invalid = ~np.concatenate(in_threads(shapely.is_valid, np.array_split(gap, VALIDITY_PORTIONS)))
        for grid_m in (None, SNAPPED_M):
            wrong = np.flatnonzero(invalid | ~(np.abs(shapely.area(gap) - found.areas_m2[:, 0]) <= AGREE_M2))
            if len(wrong):
                gap[wrong] = _cut(pieces[wrong], footprints, shapely.STRtree(footprints), grid_m)
                invalid[wrong] = False
        _tell_what_differs(gap, found.areas_m2[:, 0])
    return PieceCover(pieces, gap)


def _tell_what_differs(gap: Geometries, gap_m2: Floats) -> None:
    """Log a warning where the geometry of gaps has another area than their figure, after all that can be done."""
    apart_m2 = np.abs(shapely.area(gap) - gap_m2)
    wrong = apart_m2 > AGREE_M2
    if wrong.any():
        _log.warning(
            "The outlines of %d gaps differ from their figures, by %.3f m² at most: some footprints or zones there may "
            "not be valid polygons.",
            int(wrong.sum()), float(apart_m2.max()),
        )  # fmt: skip


def _cut(pieces: Geometries, footprints: Geometries, tree: shapely.STRtree, grid_m: float | None = None) -> Geometries:
    """Cut out of each piece the footprints, which are in the tree, that touch it."""
    which, touching = tree.query(pieces, predicate="intersects")
    cut, group = np.unique(which, return_inverse=True)
    left: Geometries = pieces.copy()
    if len(cut):
        together = shapely.geometrycollections(footprints[touching], indices=group)
        left[cut] = cut_out(pieces[cut], together[:, None], grid_m)
    return left


def cut_out(ground: Geometries, footprints: Geometries, grid_m: float | None = None) -> Geometries:
    """Cut the union of each row of footprints out of its ground, on a grid if one is given or nothing else does."""
    try:
        union = shapely.union_all(footprints, grid_size=grid_m, axis=-1)
        return polygonal(shapely.difference(ground, union, grid_size=grid_m))
    except shapely.GEOSException:
        if grid_m is not None:
            raise
        return cut_out(ground, footprints, SNAPPED_M)
