"""What is said of a derived collection before its question is answered holds of its features once it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flask import Flask

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog, open_catalog
from geoservice.collections import Collection, Library, Outline
from geoservice.question import Question
from geoservice.settings import Settings
from geoservice.vocabulary import Case
from geoservice.web import create_app
from geoservice.web.service import EXTENSION, Service

ANOTHER = """
[[question]]
id = "near"
title = { en = "Near a post" }
description = { en = "Land very near a post." }
assumption = { en = "Made up." }
theme = "facilities"
sources = [{ layer = "posts" }]
footprint = { range_m = { low = 100, mid = 200, high = 900 } }
zone_system = "borough"
depth_cap = 5

[[question]]
id = "nearer"
title = { en = "Nearer to a post" }
description = { en = "Land very near a post." }
assumption = { en = "Made up." }
theme = "facilities"
sources = [{ layer = "posts" }]
footprint = { range_m = { low = 100, mid = 300, high = 900 } }
zone_system = "borough"

[[difference]]
id = "nearness"
title = { en = "What nearness adds" }
description = { en = "Made up." }
before = { question = "near" }
after = { question = "nearer" }
"""


class AskedTooEarlyError(Exception):
    """An answer was asked for where a description must do without."""


def refuse(_: Question) -> Analysis:
    raise AskedTooEarlyError


@pytest.fixture
def larger_city(own_city: Path) -> Path:
    with (own_city / "region.toml").open("a", encoding="utf-8") as file:
        file.write(ANOTHER)
    return own_city


def assert_told_truly(outline: Outline, made: Collection) -> None:
    assert outline.count is None
    for name in ("id", "title", "description", "version", "interval", "queryables", "dimensions"):
        assert getattr(outline, name) == getattr(made, name), name
    assert list(outline.schema.items()) == list(made.schema.items())
    assert list(made.frame.columns) == [*made.schema, "geometry"]
    assert dict(outline.about).items() <= dict(made.about).items()
    assert outline.extent is not None
    assert made.extent is not None
    box, inner = np.array(outline.extent), np.array(made.extent)
    assert (box[:2] <= inner[:2]).all()
    assert (box[2:] >= inner[2:]).all()
    assert (np.abs(box - inner) < 0.2).all(), "a box that says something"


def told_and_made(catalog: Catalog, collection_id: str) -> None:
    blind, seeing = Library(catalog, refuse, 8), Library(catalog, lambda asked: analyse(catalog, asked), 8)
    units = ("cell", "zone") if collection_id.endswith(("-gaps", "-coverage")) else (None,)
    for pieces in units:
        made = seeing.get(collection_id, pieces=pieces)
        assert_told_truly(blind.outline(collection_id, pieces=pieces), made)
        again = seeing.outline(collection_id, pieces=pieces)
        assert again is made, "what is made is described from its features"
        assert again.count == len(made.frame)


def test_a_description_is_made_once(larger_city: Path) -> None:
    library = Library(open_catalog(larger_city), refuse, 8)
    for collection_id in library.ids:
        assert library.outline(collection_id) is library.outline(collection_id), collection_id
    cells, zones = (library.outline("near-gaps", pieces=pieces) for pieces in ("cell", "zone"))
    assert cells.schema != zones.schema
    low, high = (library.catalog.question("near", case=case) for case in (Case.LOW, Case.HIGH))
    assert library.outline("near-footprints", low).extent != library.outline("near-footprints", high).extent


@pytest.mark.soak
def test_every_derived_collection_of_a_city_is_foreseen_as_it_is(larger_city: Path) -> None:
    catalog = open_catalog(larger_city)
    derived = sorted(catalog.region.derived_ids)
    assert len(derived) == 3 * 4 + 2
    for collection_id in derived:
        told_and_made(catalog, collection_id)


@pytest.mark.parametrize(
    "suffix",
    [
        "zones",
        "footprints",
        pytest.param("gaps", marks=pytest.mark.soak),
        pytest.param("coverage", marks=pytest.mark.soak),
    ],
)
@pytest.mark.soak
def test_cameras_of_a_real_city_are_foreseen_as_they_are(hong_kong: Catalog, suffix: str) -> None:
    told_and_made(hong_kong, f"cameras-{suffix}")


def test_no_document_waits_for_an_answer(larger_city: Path) -> None:
    app: Flask = create_app(Settings.from_env({}, layers=larger_city))
    state: Service = app.extensions[EXTENSION]
    app.extensions[EXTENSION] = replace(state, library=Library(state.catalog, refuse, 8))
    client = app.test_client()
    ids = [one["id"] for one in client.get("/collections").get_json()["collections"]]
    assert {"posts-gaps", "near-zones", "nearness-changes"} <= set(ids)
    addresses = ["/api", "/collections", "/catalog.jsonld", "/tiles?collections=posts,posts-gaps"]
    for one in ids:
        own = f"/collections/{one}"
        tiles = f"{own}/tiles/WebMercatorQuad"
        addresses += [own, f"{own}/schema", f"{own}/queryables", f"{own}/sortables", f"{own}/tiles", tiles]
        addresses.append(f"{tiles}/tilejson.json")
    for address in addresses:
        for form in ("application/json", "text/html"):
            assert client.get(address, headers={"Accept": form}).status_code == 200, address
    with pytest.raises(AskedTooEarlyError):
        app.extensions[EXTENSION].library.get("posts-gaps")


def test_a_description_changes_with_its_tag_when_features_are_made(larger_city: Path) -> None:
    client = create_app(Settings.from_env({}, layers=larger_city)).test_client()
    before = client.get("/collections/near-gaps"), client.get("/collections")
    client.get("/collections/near-gaps/items")
    after = client.get("/collections/near-gaps"), client.get("/collections")
    assert before[0].get_json()["extent"]["temporal"] == after[0].get_json()["extent"]["temporal"]
    for early, late in zip(before, after, strict=True):
        assert early.headers["ETag"] != late.headers["ETag"]
        assert client.get(late.request.path, headers={"If-None-Match": late.headers["ETag"]}).status_code == 304
