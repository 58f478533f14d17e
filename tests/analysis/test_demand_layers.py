"""Several demands of one question, against an oracle of overlays written plainly in GeoPandas."""

from __future__ import annotations

import random
import shutil
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from city import CRS_FEET, at, feet, write_layer
from shapely.geometry import LineString, Point

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog, open_catalog
from geoservice.settings import Settings
from geoservice.web import create_app

DAY = date(2026, 6, 1)
LENGTH = 'columns = { id = "code" }\nweight = "length"'


def write_streets(folder: Path, more: str = LENGTH, count: int = 120) -> gpd.GeoDataFrame:
    """Write random bent streets in feet, also beyond the city; give them in metres of the plane."""
    dice = random.Random(5)  # noqa: S311 - streets of a made-up city
    bends = [[(dice.uniform(-300, 4300), dice.uniform(-300, 4300)) for _ in range(3)] for _ in range(count)]
    ids = [f"s{i}" for i in range(count)]
    path = write_layer(folder, "streets", "demand", "streets.gpkg", more)
    lines = [LineString([feet(x, y) for x, y in line]) for line in bends]
    gpd.GeoDataFrame({"code": ids}, geometry=lines, crs=CRS_FEET).to_file(path / "streets.gpkg")
    return gpd.GeoDataFrame({"code": ids}, geometry=[LineString([at(*p) for p in line]) for line in bends])


def write_incidents(folder: Path) -> None:
    dice = random.Random(6)  # noqa: S311 - as above
    places = [Point(feet(dice.uniform(0, 4000), dice.uniform(0, 4000))) for _ in range(300)]
    path = write_layer(folder, "incidents", "demand", "incidents.gpkg", 'weight = { en = "Incidents" }')
    gpd.GeoDataFrame({"n": range(300)}, geometry=places, crs=CRS_FEET).to_file(path / "incidents.gpkg")


def opened(folder: Path, demand: str) -> Catalog:
    region = folder / "region.toml"
    region.write_text(
        region.read_text(encoding="utf-8").replace('demand = ["people"]', f"demand = {demand}"), encoding="utf-8"
    )
    return open_catalog(folder)


def spread(demand: gpd.GeoDataFrame, ground: gpd.GeoDataFrame) -> dict[str, float]:
    """Cut weighted features to the grounds of an id each and add their weight up by length, area or number."""
    kind = demand.geom_type.iloc[0]
    measure = {"Point": lambda f: np.ones(len(f)), "LineString": lambda f: f.length, "Polygon": lambda f: f.area}[kind]
    whole = demand.assign(whole=measure(demand))
    cut = gpd.overlay(whole, ground[["key", "geometry"]], how="intersection", keep_geom_type=True)
    part = {"Point": lambda f: np.ones(len(f)), "LineString": lambda f: f.length, "Polygon": lambda f: f.area}[kind]
    cut["part"] = cut["w"] * part(cut) / cut["whole"]
    found: dict[str, float] = cut.groupby("key")["part"].sum().to_dict()
    return found


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, city_folder: Path) -> tuple[Catalog, Analysis]:
    folder = Path(shutil.copytree(city_folder, tmp_path_factory.mktemp("demand") / "feetville"))
    write_streets(folder)
    write_incidents(folder)
    catalog = opened(folder, '["streets", "people", "incidents"]')
    assert catalog.open_problems == ()
    return catalog, analyse(catalog, catalog.question("posts", at=DAY))


def weighted(catalog: Catalog, layer: str) -> gpd.GeoDataFrame:
    frame = catalog.layers[layer].placed
    weight = frame.length if layer == "streets" else frame["weight"].astype(float)
    return gpd.GeoDataFrame({"w": weight}, geometry=frame.geometry, crs=frame.crs)


@pytest.mark.parametrize(
    ("layer", "column"),
    [("streets", "demand_share"), ("people", "demand_share:people"), ("incidents", "demand_share:incidents")],
)
def test_the_covered_share_of_each_demand_is_that_of_a_plain_overlay(
    asked: tuple[Catalog, Analysis], layer: str, column: str
) -> None:
    catalog, found = asked
    zones = found.zones.assign(key=found.zones["zone_id"])
    covered = zones.set_geometry(zones.geometry.intersection(found.footprints.union_all()))
    demand = weighted(catalog, layer)
    total, reached = spread(demand, zones), spread(demand, covered[~covered.is_empty])
    expected = [reached.get(zone, 0) / total[zone] for zone in zones["zone_id"]]
    assert found.zones[column].tolist() == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_uncovered_street_length_of_each_gap_is_that_of_a_plain_overlay_and_ranks_it(
    asked: tuple[Catalog, Analysis],
) -> None:
    catalog, found = asked
    gaps = found.gaps.assign(key=found.gaps["id"])
    expected = spread(weighted(catalog, "streets"), gaps)
    assert gaps["uncovered_demand"].tolist() == pytest.approx([expected.get(g, 0) for g in gaps["id"]], abs=1e-5)
    assert gaps["uncovered_demand"].is_monotonic_decreasing
    assert gaps["rank"].tolist() == list(range(1, len(gaps) + 1))
    order = gaps.sort_values(
        ["uncovered_demand", "circle_radius_m", "gap_area_m2", "id"], ascending=[False] * 3 + [True]
    )
    assert order["rank"].tolist() == gaps["rank"].tolist()


def test_the_length_of_a_street_is_in_metres_of_the_plane(own_city: Path) -> None:
    streets = write_streets(own_city, count=10)
    placed = open_catalog(own_city).layers["streets"].placed
    assert placed.length.tolist() == pytest.approx(streets.length.tolist(), rel=1e-6)


def test_every_demand_is_named_with_its_date(asked: tuple[Catalog, Analysis]) -> None:
    note = asked[1].demand_note
    assert note.en == ("Demand: streets, as of 2026-01-01; people, as of 2026-01-01; incidents, as of 2026-01-01.")
    assert all(layer in note.within("zh") for layer in ("streets", "people", "incidents"))


def test_further_demands_stand_on_the_page_and_in_the_file(asked: tuple[Catalog, Analysis]) -> None:
    client = create_app(Settings.from_env({}, layers=asked[0].path)).test_client()
    page = client.get("/zones", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "Demand covered: incidents" in page
    heading = client.get("/zones.csv").get_data(as_text=True).splitlines()[0]
    assert "demand_share:people" in heading


def test_lines_without_a_weight_count_one_each(own_city: Path) -> None:
    write_streets(own_city, 'columns = { id = "code" }\nweight = { en = "Streets" }')
    assert set(open_catalog(own_city).layers["streets"].placed["weight"]) == {1.0}


def test_areas_without_a_weight_are_refused(own_city: Path) -> None:
    toml = 'columns = { id = "cell" }\nweight = { en = "People" }'
    write_layer(own_city, "people", "demand", "people.gpkg", toml)
    problem = open_catalog(own_city).broken["people"].problem
    assert (problem.code, problem.file, problem.field) == ("missing-weight", "layer.toml", "columns.weight")


def test_what_is_no_line_has_no_length_to_weigh_by(own_city: Path) -> None:
    path = write_layer(own_city, "streets", "demand", "streets.gpkg", LENGTH)
    shapes = [LineString([feet(0, 0), feet(100, 0)]), Point(feet(5, 5))]
    gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=shapes, crs=CRS_FEET).to_file(path / "streets.gpkg")
    layer = open_catalog(own_city).layers["streets"]
    assert list(layer.features["id"]) == ["a"]
    assert [(p.code, p.row, p.feature_id) for p in layer.problems] == [("wrong-geometry", 2, "b")]
    assert layer.set_aside["row"].tolist() == [2]


@pytest.mark.parametrize(
    ("role", "toml"),
    [("demand", 'columns = { id = "code", weight = "code" }\nweight = "length"'), ("candidate", 'weight = "length"')],
)
def test_length_is_a_weight_for_demand_without_another(own_city: Path, role: str, toml: str) -> None:
    write_streets(own_city, count=2)
    write_layer(own_city, "streets", role, "streets.gpkg", toml)
    assert open_catalog(own_city).broken["streets"].problem.code == "bad-field"
