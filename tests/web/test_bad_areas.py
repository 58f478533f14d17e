"""Areas and places that are wrong: each refused quickly, by a message that says what is wrong, in both languages."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from flask import Flask
from flask.testing import FlaskClient

from geoservice.formats.uploads import MOST_BYTES

SLOW_S = 2.0
"""Ten times what the slowest takes on an idle machine."""
BOX = [[-74.05, 40.68], [-74.0, 40.68], [-74.0, 40.72], [-74.05, 40.72], [-74.05, 40.68]]


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def around(lon: float, lat: float, half: float = 0.001) -> list[list[float]]:
    corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
    return [[lon + x, lat + y] for x, y in corners]


def zigzag(teeth: int) -> list[list[float]]:
    """A comb of one outline, which crosses nothing and is very long."""
    ring = [[-74.2, 40.5]]
    for tooth in range(teeth):
        lon = -74.2 + 0.45 * tooth / teeth
        ring += [[lon, 40.95], [lon + 0.2 / teeth, 40.95], [lon + 0.2 / teeth, 40.51], [lon + 0.45 / teeth, 40.51]]
    return [*ring, [-73.75, 40.5], [-74.2, 40.5]]


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def shapefile(folder: Path, frame: gpd.GeoDataFrame) -> dict[str, bytes]:
    frame.to_file(folder / "area.shp")
    return {path.name: path.read_bytes() for path in folder.glob("area.*")}


def lying_zip() -> bytes:
    """A member that unpacks to more than it says."""
    content = packed({"area.shp": b"\0" * 30_000_000, "area.shx": b"", "area.prj": b""})
    return content.replace(struct.pack("<I", 30_000_000), struct.pack("<I", 1_000))


def database(*statements: str) -> bytes:
    with sqlite3.connect(":memory:") as made:
        for statement in statements:
            made.execute(statement)
        return made.serialize()


KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>{}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>'
LAUGHS = '<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><kml>&b;</kml>'
ENDLESS = "CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"

GEOJSON: dict[str, tuple[Any, str]] = {
    "crossing itself": (polygon([BOX[0], BOX[2], BOX[1], BOX[3], BOX[0]]), "crosses itself near -74.02"),
    "touching itself": (
        polygon(
            [
                [-74.05, 40.68],
                [-74.0, 40.68],
                [-74.0, 40.7],
                [-74.02, 40.69],
                [-74.03, 40.68],
                [-74.05, 40.72],
                [-74.05, 40.68],
            ]
        ),
        "touch|crosses",
    ),
    "a hole outside": (polygon(BOX, around(-73.9, 40.7)), "A hole lies outside the area, near -73.9"),
    "a hole in a hole": (polygon(BOX, around(-74.02, 40.7, 0.01), around(-74.02, 40.7)), "A hole lies in another hole"),
    "holes that cut it apart": (
        polygon(BOX, [[-74.05, 40.7], [-74.025, 40.69], [-74.0, 40.7], [-74.025, 40.71], [-74.05, 40.7]]),
        "Holes cut the area apart",
    ),
    "the same ring twice": (polygon(BOX, BOX), "."),
    "no ground at all": (polygon([BOX[0], BOX[1], BOX[0], BOX[0]]), "too few corners|smaller"),
    "smaller than a metre": (polygon(around(-74.02, 40.7, 1e-7)), "smaller than 1 m²"),
    "of one point": (polygon([BOX[0]] * 4), "too few corners"),
    "without rings": (polygon(), "no polygon"),
    "without members": ({"type": "MultiPolygon", "coordinates": []}, "no polygon"),
    "without features": ({"type": "FeatureCollection", "features": []}, "no polygon"),
    "a feature without geometry": ({"type": "Feature", "geometry": None, "properties": {}}, "'None' is no area"),
    "a ring that is open": (polygon(BOX[:-1]), "not those of a polygon"),
    "a ring of two": (polygon(BOX[:2]), "not those of a polygon"),
    "coordinates that are texts": (polygon([["a", "b"]] * 4), "not those of a polygon"),
    "coordinates that are true": (polygon([[True, False]] * 4), "not those of a polygon"),
    "coordinates that are null": (polygon([[None, 1]] * 4), "not those of a polygon"),
    "coordinates of one axis": (polygon([[1.0]] * 4), "not those of a polygon"),
    "coordinates of nine axes": (polygon([[1.0] * 9] * 4), "not those of a polygon"),
    "coordinates that are an object": (polygon({"a": 1}), "not those of a polygon"),
    "numbers too great": (polygon([[1e308, 1e308], [-1e308, 1e308], [0, -1e308], [1e308, 1e308]]), "no longitude"),
    "a point": ({"type": "Point", "coordinates": [-74.0, 40.7]}, "'Point' is no area"),
    "a line": ({"type": "LineString", "coordinates": BOX}, "'LineString' is no area"),
    "a line among polygons": (
        {"type": "GeometryCollection", "geometries": [polygon(BOX), {"type": "LineString", "coordinates": BOX}]},
        "'LineString' is no area",
    ),
    "a type that is none": ({"type": "Circle", "radius": 5}, "'Circle' is no area"),
    "a type that is a list": ({"type": ["Polygon"]}, "is no area"),
    "a list": ([1, 2, 3], "is no area"),
    "a number": (12, "'12' is no area"),
    "a text": ("Polygon", "'Polygon' is no area"),
    "null": (None, "'None' is no area"),
    "in metres": (polygon([[300000, 60000], [301000, 60000], [301000, 61000], [300000, 60000]]), "no longitude"),
    "latitude first": (polygon([[y, x] for x, y in [[-120, 40], [-119, 40], [-119, 41], [-120, 40]]]), "no longitude"),
    "over the antimeridian": (polygon([[179, 40], [-179, 40], [-179, 41], [179, 41], [179, 40]]), "antimeridian"),
    "beyond the antimeridian": (polygon([[179, 40], [181, 40], [181, 41], [179, 41], [179, 40]]), "antimeridian"),
    "around the world": (polygon([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]), "antimeridian"),
    "huge": (polygon([[-120, 20], [-40, 20], [-40, 60], [-120, 60], [-120, 20]]), "far beyond the region"),
    "in another country": (polygon(around(114.17, 22.3, 0.01)), "outside the region"),
    "in no zone": (polygon(around(-73.75, 40.95)), "lies in no zone"),
    "of an unknown system": (polygon(BOX) | {"crs": {"properties": {"name": "EPSG:99999999"}}}, "'EPSG:99999999'"),
    "of a system without a name": (polygon(BOX) | {"crs": 7}, "'None' of the area is not known"),
    "of the wrong system": (polygon(BOX) | {"crs": {"properties": {"name": "EPSG:3857"}}}, "outside the region"),
    "thousands of corners": (
        {"type": "MultiPolygon", "coordinates": [[around(-74.0 - i * 1e-5, 40.7, 1e-6)] for i in range(4_500)]},
        "22500 corners",
    ),
    "a comb": (polygon(zigzag(1_000)), "km long"),
}
FILES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "The file is empty"),
    "blanks": (b"   \n", "The file is empty"),
    "NaN": (b'{"type":"Polygon","coordinates":[[[NaN,1],[1,2],[2,3],[NaN,1]]]}', "not JSON"),
    "infinite": (b'{"type":"Polygon","coordinates":[[[1e999,1],[1,2],[2,3],[1e999,1]]]}', "not JSON"),
    "not JSON": (b"POLYGON((0 0,1 1,1 0,0 0))", "not JSON"),
    "cut off": (json.dumps(polygon(BOX)).encode()[:-5], "not JSON"),
    "UTF-16": (json.dumps(polygon(BOX)).encode("utf-16"), "not JSON"),
    "Big5": ('{"type":"多邊形"}'.encode("big5"), "not JSON"),
    "deep lists": (b'{"type":"Polygon","coordinates":' + b"[" * 900 + b"]" * 900 + b"}", "not those of a polygon"),
    "deeper lists": (b"[" * 100_000, "not JSON"),
    "deep collections": (
        b'{"type":"GeometryCollection","geometries":[' * 100 + b'{"type":"Point"}' + b"]}" * 100, "is no area",
    ),
    "bytes of chance": (bytes(range(256)) * 20, "not JSON"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "not JSON"),
    "KML cut off": (KML.format("0,0 1,1").encode()[:60], "no KML"),
    "KML of laughs": (LAUGHS.encode(), "<!DOCTYPE>"),
    "KML that is HTML": (b"<html><body></body></html>", "<html>"),
    "KML without polygons": (b"<kml></kml>", "no polygon"),
    "KML without numbers": (KML.format("here,there 1,1 2,2 here,there").encode(), "'here,there'"),
    "KML with an open ring": (KML.format("-74,40.7 -74.01,40.7 -74.01,40.71 -74,40.71").encode(), "not those"),
    "KML of an unheard encoding": (b'<?xml version="1.0" encoding="klingon"?><kml/>', "no KML"),
    "KML nested deeply": (b"<kml>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</kml>", "no KML"),
    "another driver's text": (b"<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTDataSource>",
                              "<OGRVRTDataSource>"),
    "a zip of nothing": (packed({}) or b"", "not JSON"),
    "a zip of other things": (packed({"readme.txt": b"hello"}), "holds neither a shapefile nor a KML"),
    "a zip of two shapefiles": (packed({"a.shp": b"", "b.shp": b""}), "holds 2 shapefiles"),
    "a zip of half a shapefile": (packed({"a.shp": b"", "a.dbf": b""}), r"lacks its \.shx, \.prj"),
    "a zip of a false shapefile": (
        packed({"a.shp": b"<OGRVRTDataSource>", "a.shx": b"", "a.prj": b""}), "cannot be read",
    ),
    "a zip of a broken shapefile": (
        packed({"a.shp": struct.pack(">i", 9994) + b"x" * 200, "a.shx": b"x" * 100, "a.prj": b"x"}),
        "cannot be read|no polygon|system",
    ),
    "a zip that is cut off": (packed({"a.shp": b"0123456789" * 100})[:80], "cannot be read"),
    "a zip bomb": (packed({"a.shp": b"\0" * 100_000_000, "a.shx": b"", "a.prj": b""}), "unpacks to too much"),
    "a zip bomb that lies": (lying_zip(), "unpacks to too much|cannot be read"),
    "a zip of many": (packed({f"{n}.txt": b"" for n in range(500)}), "unpacks to too much"),
    "a zip with a lock": (packed({"a.shp": b"1" * 50, "a.shx": b"", "a.prj": b""}, zipfile.ZIP_STORED)
                          .replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00"),
                          "cannot be read"),
    "a damaged database": (b"SQLite format 3\x00" + b"\xff" * 4_000, "cannot be read"),
    "a database that is no GeoPackage": (database("CREATE TABLE a (b)"), "cannot be read|no polygon"),
    "a database without end": (database(ENDLESS), "computes 'gpkg_contents'"),
    "a database of bombs": (
        database("CREATE TABLE a (b, c GENERATED ALWAYS AS (zeroblob(1000000000)))"), "computes 'a'",
    ),
    "a database of other tables": (database("CREATE VIRTUAL TABLE a USING fts5(b)"), "computes 'a'"),
}  # fmt: skip


def refused(client: FlaskClient, content: bytes, kind: str = "application/octet-stream", status: int = 400) -> str:
    """Post an area twice, be refused in English and in Chinese, quickly, and give what was said in English."""
    said = []
    for language in ("en", "zh-Hant"):
        begun = time.perf_counter()
        response = client.post("/areas", data=content, content_type=kind, headers={"Accept-Language": language})
        assert time.perf_counter() - begun < SLOW_S
        assert response.status_code == status, response.text[:500]
        assert response.content_type == "application/json"
        assert response.headers["Content-Language"] == language
        assert len(response.data) < 1_500
        said.append(response.get_json()["description"])
    assert said[0] != said[1]
    assert re.search("[\u4e00-\u9fff]", said[1]), said[1]
    assert not re.search("[\u4e00-\u9fff]", said[0].replace("多邊形", "")), said[0]
    assert "geoservice-upload" not in said[0]
    return str(said[0])


@pytest.mark.parametrize("what", GEOJSON)
def test_an_area_that_is_none_is_refused(client: FlaskClient, what: str) -> None:
    document, wanted = GEOJSON[what]
    found = refused(client, json.dumps(document).encode(), "application/geo+json")
    assert re.search(wanted, found), found


@pytest.mark.parametrize("what", FILES)
def test_a_file_that_is_none_is_refused(client: FlaskClient, what: str) -> None:
    content, wanted = FILES[what]
    found = refused(client, content)
    assert re.search(wanted, found), found


@pytest.mark.parametrize("what", ["nothing", "not JSON", "a picture", "KML that is HTML", "a zip of other things",
                                  "a zip that is cut off", "a damaged database"])  # fmt: skip
def test_whoever_sends_what_cannot_be_read_is_told_every_format_that_can(client: FlaskClient, what: str) -> None:
    told = refused(client, FILES[what][0])
    assert all(name in told for name in ("GeoJSON", "KML", "KMZ", "zipped shapefile", "GeoPackage")), told


def test_a_file_of_lines_is_refused(client: FlaskClient, tmp_path: Path) -> None:
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString(BOX)], crs="EPSG:4326")
    assert "'LineString' is no area" in refused(client, packed(shapefile(tmp_path, lines)))
    lines.to_file(tmp_path / "lines.gpkg")
    assert "'LineString' is no area" in refused(client, (tmp_path / "lines.gpkg").read_bytes())


def test_a_file_of_too_many_features_is_refused(client: FlaskClient, tmp_path: Path) -> None:
    many = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)] * 1_001, crs="EPSG:4326")
    many.to_file(tmp_path / "many.gpkg")
    assert "more than 1000 features" in refused(client, (tmp_path / "many.gpkg").read_bytes())


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 5_000_000])
def test_a_large_file_is_not_read(client: FlaskClient, size: int) -> None:
    assert "larger than 2 MB" in refused(client, b" " * size, status=413)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "a" * 500])
def test_what_a_page_of_another_site_could_send_is_not_read(client: FlaskClient, kind: str) -> None:
    assert "is posted as application/json" in refused(client, json.dumps(polygon(BOX)).encode(), kind, 415)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("lon=x&lat=1", "'lon' cannot be 'x'"),
        ("lat=1", "'lon' is missing"),
        ("lon=1", "'lat' is missing. Allowed: degrees of WGS 84 from -90 to 90."),
        ("lon=nan&lat=1", "'lon' cannot be 'nan'"),
        ("lon=inf&lat=1", "'lon' cannot be 'inf'"),
        ("lon=181&lat=1", "'lon' cannot be '181'"),
        ("lon=1&lat=-90.01", "'lat' cannot be '-90.01'"),
        ("lon=1_0&lat=1", "'lon' cannot be '1_0'"),
        ("lon=1&lon=2&lat=1", "'lon' cannot be '1, 2'"),
        ("lon=%00&lat=1", "'lon' cannot be"),
        (f"lon={'9' * 4000}&lat=1", "'lon' cannot be '999"),
        ("lon=1&lat=1&question=nothing", "'question' cannot be 'nothing'"),
        ("lon=1&lat=1&question=", "'question' cannot be ''"),
        ("lon=1&lat=1&at=tomorrow", "'at' cannot be 'tomorrow'"),
        ("lon=1&lat=1&case=worst", "'case' cannot be 'worst'"),
        ("lon=1&lat=1&zoom=3", "'zoom' is not known here"),
    ],
)
def test_a_place_that_is_none_is_refused(client: FlaskClient, query: str, wanted: str) -> None:
    told = [client.get(f"/place?{query}", headers={"Accept-Language": tag}) for tag in ("en", "zh-Hant")]
    assert [one.status_code for one in told] == [400, 400]
    english, chinese = (one.get_json()["description"] for one in told)
    assert wanted in english
    assert chinese.startswith(("參數「", "此處沒有參數「", "缺少參數「"))
    assert "。可用：" in chinese or "。 可用：" in chinese


@pytest.mark.parametrize("key", ["0" * 32, "x", "%00", "a" * 3_000])
@pytest.mark.parametrize("suffix", ["", ".csv", ".gpkg"])
def test_an_area_that_is_not_kept_is_404(client: FlaskClient, key: str, suffix: str) -> None:
    response = client.get(f"/areas/{key}{suffix}")
    assert response.status_code == 404
    chinese = client.get(f"/areas/{key}{suffix}", headers={"Accept-Language": "zh-Hant"}).get_json()["description"]
    assert chinese != response.get_json()["description"]


def test_bad_inputs_leave_nothing_behind(city_app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client = city_app.test_client()
    for content, _ in FILES.values():
        client.post("/areas", data=content, content_type="application/octet-stream")
    assert list(tmp_path.iterdir()) == []
