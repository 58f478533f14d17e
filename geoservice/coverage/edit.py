"""Edits of sources in milliseconds: an overlay of the tiles and cells that changed over a base that never does."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeGuard, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rtree import index

from geoservice.coverage.cells import Geometries
from geoservice.coverage.depth import TILE_PER_SHAPE, shapes_by_tile
from geoservice.coverage.field_of_view import CAMERA_COLUMNS
from geoservice.coverage.gaps import Cell, GapGround, lay_gap_ground, mended, units_met, widened
from geoservice.coverage.ground import (
    ANGLE,
    EASTING,
    NEAREST,
    NORTHING,
    RANGE,
    Ground,
    boxes_of,
    covered_by_row,
    lay_ground,
    outlines_of_table,
    snapped,
    tiles_met,
)
from geoservice.coverage.outlines import Outlines, outlines_of_polygons
from geoservice.coverage.portions import cores
from geoservice.coverage.rings import runs
from geoservice.crs import WorkingCrs
from geoservice.errors import CrsError, EditError, shorten
from geoservice.vocabulary import FULL_CIRCLE_DEG

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Task = TypeVar("Task")
Result = TypeVar("Result")

FARTHEST_M = 5e7
"""No place in a plane of the earth, and no range, is farther than this."""
TILES_A_PORTION, PORTIONS = 256, 32
"""Tiles are measured so many at once at least, in so many portions at most."""
BOXES_ASKED = 64
"""Up to so many changed footprints the index is asked for the neighbours of each."""


@dataclass(frozen=True, slots=True)
class View:
    """Where a source stands in the working CRS and what it sees; the bearing is clockwise from grid north."""

    easting_m: float
    northing_m: float
    bearing_deg: float
    view_angle_deg: float
    range_m: float
    nearest_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Add:
    """A new source."""

    source: str
    view: View


@dataclass(frozen=True, slots=True)
class Move:
    """A source goes to another place."""

    source: str
    easting_m: float
    northing_m: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A source looks another way."""

    source: str
    bearing_deg: float


@dataclass(frozen=True, slots=True)
class Replace:
    """A source sees something else, by any of its terms."""

    source: str
    view: View


@dataclass(frozen=True, slots=True)
class Remove:
    """A source goes."""

    source: str


Edit = Add | Move | Turn | Replace | Remove


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
class Base:
    """Sources and what they cover and leave out, for any number of overlays to stand on; nothing changes it.

    Source i is `ids[i]`, with the row `views[i]` as in `ground`. `of_tile` lists the sources that may reach into tile t
    from `tile_first[t]` up to `tile_first[t + 1]`; `covered_m2` [row, depth - 1] is by row of the ground; `gaps` is
    the gap of each piece.
    """

    ids: tuple[str, ...]
    number: Mapping[str, int]
    views: Floats
    ground: Ground
    zone_area_m2: Floats
    tile_first: Integers
    of_tile: npt.NDArray[np.int32]
    covered_m2: Floats
    covered_by_zone_m2: Floats
    gap_ground: GapGround | None
    gaps: Geometries
    threads: int

    @property
    def cap(self) -> int:
        """The greatest depth told apart."""
        return int(self.covered_m2.shape[1])


def lay_base(
    zones: gpd.GeoSeries | gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    working: WorkingCrs,
    *,
    cap: int = 1,
    gap_cell_m: float | None = None,
    chord_error_m: float = 0.5,
    tile_m: float | None = None,
    threads: int | None = None,
) -> Base:
    """Measure sources once, so that edits of them take milliseconds.

    `zones` are polygons, as a GeoSeries or as the geometry of a GeoDataFrame; figures are in their order. `cameras` are
    points with `bearing_deg` (clockwise from grid north, the middle of the view), `view_angle_deg` (more than 0, at
    most 360), `range_m` and `nearest_m` (metres; 0 is none); their index holds their ids, which are text. `working` is
    the CRS of both: that of a catalog is `geoservice.open_catalog(folder).working`, others `working_crs` makes.

    Figures are those of `depth_by_zone`: true arcs, depths up to `cap`, on tiles of `tile_m` metres, a power of two.
    With `gap_cell_m`, the side of a cell in metres, gaps are kept too, by zone and cell, of polygons within
    `chord_error_m` metres of the true arcs. `threads` are as many as there are cores unless said.
    Raises CrsError in any but the working CRS, EditError for a source that sees nothing or whose id is not text, empty
    or not the only one, TypeError for what are no frames, ValueError for columns that are missing, cameras that are not
    one point each, and a cap, a size or a number of threads that cannot be.
    """
    if not isinstance(working, WorkingCrs):
        raise CrsError(
            f"{shorten(repr(working))} is no working system.",
            advice="Give that of a catalog, open_catalog(folder).working, or make one with working_crs(text, extent).",
        )
    zones = _geometry(zones)
    _check_cameras(cameras)
    working.require(zones, "The zones")
    working.require(cameras, "The cameras")
    _check_counts(cap, threads)
    _check_lengths(gap_cell_m, chord_error_m, tile_m)
    ids, views = _table(cameras)
    outlines = outlines_of_table(views)
    shapes_m = _middle_size(outlines)
    size_m = 2.0 ** round(math.log2(TILE_PER_SHAPE * shapes_m / 2)) if tile_m is None else float(tile_m)
    ground = lay_ground(outlines_of_polygons(np.asarray(zones.array, dtype=object)), size_m)
    tile_first, of_tile = shapes_by_tile(
        np.ones(len(ids), dtype=np.int64), outlines.bounds, ground.grid, np.arange(len(ids))
    )
    bare = Base(
        ids=ids,
        number={source: i for i, source in enumerate(ids)},
        views=views,
        ground=ground,
        zone_area_m2=zones.area.to_numpy(),
        tile_first=tile_first,
        of_tile=of_tile,
        covered_m2=np.zeros((len(ground.zone_of_row), cap)),
        covered_by_zone_m2=np.zeros((len(zones), cap)),
        gap_ground=None,
        gaps=np.empty(0, dtype=object),
        threads=threads or cores(),
    )
    if gap_cell_m is not None:
        gap_ground = lay_gap_ground(zones, gap_cell_m, shapes_m, chord_error_m, working)
        bare = replace(bare, gap_ground=gap_ground, gaps=gap_ground.pieces.geometry)
    return _measured(bare, outlines.bounds)


def _geometry(zones: object) -> gpd.GeoSeries:
    if isinstance(zones, gpd.GeoSeries):
        return zones
    if not isinstance(zones, gpd.GeoDataFrame) or zones.active_geometry_name is None:
        raise TypeError(f"the zones must be a GeoSeries or a GeoDataFrame with a geometry, not {_kind(zones)}")
    return zones.geometry


def _check_cameras(cameras: object) -> None:
    needed = "points with the columns bearing_deg and view_angle_deg in degrees, range_m and nearest_m in metres"
    if not isinstance(cameras, gpd.GeoDataFrame) or cameras.active_geometry_name is None:
        raise TypeError(f"the cameras must be a GeoDataFrame of {needed}, not {_kind(cameras)}")
    missing = [column for column in CAMERA_COLUMNS if column not in cameras.columns]
    if missing:
        raise ValueError(f"the cameras have no {', '.join(missing)}: they must be {needed}")


def _kind(given: object) -> str:
    without = isinstance(given, gpd.GeoDataFrame)
    return f"{type(given).__name__} without a geometry" if without else type(given).__name__


def _check_counts(cap: object, threads: object) -> None:
    for name, count, meaning in (
        ("cap", cap, "the greatest depth told apart"),
        ("threads", 1 if threads is None else threads, "how many work at once (None is one for each core)"),
    ):
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, not {shorten(repr(count))}: {meaning}")


def _check_lengths(gap_cell_m: object, chord_error_m: object, tile_m: object) -> None:
    for name, length_m, meaning in (
        ("gap_cell_m", gap_cell_m, "the side of a cell of gaps (None keeps no gaps)"),
        ("chord_error_m", chord_error_m, "how far polygons may be from true arcs"),
    ):
        if name == "gap_cell_m" and length_m is None:
            continue
        if not _is_length(length_m):
            raise ValueError(f"{name} must be metres, more than 0, not {shorten(repr(length_m))}: {meaning}")
    mantissa_of_a_power = 0.5
    if tile_m is not None and (not _is_length(tile_m) or math.frexp(tile_m)[0] != mantissa_of_a_power):
        raise ValueError(
            f"tile_m must be a power of two, not {shorten(repr(tile_m))}: the side of a tile in metres, such as 32, 64 "
            "or 128 (None chooses by the sources)"
        )


def _is_number(given: object) -> TypeGuard[float]:
    if isinstance(given, bool) or not isinstance(given, (int, float, np.integer, np.floating)):
        return False
    return math.isfinite(given)


def _is_length(given: object) -> TypeGuard[float]:
    return _is_number(given) and given > 0


def _measured(bare: Base, bounds: Floats) -> Base:
    """Measure all sources as if they had just been added."""
    covered, gaps = bare.covered_m2.copy(), bare.gaps.copy()
    tiles = np.flatnonzero((np.diff(bare.tile_first) > 0) & (np.diff(bare.ground.row_first) > 0))
    overlay = Overlay(bare)
    for some, found in overlay._covered(tiles, np.empty((0, 4))):  # noqa: SLF001
        covered[runs(bare.ground.row_first, some)[0]] = found
    if bare.gap_ground is not None:
        every = np.arange(bare.gap_ground.units**2)
        cells = [(cell, every) for cell, _ in units_met(bare.gap_ground, bounds)]
        for piece, gap in overlay._gaps(bare.gap_ground, cells).items():  # noqa: SLF001
            gaps[piece] = gap
    by_zone = _by_zone(bare, np.arange(len(covered)), covered)
    for array in (covered, gaps, by_zone, bare.views):
        array.flags.writeable = False
    return replace(bare, covered_m2=covered, gaps=gaps, covered_by_zone_m2=by_zone)


def _by_zone(base: Base, rows: Integers, values: Floats) -> Floats:
    sums = np.zeros((len(base.zone_area_m2), base.cap))
    np.add.at(sums, base.ground.zone_of_row[rows], values)
    return sums


def _middle_size(outlines: Outlines) -> float:
    """Give the greater side of the box of a shape in the middle of the sizes, in metres; without shapes, any."""
    sides = (outlines.bounds[:, 2:] - outlines.bounds[:, :2]).max(axis=1) if len(outlines) else np.array([64.0])
    return float(np.median(sides))


def _table(cameras: gpd.GeoDataFrame) -> tuple[tuple[str, ...], Floats]:
    xy = shapely.get_coordinates(cameras.geometry.array)
    if len(xy) != len(cameras):
        raise ValueError("every camera must be one point")
    said = [cameras[column] for column in CAMERA_COLUMNS]
    numbers = [pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan) for column in said]
    views = np.column_stack([xy, *numbers])
    ids = cameras.index.tolist()
    seen: set[str] = set()
    for source in ids:
        _check_id(source, _INDEX)
        if source in seen:
            raise EditError(
                f"There are two sources '{shorten(source)}'.", source=source, field="source", advice=_UNIQUE
            )
        seen.add(source)
    for number in np.flatnonzero(~_sound(views)):
        row = views[number].tolist()
        own = [column.iloc[number] if math.isnan(value) else value for column, value in zip(said, row[2:], strict=True)]
        _checked(ids[number], View(*row[:2], *own))
    return tuple(ids), np.ascontiguousarray(views)


def _sound(views: Floats) -> npt.NDArray[np.bool_]:
    """Tell which rows `_checked` would let pass."""
    angle, far, near = views[:, ANGLE], views[:, RANGE], views[:, NEAREST]
    sound = np.isfinite(views).all(axis=1) & (np.abs(views[:, : NORTHING + 1]) <= FARTHEST_M).all(axis=1)
    sound &= (angle > 0) & (angle <= FULL_CIRCLE_DEG) & (far > 0) & (far <= FARTHEST_M) & (near >= 0) & (near < far)
    return np.asarray(sound)


_UNIQUE = "Each source needs an id of its own."
_TEXT = "Ids are text, such as 'c1'; each source needs one of its own."
_INDEX = (
    "Ids are text, each source needs one of its own, and the index of the cameras holds them: "
    "cameras.set_axis(cameras.index.astype(str)) makes text of numbers."
)
_EDITS = (
    "Give a list of these: Add(source, view), Move(source, easting_m, northing_m), Turn(source, bearing_deg), "
    "Replace(source, view), Remove(source)."
)


def _check_id(source: object, advice: str = _TEXT) -> None:
    if not isinstance(source, str) or not source.strip():
        reason = f"A source has the id {shorten(repr(source))}."
        raise EditError(reason, source=str(source), field="source", advice=advice)


def _checked(source: str, view: View) -> Floats:
    """Give a view as a row of the table; raises EditError that names the source and the field."""
    if not isinstance(view, View):
        raise _refused(source, "view", view, f"Give a View({', '.join(View.__slots__)}).")
    values = {}
    for name in View.__slots__:
        given = getattr(view, name)
        if not _is_number(given):
            raise _refused(source, name, given, "Give a number.")
        values[name] = float(given)
    for name in ("easting_m", "northing_m"):
        if abs(values[name]) > FARTHEST_M:
            raise _refused(source, name, values[name], "Give metres of the working system.")
    if not 0 < values["view_angle_deg"] <= FULL_CIRCLE_DEG:
        raise _refused(source, "view_angle_deg", values["view_angle_deg"], "Give more than 0 and at most 360.")
    if not 0 < values["range_m"] <= FARTHEST_M:
        raise _refused(source, "range_m", values["range_m"], "Give metres, more than 0.")
    if not 0 <= values["nearest_m"] < values["range_m"]:
        raise _refused(source, "nearest_m", values["nearest_m"], "Give metres, at least 0 and less than the range.")
    return np.array(list(values.values()))


def _refused(source: str, name: str, given: object, advice: str) -> EditError:
    reason = f"The source '{shorten(source)}' cannot have {name} = {shorten(str(given))}."
    return EditError(reason, source=source, field=name, advice=advice)


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
        _check_id(source)
        if row is None:
            reason = f"There is no source '{shorten(source)}'."
            raise EditError(reason, source=source, field="source", advice="Add it first.")
        return row

    def _staged(self, edits: Iterable[Edit]) -> list[_Change]:
        """Check edits in their order and give what they come to."""
        if not isinstance(edits, Iterable):
            raise EditError(f"{shorten(repr(edits))} is no list of edits.", source="", field="edit", advice=_EDITS)
        staged: dict[str, Floats | None] = {}
        for edit in edits:
            if not isinstance(edit, Edit):
                raise EditError(f"{shorten(repr(edit))} is no edit.", source="", field="edit", advice=_EDITS)
            _check_id(edit.source)
            row = staged[edit.source] if edit.source in staged else self._row(edit.source)
            staged[edit.source] = self._edited(edit, row)
        changes = [_Change(source, self._row(source), after) for source, after in staged.items()]
        return [change for change in changes if not _equal(change.before, change.after)]

    def _edited(self, edit: Edit, row: Floats | None) -> Floats | None:
        if isinstance(edit, Add):
            if row is not None:
                reason = f"There is a source '{shorten(edit.source)}' already."
                raise EditError(reason, source=edit.source, field="source", advice=_UNIQUE)
            return _checked(edit.source, edit.view)
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
        return _checked(edit.source, view)

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
        listed = np.unique(self.base.of_tile[runs(self.base.tile_first, tiles)[0]])
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
            gained += _by_zone(base, rows, found - before)
        self._covered_by_zone_m2 = self._covered_by_zone_m2 + gained
        if base.gap_ground is None:
            return
        for piece, gap in self._gaps(base.gap_ground, units_met(base.gap_ground, bounds)).items():
            record.gaps[piece] = self._changed_gaps.get(piece)
            self._changed_gaps[piece] = gap

    def _covered(self, tiles: Integers, boxes: Floats) -> Iterator[tuple[Integers, Floats]]:
        """Measure tiles, in portions; `boxes` hold all of them that sources of the overlay may reach."""
        base = self.base
        own = self._own_in(boxes)
        portions = np.array_split(tiles, min(max(1, len(tiles) // TILES_A_PORTION), PORTIONS))

        def run(portion: Integers) -> Floats:
            return covered_by_row(base.ground, portion, self._views_in(portion, own), base.cap)

        yield from zip(portions, _on_all_cores(run, portions, base.threads), strict=True)

    def _gaps(self, ground: GapGround, cells: list[tuple[Cell, Integers]]) -> dict[int, shapely.Geometry]:
        """Find the pieces of gap that differ now within some units of cells."""
        cell_m = ground.pieces.cell_m

        def task(cell: Cell, units: Integers) -> tuple[Cell, Integers, Floats]:
            column, row = np.divmod(units, ground.units)
            low = np.array([column.min(), row.min()]) / ground.units + cell
            high = np.array([column.max() + 1, row.max() + 1]) / ground.units + cell
            box = widened(np.concatenate([low, high])[None, :] * cell_m, ground.chord_error_m)
            return cell, units, self._views_in(tiles_met(self.base.ground, box), self._own_in(box))

        def run(task: tuple[Cell, Integers, Floats]) -> dict[int, shapely.Geometry]:
            return mended(ground, *task, self._gap)

        tasks = [task(cell, units) for cell, units in cells]
        found: dict[int, shapely.Geometry] = {}
        for some in _on_all_cores(run, tasks, self.base.threads):
            found.update(some)
        return found

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


def _restore(now: dict[int, Result], before: Mapping[int, Result | None]) -> None:
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


def _on_all_cores(run: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> Iterator[Result]:
    """Give the results in the order of the tasks; few are done here and now."""
    if len(tasks) <= 4 or threads == 1:  # noqa: PLR2004 - less than what starting threads takes
        yield from map(run, tasks)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(run, tasks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
