"""Answers read from the disk are those that were computed, to the last bit, and only of the same data and code."""

from __future__ import annotations

import importlib
import logging
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from city import POSTS_MANIFEST, feet, write_csv, write_layer
from same import assert_same, bits
from tables import table_toml

import geoservice
from geoservice.analysis import Analysis, Comparison, KeptAnswers, analyse, compare, kept_answers
from geoservice.analysis.kept_answers import ANSWERS, COMPARISONS, GROUNDS, answer_key, layers_read, software
from geoservice.cache import DiskCache
from geoservice.cache.disk import MB
from geoservice.catalog import Catalog, Layer, open_catalog
from geoservice.errors import QuestionError
from geoservice.question import Question, ZoneWeight
from geoservice.settings import Settings
from geoservice.vocabulary import Case, Role
from geoservice.web import create_app

DAY = date(2026, 11, 20)
MORE = """
[[question]]
id = "seen"
title = { en = "Seen" }
description = { en = "Seen by a camera." }
assumption = { en = "As the layer states." }
theme = "cameras"
sources = [{ layer = "eyes" }]
footprint = { model = "field_of_view" }
zone_system = "ward"
depth_cap = 5
zone_weight = { layer = "crime", attribute = "cases" }

[[question]]
id = "closed-posts"
title = { en = "Nothing reaches" }
description = { en = "No post is closed." }
assumption = { en = "As above." }
theme = "facilities"
sources = [{ layer = "posts" }]
statuses = ["closed"]
footprint = { range_m = { low = 300, mid = 600, high = 900 } }
zone_system = "borough"

[[difference]]
id = "later"
title = { en = "Later" }
description = { en = "With all cameras." }
before = { question = "seen", at = 2025-12-31 }
after = { question = "seen", at = 2026-12-31 }
"""
EYES = """
columns = { id = "id", bearing_deg = "dir", range_m = "range", valid_from = "since" }
defaults = { status = "operating" }
[camera]
north = "true"
range_m = { low = 40, mid = 60, high = 90 }
view_angle_deg = { low = 60, mid = 90, high = 120 }
nearest_m = { low = 0, mid = 2, high = 5 }
assumption = { en = "Assumed." }
[position]
easting = "x"
northing = "y"
grid_crs = "EPSG:2263"
"""
CASES = '[[attributes]]\nname = "cases"\ntitle = { en = "Cases" }\nunit = "cases"'


@pytest.fixture(scope="module")
def folder(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city with cameras, figures of its wards and of its boroughs, and a layer that no question names."""
    town = Path(shutil.copytree(city_folder, tmp_path_factory.mktemp("kept") / "feetville"))
    path = write_layer(town, "eyes", "camera", "eyes.csv", EYES)
    dice = np.random.default_rng(3)
    rows: list[Any] = [
        (i, *feet(dice.uniform(-50, 4000), dice.uniform(0, 4000)), i * 7 % 360 if i % 3 else "", 80 if i % 2 else "")
        for i in range(60)
    ]
    rows = [(*row, "2026-06-01" if i % 4 else "") for i, row in enumerate(rows)]
    write_csv(path / "eyes.csv", ["id", "x", "y", "dir", "range", "since"], rows)
    for layer, system, zones in (("crime", "ward", ("SW", "NW", "SE")), ("thefts", "borough", ("W", "E"))):
        path = write_layer(town, layer, "table", "crime.csv", table_toml(system=system, attributes=CASES))
        write_csv(path / "crime.csv", ["Area", "cases"], [[zone, n * 1.1] for n, zone in enumerate(zones, 1)])
    path = write_layer(town, "benches", "candidate", "benches.csv", POSTS_MANIFEST)
    write_csv(path / "benches.csv", ["code", "label", "x", "y", "ward"], [("b1", "Bench", *feet(900, 900), "")])
    region = town / "region.toml"
    region.write_text(region.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    return town


@pytest.fixture(scope="module")
def town(folder: Path) -> Catalog:
    catalog = open_catalog(folder)
    assert not catalog.broken
    assert not catalog.question_problems
    return catalog


@pytest.fixture
def disk(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "answers", 100 * MB)


def never(_catalog: Catalog, _question: Question) -> Analysis:
    pytest.fail("this should have been read from the disk")


def assert_same_answer(found: Analysis, expected: Analysis) -> None:
    """Compare every field, also those that may be added."""
    for field in fields(Analysis):
        one, other = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(other, pd.DataFrame | pd.Series):
            assert_same(one, other)
        elif field.name == "totals":
            assert {k: bits(v) for k, v in asdict(one).items()} == {k: bits(v) for k, v in asdict(other).items()}
        else:
            assert (type(one), one) == (type(other), other), field.name
    assert found.key == expected.key


# ------------------------------------------------------------------ the same to the last bit


@pytest.mark.parametrize("case", Case)
@pytest.mark.parametrize("name", ["posts", "seen", "closed-posts"])
def test_an_answer_of_the_city_is_read_as_it_was_computed(
    town: Catalog, disk: DiskCache, name: str, case: Case
) -> None:
    question = town.question(name, at=DAY, case=case)
    plain = analyse(town, question)
    assert_same_answer(KeptAnswers(disk)(town, question), plain)
    found = KeptAnswers(DiskCache(disk.folder, disk.bound_bytes))(town, question, never)
    assert_same_answer(found, plain)
    assert found.zones.crs is town.working.crs


@pytest.mark.parametrize("name", ["stations", pytest.param("cameras", marks=pytest.mark.soak)])
def test_an_answer_of_the_layers_that_come_with_the_service_is_read_as_it_was_computed(
    hong_kong: Catalog, stations: Analysis, disk: DiskCache, name: str
) -> None:
    plain = stations if name == "stations" else analyse(hong_kong, hong_kong.question(name, at=DAY))
    KeptAnswers(disk)(hong_kong, plain.question, lambda *_: plain)
    assert_same_answer(KeptAnswers(disk)(hong_kong, plain.question, never), plain)


@pytest.mark.parametrize("part", ["covered_ground", "coverage", "zone_gaps"])
def test_the_united_ground_is_kept_once_it_was_asked_for(
    town: Catalog, disk: DiskCache, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = town.question("seen", at=DAY)
    expected = getattr(analyse(town, question), part)
    getattr(KeptAnswers(disk)(town, question), part)

    def fail(_self: Analysis) -> None:
        pytest.fail("this should have been read from the disk")

    monkeypatch.setattr(Analysis, part, property(fail))
    found = getattr(KeptAnswers(disk)(town, question, never), part)
    if part == "covered_ground":
        assert shapely.to_wkb(found) == shapely.to_wkb(expected)
    else:
        assert_same(found, expected)


def test_a_comparison_is_read_as_it_was_made(town: Catalog, disk: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = town.difference("later")
    plain = compare(analyse(town, asked.before), analyse(town, asked.after))
    kept = KeptAnswers(disk)
    kept.compare(kept(town, asked.before), kept(town, asked.after))
    monkeypatch.setattr(kept_answers, "compare", never)
    again = KeptAnswers(disk)
    before, after = again(town, asked.before, never), again(town, asked.after, never)
    found = again.compare(before, after)
    assert isinstance(found, Comparison)
    assert (found.difference, found.key, found.before, found.after) == (asked, plain.key, before, after)
    assert_same(found.zones, plain.zones)
    assert_same(found.changes, plain.changes)
    monkeypatch.undo()
    assert not again.compare(after, before).zones.equals(found.zones)


# ------------------------------------------------------------------ what a key holds


@pytest.mark.soak
def test_no_more_is_read_than_what_the_key_holds(town: Catalog, hong_kong: Catalog, stations: Analysis) -> None:
    """Without all other layers, and without all that other facilities say of themselves, the answer is the same."""
    for catalog, plain in (
        (hong_kong, stations),
        *((town, analyse(town, town.question(name, at=DAY))) for name in ("posts", "seen", "closed-posts")),
    ):
        read = {layer.id: layer for layer in layers_read(catalog, plain.question)}
        counted = {layer.id: with_places_alone(layer) for layer in catalog.with_role(Role.FACILITY)}
        alone = replace(catalog, layers={**counted, **read}, broken={})
        assert len(alone.layers) < len(catalog.layers)
        found = analyse(alone, plain.question)
        for part in ("zones", "gaps", "covered_pieces", "sources", "footprints"):
            assert_same(getattr(found, part), getattr(plain, part))
        assert (found.totals, found.demand_note, found.weight_note) == (
            plain.totals,
            plain.demand_note,
            plain.weight_note,
        )


def with_places_alone(layer: Layer) -> Layer:
    nothing = {name: None for name in layer.features.columns if name not in ("geometry", "row")}
    return replace(layer, features=layer.features.assign(**nothing).iloc[::-1])


READ = {
    "posts": {"boroughs", "crime", "people", "posts", "wards"},
    "seen": {"boroughs", "crime", "eyes", "wards"},
    "closed-posts": {"boroughs", "posts", "thefts"},
}


@pytest.mark.parametrize("name", READ)
def test_any_change_of_a_layer_that_is_read_makes_another_key_and_of_others_none(town: Catalog, name: str) -> None:
    question = town.question(name, at=DAY)
    key = answer_key(town, question, software())
    for layer in town.layers.values():
        is_read, is_counted = layer.id in READ[name], layer.manifest.role is Role.FACILITY
        for changed, of_place in changes_of(layer):
            other = replace(town, layers={**town.layers, layer.id: changed})
            matters = is_read or (is_counted and of_place)
            assert (answer_key(other, question, software()) != key) is matters, layer.id


def changes_of(layer: Layer) -> Iterator[tuple[Layer, bool]]:
    """Give a layer with something changed, and whether it is where its features are."""
    features = layer.features
    yield replace(layer, features=features.iloc[1:]), True
    yield replace(layer, features=features.assign(name_en="Another")), False
    yield replace(layer, manifest=layer.manifest.model_copy(update={"as_of": date(1999, 1, 1)})), False
    if len(layer.placed):
        yield replace(layer, features=features.set_geometry(features.translate(1e-9))), True


def test_another_question_region_or_software_makes_another_key(town: Catalog) -> None:
    question = town.question("posts", at=DAY)
    region = town.region
    ward = region.zone_systems[1]
    assert region.land is not None
    catalogs = [
        town,
        *(
            replace(town, region=region.model_copy(update=update))
            for update in (
                {"land": region.land.model_copy(update={"snap_m": 30})},
                {"zone_systems": (region.zone_systems[0], ward.model_copy(update={"within": None}))},
            )
        ),
    ]
    questions = [
        question,
        question.in_case(Case.LOW),
        question.model_copy(update={"at": date(2026, 11, 21)}),
        question.model_copy(update={"demand": ()}),
        question.model_copy(update={"zone_weight": ZoneWeight(layer="crime", attribute="cases")}),
    ]
    keys = [answer_key(one, question, software()) for one in catalogs]
    keys += [answer_key(town, one, software()) for one in questions[1:]]
    keys.append(answer_key(town, question, "other"))
    assert len(set(keys)) == len(keys) == 8


def test_another_version_of_a_library_or_a_source_is_another_software(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = software()
    software.cache_clear()
    assert software() == now
    monkeypatch.setattr(kept_answers.numba, "__version__", "0.0")
    software.cache_clear()
    older = software()
    monkeypatch.undo()
    house = Path(shutil.copytree(Path(geoservice.__file__).parent, tmp_path / "geoservice"))
    monkeypatch.setattr(kept_answers, "__file__", str(house / "analysis" / "kept_answers.py"))
    software.cache_clear()
    assert software() == now
    seen = {now, older}
    for module in ("coverage/tile.py", "analysis/weight.py", "catalog/zoning.py", "crs.py", "cache/frames.py"):
        with (house / module).open("a", encoding="utf-8") as file:
            file.write("# changed\n")
        software.cache_clear()
        seen.add(software())
    software.cache_clear()
    assert len(seen) == 7


def test_data_changed_in_memory_are_not_answered_from_the_disk(folder: Path, disk: DiskCache) -> None:
    catalog, kept = open_catalog(folder), KeptAnswers(disk)
    question = catalog.question("seen", at=DAY)
    before = kept(catalog, question)
    features = catalog.layers["eyes"].features
    features["range_m"] = pd.Series([200.0] * len(features), index=features.index, dtype=object)
    assert kept(catalog, question).totals.covered_area_m2 > before.totals.covered_area_m2


def test_an_unrelated_layer_leaves_the_answer_and_gives_it_the_new_version(folder: Path, disk: DiskCache) -> None:
    catalog = open_catalog(folder)
    question = catalog.question("seen", at=DAY)
    KeptAnswers(disk)(catalog, question)
    layer = catalog.layers["benches"]
    changed = replace(catalog, layers={**catalog.layers, "benches": replace(layer, version="another")})
    found = KeptAnswers(disk)(changed, question, never)
    assert found.catalog_version == changed.version != catalog.version


# ------------------------------------------------------------------ what is not kept, and what cannot be read


def test_without_a_cache_everything_is_computed(town: Catalog) -> None:
    question, counted = town.question("seen", at=DAY), []

    def count(catalog: Catalog, asked: Question) -> Analysis:
        counted.append(asked)
        return analyse(catalog, asked)

    kept = KeptAnswers(None)
    answers = [kept(town, question, count) for _ in range(2)]
    assert len(counted) == 2
    assert kept.compare(*answers).total_m2("gained") == 0


def test_a_question_that_cannot_be_answered_raises_and_keeps_nothing(town: Catalog, disk: DiskCache) -> None:
    question = town.question("posts", at=DAY).model_copy(update={"demand": ("nowhere",)})
    with pytest.raises(QuestionError):
        KeptAnswers(disk)(town, question)
    assert disk.usage().entries == ()


def test_an_answer_changed_by_hand_is_not_taken_for_the_one_that_is_kept(town: Catalog, disk: DiskCache) -> None:
    answer = KeptAnswers(disk)(town, town.question("seen", at=DAY))
    assert len(answer.coverage) > 0
    nothing = answer.footprints.iloc[:0]
    changed = replace(answer, footprints=nothing)
    assert changed.coverage.empty
    assert shapely.is_empty(changed.covered_ground)
    kept = KeptAnswers(disk)
    assert kept.compare(changed, answer).total_m2("gained") > 0
    assert {one.namespace for one in disk.usage().entries} == {ANSWERS, GROUNDS}


def test_what_cannot_be_read_though_it_is_sound_is_told_and_computed_anew(
    town: Catalog, disk: DiskCache, caplog: pytest.LogCaptureFixture
) -> None:
    question = town.question("seen", at=DAY)
    key = answer_key(town, question, software())
    disk.put(ANSWERS, key, b"no table")
    assert_same_answer(KeptAnswers(disk)(town, question), analyse(town, question))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "cannot be read" in caplog.records[0].getMessage()
    assert_same_answer(KeptAnswers(disk)(town, question, never), analyse(town, question))


def test_data_that_cannot_be_written_down_are_computed_and_told(
    folder: Path, disk: DiskCache, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = open_catalog(folder)
    features = catalog.layers["eyes"].features
    features["odd"] = pd.Series([{1}] * len(features), index=features.index, dtype=object)
    question = catalog.question("seen", at=DAY)
    assert_same_answer(KeptAnswers(disk)(catalog, question), analyse(catalog, question))
    assert "cannot be kept on the disk" in caplog.records[0].getMessage()
    assert disk.usage().entries == ()


# ------------------------------------------------------------------ a second start


@pytest.fixture
def no_computing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what makes every further computation of an answer fail."""

    def switch_off() -> None:
        for module, name in (("analyse", "cut_to_cells"), ("difference", "polygonal"), ("sources", "zone_of")):
            monkeypatch.setattr(importlib.import_module(f"geoservice.analysis.{module}"), name, never)

    return switch_off


ADDRESSES = [
    "/zones?question=seen&at=2026-11-20",
    "/collections/seen-gaps/items?at=2026-11-20",
    "/collections/seen-gaps/items?at=2026-11-20&pieces=zone",
    "/collections/seen-coverage/items?at=2026-11-20",
    "/collections/posts-zones/items?at=2026-11-20",
    "/collections/later-changes/items",
    "/map?question=seen&at=2026-11-20",
]


def without_time(text: str) -> str:
    return re.sub(r'"timeStamp":"[^"]*"', "", text)


def test_a_service_that_starts_again_computes_nothing(folder: Path, tmp_path: Path, no_computing: Any) -> None:
    own = Settings.from_env({}, layers=folder, cache=tmp_path)
    first = create_app(own).test_client()
    before = [first.get(address) for address in ADDRESSES]
    assert [response.status_code for response in before] == [200] * len(ADDRESSES)
    no_computing()
    second = create_app(own).test_client()
    after = [second.get(address) for address in ADDRESSES]
    assert [without_time(response.text) for response in after] == [without_time(response.text) for response in before]
    assert [response.headers.get("ETag") for response in after] == [response.headers.get("ETag") for response in before]


def test_python_reads_what_it_computed(
    town: Catalog, tmp_path: Path, no_computing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOSERVICE_CACHE", str(tmp_path))
    question = town.question("seen", at=DAY)
    first = geoservice.analyse(town, question)
    same = geoservice.compare(first, first).zones
    no_computing()
    second = geoservice.analyse(town, question)
    assert_same_answer(second.analysis, first.analysis)
    assert_same(geoservice.compare(second, second).zones, same)
    assert {one.namespace for one in DiskCache(tmp_path / "answers", MB).usage().entries} >= {ANSWERS, COMPARISONS}


def test_the_tests_themselves_keep_away_from_the_users_folder(own_cache: Path) -> None:
    assert Settings.from_env({}).cache == own_cache
    assert os.environ["NUMBA_CACHE_DIR"] != str(own_cache)
