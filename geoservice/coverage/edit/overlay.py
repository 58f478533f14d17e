"""Edits of sources in milliseconds: an overlay of the tiles and cells that changed over a base that never does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from rtree import index

from geoservice.coverage.cells import Geometries
from geoservice.coverage.edit.base import Base
from geoservice.coverage.edit.measuring import covered_in_portions, gaps_mended
from geoservice.coverage.edit.sources import (
    EDITS,
    UNIQUE,
    Add,
    Edit,
    Move,
    Remove,
    Replace,
    Turn,
    View,
    check_id,
    checked,
)
from geoservice.coverage.gaps import Cell, GapGround, units_met
from geoservice.coverage.ground import EASTING, NORTHING, RANGE, boxes_of, outlines_of_table, snapped, tiles_met
from geoservice.coverage.rings import runs
from geoservice.errors import EditError, shorten

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Kept = TypeVar("Kept")

BOXES_ASKED = 64
"""Up to so many changed footprints the index is asked for the neighbours of each."""


@dataclass(frozen=True, slots=True, eq=False)
class GapPieces:
    """Gaps by zone (its position) and cell of `cell_m`; `geometry` is empty where no gap is left. See `ZonePieces`."""

    cell_m: float
    zone: Integers
    column: Integers
    row: Integers
    geometry: Geometries

    def __len__(self) -> int:
        return len(self.zone)

    @property
    def area_m2(self) -> Floats:
        """The area of each piece of gap in square metres."""
        return np.asarray(shapely.area(self.geometry))


@dataclass(frozen=True, slots=True, eq=False)
class EditResult:
    """What holds after an edit, and what it changed.

    `areas_m2` [zone, k] is the area of a zone that exactly k sources cover, the last k means so many or more;
    `change_m2` is what that gained. `tile_boxes` (n, 4) are the tiles measured anew; `gap_pieces` the pieces of gap
    that changed, whole; None where the base has no gaps.
    """

    areas_m2: Floats
    change_m2: Floats
    tile_boxes: Floats
    gap_pieces: GapPieces | None

    @property
    def covered_m2(self) -> Floats:
        """The area of each zone that at least one source covers, in square metres."""
        return np.asarray(self.areas_m2[:, 1:].sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class _Change:
    """A source before and after an edit; None where it is not there."""

    source: str
    before: Floats | None
    after: Floats | None


@dataclass(slots=True, eq=False)
class _Record:
    """What an edit changed, as it was before."""

    changes: list[_Change]
    covered_by_zone_m2: Floats
    tiles: dict[int, Floats | None] = field(default_factory=dict)
    gaps: dict[int, shapely.Geometry | None] = field(default_factory=dict)


class Overlay:
    """Edits over a base: what changed, and nothing else. Any number of overlays may stand on one base.

    Each edit is whole or not at all, and `undo` gives the very state before it. Not to be used by two threads at once.
    """

    def __init__(self, base: Base) -> None:
        self.base = base
        self._gone = np.zeros(len(base.ids), dtype=bool)
        self._views: dict[str, Floats | None] = {}
        self._index = index.Index()
        self._own: dict[int, tuple[Floats, tuple[float, ...]]] = {}
        self._own_number: dict[str, int] = {}
        self._next_number = 0
        self._tiles: dict[int, Floats] = {}
        self._changed_gaps: dict[int, shapely.Geometry] = {}
        self._covered_by_zone_m2 = base.covered_by_zone_m2
        self._history: list[_Record] = []

    # ------------------------------------------------------------------ what is

    def __len__(self) -> int:
        return len(self.base.ids) - int(self._gone.sum()) + len(self._own)

    def __contains__(self, source: object) -> bool:
        return isinstance(source, str) and self._row(source) is not None

    def __iter__(self) -> Iterator[str]:
        """List the ids of the sources: those of the base in its order, then those that were added."""
        for source in self.base.ids:
            if self._row(source) is not None:
                yield source
        for source in self._views:
            if source not in self.base.number:
                yield source

    def view(self, source: str) -> View:
        """Give what a source sees; raises EditError if there is none of this id."""
        return View(*self._present(source, self._row(source)).tolist())

    @property
    def areas_m2(self) -> Floats:
        """The area of each zone that exactly 0, 1, ... sources cover; the last means so many or more: [zone, depth]."""
        covered = self._covered_by_zone_m2
        return np.column_stack([self.base.zone_area_m2 - covered.sum(axis=1), covered])

    @property
    def gaps(self) -> GapPieces | None:
        """All pieces of gap; None where the base has none."""
        if self.base.gap_ground is None:
            return None
        return self._pieces(range(len(self.base.gaps)))

    @property
    def edits(self) -> int:
        """How many edits can be undone."""
        return len(self._history)

    # ------------------------------------------------------------------ edits

    def add(self, source: str, view: View) -> EditResult:
        """Add a source; raises EditError if there is one of this id, or if it sees nothing."""
        return self.apply([Add(source, view)])

    def move(self, source: str, easting_m: float, northing_m: float) -> EditResult:
        """Move a source; raises EditError if there is none of this id."""
        return self.apply([Move(source, easting_m, northing_m)])

    def turn(self, source: str, bearing_deg: float) -> EditResult:
        """Turn a source; raises EditError if there is none of this id."""
        return self.apply([Turn(source, bearing_deg)])

    def replace(self, source: str, view: View) -> EditResult:
        """Let a source see something else; raises EditError if there is none of this id."""
        return self.apply([Replace(source, view)])

    def remove(self, source: str) -> EditResult:
        """Remove a source; raises EditError if there is none of this id."""
        return self.apply([Remove(source)])

    def apply(self, edits: Iterable[Edit]) -> EditResult:
        """Make edits in their order as one, which `undo` takes back as one; each tile is measured once.

        An edit is an Add, a Move, a Turn, a Replace or a Remove.
        Raises EditError, and changes nothing, if one of them cannot be made.
        """
        changes = self._staged(edits)
        record = _Record(changes, self._covered_by_zone_m2)
        try:
            for change in changes:
                self._put(change.source, change.after)
            self._measure(_footprint_bounds(changes), record)
        except BaseException:
            self._revert(record)
            raise
        self._history.append(record)
        return self._result(record)

    def undo(self) -> EditResult | None:
        """Take the last edit back; None where there is none."""
        if not self._history:
            return None
        record = self._history.pop()
        undone = _Record([], self._covered_by_zone_m2, dict.fromkeys(record.tiles), dict.fromkeys(record.gaps))
        self._revert(record)
        return self._result(undone)

    def fork(self) -> Overlay:
        """Give another overlay in the same state on the same base; it can be undone as far as this one."""
        other = Overlay(self.base)
        other._gone, other._views = self._gone.copy(), self._views.copy()
        other._own, other._own_number = self._own.copy(), self._own_number.copy()
        other._next_number = self._next_number
        if self._own:
            other._index = index.Index((number, bounds, None) for number, (_, bounds) in self._own.items())
        other._tiles, other._changed_gaps = self._tiles.copy(), self._changed_gaps.copy()
        other._covered_by_zone_m2 = self._covered_by_zone_m2
        other._history = self._history.copy()
        return other

    # ------------------------------------------------------------------ sources

    def _row(self, source: str) -> Floats | None:
        if source in self._views:
            return self._views[source]
        number = self.base.number.get(source)
        return None if number is None else self.base.views[number]

    def _present(self, source: str, row: Floats | None) -> Floats:
        check_id(source)
        if row is None:
            reason = f"There is no source '{shorten(source)}'."
            raise EditError(reason, source=source, field="source", advice="Add it first.")
        return row

    def _staged(self, edits: Iterable[Edit]) -> list[_Change]:
        """Check edits in their order and give what they come to."""
        if not isinstance(edits, Iterable):
            raise EditError(f"{shorten(repr(edits))} is no list of edits.", source="", field="edit", advice=EDITS)
        staged: dict[str, Floats | None] = {}
        for edit in edits:
            if not isinstance(edit, Edit):
                raise EditError(f"{shorten(repr(edit))} is no edit.", source="", field="edit", advice=EDITS)
            check_id(edit.source)
            row = staged[edit.source] if edit.source in staged else self._row(edit.source)
            staged[edit.source] = self._edited(edit, row)
        changes = [_Change(source, self._row(source), after) for source, after in staged.items()]
        return [change for change in changes if not _equal(change.before, change.after)]

    def _edited(self, edit: Edit, row: Floats | None) -> Floats | None:
        if isinstance(edit, Add):
            if row is not None:
                reason = f"There is a source '{shorten(edit.source)}' already."
                raise EditError(reason, source=edit.source, field="source", advice=UNIQUE)
            return checked(edit.source, edit.view)
        view = View(*self._present(edit.source, row).tolist())
        match edit:
            case Remove():
                return None
            case Move():
                view = replace(view, easting_m=edit.easting_m, northing_m=edit.northing_m)
            case Turn():
                view = replace(view, bearing_deg=edit.bearing_deg)
            case Replace():
                view = edit.view
        return checked(edit.source, view)

    def _put(self, source: str, row: Floats | None) -> None:
        """Let a source be as the row says from now on, in the tables and in the index."""
        own = self._own_number.pop(source, None)
        if own is not None:
            self._index.delete(own, self._own.pop(own)[1])
        number = self.base.number.get(source)
        if number is not None and row is not None and np.array_equal(row, self.base.views[number]):
            self._gone[number] = False
            self._views.pop(source, None)
            return
        if number is None and row is None:
            self._views.pop(source, None)
            return
        self._views[source] = row
        if number is not None:
            self._gone[number] = True
        if row is not None:
            x, y, reach_m = row[[EASTING, NORTHING, RANGE]].tolist()
            bounds = (x - reach_m, y - reach_m, x + reach_m, y + reach_m)
            self._own[self._next_number] = row, bounds
            self._own_number[source] = self._next_number
            self._index.insert(self._next_number, bounds)
            self._next_number += 1

    def _own_in(self, boxes: Floats) -> Floats:
        """Give the sources of this overlay that may reach into boxes, as a table."""
        if not len(boxes) or not self._own:
            return np.empty((0, self.base.views.shape[1]))
        if len(boxes) > BOXES_ASKED:
            boxes = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])[None, :]
        found = {number for box in boxes.tolist() for number in self._index.intersection(box)}
        rows = [self._own[number][0] for number in sorted(found)]
        return np.array(rows).reshape(-1, self.base.views.shape[1])

    def _views_in(self, tiles: Integers, own: Floats) -> Floats:
        """Give all sources that may reach into tiles, with those of the overlay that are named."""
        listed = self.base.sources_in(tiles)
        return np.concatenate([self.base.views[listed[~self._gone[listed]]], own])

    # ------------------------------------------------------------------ figures and gaps

    def _measure(self, bounds: Floats, record: _Record) -> None:
        """Measure the tiles and cells anew that footprints within the bounds (n, 4) may reach; note what was before."""
        base = self.base
        tiles = tiles_met(base.ground, bounds)
        gained = np.zeros_like(self._covered_by_zone_m2)
        for some, found in self._covered(tiles, snapped(bounds, base.ground.grid)):
            rows, counts = runs(base.ground.row_first, some)
            before = base.covered_m2[rows]
            for tile, start, count in zip(some.tolist(), np.cumsum(counts) - counts, counts, strict=True):
                known = record.tiles[tile] = self._tiles.get(tile)
                if known is not None:
                    before[start : start + count] = known
                self._tiles[tile] = found[start : start + count]
            gained += base.by_zone(rows, found - before)
        self._covered_by_zone_m2 = self._covered_by_zone_m2 + gained
        if base.gap_ground is None:
            return
        for piece, gap in self._gaps(base.gap_ground, units_met(base.gap_ground, bounds)).items():
            record.gaps[piece] = self._changed_gaps.get(piece)
            self._changed_gaps[piece] = gap

    def _covered(self, tiles: Integers, boxes: Floats) -> Iterator[tuple[Integers, Floats]]:
        """Measure tiles, in portions; `boxes` hold all of them that sources of the overlay may reach."""
        views_in = partial(self._views_in, own=self._own_in(boxes))
        return covered_in_portions(self.base.ground, tiles, views_in, self.base.cap, self.base.threads)

    def _gaps(self, ground: GapGround, cells: list[tuple[Cell, Integers]]) -> dict[int, shapely.Geometry]:
        """Find the pieces of gap that differ now within some units of cells."""

        def views_in(tiles: Integers, box: Floats) -> Floats:
            return self._views_in(tiles, self._own_in(box))

        return gaps_mended(ground, self.base.ground, cells, views_in, self._gap, self.base.threads)

    def _gap(self, piece: int) -> shapely.Geometry:
        known = self._changed_gaps.get(piece)
        return self.base.gaps[piece] if known is None else known

    def _revert(self, record: _Record) -> None:
        for change in reversed(record.changes):
            self._put(change.source, change.before)
        for now, before in ((self._tiles, record.tiles), (self._changed_gaps, record.gaps)):
            _restore(now, before)
        self._covered_by_zone_m2 = record.covered_by_zone_m2

    # ------------------------------------------------------------------ results

    def _result(self, record: _Record) -> EditResult:
        gained = self._covered_by_zone_m2 - record.covered_by_zone_m2
        return EditResult(
            areas_m2=self.areas_m2,
            change_m2=np.column_stack([-gained.sum(axis=1), gained]),
            tile_boxes=boxes_of(self.base.ground, np.array(sorted(record.tiles), dtype=np.int64)),
            gap_pieces=None if self.base.gap_ground is None else self._pieces(sorted(record.gaps)),
        )

    def _pieces(self, chosen: Sequence[int]) -> GapPieces:
        assert self.base.gap_ground is not None  # noqa: S101 - asked for by those who know
        pieces, which = self.base.gap_ground.pieces, np.array(chosen, dtype=np.int64)
        geometry = np.empty(len(which), dtype=object)
        geometry[:] = [self._gap(piece) for piece in chosen]
        return GapPieces(pieces.cell_m, pieces.zone[which], pieces.column[which], pieces.row[which], geometry)


def _restore(now: dict[int, Kept], before: Mapping[int, Kept | None]) -> None:
    for key, value in before.items():
        if value is None:
            now.pop(key, None)
        else:
            now[key] = value


def _equal(before: Floats | None, after: Floats | None) -> bool:
    if before is None or after is None:
        return before is after
    return np.array_equal(before, after)


def _footprint_bounds(changes: Sequence[_Change]) -> Floats:
    """Give the bounds (n, 4) of the footprints that went or came; none where a source only turned on the spot."""
    sides = [[row for row in (change.before, change.after) if row is not None] for change in changes]
    if not sides:
        return np.empty((0, 4))
    drawn = outlines_of_table(np.array([row for both in sides for row in both]))
    kept = np.ones(len(drawn), dtype=bool)
    first = 0
    for both in sides:
        if len(both) == 2:  # noqa: PLR2004 - before and after
            start, middle, stop = drawn.first[first : first + 3]
            kept[first : first + 2] = not np.array_equal(drawn.edges[start:middle], drawn.edges[middle:stop])
        first += len(both)
    return drawn.bounds[kept]
