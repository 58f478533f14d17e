from __future__ import annotations

import pytest

from geoservice.catalog import Catalog, open_catalog
from geoservice.crs import Extent, working_crs
from geoservice.search import read_coordinates
from geoservice.settings import Settings

WAN_CHAI = (22.28222, 114.15861)


@pytest.fixture(scope="module")
def hong_kong() -> Catalog:
    return open_catalog(Settings.from_env({}).layers)


def orders(catalog: Catalog, text: str) -> list[str] | None:
    found = read_coordinates(text, catalog.working, catalog.region.box)
    return None if found is None else [reading.order for reading in found]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("22.28222, 114.15861", "latitude, longitude"),
        ("114.15861 22.28222", "longitude, latitude"),
        ("(22.28222; 114.15861)", "latitude, longitude"),
        ("lat: 22.28222 lon: 114.15861", "latitude, longitude"),
        ("22.28222N 114.15861E", "latitude, longitude"),
        ("E114.15861, N22.28222", "longitude, latitude"),
        ("22°16'56\"N 114°9'31\"E", "latitude, longitude"),
        ("22°16′56″N114°9′31″E", "latitude, longitude"),
        ("114º9’31” 22º16’56”", "longitude, latitude"),
        ("22° 16' 56'' N, 114° 9' 31'' E", "latitude, longitude"),
        ("22 16 56 114 9 31", "latitude, longitude"),
        ("22°16.9333'N 114°9.5167'E", "latitude, longitude"),
        ("北緯22度16分56秒 東經114度9分31秒", "latitude, longitude"),
        ("東經114.15861度，北緯22.28222度", "longitude, latitude"),
        ("２２．２８２２２，１１４．１５８６１", "latitude, longitude"),
    ],
)
def test_degrees_are_read_however_they_are_written(hong_kong: Catalog, text: str, order: str) -> None:
    found = read_coordinates(text, hong_kong.working, hong_kong.region.box)
    assert found is not None
    assert [reading.order for reading in found] == [order]
    assert (found[0].lat, found[0].lon) == pytest.approx(WAN_CHAI, abs=2e-5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("835000 818000", ["easting, northing", "northing, easting"]),
        ("835,000 818,000", ["easting, northing", "northing, easting"]),
        ("835000,818000", ["easting, northing", "northing, easting"]),
        ("E835000 N818000", ["easting, northing"]),
        ("818000N 835000E", ["northing, easting"]),
    ],
)
def test_the_grid_is_read_in_every_order_that_fits(hong_kong: Catalog, text: str, expected: list[str]) -> None:
    assert orders(hong_kong, text) == expected


def test_a_place_in_the_grid_is_where_the_grid_has_it(hong_kong: Catalog) -> None:
    found = read_coordinates("836694.05 819069.80", hong_kong.working, hong_kong.region.box)
    assert found is not None
    # The origin of the grid, 22°18'43.68" 114°10'42.80", moved to WGS 84 by the 5.5" and 8.8" that the Lands
    # Department's "Explanatory Notes on Geodetic Datums in Hong Kong" gives.
    assert (found[0].lat, found[0].lon) == pytest.approx((22.310606, 114.181000), abs=3e-5)


@pytest.mark.parametrize(
    "text", ["51.5, -0.1", "95 200", "1 1", "1e9 2", "114.17S 22.3W", "9999999 9999999", "-22.3 114.2"]
)
def test_coordinates_elsewhere_are_known_for_coordinates(hong_kong: Catalog, text: str) -> None:
    expected = None if "e" in text else []
    assert orders(hong_kong, text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "22.3", "22114", "Wan Chai 3", "22°61'0\"N 114°9'0\"E", "22 16 60 114 9 31", "1 2 3", "1,2,3", "9" * 400,
     "22.3 114.2 ".ljust(90), "٢٢ ١١٤ x", "22.3.1 114"],
)  # fmt: skip
def test_what_is_not_two_numbers_is_no_coordinates(hong_kong: Catalog, text: str) -> None:
    assert orders(hong_kong, text) is None


def test_where_both_orders_fit_both_are_read() -> None:
    """Near 40 degrees north and east, degrees alone do not tell which is which."""
    box = Extent(39, 39, 42, 42)
    found = read_coordinates("40.5 41", working_crs("EPSG:32637", box), box)
    assert found is not None
    assert [(reading.lat, reading.lon, reading.order) for reading in found] == [
        (40.5, 41, "latitude, longitude"),
        (41, 40.5, "longitude, latitude"),
    ]


def test_south_and_west_are_negative() -> None:
    box = Extent(-74, -34, -70, -30)
    found = read_coordinates("33°26'16\"S 70°39'01\"W", working_crs("EPSG:32719", box), box)
    assert found is not None
    assert (found[0].lat, found[0].lon) == pytest.approx((-33.43778, -70.65028), abs=1e-5)
