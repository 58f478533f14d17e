from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoservice.coverage.service_area import cut_to_landmass, discs, vertex_count
from geoservice.crs import Extent, WorkingCrs, working_crs
from geoservice.errors import CrsError

UTM = working_crs("EPSG:32650", Extent(113.8, 22.1, 114.5, 22.6))


def points(*xy: tuple[float, float], working: WorkingCrs = UTM) -> gpd.GeoSeries:
    return gpd.GeoSeries(
        gpd.points_from_xy(*zip(*xy, strict=True)), index=[f"s{i}" for i in range(len(xy))], crs=working.crs
    )


@pytest.mark.parametrize("range_m", [10, 500, 1000, 2000, 50_000])
@pytest.mark.parametrize("chord_error_m", [0.1, 1, 4])
def test_a_disc_has_the_area_of_the_closed_form(range_m: float, chord_error_m: float) -> None:
    disc = discs(points((800_000, 2_500_000)), range_m, chord_error_m, UTM)
    assert disc.area.iloc[0] == pytest.approx(math.pi * range_m**2, rel=1e-9)


@pytest.mark.parametrize("range_m", [10, 1000, 50_000])
@pytest.mark.parametrize("chord_error_m", [0.1, 1, 4])
def test_no_point_of_a_discs_outline_lies_farther_from_the_circle_than_stated(
    range_m: float, chord_error_m: float
) -> None:
    disc = discs(points((0, 0)), range_m, chord_error_m, UTM).iloc[0]
    outline = shapely.get_coordinates(shapely.segmentize(disc.exterior, range_m / 500))
    assert np.abs(np.hypot(*outline.T) - range_m).max() <= chord_error_m


def test_a_disc_has_no_more_corners_than_the_error_asks_for() -> None:
    assert vertex_count(1000, 1) == 71
    assert vertex_count(1000, 0.01) > vertex_count(1000, 0.1) > vertex_count(1000, 1)
    assert vertex_count(1, 1000) == 8


def test_discs_keep_the_index_of_their_points_whatever_its_order() -> None:
    sources = points((0, 0), (5000, 0), (0, 5000)).iloc[[2, 0, 1]]
    areas = discs(sources, 100, 1, UTM)
    assert list(areas.index) == ["s2", "s0", "s1"]
    assert areas.centroid.distance(sources).max() < 1e-6


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326", "EPSG:2326", "EPSG:32649"])
def test_points_in_any_other_system_are_refused_with_advice(crs: str) -> None:
    with pytest.raises(CrsError, match="not in the working system") as error:
        discs(points((0, 0)).set_crs(crs, allow_override=True), 1000, 1, UTM)
    assert error.value.advice is not None


def test_points_without_a_system_are_refused() -> None:
    with pytest.raises(CrsError, match="no coordinate reference system"):
        discs(gpd.GeoSeries(gpd.points_from_xy([0], [0])), 1000, 1, UTM)


def test_a_source_must_be_a_point() -> None:
    lines = gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])], crs=UTM.crs)
    with pytest.raises(ValueError, match="one point"):
        discs(lines, 1000, 1, UTM)


class TestLandmasses:
    """Two square islands of 1 km with 200 m of water between them."""

    land = gpd.GeoSeries([shapely.box(0, 0, 1000, 1000), shapely.box(1200, 0, 2200, 1000)], crs=UTM.crs)

    def cut(self, x: float, y: float, range_m: float = 500, snap_m: float = 0) -> shapely.Geometry:
        source = points((x, y))
        return cut_to_landmass(discs(source, range_m, 0.1, UTM), source, self.land, snap_m, UTM).iloc[0]

    def test_a_source_does_not_reach_across_the_water(self) -> None:
        reach = self.cut(900, 500)
        assert reach.intersects(self.land.iloc[0])
        assert not reach.intersects(self.land.iloc[1])

    def test_a_source_inland_keeps_its_whole_disc(self) -> None:
        assert self.cut(500, 500, 400).area == pytest.approx(math.pi * 400**2, rel=1e-9)

    def test_half_a_disc_is_left_at_a_straight_coast(self) -> None:
        assert self.cut(1000, 500, 400).area == pytest.approx(math.pi * 400**2 / 2, rel=1e-3)

    def test_a_source_on_the_waters_edge_stands_on_the_land_within_the_snap(self) -> None:
        assert self.cut(1010, 500, 400, snap_m=50).area > 0
        assert self.cut(1060, 500, 400, snap_m=50).is_empty

    def test_a_source_off_all_land_reaches_none_of_it(self) -> None:
        assert self.cut(5000, 5000).is_empty

    def test_a_disc_reaches_over_a_bay_to_the_same_landmass(self) -> None:
        bay = shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 0, 600, 900))
        source = points((300, 100))
        land = gpd.GeoSeries([bay], crs=UTM.crs)
        reach = cut_to_landmass(discs(source, 400, 0.1, UTM), source, land, 0, UTM).iloc[0]
        assert reach.contains(shapely.Point(650, 100))

    def test_no_land_means_no_reach(self) -> None:
        source = points((0, 0))
        nothing = gpd.GeoSeries([], crs=UTM.crs)
        assert cut_to_landmass(discs(source, 100, 1, UTM), source, nothing, 10, UTM).is_empty.all()

    def test_no_sources_are_no_areas(self) -> None:
        none = points((0, 0)).iloc[:0]
        assert cut_to_landmass(discs(none, 100, 1, UTM), none, self.land, 10, UTM).empty

    def test_land_in_another_system_is_refused(self) -> None:
        source = points((0, 0))
        with pytest.raises(CrsError, match="landmasses"):
            cut_to_landmass(discs(source, 100, 1, UTM), source, self.land.set_crs(3857, allow_override=True), 10, UTM)
