"""A service of 200 collections: every document that lists them, and a client that pages through them all."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from city import write_city, write_layer
from flask.testing import FlaskClient

from geoservice.settings import Settings
from geoservice.web import create_app

pytestmark = pytest.mark.soak

MANY, PLACES = 200, 5
MOST_HEADER_BYTES = 8_000
"""What common servers and proxies take of one header."""


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Feetville with many small layers of places."""
    folder = write_city(tmp_path_factory.mktemp("many") / "city")
    for number in range(MANY):
        made = write_layer(
            folder,
            f"layer-{number:03}",
            "facility",
            "places.geojson",
            'columns = { id = "code" }\ndefaults = { kind = "place", status = "operating" }',
            title=f"Layer {number}",
        )
        features = [
            {
                "type": "Feature",
                "properties": {"code": f"{number}-{place}", "size": place},
                "geometry": {"type": "Point", "coordinates": [-73.99 + number / 10_000, 40.70 + place / 1_000]},
            }
            for place in range(PLACES)
        ]
        document = {"type": "FeatureCollection", "features": features}
        (made / "places.geojson").write_text(json.dumps(document), encoding="utf-8")
    settings = Settings.from_env({}, layers=folder, default_limit=2)
    return create_app(settings).test_client(use_cookies=False)


def test_many_collections_are_listed_described_and_read_to_the_end(
    crowd: FlaskClient, conforms: Callable[[str, Any], None]
) -> None:
    listed = crowd.get("/collections").get_json()
    conforms("collections.json", listed)
    made = [one for one in listed["collections"] if one["id"].startswith("layer-")]
    assert len(made) == MANY
    paths = crowd.get("/api").get_json(force=True)["paths"]
    catalog = crowd.get("/catalog.jsonld").get_data(as_text=True)
    for one in made:
        assert f"/collections/{one['id']}/items" in paths
        assert f"/collections/{one['id']}" in catalog
        (address,) = (link["href"] for link in one["links"] if link["rel"] == "items" and "geo+json" in link["type"])
        assert read(crowd, address) == [f"{int(one['id'][-3:])}-{place}" for place in range(PLACES)]
    for address in ("/", "/collections", "/api", "/layers", "/tiles", "/map"):
        for accepted in ("text/html", "application/json"):
            answer = crowd.get(address, headers={"Accept": accepted})
            assert answer.status_code == 200, address
            assert max(len(value) for _, value in answer.headers) < MOST_HEADER_BYTES, address


def read(client: FlaskClient, address: str) -> list[str]:
    """Follow the pages of a collection to the end, as QGIS does, and give the ids."""
    found: list[str] = []
    following: str | None = address
    while following is not None:
        parts = urlsplit(following)
        body = client.get(f"{parts.path}?{parts.query}").get_json(force=True)
        found += [feature["id"] for feature in body["features"]]
        following = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
    return found


def test_one_of_many_collections_is_found_at_once(crowd: FlaskClient) -> None:
    one = crowd.get(f"/collections/layer-{MANY - 1:03}/items?size=3").get_json(force=True)
    assert [feature["id"] for feature in one["features"]] == [f"{MANY - 1}-3"]
    named = ",".join(f"layer-{number:03}" for number in range(MANY))
    refused = crowd.get(f"/tiles/WebMercatorQuad/0/0/0?collections={named}")
    assert refused.status_code == 400
    assert "'collections'" in refused.get_json()["description"]
