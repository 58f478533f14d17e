"""A planner's spreadsheet becomes a layer: what is proposed, what is written, what is refused, what comes back."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from city import feet
from click.testing import CliRunner, Result

from geoservice.catalog import Catalog, Layer, open_catalog
from geoservice.catalog.propose import HEADINGS, plain_heading, propose
from geoservice.cli import main
from geoservice.errors import LayerError

HEADING = ["Camera No.", "Location", "Latitude", "Longitude", "Direction", "Range (m)", "Status"]
LAT, LON = 40.7160, -73.9882
"""The middle of the ward South West."""


@pytest.fixture
def own_city(own_city: Path) -> Path:
    """A copy of the made-up city to add to, without its people: most cells of it, and nothing here counts them."""
    shutil.rmtree(own_city / "people")
    return own_city


pytestmark = pytest.mark.usefixtures("only_our_settings")


def write(path: Path, rows: list[list[Any]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path.write_bytes("\r\n".join(delimiter.join(str(cell) for cell in row) for row in rows).encode(encoding))
    return path


def book(path: Path, rows: list[list[Any]], merged: str | None = None) -> Path:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    if merged:
        workbook.active.merge_cells(merged)
    workbook.save(path)
    return path


def add(folder: Path, file: Path, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, ["layers", "add", str(file), "--layers", str(folder), *words], input=answer)


def added(folder: Path, layer_id: str) -> Layer:
    return open_catalog(folder).layers[layer_id]


def camera(name: str = "C1", **changes: Any) -> list[Any]:
    row = {"id": name, "name": "Main Street", "lat": LAT, "lon": LON, "bearing": 90, "range": 50, "status": "Active"}
    return list({**row, **changes}.values())


# ------------------------------------------------------------------ the proposal


def test_headings_and_values_are_taken_for_what_they_mean(city: Catalog, tmp_path: Path) -> None:
    file = write(tmp_path / "survey.csv", [[*HEADING, "Ward", "Remark"], [*camera(), "South West", "new"]])
    proposal = propose(file, city, "survey")
    assert {one.column: one.field for one in proposal.columns} == {
        "Camera No.": "id",
        "Location": "name_en",
        "Latitude": "lat",
        "Longitude": "lon",
        "Direction": "bearing_deg",
        "Range (m)": "range_m",
        "Status": "status",
        "Ward": "zone_label",
        "Remark": "(kept as it is)",
    }
    assert proposal.manifest["role"] == "camera"
    assert proposal.manifest["values"] == {"status": {"Active": "operating"}}
    assert proposal.manifest["zone_label"] == {"column": "Ward", "zone_system": "ward"}


def test_chinese_headings_are_understood(city: Catalog, tmp_path: Path) -> None:
    rows = [
        ["鏡頭編號", "中文名稱", "緯度", "經度", "方位", "視角", "狀態"],
        ["C1", "大街", LAT, LON, "N", 90, "運作中"],
    ]
    fields = {one.field for one in propose(write(tmp_path / "a.csv", rows, "utf-8-sig"), city, "a").columns}
    assert fields == {"id", "name_zh", "lat", "lon", "bearing_deg", "view_angle_deg", "status"}


def test_positions_without_a_heading_are_known_by_their_values(city: Catalog, tmp_path: Path) -> None:
    x, y = feet(1000, 1000)
    for rows, fields in (
        ([["a", "b", "c"], ["p", LON, LAT]], {"b": "lon", "c": "lat"}),
        ([["a", "b", "c"], ["p", round(y), round(x)]], {"c": "easting", "b": "northing"}),
        ([["name", "lat", "lon"], ["p", LON, LAT]], {"lat": "lon", "lon": "lat"}),
    ):
        found = {one.column: one.field for one in propose(write(tmp_path / "a.csv", rows), city, "a").columns}
        assert found.items() >= fields.items()


def test_a_bearing_is_known_by_its_values_and_its_absence_is_said(city: Catalog, tmp_path: Path) -> None:
    """Under a heading that nobody expects; years and numbers alone are no bearings."""
    looks = ["NE", "180", "270-90", "45", "ssw"]
    rows = [["id", "lat", "lon", "Looks to", "Built"], *(["c", LAT, LON, look, 200] for look in looks)]
    found = propose(write(tmp_path / "cameras.csv", rows), city, "a")
    assert found.manifest["columns"]["bearing_deg"] == "Looks to"
    assert not any("bearing" in note for note in found.notes)
    rows = [["id", "lat", "lon", "Built", "Side"], *(["c", LAT, LON, 200, side] for side in ("left", "N", "right"))]
    found = propose(write(tmp_path / "cameras.csv", rows), city, "a")
    assert "bearing_deg" not in found.manifest["columns"]
    assert any("every camera looks all round" in note for note in found.notes)


def test_a_length_in_feet_is_not_taken_for_metres(city: Catalog, tmp_path: Path) -> None:
    rows = [["id", "lat", "lon", "Range (ft)"], ["a", LAT, LON, 100]]
    proposal = propose(write(tmp_path / "cameras.csv", rows), city, "a")
    assert "range_m" not in proposal.manifest["columns"]
    assert any("'Range (ft)' is in ft, not in m" in note for note in proposal.notes)


@pytest.mark.parametrize(
    ("heading", "plain"),
    [
        ("Camera No.", ("camera no", None)),
        ("Range (m)", ("range", "m")),
        ("camera:direction", ("camera direction", None)),
        ("viewAngle [deg]", ("view angle", "deg")),
        ("範圍（米）", ("範圍", "米")),
        ("  NAME_EN ", ("name en", None)),
    ],
)
def test_headings_are_made_alike(heading: str, plain: tuple[str, str | None]) -> None:
    assert plain_heading(heading) == plain


def test_the_table_of_headings_is_made_alike_already() -> None:
    assert [n for names in HEADINGS.values() for n in names if plain_heading(n)[0] != n] == []


# ------------------------------------------------------------------ what is written


def test_a_spreadsheet_becomes_a_layer_and_its_problems_are_told(own_city: Path, tmp_path: Path) -> None:
    rows = [HEADING, camera(), camera("C2", bearing=361), camera("C3", lat=0), camera("C1")]
    result = add(own_city, book(tmp_path / "My Cameras.xlsx", rows))
    assert result.exit_code == 1, result.output
    assert "361" in result.stdout
    assert "2 features added, 2 rows set aside" in result.stdout or "1 features added" in result.stdout
    layer = added(own_city, "my-cameras")
    assert "C2" in set(layer.features["id"])
    assert {problem.row for problem in layer.problems} == {3, 4, 5} | ({2} if len(layer.features) == 1 else set())
    manifest = tomllib.loads((own_city / "my-cameras" / "layer.toml").read_text(encoding="utf-8"))
    assert manifest["source"]["name"]["en"] == manifest["licence"]["name"]["en"] == "To be stated"
    assert (own_city / "my-cameras" / "My Cameras.xlsx").exists()


def test_a_sound_file_ends_with_0_and_asks_nothing_in_a_pipe(own_city: Path, tmp_path: Path) -> None:
    result = add(own_city, write(tmp_path / "c.csv", [HEADING, camera()]))
    assert (result.exit_code, "Add the layer" in result.output) == (0, False)


TITLE = ["Survey of 2026", *[""] * (len(HEADING) - 1)]


@pytest.mark.parametrize(
    ("rows", "row"),
    [
        ([HEADING, camera()], 1),
        ([TITLE, HEADING, camera()], 2),
        ([TITLE, [""] * len(HEADING), HEADING, camera()], 3),
        ([["", "", "Position", "", "View", "", ""], HEADING, camera()], 2),
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_row_of_the_headings_is_found(
    own_city: Path, tmp_path: Path, rows: list[list[Any]], row: int, suffix: str
) -> None:
    file = tmp_path / f"c.{suffix}"
    if suffix == "csv":
        write(file, rows)
    else:
        book(file, [[cell or None for cell in one] for one in rows], merged="A1:C1" if row == 2 else None)
    assert add(own_city, file).exit_code == 0
    layer = added(own_city, "c")
    assert layer.manifest.heading_row == row
    assert list(layer.features.index) == [row + 1]


@pytest.mark.parametrize(
    ("encoding", "declared"), [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("big5hkscs", "big5hkscs")]
)
def test_the_encoding_is_found(own_city: Path, tmp_path: Path, encoding: str, declared: str | None) -> None:
    rows = [["id", "名稱", "lat", "lon"], ["a", "彌敦道啟德埗", LAT, LON], ["b", "中環", LAT, LON]]
    assert add(own_city, write(tmp_path / "c.csv", rows, encoding)).exit_code == 0
    layer = added(own_city, "c")
    assert layer.manifest.encoding == declared
    assert list(layer.features["name_zh"]) == ["彌敦道啟德埗", "中環"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(own_city: Path, tmp_path: Path, delimiter: str) -> None:
    assert add(own_city, write(tmp_path / "c.csv", [HEADING, camera()], delimiter=delimiter)).exit_code == 0
    assert len(added(own_city, "c").features) == 1


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"id,lat,lon\n", "has no rows"),
        ("a.csv", b"id,name\na,b\n", "says where its rows are: it has id, name"),
        ("a.csv", b"id,id\na,b\n", "names 'id' twice"),
        ("a.csv", b"id,lat,lon\na,0,0\n", "Nothing"),
        ("a.xlsx", b"no workbook", "is not a workbook"),
        ("a.gpkg", b"no database", "cannot be read"),
        ("a.parquet", b"PAR1", "is not a Parquet file"),
        ("a.csv", b'id,lat,lon\na,"1,2\n', "Row 2: The row has 2 fields and the heading 3."),
    ],
)
def test_what_is_no_layer_is_refused_and_leaves_nothing(
    own_city: Path, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    before = sorted(own_city.rglob("*"))
    result = add(own_city, tmp_path / name)
    if result.exit_code == 2:
        assert says in result.stderr
        assert sorted(own_city.rglob("*")) == before
    else:
        assert says == "Nothing"  # rows that lie elsewhere are set aside, one by one
        assert "0 features added" in result.stdout


def test_a_layer_that_is_there_is_not_written_over(own_city: Path, tmp_path: Path) -> None:
    before = (own_city / "posts" / "layer.toml").read_bytes()
    result = add(own_city, write(tmp_path / "posts.csv", [HEADING, camera()]))
    assert result.exit_code == 2
    assert "There is a layer 'posts' already." in result.stderr
    assert (own_city / "posts" / "layer.toml").read_bytes() == before


@pytest.mark.parametrize("words", [["--id", "a b"], ["--id", "../x"], ["--id", "posts-gaps"], ["--role", "police"]])
def test_a_bad_option_is_refused(own_city: Path, tmp_path: Path, words: list[str]) -> None:
    before = sorted(own_city.rglob("*"))
    result = add(own_city, write(tmp_path / "c.csv", [HEADING, camera()]), *words)
    assert result.exit_code == 2
    assert words[1] in result.stderr
    assert sorted(own_city.rglob("*")) == before


# ------------------------------------------------------------------ values of a planner's sheet


ODD_CELLS = [
    ("bearing", 361, "bad-bearing", None),
    ("bearing", -10, "bad-bearing", None),
    ("bearing", "N", None, 0.0),
    ("bearing", "NNE", None, 22.5),
    ("bearing", "north-ish", "bad-bearing", None),
    ("bearing", "N/A", "bad-bearing", None),
    ("bearing", "", None, None),
    ("bearing", "45°", "bad-bearing", None),
    ("bearing", "12,5", "bad-bearing", None),
    ("bearing", True, "bad-bearing", None),
    ("bearing", "#N/A", "bad-bearing", None),
    ("bearing", "nan", "bad-bearing", None),
    ("bearing", 0, None, 0.0),
    ("bearing", 359.9, None, 359.9),
    ("range", -5, "bad-range", None),
    ("range", 0, "bad-range", None),
    ("range", "30 ft", "bad-range", None),
    ("range", "30m", "bad-range", None),
    ("range", "1,000", "bad-range", None),
    ("range", "abc", "bad-range", None),
    ("range", "1e9", "bad-range", None),
    ("range", "inf", "bad-range", None),
    ("range", "", None, None),
    ("range", " 50 ", None, 50.0),
    ("range", "1_000", "bad-range", None),
    ("range", "５０", None, 50.0),
    ("status", "Exploded", "unknown-value", None),
    ("status", "operating", None, "operating"),
    ("status", "In service", None, "operating"),
    ("status", "removed", None, "closed"),
    ("status", "", "missing-status", None),
]
FIELD = {"bearing": "bearing_deg", "range": "range_m", "status": "status"}


def test_an_odd_cell_keeps_its_row_and_says_what_is_wrong(own_city: Path, tmp_path: Path) -> None:
    ids = [f"C{number}" for number in range(len(ODD_CELLS))]
    rows = [camera(one, **{cell: value}) for one, (cell, value, *_) in zip(ids, ODD_CELLS, strict=True)]
    add(own_city, book(tmp_path / "c.xlsx", [HEADING, *rows]))
    layer = added(own_city, "c")
    assert list(layer.features["id"]) == ids
    features = layer.features.set_index("id")
    found = [features.loc[one, FIELD[cell]] for one, (cell, *_) in zip(ids, ODD_CELLS, strict=True)]
    assert [None if pd.isna(value) else value for value in found] == [read for *_, read in ODD_CELLS]
    wrong = [(row, FIELD[cell], code) for row, (cell, _, code, _) in enumerate(ODD_CELLS, 2) if code]
    assert sorted((p.row, p.field, p.code) for p in layer.problems) == wrong


ODD_ROWS = [
    ({"lat": LON, "lon": LAT}, "swapped"),
    ({"lat": ""}, "no-position"),
    ({"lat": "", "lon": ""}, "no-position"),
    ({"lat": "forty"}, "bad-number"),
    ({"lat": 0, "lon": 0}, "outside"),
    ({"lat": 40.7128, "lon": 74.006}, "outside"),
    ({"lat": 999}, ""),
    ({"lat": "40°42'"}, "bad-number"),
    ({"lat": "40,7"}, "bad-number"),
    ({"id": ""}, "id"),
    ({"id": "C1"}, "id"),
    ({"id": "  "}, "id"),
    ({"id": "#REF!"}, None),
    ({"id": "001"}, None),
    ({"name": "=1+1"}, None),
    ({"name": "Total", "id": "", "lat": "", "lon": "", "bearing": "", "range": 200, "status": ""}, "id"),
]


@pytest.mark.parametrize(("changes", "why"), ODD_ROWS)
def test_an_odd_row_is_set_aside_alone_or_kept(
    own_city: Path, tmp_path: Path, changes: dict[str, Any], why: str | None
) -> None:
    sound = [camera(f"C{n}") for n in (1, 2, 4, 5)]
    values = dict(zip(("id", "name", "lat", "lon", "bearing", "range", "status"), camera("C3"), strict=True))
    odd = list({**values, **changes}.values())
    add(own_city, write(tmp_path / "c.csv", [HEADING, *sound[:2], odd, *sound[2:]]))
    layer = added(own_city, "c")
    kept = set(layer.features["id"])
    assert {"C2", "C4", "C5"} <= kept
    if why is None:
        assert len(kept) == 5
        return
    assert 4 in {problem.row for problem in layer.problems}
    assert 4 in set(layer.set_aside["row"])
    assert layer.set_aside.set_index("row").loc[4, "reason"]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-01-31", dt.date(2026, 1, 31)),
        (pd.Timestamp(2026, 1, 31), dt.date(2026, 1, 31)),
        ("31/12/2024", None),
        ("2024-13-01", None),
        (45678, None),
        ("soon", None),
        ("Jan 2026", None),
    ],
)
def test_a_date_is_a_day_or_a_problem(own_city: Path, tmp_path: Path, value: Any, read: dt.date | None) -> None:
    file = book(tmp_path / "c.xlsx", [[*HEADING, "Installed"], [*camera(), value]])
    add(own_city, file)
    layer = added(own_city, "c")
    assert list(layer.features["valid_from"]) == [read]
    assert [p.field for p in layer.problems] == ([] if read else ["valid_from"])


def test_a_row_in_another_encoding_is_set_aside_alone(own_city: Path, tmp_path: Path) -> None:
    text = [",".join(HEADING), *(",".join(map(str, [f"C{n}", "大街", *camera()[2:]])) for n in range(1, 5))]
    lines = [line.encode() for line in text]
    lines[2] = text[2].encode("big5hkscs")
    (tmp_path / "c.csv").write_bytes(b"\r\n".join(lines))
    assert add(own_city, tmp_path / "c.csv").exit_code == 1
    layer = added(own_city, "c")
    assert list(layer.features["id"]) == ["C1", "C3", "C4"]
    assert [(p.row, p.code) for p in layer.problems] == [(3, "bad-encoding")]


@pytest.mark.soak
def test_three_bad_rows_of_200_000_are_found_in_bounded_memory(own_city: Path, tmp_path: Path) -> None:
    rows = [HEADING, *(camera(f"C{n}", lat=round(LAT + n % 97 * 1e-5, 6)) for n in range(2, 200_002))]
    rows[1_000 - 1] = camera("C1000", lat="")
    rows[100_000 - 1] = camera("C2")
    rows[200_000 - 1] = camera("C200000", lon=LON + 90)
    write(tmp_path / "c.csv", rows)
    command = [sys.executable, "-m", "geoservice", "layers", "add", str(tmp_path / "c.csv"), "--layers", str(own_city)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = process.stdout.read().decode()
        _, code, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 1
    assert used.ru_maxrss < 1.5 * 1024 * 1024  # KiB
    assert "rows set aside" in told
    layer = added(own_city, "c")
    assert len(layer.features) == 200_000 - len(layer.set_aside)
    assert {1_000, 100_000, 200_000} <= set(layer.set_aside["row"])
    assert len(layer.set_aside) <= 4  # of two rows with one id neither may be trusted


# ------------------------------------------------------------------ there and back


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
@pytest.mark.parametrize(
    "layer_id",
    ["police-stations", "traffic-cameras", "lampposts", pytest.param("smartview-plan-2024", marks=pytest.mark.soak)],
)
def test_an_exported_spreadsheet_reads_back_equal(
    root: Path, hong_kong: Catalog, tmp_path: Path, layer_id: str, suffix: str
) -> None:
    file = tmp_path / f"back.{suffix}"
    exported = CliRunner().invoke(main, ["export", layer_id, "-o", str(file), "--layers", str(root / "layers")])
    assert exported.exit_code == 0, exported.output
    before = hong_kong.layers[layer_id]
    proposal = propose(file, hong_kong, "back", before.manifest.role)
    folder = tmp_path / "layers"
    folder.mkdir()
    for path in (root / "layers").iterdir():
        if path.name in ("region.toml", "districts"):
            (folder / path.name).symlink_to(path)
    text = (folder / "region.toml").resolve().read_text(encoding="utf-8")
    (folder / "region.toml").unlink()
    (folder / "region.toml").write_text(text.split("[[question]]")[0], encoding="utf-8")
    assert add(folder, file, "--role", str(before.manifest.role)).exit_code in (0, 1)
    after = added(folder, "back")
    assert proposal.manifest["columns"]["id"] == "id"
    assert list(after.features["id"]) == list(before.features["id"])
    for name in before.features.columns.drop(["row", "geometry", "zone_label"], errors="ignore"):
        values = [None if pd.isna(v) else v for v in before.features[name]]
        if name in after.features and any(value is not None for value in values):
            told = [None if pd.isna(v) else v for v in after.features[name]]
            assert [str(v) for v in told] == [str(v) for v in values], name
    apart = before.features.geometry.reset_index(drop=True).distance(after.features.geometry.reset_index(drop=True))
    assert apart.max() < 0.02


def test_what_cannot_be_placed_is_said_by_name(city: Catalog, tmp_path: Path) -> None:
    with pytest.raises(LayerError, match="There is no file"):
        propose(tmp_path / "none.csv", city, "none")


# ------------------------------------------------------------------ tables, degrees, and files in company


def test_a_plain_table_needs_no_position(own_city: Path, tmp_path: Path) -> None:
    rows = [["Year", "Status", "Crimes"], [2024, "final", 12], [2025, "draft", 9]]
    result = add(own_city, write(tmp_path / "crime.csv", rows), "--role", "table", "--yes")
    assert result.exit_code in (0, 1), result.output
    layer = added(own_city, "crime")
    assert list(layer.features["Crimes"]) == ["12", "9"]
    assert [p.code for p in layer.problems if p.code != "unknown-value"] == []


def test_a_plain_table_may_name_places(own_city: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "crime.csv", [["id", "lat", "lon", "Crimes"], ["a", LAT, LON, 12]])
    result = add(own_city, file, "--role", "table")
    assert result.exit_code == 0, result.output
    assert list(added(own_city, "crime").features["id"]) == ["a"]


@pytest.mark.parametrize("heading", [["id", "X", "Y"], ["id", "x", "y"], ["id", "Easting", "Northing"]])
@pytest.mark.parametrize("swapped", [False, True])
def test_degrees_headed_x_and_y_are_longitude_and_latitude(
    own_city: Path, tmp_path: Path, heading: list[str], *, swapped: bool
) -> None:
    rows = [[name, lon, LAT] for name, lon in (("a", LON), ("b", LON + 0.001), ("c", LON + 0.002))]
    if swapped:
        rows = [[name, lat, lon] for name, lon, lat in rows]
    result = add(own_city, write(tmp_path / "c.csv", [heading, *rows]))
    assert result.exit_code == 0, result.output
    lon, lat = heading[1:][::-1] if swapped else heading[1:]
    position = added(own_city, "c").manifest.position
    assert (position.lon, position.lat, position.easting) == (lon, lat, None)


def test_degrees_headed_x_and_y_do_not_stand_beside_longitude_and_latitude(city: Catalog, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", [["id", "lon", "lat", "X", "Y"], ["a", LON, LAT, LON, LAT]])
    assert propose(file, city, "c").manifest["position"] == {"lon": "lon", "lat": "lat"}


def test_a_grid_headed_x_and_y_stays_one(city: Catalog, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", [["id", "X", "Y"], ["a", *feet(1000, 1000)]])
    position = propose(file, city, "c").manifest["position"]
    assert (position["easting"], position["northing"]) == ("X", "Y")


def points(path: Path, driver: str) -> Path:
    places = gpd.points_from_xy(*zip(feet(1000, 1000), feet(3000, 1000), strict=True))
    frame = gpd.GeoDataFrame({"code": ["a", "b"], "label": ["A", "B"]}, geometry=places, crs="EPSG:2263")
    frame.to_file(path, driver=driver)
    return path


@pytest.mark.parametrize("capitals", [str.upper, str.lower])
def test_a_shapefile_comes_with_its_company_in_capitals_or_not(own_city: Path, tmp_path: Path, capitals: Any) -> None:
    points(tmp_path / "cams.shp", "ESRI Shapefile")
    for path in list(tmp_path.glob("cams.*")):
        path.rename(path.with_name(capitals(path.name)))
    (tmp_path / capitals("cams2.dbf")).write_bytes(b"of another")
    result = add(own_city, tmp_path / capitals("cams.shp"), "--role", "facility")
    assert result.exit_code == 0, result.output
    assert list(added(own_city, "cams").features["id"]) == ["a", "b"]
    copied = {path.name.lower() for path in (own_city / "cams").iterdir()}
    assert copied == {"layer.toml", "cams.shp", "cams.shx", "cams.dbf", "cams.prj", "cams.cpg"}


def test_a_shapefile_in_capitals_without_its_fields_is_refused(own_city: Path, tmp_path: Path) -> None:
    points(tmp_path / "cams.shp", "ESRI Shapefile").rename(tmp_path / "CAMS.SHP")
    (tmp_path / "cams.dbf").unlink()
    result = add(own_city, tmp_path / "CAMS.SHP")
    assert result.exit_code == 2
    assert "CAMS.SHP has no CAMS.dbf beside it" in result.stderr


@pytest.mark.parametrize("suffix", ["tab", "mif"])
def test_a_table_of_mapinfo_comes_with_its_company(own_city: Path, tmp_path: Path, suffix: str) -> None:
    file = points(tmp_path / f"cams.{suffix}", "MapInfo File")
    result = add(own_city, file, "--role", "facility")
    assert result.exit_code == 0, result.output
    assert list(added(own_city, "cams").features["id"]) == ["a", "b"]


# ------------------------------------------------------------------ what was not added


def test_a_full_disk_is_told_in_one_line_and_leaves_nothing(own_city: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "c.csv", [HEADING, *(camera(f"C{n}") for n in range(1000))])
    before = sorted(own_city.rglob("*"))
    code = (
        "import resource, sys; from geoservice.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)); main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "layers", "add", str(file), "--layers", str(own_city)]
    done = subprocess.run(command, check=False, capture_output=True)
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"geoservice: Cannot write {own_city / 'c'}: File too large.")
    assert done.returncode == 2
    assert sorted(own_city.rglob("*")) == before


def on_a_terminal(folder: Path, file: Path, typed: bytes) -> tuple[int, str]:
    """Answer the question of the command on a terminal of the kernel's own."""
    pty = pytest.importorskip("pty")
    lead, follow = pty.openpty()
    command = [sys.executable, "-m", "geoservice", "layers", "add", str(file), "--layers", str(folder)]
    with subprocess.Popen(command, stdin=follow, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        os.close(follow)
        os.write(lead, typed)
        _, told = process.communicate()
    os.close(lead)
    return process.returncode, told.decode()


@pytest.mark.parametrize("typed", [b"n\n", b"\x04"], ids=["no", "the end"])
def test_what_nobody_wants_is_not_added(own_city: Path, tmp_path: Path, typed: bytes) -> None:
    before = sorted(own_city.rglob("*"))
    code, told = on_a_terminal(own_city, write(tmp_path / "c.csv", [HEADING, camera()]), typed)
    assert code == 2
    assert told.splitlines()[-1] == "geoservice: The layer 'c' was not added."
    assert sorted(own_city.rglob("*")) == before


def test_what_is_wanted_is_added(own_city: Path, tmp_path: Path) -> None:
    code, _ = on_a_terminal(own_city, write(tmp_path / "c.csv", [HEADING, camera()]), b"y\n")
    assert code == 0
    assert (own_city / "c" / "layer.toml").exists()
