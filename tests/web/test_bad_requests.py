"""Wrong requests over HTTP: always the right 4xx that names the parameter, never an echo that a browser would run."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from geoservice.settings import Settings
from geoservice.web import create_app

POSTS = "/collections/posts/items"
GAPS = "/collections/posts-gaps/items"
ZONES = "/collections/posts-zones/items"
CLUSTERS = "/collections/posts/clusters"
LONGEST = 2_000
"""More bytes than any JSON error needs, however long the value that came."""

JSON = {"Accept": "application/json"}
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def refused(client: FlaskClient, address: str, status: int = 400) -> str:
    """Ask for JSON, be refused in the service's own words, and give these."""
    response = client.get(address, headers=JSON)
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    assert response.content_type == "application/json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert len(response.data) < LONGEST
    body: dict[str, Any] = response.get_json()
    assert set(body) == {"code", "description"}
    assert body["code"].isidentifier()
    description: str = body["description"]
    return description


def page(client: FlaskClient, address: str, status: int = 400) -> str:
    """Ask as a browser does, be refused with a page, and give it."""
    response = client.get(address, headers=HTML)
    assert response.status_code == status, response.get_data(as_text=True)[:500]
    assert response.content_type == "text/html; charset=utf-8"
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    return response.get_data(as_text=True)


def answered(client: FlaskClient, address: str) -> dict[str, Any]:
    response: TestResponse = client.get(address, headers=JSON)
    assert response.status_code == 200, response.get_data(as_text=True)[:500]
    body: dict[str, Any] = response.get_json(force=True)
    return body


# ------------------------------------------------------------------ wrong values

LIMITS = {
    "nought": "0",
    "negative": "-1",
    "a word": "abc",
    "with an exponent": "1e3",
    "a fraction": "1.5",
    "empty": "",
    "a sign": "%2B5",
    "a blank before it": "%205",
    "Arabic digits": "%D9%A3",
    "20 digits": "9" * 20,
    "5000 digits": "9" * 5000,
    "a line break after it": "5%0A",
    "a NUL byte": "%00",
    "broken percent-encoding": "%ZZ",
    "bytes that are not UTF-8": "%FF%FE",
    "half of a surrogate pair": "%ED%A0%80",
}
OFFSETS = {
    "negative": "-1",
    "a word": "first",
    "empty": "",
    "a fraction": "0.5",
    "too far": "1000000001",
    "5000 digits": "9" * 5000,
}
BOXES = {
    "one number": "1",
    "three numbers": "1,2,3",
    "five numbers": "1,2,3,4,5",
    "seven numbers": "1,2,3,4,5,6,7",
    "a comma at the end": "1,2,3,4,",
    "NaN": "nan,40,-73,41",
    "infinity": "-inf,40,inf,41",
    "NaN and infinity for heights": "-74.2,40.5,nan,-73.7,41,inf",
    "a number too large to be one": "-1e999,40,-73,41",
    "words": "west,south,east,north",
    "semicolons": "-74;40;-73;41",
    "digits grouped by underscores": "-7_4,40,-73,41",
    "hexadecimal": "0x1,2,3,4",
    "south above north": "-74,41,-73,40",
    "west of the globe": "-181,40,-73,41",
    "east of the globe": "-74,40,181,41",
    "south of the globe": "-74,-91,-73,41",
    "north of the globe": "-74,40,-73,91",
    "empty": "",
    "2000 numbers": ",".join(["1"] * 2000),
    "broken percent-encoding": "%,%,%,%",
}
DAYS = {
    "a word": "today",
    "empty": "",
    "a day that does not exist": "2026-02-30",
    "a month alone": "2026-02",
    "another order": "31-01-2026",
    "a moment": "2026-01-31T12:00:00Z",
    "an interval": "2026-01-01/2026-12-31",
    "five digits of a year": "10000-01-01",
    "the year nought": "0000-01-01",
    "before all that layers tell of": "1899-12-31",
    "after all that anyone plans": "2200-01-01",
    "a line break after it": "2026-01-31%0A",
    "5000 characters": "2026-01-01" * 500,
}
CASES = {"a word": "max", "capitals": "MID", "empty": "", "two of them": "low,high", "5000 characters": "low" * 1700}
LANGUAGES = {"French": "fr", "empty": "", "5000 characters": "x" * 5000, "a number": "1"}
ZOOMS = {
    "a word": "near",
    "empty": "",
    "negative": "-1",
    "a fraction": "1.5",
    "too near": "25",
    "5000 digits": "1" * 5000,
}
PIECES = {"a word": "piece", "empty": "", "capitals": "CELL"}

WRONG_VALUES = [
    pytest.param(address, name, value, id=f"{name} of {address}: {what}")
    for name, addresses, values in [
        ("limit", [POSTS], LIMITS),
        ("offset", [POSTS], OFFSETS),
        ("bbox", [POSTS, GAPS], BOXES),
        ("at", ["/map", "/map.js", "/zones", "/zones.csv", ZONES], DAYS),
        ("case", ["/map", "/map.js", "/zones", "/zones.csv", ZONES], CASES),
        ("lang", ["/", "/map", "/layers", "/healthz", POSTS], LANGUAGES),
        ("pieces", [GAPS], PIECES),
        ("zoom", [CLUSTERS], ZOOMS),
    ]
    for address in addresses
    for what, value in values.items()
]


@pytest.mark.parametrize(("address", "name", "value"), WRONG_VALUES)
def test_a_wrong_value_is_refused_by_the_name_of_its_parameter(
    client: FlaskClient, address: str, name: str, value: str
) -> None:
    told = refused(client, f"{address}?{name}={value}")
    assert f"'{name}'" in told
    assert "Allowed: " in told
    assert f"&#39;{name}&#39;" in page(client, f"{address}?{name}={value}")


UNKNOWN = [
    pytest.param(address, name, id=f"{name} at {address}")
    for address, name in [
        ("/", "question"),
        ("/map", "limit"),
        ("/map.js", "zoom"),
        ("/zones", "bbox"),
        ("/zones.csv", "format"),
        ("/layers", "layer"),
        ("/healthz", "verbose"),
        ("/collections", "limit"),
        ("/collections/posts", "bbox"),
        (POSTS, "at"),
        (POSTS, "date_time"),
        (POSTS, "Limit"),
        (POSTS, "filters"),
        (f"{POSTS}/p1", "filter"),
        (ZONES, "pieces"),
        (GAPS, "question"),
        (f"{POSTS}/p1", "limit"),
        ("/", "%00"),
        ("/", "%FF"),
        ("/", ""),
        # What Flask's own url_for, and the routes' own parts, are called.
        ("/", "_method"),
        ("/", "_scheme"),
        ("/map", "_anchor"),
        ("/map", "endpoint"),
        (POSTS, "_external"),
        (POSTS, "collection_id"),
        ("/background/0/0/0", "z"),
    ]
]


@pytest.mark.parametrize(("address", "name"), UNKNOWN)
def test_an_unknown_parameter_is_refused_by_its_name(client: FlaskClient, address: str, name: str) -> None:
    told = refused(client, f"{address}?{name}=x")
    assert f"'{name}'" in told.replace("\0", "%00")
    assert "lang" in told
    assert "<h1>" in page(client, f"{address}?{name}=x")


TWICE = [
    pytest.param(address, name, first, second, id=f"{name} of {address}")
    for address, name, first, second in [
        (POSTS, "limit", "1", "2"),
        (POSTS, "offset", "0", "0"),
        (POSTS, "bbox", "-75,40,-73,41", "-75,40,-73,41"),
        (GAPS, "pieces", "cell", "zone"),
        ("/map", "question", "posts", "posts"),
        ("/map", "at", "2026-01-01", "2026-01-02"),
        ("/zones", "case", "low", "high"),
        ("/", "lang", "en", "zh-Hant"),
        ("/map", "lang", "en", "en"),
        (POSTS, "lang", "en", "fr"),
    ]
]


@pytest.mark.parametrize(("address", "name", "first", "second"), TWICE)
def test_a_parameter_given_twice_is_refused(
    client: FlaskClient, address: str, name: str, first: str, second: str
) -> None:
    told = refused(client, f"{address}?{name}={first}&{name}={second}")
    assert f"'{name}'" in told
    assert "one value" in told


def test_clusters_cannot_be_had_without_a_zoom(client: FlaskClient) -> None:
    assert "'zoom'" in refused(client, CLUSTERS)
    assert "'bbox'" in refused(client, f"{CLUSTERS}?zoom=5&bbox=1,2,3")


# ------------------------------------------------------------------ what is not there

ABSENT = [
    pytest.param("/nowhere", "not found", id="an address"),
    pytest.param("/collections/", "not found", id="an address with a slash too many"),
    pytest.param("/collections/nothing", "no collection 'nothing'", id="a collection"),
    pytest.param("/collections/nothing/items", "no collection 'nothing'", id="the items of a collection"),
    pytest.param("/collections/posts-shadows", "no collection 'posts-shadows'", id="a derived collection"),
    pytest.param("/collections/POSTS", "no collection 'POSTS'", id="a collection in capitals"),
    pytest.param(f"{POSTS}/p9", "no feature of posts 'p9'", id="an item"),
    pytest.param(f"{POSTS}/p1/p2", "no feature of posts 'p1/p2'", id="an item with a slash"),
    pytest.param(f"{ZONES}/XX", "no feature of posts-zones 'XX'", id="a zone"),
    pytest.param(f"{GAPS}/SW-999", "no feature of posts-gaps 'SW-999'", id="a gap"),
    pytest.param("/map?question=cameras", "no question 'cameras'", id="a question on the map"),
    pytest.param("/zones?question=cameras", "no question 'cameras'", id="a question in the table"),
    pytest.param("/zones.csv?question=posts%00", "no question 'posts", id="a question with a NUL byte"),
    pytest.param("/collections/%FF%FE", "no collection", id="bytes that are not UTF-8"),
    pytest.param("/collections/%ED%A0%80", "no collection", id="half of a surrogate pair"),
    pytest.param("/collections/posts%00", "no collection", id="a NUL byte"),
    pytest.param("/collections/%", "no collection", id="broken percent-encoding"),
    pytest.param(f"{POSTS}/..%2F..%2F..%2Fetc%2Fpasswd", "no feature of posts", id="a way up and out"),
    pytest.param("/static/../../pyproject.toml", "not found", id="a way out of the static files"),
    pytest.param("/static/%2e%2e/%2e%2e/pyproject.toml", "not found", id="an encoded way out of the static files"),
    pytest.param("/background/0/0/0", "not found", id="a tile where there is no background"),
    pytest.param("/background/a/b/c", "not found", id="a tile by letters"),
    pytest.param("/background/-1/0/0", "not found", id="a tile below nought"),
    pytest.param(f"/background/{'9' * 5000}/0/0", "not found", id="a tile of 5000 digits"),
    pytest.param(f"/collections/{'x' * 10_000}", "no collection 'xxx", id="a collection of 10 000 letters"),
    pytest.param(f"{POSTS}/{'x' * 10_000}", "no feature of posts 'xxx", id="an item of 10 000 letters"),
    pytest.param(f"/map?question={'x' * 10_000}", "no question 'xxx", id="a question of 10 000 letters"),
]


@pytest.mark.parametrize(("address", "says"), ABSENT)
def test_what_is_not_there_is_a_404_that_says_so(client: FlaskClient, address: str, says: str) -> None:
    assert says in refused(client, address, 404)
    assert "<h1>" in page(client, address, 404)


def test_a_parameter_of_10_000_letters_is_not_told_in_full(client: FlaskClient) -> None:
    assert "xxx…" in refused(client, f"/?{'x' * 10_000}=1")


CHINESE = {**HTML, "Accept-Language": "zh-HK"}
PRINTS = [
    ("/map.pdf?layers=nothing", "以逗號分隔"),
    ("/map-data.gpkg?layers=none", "最少一個圖層"),
    ("/map.pdf?bbox=10,10,11,11", "範圍內某處"),
    ("/map.pdf?bbox=-73.8,40.6,-73.9,40.7", "西須小於東"),
    ("/map.pdf?scale=5", "的整數"),
    ("/map.pdf?zone=SW&bbox=-74.19,40.50,-73.71,40.99", "不可同時使用"),
    ("/search?q=", "最多 200 個字元"),
    ("/compare?difference=posts&before=posts", "不可同時使用"),
    ("/compare?difference=posts", "此處沒有"),
    ("/map?at=1066-10-14", "由 1900-01-01 至 2199-12-31"),
    ("/map?question=", "首頁所列者"),
]


@pytest.mark.parametrize(("address", "says"), PRINTS)
def test_what_is_allowed_is_told_in_the_readers_language(client: FlaskClient, address: str, says: str) -> None:
    told = client.get(address, headers=CHINESE)
    assert told.status_code == 400
    (said,) = re.findall(r'<p class="note">(.*)</p>', told.get_data(as_text=True))
    assert says in said
    assert "<span" not in said


@pytest.mark.parametrize(
    ("method", "status", "says"), [("GET", 404, "找不到此網址"), ("POST", 405, "此網址不接受這種請求方法")]
)
def test_errors_of_http_are_told_in_the_readers_language(
    client: FlaskClient, method: str, status: int, says: str
) -> None:
    address = "/nowhere" if status == 404 else "/map"
    told = client.open(address, method=method, headers=CHINESE)
    assert (told.status_code, told.headers["Content-Language"]) == (status, "zh-Hant")
    (said,) = re.findall(r'<p class="note">(.*)</p>', told.get_data(as_text=True))
    assert said.startswith(says)


def test_a_text_that_is_not_translated_is_marked_as_english_where_the_page_is_not(client: FlaskClient) -> None:
    address = "/collections/posts.kml?crs=[EPSG:3857]"
    chinese, english = (
        client.get(address, headers={**HTML, "Accept-Language": tag}).get_data(as_text=True) for tag in ("zh-HK", "en")
    )
    assert '<span lang="en">KML is in longitude and latitude' in chinese
    assert '<p class="note">KML is in longitude and latitude' in english


def test_a_failure_of_ours_is_told_in_the_readers_language(
    city_app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(city_app.view_functions, "pages.health", lambda: 1 / 0)
    told = city_app.test_client().get("/healthz", headers={**JSON, "Accept-Language": "zh"})
    assert (told.status_code, told.get_json()["description"]) == (500, "服務未能回應，錯誤已記錄。")
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/", "/map", "/zones.csv", "/collections", POSTS])
def test_nothing_can_be_written(client: FlaskClient, method: str, address: str) -> None:
    response = client.open(address, method=method, headers=JSON, data=b"x" * 1000)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]
    assert response.get_json()["code"] == "MethodNotAllowed"


# ------------------------------------------------------------------ attacks

ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE posts; --",
    "1 OR 1=1",
    "{{7*7}}",
    "javascript:alert(1)",
    "en\r\nSet-Cookie: stolen=1",
    "../../../../etc/passwd",
]
PARAMETERS = [
    *((address, name) for address in ("/", "/layers", "/collections", "/healthz") for name in ("lang", "x")),
    *(
        (address, name)
        for address in ("/map", "/map.js", "/zones", "/zones.csv")
        for name in ("question", "at", "case", "lang", "x")
    ),
    *((POSTS, name) for name in ("limit", "offset", "bbox", "lang", "x")),
    *((GAPS, name) for name in ("limit", "offset", "bbox", "at", "case", "pieces", "lang", "x")),
    *((CLUSTERS, name) for name in ("zoom", "lang", "x")),
    *((f"{ZONES}/SW", name) for name in ("at", "case", "lang", "x")),
]


OWN_SCRIPT = [("defer", None), ("src", "/static/js/site.js")]
"""What every page loads."""


class Parts(HTMLParser):
    """What a browser makes of a page: its text, and whatever in it could run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.running: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("img", "iframe", "object"):
            self.running.append(tag)
        if tag == "script" and attrs != OWN_SCRIPT:
            self.running.append(tag)
        self.running += [name for name, _ in attrs if name.startswith("on")]
        self.running += [value for _, value in attrs if value and value.strip().lower().startswith("javascript:")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(("address", "name"), PARAMETERS, ids=[f"{name} of {path}" for path, name in PARAMETERS])
def test_an_attack_in_a_value_is_refused_and_shown_as_text(client: FlaskClient, address: str, name: str) -> None:
    status = 404 if name == "question" else 400
    for attack in ATTACKS:
        if name == "lang" and attack.startswith("en"):
            continue  # it begins as the name of a language does
        request = f"{address}?{name}={quote(attack, safe='')}"
        told = refused(client, request, status)
        parts = Parts(page(client, request, status))
        assert parts.running == []
        assert name in told
        if name != "x":  # of a parameter that is not known, the value is not told
            assert attack in told
            assert " ".join(attack.split()) in " ".join(parts.text.split())
        assert "Set-Cookie" not in client.get(request, headers=HTML).headers


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_a_name_is_refused_and_shown_as_text(client: FlaskClient, attack: str) -> None:
    request = f"/map?{quote(attack, safe='')}=1"
    assert attack in refused(client, request)
    assert Parts(page(client, request)).running == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_in_a_path_is_not_found_and_shown_as_text(client: FlaskClient, attack: str) -> None:
    written = quote(attack, safe="")
    for request in (f"/collections/{written}", f"{POSTS}/{written}", f"/{written}"):
        refused(client, request, 404)
        assert Parts(page(client, request, 404)).running == []


@pytest.mark.parametrize("address", ["/", "/map", "/zones", "/collections", POSTS])
def test_a_language_with_markup_behind_it_is_not_repeated(client: FlaskClient, address: str) -> None:
    response = client.get(f"{address}?lang={quote('en-<script>alert(1)</script>')}", headers=HTML)
    assert response.status_code in (200, 400)
    assert "<script>alert" not in response.get_data(as_text=True)
    assert "script" not in str(response.headers.get("Set-Cookie"))


@pytest.mark.parametrize("query", ["_external=1&_scheme=javascript", "_anchor=%0Aalert(1)", "collection_id=evil"])
def test_the_link_to_the_other_language_stays_on_this_page(client: FlaskClient, query: str) -> None:
    html = page(client, f"/map?{query}")
    address = html.partition('class="language" href="')[2].partition('"')[0]
    assert address.startswith("/map?")
    assert "lang=zh-Hant" in address
    assert Parts(html).running == []


def test_the_link_to_the_other_language_does_not_follow_a_path_that_looks_like_a_host(client: FlaskClient) -> None:
    response = client.get("/", headers=HTML, environ_overrides={"PATH_INFO": "//example.org/x"})
    assert response.status_code == 404
    address = response.get_data(as_text=True).partition('class="language" href="')[2].partition('"')[0]
    assert address.startswith("/")
    assert not address.startswith("//")


# ------------------------------------------------------------------ unusual, but right


def test_a_limit_above_the_maximum_is_capped(city_folder: Path) -> None:
    client = create_app(Settings.from_env({}, layers=city_folder, max_limit=2)).test_client()
    for limit in ("3", "10001", "9" * 15):
        body = answered(client, f"{POSTS}?limit={limit}")
        assert (body["numberReturned"], body["numberMatched"]) == (2, 3)
        assert any(link["rel"] == "next" for link in body["links"])


def test_a_page_without_a_limit_does_not_go_beyond_the_maximum(city_folder: Path) -> None:
    client = create_app(Settings.from_env({}, layers=city_folder, max_limit=2)).test_client()
    assert answered(client, POSTS)["numberReturned"] == 2


@pytest.mark.parametrize(
    ("bbox", "ids"),
    [
        pytest.param("-180,-90,180,90", ["p1", "p2", "p3"], id="the globe"),
        pytest.param("170,-90,-170,90", [], id="across the antimeridian, far from the city"),
        pytest.param("170,40,-73.5,41", ["p1", "p2", "p3"], id="across the antimeridian, to the city"),
        pytest.param("-74,40,-75,41", ["p1", "p2", "p3"], id="all around the globe but a strip"),
        pytest.param("-74.2,40.5,-100,-73.7,41,9000", ["p1", "p2", "p3"], id="with heights, which are not looked at"),
        pytest.param("-73.988165,40.715989,-73.988165,40.715989", [], id="a point beside a post"),
        pytest.param(" -74.2, 40.5, -73.7, 41 ", ["p1", "p2", "p3"], id="blanks between the numbers"),
        pytest.param("-7.42e1,4.05e1,-7.37e1,4.1e1", ["p1", "p2", "p3"], id="exponents"),
    ],
)
def test_an_unusual_box_is_answered(client: FlaskClient, bbox: str, ids: list[str]) -> None:
    body = answered(client, f"{POSTS}?bbox={quote(bbox)}")
    assert [feature["id"] for feature in body["features"]] == ids
    assert body["numberMatched"] == len(ids)


def test_an_offset_beyond_the_last_feature_gives_an_empty_page(client: FlaskClient) -> None:
    body = answered(client, f"{POSTS}?offset=1000000000")
    assert (body["numberReturned"], body["numberMatched"], body["features"]) == (0, 3, [])
    assert not any(link["rel"] == "next" for link in body["links"])


@pytest.mark.parametrize("day", ["1900-01-01", "2199-12-31"])
@pytest.mark.parametrize("address", ["/map", "/zones", "/zones.csv", ZONES])
def test_the_first_and_the_last_day_that_can_be_asked_for_are_answered(
    client: FlaskClient, address: str, day: str
) -> None:
    assert client.get(f"{address}?at={day}", headers=HTML).status_code == 200


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Accept", "text/html;q=abc"),
        ("Accept", ",;,"),
        ("Accept", "x" * 5000),
        ("Accept-Language", "x;q=9,*;q=-1,;;"),
        ("Cookie", "language=%FF<script>"),
        ("If-None-Match", '"'),
        ("If-Modified-Since", "yesterday"),
        ("Range", "bytes=9-1"),
    ],
)
def test_a_header_that_makes_no_sense_is_passed_over(client: FlaskClient, header: str, value: str) -> None:
    for address in ("/", "/map", POSTS):
        assert client.get(address, headers={header: value}).status_code == 200


@pytest.mark.parametrize("address", ["/map?question=", "/zones?question=", "/zones.csv?question=", "/map.js?question="])
def test_an_empty_question_is_a_wrong_parameter(client: FlaskClient, address: str) -> None:
    assert "The parameter 'question' cannot be ''." in client.get(address).get_data(as_text=True).replace("&#39;", "'")
    assert client.get(address).status_code == 400


def test_an_unknown_parameter_is_said_to_be_unknown(client: FlaskClient) -> None:
    told = client.get("/collections/posts/items?foo=1").get_json()["description"]
    assert told.startswith("The parameter 'foo' is not known here. Allowed: parameters ")
    assert {"bbox,", "filter,", "name_en,"} < set(told.split())
