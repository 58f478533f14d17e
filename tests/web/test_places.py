"""What is at a place: who covers it and from where, the nearest of each layer, its zone and gap, by true arcs."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import pytest
import shapely
from city import at
from flask.testing import FlaskClient

from geoservice.analysis import Places, analyse
from geoservice.catalog import Catalog
from geoservice.vocabulary import Case

DAY = "2026-01-01"


def lonlat(city: Catalog, x_m: float, y_m: float) -> tuple[float, float]:
    point = city.working.to_lonlat(gpd.GeoSeries([at(x_m, y_m)], crs=city.working.crs)).iloc[0]
    return point.x, point.y


def told(client: FlaskClient, city: Catalog, x_m: float, y_m: float, **further: str) -> dict[str, Any]:
    lon, lat = lonlat(city, x_m, y_m)
    response = client.get("/place", query_string={"lon": lon, "lat": lat, "question": "posts", "at": DAY, **further})
    assert response.status_code == 200, response.text
    document: dict[str, Any] = response.get_json()
    return document


def test_a_place_near_a_post_is_covered_from_it(client: FlaskClient, city: Catalog) -> None:
    found = told(client, city, 1300, 1400)
    assert found["zone"]["zone_id"] == "SW"
    assert (found["depth"], found["depth_by_case"]) == (1, {"low": 0, "mid": 1, "high": 1})
    (post,) = found["covered_by"]
    assert (post["layer"], post["id"], post["counted"]) == ("posts", "p1", True)
    assert post["distance_m"] == pytest.approx(500, abs=0.01)
    turned = math.degrees(math.atan2(-300, -400)) % 360
    assert post["bearing_deg"] == pytest.approx(turned, abs=1.0)
    assert (post["range_m"], post["assumed"]) == (600, ["range_m"])
    assert found["gap"] is None
    assert found["range_m"] == {"low": 300, "mid": 600, "high": 900}
    assert found["assumption"]["zh"] == "服務距離為假設。"
    assert client.get(post["href"]).get_json()["id"] == "p1"


def test_a_place_that_nothing_covers_lies_in_a_ranked_gap(client: FlaskClient, city: Catalog) -> None:
    found = told(client, city, 600, 3600)
    assert (found["depth"], found["covered_by"]) == (0, [])
    items = client.get(f"/collections/posts-gaps/items/{found['gap']['id']}?at={DAY}").get_json()["properties"]
    assert (found["gap"]["rank"], found["gap"]["gap_area_m2"]) == (items["rank"], items["gap_area_m2"])
    (nearest,) = found["nearest"]
    assert nearest["id"] == "p2"
    assert nearest["distance_m"] == pytest.approx(math.hypot(1250, 600), abs=0.01)


def test_nobody_reaches_across_the_river(client: FlaskClient, city: Catalog) -> None:
    """The river post is 260 m from the eastern bank and reaches 600 m, but not another landmass."""
    found = told(client, city, 2110, 3000)
    assert (found["depth"], found["nearest"][0]["id"]) == (0, "p2")
    assert found["nearest"][0]["distance_m"] == pytest.approx(260, abs=0.01)
    assert found["gap"] is not None


def test_in_the_river_it_is_outside_the_study_area(client: FlaskClient, city: Catalog) -> None:
    found = told(client, city, 2000, 1000)
    assert (found["study_area"], found["in_region"], found["zone"], found["gap"]) == (False, True, None, None)
    assert found["nearest"]


def test_beyond_the_region_nothing_is_measured(client: FlaskClient) -> None:
    found = client.get("/place?lon=10&lat=50").get_json()
    assert (found["in_region"], found["study_area"], found["nearest"], found["depth"]) == (False, False, [], 0)


@pytest.mark.parametrize("case", ["low", "mid", "high"])
def test_the_case_decides(client: FlaskClient, city: Catalog, case: str) -> None:
    found = told(client, city, 1000, 1750, case=case)
    assert found["depth"] == found["depth_by_case"][case] == (1 if case == "high" else 0)
    assert (found["gap"] is None) == (case == "high")


def test_places_are_covered_as_often_as_the_footprints_say(city: Catalog) -> None:
    """Asked at random, a place is covered by those whose drawn footprints hold it, but on a metre's rim."""
    analysis = analyse(city, city.question("posts", case=Case.HIGH))
    places = Places(city, analysis)
    shapes = analysis.footprints.to_numpy()
    asked = 0
    for x in range(50, 4000, 130):
        for y in range(70, 4000, 170):
            point = at(x, y)
            if shapely.distance(shapely.boundary(shapes), point).min() > 1.5:
                found = places.at(*lonlat(city, x, y))
                assert len(found.covering) == int(shapely.intersects(shapes, point).sum()), (x, y)
                asked += 1
    assert asked > 500


def test_a_question_of_ones_own_can_be_asked_too(client: FlaskClient, city: Catalog) -> None:
    own = client.post("/analyses", json={"question": "posts", "at": DAY, "range_m": 100}).get_json()["jobID"]
    assert told(client, city, 1000, 1150, question=f"analysis-{own}")["depth"] == 0
    assert told(client, city, 1000, 1090, question=f"analysis-{own}")["depth"] == 1


def test_a_page_is_to_be_had_and_the_same_answer_is_304(client: FlaskClient) -> None:
    address = "/place?lon=-74.0&lat=40.7"
    page = client.get(address, headers={"Accept": "text/html"})
    assert page.content_type.startswith("text/html")
    tag = client.get(address).headers["ETag"]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
