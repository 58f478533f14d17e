"""GDAL as a client of features: pages, boxes, filters, systems, what is odd, a proxy, and downloads."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import urlopen

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from gdal_reader import opened
from odd_services import THINGS, Service, noting
from proxy import PREFIX, forwarding

from geoservice.settings import Settings
from geoservice.web import create_app


def items_asked(service: Service, collection_id: str) -> list[dict[str, list[str]]]:
    """Give the parameters of the requests for features; GDAL first asks for 20 to see what there is."""
    found = [urlsplit(one) for one in service.asked]
    asked = [parse_qs(one.query) for one in found if one.path == f"/collections/{collection_id}/items"]
    return [one for one in asked if one.get("limit") != ["20"] or "crs" in one]


def whole(service: Service, collection_id: str) -> gpd.GeoDataFrame:
    with urlopen(f"{service.root}/collections/{collection_id}.geojson") as response:  # noqa: S310 - our own address
        return gpd.GeoDataFrame.from_features(json.load(response)["features"], crs=4326)


def ids_of(service: Service, collection_id: str) -> list[str]:
    with urlopen(f"{service.root}/collections/{collection_id}.geojson") as response:  # noqa: S310 - our own address
        return [feature["id"] for feature in json.load(response)["features"]]


def test_all_features_come_once_over_several_pages(odd: Service, tmp_path: Path) -> None:
    found = opened(tmp_path, f"OAPIF:{odd.root}", "people", PAGE_SIZE="400")
    assert len(found) == found["id"].nunique() == 1520
    pages = items_asked(odd, "people")
    assert len(pages) == 4
    assert all("cursor" in page and page["limit"] == ["400"] for page in pages[1:])
    assert found["id"].tolist() == ids_of(odd, "people")
    wanted = whole(odd, "people")
    assert (
        found["weight" if "weight" in found else "people"].sum()
        == wanted["weight" if "weight" in wanted else "people"].sum()
    )
    assert shapely.equals_exact(found.geometry.to_numpy(), wanted.geometry.to_numpy(), 1e-9).all()


def test_a_box_is_asked_of_the_service(odd: Service, tmp_path: Path) -> None:
    bounds = [-73.99, 40.70, -73.98, 40.71]
    found = opened(tmp_path, f"OAPIF:{odd.root}", "people", bbox=bounds)
    (asked,) = items_asked(odd, "people")
    assert np.allclose([float(one) for one in asked["bbox"][0].split(",")], bounds)
    wanted = np.array(ids_of(odd, "people"))[whole(odd, "people").intersects(shapely.box(*bounds))]
    assert 0 < len(wanted) < 1520
    assert sorted(found["id"]) == sorted(wanted)


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ("count > 2", {"a.1", "b:3", "c"}),
        ("count = 3", {"a.1"}),
        ("name_en = 'Beta''s'", {"b:3"}),
        ("name_en LIKE 'beta%'", {"a.2.json"}),
        ("name_en ILIKE 'BETA%'", {"a.2.json", "b:3"}),
        ("NOT (count BETWEEN 2 AND 6) AND name_en IS NOT NULL", {"a.2.json", "b:3"}),
        ("valid_from IS NULL OR name_en = 'Älpha'", {"b:3", "a.1"}),
        ("valid_from >= '2021-06-30'", {"a.2.json", "c"}),
        ("valid_from = '2021/06/30'", {"a.2.json"}),
        ("valid_from < '2021-07-01T12:00:00'", {"a.1", "a.2.json"}),
    ],
)
def test_a_filter_is_asked_of_the_service(odd: Service, tmp_path: Path, where: str, wanted: set[str]) -> None:
    found = opened(tmp_path, f"OAPIF:{odd.root}", "things", where=where)
    assert set(found["id"]) == wanted
    (asked,) = items_asked(odd, "things")
    (condition,) = asked["filter"]
    with urlopen(f"{odd.root}/collections/things/items?filter-lang=cql-text&filter={quote(condition)}") as response:  # noqa: S310 - our own address
        assert {feature["id"] for feature in json.load(response)["features"]} == wanted


def test_another_system_comes_with_the_right_axes(city_service: Service, tmp_path: Path) -> None:
    here = opened(tmp_path, f"OAPIF:{city_service.root}", "police-stations")
    there = opened(tmp_path, f"OAPIF:{city_service.root}", "police-stations", CRS="EPSG:2326")
    assert items_asked(city_service, "police-stations")[-1]["crs"] == ["http://www.opengis.net/def/crs/EPSG/0/2326"]
    assert there.crs.to_epsg() == 2326
    to_grid = pyproj.Transformer.from_crs("OGC:CRS84", "EPSG:2326", always_xy=True).transform
    easting, northing = to_grid(here.geometry.x.to_numpy(), here.geometry.y.to_numpy())
    assert there["id"].tolist() == here["id"].tolist()
    assert np.allclose(there.geometry.x, easting, atol=0.15)
    assert np.allclose(there.geometry.y, northing, atol=0.15)
    assert there.geometry.x.between(800_000, 860_000).all()
    first = f"{city_service.root}/collections/police-stations/items?limit=1&crs=[EPSG:2326]"
    with urlopen(first) as response:  # noqa: S310 - our own address
        plain = json.load(response)["features"][0]["geometry"]["coordinates"]
    assert np.allclose(plain, [there.geometry.y.iloc[0], there.geometry.x.iloc[0]], atol=1e-3), "northing comes first"


def test_a_collection_without_features_is_empty_and_no_failure(odd: Service, tmp_path: Path) -> None:
    found = opened(tmp_path, f"OAPIF:{odd.root}", "nothing")
    assert len(found) == 0
    assert found.crs is not None


def test_a_feature_without_a_place_is_one(odd: Service, tmp_path: Path) -> None:
    found = opened(tmp_path, f"OAPIF:{odd.root}", "things").set_index("id")
    assert found.index.tolist() == list(THINGS)
    assert found.geometry.isna().to_dict() == {one: place is None for one, (place, *_) in THINGS.items()}


@pytest.mark.parametrize("feature_id", THINGS)
def test_one_feature_is_asked_for_by_its_id(odd: Service, tmp_path: Path, feature_id: str) -> None:
    (row,) = opened(tmp_path, f"OAPIF:{odd.root}", "things", where=f"id = '{feature_id}'").itertuples()
    assert (row.id, row.name_en, row.count) == (feature_id, THINGS[feature_id][1], THINGS[feature_id][2])
    assert f"/collections/things/items/{feature_id}?" in odd.asked


def test_behind_a_proxy_every_page_is_found_below_its_prefix(odd_folder: Path, tmp_path: Path) -> None:
    settings = Settings.from_env({"GEOSERVICE_TRUSTED_PROXIES": "1"}, layers=odd_folder)
    with noting(create_app(settings)) as service, forwarding(service.root, "localhost") as (address, seen):
        found = opened(tmp_path, f"OAPIF:{address}", "people", PAGE_SIZE="500", where="id <> 'x'")
        with urlopen(f"{address}/collections/people/items?limit=1") as response:  # noqa: S310 - our own address
            links = [link["href"] for link in json.load(response)["links"]]
    assert len(found) == found["id"].nunique() == 1520
    assert all(f"{path}/".startswith(f"{PREFIX}/") for path in seen)
    assert len(service.asked) == len([path for path in seen if path != PREFIX]), "somebody went past the proxy"
    assert len(items_asked(service, "people")) == 5, "four pages, and the one asked for here"
    assert all(link.startswith(f"{address}/") for link in links)


@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "geojson"])
def test_a_download_is_read(city_service: Service, tmp_path: Path, suffix: str) -> None:
    address = f"{city_service.root}/collections/districts.{suffix}"
    found = opened(tmp_path, f"GeoJSON:{address}" if suffix == "geojson" else address)
    wanted = whole(city_service, "districts").set_index("name_en").geometry
    assert len(found) == len(wanted) == 18
    assert found.crs is not None
    for name, shape in found.set_index("name_en").geometry.to_crs(4326).items():
        assert shape.symmetric_difference(wanted[name]).area < 1e-8
