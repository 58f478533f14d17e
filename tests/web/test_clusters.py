"""Collections far out and by piece, as a client sees them: clusters, footprints, pieces, and what is made up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from geoservice.collections import Collection
from geoservice.settings import Settings
from geoservice.web import create_app

LAST_ZOOM = 24
BOXES = [
    pytest.param("", id="all"),
    pytest.param("113.8,22.1,114.5,22.6", id="the region"),
    pytest.param("114.15,22.27,114.2,22.33", id="the harbour"),
    pytest.param("114.1694,22.3193,114.1694,22.3193", id="a point"),
    pytest.param("114.17,22.1,-170,22.6", id="across the antimeridian"),
    pytest.param("0,0,1,1", id="nowhere near"),
]


@pytest.fixture(scope="module")
def service(hong_kong_app: Flask) -> FlaskClient:
    return hong_kong_app.test_client()


def get(client: FlaskClient, address: str) -> dict[str, Any]:
    response = client.get(address)
    assert response.status_code == 200, response.get_data(as_text=True)
    body: dict[str, Any] = response.get_json(force=True)
    return body


def everything(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """Follow the pages of a collection to the end."""
    found: list[dict[str, Any]] = []
    mark = "&" if "?" in address else "?"
    while True:
        body = get(client, f"{address}{mark}limit=1000&offset={len(found)}")
        found += body["features"]
        if len(found) >= body["numberMatched"]:
            return found


# ------------------------------------------------------------------ clusters


@pytest.mark.parametrize("bbox", BOXES)
@pytest.mark.parametrize("layer", ["smartview-plan-2024", "police-stations", "districts"])
def test_clusters_add_up_to_what_matches_at_every_zoom(service: FlaskClient, layer: str, bbox: str) -> None:
    box = f"bbox={bbox}" if bbox else ""
    matched = get(service, f"/collections/{layer}/items?limit=1&{box}")["numberMatched"]
    counts = []
    for zoom in range(LAST_ZOOM + 1):
        found = get(service, f"/collections/{layer}/clusters?zoom={zoom}&{box}")["features"]
        assert sum(f["properties"]["count"] for f in found) == matched
        assert all(f["properties"]["count"] >= 1 for f in found)
        counts.append(len(found))
    assert counts == sorted(counts)
    assert counts[-1] <= matched


def test_clusters_stand_where_their_features_are(service: FlaskClient) -> None:
    """By hand: cells of a quarter of a tile in the web's projection, the mean of the places in each."""
    zoom = 12
    features = everything(service, "/collections/traffic-cameras/items")
    points = gpd.GeoSeries([shapely.geometry.shape(f["geometry"]) for f in features], crs="OGC:CRS84")
    plane = points.to_crs(3857)
    side = 2 * 20037508.342789244 / (4 * 2**zoom)
    frame = pd.DataFrame({"row": -plane.y // side, "column": plane.x // side, "lon": points.x, "lat": points.y, "n": 1})
    cells = frame.groupby(["row", "column"]).agg({"lon": "mean", "lat": "mean", "n": "sum"})
    expected = list(cells.itertuples(index=False, name=None))
    found = get(service, f"/collections/traffic-cameras/clusters?zoom={zoom}")["features"]
    told = [(*f["geometry"]["coordinates"], f["properties"]["count"]) for f in found]
    assert len(told) > 50
    assert told == [pytest.approx(one, abs=2e-7) for one in expected]
    assert [f["id"] for f in found] == list(range(len(found)))


def test_clusters_of_a_box_count_only_what_is_in_it(service: FlaskClient) -> None:
    west, south, east, north = box = (114.15, 22.27, 114.2, 22.33)
    address = f"/collections/traffic-cameras/clusters?zoom=24&bbox={','.join(map(str, box))}"
    for feature in get(service, address)["features"]:
        lon, lat = feature["geometry"]["coordinates"]
        assert west <= lon <= east
        assert south <= lat <= north


def test_records_without_a_position_are_in_no_cluster(service: FlaskClient) -> None:
    assert get(service, "/collections/drone-bases/items")["numberMatched"] == 4
    assert get(service, "/collections/drone-bases/clusters?zoom=10")["features"] == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "zoom"),
        ("zoom=", "zoom"),
        ("zoom=99", "zoom"),
        ("zoom=25", "zoom"),
        ("zoom=-1", "zoom"),
        ("zoom=1.5", "zoom"),
        ("zoom=abc", "zoom"),
        ("zoom=5&zoom=6", "zoom"),
        ("zoom=5&bbox=1,2,3", "bbox"),
        ("zoom=5&bbox=a,b,c,d", "bbox"),
        ("zoom=5&bbox=0,10,1,5", "bbox"),
        ("zoom=5&bbox=nan,0,1,1", "bbox"),
        ("zoom=5&limit=10", "limit"),
        ("zoom=5&case=low", "case"),
    ],
)
def test_a_wrong_parameter_of_clusters_is_named(service: FlaskClient, query: str, name: str) -> None:
    response = service.get(f"/collections/police-stations/clusters?{query}")
    assert response.status_code == 400
    assert f"'{name}'" in response.get_json()["description"]


def test_no_more_clusters_are_given_than_a_map_shows(service: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoservice.collections.collection.MOST_CLUSTERS", 20)
    address = "/collections/traffic-cameras/clusters"
    refused = service.get(f"{address}?zoom=24", headers={"Accept-Language": "zh"})
    assert refused.status_code == 400
    assert "\u6700\u591a 20 \u500b" in refused.get_json()["description"]
    assert "'zoom' cannot be '24'" in service.get(f"{address}?zoom=24").get_json()["description"]
    lon, lat = get(service, "/collections/traffic-cameras/items?limit=1")["features"][0]["geometry"]["coordinates"]
    for less in ("zoom=7", f"zoom=24&bbox={lon - 0.0005},{lat - 0.0005},{lon + 0.0005},{lat + 0.0005}"):
        assert 0 < len(get(service, f"{address}?{less}")["features"]) <= 20


def test_clusters_are_not_gathered_for_who_has_them(service: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    address = "/collections/traffic-cameras/clusters?zoom=9"
    tag = service.get(address).headers["ETag"]
    monkeypatch.setattr(Collection, "clusters", lambda *_: pytest.fail("gathered again"))
    assert service.get(address, headers={"If-None-Match": tag}).status_code == 304


# ------------------------------------------------------------------ footprints


@pytest.mark.parametrize(
    ("question", "layers", "range_m", "assumed"),
    [
        ("stations", ["police-stations", "reporting-centres"], 1000, "range_m"),
        pytest.param(
            "cameras",
            ["traffic-cameras"],
            60,
            "bearing_deg, view_angle_deg, range_m, nearest_m",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            "cameras-plan-2024",
            ["smartview-plan-2024"],
            60,
            "position, bearing_deg, view_angle_deg, range_m, nearest_m",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_each_source_has_its_footprint_within_range_of_it(
    service: FlaskClient, hong_kong: Any, question: str, layers: list[str], range_m: float, assumed: str
) -> None:
    found = everything(service, f"/collections/{question}-footprints/items")
    ids = [f["id"] for f in found]
    assert len(set(ids)) == len(ids)
    zones = get(service, f"/collections/{question}-zones/items?limit=100")["features"]
    inside = sum(f["properties"]["sources_inside"] for f in zones)
    assert inside == sum(f["properties"]["zone_id"] is not None for f in found)
    assert {f["properties"]["layer"] for f in found} == set(layers)
    assert {f["properties"]["assumed"] for f in found} == {assumed}
    sources = {f"{layer}:{f['id']}": f for layer in layers for f in everything(service, f"/collections/{layer}/items")}
    assert set(ids) <= set(sources)
    if question != "stations":
        assert set(ids) == {key for key, f in sources.items() if f["geometry"] is not None}
    nowhere = [f["properties"] for f in found if f["geometry"] is None]
    assert all(told["area_m2"] == 0 and told["zone_id"] is None and question == "stations" for told in nowhere)
    found = [f for f in found if f["geometry"] is not None]
    ids = [f["id"] for f in found]
    crs = hong_kong.working.crs
    shapes = gpd.GeoSeries([shapely.geometry.shape(f["geometry"]) for f in found], crs="OGC:CRS84").to_crs(crs)
    places = gpd.GeoSeries([shapely.geometry.shape(sources[i]["geometry"]) for i in ids], crs="OGC:CRS84").to_crs(crs)
    assert (shapes.hausdorff_distance(places) <= range_m + 1.1).all()
    told = [f["properties"]["area_m2"] for f in found]
    assert shapes.area.tolist() == pytest.approx(told, rel=1e-3)


# ------------------------------------------------------------------ pieces, day and case


@pytest.mark.parametrize("question", ["stations", pytest.param("cameras-plan-2024", marks=pytest.mark.soak)])
@pytest.mark.parametrize(("part", "field"), [("coverage", "covered_area_m2"), ("gaps", "gap_area_m2")])
def test_pieces_by_cell_and_by_zone_add_up_to_the_same(
    service: FlaskClient, question: str, part: str, field: str
) -> None:
    totals = []
    for pieces in ("cell", "zone"):
        sums: dict[str, float] = {}
        features = everything(service, f"/collections/{question}-{part}/items?pieces={pieces}")
        assert all((f["id"].count(".") == 2) is (pieces == "cell") for f in features)
        for feature in features:
            zone = feature["properties"]["zone_id"]
            if zone is not None:
                sums[zone] = sums.get(zone, 0.0) + feature["properties"][field]
        totals.append(sums)
    cell, zone = totals
    assert cell == pytest.approx(zone, abs=1.0)
    figures = everything(service, f"/collections/{question}-zones/items")
    assert zone == pytest.approx({f["id"]: f["properties"][field] for f in figures if f["id"] in zone}, rel=1e-4)
    assert len(zone) == 18


@pytest.mark.parametrize("part", ["coverage", "gaps"])
@pytest.mark.parametrize("pieces", ["foo", "", "Cell"])
def test_pieces_of_another_kind_are_refused(service: FlaskClient, part: str, pieces: str) -> None:
    response = service.get(f"/collections/stations-{part}/items?pieces={pieces}")
    assert response.status_code == 400
    assert "'pieces'" in response.get_json()["description"]
    assert "cell, zone" in response.get_json()["description"]


@pytest.mark.soak
def test_the_case_and_the_day_change_footprints_clusters_and_coverage(service: FlaskClient) -> None:
    areas = [
        get(service, f"/collections/stations-footprints/items?limit=1&case={case}")["features"][0]["properties"][
            "area_m2"
        ]
        for case in ("low", "mid", "high")
    ]
    assert areas == sorted(set(areas))
    before = "at=2024-06-29"
    assert get(service, f"/collections/cameras-plan-2024-footprints/items?{before}")["numberMatched"] == 0
    assert get(service, f"/collections/cameras-plan-2024-footprints/clusters?zoom=9&{before}")["features"] == []
    assert get(service, f"/collections/cameras-plan-2024-coverage/items?{before}")["numberMatched"] == 0
    first = "at=2024-06-30"
    assert get(service, f"/collections/cameras-plan-2024-footprints/items?limit=1&{first}")["numberMatched"] == 1607


# ------------------------------------------------------------------ what is made up


@pytest.mark.soak
def test_what_is_illustrative_is_said_in_every_document_and_what_is_not_is_not(service: FlaskClient) -> None:
    listed = get(service, "/collections")["collections"]
    made_up = {c["id"] for c in listed if "plan-2024" in c["id"]}
    assert len(made_up) == 5
    for one in listed:
        address = f"/collections/{one['id']}"
        if "illustrative" in one["about"]:
            assert one["about"]["illustrative"] is (one["id"] in made_up)
        assert (get(service, address)["about"].get("illustrative") is True) is (one["id"] in made_up)
        page = get(service, f"{address}/items?limit=1")
        assert (page.get("illustrative") is True) is (one["id"] in made_up)
        if page["features"]:
            single = get(service, f"{address}/items/{page['features'][0]['id']}")
            assert (single.get("illustrative") is True) is (one["id"] in made_up)


def test_each_feature_of_a_plan_says_that_it_is_illustrative(service: FlaskClient) -> None:
    features = everything(service, "/collections/smartview-plan-2024/items")
    assert len(features) == 1607
    assert {str(f["properties"]["illustrative"]).lower() for f in features} == {"true"}


def test_a_question_that_nobody_can_answer_is_told_with_the_layers_and_counted_in_the_health(own_city: Path) -> None:
    region = own_city / "region.toml"
    text = region.read_text(encoding="utf-8")
    region.write_text(text.replace('sources = [{ layer = "posts" }]', 'sources = [{ layer = "wards" }]'), "utf-8")
    client = create_app(Settings.from_env({}, layers=own_city)).test_client()
    assert get(client, "/healthz")["open_problems"] == 1
    page = client.get("/layers", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "its role is zone" in page
