"""The Link header: bounded, of ASCII alone, with the way on first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from geoservice.ogc.documents import MOST_HEADER, link_header
from geoservice.ogc.links import link
from geoservice.settings import Settings
from geoservice.web import create_app

ITEMS = "/collections/people/items"


def rels(header: str) -> list[str]:
    return re.findall(r'>; rel="([^"]+)"', header)


@pytest.mark.parametrize(
    ("characters", "headed"),
    [
        (10, ["next", "prev", "self", "alternate", "collection"]),
        (900, ["next", "prev", "collection"]),
        (20_000, ["collection"]),
    ],
)
def test_a_long_filter_leaves_links_out_of_the_header_and_none_out_of_the_body(
    client: FlaskClient, characters: int, headed: list[str]
) -> None:
    condition = f"id <> '{'x' * characters}'"
    response = client.get(ITEMS, query_string={"filter": condition, "limit": "5", "offset": "5"})
    assert response.status_code == 200
    header = response.headers["Link"]
    assert len(header) <= MOST_HEADER
    assert rels(header) == headed
    assert [one["rel"] for one in response.get_json(force=True)["links"]] == [
        "self",
        "alternate",
        "collection",
        "next",
        "prev",
    ]
    assert client.head(ITEMS, query_string={"filter": condition, "limit": "5", "offset": "5"}).headers["Link"] == header


def test_a_header_without_any_link_is_not_sent(client: FlaskClient) -> None:
    assert link_header([]) == ""
    assert link_header([link("http://example.org/" + "x" * 5_000, "next", "")]) == ""
    assert "Link" not in client.get("/collections/posts.csv").headers


@pytest.mark.parametrize(
    ("href", "written"),
    [
        ("https://例子.example/授權?x=甲", "https://%E4%BE%8B%E5%AD%90.example/%E6%8E%88%E6%AC%8A?x=%E7%94%B2"),
        ('https://example.org/a>; rel="evil", <b', "https://example.org/a%3E;%20rel=%22evil%22,%20%3Cb"),
        ("https://example.org/a%20b?c=d&e=(f)#g~", "https://example.org/a%20b?c=d&e=(f)#g~"),
    ],
)
def test_addresses_are_quoted(href: str, written: str) -> None:
    assert link_header([link(href, "license", "", "text/html")]) == f'<{written}>; rel="license"; type="text/html"'


def test_a_licence_with_an_address_in_chinese_is_headed(own_city: Path) -> None:
    manifest = own_city / "posts" / "layer.toml"
    text = manifest.read_text(encoding="utf-8")
    named = 'licence = { name = { en = "Public domain", zh = "公有領域" }'
    assert named in text
    address = "https://example.org/授權條款>"
    manifest.write_text(text.replace(named, f'{named}, url = "{address}"'), encoding="utf-8")
    response = create_app(Settings.from_env({}, layers=own_city)).test_client().get("/collections/posts")
    assert response.status_code == 200
    assert response.headers["Link"].encode("latin-1").isascii()
    assert "license" in rels(response.headers["Link"])
    written: list[dict[str, Any]] = response.get_json()["links"]
    assert [one["href"] for one in written if one["rel"] == "license"] == [address]
