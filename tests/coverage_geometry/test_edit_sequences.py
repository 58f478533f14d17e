"""Any sequence of edits, undone or not, equals a recomputation: hypothesis thinks the sequences up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from geoservice.coverage.cells import cut_to_cells
from geoservice.coverage.cover import cover_pieces
from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.edit import Add, Edit, Move, Overlay, Remove, Replace, Turn, View, lay_base
from geoservice.coverage.field_of_view import CAMERA_COLUMNS, fields_of_view
from geoservice.coverage.outlines import outlines_of_polygons, outlines_of_views
from geoservice.crs import Extent, working_crs
from geoservice.errors import EditError

GRID = working_crs("EPSG:2326", Extent(113.8, 22.13, 114.45, 22.58))
CELL_M = 250.0
CHORD_ERROR_M = 0.5
SIZE_M = 500.0
CORNER_M = (820_062.5, 820_031.25)
ZONES = gpd.GeoSeries(
    [
        shapely.Polygon([(0, 0), (260, 0), (240, 500), (0, 480)]),
        shapely.Polygon([(260, 0), (500, 30), (470, 500), (240, 500)], [[(350, 200), (420, 210), (380, 300)]]),
    ],
    crs=GRID.crs,
).translate(*CORNER_M)
PIECES = cut_to_cells(ZONES, CELL_M, GRID)

metres = st.floats(-60, SIZE_M + 60).map(lambda v: round(v, 2))
places = st.tuples(metres, metres).map(lambda xy: (CORNER_M[0] + xy[0], CORNER_M[1] + xy[1]))
bearings = st.sampled_from([0.0, 45.0, 90.0, 135.0]) | st.floats(-180, 540).map(lambda v: round(v, 1))
reaches = st.floats(5, 120).map(lambda v: round(v, 1))


@st.composite
def views(draw: st.DrawFn) -> View:
    reach_m = draw(reaches)
    angle = draw(st.sampled_from([360.0, 90.0, 180.0]) | st.floats(10, 350).map(lambda v: round(v, 1)))
    nearest_m = draw(st.sampled_from([0.0, 0.0, 0.3, 0.8])) * reach_m
    return View(*draw(places), draw(bearings), angle, reach_m, nearest_m)


@dataclass
class Plan:
    """An overlay, what it should hold, and the same before each edit."""

    overlay: Overlay
    views: dict[str, View]
    before: list[tuple[dict[str, View], Any, Any]] = field(default_factory=list)


class Edits(RuleBasedStateMachine):
    """Plans on one base, edited at random and compared with what their sources come to from scratch."""

    plans = Bundle("plans")

    @initialize(seed=st.integers(0, 3), cap=st.sampled_from([1, 3]))
    def begin(self, seed: int, cap: int) -> None:
        rng = np.random.default_rng(seed)
        count = 40
        far = rng.uniform(10, 70, count)
        xy = np.array(CORNER_M) + rng.uniform(0, SIZE_M, (count, 2))
        columns = {
            "bearing_deg": rng.uniform(0, 360, count),
            "view_angle_deg": np.where(rng.random(count) < 0.4, 360.0, rng.uniform(20, 340, count)),
            "range_m": far,
            "nearest_m": np.where(rng.random(count) < 0.7, 0.0, far * 0.4),
        }
        cameras = gpd.GeoDataFrame(
            columns,
            index=[f"c{i}" for i in range(count)],
            geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
            crs=GRID.crs,
        )
        self.base = lay_base(ZONES, cameras, GRID, cap=cap, gap_cell_m=CELL_M, chord_error_m=CHORD_ERROR_M)
        self.untouched = Overlay(self.base)
        self.at_first = (self.untouched.areas_m2, self.untouched.gaps)

    @rule(target=plans)
    def start(self) -> Plan:
        overlay = Overlay(self.base)
        return Plan(overlay, {source: overlay.view(source) for source in overlay})

    def edited(self, plan: Plan, edits: list[Edit], views: dict[str, View]) -> None:
        overlay = plan.overlay
        plan.before.append((dict(plan.views), overlay.areas_m2, overlay.gaps))
        result = overlay.apply(edits)
        plan.views = views
        areas, gaps = plan.before[-1][1:]
        assert (result.areas_m2 == overlay.areas_m2).all()
        np.testing.assert_allclose(result.change_m2, result.areas_m2 - areas, atol=1e-6)
        now = overlay.gaps
        assert now is not None
        assert result.gap_pieces is not None
        changed = np.array([a is not b for a, b in zip(gaps.geometry, now.geometry, strict=True)])
        assert now.geometry[changed].tolist() == result.gap_pieces.geometry.tolist()

    @rule(plan=plans, number=st.integers(0, 9), view=views())
    def add(self, plan: Plan, number: int, view: View) -> None:
        source = f"n{number}"
        if source in plan.views:
            with pytest.raises(EditError):
                plan.overlay.add(source, view)
            return
        self.edited(plan, [Add(source, view)], {**plan.views, source: view})

    @rule(plan=plans, data=st.data())
    def edit_some(self, plan: Plan, data: st.DataObject) -> None:
        """One edit or a batch of moves, turns, replacements and removals."""
        edits: list[Edit] = []
        now = dict(plan.views)
        for _ in range(data.draw(st.sampled_from([1, 1, 1, 6]))):
            if not now:
                break
            source = data.draw(st.sampled_from(sorted(now)))
            old = now[source]
            match data.draw(st.sampled_from(["move", "turn", "replace", "remove"])):
                case "move":
                    x, y = data.draw(places)
                    edits.append(Move(source, x, y))
                    terms = {"easting_m": x, "northing_m": y}
                    now[source] = View(**{name: terms.get(name, getattr(old, name)) for name in View.__slots__})
                case "turn":
                    bearing = data.draw(bearings)
                    edits.append(Turn(source, bearing))
                    terms = {"bearing_deg": bearing}
                    now[source] = View(**{name: terms.get(name, getattr(old, name)) for name in View.__slots__})
                case "replace":
                    now[source] = data.draw(views())
                    edits.append(Replace(source, now[source]))
                case _:
                    edits.append(Remove(source))
                    del now[source]
        self.edited(plan, edits, now)

    @rule(plan=plans)
    def undo(self, plan: Plan) -> None:
        result = plan.overlay.undo()
        if not plan.before:
            assert result is None
            return
        plan.views, areas, gaps = plan.before.pop()
        assert (plan.overlay.areas_m2 == areas).all()
        now = plan.overlay.gaps
        assert now is not None
        assert now.geometry.tolist() == gaps.geometry.tolist()

    @rule(target=plans, plan=plans)
    def fork(self, plan: Plan) -> Plan:
        return Plan(plan.overlay.fork(), dict(plan.views), list(plan.before))

    @rule(plan=consumes(plans))
    def forget(self, plan: Plan) -> None:
        self.compare(plan)

    @rule(plan=plans)
    def compare(self, plan: Plan) -> None:
        overlay = plan.overlay
        assert {source: overlay.view(source) for source in overlay} == plan.views
        assert len(overlay) == len(plan.views)
        rows = np.array([[getattr(view, name) for name in View.__slots__] for view in plan.views.values()])
        rows = rows.reshape(-1, 6)
        shapes = outlines_of_views(rows[:, :2], *rows[:, 2:].T)
        area = ZONES.area.to_numpy()
        figures = depth_by_zone(outlines_of_polygons(np.asarray(ZONES)), shapes, area, cap=self.base.cap)
        np.testing.assert_allclose(overlay.areas_m2, figures.areas_m2, rtol=1e-9, atol=1e-6)
        places = gpd.points_from_xy(rows[:, 0], rows[:, 1])
        frame = gpd.GeoDataFrame(dict(zip(CAMERA_COLUMNS, rows[:, 2:].T, strict=True)), geometry=places, crs=GRID.crs)
        wanted = cover_pieces(PIECES.geometry, np.asarray(fields_of_view(frame, CHORD_ERROR_M, GRID).array))
        gaps = overlay.gaps
        assert gaps is not None
        assert shapely.is_valid(gaps.geometry).all()
        assert shapely.area(shapely.symmetric_difference(gaps.geometry, wanted.gap)).max() < 1e-5

    def teardown(self) -> None:
        if hasattr(self, "base"):
            assert (self.untouched.areas_m2 == self.at_first[0]).all()
            now = self.untouched.gaps
            assert now is not None
            assert self.at_first[1] is not None
            assert now.geometry.tolist() == self.at_first[1].geometry.tolist()


Edits.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None, derandomize=True)
TestEdits = Edits.TestCase
