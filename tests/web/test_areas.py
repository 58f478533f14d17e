"""Areas that are drawn or uploaded: measured as zones are, in every format, kept for a while."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import pytest
import shapely
from city import at
from flask.testing import FlaskClient

from geoservice.analysis import Areas, analyse
from geoservice.catalog import Catalog
from geoservice.formats.downloads import DOWNLOADS
from geoservice.question import Question
from geoservice.vocabulary import Case

DAY = "2026-01-01"
SAME = (
    "covered_area_m2",
    "gap_area_m2",
    "covered_share",
    "covered_share_low",
    "covered_share_high",
    "covered_share_2",
    "covered_share_3",
    "largest_single_loss_m2",
    "largest_single_loss_id",
    "sources_inside",
    "demand_share",
)


def ground(city: Catalog, west: float, south: float, east: float, north: float) -> gpd.GeoSeries:
    """A box, in metres from the corner of the city, in longitude and latitude, its sides of many corners to be true."""
    corners = [at(west, south), at(east, north)]
    shape = shapely.segmentize(shapely.box(corners[0].x, corners[0].y, corners[1].x, corners[1].y), 100)
    return city.working.to_lonlat(gpd.GeoSeries([shape], crs=city.working.crs))


def measured(client: FlaskClient, content: Any, status: int = 201, **query: str) -> dict[str, Any]:
    data = content if isinstance(content, bytes) else shapely.to_geojson(content).encode()
    response = client.post(
        "/areas", data=data, content_type="application/octet-stream",
        query_string={"question": "posts", "at": DAY, **query},
    )  # fmt: skip
    assert response.status_code == status, response.text
    document: dict[str, Any] = response.get_json()
    assert response.headers["Location"] == document["links"][0]["href"]
    return document


@pytest.mark.parametrize("case", ["low", "mid", "high"])
def test_the_outline_of_a_zone_has_the_figures_of_the_zone(client: FlaskClient, case: str) -> None:
    """Coordinates are written to a centimetre, and neighbours lie across the river or along a straight border."""
    zones = client.get(f"/collections/posts-zones/items?at={DAY}&case={case}").get_json()["features"]
    assert len(zones) == 4
    for zone in zones:
        found = measured(client, json.dumps(zone["geometry"]).encode(), case=case)["figures"]
        assert found["area_m2"] == pytest.approx(zone["properties"]["zone_area_m2"], rel=1e-5)
        for name in SAME:
            wanted = zone["properties"][name]
            assert found[name] == (pytest.approx(wanted, rel=1e-4, abs=1e-5) if isinstance(wanted, float) else wanted)


@pytest.mark.parametrize("question", ["stations", "cameras"])
@pytest.mark.soak
def test_exactly_so_where_nothing_is_rounded(hong_kong: Catalog, question: str) -> None:
    analysis = analyse(hong_kong, hong_kong.question(question))
    areas = Areas(hong_kong, analysis)
    for zone in analysis.zones.itertuples():
        found = areas.measure(zone.geometry)
        assert found is not None
        assert found.covered_area_m2 == pytest.approx(zone.covered_area_m2, rel=1e-9)
        assert found.covered_share[Case.LOW] == pytest.approx(zone.covered_share_low, rel=1e-9)
        assert found.covered_share[Case.HIGH] == pytest.approx(zone.covered_share_high, rel=1e-9)
        assert found.at_least[1:] == pytest.approx((zone.covered_share_2, zone.covered_share_3), rel=1e-9, abs=1e-12)
        assert found.largest_single_loss_m2 == pytest.approx(zone.largest_single_loss_m2, rel=1e-9)
        assert found.sources_inside == zone.sources_inside
        assert abs(found.outside_m2) < 1e-3


def test_parts_of_several_zones_add_up(client: FlaskClient, city: Catalog) -> None:
    """A box over the river and all wards: 200 m of its width lie in no zone."""
    found = measured(client, ground(city, 900, 1500, 3100, 2500).iloc[0])
    assert [zone["zone_id"] for zone in found["zones"]] == ["NE", "NW", "SE", "SW"]
    figures = found["figures"]
    assert figures["area_m2"] == pytest.approx(2_000 * 1_000, rel=1e-6)
    assert figures["outside_m2"] == pytest.approx(200 * 1_000, rel=1e-6)
    for name in ("area_m2", "covered_area_m2", "gap_area_m2"):
        assert sum(zone[name] for zone in found["zones"]) == pytest.approx(figures[name], rel=1e-9)
    assert figures["covered_area_m2"] + figures["gap_area_m2"] == pytest.approx(figures["area_m2"])
    assert figures["zones"] == "NE, NW, SE, SW"


def test_people_are_counted_where_they_live(client: FlaskClient, city: Catalog) -> None:
    """A hectare holds 10 people in the west and 30 in the east, spread evenly."""
    found = measured(client, ground(city, 1400, 500, 2600, 1500).iloc[0])
    (people,) = found["demand"]
    assert people["total"] == pytest.approx(50 * 10 + 50 * 30, rel=1e-4)
    west, east = (zone["covered_area_m2"] / 1e4 for zone in reversed(found["zones"]))
    assert people["covered"] == pytest.approx(west * 10 + east * 30, rel=1e-3)
    assert found["figures"]["demand_share"] == people["share"] == pytest.approx(people["covered"] / people["total"])


def test_an_area_smaller_than_its_demand_has_no_share_of_it(client: FlaskClient, city: Catalog) -> None:
    assert measured(client, ground(city, 1010, 1010, 1060, 1060).iloc[0])["demand"] == []


def formats(shape: gpd.GeoSeries, city: Catalog, folder: Path) -> dict[str, bytes]:
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=shape.to_numpy(), crs="EPSG:4326")
    for end in ("gpkg", "kml", "geojson"):
        frame.to_file(folder / f"area.{end}", driver={"gpkg": "GPKG", "kml": "KML", "geojson": "GeoJSON"}[end])
    frame.to_crs(city.working.crs).to_file(folder / "plane.shp")
    frame.to_crs("EPSG:3857").to_file(folder / "mercator.gpkg", layer="one")
    gpd.GeoDataFrame(geometry=shape.to_numpy(), crs="EPSG:4326").to_file(folder / "two.gpkg", layer="a")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.glob("plane.*"):
            archive.write(path, f"deep/{path.name}")
        archive.writestr("__MACOSX/deep/._plane.shp", b"x")
    kmz = io.BytesIO()
    with zipfile.ZipFile(kmz, "w") as archive:
        archive.write(folder / "area.kml", "doc.kml")
    old = json.loads((folder / "area.geojson").read_bytes())
    old["features"][0]["geometry"] = json.loads(shapely.to_geojson(shape.to_crs("EPSG:3857").iloc[0]))
    old["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    read = {path.name: path.read_bytes() for path in (*folder.glob("*.gpkg"), *folder.glob("area.*"))}
    return {**read, "shapefile": packed.getvalue(), "kmz": kmz.getvalue(), "2008": json.dumps(old).encode()}


def test_every_format_is_read_alike(client: FlaskClient, city: Catalog, tmp_path: Path) -> None:
    shape = ground(city, 400, 500, 1400, 1500)
    found = {name: measured(client, data)["figures"] for name, data in formats(shape, city, tmp_path).items()}
    assert len(found) == 8
    for name, figures in found.items():
        assert figures["area_m2"] == pytest.approx(1e6, rel=1e-5), name
        assert figures["covered_share"] == pytest.approx(found["area.geojson"]["covered_share"], rel=1e-5), name


def test_it_is_kept_with_all_its_files(client: FlaskClient, city: Catalog, tmp_path: Path) -> None:
    made = measured(client, ground(city, 400, 500, 1400, 1500).iloc[0])
    again = client.get(f"/areas/{made['id']}").get_json()
    assert {**again, "expires": ""} == {**made, "expires": ""}
    assert again["expires"] >= made["expires"]
    page = client.get(f"/areas/{made['id']}", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    for suffix in DOWNLOADS:
        assert client.get(f"/areas/{made['id']}.{suffix}").status_code == 200, suffix
    file = client.get(f"/areas/{made['id']}.gpkg")
    (tmp_path / "a.gpkg").write_bytes(file.data)
    frame = pyogrio.read_dataframe(tmp_path / "a.gpkg")
    assert frame["covered_share"].iloc[0] == pytest.approx(made["figures"]["covered_share"])
    assert frame.to_crs(city.working.crs).area.iloc[0] == pytest.approx(1e6, rel=1e-5)
    table = client.get(f"/areas/{made['id']}.csv").data.decode("utf-8-sig").splitlines()
    assert len(table) == 2
    assert "covered_share_low" in table[0]
    assert client.delete(f"/areas/{made['id']}").status_code == 204
    assert client.get(f"/areas/{made['id']}").status_code == 404


def test_the_same_area_has_one_address_for_each_question(client: FlaskClient, city: Catalog) -> None:
    shape = ground(city, 400, 500, 1400, 1500).iloc[0]
    first, second = (measured(client, shape)["id"] for _ in range(2))
    other = measured(client, shape, case="low")["id"]
    assert first == second != other


def test_several_polygons_are_one_area(client: FlaskClient, city: Catalog) -> None:
    parts = [ground(city, 400, 500, 1400, 1500).iloc[0], ground(city, 900, 500, 1800, 1500).iloc[0]]
    found = measured(client, shapely.GeometryCollection(parts))
    assert found["figures"]["area_m2"] == pytest.approx(1.4e6, rel=1e-5)


def test_areas_do_not_depend_on_how_many_sources_are_far_away(city: Catalog) -> None:
    """A whole borough is measured alike alone and as two halves."""
    question: Question = city.question("posts", case=Case.HIGH)
    areas = Areas(city, analyse(city, question))
    west, middle, south, north = at(0, 0).x, at(0, 1700).y, at(0, 0).y, at(0, 4000).y
    halves = [
        areas.measure(shapely.box(west, low, west + 1900, high)) for low, high in ((south, middle), (middle, north))
    ]
    whole = areas.measure(shapely.box(west, south, west + 1900, north))
    assert whole is not None
    assert sum(half.covered_area_m2 for half in halves if half) == pytest.approx(whole.covered_area_m2, rel=1e-9)
