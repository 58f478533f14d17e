"""HTTP as it should be: conditions, encodings, methods, other sites' scripts, caches, proxies."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from email.utils import format_datetime, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import brotli
import pytest
from backports import zstd
from flask import Flask
from flask.testing import FlaskClient

from geoservice.settings import Settings
from geoservice.web import create_app

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html"}
DATA = (
    "/",
    "/collections",
    "/collections/posts",
    "/collections/posts/items",
    "/collections/posts/items/p1",
    "/collections/people/items?limit=1000",
    "/collections/posts-gaps/items?case=low",
    "/collections/posts.csv",
    "/collections/posts.geojson",
    "/collections/posts.gpkg",
)
PAGES = ("/", "/map", "/zones", "/layers", "/collections")
PROXY = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "maps.example.org",
    "X-Forwarded-Prefix": "/geo",
}
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize("address", DATA)
def test_who_has_the_newest_gets_304_by_tag_and_by_date(client: FlaskClient, address: str) -> None:
    first = client.get(address, headers=JSON)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert parsedate_to_datetime(date) <= parsedate_to_datetime(first.headers["Date"])
    for condition in ({"If-None-Match": tag}, {"If-None-Match": "*"}, {"If-Modified-Since": date}):
        again = client.get(address, headers=JSON | condition)
        assert (again.status_code, again.data) == (304, b""), condition
        assert again.headers["ETag"] == tag
        assert again.headers["Vary"] == first.headers["Vary"]
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]


@pytest.mark.parametrize("address", DATA)
def test_who_has_another_or_an_older_one_gets_the_whole(client: FlaskClient, address: str) -> None:
    date = parsedate_to_datetime(client.get(address, headers=JSON).headers["Last-Modified"])
    older = format_datetime(date.replace(year=date.year - 1), usegmt=True)
    for condition in (
        {"If-None-Match": 'W/"other"'},
        {"If-Modified-Since": older},
        {"If-Modified-Since": "yesterday"},
        # RFC 9110, 13.1.3: with a tag, the date does not count.
        {"If-None-Match": 'W/"other"', "If-Modified-Since": format_datetime(date, usegmt=True)},
    ):
        assert client.get(address, headers=JSON | condition).status_code == 200, condition


STATIC = "/static/css/map.css"


@pytest.mark.parametrize("address", [*DATA, "/collections/posts/tiles/WebMercatorQuad/0/0/0", STATIC])
def test_what_must_still_stand_is_412_without_a_body_where_it_does_not(client: FlaskClient, address: str) -> None:
    """RFC 9110, 13.1.1 and 13.1.4: a weak tag matches nothing, `*` whatever is there, and a tag goes before a date."""
    first = client.get(address, headers=JSON, buffered=True)
    newer = format_datetime(parsedate_to_datetime(first.headers["Date"]), usegmt=True)
    old = "Sat, 01 Jan 2000 00:00:00 GMT"
    for condition in (
        {"If-Match": '"other"'},
        {"If-Match": 'W/"other", "another"', "If-Unmodified-Since": newer},
        {"If-Match": 'W/"' + first.headers["ETag"].removeprefix("W/").strip('"') + '"'},
        {"If-Match": '"other"', "If-None-Match": first.headers["ETag"]},
        {"If-Match": '"other"', "Range": "bytes=0-9"},
        *([{"If-Unmodified-Since": old}] if "Last-Modified" in first.headers else []),
    ):
        refused = client.get(address, headers=JSON | condition, buffered=True)
        assert (refused.status_code, refused.get_json()["code"]) == (412, "PreconditionFailed"), condition
        assert "Content-Range" not in refused.headers
        assert client.head(address, headers=JSON | condition, buffered=True).status_code == 412
    for condition in ({"If-Match": "*"}, {"If-Unmodified-Since": newer}, {"If-Match": "*", "If-Unmodified-Since": old}):
        assert client.get(address, headers=JSON | condition, buffered=True).status_code == first.status_code, condition


def test_a_file_of_ours_that_is_packed_is_known_again(client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "gzip"}
    packed = client.get(STATIC, headers=headers, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    again = client.get(STATIC, headers=headers | {"If-None-Match": packed.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.headers["ETag"]) == (304, packed.headers["ETag"])
    assert client.get(STATIC, headers=headers | {"If-Match": packed.headers["ETag"]}, buffered=True).status_code == 200
    whole = client.get(STATIC, buffered=True).data
    end = client.get(STATIC, headers={"Range": f"bytes=-{len(whole) + 5}"}, buffered=True)
    assert (end.status_code, end.data) == (206, whole)


@pytest.mark.parametrize("encoding", UNPACK)
def test_a_tag_stands_for_every_encoding(client: FlaskClient, encoding: str) -> None:
    address = "/collections/people/items?limit=1000"
    packed = client.get(address, headers={"Accept-Encoding": encoding})
    assert packed.headers["Content-Encoding"] == encoding
    condition = {"If-None-Match": packed.headers["ETag"]}
    assert client.get(address, headers=condition | {"Accept-Encoding": encoding}).status_code == 304
    assert client.get(address, headers=condition).status_code == 304


def test_two_forms_of_one_address_have_two_tags(client: FlaskClient) -> None:
    tags = [client.get("/collections", headers=kind).headers["ETag"] for kind in (JSON, HTML)]
    assert tags[0] != tags[1]


# ------------------------------------------------------------------ encodings


@pytest.mark.parametrize(
    ("accepted", "chosen"),
    [
        ("gzip", "gzip"),
        ("br", "br"),
        ("zstd", "zstd"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
        ("lzma", None),
        ("*", "zstd"),
    ],
)
@pytest.mark.parametrize("address", ["/collections/people/items?limit=1000", "/collections/people.geojson"])
def test_the_body_is_packed_as_the_client_would_like_it(
    client: FlaskClient, address: str, accepted: str, chosen: str | None
) -> None:
    plain = client.get(address)
    response = client.get(address, headers={"Accept-Encoding": accepted})
    assert response.headers.get("Content-Encoding") == chosen
    assert "Accept-Encoding" in response.headers["Vary"]
    body = UNPACK[chosen](response.data) if chosen else response.data
    moment = re.compile(rb'"timeStamp":"[^"]+"')
    assert moment.sub(b"", body) == moment.sub(b"", plain.data)
    if chosen:
        assert len(response.data) < len(plain.data) / 3


# ------------------------------------------------------------------ methods


@pytest.mark.parametrize("address", [*DATA, *PAGES, "/healthz", "/static/css/map.css"])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient, address: str, encoding: str) -> None:
    asked = JSON | {"Accept-Encoding": encoding}
    head, got = (method(address, headers=asked, buffered=True) for method in (client.head, client.get))
    assert head.status_code == got.status_code == 200
    assert head.data == b""
    # A page of features tells the time, which moves the length of what is compressed by some bytes.
    lengths = [int(one.headers.get("Content-Length", 0)) for one in (head, got)]
    assert abs(lengths[0] - lengths[1]) <= (0 if encoding == "identity" else 8)
    beside = [{k: v for k, v in one.headers if k not in ("Date", "Content-Length")} for one in (head, got)]
    assert beside[0] == beside[1]


@pytest.mark.parametrize("address", [*DATA, *PAGES, "/healthz", "/static/css/map.css"])
def test_options_names_what_is_allowed_and_anything_else_is_405_with_the_same(
    client: FlaskClient, address: str
) -> None:
    options = client.options(address)
    assert options.status_code == 200
    assert {"GET", "HEAD", "OPTIONS"} <= set(options.headers["Allow"].split(", "))
    for method in (client.put, client.delete, client.patch):
        refused = method(address)
        assert refused.status_code == 405
        assert set(refused.headers["Allow"].split(", ")) == set(options.headers["Allow"].split(", "))


# ------------------------------------------------------------------ scripts of other sites


@pytest.mark.parametrize("address", [*DATA, "/collections/nothing", "/collections/posts/items?limit=x"])
def test_scripts_of_any_site_may_read_also_what_went_wrong(client: FlaskClient, address: str) -> None:
    response = client.get(address, headers=JSON | {"Origin": "https://elsewhere.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Link", "Content-Crs", "ETag", "Content-Disposition", "Last-Modified"} <= set(exposed)


def test_a_preflight_is_told_that_reading_is_all(client: FlaskClient) -> None:
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match, x-thing",
    }
    response = client.options("/collections/posts/items", headers=asked)
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert response.headers["Access-Control-Allow-Headers"] == "if-none-match, x-thing"
    assert int(response.headers["Access-Control-Max-Age"]) > 0


# ------------------------------------------------------------------ caches


def varies(response: Any) -> set[str]:
    return {name.strip() for name in response.headers["Vary"].split(",")}


def test_what_depends_on_the_reader_says_so_and_files_do_not(client: FlaskClient) -> None:
    assert {"Accept", "Accept-Language", "Cookie", "Accept-Encoding"} <= varies(client.get("/collections"))
    assert {"Accept", "Accept-Language"} <= varies(client.get("/"))
    assert varies(client.get("/collections/posts.csv")) == {"Accept-Encoding"}
    assert varies(client.get("/static/css/map.css", buffered=True)) == {"Accept-Encoding"}


def test_a_file_is_the_same_in_every_language(client: FlaskClient) -> None:
    chinese, english = (
        client.get("/collections/posts.csv", headers={"Accept-Language": tag}) for tag in ("zh-Hant", "en")
    )
    assert (chinese.data, chinese.headers["ETag"]) == (english.data, english.headers["ETag"])


def test_links_of_a_document_are_in_its_header_too(client: FlaskClient) -> None:
    for address in ("/collections/posts", "/collections/people/items?limit=5&offset=5&bbox=-75,40,-73,41"):
        response = client.get(address)
        written = re.findall(r'<([^>]+)>; rel="([a-z]+)"', response.headers["Link"])
        for link in response.get_json(force=True)["links"]:
            if link["rel"] in ("self", "next", "prev", "items", "collection"):
                assert (link["href"], link["rel"]) in written
        assert client.head(address).headers["Link"] == response.headers["Link"]


@pytest.mark.parametrize(
    ("address", "media_type"),
    [
        ("/", "application/json"),
        ("/collections", "application/json"),
        ("/collections/posts?lang=en", "application/json"),
        ("/collections/people/items?limit=5&offset=5", "application/geo+json"),
        ("/collections/posts/items/p1", "application/geo+json"),
        ("/conformance", "application/json"),
        ("/analyses", "application/json"),
    ],
)
def test_a_page_is_itself_and_leads_to_the_document(client: FlaskClient, address: str, media_type: str) -> None:
    """Part 1, /req/core/fc-links and its like: self is what was sent, alternate every other form of it."""
    for ask in (address, f"{address}{'&' if '?' in address else '?'}f=html"):
        page = client.get(ask, headers=HTML)
        assert page.mimetype == "text/html"
        links = re.findall(r'<([^>]+)>; rel="([^"]+)"; type="([^"]+)"', page.headers["Link"])
        ((own, kind),) = ((href, kind) for href, rel, kind in links if rel == "self")
        assert (own.removeprefix("http://localhost") in (ask, address), kind) == (True, "text/html")
        (href,) = (href for href, rel, kind in links if rel == "alternate" and kind == media_type and "f=json" in href)
        document = client.get(href.removeprefix("http://localhost"), headers=HTML)
        assert document.mimetype == media_type
        assert document.get_json(force=True)


# ------------------------------------------------------------------ proxies


class Addresses(HTMLParser):
    """Collects every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src", "action") and value]


def hrefs(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        if "href" in document and "rel" in document:
            yield document["href"]
        for value in document.values():
            yield from hrefs(value)
    elif isinstance(document, list):
        for value in document:
            yield from hrefs(value)


@pytest.fixture(scope="module")
def proxied(city_folder: Path) -> FlaskClient:
    return create_app(Settings.from_env({"GEOSERVICE_TRUSTED_PROXIES": "1"}, layers=city_folder)).test_client()


@pytest.mark.parametrize("address", [address for address in DATA if "." not in address])
def test_behind_a_trusted_proxy_every_link_has_its_protocol_host_and_prefix(proxied: FlaskClient, address: str) -> None:
    response = proxied.get(address, headers=JSON | PROXY)
    found = [href for href in hrefs(response.get_json(force=True)) if "license" not in href]
    assert found
    assert [href for href in found if not href.startswith("https://maps.example.org/geo/")] == []


@pytest.mark.parametrize("address", PAGES)
def test_behind_a_trusted_proxy_every_page_stays_within_its_prefix(proxied: FlaskClient, address: str) -> None:
    response = proxied.get(address, headers=HTML | PROXY)
    parser = Addresses()
    parser.feed(response.get_data(as_text=True))
    ours = [one for one in parser.found if not one.startswith("#")]
    assert any("/static/" in one for one in ours)
    elsewhere = [one for one in ours if not one.startswith(("/geo/", "https://maps.example.org/geo/"))]
    assert elsewhere == []
    script = proxied.get("/map.js", headers=PROXY).get_data(as_text=True)
    assert [found for found in re.findall(r'"(/[a-z][^"]*)"', script) if not found.startswith("/geo/")] == []


def test_a_language_chosen_over_https_is_kept_in_a_cookie_for_https(proxied: FlaskClient) -> None:
    assert "Secure" in proxied.get("/?lang=zh", headers=HTML | PROXY).headers["Set-Cookie"]


@pytest.mark.parametrize("address", ["/", "/collections", "/collections/posts/items"])
def test_without_the_setting_nobody_can_say_how_the_service_is_reached(client: FlaskClient, address: str) -> None:
    spoofed = PROXY | {"Forwarded": "for=1.2.3.4;host=evil.example;proto=https", "X-Forwarded-Port": "444"}
    plain, told = client.get(address, headers=JSON), client.get(address, headers=JSON | spoofed)
    assert list(hrefs(told.get_json(force=True))) == list(hrefs(plain.get_json(force=True)))
    assert told.headers["ETag"] == plain.headers["ETag"]


def test_with_one_trusted_proxy_what_came_before_it_does_not_count(proxied: FlaskClient) -> None:
    spoofed = PROXY | {"X-Forwarded-Host": "evil.example, maps.example.org", "X-Forwarded-Proto": "http, https"}
    response = proxied.get("/collections/posts", headers=JSON | spoofed)
    assert all(href.startswith("https://maps.example.org/geo/") for href in hrefs(response.get_json(force=True)))


@pytest.mark.parametrize("address", ["/", "/collections/posts", "/collections/posts/items"])
def test_the_port_is_that_of_the_host_and_no_other_is_believed(proxied: FlaskClient, address: str) -> None:
    host = {"X-Forwarded-Host": "maps.example.org:8443"}
    plain = proxied.get(address, headers=JSON | PROXY | host)
    spoofed = proxied.get(address, headers=JSON | PROXY | host | {"X-Forwarded-Port": "4444"})
    assert all(href.startswith("https://maps.example.org:8443/geo/") for href in hrefs(plain.get_json(force=True)))
    assert list(hrefs(spoofed.get_json(force=True))) == list(hrefs(plain.get_json(force=True)))
    assert spoofed.headers["Link"] == plain.headers["Link"]


@pytest.mark.parametrize("value", ["-1", "11", "1.5", "all"])
def test_the_number_of_proxies_is_a_small_whole_number(value: str) -> None:
    with pytest.raises(Exception, match="GEOSERVICE_TRUSTED_PROXIES"):
        Settings.from_env({"GEOSERVICE_TRUSTED_PROXIES": value})


def test_cut_apart_headers_cannot_be_smuggled_in(client: FlaskClient, city_app: Flask) -> None:
    assert city_app.wsgi_app.__class__.__name__ != "ProxyFix"
    response = client.get("/collections/posts/items?bbox=1,2,3,4%0d%0aX-Evil:1", headers=JSON)
    assert response.status_code == 400
    assert "X-Evil" not in response.headers
