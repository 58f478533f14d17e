"""OGC API - Features - Part 2: Coordinate Reference Systems by Reference (18-058r1), its abstract test suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from pyproj import Transformer
from troublesome import THINGS

Get = Callable[..., dict[str, Any]]
Refused = Callable[..., str]

ITEMS = "/collections/things/items"
OGC = "http://www.opengis.net/def/crs"
CRS84 = f"{OGC}/OGC/1.3/CRS84"
SERVED = [CRS84, *(f"{OGC}/EPSG/0/{code}" for code in (4326, 3857, 2263, 32618))]
PLACED = {fid: place for fid, place, _ in THINGS if place is not None}


def expected(code: int, place: tuple[float, float]) -> tuple[float, float]:
    """Convert by PROJ alone, in the order of the authority, from latitude and longitude."""
    found: tuple[float, float] = Transformer.from_crs(4326, code).transform(place[1], place[0])
    return found


def test_ats_crs_md_list(get: Get) -> None:
    assert get("/collections", "collections.json")["crs"] == SERVED
    for one in get("/collections")["collections"]:
        assert one["crs"] == SERVED
        assert one["storageCrs"] in SERVED


@pytest.mark.parametrize("code", [4326, 3857, 2263, 32618])
@pytest.mark.parametrize("form", [f"{OGC}/EPSG/0/{{}}", "[EPSG:{}]"])
def test_ats_crs_parameter_gives_the_axes_in_the_order_of_the_authority(
    api: FlaskClient, get: Get, code: int, form: str
) -> None:
    crs = form.format(code)
    assert api.get(ITEMS, query_string={"crs": crs}).headers["Content-Crs"] == f"<{OGC}/EPSG/0/{code}>"
    features = get(ITEMS, "feature_collection.json", crs=crs)["features"]
    found = {one["id"]: one["geometry"]["coordinates"] for one in features if one["geometry"]}
    assert found.keys() == PLACED.keys()
    for fid, place in PLACED.items():
        assert found[fid] == pytest.approx(expected(code, place), abs=2e-7 if code == 4326 else 0.02)
    single = api.get(f"{ITEMS}/b", query_string={"crs": crs})
    assert single.headers["Content-Crs"] == f"<{OGC}/EPSG/0/{code}>"
    assert single.get_json(force=True)["geometry"]["coordinates"] == found["b"]


def test_latitude_comes_first_in_epsg_4326_and_not_in_crs84(get: Get) -> None:
    assert get(f"{ITEMS}/b", crs=f"{OGC}/EPSG/0/4326")["geometry"]["coordinates"] == [40.73, -73.98]
    assert get(f"{ITEMS}/b", crs=CRS84)["geometry"]["coordinates"] == [-73.98, 40.73]


def test_northing_comes_first_in_the_working_system_of_hong_kong(hong_kong_app: Any) -> None:
    client = hong_kong_app.test_client()
    address = "/collections/police-stations/items/9S02wxJ8hZ"
    body = client.get(address, query_string={"crs": "[EPSG:2326]"}).get_json(force=True)
    northing, easting = body["geometry"]["coordinates"]
    assert 800_000 < northing < 848_000
    assert easting == pytest.approx(834_300, abs=1500)
    box = f"{northing - 1},{easting - 1},{northing + 1},{easting + 1}"
    found = client.get("/collections/police-stations/items", query_string={"bbox": box, "bbox-crs": "[EPSG:2326]"})
    assert "9S02wxJ8hZ" in [one["id"] for one in found.get_json(force=True)["features"]]


def test_ats_crs_default_is_crs84_and_said_in_the_header(api: FlaskClient) -> None:
    for address in (ITEMS, f"{ITEMS}/b"):
        assert api.get(address).headers["Content-Crs"] == f"<{CRS84}>"


@pytest.mark.parametrize("code", [4326, 3857, 2263, 32618])
def test_ats_crs_bbox_crs_parameter(get: Get, code: int) -> None:
    corners = [expected(code, place) for place in ((-73.985, 40.705), (-73.965, 40.735))]
    box = ",".join(repr(number) for corner in corners for number in corner)
    body = get(ITEMS, "feature_collection.json", **{"bbox": box, "bbox-crs": f"{OGC}/EPSG/0/{code}"})
    assert [one["id"] for one in body["features"]] == ["b", "c"]


def test_a_box_of_epsg_4326_may_cross_the_antimeridian(get: Get) -> None:
    body = get(ITEMS, **{"bbox": "-90,170,90,-73.975", "bbox-crs": "[EPSG:4326]"})
    assert [one["id"] for one in body["features"]] == ["a.b:c/d", "b"]


@pytest.mark.parametrize("name", ["crs", "bbox-crs", "filter-crs"])
@pytest.mark.parametrize(
    "value",
    [
        "EPSG:4326",
        f"{OGC}/EPSG/0/27700",
        f"{OGC}/EPSG/0/",
        "[EPSG:999999]",
        "",
        "http://example.org",
        "' OR 1=1",
        "4326",
    ],
)
def test_ats_crs_unknown_values_are_refused(refused: Refused, name: str, value: str) -> None:
    told = refused(ITEMS, name, **{name: value, "bbox": "1,2,3,4"} if name == "bbox-crs" else {name: value})
    assert CRS84 in told


@pytest.mark.parametrize("box", ["1e30,0,2e30,1", "5,0,1,1", "0,5,1,1"])
def test_a_box_that_is_none_in_its_system_is_refused(refused: Refused, box: str) -> None:
    refused(ITEMS, "bbox", **{"bbox": box, "bbox-crs": "[EPSG:3857]"})


def test_next_keeps_the_system(get: Get) -> None:
    first = get(ITEMS, crs="[EPSG:3857]", limit=1)
    following = next(one["href"] for one in first["links"] if one["rel"] == "next")
    assert "crs=%5BEPSG%3A3857%5D" in following


def test_a_geometry_in_another_system_is_null_where_it_is_skipped(get: Get) -> None:
    body = get(ITEMS, "feature_collection.json", crs="[EPSG:3857]", skipGeometry="true")
    assert {one["geometry"] for one in body["features"]} == {None}
