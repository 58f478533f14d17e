"""The three tables of zones are as docs/figures.md says, and every answer says which day it is for."""

from __future__ import annotations

import csv
import io
import re
import shlex
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from geoservice.cli import main

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "figures.md").read_text(encoding="utf-8")
ROWS = [
    [re.findall(r"`([^`]*)`", cell) for cell in line.strip("|").split("|")]
    for line in TEXT.split("## The three tables of zones")[1].split("\n## ")[0].splitlines()
    if re.match(r"\| `", line)
]
FIRST = ("zone_id", "name_en", "name_zh")


def test_there_are_three() -> None:
    assert len(ROWS) == 3


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][0])
def test_a_table_has_the_rows_and_columns_that_are_told(hong_kong_app: Flask, row: list[list[str]]) -> None:
    (place, *_), named_rows, before, after = row
    if place.startswith("/"):
        response = hong_kong_app.test_client().get(place)
        assert response.status_code == 200
        content = response.data
    else:
        done = CliRunner().invoke(main, shlex.split(place)[1:])
        assert done.exit_code == 0, done.output
        content = done.stdout_bytes
    heading, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert heading[: len(before)] == before
    assert tuple(heading[len(before) : len(before) + 3]) == FIRST
    assert heading[-len(after) :] == after
    assert not {"lon", "lat", "wkt", "illustrative"} & set(heading[: -len(after)])
    assert all(len({one[column] for one in rows}) == 1 for column in range(len(heading) - len(after), len(heading)))
    zones = [one[heading.index("zone_id")] for one in rows]
    assert zones[18:] == named_rows
    assert [one[heading.index("at")] for one in rows] == [date.today().isoformat()] * len(rows)  # noqa: DTZ011


ANSWERS = (
    "/place?lon=-74&lat=40.7&",
    "/collections/posts-zones",
    "/collections/posts-zones/items",
    "/collections/posts-gaps/items",
    "/collections/posts-zones.geojson",
    "/zones.csv",
    "/collections/posts-zones.csv",
)


@pytest.mark.parametrize("address", ANSWERS)
@pytest.mark.parametrize("asked", [None, "2026-03-04"])
def test_every_answer_says_which_day_it_is_for(client: FlaskClient, address: str, asked: str | None) -> None:
    address += f"{'' if '?' in address else '?'}at={asked}" if asked else ""
    said = client.get(address, headers={"Accept": "application/json"}).get_data(as_text=True)
    day = asked or date.today().isoformat()  # noqa: DTZ011 - the day of this machine, which is what is told
    assert re.search(rf'"at":"{day}"|"at": ?"?{day}|,{day},', said), said[:500]


@pytest.mark.parametrize("address", ["/map", "/zones"])
def test_every_page_says_which_day_it_is_for(client: FlaskClient, address: str) -> None:
    page = client.get(f"{address}?at=2026-03-04", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "4 March 2026" in page or 'value="2026-03-04"' in page
