"""Downloads as a client sees them: plain addresses, the parameters of items, a name, nothing left behind."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from geoservice.cache.whole_files import DOWNLOADS_FOLDER
from geoservice.crs import ServedCrs
from geoservice.formats.downloads import DOWNLOADS

BOX = "-73.99,40.70,-73.98,40.71"
FILES = [suffix for suffix, form in DOWNLOADS.items() if form.write is not None]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that can be looked into."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def begun_in(temporary: Path) -> list[Path]:
    """List what is left of downloads: among temporary files, and where downloads are kept."""
    kept = Path(os.environ["GEOSERVICE_CACHE"]) / DOWNLOADS_FOLDER
    return [*temporary.iterdir(), *kept.glob(".writing-*")]


def frame_of(suffix: str, body: bytes, folder: Path) -> pd.DataFrame:
    path = folder / f"file.{suffix}"
    path.write_bytes(body)
    match suffix:
        case "csv":
            return pd.read_csv(path)
        case "xlsx":
            return pd.read_excel(path, sheet_name="features")
        case "parquet":
            return gpd.read_parquet(path)
    return pyogrio.read_dataframe(path)


@pytest.mark.parametrize("suffix", DOWNLOADS)
def test_the_whole_collection_comes_as_a_named_file_of_its_type(
    client: FlaskClient, suffix: str, tmp_path: Path
) -> None:
    response = client.get(f"/collections/people.{suffix}")
    assert response.status_code == 200
    assert response.content_type == DOWNLOADS[suffix].media_type
    day = dt.datetime.now().astimezone().date().isoformat()
    assert response.headers["Content-Disposition"] == f'attachment; filename="people-{day}.{suffix}"'
    assert len(frame_of(suffix, response.data, tmp_path)) == 1520


@pytest.mark.parametrize("suffix", DOWNLOADS)
def test_a_box_chooses_the_features_that_items_has(client: FlaskClient, suffix: str, tmp_path: Path) -> None:
    features = client.get(f"/collections/people/items?limit=10000&bbox={BOX}").get_json(force=True)["features"]
    wanted = {feature["id"] for feature in features}
    assert 0 < len(wanted) < 1520
    found = frame_of(suffix, client.get(f"/collections/people.{suffix}?bbox={BOX}").data, tmp_path)
    assert set(found["id2" if suffix == "kml" else "id"]) == wanted


def test_geojson_has_the_very_features_of_items(client: FlaskClient) -> None:
    for collection in ("posts", "posts-gaps", "posts-zones", "people"):
        pages = client.get(f"/collections/{collection}/items?limit=10000").get_json(force=True)
        whole = client.get(f"/collections/{collection}.geojson").get_json(force=True)
        assert whole["features"] == pages["features"]
        assert whole["numberReturned"] == pages["numberMatched"]


def test_a_limit_and_an_offset_are_kept_but_none_is_set(client: FlaskClient) -> None:
    part = client.get("/collections/people.geojson?limit=5&offset=7").get_json(force=True)
    items = client.get("/collections/people/items?limit=5&offset=7").get_json(force=True)
    assert part["features"] == items["features"]


def test_an_answer_is_asked_for_a_day_a_case_and_pieces_and_says_so(client: FlaskClient) -> None:
    def areas(case: str, pieces: str) -> list[float]:
        text = client.get(f"/collections/posts-gaps.csv?at=2026-03-01&case={case}&pieces={pieces}").data
        rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
        assert {(row["question"], row["at"], row["case"]) for row in rows} == {("posts", "2026-03-01", case)}
        assert all(row["assumption"].startswith("A post reaches 600 m") for row in rows)
        return [float(row["gap_area_m2"]) for row in rows]

    assert sum(areas("low", "zone")) > sum(areas("high", "zone"))
    assert len(areas("mid", "cell")) > len(areas("mid", "zone")) == 4


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/collections/posts.csv?box=1,2,3,4", "box"),
        ("/collections/posts.csv?bbox=west", "bbox"),
        ("/collections/posts.gpkg?limit=0", "limit"),
        ("/collections/posts.csv?case=low", "case"),
        ("/collections/posts-gaps.kml?case=huge", "case"),
        ("/collections/posts.csv?lang=xx", "lang"),
    ],
)
def test_a_wrong_parameter_is_named(client: FlaskClient, address: str, name: str) -> None:
    response = client.get(address)
    assert response.status_code == 400
    assert f"'{name}'" in response.get_json()["description"]
    assert "Content-Disposition" not in response.headers


@pytest.mark.parametrize(
    "address", ["/collections/nothing.csv", "/collections/posts.shp", "/collections/.csv", "/collections/posts.CSV"]
)
def test_what_there_is_not_is_not_found(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_an_ending_that_there_is_not_is_told_with_those_that_there_are(client: FlaskClient) -> None:
    told = client.get("/collections/posts.shp").get_json()["description"]
    assert told == f"There is no download format 'shp'. There are: {', '.join(DOWNLOADS)}."
    assert "collection" in client.get("/collections/nothing.shp").get_json()["description"]


@pytest.mark.parametrize("suffix", DOWNLOADS)
def test_who_has_it_gets_no_second_one(client: FlaskClient, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get(f"/collections/posts.{suffix}")
    for way in ("fill", "_write"):
        monkeypatch.setattr(f"geoservice.web.downloads.{way}", lambda *_: pytest.fail("written again"))
    for condition in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        again = client.get(f"/collections/posts.{suffix}", headers=condition)
        assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("suffix", DOWNLOADS)
def test_head_says_what_get_says(client: FlaskClient, suffix: str) -> None:
    head, got = (method(f"/collections/posts.{suffix}") for method in (client.head, client.get))
    assert head.data == b""
    volatile = {"Date"}
    assert {k: v for k, v in head.headers if k not in volatile} == {k: v for k, v in got.headers if k not in volatile}
    assert int(got.headers["Content-Length"]) == len(got.data)


def iterated(app: Flask, address: str) -> tuple[Any, dict[str, str]]:
    """Ask as a server does, and give the body as it is handed to it: piece by piece."""
    said: dict[str, str] = {}
    environ = app.test_request_context(address).request.environ

    def start(_status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        said.update(headers)

    return app.wsgi_app(environ, start), said


@pytest.mark.parametrize("suffix", DOWNLOADS)
def test_a_client_that_leaves_in_the_middle_leaves_no_file(city_app: Flask, suffix: str, temporary: Path) -> None:
    body, _ = iterated(city_app, f"/collections/people.{suffix}")
    pieces: Iterator[bytes] = iter(body)
    assert next(pieces)
    assert begun_in(temporary) == []
    body.close()
    assert begun_in(temporary) == []


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(
    client: FlaskClient, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geoservice.formats.frames.pyogrio.read_bounds", lambda _: (None, pd.DataFrame()))
    answer = client.get("/collections/people.gpkg?limit=17")
    assert answer.status_code == 500  # as on a full disk, where GDAL says nothing
    assert begun_in(temporary) == []


@pytest.mark.parametrize("suffix", [suffix for suffix in DOWNLOADS if suffix not in FILES])
def test_text_is_streamed_and_not_held_whole(city_app: Flask, suffix: str) -> None:
    body, headers = iterated(city_app, f"/collections/people.{suffix}?limit=1519")
    assert "Content-Length" not in headers
    assert sum(map(len, body)) > 100_000
    body.close()


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "kml", "gpkg", "fgb", "parquet"])
def test_degrees_of_wgs_84_are_longitude_and_latitude_by_either_name(
    client: FlaskClient, suffix: str, tmp_path: Path
) -> None:
    plain, named = (
        frame_of(suffix, client.get(f"/collections/posts.{suffix}?{query}").data, tmp_path)
        for query in ("", "crs=[EPSG:4326]")
    )
    assert list(named.columns) == list(plain.columns)
    where = ["lon", "lat"] if "lon" in plain else ["geometry"]
    assert named[where].equals(plain[where])
    if suffix in ("csv", "xlsx"):
        assert named["lon"].between(-74.2, -73.7).all()
        assert named["lat"].between(40.5, 41).all()


def test_a_file_says_in_which_system_it_is_where_the_format_does_not(client: FlaskClient, tmp_path: Path) -> None:
    address, uri = "/collections/posts.{}?crs=[EPSG:3857]", "http://www.opengis.net/def/crs/EPSG/0/3857"
    table = frame_of("csv", client.get(address.format("csv")).data, tmp_path)
    assert set(table["coordinate_system"]) == {uri}
    assert table["easting"].between(-8_300_000, -8_200_000).all()
    sheet = frame_of("xlsx", client.get(address.format("xlsx")).data, tmp_path)
    assert sheet["northing"].between(4_900_000, 5_100_000).all()
    about = pd.read_excel(tmp_path / "file.xlsx", sheet_name="about", header=None).set_index(0)[1]
    assert about["coordinate_system"] == uri
    assert client.get(address.format("geojson")).get_json(force=True)["coordinate_system"] == uri
    assert "coordinate_system" not in client.get("/collections/posts.geojson").get_json(force=True)


@pytest.mark.parametrize("suffix", ["csv", "gpkg", "geojson"])
def test_only_what_is_wanted_is_converted(client: FlaskClient, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[int] = []
    to_crs, from_lonlat = gpd.GeoDataFrame.to_crs, ServedCrs.from_lonlat

    def of_frame(self: gpd.GeoDataFrame, *system: Any) -> gpd.GeoDataFrame:
        moved.append(len(self))
        return to_crs(self, *system)

    def of_shapes(self: ServedCrs, shapes: Any) -> Any:
        moved.append(len(shapes))
        return from_lonlat(self, shapes)

    monkeypatch.setattr(gpd.GeoDataFrame, "to_crs", of_frame)
    monkeypatch.setattr(ServedCrs, "from_lonlat", of_shapes)
    answer = client.get(f"/collections/people.{suffix}?crs=[EPSG:3857]&limit=3&properties=weight", buffered=True)
    assert answer.status_code == 200
    assert moved == [3]


@pytest.mark.parametrize(("encoding", "packed"), [("zstd", True), ("br", True), ("gzip", True), ("identity", False)])
def test_text_is_compressed_as_the_client_asks_and_databases_are_not(
    client: FlaskClient, encoding: str, *, packed: bool
) -> None:
    for suffix, form in DOWNLOADS.items():
        response = client.get(f"/collections/people.{suffix}", headers={"Accept-Encoding": encoding}, buffered=True)
        expected = encoding if packed and form.stream is not None else None
        assert response.headers.get("Content-Encoding") == expected, suffix


@pytest.fixture(scope="module")
def address(city_app: Flask) -> Iterator[str]:
    """The city served over the loopback."""
    server = make_server("127.0.0.1", 0, city_app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("suffix", ["geojson", "geojsonl", "csv", "fgb"])
def test_gdal_reads_a_plain_address_as_it_comes(address: str, suffix: str) -> None:
    found = pyogrio.read_dataframe(f"/vsicurl_streaming/{address}/collections/people.{suffix}")
    assert len(found) == 1520


def test_a_connection_cut_in_the_middle_leaves_no_file_and_the_service_well(address: str, temporary: Path) -> None:
    for suffix in DOWNLOADS:
        with urllib.request.urlopen(f"{address}/collections/people.{suffix}", timeout=30) as response:  # noqa: S310 - our own loopback
            response.read(100)
    with urllib.request.urlopen(f"{address}/healthz", timeout=30) as response:  # noqa: S310 - our own loopback
        assert response.status == 200
    assert begun_in(temporary) == []


def test_a_collection_leads_to_its_files_with_what_was_asked(client: FlaskClient) -> None:
    body = client.get("/collections/posts-gaps?case=low").get_json(force=True)
    links = [link for link in body["links"] if link["rel"] == "enclosure"]
    assert [link["type"] for link in links] == [form.media_type for form in DOWNLOADS.values()]
    for link in links:
        response = client.get(link["href"].removeprefix("http://localhost"), buffered=True)
        assert (response.status_code, response.content_type) == (200, link["type"])
        assert link["href"].endswith("?case=low")
