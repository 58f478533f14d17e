"""Fields of a layer's own that hold days: read as such where layer.toml says so, and known as such to filters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from spoil import HEADING, SOUND, Breaks, Loads, hamlet, in_rows, posts_toml, warned

from geoservice.settings import Settings
from geoservice.web import create_app

OTHERS = [SOUND.replace("p1", name) for name in ("p2", "p3", "p4", "p5")]
DAYS = ("2021-07-28", "2021/8/2", "", "soon", "2021-02-30")
ROWS = [f"{row},{day}" for row, day in zip([SOUND, *OTHERS], DAYS, strict=True)]
DATED = posts_toml('dates = ["seen"]', ', seen = "seen_on"')


@pytest.fixture
def town(own_city: Path) -> Path:
    return hamlet(own_city)


@pytest.fixture
def dated(town: Path) -> FlaskClient:
    in_rows(*ROWS, heading=f"{HEADING},seen_on", more=DATED)(town)
    return create_app(Settings.from_env({}, layers=town)).test_client()


def test_days_are_days_and_what_is_none_is_told_by_row_and_field(town: Path) -> None:
    in_rows(*ROWS, heading=f"{HEADING},seen_on", more=DATED)(town)
    layer = Loads(
        "p1 p2 p3 p4 p5",
        warned("bad-date", "'soon' is not a date such as 2026-01-31; it counts as not known.", 5, "seen", "p4"),
        warned("bad-date", "'2021-02-30' is not a date", 6, "seen", "p5"),
    ).check(town)
    assert list(layer.features["seen"]) == [dt.date(2021, 7, 28), dt.date(2021, 8, 2), None, None, None]


def test_schema_and_queryables_say_that_it_is_a_date(dated: FlaskClient) -> None:
    for part in ("schema", "queryables", "sortables"):
        told = dated.get(f"/collections/posts/{part}").get_json(force=True)["properties"]["seen"]
        assert (told["type"], told["format"]) == ("string", "date")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("filter=seen > DATE('2021-07-28')", ["p2"]),
        ("filter=T_BEFORE(seen, DATE('2021-08-02'))", ["p1"]),
        ("filter=seen IS NULL", ["p3", "p4", "p5"]),
        ("seen=2021-07-28", ["p1"]),
        ("filter=seen >= '2021-08-01'&filter-lang=cql-text", ["p2"]),
    ],
)
def test_filters_compare_days(dated: FlaskClient, query: str, found: list[str]) -> None:
    answer = dated.get(f"/collections/posts/items?{query}").get_json(force=True)
    assert [feature["id"] for feature in answer["features"]] == found
    assert {feature["properties"]["seen"] for feature in answer["features"]} <= {"2021-07-28", "2021-08-02", None}


def test_a_layer_whose_days_are_all_unknown_still_says_that_they_are_days(town: Path) -> None:
    in_rows(f"{SOUND},", heading=f"{HEADING},seen_on", more=DATED)(town)
    client = create_app(Settings.from_env({}, layers=town)).test_client()
    assert client.get("/collections/posts/schema").get_json(force=True)["properties"]["seen"]["format"] == "date"


def test_a_field_that_is_not_there_is_a_warning(town: Path) -> None:
    in_rows(SOUND, more=posts_toml('dates = ["seen"]'))(town)
    Loads("p1", warned("absent-column", "'seen'", field="dates[1]")).check(town)


@pytest.mark.parametrize("name", ["valid_from", "status", "bearing_deg", "geometry"])
def test_a_field_of_the_services_own_is_refused(town: Path, name: str) -> None:
    in_rows(SOUND, more=posts_toml(f'dates = ["{name}"]'))(town)
    Breaks("bad-field", f"'{name}' is a field of the service's own", file="layer.toml", field="dates").check(town)
