from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from geoservice.maps.palette import SHARE

HTML = {"Accept": "text/html"}
COLOURS = Path(__file__).resolve().parent.parent.parent / "static" / "css" / "colours.css"


def root_of(page: str) -> str:
    found = re.search(r"<html[^>]*>", page)
    assert found is not None
    return found.group()


@pytest.fixture
def reader(city_app: Flask) -> FlaskClient:
    """A reader with cookies of their own."""
    return city_app.test_client()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_appearance_is_kept_and_the_page_comes_in_it_at_once(reader: FlaskClient, theme: str) -> None:
    assert "data-theme" not in root_of(reader.get("/", headers=HTML).get_data(as_text=True))
    answer = reader.post("/appearance", data={"theme": theme, "next": "/zones?case=low"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/zones?case=low")
    page = reader.get("/zones?case=low", headers=HTML).get_data(as_text=True)
    assert f'data-theme="{theme}"' in root_of(page)
    assert f'<meta name="color-scheme" content="{theme}">' in page
    assert f'value="{theme}" aria-pressed="true"' in page
    reader.post("/appearance", data={"theme": "automatic"})
    assert "data-theme" not in root_of(reader.get("/", headers=HTML).get_data(as_text=True))


def test_a_page_in_another_appearance_is_another_page_for_caches(reader: FlaskClient) -> None:
    before = reader.get("/zones", headers=HTML)
    reader.post("/appearance", data={"theme": "dark"})
    after = reader.get("/zones", headers={**HTML, "If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert after.headers["ETag"] != before.headers["ETag"]
    assert "Cookie" in after.headers["Vary"]


def test_a_cookie_of_another_hand_changes_nothing(reader: FlaskClient) -> None:
    reader.set_cookie("theme", '"><script>')
    assert "data-theme" not in root_of(reader.get("/", headers=HTML).get_data(as_text=True))


@pytest.mark.parametrize(
    ("form", "named"),
    [
        ({}, "theme"),
        ({"theme": "pink"}, "theme"),
        ({"theme": ["dark", "light"]}, "theme"),
        ({"theme": "dark", "colour": "red"}, "colour"),
        *(
            ({"theme": "dark", "next": address}, "next")
            for address in (
                "//elsewhere.example/",
                "https://elsewhere.example/",
                "/\\elsewhere.example",
                "zones",
                "javascript:alert(1)",
                "/a\r\nSet-Cookie: b=c",
                "//[",
            )
        ),
    ],
)
def test_a_wrong_choice_is_refused_by_name(reader: FlaskClient, form: dict[str, object], named: str) -> None:
    answer = reader.post("/appearance", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert f"'{named}'" in answer.get_json()["description"]
    assert "Set-Cookie" not in answer.headers


def test_the_style_sheet_has_the_classes_of_the_palette() -> None:
    written = re.findall(r"\.share-\d \{ fill: light-dark\((#\w+), (#\w+)\)", COLOURS.read_text(encoding="utf-8"))
    assert written == list(zip(SHARE.colours, SHARE.dark, strict=True))
