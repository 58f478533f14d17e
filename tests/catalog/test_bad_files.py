"""Data files that are missing, broken, in another encoding, or not what their name says."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from city import write_layer
from openpyxl.chart import BarChart, Reference
from shapely import Geometry
from spoil import (
    HEADING,
    HERE,
    LAT,
    LON,
    LONLAT,
    SOUND,
    Breaks,
    Found,
    Loads,
    Spoil,
    X,
    Y,
    feature_toml,
    features,
    hamlet,
    in_features,
    in_file,
    in_geojson,
    in_rows,
    in_text,
    post,
    posts_toml,
    warned,
)

from geoservice.catalog import open_catalog

Cells = list[Any]


@pytest.fixture
def town(own_city: Path) -> Path:
    return hamlet(own_city)


# ------------------------------------------------------------------ how the files are spoiled


def in_sheet(*rows: Cells, more: str = "", then: Spoil | None = None) -> Spoil:
    """Write a workbook with these rows."""

    def spoil(folder: Path) -> None:
        path = write_layer(folder, "posts", "facility", "posts.xlsx", more or posts_toml()) / "posts.xlsx"
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)  # type: ignore[union-attr]
        book.save(path)
        if then is not None:
            then(path)

    return spoil


def a_chart_first(path: Path) -> None:
    """Put a sheet that holds a chart, and no cells, before the others."""
    book = openpyxl.load_workbook(path)
    chart = BarChart()
    chart.add_data(Reference(book.worksheets[0], min_col=3, min_row=1, max_row=2))
    book.create_chartsheet("Chart", 0).add_chart(chart)
    book.save(path)


def in_member(member: str, change: Callable[[bytes], bytes]) -> Spoil:
    """Change one file inside a workbook, which is a zip archive."""

    def spoil(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members[member] = change(members[member])
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return spoil


def dimension(written: bytes) -> Callable[[bytes], bytes]:
    """Let a sheet say of itself that it is of another size, as some programs write it."""
    return lambda sheet: re.sub(rb"<dimension[^>]*/>", written, sheet)


def damaged(path: Path) -> None:
    """Overwrite some bytes of the packed sheet of a workbook."""
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    content = bytearray(path.read_bytes())
    content[start + 100 : start + 140] = bytes(40)
    path.write_bytes(content)


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def cut(path: Path) -> None:
    path.write_bytes(half(path.read_bytes()))


def without(suffix: str) -> Spoil:
    """Lose one of the files that a shapefile consists of."""
    return lambda path: path.with_suffix(suffix).unlink()


def in_table_parquet(frame: pd.DataFrame, more: str = "") -> Spoil:
    """Write a Parquet file without geometry."""

    def spoil(folder: Path) -> None:
        path = write_layer(folder, "posts", "facility", "posts.parquet", more or posts_toml())
        frame.to_parquet(path / "posts.parquet")

    return spoil


def nothing_there(folder: Path) -> None:
    (folder / "posts" / "posts.csv").unlink()


def a_folder(name: str) -> Spoil:
    """Put a folder where the data file should be."""

    def spoil(folder: Path) -> None:
        path = write_layer(folder, "posts", "facility", name, posts_toml()) / name
        path.unlink(missing_ok=True)
        path.mkdir()

    return spoil


def in_indexed_features(*shapes: Geometry) -> Spoil:
    """Write posts as GeoParquet with their ids as the index."""

    def spoil(folder: Path) -> None:
        path = write_layer(folder, "posts", "facility", "posts.parquet", feature_toml())
        features(*shapes).set_index("code").to_parquet(path / "posts.parquet")

    return spoil


def an_empty_geopackage(folder: Path) -> None:
    path = write_layer(folder, "posts", "facility", "posts.gpkg", feature_toml())
    features(post()).iloc[:0].to_file(path / "posts.gpkg")


def a_name_too_long(folder: Path) -> None:
    write_layer(folder, "posts", "facility", f"{'x' * 300}.csv", posts_toml())


TABLE = f"{HEADING}\n{SOUND}\n"
CHINESE = TABLE.replace("First post", "第一警崗")
SHEET_HEADING: Cells = HEADING.split(",")
SHEET_ROW: Cells = ["p1", "First post", X, Y, "West"]
DATED = posts_toml(columns=', valid_from = "opened", weight = "size"')
DECLARED_GRID = feature_toml('crs = "EPSG:2263"')


# ------------------------------------------------------------------ files that are read in spite of all

READABLE = [
    pytest.param(in_rows(SOUND, encoding="utf-8-sig"), Loads("p1"), id="UTF-8 with a byte order mark"),
    pytest.param(in_file("posts.csv", CHINESE.encode("utf-16")), Loads("p1"), id="UTF-16LE with a byte order mark"),
    pytest.param(
        in_file("posts.csv", b"\xfe\xff" + CHINESE.encode("utf-16-be")),
        Loads("p1"),
        id="UTF-16BE with a byte order mark",
    ),
    pytest.param(in_file("posts.csv", CHINESE.encode("utf-32")), Loads("p1"), id="UTF-32LE with a byte order mark"),
    pytest.param(
        in_file("posts.csv", b"\0\0\xfe\xff" + CHINESE.encode("utf-32-be")),
        Loads("p1"),
        id="UTF-32BE with a byte order mark",
    ),
    pytest.param(
        in_file("posts.csv", CHINESE.encode("utf-16-le"), posts_toml('encoding = "utf-16-le"')),
        Loads("p1"),
        id="UTF-16LE without a mark but declared",
    ),
    pytest.param(
        in_file("posts.csv", CHINESE.encode("big5hkscs"), posts_toml('encoding = "big5hkscs"')),
        Loads("p1"),
        id="Big5 declared",
    ),
    pytest.param(
        in_file("posts.csv", CHINESE.encode("utf-8-sig"), posts_toml('encoding = "big5hkscs"')),
        Loads("p1"),
        id="a byte order mark goes before a wrong declaration",
    ),
    pytest.param(
        in_file("posts.csv", TABLE.replace(",", ";"), posts_toml('delimiter = ";"')),
        Loads("p1"),
        id="semicolons declared",
    ),
    pytest.param(in_file("posts.tsv", TABLE.replace(",", "\t")), Loads("p1"), id="tabs in a .tsv"),
    pytest.param(in_file("posts.csv", TABLE.replace("\n", "\r\n")), Loads("p1"), id="lines that end as on Windows"),
    pytest.param(
        in_rows(f'p1,"First\npost",{HERE},West', "", ",,,,", f"p2,Second post,{HERE},North"),
        Loads("p1 p2", warned("unknown-label", "'North' names no zone", 5, "side", "p2")),
        id="blank lines and a line break in quotes: row numbers hold",
    ),
    pytest.param(
        in_rows(f'p1,The "Corner" post,{HERE},West', f'p2,"Corner" post,{HERE},West'),
        Loads("p1 p2"),
        id="quotes inside a text",
    ),
    pytest.param(in_rows(), Loads("", warned("no-rows", "posts.csv has no rows")), id="a heading and no rows"),
    pytest.param(
        an_empty_geopackage, Loads("", warned("no-rows", "posts.gpkg has no rows")), id="GeoPackage without features"
    ),
    pytest.param(
        in_geojson(), Loads("", warned("no-rows", "posts.geojson has no rows")), id="GeoJSON without features"
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, then=in_member("xl/worksheets/sheet1.xml", dimension(b""))),
        Loads("p1"),
        id="Excel sheet that does not give its size",
    ),
    pytest.param(
        in_sheet(
            SHEET_HEADING,
            SHEET_ROW,
            ["p2", "Second post", X, Y],
            then=in_member("xl/worksheets/sheet1.xml", dimension(b"")),
        ),
        Loads("p1 p2"),
        id="Excel sheet that does not give its size, last cell of a row empty",
    ),
    pytest.param(
        in_sheet(
            SHEET_HEADING,
            SHEET_ROW,
            then=in_member("xl/worksheets/sheet1.xml", dimension(b'<dimension ref="A1"/>')),
        ),
        Loads("p1"),
        id="Excel sheet that gives a wrong size",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, then=a_chart_first),
        Loads("p1"),
        id="Excel workbook that begins with a chart",
    ),
    pytest.param(in_features(post(), name="posts.parquet"), Loads("p1"), id="GeoParquet"),
    pytest.param(
        in_table_parquet(pd.DataFrame([SHEET_ROW], columns=SHEET_HEADING)),
        Loads("p1"),
        id="Parquet without geometry, positions in columns",
    ),
    pytest.param(
        in_table_parquet(
            pd.DataFrame([["p1", "A", Decimal("987530.8"), Decimal("200130.8"), "West"]], columns=SHEET_HEADING)
        ),
        Loads("p1"),
        id="Parquet with decimal coordinates",
    ),
    pytest.param(
        in_table_parquet(pd.DataFrame([SHEET_ROW], columns=SHEET_HEADING).set_index(["code", "side"])),
        Loads("p1"),
        id="Parquet with the ids and labels as its index",
    ),
    pytest.param(in_indexed_features(post()), Loads("p1"), id="GeoParquet with the ids as its index"),
    pytest.param(in_geojson((LON, LAT), tags=["new", "staffed"]), Loads("p1"), id="GeoJSON with a list in a property"),
    pytest.param(in_geojson((LON, LAT), tags={"staff": 2}), Loads("p1"), id="GeoJSON with an object in a property"),
    pytest.param(in_geojson((LON, LAT), geometry="x"), Loads("p1"), id="GeoJSON with a property called geometry"),
    pytest.param(in_features(post(), more=DECLARED_GRID), Loads("p1"), id="the system declared as the file carries it"),
    pytest.param(
        in_features(post(), name="posts.shp", more=DECLARED_GRID, then=without(".prj")),
        Loads("p1"),
        id="shapefile without .prj, the system declared",
    ),
    pytest.param(
        in_rows(f"p1,First post,{HERE},West,2,new,1", heading=f"{HEADING},row,reason,field"),
        Loads("p1"),
        id="columns called row, reason and field",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), READABLE)
def test_an_unusual_file_is_read_whole(town: Path, spoil: Spoil, expected: Loads) -> None:
    spoil(town)
    expected.check(town)


def test_chinese_reads_the_same_from_every_encoding(town: Path) -> None:
    in_file("posts.csv", CHINESE.encode("big5hkscs"), posts_toml('encoding = "big5hkscs"'))(town)
    layer = Loads("p1").check(town)
    assert list(layer.features["name_en"]) == ["第一警崗"]


def test_excel_gives_dates_as_days_and_whole_numbers_as_ids(town: Path) -> None:
    heading = [*SHEET_HEADING, "opened", "size"]
    rows: list[Cells] = [
        [7.0, "Seven", X, Y, "West", dt.datetime(2026, 1, 31), 3],  # noqa: DTZ001 - Excel knows no time zones
        ["p2", "Second", str(X), str(Y), "West", "2026/01/31", "2.5"],
    ]
    in_sheet(heading, *rows, more=DATED)(town)
    layer = Loads("7 p2").check(town)
    assert list(layer.features["valid_from"]) == [dt.date(2026, 1, 31)] * 2
    assert list(layer.features["weight"]) == [3.0, 2.5]


def test_lists_in_a_property_are_kept(town: Path) -> None:
    in_geojson((LON, LAT), tags=["new", "staffed"])(town)
    layer = Loads("p1").check(town)
    assert "staffed" in str(layer.features["tags"].iloc[0])


def test_columns_called_row_and_reason_are_kept_with_the_rows_set_aside(town: Path) -> None:
    in_rows(SOUND + ",a,b,c", "p2,Second post,,,West,d,e,f", heading=f"{HEADING},row,reason,field")(town)
    layer = Loads("p1", Found("missing-position", "no position", 3, "x", "p2")).check(town)
    assert {"d", "e", "f"} <= set(layer.set_aside.iloc[0])


# ------------------------------------------------------------------ files of which rows are set aside

SPOILED_ROWS = [
    pytest.param(
        in_file("posts.csv", TABLE.encode() + f"p2,Caf\xe9,{HERE},West\n".encode("latin-1")),
        Loads("p1", Found("bad-encoding", "bytes that are not UTF-8", 3)),
        id="Latin-1 bytes in one row",
    ),
    pytest.param(
        in_rows(SOUND, "p2,Second post", f"p3,Third post,{HERE},West,more,and more"),
        Loads(
            "p1",
            Found("ragged-row", "has 2 fields and the heading 5", 3),
            Found("ragged-row", "has 7 fields and the heading 5", 4),
        ),
        id="rows with too few and too many fields",
    ),
    pytest.param(
        in_rows(SOUND, f"p\x002,Second post,{HERE},West", f"p3,Third post,{X}\x00,{Y},West"),
        Loads(
            "p1",
            Found("bad-id", "control characters", 3, "code", "p\x002"),
            Found("bad-coordinate", "is not a number", 4, "x", "p3"),
        ),
        id="NUL bytes in an id and in a coordinate",
    ),
    pytest.param(
        in_geojson((LON, LAT), None),
        Loads(
            "p1", Found("missing-position", "no position", 2, "geometry", "p2", advises='position.missing = "listed"')
        ),
        id="GeoJSON feature without geometry",
    ),
    pytest.param(
        in_features(*[post()] * 3, name="posts.shp", then=lambda path: path.write_bytes(path.read_bytes()[:130])),
        Loads(
            "p1",
            Found("missing-position", "no position", 2, "geometry", "p2"),
            Found("missing-position", "no position", 3, "geometry", "p3"),
        ),
        id="shapefile whose geometry is cut off",
    ),
    pytest.param(
        in_sheet(
            SHEET_HEADING, SHEET_ROW, ["p2", "Second post", "#N/A", Y, "West"], ["p3", "Third post", True, Y, "West"]
        ),
        Loads(
            "p1",
            Found("bad-coordinate", "'#N/A' is not a number", 3, "x", "p2"),
            Found("bad-coordinate", "True is not a number", 4, "x", "p3"),
        ),
        id="Excel cells that hold an error and a truth value",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), SPOILED_ROWS)
def test_what_is_wrong_with_a_row_sets_that_row_aside(town: Path, spoil: Spoil, expected: Loads) -> None:
    spoil(town)
    expected.check(town)


def test_a_row_that_cannot_be_split_is_kept_as_it_was_read(town: Path) -> None:
    in_rows(SOUND, "p2,Second post")(town)
    layer = Loads("p1", Found("ragged-row", "2 fields", 3)).check(town)
    assert list(layer.set_aside["row as read"]) == ["p2,Second post"]


# ------------------------------------------------------------------ files that cannot be read

UNREADABLE = [
    pytest.param(
        nothing_there,
        Breaks("missing-file", "posts.csv is missing", file="posts.csv", field="file", advises="folder posts"),
        id="data file missing",
    ),
    pytest.param(
        a_folder("posts.csv"), Breaks("unreadable", "posts.csv", file="posts.csv"), id="a folder in place of the CSV"
    ),
    pytest.param(
        a_folder("posts.xlsx"),
        Breaks("unreadable", "posts.xlsx", file="posts.xlsx"),
        id="a folder in place of the workbook",
    ),
    pytest.param(
        a_name_too_long,
        Breaks("missing-file", "is missing", file=f"{'x' * 300}.csv", field="file"),
        id="a file name longer than any disk allows",
    ),
    pytest.param(
        in_file("posts.csv", ""),
        Breaks("empty-file", "no heading", file="posts.csv", advises="name the columns"),
        id="CSV of no bytes",
    ),
    pytest.param(
        in_file("posts.csv", "\n" + TABLE),
        Breaks("empty-file", "its first row is", file="posts.csv"),
        id="CSV with a blank first line",
    ),
    pytest.param(
        in_rows(SOUND, heading="code,label,x,y,code"),
        Breaks("bad-heading", "names 'code' twice", file="posts.csv", field="code", advises="one name of its own"),
        id="a heading used twice",
    ),
    pytest.param(
        in_rows(SOUND, heading="code,,x,y,side"),
        Breaks("bad-heading", "leaves a column without a name", file="posts.csv"),
        id="a blank heading",
    ),
    pytest.param(
        in_file("posts.csv", CHINESE.encode("big5hkscs")),
        Breaks("bad-encoding", "rows hold other bytes", file="posts.csv", advises='encoding = "big5hkscs"'),
        id="Big5 undeclared",
    ),
    pytest.param(
        in_rows(*[f"{SOUND},1"] * 3, heading=f"{HEADING},警署", encoding="big5hkscs"),
        Breaks("bad-encoding", "posts.csv is not in", file="posts.csv", advises='encoding = "big5hkscs"'),
        id="Big5 undeclared, in the heading alone",
    ),
    pytest.param(
        in_file("posts.csv", CHINESE.encode("big5hkscs"), posts_toml('encoding = "ascii"')),
        Breaks("bad-encoding", "is not in ascii", file="posts.csv"),
        id="the wrong encoding declared",
    ),
    pytest.param(
        in_file("posts.csv", CHINESE.encode("utf-16-le")),
        Breaks("bad-encoding", "posts.csv", file="posts.csv", advises="encoding"),
        id="UTF-16LE without a mark and undeclared",
    ),
    pytest.param(
        in_file("posts.csv", TABLE.encode("utf-16-le")),
        Breaks("bad-encoding", "posts.csv", file="posts.csv", advises="encoding"),
        id="UTF-16LE without a mark and undeclared, letters of ASCII alone",
    ),
    pytest.param(
        in_rows(SOUND, more=posts_toml('encoding = "klingon"')),
        Breaks("bad-encoding", "'klingon'", file="layer.toml", field="encoding", advises="big5hkscs"),
        id="an encoding that does not exist",
    ),
    pytest.param(
        in_rows(SOUND, more=posts_toml('encoding = "hex"')),
        Breaks("bad-encoding", "'hex'", file="layer.toml", field="encoding", advises="big5hkscs"),
        id="an encoding that is not one of text",
    ),
    pytest.param(
        in_rows(SOUND, more=posts_toml('encoding = "utf\\u00008"')),
        Breaks("bad-encoding", "utf", file="layer.toml", field="encoding", advises="big5hkscs"),
        id="an encoding with a NUL byte",
    ),
    pytest.param(
        in_features(post(), name="posts.shp", more=feature_toml('encoding = "klingon"')),
        Breaks("bad-encoding", "'klingon'", file="layer.toml", field="encoding"),
        id="an encoding that does not exist, for a shapefile",
    ),
    pytest.param(
        in_file("posts.csv", TABLE.replace(",", ";")),
        Breaks("missing-column", "'code'", file="layer.toml", field="columns.id", advises="code;label;x;y;side"),
        id="semicolons undeclared",
    ),
    pytest.param(
        in_rows(f'p1,"First post,{HERE},West', f"p2,Second post,{HERE},West", f"p3,Third post,{HERE},West"),
        Breaks("unreadable", "line 2", file="posts.csv"),
        id="a quote that is never closed",
    ),
    pytest.param(
        in_rows(
            f'p1,{HERE},West,"First post',
            f"p2,{HERE},West,Second post",
            f"p3,{HERE},West,Third post",
            heading="code,x,y,side,label",
        ),
        Breaks("unreadable", "line 2", file="posts.csv"),
        id="a quote that is never closed, in the last column",
    ),
    pytest.param(
        in_rows(
            f'p1,{HERE},West,"First post',
            f'p2,{HERE},West,"Second post"',
            f"p3,{HERE},West,Third post",
            heading="code,x,y,side,label",
        ),
        Breaks("unreadable", "line 2", file="posts.csv"),
        id="a quote that the next row's quote closes",
    ),
    pytest.param(
        in_rows(SOUND, f"p2,{'x' * 200_000},{HERE},West"),
        Breaks("unreadable", "field larger than field limit", file="posts.csv"),
        id="a field of 200 000 characters",
    ),
    pytest.param(
        in_file("posts.xlsx", TABLE),
        Breaks("unreadable", "not a workbook", file="posts.xlsx", advises="Save it as .xlsx"),
        id="a CSV that was renamed to .xlsx",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, then=cut),
        Breaks("unreadable", "not a workbook", file="posts.xlsx", advises="without a password"),
        id="half of a workbook",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, then=in_member("xl/workbook.xml", half)),
        Breaks("unreadable", "not a workbook", file="posts.xlsx"),
        id="workbook whose table of contents is broken",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, then=in_member("xl/worksheets/sheet1.xml", half)),
        Breaks("unreadable", "posts.xlsx", file="posts.xlsx"),
        id="workbook whose sheet is broken",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, then=damaged),
        Breaks("unreadable", "posts.xlsx", file="posts.xlsx"),
        id="workbook whose packed sheet is damaged",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, more=posts_toml('sheet = "2026"')),
        Breaks("missing-sheet", "no sheet '2026'", file="layer.toml", field="sheet", advises="It has: Sheet."),
        id="a sheet that is not there",
    ),
    pytest.param(
        in_sheet(SHEET_HEADING, SHEET_ROW, more=posts_toml('sheet = "Chart"'), then=a_chart_first),
        Breaks("missing-sheet", "'Chart'", file="layer.toml", field="sheet", advises="It has: Sheet."),
        id="a sheet that holds a chart and no cells",
    ),
    pytest.param(
        in_sheet(["Posts of the city, 2026"], SHEET_HEADING, SHEET_ROW),
        Breaks("missing-column", "'code'", file="layer.toml", field="columns.id", advises="Posts of the city, 2026"),
        id="a title above the heading",
    ),
    pytest.param(in_sheet(), Breaks("empty-file", "no heading", file="posts.xlsx"), id="an empty sheet"),
    pytest.param(
        in_features(post(), then=cut),
        Breaks("unreadable", "cannot be read", file="posts.gpkg"),
        id="half of a GeoPackage",
    ),
    pytest.param(
        in_features(post(), more=feature_toml('sheet = "2026"')),
        Breaks("missing-sheet", "no layer '2026'", file="layer.toml", field="sheet", advises="It has: posts."),
        id="a layer that the GeoPackage does not have",
    ),
    pytest.param(
        in_features(post(), name="posts.shp", then=without(".shx")),
        Breaks("unreadable", ".shx", file="posts.shp", advises="is it whole?"),
        id="shapefile without .shx",
    ),
    pytest.param(
        in_features(post(), name="posts.shp", then=without(".dbf")),
        Breaks("unreadable", "no posts.dbf", file="posts.shp", advises="Copy all files"),
        id="shapefile without .dbf",
    ),
    pytest.param(
        in_features(*[post()] * 3, name="posts.shp", then=lambda path: cut(path.with_suffix(".dbf"))),
        Breaks("unreadable", "DBF", file="posts.shp", advises="is it whole?"),
        id="shapefile whose .dbf is cut off",
    ),
    pytest.param(
        in_file("posts.geojson", '{"type": "FeatureCollection"', feature_toml()),
        Breaks("unreadable", "posts.geojson cannot be read", file="posts.geojson"),
        id="GeoJSON that breaks off",
    ),
    pytest.param(
        in_file("posts.geojson", '{"type": "FeatureCollection"}', feature_toml()),
        Breaks("unreadable", "'features'", file="posts.geojson"),
        id="GeoJSON without a list of features",
    ),
    pytest.param(
        in_features(post(), name="posts.parquet", then=cut),
        Breaks("unreadable", "not a Parquet file", file="posts.parquet"),
        id="half of a GeoParquet file",
    ),
    pytest.param(
        in_table_parquet(pd.DataFrame({"code": ["p1"], "label": ["First post"]}), feature_toml()),
        Breaks("no-position", "Nothing in posts.parquet", file="layer.toml", field="position", advises="position.lon"),
        id="Parquet without geometry and without positions",
    ),
]

WRONG_SYSTEMS = [
    pytest.param(
        in_features(post(), name="posts.shp", then=without(".prj")),
        Breaks("no-crs", "posts.shp does not say", file="layer.toml", field="crs", advises='crs = "EPSG:4326"'),
        id="shapefile without .prj",
    ),
    pytest.param(
        in_features(post(), name="posts.parquet", crs=None),
        Breaks("no-crs", "posts.parquet does not say", file="layer.toml", field="crs"),
        id="GeoParquet without a system",
    ),
    pytest.param(
        in_rows(SOUND, more=posts_toml(position=LONLAT)),
        Breaks("no-crs", "posts.csv does not say", file="layer.toml", field="crs"),
        id="longitude and latitude without a system",
    ),
    pytest.param(
        in_features(post(), more=feature_toml('crs = "EPSG:4326"')),
        Breaks("crs-conflict", "New York Long Island", file="layer.toml", field="crs", advises="Remove crs"),
        id="another system declared than the file carries",
    ),
    pytest.param(
        in_rows(SOUND, more=posts_toml('crs = "EPSG:99999"', position=LONLAT)),
        Breaks("bad-crs", "'EPSG:99999'", file="layer.toml", field="crs", advises="EPSG:4326"),
        id="a code of no system",
    ),
    pytest.param(
        in_rows(SOUND, more=posts_toml(position=LONLAT, top="crs = 'LOCAL_CS[\"site\"]'")),
        Breaks("bad-crs", "site", file="layer.toml", field="crs"),
        id="a local system that leads nowhere",
    ),
    pytest.param(
        in_features(
            post(), name="posts.shp", then=lambda path: path.with_suffix(".prj").write_text('LOCAL_CS["site"]') and None
        ),
        Breaks("bad-crs", "site", file="posts.shp", field="geometry"),
        id="shapefile in a local system that leads nowhere",
    ),
    pytest.param(
        in_rows(*[f"p{n},A post,{HERE},West" for n in range(3)], more=posts_toml('crs = "EPSG:4326"', position=LONLAT)),
        Breaks(
            "impossible-coordinates",
            "larger than 180 and 90 degrees",
            file="posts.csv",
            field="x",
            advises="declare that grid",
        ),
        id="degrees declared, lengths in the file",
    ),
    pytest.param(
        in_rows(*[f"p{n},A post,{LON},{LAT},West" for n in range(3)]),
        Breaks("impossible-coordinates", "all within 180 and 90", file="posts.csv", field="x", advises="grid_crs"),
        id="a grid declared, degrees in the file",
    ),
    pytest.param(
        in_geojson(*[(300000.0, 60000.0)] * 3),
        Breaks(
            "impossible-coordinates",
            "larger than 180 and 90 degrees",
            file="posts.geojson",
            field="geometry",
            advises="Convert the file",
        ),
        id="GeoJSON in metres",
    ),
    pytest.param(
        in_geojson((0, 0), (1, 1), (2, 2)),
        Breaks(
            "outside-region",
            "None of the 3 positions",
            file="posts.geojson",
            field="geometry",
            advises="the right one?",
        ),
        id="all rows outside the region",
    ),
    pytest.param(
        in_rows(*[f"p{n},A post,{Y},{X},West" for n in range(3)]),
        Breaks("outside-region", "None of the 3", file="posts.csv", field="x", advises="swapped: swap the two columns"),
        id="all rows swapped",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), [*UNREADABLE, *WRONG_SYSTEMS])
def test_a_file_that_cannot_be_used_breaks_its_own_layer_alone(town: Path, spoil: Spoil, expected: Breaks) -> None:
    spoil(town)
    expected.check(town)


FEW_ROWS = [
    pytest.param(
        in_rows(f"p1,A post,{LON},{LAT},West"),
        Loads("", Found("impossible-coordinates", "all within 180", 2, "x", "p1", advises="They look like degrees")),
        id="degrees in a grid, one row",
    ),
    pytest.param(
        in_rows(f"p1,A post,{LON},{LAT},West", SOUND.replace("p1", "p2")),
        Loads("p2", Found("impossible-coordinates", "all within 180", 2, "x", "p1", advises="grid_crs")),
        id="degrees in a grid, one of two rows",
    ),
    pytest.param(
        in_rows(*[f"p{n},A post,{HERE},West" for n in (1, 2)], more=posts_toml('crs = "EPSG:4326"', position=LONLAT)),
        Loads(
            "",
            Found("impossible-coordinates", "larger than 180", 2, "x", "p1", advises="declare that grid"),
            Found("impossible-coordinates", "larger than 180", 3, "x", "p2", advises="declare that grid"),
        ),
        id="lengths in degrees, both rows",
    ),
    pytest.param(
        in_geojson((300000.0, 60000.0)),
        Loads("", Found("impossible-coordinates", "larger than 180", 1, "geometry", "p1", advises="Convert the file")),
        id="GeoJSON in metres, one feature",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), FEW_ROWS)
def test_wrong_coordinates_of_one_or_two_rows_set_them_aside_and_not_the_layer(
    town: Path, spoil: Spoil, expected: Loads
) -> None:
    spoil(town)
    expected.check(town)


def test_half_the_rows_in_another_system_do_not_refuse_the_others(town: Path) -> None:
    here = [f"p{n},A post,{HERE},West" for n in (1, 2)]
    degrees = [f"p{n},A post,{LON},{LAT},West" for n in (3, 4, 5)]
    beyond = [Found("outside-extent", "outside the region", row, "x", f"p{row - 1}") for row in (4, 5)]
    in_rows(*here, *degrees[:2])(town)
    Loads("p1 p2", *beyond).check(town)
    in_rows(*here, *degrees)(town)
    Breaks("impossible-coordinates", "all within 180", file="posts.csv", field="x", advises="grid_crs").check(town)


def test_swapped_degrees_that_leave_the_globe_are_said_to_be_swapped(tmp_path: Path, root: Path) -> None:
    """Hong Kong's longitudes are larger than 90: as latitudes they cannot be, and are no lengths of a grid either."""
    for name in ("districts", "traffic-cameras"):
        shutil.copytree(root / "layers" / name, tmp_path / name)
    shutil.copy(root / "layers" / "region.toml", tmp_path)
    manifest = tmp_path / "traffic-cameras" / "layer.toml"
    text = manifest.read_text(encoding="utf-8")
    found = re.search(r'^lon = "(.+)"\nlat = "(.+)"$', text, re.MULTILINE)
    assert found is not None
    lon, lat = found.groups()
    manifest.write_text(text.replace(found[0], f'lon = "{lat}"\nlat = "{lon}"'), encoding="utf-8")
    problem = open_catalog(tmp_path).broken["traffic-cameras"].problem
    assert problem.code == "outside-region"
    assert "are swapped: swap the two columns" in (problem.advice or "")


def test_two_rows_are_too_few_to_doubt_the_system(town: Path) -> None:
    in_rows(f"p1,A post,{Y},{X},West", f"p2,A post,{Y},{X},West")(town)
    swapped = [Found("swapped-position", "swapped", row, "x", fid) for row, fid in ((2, "p1"), (3, "p2"))]
    Loads("", *swapped).check(town)


def test_the_missing_folder_of_a_layer_that_the_region_names_is_told(town: Path) -> None:
    in_text("region.toml", 'sources = [{ layer = "posts" }]', 'sources = [{ layer = "stations" }]')(town)
    Breaks("missing-layer", "names the layer 'stations'", file="region.toml", layer="stations").check(town)
