"""Edits against a recomputation from scratch: figures by the kernel, gaps by GEOS."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoservice.coverage.cells import cut_to_cells
from geoservice.coverage.cover import cover_pieces
from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.edit import (
    Add,
    Base,
    Edit,
    EditResult,
    GapPieces,
    Move,
    Overlay,
    Remove,
    Replace,
    Turn,
    View,
    lay_base,
)
from geoservice.coverage.field_of_view import CAMERA_COLUMNS, fields_of_view
from geoservice.coverage.outlines import outlines_of_polygons, outlines_of_views
from geoservice.crs import Extent, WorkingCrs, working_crs
from geoservice.errors import CrsError, EditError

GRID = working_crs("EPSG:2326", Extent(113.8, 22.13, 114.45, 22.58))
CORNER_M = np.array([819_900.25, 819_800.5])
CELL_M = 500.0
CHORD_ERROR_M = 0.5
ZONES = gpd.GeoSeries(
    shapely.transform(
        np.array(
            [
                shapely.box(0, 0, 700, 1200),
                shapely.Polygon([(700, 0), (1500, 100), (1400, 900), (1100, 1203.7), (700, 1200)]),
                shapely.Point(400, 1500).buffer(250).difference(shapely.Point(420, 1500).buffer(90)),
                shapely.MultiPolygon([shapely.box(1600, 1600, 1605, 1790), shapely.box(2900, 2900, 2950, 2980)]),
            ],
            dtype=object,
        ),
        lambda xy: xy + CORNER_M,
    ),
    crs=GRID.crs,
)


def cameras(seed: int, count: int) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(seed)
    far = rng.uniform(20, 120, count)
    columns = {
        "bearing_deg": rng.uniform(0, 360, count),
        "view_angle_deg": np.where(rng.random(count) < 0.4, 360.0, rng.uniform(20, 340, count)),
        "range_m": far,
        "nearest_m": np.where(rng.random(count) < 0.7, 0.0, far * rng.uniform(0.05, 0.8, count)),
    }
    xy = CORNER_M + np.where(
        rng.random((count, 1)) < 0.5, rng.normal(600, 120, (count, 2)), rng.uniform(-150, 1800, (count, 2))
    )
    ids = [f"c{i}" for i in range(count)]
    return gpd.GeoDataFrame(columns, index=ids, geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=GRID.crs)


def base_of(seed: int = 1, count: int = 160, **how: Any) -> Base:
    how = {"cap": 3, "gap_cell_m": CELL_M, "chord_error_m": CHORD_ERROR_M, **how}
    return lay_base(ZONES, cameras(seed, count), GRID, **how)


def place(x: float, y: float) -> tuple[float, float]:
    return float(CORNER_M[0]) + x, float(CORNER_M[1]) + y


def view_at(x: float, y: float, angle: float = 360.0, reach: float = 60.0, near: float = 0.0) -> View:
    return View(*place(x, y), 30.0, angle, reach, near)


def rows_of(overlay: Overlay) -> np.ndarray:
    rows = [
        (v.easting_m, v.northing_m, v.bearing_deg, v.view_angle_deg, v.range_m, v.nearest_m)
        for v in (overlay.view(source) for source in overlay)
    ]
    return np.array(rows, dtype=float).reshape(-1, 6)


def check(overlay: Overlay, chord_error_m: float = CHORD_ERROR_M) -> None:
    """Hold an overlay to a recomputation from its sources alone."""
    rows = rows_of(overlay)
    assert len(rows) == len(overlay)
    shapes = outlines_of_views(rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4], rows[:, 5])
    area = ZONES.area.to_numpy()
    figures = depth_by_zone(outlines_of_polygons(np.asarray(ZONES)), shapes, area, cap=overlay.base.cap)
    np.testing.assert_allclose(overlay.areas_m2, figures.areas_m2, rtol=1e-9, atol=1e-6)
    gaps = overlay.gaps
    if gaps is None:
        return
    frame = gpd.GeoDataFrame(
        dict(zip(CAMERA_COLUMNS, rows[:, 2:].T, strict=True)),
        geometry=gpd.points_from_xy(rows[:, 0], rows[:, 1]),
        crs=GRID.crs,
    )
    drawn = fields_of_view(frame, chord_error_m, GRID)
    pieces = cut_to_cells(ZONES, gaps.cell_m, GRID)
    wanted = cover_pieces(pieces.geometry, np.asarray(drawn.array))
    np.testing.assert_array_equal(gaps.zone, pieces.zone)
    np.testing.assert_array_equal(gaps.column, pieces.column)
    assert shapely.is_valid(gaps.geometry).all()
    np.testing.assert_allclose(gaps.area_m2, wanted.gap_area_m2, atol=5e-6)
    assert shapely.area(shapely.symmetric_difference(gaps.geometry, wanted.gap)).max() < 5e-6
    parts = shapely.get_parts(gaps.geometry)
    assert shapely.area(parts[~shapely.is_empty(parts)]).min(initial=np.inf) > 1e-6


def same_gaps(one: GapPieces | None, other: GapPieces | None) -> bool:
    assert one is not None
    assert other is not None
    return one.geometry.tolist() == other.geometry.tolist()


# ------------------------------------------------------------------ what edits give


@pytest.mark.parametrize("how", [{}, {"tile_m": 32.0, "cap": 1}, {"tile_m": 512.0, "gap_cell_m": 333.3}, {"cap": 10}])
def test_the_base_is_what_a_recomputation_gives(how: dict[str, Any]) -> None:
    check(Overlay(base_of(**how)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_edits_equal_a_recomputation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    overlay = Overlay(base_of(seed))
    for step in range(60):
        source = str(rng.choice(list(overlay)))
        view = overlay.view(source)
        match int(rng.integers(5)):
            case 0:
                overlay.add(f"n{step}", view_at(*rng.uniform(0, 1500, 2), reach=float(rng.uniform(10, 200))))
            case 1:
                shift = rng.normal(0, 40, 2)
                overlay.move(source, view.easting_m + shift[0], view.northing_m + shift[1])
            case 2:
                overlay.turn(source, float(rng.uniform(0, 360)))
            case 3:
                overlay.replace(source, View(view.easting_m, view.northing_m, 10.0, 100.0, view.range_m * 1.3, 3.0))
            case _:
                overlay.remove(source)
    check(overlay)


def test_a_result_tells_what_holds_and_what_changed() -> None:
    base = base_of(count=0)
    overlay = Overlay(base)
    disc = math.pi * 60**2
    result = overlay.add("one", view_at(300, 300))
    assert result.covered_m2 == pytest.approx([disc, 0, 0, 0], abs=1e-6)
    assert result.change_m2[0] == pytest.approx([-disc, disc, 0, 0], abs=1e-6)
    assert not result.change_m2[1:].any()
    assert result.areas_m2.sum(axis=1) == pytest.approx(ZONES.area.to_numpy())
    west, south, east, north = result.tile_boxes.T
    assert west.min() <= CORNER_M[0] + 240 < CORNER_M[0] + 360 <= east.max()
    assert south.min() <= CORNER_M[1] + 240 < CORNER_M[1] + 360 <= north.max()
    gaps = result.gap_pieces
    assert gaps is not None
    assert set(gaps.zone) == {0}
    before = Overlay(base).gaps
    assert before is not None
    cells = {(c, r) for c, r in zip(before.column, before.row, strict=True)}
    changed = list(zip(gaps.column, gaps.row, strict=True))
    assert set(changed) < cells
    lost = (
        sum(before.area_m2[(before.zone == 0) & (before.column == c) & (before.row == r)].sum() for c, r in changed)
        - gaps.area_m2.sum()
    )
    assert lost == pytest.approx(disc, rel=1e-9)
    second = overlay.add("same place", view_at(300, 300))
    assert second.change_m2[0] == pytest.approx([0, -disc, disc, 0], abs=1e-6)
    assert second.gap_pieces is not None
    assert len(second.gap_pieces) == 0
    third = overlay.remove("one")
    assert third.change_m2[0] == pytest.approx([0, disc, -disc, 0], abs=1e-6)
    check(overlay)


def test_a_source_of_which_only_an_upright_edge_is_seen_is_not_forgotten() -> None:
    """A quarter that looks north-east has a side due north; slim views cover it but for that side."""
    overlay = Overlay(base_of(count=0))
    quarter = View(*place(300, 300), 45.0, 90.0, 100.0)
    above = View(*place(300, 250), 22.5, 45.0, 400.0)
    east = View(*place(300.5, 150), 45.0, 89.0, 500.0)
    for source, view in (("quarter", quarter), ("above", above), ("east", east)):
        overlay.add(source, view)
        check(overlay)
    overlay.turn("above", 200.0)
    check(overlay)


def test_corners_beyond_the_true_arc_are_not_forgotten() -> None:
    """A polygon of the disc's area reaches beyond the disc, here over the side of a unit."""
    base = base_of(count=0, chord_error_m=5.0)
    unit_m = CELL_M / base.gap_ground.units if base.gap_ground else 0.0
    side = math.ceil(CORNER_M[0] / unit_m + 5) * unit_m
    overlay = Overlay(base)
    overlay.add("short of the side", View(side - 60.1, place(0, 400)[1], 0.0, 360.0, 60.0))
    overlay.add("short of it again", View(side + 60.1, place(0, 430)[1], 0.0, 360.0, 60.0))
    check(overlay, chord_error_m=5.0)
    overlay.remove("short of the side")
    check(overlay, chord_error_m=5.0)


def test_without_gap_cells_there_are_figures_alone() -> None:
    overlay = Overlay(base_of(gap_cell_m=None))
    assert overlay.move("c3", float(CORNER_M[0]) + 100, float(CORNER_M[1]) + 100).gap_pieces is None
    assert overlay.gaps is None
    check(overlay)


def test_edits_that_change_nothing_change_no_tiles() -> None:
    overlay = Overlay(base_of())
    before = overlay.areas_m2
    dome = next(source for source in overlay if overlay.view(source).view_angle_deg == 360)
    view = overlay.view(dome)
    for result in (
        overlay.move(dome, view.easting_m, view.northing_m),
        overlay.turn(dome, view.bearing_deg + 77.0),
        overlay.apply([Add("x", view_at(5, 5)), Remove("x")]),
        overlay.apply([]),
        overlay.add("far away", view_at(50_000, 50_000)),
    ):
        assert len(result.tile_boxes) == 0
        assert result.gap_pieces is not None
        assert len(result.gap_pieces) == 0
        assert not result.change_m2.any()
    assert overlay.view(dome).bearing_deg == view.bearing_deg + 77.0
    assert (overlay.areas_m2 == before).all()
    overlay.move("far away", *place(700, 600))
    check(overlay)


def test_the_second_of_two_equal_cameras_goes_on_seeing_when_the_first_goes() -> None:
    twins = cameras(1, 30)
    twins = gpd.GeoDataFrame(
        twins.iloc[[0] * 3 + list(range(1, 30))].set_axis([f"t{i}" for i in range(32)]), crs=twins.crs
    )
    overlay = Overlay(lay_base(ZONES, twins, GRID, cap=3, gap_cell_m=CELL_M))
    check(overlay)
    for source in ("t0", "t2"):
        overlay.remove(source)
        check(overlay)


def test_ten_kilometres_among_small_ones() -> None:
    overlay = Overlay(base_of())
    huge = overlay.add("huge", view_at(-2000, 700, reach=10_000))
    assert huge.covered_m2 == pytest.approx(ZONES.area.to_numpy(), rel=1e-9)
    assert huge.gap_pieces is not None
    assert huge.gap_pieces.area_m2.sum() == 0
    overlay.move("c5", *place(300, 300))
    overlay.replace("huge", view_at(-9800, 700, angle=20, reach=10_000, near=9_000))
    check(overlay)
    overlay.remove("huge")
    check(overlay)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_batch_is_what_its_edits_are_one_by_one(threads: int) -> None:
    base = base_of(count=300, threads=threads)
    rng = np.random.default_rng(4)
    edits: list[Edit] = []
    for i in range(120):
        x, y = CORNER_M + rng.uniform(0, 1500, 2)
        edits += [Move(f"c{i}", x, y), Turn(f"c{i}", 10.0 * i)]
    edits += [Add(f"n{i}", view_at(*rng.uniform(0, 1500, 2))) for i in range(40)]
    edits += [Remove(f"c{i}") for i in range(90, 110)]
    edits += [Replace("c200", view_at(600, 600, 45, 300))]
    together, one_by_one = Overlay(base), Overlay(base)
    result = together.apply(edits)
    for edit in edits:
        one_by_one.apply([edit])
    assert together.edits == 1
    assert one_by_one.edits == len(edits)
    np.testing.assert_allclose(result.areas_m2, one_by_one.areas_m2, rtol=1e-9)
    boxes = [tuple(box) for box in result.tile_boxes.tolist()]
    assert len(set(boxes)) == len(boxes)
    check(together)
    check(one_by_one)


# ------------------------------------------------------------------ undo, forks, one base for many


def test_undo_gives_the_very_state_before() -> None:
    overlay = Overlay(base_of())
    states = [(overlay.areas_m2, overlay.gaps, rows_of(overlay), list(overlay))]
    rng = np.random.default_rng(9)
    for i in range(12):
        overlay.apply(
            [
                Move(f"c{i}", *CORNER_M + rng.uniform(300, 900, 2)),
                Remove(f"c{i + 40}"),
                Add(f"n{i}", view_at(600, 50 * i)),
            ]
        )
        states.append((overlay.areas_m2, overlay.gaps, rows_of(overlay), list(overlay)))
    states.pop()
    while states:
        areas, gaps, rows, ids = states.pop()
        result = overlay.undo()
        assert result is not None
        assert (result.areas_m2 == areas).all()
        assert (overlay.areas_m2 == areas).all()
        assert same_gaps(overlay.gaps, gaps)
        assert list(overlay) == ids
        assert (rows_of(overlay) == rows).all()
    assert overlay.undo() is None
    assert not overlay._tiles
    assert not overlay._changed_gaps
    assert not overlay._own
    assert len(overlay._index) == 0


def test_what_undo_tells_is_the_edit_seen_from_the_other_side() -> None:
    overlay = Overlay(base_of())
    there = overlay.move("c1", *place(900, 500))
    back = overlay.undo()
    assert back is not None
    assert (back.change_m2 == -there.change_m2).all()
    assert (back.tile_boxes == there.tile_boxes).all()
    assert back.gap_pieces is not None
    assert there.gap_pieces is not None
    assert back.gap_pieces.column.tolist() == there.gap_pieces.column.tolist()


def test_overlays_on_one_base_do_not_see_each_other() -> None:
    base = base_of()
    one, other = Overlay(base), Overlay(base)
    untouched = (other.areas_m2, other.gaps)
    one.remove("c1")
    one.add("mine", view_at(500, 500))
    assert "mine" not in other
    assert "c1" in other
    assert (other.areas_m2 == untouched[0]).all()
    assert same_gaps(other.gaps, untouched[1])
    fork = one.fork()
    fork.move("mine", *place(50, 50))
    fork.undo()
    fork.undo()
    assert "mine" not in fork
    assert "c1" not in fork
    assert "mine" in one
    fork.add("mine", view_at(900, 900))
    assert one.view("mine") == view_at(500, 500)
    for overlay in (one, other, fork):
        check(overlay)
    with pytest.raises(ValueError, match="read-only"):
        base.views[0, 0] = 0.0


# ------------------------------------------------------------------ the door


def wrong(**terms: float) -> View:
    return View(**{**dict(zip(View.__slots__, (820_000.0, 820_000.0, 0.0, 90.0, 50.0, 0.0), strict=True)), **terms})


@pytest.mark.parametrize(
    ("edit", "field", "said"),
    [
        (Add("", wrong()), "source", "has the id ''"),
        (Add("  ", wrong()), "source", "has the id '  '"),
        (Add(None, wrong()), "source", "has the id None"),  # type: ignore[arg-type]
        (Add("c1", wrong()), "source", "is a source 'c1' already"),
        (Move("nobody", 1.0, 2.0), "source", "no source 'nobody'"),
        (Turn("nobody", 1.0), "source", "no source 'nobody'"),
        (Replace("nobody", wrong()), "source", "no source 'nobody'"),
        (Remove("nobody"), "source", "no source 'nobody'"),
        (Move("c1", math.nan, 2.0), "easting_m", "'c1' cannot have easting_m = nan"),
        (Move("c1", 1.0, math.inf), "northing_m", "'c1' cannot have northing_m = inf"),
        (Move("c1", 1.0, -1e9), "northing_m", "northing_m"),
        (Move("c1", "1", 2.0), "easting_m", "easting_m = 1"),  # type: ignore[arg-type]
        (Move("c1", np.True_, 2.0), "easting_m", "easting_m = True"),
        (Turn("c1", math.nan), "bearing_deg", "bearing_deg"),
        (Add("new", wrong(range_m=0.0)), "range_m", "'new' cannot have range_m = 0.0"),
        (Add("new", wrong(range_m=-5.0)), "range_m", "range_m"),
        (Add("new", wrong(range_m=1e12)), "range_m", "range_m"),
        (Add("new", wrong(nearest_m=50.0)), "nearest_m", "nearest_m"),
        (Add("new", wrong(nearest_m=-1.0)), "nearest_m", "nearest_m"),
        (Add("new", wrong(view_angle_deg=0.0)), "view_angle_deg", "view_angle_deg"),
        (Add("new", wrong(view_angle_deg=361.0)), "view_angle_deg", "view_angle_deg"),
        (Add("new", (1.0, 2.0)), "view", r"view = \(1.0, 2.0\). Give a View\(easting_m, "),  # type: ignore[arg-type]
        (Replace("c1", wrong(view_angle_deg=math.nan)), "view_angle_deg", "view_angle_deg"),
    ],
)
def test_a_bad_edit_is_named_and_a_batch_with_it_changes_nothing(edit: Edit, field: str, said: str) -> None:
    overlay = Overlay(base_of(count=20))
    overlay.add("kept", view_at(400, 400))
    before = (overlay.areas_m2, overlay.gaps, list(overlay))
    with pytest.raises(EditError, match=said) as caught:
        overlay.apply([Remove("kept"), Add("other", view_at(10, 10)), Move("c2", *CORNER_M), edit])
    assert caught.value.field == field
    assert caught.value.advice
    assert (overlay.areas_m2 == before[0]).all()
    assert same_gaps(overlay.gaps, before[1])
    assert list(overlay) == before[2]
    assert overlay.edits == 1


def test_edits_of_a_batch_see_those_before_them() -> None:
    overlay = Overlay(base_of(count=5))
    overlay.apply([Remove("c1"), Add("c1", view_at(1, 2)), Turn("c1", 99.0)])
    assert overlay.view("c1").bearing_deg == 99.0
    with pytest.raises(EditError, match="no source 'c2'"):
        overlay.apply([Remove("c2"), Turn("c2", 1.0)])
    with pytest.raises(EditError, match="already"):
        overlay.apply([Add("new", view_at(1, 2)), Add("new", view_at(1, 2))])


def test_an_edit_that_breaks_off_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = Overlay(base_of())
    overlay.add("kept", view_at(400, 400))
    before = (overlay.areas_m2, overlay.gaps, rows_of(overlay))

    def stopped(*_: object) -> EditResult:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Overlay, "_gaps", stopped)
        with pytest.raises(KeyboardInterrupt):
            overlay.apply([Move("c1", *place(300, 300)), Remove("kept"), Add("new", view_at(1, 1))])
    assert (overlay.areas_m2 == before[0]).all()
    assert same_gaps(overlay.gaps, before[1])
    assert (rows_of(overlay) == before[2]).all()
    overlay.move("c1", *place(300, 300))
    check(overlay)


def test_a_base_wants_sound_sources() -> None:
    sound = cameras(1, 4)
    for index in (["a", "b", "a", "c"], ["a", "", "b", "c"], [1, 2, 3, 4]):
        with pytest.raises(EditError):
            lay_base(ZONES, sound.set_axis(index), GRID)
    with pytest.raises(EditError, match="'c2' cannot have range_m = nan"):
        lay_base(ZONES, sound.assign(range_m=[1.0, 1.0, np.nan, 1.0]), GRID)
    with pytest.raises(CrsError):
        lay_base(ZONES, sound.set_crs("EPSG:32650", allow_override=True), GRID)
    with pytest.raises(CrsError):
        lay_base(ZONES.set_crs("EPSG:32650", allow_override=True), sound, GRID)
    with pytest.raises(EditError, match="no source 'who'"):
        Overlay(lay_base(ZONES, sound, GRID)).view("who")


def test_zones_may_be_a_frame() -> None:
    frame = gpd.GeoDataFrame({"name": range(len(ZONES))}, geometry=ZONES)
    found = Overlay(lay_base(frame, cameras(1, 9), GRID, gap_cell_m=CELL_M))
    wanted = Overlay(lay_base(ZONES, cameras(1, 9), GRID, gap_cell_m=CELL_M))
    assert (found.areas_m2 == wanted.areas_m2).all()
    assert same_gaps(found.gaps, wanted.gaps)


def test_what_are_no_frames_is_said() -> None:
    sound = cameras(1, 4)
    for zones in (list(ZONES), gpd.GeoDataFrame({"name": [1]})):
        with pytest.raises(TypeError, match="zones must be a GeoSeries or a GeoDataFrame with a geometry, not"):
            lay_base(zones, sound, GRID)
    for points in (sound.geometry, pd.DataFrame(sound), gpd.GeoDataFrame(sound.drop(columns="geometry"))):
        with pytest.raises(TypeError, match="cameras must be a GeoDataFrame of points with the columns bearing_deg"):
            lay_base(ZONES, points, GRID)


def test_columns_that_cameras_lack_are_named() -> None:
    said = (
        "have no view_angle_deg, range_m: .* bearing_deg and view_angle_deg in degrees, range_m and nearest_m in metres"
    )
    with pytest.raises(ValueError, match=said):
        lay_base(ZONES, cameras(1, 4).drop(columns=["range_m", "view_angle_deg"]), GRID)


@pytest.mark.parametrize("given", ["far", None, pd.NA, np.nan])
def test_what_is_no_number_is_named_with_its_source(given: object) -> None:
    far = pd.Series([1.0, 1.0, given, 1.0], dtype=object).to_numpy()
    with pytest.raises(EditError, match=f"'c2' cannot have range_m = {given}. Give a number.") as caught:
        lay_base(ZONES, cameras(1, 4).assign(range_m=far), GRID)
    assert (caught.value.source, caught.value.field) == ("c2", "range_m")


def test_ids_that_are_numbers_are_told_to_be_text() -> None:
    with pytest.raises(EditError, match=r"has the id 0\. Ids are text.*index of the cameras.*astype\(str\)"):
        lay_base(ZONES, cameras(1, 4).reset_index(drop=True), GRID)
    numbered = cameras(1, 4).reset_index(drop=True)
    overlay = Overlay(lay_base(ZONES, numbered.set_axis(numbered.index.astype(str)), GRID))
    assert list(overlay) == ["0", "1", "2", "3"]
    with pytest.raises(EditError, match=r"has the id 0\. Ids are text, such as 'c1'"):
        overlay.remove(0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        *(
            ({"gap_cell_m": bad}, "gap_cell_m must be metres, more than 0, not")
            for bad in (-1, 0, math.nan, "500", True)
        ),
        *(
            ({"chord_error_m": bad}, "chord_error_m must be metres, more than 0, not")
            for bad in (-1, 0, math.inf, None)
        ),
        *(
            ({"tile_m": bad}, "tile_m must be a power of two, not .* in metres")
            for bad in (100.0, -64, 0, math.nan, "64")
        ),
        *(({"cap": bad}, "cap must be a whole number of at least 1, not") for bad in (0, -1, 1.5, None, True)),
        *(({"threads": bad}, "threads must be a whole number of at least 1, not") for bad in (0, -1, 2.0)),
    ],
)
def test_what_cannot_be_is_refused_at_the_door(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        lay_base(ZONES, cameras(1, 4), GRID, **how)


def test_numbers_of_numpy_are_numbers() -> None:
    how = {"gap_cell_m": np.int64(500), "tile_m": np.float64(64), "cap": np.int64(2), "threads": np.int64(1)}
    check(Overlay(base_of(count=9, **how)))


@pytest.mark.parametrize("working", [2326, "EPSG:2326", GRID.crs, None])
def test_a_base_wants_a_working_system(working: Any) -> None:
    with pytest.raises(CrsError, match=r"is no working system\. .*open_catalog\(folder\)\.working.*working_crs"):
        lay_base(ZONES, cameras(1, 4), working)


@pytest.mark.parametrize("crs", [2326, "EPSG:2326", None])
def test_a_working_system_is_made_of_a_crs(crs: Any) -> None:
    with pytest.raises(CrsError, match=r"made of a pyproj\.CRS, not of .*(2326|None).*catalog\.working.*working_crs"):
        WorkingCrs(crs)
    assert WorkingCrs(GRID.crs) == GRID


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([1], "^1 is no edit"),
        (["c1"], "^'c1' is no edit"),
        ("c1", "^'c' is no edit"),
        ([Remove("c1"), None], "^None is no edit"),
        (5, "^5 is no list of edits"),
        (Remove("c1"), r"^Remove\(source='c1'\) is no list of edits"),
    ],
)
def test_what_is_no_edit_is_told_which_there_are(edits: Any, said: str) -> None:
    overlay = Overlay(base_of(count=5))
    with pytest.raises(EditError, match=said) as caught:
        overlay.apply(edits)
    for allowed in (Add, Move, Turn, Replace, Remove):
        assert f"{allowed.__name__}({', '.join(allowed.__slots__)})" in str(caught.value)
    assert "c1" in overlay
    assert overlay.edits == 0


def test_no_zones_and_no_sources() -> None:
    nothing = Overlay(lay_base(ZONES.iloc[:0], cameras(1, 3), GRID, gap_cell_m=CELL_M))
    result = nothing.move("c1", *CORNER_M)
    assert result.areas_m2.shape == (0, 2)
    assert len(result.tile_boxes) == 0
    assert result.gap_pieces is not None
    assert len(result.gap_pieces) == 0
