"""The figures against a computation in plain GeoPandas that shares none of the service's code."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog
from geoservice.vocabulary import Case

STATION_LAYERS = ["police-stations", "reporting-centres"]
RANGES_M = {Case.LOW: 500.0, Case.MID: 1000.0, Case.HIGH: 2000.0}


def plain_areas(catalog: Catalog, footprints: gpd.GeoSeries) -> pd.Series:
    """Covered area by zone: buffer, union, overlay, as one would write it by hand."""
    zones = catalog.layers["districts"].features[["id", "geometry"]]
    covered = gpd.GeoDataFrame(geometry=[footprints.union_all()], crs=footprints.crs)
    pieces = gpd.overlay(zones, covered, how="intersection", keep_geom_type=True)
    return pieces.assign(area=pieces.area).groupby("id")["area"].sum().reindex(zones["id"], fill_value=0).sort_index()


def plain_footprints(catalog: Catalog, range_m: float) -> gpd.GeoSeries:
    """Discs of 7,000 corners and more, each cut to the part of the dissolved districts that its point lies in."""
    points = pd.concat([catalog.layers[layer].features.geometry for layer in STATION_LAYERS], ignore_index=True)
    corners = math.ceil(math.pi / math.acos(1 - 1e-4 / range_m))
    step = 2 * math.pi / corners
    radius = range_m * math.sqrt(step / math.sin(step))
    turn = step * np.arange(corners)
    ring = radius * np.column_stack([np.sin(turn), np.cos(turn)])
    discs = [shapely.Polygon(ring + np.array([p.x, p.y])) for p in points]
    land = catalog.layers["districts"].features.dissolve().explode(ignore_index=True).geometry
    cut = []
    for point, disc in zip(points, discs, strict=True):
        own = [mass for mass in land if mass.distance(point) < 100]
        cut.append(disc.intersection(min(own, key=point.distance)) if own else shapely.Polygon())
    return gpd.GeoSeries(cut, crs=points.crs)


@pytest.fixture(scope="module")
def plain(hong_kong: Catalog) -> dict[Case, pd.Series]:
    return {case: plain_areas(hong_kong, plain_footprints(hong_kong, metres)) for case, metres in RANGES_M.items()}


def test_every_zone_has_the_covered_area_of_the_plain_computation(
    stations: Analysis, plain: dict[Case, pd.Series]
) -> None:
    zones = stations.zones.set_index("zone_id")
    error = (zones["covered_area_m2"] - plain[Case.MID]).abs() / zones["zone_area_m2"]
    assert len(error) == 18
    assert error.max() < 1e-9


def test_every_zone_has_the_shares_of_the_plain_computation_in_every_case(
    stations: Analysis, plain: dict[Case, pd.Series]
) -> None:
    zones = stations.zones.set_index("zone_id")
    for column, case in (
        ("covered_share_low", Case.LOW),
        ("covered_share", Case.MID),
        ("covered_share_high", Case.HIGH),
    ):
        assert (zones[column] - plain[case] / zones["zone_area_m2"]).abs().max() < 1e-9


def test_gap_areas_are_what_is_left(stations: Analysis) -> None:
    zones = stations.zones
    assert (zones["covered_area_m2"] + zones["gap_area_m2"] - zones.area).abs().max() < 1e-3
    by_zone = stations.gaps.groupby("zone_id")["gap_area_m2"].sum()
    whole = stations.zone_gaps.set_index("zone_id").area
    assert (by_zone - whole).abs().max() < 0.05  # less the dust that is left out


def test_the_geometry_of_coverage_and_gap_has_the_area_of_the_figures_within_its_chord_error(
    stations: Analysis,
) -> None:
    zones = stations.zones.set_index("zone_id")
    chord_error_m = stations.question.footprint.chord_error_m
    outline_m = stations.zone_gaps.set_index("zone_id").length
    for frame, column in ((stations.coverage, "covered_area_m2"), (stations.zone_gaps, "gap_area_m2")):
        drawn = frame.set_index("zone_id").area
        assert ((drawn - zones[column]).abs() < chord_error_m * outline_m).all()
        assert ((drawn - zones[column]).abs() / zones["zone_area_m2"]).max() < 1e-5


def test_low_mid_and_high_are_in_order(stations: Analysis) -> None:
    zones = stations.zones
    assert (zones["covered_share_low"] <= zones["covered_share"]).all()
    assert (zones["covered_share"] <= zones["covered_share_high"]).all()


@pytest.mark.soak
def test_the_case_asked_for_sets_the_figure_and_leaves_low_and_high(hong_kong: Catalog, stations: Analysis) -> None:
    low = analyse(hong_kong, stations.question.in_case(Case.LOW))
    assert low.zones["covered_share"].tolist() == pytest.approx(stations.zones["covered_share_low"].tolist(), rel=1e-9)
    assert low.zones["covered_share_high"].tolist() == stations.zones["covered_share_high"].tolist()
    assert low.key != stations.key


def test_nearest_distances_are_those_of_a_brute_force_grid(stations: Analysis) -> None:
    sources = stations.sources.geometry.union_all()
    step = 100.0
    for zone in stations.zones.itertuples():
        if zone.zone_area_m2 > 20e6:
            continue
        west, south, east, north = zone.geometry.bounds
        x, y = np.meshgrid(np.arange(west, east, step), np.arange(south, north, step))
        inside = shapely.intersects_xy(zone.geometry, x.ravel(), y.ravel())
        distance = shapely.distance(shapely.points(x.ravel()[inside], y.ravel()[inside]), sources)
        assert distance.max() - 5 <= zone.nearest_source_max_m <= distance.max() + step * math.sqrt(2)
        assert zone.nearest_source_mean_m == pytest.approx(distance.mean(), rel=0.03)
        assert zone.nearest_source_min_m <= distance.min()


def test_the_largest_empty_circles_touch_no_covered_ground(stations: Analysis) -> None:
    sample = stations.gaps.iloc[::97]
    centres = gpd.points_from_xy(sample["circle_easting_m"], sample["circle_northing_m"])
    distance = shapely.distance(centres, stations.covered_ground)
    assert distance == pytest.approx(sample["circle_radius_m"].to_numpy(), abs=1e-6)
    assert (shapely.distance(sample.geometry.array, centres) < 1e-6).all()


def test_gaps_are_ranked_by_the_radius_of_their_empty_circle_where_there_is_no_demand(stations: Analysis) -> None:
    assert stations.gaps["uncovered_demand"].isna().all()
    assert stations.gaps["rank"].tolist() == list(range(1, len(stations.gaps) + 1))
    assert stations.gaps["circle_radius_m"].is_monotonic_decreasing


def test_no_share_of_people_is_given_where_no_data_are_finer_than_the_zones(stations: Analysis) -> None:
    assert stations.zones["demand_share"].isna().all()
    assert "finer than the zones" in stations.demand_note.en
    assert stations.demand_note.zh


def test_the_ground_of_a_window_is_what_the_whole_has_in_it(stations: Analysis) -> None:
    west, south, east, north = stations.zones.total_bounds
    window = shapely.box(west + (east - west) / 3, south + (north - south) / 4, east - (east - west) / 3, north - 4000)
    for part, whole, column in (
        (stations.coverage_within(window), stations.coverage, "covered_area_m2"),
        (stations.gaps_within(window), stations.zone_gaps, "gap_area_m2"),
    ):
        clipped = whole.dropna(subset="zone_id").set_index("zone_id").intersection(window)
        wanted = clipped[clipped.area > 0.01]
        assert sorted(part["zone_id"]) == sorted(wanted.index)
        found = part.set_index("zone_id").geometry
        assert found.symmetric_difference(wanted.reindex(found.index)).area.max() < 1e-3
        assert part[column].to_numpy() == pytest.approx(part.area.to_numpy())
        assert found.is_valid.all()


def test_a_window_in_no_zone_holds_nothing(stations: Analysis) -> None:
    nowhere = shapely.box(0, 0, 10, 10)
    assert stations.coverage_within(nowhere).empty
    assert stations.gaps_within(nowhere).empty
