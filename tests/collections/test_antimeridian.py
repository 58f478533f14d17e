"""Boxes and geometries of projected systems beyond the antimeridian are cut there, or refused."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geoservice.collections import Collection, Query
from geoservice.collections.filtering import parse_text
from geoservice.crs import served_crs
from geoservice.errors import ParameterError
from geoservice.i18n import Text
from geoservice.ogc.parameters import parse_bbox

PLACES = {
    "east": (175.0, 20.0),
    "west": (-170.0, 20.0),
    "far": (114.17, 22.3),
    "home": (0.0, 0.0),
    "south": (178.0, -18.0),
}
FRAME = gpd.GeoDataFrame(
    {"n": range(len(PLACES))}, geometry=[shapely.Point(*p) for p in PLACES.values()], crs="OGC:CRS84"
)
POINTS = Collection("points", Text(en="Points"), Text(en="Points"), FRAME, tuple(PLACES), {}, "1")
WORLD_M = 40_075_016.685_578_488
MERCATOR = served_crs("EPSG:3857")
SYSTEMS = {code: served_crs(code) for code in ("EPSG:3857", "EPSG:3395", "EPSG:32660", "EPSG:3031", "EPSG:2326")}


def ids(query: Query) -> list[str]:
    return [POINTS.ids[i] for i in POINTS.matching(query)]


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ((19e6, 2e6, 22e6, 3e6), ["east", "west"]),
        ((-22e6, 2e6, -18e6, 3e6), ["east", "west"]),
        ((18e6, 2e6, 20e6, 3e6), ["east"]),
        ((-20_037_508.34, -3e6, 20_037_508.34, 3e6), list(PLACES)),
        ((-30e6, -3e6, 30e6, 3e6), list(PLACES)),
        ((12e6, 2e6, 13e6, 3e6), ["far"]),
        ((-1, -1, 1, 1), ["home"]),
    ],
)
@pytest.mark.parametrize("turns", [-3, -1, 0, 1, 7])
def test_a_web_map_panned_round_the_world_finds_what_it_shows(
    box: tuple[float, float, float, float], found: list[str], turns: int
) -> None:
    west, south, east, north = box
    moved = f"{west + turns * WORLD_M!r},{south},{east + turns * WORLD_M!r},{north}"
    assert ids(Query(limit=1, bbox=parse_bbox(moved, MERCATOR))) == found
    assert ids(Query(limit=1, filters=(parse_text(f"S_INTERSECTS(geometry, BBOX({moved}))", MERCATOR),))) == found


def test_geometries_go_round_the_world_too() -> None:
    ring = "19e6 2e6, 22e6 2e6, 22e6 3e6, 19e6 3e6, 19e6 2e6"
    for text, found in (
        (f"S_WITHIN(geometry, POLYGON(({ring})))", ["east", "west"]),
        (
            f"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POLYGON(({ring})), POINT({-WORLD_M!r} 0)))",
            ["east", "west", "home"],
        ),
        (f"S_INTERSECTS(geometry, POINT({WORLD_M!r} 0))", ["home"]),
        (f"S_INTERSECTS(geometry, LINESTRING({WORLD_M - 1!r} 0, {WORLD_M + 1!r} 0))", ["home"]),
    ):
        assert ids(Query(limit=1, filters=(parse_text(text, MERCATOR),))) == found, text


@pytest.mark.parametrize(
    ("code", "box"),
    [
        ("EPSG:3857", "1e9,0,2e9,1"),
        ("EPSG:3857", "-1e30,0,1e30,1"),
        ("EPSG:3395", "19e6,2e6,22e6,3e6"),
        ("EPSG:32660", "600000,2000000,1200000,2300000"),
        ("EPSG:32660", "-9e7,2e6,9e7,3e6"),
        ("EPSG:3031", "-1000000,-1000000,1000000,1000000"),
        ("EPSG:2326", "800000,-30000000,850000,30000000"),
    ],
)
def test_what_has_no_place_in_a_system_or_goes_on_round_the_globe_is_refused(code: str, box: str) -> None:
    with pytest.raises(ParameterError, match="bbox"):
        parse_bbox(box, SYSTEMS[code])
    condition = parse_text(f"S_INTERSECTS(geometry, BBOX({box}))", SYSTEMS[code])
    with pytest.raises(ParameterError, match="filter"):
        POINTS.matching(Query(limit=1, filters=(condition,)))


@pytest.mark.parametrize(
    ("code", "box", "found"),
    [
        ("EPSG:3395", "19e6,2e6,20e6,3e6", ["east"]),
        ("EPSG:2326", "800000,800000,850000,870000", ["far"]),
        ("EPSG:32660", "600000,-3e6,700000,3e6", ["south"]),
    ],
)
def test_what_has_a_place_in_a_system_is_found(code: str, box: str, found: list[str]) -> None:
    assert ids(Query(limit=1, bbox=parse_bbox(box, SYSTEMS[code]))) == found
