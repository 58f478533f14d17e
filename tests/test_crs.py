from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from pyproj import CRS, Geod
from shapely.geometry import Point, box

from geoservice.catalog import Catalog
from geoservice.crs import Extent, crs_code, in_metres, max_stretch, parse_crs, served_crs, working_crs
from geoservice.errors import CrsError

HONG_KONG = Extent(113.8, 22.13, 114.45, 22.58)
GEOD = Geod(ellps="WGS84")


@pytest.mark.parametrize("code", ["EPSG:2326", "EPSG:32650", "EPSG:6933"])
def test_a_plane_stretches_by_what_the_geodesic_says(code: str) -> None:
    """The scale factors of PROJ against distances on the ellipsoid, 100 m each way from a grid of points."""
    crs = parse_crs(code)
    lon, lat = np.meshgrid(np.linspace(113.8, 114.45, 5), np.linspace(22.13, 22.58, 5))
    starts = gpd.GeoSeries(gpd.points_from_xy(lon.ravel(), lat.ravel()), crs="OGC:CRS84")
    worst = 0.0
    for azimuth in (0, 90):
        east, north, _ = GEOD.fwd(lon.ravel(), lat.ravel(), np.full(25, azimuth), np.full(25, 100.0))
        ends = gpd.GeoSeries(gpd.points_from_xy(east, north), crs="OGC:CRS84")
        measured = starts.to_crs(crs).distance(ends.to_crs(crs)) / 100
        worst = max(worst, float((measured - 1).abs().max()))
    assert max_stretch(crs, HONG_KONG) == pytest.approx(worst, rel=0.05, abs=2e-6)


def test_distances_in_hong_kongs_plane_are_those_of_the_ellipsoid_to_a_tenth_of_a_per_mille(hong_kong: Catalog) -> None:
    points = hong_kong.layers["police-stations"].placed.geometry
    lonlat = hong_kong.working.to_lonlat(points)
    first, others = 0, range(1, len(points))
    plane = [points.iloc[first].distance(points.iloc[i]) for i in others]
    _, _, ellipsoid = GEOD.inv(
        [lonlat.iloc[first].x] * len(others), [lonlat.iloc[first].y] * len(others), lonlat.x.iloc[1:], lonlat.y.iloc[1:]
    )
    assert plane == pytest.approx(ellipsoid, rel=1e-4)


def test_areas_in_hong_kongs_plane_are_those_of_the_ellipsoid_to_a_tenth_of_a_per_mille(hong_kong: Catalog) -> None:
    zones = hong_kong.zones("district")
    lonlat = hong_kong.working.to_lonlat(zones)
    ellipsoid = [abs(GEOD.geometry_area_perimeter(geometry)[0]) for geometry in lonlat.geometry]
    assert zones.area.tolist() == pytest.approx(ellipsoid, rel=1e-4)


def test_web_mercator_is_refused_as_a_working_system() -> None:
    with pytest.raises(CrsError, match=r"stretches lengths by up to 8\.\d%"):
        working_crs("EPSG:3857", HONG_KONG)


@pytest.mark.parametrize("code", ["EPSG:2048", "EPSG:2054", "EPSG:22275"])
def test_axes_that_point_south_or_west_are_refused(code: str) -> None:
    """Bearings would be turned by half a circle: the South African grid counts west and south."""
    with pytest.raises(CrsError, match="point south and west: bearings would be turned"):
        working_crs(code, Extent(18.3, -34.1, 18.7, -33.8))


def test_a_region_across_several_zones_is_refused_with_advice() -> None:
    with pytest.raises(CrsError) as error:
        working_crs("EPSG:32650", Extent(100, 20, 130, 25))
    assert "split" in str(error.value)


@pytest.mark.parametrize("code", ["EPSG:4326", "OGC:CRS84", "EPSG:4979"])
def test_degrees_are_refused_as_a_working_system(code: str) -> None:
    with pytest.raises(CrsError, match="not projected"):
        working_crs(code, HONG_KONG)


@pytest.mark.parametrize("text", ["EPSG:999999", "nonsense", ""])
def test_an_unknown_system_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(CrsError, match="not a coordinate reference system") as error:
        parse_crs(text)
    assert "EPSG:4326" in str(error.value.advice)


def test_a_system_in_feet_becomes_the_same_projection_in_metres() -> None:
    feet = CRS.from_user_input("EPSG:2263")
    metres = in_metres(feet)
    place = gpd.GeoSeries([Point(-73.98, 40.75)], crs="OGC:CRS84")
    in_feet, in_m = place.to_crs(feet).iloc[0], place.to_crs(metres).iloc[0]
    assert in_m.x == pytest.approx(in_feet.x * 1200 / 3937, abs=1e-6)
    assert in_m.y == pytest.approx(in_feet.y * 1200 / 3937, abs=1e-6)


def test_a_system_in_metres_stays_as_it_is() -> None:
    assert in_metres(CRS.from_user_input("EPSG:2326")) == CRS.from_user_input("EPSG:2326")


class TestTheGuard:
    working = working_crs("EPSG:2326", HONG_KONG)

    def test_only_the_working_system_passes(self) -> None:
        self.working.require(gpd.GeoSeries([Point(0, 0)], crs="EPSG:2326"))
        for other in ("EPSG:3857", "EPSG:32650", "EPSG:4326"):
            with pytest.raises(CrsError, match="not in the working system"):
                self.working.require(gpd.GeoSeries([Point(0, 0)], crs=other))

    def test_a_frame_without_a_system_is_refused(self) -> None:
        frame = gpd.GeoSeries([Point(0, 0)])
        for guarded in (self.working.require, self.working.project, self.working.to_lonlat):
            with pytest.raises(CrsError):
                guarded(frame)

    def test_to_lonlat_gives_longitude_first(self) -> None:
        place = gpd.GeoSeries([Point(836_694, 819_069)], crs="EPSG:2326")
        found = self.working.to_lonlat(place).iloc[0]
        assert found.x == pytest.approx(114.18, abs=0.01)
        assert found.y == pytest.approx(22.31, abs=0.01)

    def test_projecting_and_back_returns_to_the_place(self) -> None:
        frame = gpd.GeoSeries([box(114.1, 22.2, 114.2, 22.3)], crs="OGC:CRS84")
        again = self.working.to_lonlat(self.working.project(frame))
        assert again.iloc[0].equals_exact(frame.iloc[0], 1e-8)


@pytest.mark.parametrize(
    ("code", "first", "first_m"),
    [
        ("OGC:CRS84", "east", None),
        ("EPSG:4326", "north", None),
        ("EPSG:3857", "east", 12_709_950),
        ("EPSG:2326", "north", 815_600),
    ],
)
def test_a_served_system_has_its_axes_in_the_order_of_its_authority(
    code: str, first: str, first_m: float | None
) -> None:
    served = served_crs(code)
    place = np.array([Point(114.1754, 22.2785), None])
    moved = served.from_lonlat(place)
    assert served.latitude_first is (first == "north")
    if first_m is None:
        assert moved[0].x == pytest.approx(22.2785 if first == "north" else 114.1754)
    else:
        assert moved[0].x == pytest.approx(first_m, abs=1000)
    assert moved[1] is None
    back = served.to_lonlat(moved)[0]
    assert (back.x, back.y) == pytest.approx((114.1754, 22.2785), abs=1e-8)


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("http://www.opengis.net/def/crs/EPSG/0/2326", "EPSG:2326"),
        ("https://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84"),
        ("[EPSG:2326]", "EPSG:2326"),
        ("epsg:4326", "EPSG:4326"),
        ("2326", None),
        ("http://example.org/EPSG/0/2326", None),
        ("", None),
        ("[EPSG:2326]x", None),
    ],
)
def test_a_system_is_known_by_address_and_in_short(reference: str, code: str | None) -> None:
    assert crs_code(reference) == code


@pytest.mark.parametrize("code", ["EPSG:4979", "EPSG:5773", "EPSG:4978", "EPSG:1", "+proj=utm +zone=50", "WGS 84"])
def test_a_system_that_is_no_plane_with_a_code_is_not_served(code: str) -> None:
    with pytest.raises(CrsError):
        served_crs(code)
