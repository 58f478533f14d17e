"""Every format read back by the clients that people have: the features are those of the collection."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd
import numpy as np
import openpyxl
import orjson
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from collections_made import HOSTILE, collection, hostile, mixed, points

from geoservice.collections import Collection
from geoservice.errors import FormatError
from geoservice.formats.downloads import DOWNLOADS, MOST_SHEET_ROWS, require_fit
from geoservice.formats.export import Export
from geoservice.formats.geojson import plain
from geoservice.formats.prepared import PreparedFeatures

DAY = dt.date(2026, 2, 3)
OF_GDAL = ("geojson", "geojsonl", "geojsons", "gpkg", "fgb", "kml")
NEAR_DEG = 1e-7
KML_HAS = {"id": "id2"}
"""KML has an id of its own, beside which GDAL calls a field of that name so."""


def exported(described: Collection, positions: list[int] | None = None, *, prepared: bool = False) -> Export:
    chosen = range(len(described.frame)) if positions is None else positions
    ready = PreparedFeatures(None, 1).of(described) if prepared else None
    return Export(described, list(chosen), described.frame, tuple(described.schema), DAY, ready)


def content(form: str, export: Export) -> bytes:
    stream = DOWNLOADS[form].stream
    assert stream is not None
    return b"".join(stream(export))


def file_of(form: str, export: Export, folder: Path) -> Path:
    path = folder / f"{export.collection.id}.{form}"
    write = DOWNLOADS[form].write
    if write is None:
        path.write_bytes(content(form, export))
    else:
        write(export, path)
    return path


def read(path: Path) -> gpd.GeoDataFrame:
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    return pyogrio.read_dataframe(path)


def said(value: Any) -> Any:
    """Give a value as JSON has it, so that dates, whole numbers and missing values compare."""
    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    return plain(value)


def require_same(
    found: gpd.GeoDataFrame, export: Export, names: dict[str, str] | None = None, *, by_id: bool = False
) -> None:
    described = export.collection
    named = names or {}
    if by_id:  # an index of space has an order of its own
        found = found.set_index("id", drop=False).loc[[described.ids[i] for i in export.positions]]
    assert list(found[named.get("id", "id")]) == [described.ids[i] for i in export.positions]
    rows = described.frame.iloc[list(export.positions)]
    for column in export.properties:
        got = [said(value) for value in found[named.get(column, column)]]
        for one, wanted in zip(got, (said(value) for value in rows[column]), strict=True):
            if isinstance(wanted, float):
                assert math.isclose(one, wanted, rel_tol=1e-12), column
            else:
                assert one == wanted, column
    require_same_shapes(found.geometry.array, rows.geometry.array)


def require_same_shapes(found: Any, wanted: Any) -> None:
    got, expected = np.asarray(found, dtype=object), np.asarray(wanted, dtype=object)
    assert [shape is None for shape in got] == [shape is None or shape.is_empty for shape in expected]
    for one, other in zip(got, expected, strict=True):
        if one is not None:
            assert one.geom_type.removeprefix("Multi") == other.geom_type.removeprefix("Multi")
            assert shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), NEAR_DEG) or (
                one.geom_type != other.geom_type and shapely.hausdorff_distance(one, other) < NEAR_DEG
            )


@pytest.mark.parametrize("form", [*OF_GDAL, "parquet"])
def test_values_missing_values_ids_and_places_come_back_the_same(form: str, tmp_path: Path) -> None:
    export = exported(points(300), prepared=form.startswith("geojson"))
    names = KML_HAS if form == "kml" else None
    require_same(read(file_of(form, export, tmp_path)), export, names, by_id=form == "fgb")


@pytest.mark.parametrize("form", [*OF_GDAL, "parquet"])
def test_a_chosen_part_comes_in_its_order(form: str, tmp_path: Path) -> None:
    export = exported(points(50), [40, 3, 4, 5, 0], prepared=form.startswith("geojson"))
    names = KML_HAS if form == "kml" else None
    require_same(read(file_of(form, export, tmp_path)), export, names, by_id=form == "fgb")


@pytest.mark.parametrize("form", [*OF_GDAL, "parquet"])
def test_every_kind_of_geometry_and_none_come_back(form: str, tmp_path: Path) -> None:
    export = exported(mixed(), prepared=form.startswith("geojson"))
    names = KML_HAS if form == "kml" else None
    require_same(read(file_of(form, export, tmp_path)), export, names, by_id=form == "fgb")


@pytest.mark.parametrize("form", ["geojson", "geojsonl", "geojsons", "parquet"])
def test_hostile_values_come_back_as_they_were(form: str, tmp_path: Path) -> None:
    export = exported(hostile(), prepared=True)
    if form == "parquet":
        require_same(read(file_of(form, export, tmp_path)), export)
        return
    written = content(form, export)
    listed = orjson.loads(written)["features"] if form == "geojson" else _each(written, form)
    assert [feature["properties"]["name_en"] for feature in listed] == list(HOSTILE)
    assert [feature["id"] for feature in listed] == list(export.collection.ids)


def _each(written: bytes, form: str) -> list[Any]:
    """Take a sequence apart as RFC 8142 says, or by lines."""
    if form == "geojsons":
        assert written.startswith(b"\x1e")
        assert written.endswith(b"\n")
        return [orjson.loads(text) for text in written.split(b"\x1e")[1:]]
    assert b"\x1e" not in written
    return [orjson.loads(line) for line in written.splitlines()]


@pytest.mark.parametrize("form", ["gpkg", "fgb", "kml"])
def test_hostile_values_are_text_and_stay_as_much_as_the_format_can_hold(form: str, tmp_path: Path) -> None:
    export = exported(hostile())
    found = read(file_of(form, export, tmp_path))
    if form == "fgb":
        found = found.set_index("id").loc[list(export.collection.ids)]
    names = [str(value) for value in found["name_en"]]
    assert len(names) == len(HOSTILE)
    for one, wanted in zip(names, HOSTILE, strict=True):
        if "\x00" in wanted:
            assert one.startswith("NUL ")
        elif form == "kml":
            assert one.strip() == wanted.strip() or wanted in ("", "NULL"), wanted
        else:
            assert one == wanted
    assert list(found["weight"]) == [-float(number) for number in range(len(HOSTILE))]


@pytest.mark.parametrize("prepared", [True, False], ids=["prepared", "written anew"])
@pytest.mark.parametrize("form", ["geojson", "geojsonl", "geojsons"])
def test_what_is_prepared_is_the_same_bytes_as_what_is_written_anew(form: str, prepared: bool) -> None:  # noqa: FBT001 - a parameter of the test
    described = points(9_000)
    chosen = [*range(8_990), 3, 1]
    assert content(form, exported(described, chosen, prepared=prepared)) == content(form, exported(described, chosen))


@pytest.mark.parametrize("form", ["geojson", "gpkg", "fgb", "parquet"])
def test_the_file_says_what_it_rests_on(form: str, tmp_path: Path) -> None:
    path = file_of(form, exported(points(3), prepared=True), tmp_path)
    source, licence = "Lands & Works (https://example.org/a?b=1&c=2)", "Open <Licence> (https://example.org/licence)"
    if form == "parquet":
        metadata = pq.read_schema(path).metadata
        stored = orjson.loads(metadata[b"PANDAS_ATTRS"])
        assert gpd.read_parquet(path).attrs == stored
    elif form == "geojson":
        stored = orjson.loads(path.read_bytes())
        assert list(stored)[-1] == "features"
    else:
        stored = pyogrio.read_info(path)["layer_metadata"]
        assert all(text in stored["DESCRIPTION"] for text in (source, licence, "2026-01-31", "For tests & trials."))
        if form == "fgb":
            return
    assert (stored["source"], stored["licence"]) == (source, licence)
    assert (stored["as_of"], stored["exported"]) == ("2026-01-31", "2026-02-03")


def test_an_answer_says_its_question_and_assumption_and_each_layer_it_rests_on() -> None:
    described = collection([None], {})
    about = {
        "question": {"id": "posts", "at": "2026-01-01", "case": "low"},
        "assumption": {"en": "A post reaches 600 m.", "zh": "假設"},
        "rests_on": [
            {"layer": "posts", "as_of": "2026-01-01", "licence": {"name": {"en": "Free"}}},
            {"layer": "booths", "as_of": "2026-01-01", "licence": {"name": {"en": "Free"}}},
        ],
        "illustrative": True,
    }
    object.__setattr__(described, "about", about)
    assert exported(described).credits == {
        "source": "posts; booths",
        "licence": "Free",
        "as_of": "2026-01-01",
        "question": "posts",
        "at": "2026-01-01",
        "case": "low",
        "assumption": "A post reaches 600 m.",
        "illustrative": "true",
        "exported": "2026-02-03",
    }


def test_geoparquet_is_of_version_1_1_with_a_column_of_boxes(tmp_path: Path) -> None:
    path = file_of("parquet", exported(points(30)), tmp_path)
    geo = orjson.loads(pq.read_schema(path).metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert gpd.read_parquet(path, bbox=(114, 22, 114.1, 22.5))["id"].size < 30
    assert gpd.read_parquet(path).crs == "OGC:CRS84"


def test_a_flatgeobuf_is_indexed_unless_a_feature_has_no_place(tmp_path: Path) -> None:
    for described, indexed in ((points(30), True), (mixed(), False)):
        path = file_of("fgb", exported(described), tmp_path)
        assert pyogrio.read_info(path)["capabilities"]["fast_spatial_filter"] is indexed


@pytest.mark.parametrize("form", [form for form in DOWNLOADS if form not in ("geojsonl", "geojsons", "kml")])
def test_an_empty_collection_makes_a_file_that_opens(form: str, tmp_path: Path) -> None:
    path = file_of(form, exported(collection([], {"name_en": ("string", [])})), tmp_path)
    if form == "xlsx":
        assert [cell.value for cell in openpyxl.load_workbook(path)["features"][1]] == ["id", "name_en", "lon", "lat"]
        return
    found = read(path) if form != "csv" else pd.read_csv(path)
    assert len(found) == 0
    assert form == "geojson" or {"id", "name_en"} <= set(found.columns)


# ------------------------------------------------------------------ CSV


def test_csv_opens_in_pandas_with_numbers_as_numbers_and_what_it_rests_on_beside() -> None:
    export = exported(points(100))
    written = content("csv", export)
    assert written.startswith(b"\xef\xbb\xbf")
    found = pd.read_csv(io.BytesIO(written))
    rows = export.collection.frame
    assert list(found["id"]) == list(export.collection.ids)
    assert found["range_m"].equals(rows["range_m"].astype(float))
    assert list(found["name_zh"]) == list(rows["name_zh"])
    assert np.allclose(found["lon"], rows.geometry.x, atol=NEAR_DEG)
    assert np.allclose(found["lat"], rows.geometry.y, atol=NEAR_DEG)
    assert set(found["as_of"]) == {"2026-01-31"}
    assert list(found.columns[-4:]) == ["source", "licence", "as_of", "exported"]


def test_csv_holds_other_geometry_as_well_known_text() -> None:
    described = mixed()
    found = pd.read_csv(io.BytesIO(content("csv", exported(described))))
    assert "lon" not in found.columns
    shapes = [None if value != value else shapely.from_wkt(value) for value in found["wkt"]]  # noqa: PLR0124 - not a number
    require_same_shapes(shapes, described.frame.geometry.array)


def test_csv_runs_nothing_in_a_spreadsheet_and_stays_what_rfc_4180_says() -> None:
    export = exported(hostile())
    written = content("csv", export).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(written, newline="")))
    assert [row["name_en"].removeprefix("'") for row in rows] == list(HOSTILE)
    for row in rows:
        for column, cell in row.items():
            if column not in ("weight", "lon", "lat"):
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    assert [float(row["weight"]) for row in rows] == [-float(number) for number in range(len(HOSTILE))]
    assert rows[-3]["id"] == "'=1+1"
    assert written.endswith("\r\n")


def test_a_column_of_the_data_keeps_its_name_beside_ours() -> None:
    described = collection(
        [shapely.Point(114, 22)],
        {"id": ("string", ["own"]), "lon": ("number", [5.0]), "source": ("string", ["theirs"])},
    )
    (row,) = csv.DictReader(io.StringIO(content("csv", exported(described)).decode("utf-8-sig")))
    assert (row["id"], row["id_"], row["lon"], row["lon_2"]) == ("f.0", "own", "5.0", "114.0")
    assert (row["source"], row["source_2"][:5]) == ("theirs", "Lands")


# ------------------------------------------------------------------ KML and workbooks


def test_kml_is_well_formed_whatever_is_in_it_and_says_what_it_rests_on() -> None:
    root = ET.fromstring(content("kml", exported(hostile())))  # noqa: S314 - our own
    space = {"k": "http://www.opengis.net/kml/2.2"}
    names = [element.text for element in root.findall(".//k:Placemark/k:name", space)]
    assert names[HOSTILE.index("]]> & </name><script>alert(1)</script>")] == "]]> & </name><script>alert(1)</script>"
    assert names[7] == HOSTILE[7]
    assert root.findall(".//k:script", space) == []
    description = root.findtext("k:Document/k:description", namespaces=space) or ""
    assert "Open <Licence> (https://example.org/licence)" in description
    assert "exported: 2026-02-03" in description


def test_kml_and_workbooks_refuse_what_they_cannot_hold() -> None:
    grid = points(5)
    metres = Export(grid, [0], grid.frame.to_crs(3857), (), DAY)
    with pytest.raises(FormatError, match="KML"):
        require_fit(DOWNLOADS["kml"], metres)
    many = Export(grid, range(MOST_SHEET_ROWS + 1), grid.frame, (), DAY)
    with pytest.raises(FormatError, match=r"100,001 features"):
        require_fit(DOWNLOADS["xlsx"], many)
    require_fit(DOWNLOADS["csv"], many)


def test_a_text_too_long_for_a_cell_is_refused_and_not_cut(tmp_path: Path) -> None:
    described = collection([None], {"name_en": ("string", ["x" * 32_768])})
    with pytest.raises(FormatError, match="32,768 characters"):
        file_of("xlsx", exported(described), tmp_path)


def test_a_workbook_holds_texts_as_texts_and_says_what_it_rests_on(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(file_of("xlsx", exported(hostile()), tmp_path))
    rows = list(book["features"].iter_rows())
    assert [cell.value for cell in rows[0]] == ["id", "name_en", "weight", "lon", "lat"]
    assert {cell.data_type for row in rows[1:] for cell in row[:2] if cell.value is not None} <= {"s", "inlineStr"}
    assert rows[1][1].value == HOSTILE[0]
    assert rows[3][2].value == -2
    about = {row[0].value: row[1].value for row in book["about"].iter_rows()}
    assert about["licence"] == "Open <Licence> (https://example.org/licence)"


@pytest.mark.parametrize("form", ["geojson", "csv", "gpkg", "fgb", "parquet"])
def test_metres_of_another_system_are_written_with_its_name(form: str, tmp_path: Path) -> None:
    described = points(20)
    grid = described.frame.to_crs(3857)
    export = Export(described, range(20), grid, tuple(described.schema), DAY)
    path = file_of(form, export, tmp_path)
    if form == "csv":
        found = pd.read_csv(path)
        assert np.allclose(found["easting"], grid.geometry.x, atol=0.001)
        return
    found = read(path)
    assert form == "geojson" or found.crs == "EPSG:3857"
    places = found.set_index("id").geometry.loc[list(described.ids)] if form == "fgb" else found.geometry
    wanted = shapely.get_coordinates(grid.geometry.array)
    assert np.allclose(shapely.get_coordinates(places.array), wanted, atol=0.001)
