"""What cameras see: the figures against plain GeoPandas, and what is assumed where a camera does not say."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from city import feet, write_city, write_csv, write_layer
from conftest import finely

from geoservice.analysis import analyse
from geoservice.analysis.sources import assumed_views, footprints_of, select_sources
from geoservice.catalog import Catalog, open_catalog
from geoservice.vocabulary import Case

DAY = date(2026, 6, 1)
QUESTION = """
[[question]]
id = "seen"
title = { en = "Seen by a camera" }
description = { en = "Ground in range of a camera." }
assumption = { en = "As the layer states." }
theme = "cameras"
sources = [{ layer = "eyes" }]
footprint = { model = "field_of_view", chord_error_m = 0.2 }
zone_system = "ward"
"""
EYES = """
columns = { id = "id", bearing_deg = "dir", view_angle_deg = "angle", range_m = "range", nearest_m = "near" }
defaults = { status = "operating" }
[camera]
north = "grid"
range_m = { low = 40, mid = 60, high = 90 }
view_angle_deg = { low = 60, mid = 90, high = 120 }
nearest_m = { low = 0, mid = 2, high = 5 }
assumption = { en = "Assumed." }
[position]
easting = "x"
northing = "y"
grid_crs = "EPSG:2263"
"""


def city_with(folder: Path, cameras: list[tuple[Any, ...]], manifest: str = EYES) -> Catalog:
    """The made-up city with cameras: rows of id, metres east and north, bearing, view angle, range, nearest."""
    write_city(folder)
    region = folder / "region.toml"
    region.write_text(region.read_text(encoding="utf-8") + QUESTION, encoding="utf-8")
    path = write_layer(folder, "eyes", "camera", "eyes.csv", manifest)
    rows = [(i, *feet(x, y), *rest) for i, x, y, *rest in cameras]
    write_csv(path / "eyes.csv", ["id", "x", "y", "dir", "angle", "range", "near"], rows)
    return open_catalog(folder)


def test_figures_of_many_cameras_are_those_of_plain_geopandas(tmp_path: Path) -> None:
    rng = np.random.default_rng(20)
    cameras = [
        (
            f"c{i}",
            rng.uniform(0, 1900),
            rng.uniform(0, 4000),
            rng.uniform(0, 360),
            rng.choice([40, 90, 360]),
            rng.uniform(30, 300),
            0,
        )
        for i in range(300)
    ]
    catalog = city_with(tmp_path / "c", cameras)
    question = catalog.question("seen", at=DAY)
    found = analyse(catalog, question)
    sources = select_sources(catalog, question)
    union = footprints_of(catalog, finely(question), sources).union_all()
    zones = catalog.zones("ward")
    expected = zones.intersection(union).area
    error = (found.zones["covered_area_m2"] - expected).abs() / zones.area
    assert error.max() < 1e-9
    assert expected.max() > 0
    drawn = sum(math.pi * r**2 * a / 360 for _, _, _, _, a, r, _ in cameras)
    assert found.footprints.area.sum() == pytest.approx(drawn, rel=1e-9)


@pytest.mark.parametrize(
    ("name", "count", "case"),
    [
        ("cameras", 209, Case.HIGH),
        *(
            pytest.param(name, count, case, marks=pytest.mark.soak)
            for name, count, rest in (
                ("cameras", 209, (Case.LOW, Case.MID)),
                ("cameras-plan-2024", 1607, tuple(Case)),
            )
            for case in rest
        ),
    ],
)
def test_hong_kongs_figures_are_those_of_plain_geopandas_in_every_case(
    hong_kong: Catalog, name: str, count: int, case: Case
) -> None:
    """The districts and fine polygons of what cameras see, over land and water, overlaid by GeoPandas alone."""
    question = hong_kong.question(name, at=date(2026, 11, 20), case=case)
    found = analyse(hong_kong, question)
    assert len(found.footprints) == len(found.sources) == count
    seen = footprints_of(hong_kong, finely(question), found.sources).union_all()
    zones = hong_kong.zones("district").set_index("zone_id")
    expected = zones.intersection(seen).area
    figures = found.zones.set_index("zone_id")
    error = (figures["covered_area_m2"] - expected).abs() / zones.area
    assert error.max() < 1e-9
    assert expected.sum() > 0
    shares = [figures[f"covered_share{suffix}"] for suffix in ("_low", "", "_high")]
    if case is Case.MID:
        assert (shares[0] <= shares[1]).all()
        assert (shares[1] <= shares[2]).all()
        assert shares[0].sum() < shares[1].sum() < shares[2].sum()
    else:
        assert shares[1].tolist() == figures[f"covered_share_{case}"].tolist()
    outside = found.coverage.set_index("zone_id")["covered_area_m2"].get(None, 0.0)
    assert outside == pytest.approx(seen.area - expected.sum(), rel=1e-3)  # as drawn


def test_each_field_of_view_of_the_plan_is_its_sector_drawn_by_plain_trigonometry(hong_kong: Catalog) -> None:
    """Bearing less convergence, 90 degrees wide, from 2 m to 60 m: what region.toml says, for every camera."""
    question = hong_kong.question("cameras-plan-2024")
    sources = select_sources(hong_kong, question)
    seen = footprints_of(hong_kong, question, sources)
    lonlat = hong_kong.working.to_lonlat(sources.geometry)
    step = gpd.GeoSeries(gpd.points_from_xy(lonlat.x, lonlat.y + 1e-3), crs="OGC:CRS84").to_crs(hong_kong.working.crs)
    north = np.arctan2(step.x - sources.geometry.x, step.y - sources.geometry.y)
    radians = np.radians(sources["bearing_deg"].astype(float)) + north
    worst = 0.0
    for shape, place, ahead in zip(seen, sources.geometry, radians, strict=True):
        turn = np.linspace(ahead - np.pi / 4, ahead + np.pi / 4, 256)
        east = np.concatenate([60 * np.sin(turn), 2 * np.sin(turn[::-1])])
        north_of = np.concatenate([60 * np.cos(turn), 2 * np.cos(turn[::-1])])
        drawn = shapely.Polygon(np.column_stack([place.x + east, place.y + north_of]))
        worst = max(worst, shape.symmetric_difference(drawn).area / drawn.area)
    assert worst < 0.02
    middle = seen.centroid
    looks = np.arctan2(middle.x - sources.geometry.x, middle.y - sources.geometry.y)
    assert np.abs(np.angle(np.exp(1j * (looks - radians)))).max() < 1e-5
    assert np.abs(north).max() > 1e-3
    assert seen.area.tolist() == pytest.approx([math.pi * (60**2 - 2**2) / 4] * len(seen), rel=1e-9)


WHEN = [
    pytest.param({}, ["c"], id="without dates"),
    pytest.param({"from": "2026-06-01"}, ["c"], id="from this day on"),
    pytest.param({"from": "2026-06-02"}, [], id="from tomorrow on"),
    pytest.param({"from": "2026-05-31"}, ["c"], id="since yesterday"),
    pytest.param({"to": "2026-06-01"}, [], id="until this day, which it is not valid on"),
    pytest.param({"to": "2026-06-02"}, ["c"], id="until tomorrow"),
    pytest.param({"to": "2026-05-31"}, [], id="until yesterday"),
    pytest.param({"from": "2026-06-01", "to": "2026-06-02"}, ["c"], id="this day alone"),
    pytest.param({"status": "planned"}, [], id="planned"),
    pytest.param({"status": "closed"}, [], id="closed"),
    pytest.param({"status": "operating"}, ["c"], id="operating"),
    pytest.param({"status": "planned", "ask": '["planned", "operating"]'}, ["c"], id="planned, and asked for"),
    pytest.param({"status": "planned", "ask": '["planned"]', "from": "2026-06-02"}, [], id="planned for tomorrow"),
]


@pytest.mark.parametrize(("given", "ids"), WHEN)
def test_a_camera_sees_on_the_days_it_is_valid_and_in_the_statuses_asked(
    tmp_path: Path, given: dict[str, str], ids: list[str]
) -> None:
    folder = tmp_path / "c"
    city_with(folder, [])
    manifest = EYES.replace('id = "id",', 'id = "id", status = "state", valid_from = "since", valid_to = "till",')
    path = write_layer(folder, "eyes", "camera", "eyes.csv", manifest)
    row = ["c", *feet(500, 500), 0, 90, 50, 0, given.get("status"), given.get("from"), given.get("to")]
    write_csv(path / "eyes.csv", ["id", "x", "y", "dir", "angle", "range", "near", "state", "since", "till"], [row])
    if "ask" in given:
        region = folder / "region.toml"
        text = region.read_text(encoding="utf-8")
        region.write_text(text.replace('theme = "cameras"', f'theme = "cameras"\nstatuses = {given["ask"]}'), "utf-8")
    catalog = open_catalog(folder)
    found = analyse(catalog, catalog.question("seen", at=DAY))
    assert found.sources["id"].tolist() == ids
    assert found.totals.covered_area_m2 == pytest.approx(len(ids) * math.pi * 50**2 / 4)


def test_cameras_see_across_water_from_one_landmass_to_the_next(tmp_path: Path) -> None:
    """The river is 200 m wide: from 50 m before its western bank, a view of 300 m to the east ends on land again."""
    catalog = city_with(tmp_path / "c", [("over", 1850, 1000, 90, 20, 300, 0)])
    found = analyse(catalog, catalog.question("seen", at=DAY))
    covered = found.zones.set_index("zone_id")["covered_area_m2"]
    half = math.tan(math.radians(10))
    assert covered["SW"] == pytest.approx(50 * 50 * half, rel=0.01)
    assert covered["SE"] == pytest.approx(math.pi * 300**2 / 18 - 250 * 250 * half, rel=0.05)
    assert found.footprints.iloc[0].area == pytest.approx(math.pi * 300**2 / 18, rel=1e-9)


def test_low_mid_and_high_lie_within_each_other_for_every_camera(tmp_path: Path) -> None:
    catalog = city_with(
        tmp_path / "c",
        [("all", 500, 500, "", "", "", ""), ("aimed", 900, 900, 45, "", "", ""), ("known", 900, 1500, 45, 70, 80, 1)],
    )
    question = catalog.question("seen", at=DAY)
    sources = select_sources(catalog, question)
    low, mid, high = (footprints_of(catalog, question.in_case(case), sources) for case in Case)
    assert low.difference(mid.buffer(0.4)).is_empty.all()
    assert mid.difference(high.buffer(0.4)).is_empty.all()
    figures = analyse(catalog, question).zones
    assert (figures["covered_share_low"] <= figures["covered_share"]).all()
    assert (figures["covered_share"] <= figures["covered_share_high"]).all()
    assert low.iloc[2].equals(high.iloc[2])


@pytest.mark.parametrize(
    ("row", "assumed"),
    [
        (("", "", "", ""), "bearing_deg, view_angle_deg, range_m, nearest_m"),
        ((45, "", "", ""), "view_angle_deg, range_m, nearest_m"),
        ((45, 70, "", 0), "range_m"),
        ((45, 70, 80, 0), ""),
        (("", 360, 80, 0), ""),
        (("", 90, 80, 0), "bearing_deg"),
        (("270-90", "", 80, 0), ""),
    ],
)
def test_each_footprint_says_which_parameters_were_assumed(tmp_path: Path, row: tuple[Any, ...], assumed: str) -> None:
    catalog = city_with(tmp_path / "c", [("c", 500, 500, *row)])
    question = catalog.question("seen", at=DAY)
    views = assumed_views(catalog, question, select_sources(catalog, question))
    assert views["assumed"].tolist() == [assumed]


def test_a_camera_without_a_bearing_looks_all_round_and_not_north(tmp_path: Path) -> None:
    catalog = city_with(tmp_path / "c", [("c", 900, 900, "", 90, 100, 0)])
    question = catalog.question("seen", at=DAY)
    reach = footprints_of(catalog, question, select_sources(catalog, question)).iloc[0]
    assert reach.area == pytest.approx(math.pi * 100**2, rel=1e-9)


@pytest.mark.parametrize(
    ("given", "bearing", "angle"),
    [("N", 0, None), ("nne", 22.5, None), (360, 0, None), ("12.5", 12.5, None), ("270-90", 0, 180), ("350-10", 0, 20)],
)
def test_bearings_are_read_as_numbers_compass_points_and_ends(
    tmp_path: Path, given: Any, bearing: float, angle: float | None
) -> None:
    camera = city_with(tmp_path / "c", [("c", 500, 500, given, "", 50, 0)]).layers["eyes"].features.iloc[0]
    assert camera["bearing_deg"] == bearing
    assert camera["view_angle_deg"] == angle


@pytest.mark.parametrize(
    ("row", "field", "code"),
    [
        ((361, "", 50, 0), "bearing_deg", "bad-bearing"),
        ((-5, "", 50, 0), "bearing_deg", "bad-bearing"),
        (("north-ish", "", 50, 0), "bearing_deg", "bad-bearing"),
        (("nan", "", 50, 0), "bearing_deg", "bad-bearing"),
        ((10, 400, 50, 0), "view_angle_deg", "bad-range"),
        ((10, 0, 50, 0), "view_angle_deg", "bad-range"),
        ((10, 90, "30 ft", 0), "range_m", "bad-range"),
        ((10, 90, -5, 0), "range_m", "bad-range"),
        ((10, 90, 0, 0), "range_m", "bad-range"),
        ((10, 90, "inf", 0), "range_m", "bad-range"),
        ((10, 90, 50, -1), "nearest_m", "bad-range"),
        ((10, 90, 50, 50), "nearest_m", "bad-range"),
        ((10, 5e-324, 50, 0), "view_angle_deg", "bad-range"),
        ((10, 90, 1e-9, 0), "range_m", "bad-range"),
        (("90-90", "", 50, 0), "bearing_deg", "bad-bearing"),
        (("0-0", 90, 50, 0), "bearing_deg", "bad-bearing"),
    ],
)
def test_a_value_that_cannot_be_is_not_known_and_said(
    tmp_path: Path, row: tuple[Any, ...], field: str, code: str
) -> None:
    layer = city_with(tmp_path / "c", [("good", 400, 400, 0, 90, 50, 0), ("c", 500, 500, *row)]).layers["eyes"]
    assert [(p.code, p.field, p.row) for p in layer.problems] == [(code, field, 3)]
    assert layer.features["id"].tolist() == ["good", "c"]
    assert layer.features.iloc[1][field] is None


def test_two_ends_that_contradict_the_angle_are_said_and_the_angle_stands(tmp_path: Path) -> None:
    layer = city_with(tmp_path / "c", [("c", 500, 500, "270-90", 20, 50, 0)]).layers["eyes"]
    assert [(p.code, p.field) for p in layer.problems] == [("bad-bearing", "bearing_deg")]
    assert layer.features[["bearing_deg", "view_angle_deg"]].iloc[0].tolist() == [0, 20]


@pytest.mark.parametrize("near", [50, 70, 200])
def test_a_stated_nearest_distance_stands_in_every_case(tmp_path: Path, near: float) -> None:
    """What is assumed beside it gives way, so that the footprints still lie within each other."""
    catalog = city_with(tmp_path / "c", [("c", 900, 900, 10, 90, "", near)])
    seen = []
    for case in Case:
        question = catalog.question("seen", at=DAY, case=case)
        sources = select_sources(catalog, question)
        view = assumed_views(catalog, question, sources).iloc[0]
        assert view["nearest_m"] == near
        assert view["assumed"] == "range_m"
        seen.append(footprints_of(catalog, question, sources).iloc[0])
    assert seen[0].area > 0
    assert seen[0].difference(seen[1]).area + seen[1].difference(seen[2]).area < 1e-6 * seen[2].area


@pytest.mark.parametrize("north", ["true", "grid"])
def test_bearings_from_true_north_are_turned_by_the_convergence(tmp_path: Path, north: str) -> None:
    catalog = city_with(
        tmp_path / "c", [("c", 900, 900, 90, 10, 1000, 0)], EYES.replace('north = "grid"', f'north = "{north}"')
    )
    question = catalog.question("seen", at=DAY)
    sources = select_sources(catalog, question)
    view = assumed_views(catalog, question, sources).iloc[0]
    convergence = 90 - view["bearing_deg"]
    if north == "grid":
        assert convergence == 0
        return
    place = catalog.working.to_lonlat(sources.geometry).iloc[0]
    step = gpd.GeoSeries([place, shapely.Point(place.x, place.y + 1e-3)], crs="OGC:CRS84").to_crs(catalog.working.crs)
    north_on_the_grid = math.degrees(math.atan2(step.iloc[1].x - step.iloc[0].x, step.iloc[1].y - step.iloc[0].y))
    assert convergence == pytest.approx(-north_on_the_grid, abs=1e-3)
    assert convergence != 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[camera]", "[camara]"), "camara"),
        (('north = "grid"', 'north = "magnetic"'), "camera.north"),
        (("high = 120", "high = 400"), "at most 360"),
        (("high = 5", "high = 50"), "nearest_m must be less than range_m"),
        (("low = 40, mid = 60", "low = 80, mid = 60"), "low <= mid <= high"),
    ],
)
def test_defaults_that_cannot_be_meant_are_refused(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    catalog = city_with(tmp_path / "c", [("c", 500, 500, "", "", "", "")], EYES.replace(*change))
    assert said in catalog.broken["eyes"].problem.reason


def test_a_layer_of_cameras_must_state_what_it_assumes(tmp_path: Path) -> None:
    without = EYES[: EYES.index("[camera]")] + EYES[EYES.index("[position]") :]
    catalog = city_with(tmp_path / "c", [("c", 500, 500, "", "", "", "")], without)
    assert "needs [camera]" in catalog.broken["eyes"].problem.reason


def test_hong_kongs_question_on_cameras_counts_the_traffic_cameras(hong_kong: Catalog) -> None:
    found = analyse(hong_kong, hong_kong.question("cameras", at=date(2026, 11, 20)))
    assert found.totals.sources_inside + found.totals.sources_outside == 209
    assert found.totals.sources_outside == 4
    discs = pd.Series(found.footprints.area)
    assert discs.tolist() == pytest.approx([math.pi * 60**2] * 209, rel=1e-9)
    assert found.totals.covered_area_m2 < 209 * math.pi * 60**2
