"""Published tables joined to zones: every format and every way to name a zone, against a plain merge; and bad input."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from city import WARDS, write_layer
from spoil import Breaks, Found, Loads, warned
from tables import NAMES_ZH, name_wards_in_chinese, table_toml, write_table

from geoservice.analysis import analyse
from geoservice.catalog import open_catalog

DAY = date(2026, 6, 1)
FORMATS = ["crime.csv", "crime.json", "crime.xml", "crime.xlsx"]
LABELS: dict[str, tuple[str, Callable[[str], str]]] = {
    "code": ("code", lambda code: code),
    "code in small letters": ("code", str.lower),
    "english": ("name", lambda code: f"{WARDS[code][0].upper()} WARD"),
    "chinese": ("name", lambda code: NAMES_ZH[code]),
    "alias": ("name", lambda code: "Old Town" if code == "SW" else WARDS[code][0]),
}
LONG = {"year": "2023", "type": "theft"}
WHERE = '{ year = "2023", type = "theft" }'


def town_of(folder: Path) -> Path:
    name_wards_in_chinese(folder)
    return folder


def rows_of(label: Callable[[str], str], seed: int = 1) -> list[dict[str, Any]]:
    dice = random.Random(seed)  # noqa: S311 - figures to compare, no secrets
    rows = [
        {"Area": label(code), "cases": dice.randrange(5000), "rate": round(dice.uniform(0, 9), 3), "remark": "as told"}
        for code in WARDS
    ]
    dice.shuffle(rows)
    return rows


def merged(rows: list[dict[str, Any]], label: Callable[[str], str], column: str) -> list[float]:
    """Join by a plain merge, in the order of the zones' ids."""
    zones = pd.DataFrame({"zone_id": sorted(WARDS)})
    zones["Area"] = zones["zone_id"].map(label)
    return [float(v) for v in zones.merge(pd.DataFrame(rows), on="Area", how="left", validate="1:1")[column]]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("labelled", LABELS)
def test_figures_by_zone_are_those_of_a_plain_merge(own_city: Path, name: str, labelled: str) -> None:
    by, label = LABELS[labelled]
    rows = rows_of(label)
    top = 'records = "row"' if name.endswith(".xml") else ""
    write_table(town_of(own_city), name, rows, table_toml(by, top))
    catalog = open_catalog(own_city)
    assert catalog.problems == ()
    assert [figure.column for figure in catalog.figures("ward")] == ["crime:cases", "crime:rate"]
    found = analyse(catalog, catalog.question("posts", at=DAY)).zones
    assert found["crime:cases"].tolist() == merged(rows, label, "cases")
    assert found["crime:rate"].tolist() == pytest.approx(merged(rows, label, "rate"))
    assert "crime:remark" not in found.columns


@pytest.mark.parametrize("name", FORMATS)
def test_a_long_table_is_joined_for_the_year_and_kind_asked(own_city: Path, name: str) -> None:
    wanted = [{**row, **LONG} for row in rows_of(str)]
    others = [{**row, "year": "2022", "type": "theft"} for row in rows_of(str, 2)]
    others += [{**row, "year": "2023", "type": "fraud"} for row in rows_of(str, 3)]
    others += [{"Area": "Whole city", "cases": 9, "rate": 9, "remark": None, "year": "2022", "type": "theft"}]
    as_numbers = [{**row, "year": int(row["year"])} for row in [*others, *wanted]]
    top = 'records = "row"' if name.endswith(".xml") else ""
    write_table(own_city, name, as_numbers, table_toml("code", top, WHERE))
    catalog = open_catalog(own_city)
    assert catalog.problems == ()
    (cases, _) = catalog.figures("ward")
    assert cases.of(pd.Series(sorted(WARDS))).tolist() == merged(wanted, str, "cases")
    assert len(catalog.layers["crime"].features) == len(as_numbers)


def test_numbers_with_commas_and_missing_ones_are_read_as_people_print_them(own_city: Path) -> None:
    rows = [
        {"Area": "SW", "cases": "1,234"},
        {"Area": "NW", "cases": "12,34"},
        {"Area": "SE", "cases": ""},
        {"Area": "NE", "cases": "1,234,567.5"},
    ]
    write_table(own_city, "crime.csv", rows, table_toml(attributes=CASES))
    catalog = open_catalog(own_city)
    (figure,) = catalog.figures("ward")
    assert figure.of(pd.Series(["SW", "NE"])).tolist() == [1234, 1_234_567.5]
    assert np.isnan(figure.of(pd.Series(["NW"]))[0])
    assert [(p.code, p.row) for p in catalog.problems] == [("bad-number", 3), ("missing-number", 4)]


def test_a_list_of_records_with_positions_is_read_without_gdal(own_city: Path) -> None:
    toml = 'columns = { id = "code" }\ndefaults = { status = "operating" }\ncrs = "EPSG:4326"\n[position]\n'
    path = write_layer(own_city, "posts", "facility", "posts.json", toml + 'lon = "lon"\nlat = "lat"')
    (path / "posts.csv").unlink()
    (path / "posts.json").write_text('[{"code": 7, "lon": -73.988165, "lat": 40.715989}]')
    layer = open_catalog(own_city).layers["posts"]
    assert list(layer.features["id"]) == ["7"]
    assert len(layer.placed) == 1


def test_a_json_file_that_is_a_feature_collection_still_goes_to_gdal(own_city: Path) -> None:
    feature = {"type": "Feature", "properties": {"code": "p1"}, "geometry": {"type": "Point", "coordinates": [-74, 41]}}
    document = json.dumps({"type": "FeatureCollection", "features": [feature]})
    toml = 'columns = { id = "code" }\ndefaults = { status = "operating" }'
    for role in ("facility", "table"):
        path = write_layer(own_city, "posts", role, "posts.json", toml)
        (path / "posts.json").write_text(document)
        assert list(open_catalog(own_city).layers["posts"].features["id"]) == ["p1"]


CASES = '[[attributes]]\nname = "cases"\ntitle = { en = "Cases" }\nunit = "cases"'
JOIN = table_toml(attributes=CASES)
SOUND = ["SW,1", "NW,2", "SE,3", "NE,4"]
RECORDS = [{"Area": code, "cases": 1} for code in WARDS]
ALL = "row-1 row-2 row-3 row-4"
CSV_ALL = "row-2 row-3 row-4 row-5"
XML_ROWS = "".join(f"<row><Area>{code}</Area><cases>1</cases></row>" for code in WARDS)
NO_ROW = [warned("zone-without-row", "has no row", None, "Area", code) for code in sorted(WARDS)]


def csv_of(*rows: str, heading: str = "Area,cases") -> bytes:
    return ("\n".join([heading, *rows]) + "\n").encode()


def breaks(
    code: str, says: str, name: str, field: str | None = None, *, manifest: bool = False, advises: str = ""
) -> Breaks:
    file = "layer.toml" if manifest else name
    return Breaks(code, says, file=file, field=field, advises=advises, layer="crime")


def loads(ids: str, *found: Found) -> Loads:
    return Loads(ids, *found, layer="crime")


def json_of(document: Any) -> bytes:
    return json.dumps(document).encode()


BAD: dict[str, tuple[str, bytes, str, Breaks | Loads]] = {
    "a label that names no zone": (
        "crime.csv",
        csv_of(*SOUND[:3], "Atlantis,4"),
        JOIN,
        loads(
            CSV_ALL,
            warned("unknown-label", "'Atlantis' names no zone of 'ward' by its code", 5, "Area", "row-5"),
            warned("zone-without-row", "North East (NE)", None, "Area", "NE"),
        ),
    ),
    "a name where codes are asked": (
        "crime.csv",
        csv_of(*SOUND[:3], "North East,4"),
        JOIN,
        loads(
            CSV_ALL,
            warned("unknown-label", "'North East'", 5, "Area", "row-5"),
            warned("zone-without-row", "(NE)", None, "Area", "NE"),
        ),
    ),
    "a row without a label": (
        "crime.csv",
        csv_of(*SOUND, ",5"),
        JOIN,
        loads(f"{CSV_ALL} row-6", warned("missing-label", "names no zone", 6, "Area", "row-6")),
    ),
    "two rows for one zone": (
        "crime.csv",
        csv_of(*SOUND, " sw ,5"),
        JOIN,
        loads(CSV_ALL, Found("duplicate-zone", "already has row 2", 6, "Area", "row-6", advises="[join] where")),
    ),
    "a figure that is no number": (
        "crime.csv",
        csv_of(*SOUND[:3], "NE,about 4"),
        JOIN,
        loads(CSV_ALL, warned("bad-number", "'about 4' is not a number", 5, "cases", "row-5")),
    ),
    "a figure that is not finite": (
        "crime.csv",
        csv_of(*SOUND[:3], "NE,inf"),
        JOIN,
        loads(CSV_ALL, warned("bad-number", "'inf'", 5, "cases", "row-5")),
    ),
    "a figure too large for any number": (
        "crime.json",
        json_of([*RECORDS[:3], {"Area": "NE", "cases": 10**400}]),
        JOIN,
        loads(ALL, warned("bad-number", "is not a number", 4, "cases", "row-4")),
    ),
    "a figure that is true or false": (
        "crime.json",
        json_of([*RECORDS[:3], {"Area": "NE", "cases": True}]),
        JOIN,
        loads(ALL, warned("bad-number", "True", 4, "cases", "row-4")),
    ),
    "an empty figure": (
        "crime.csv",
        csv_of(*SOUND[:3], "NE,"),
        JOIN,
        loads(CSV_ALL, warned("missing-number", "no figure", 5, "cases", "row-5")),
    ),
    "a row with a field too many": (
        "crime.csv",
        csv_of(*SOUND[:3], "NE,4,5"),
        JOIN,
        loads(
            "row-2 row-3 row-4",
            Found("ragged-row", "3 fields", 5),
            warned("zone-without-row", "(NE)", None, "Area", "NE"),
        ),
    ),
    "a heading alone": (
        "crime.csv",
        csv_of(),
        JOIN,
        loads("", warned("no-rows", "no rows"), *NO_ROW),
    ),
    "an empty file": ("crime.csv", b"", JOIN, breaks("empty-file", "no heading", "crime.csv")),
    "an empty list": ("crime.json", b"[]", JOIN, loads("", warned("no-rows", "no rows"), *NO_ROW)),
    "an empty JSON file": ("crime.json", b"", JOIN, breaks("unreadable", "not JSON", "crime.json")),
    "an empty XML file": (
        "crime.xml",
        b"",
        f'records = "row"\n{JOIN}',
        breaks("unreadable", "not XML", "crime.xml"),
    ),
    "no JSON": ("crime.json", b"Area,cases\nSW,1\n", JOIN, breaks("unreadable", "not JSON", "crime.json")),
    "JSON that breaks off": ("crime.json", json_of(RECORDS)[:-9], JOIN, breaks("unreadable", "not JSON", "crime.json")),
    "JSON with NaN": (
        "crime.json",
        b'[{"Area": "SW", "cases": NaN}]',
        JOIN,
        breaks("unreadable", "NaN is no number of JSON", "crime.json"),
    ),
    "JSON with a name twice in one object": (
        "crime.json",
        b'[{"Area": "SW", "Area": "NW"}]',
        JOIN,
        breaks("unreadable", "'Area' twice", "crime.json"),
    ),
    "JSON nested beyond reason": (
        "crime.json",
        b"[" * 200_000,
        JOIN,
        breaks("unreadable", "not JSON", "crime.json"),
    ),
    "JSON in another encoding": (
        "crime.json",
        json.dumps([{"Area": "西南"}], ensure_ascii=False).encode("big5"),
        JOIN,
        breaks("bad-encoding", "not in utf-8", "crime.json", advises="Declare its encoding"),
    ),
    "half a character in JSON": (
        "crime.json",
        json_of([*RECORDS, {"Area": "\ud800", "cases": 1}]),
        JOIN,
        loads(ALL, Found("bad-encoding", "lone surrogate", 5)),
    ),
    "records in an object and no path to them": (
        "crime.json",
        json_of({"data": RECORDS}),
        JOIN,
        breaks("missing-records", "no list", "crime.json", "records", manifest=True, advises="There are: data."),
    ),
    "a path that leads nowhere": (
        "crime.json",
        json_of({"data": {"items": RECORDS}}),
        f'records = "data.rows"\n{JOIN}',
        breaks("missing-records", "'rows' is not there", "crime.json", "records", manifest=True, advises="items"),
    ),
    "a path that leads to no list": (
        "crime.json",
        json_of({"data": {"items": 4}}),
        f'records = "data.items"\n{JOIN}',
        breaks("missing-records", "no list", "crime.json", "records", manifest=True),
    ),
    "nested values in a record": (
        "crime.json",
        json_of([*RECORDS, {"Area": "SW", "cases": {"2022": 1, "2023": 2}}]),
        JOIN,
        loads(ALL, Found("nested-value", "'cases' holds several values", 5, "cases")),
    ),
    "a record that is no object": (
        "crime.json",
        json_of([*RECORDS, ["SW", 1]]),
        JOIN,
        loads(ALL, Found("bad-record", "no object", 5)),
    ),
    "a document type declaration": (
        "crime.xml",
        f"<!DOCTYPE data><data>{XML_ROWS}</data>".encode(),
        f'records = "row"\n{JOIN}',
        breaks("unsafe-xml", "DOCTYPE", "crime.xml", advises="Remove"),
    ),
    "entities that grow": (
        "crime.xml",
        b'<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><d><row><Area>&b;</Area></row></d>',
        f'records = "row"\n{JOIN}',
        breaks("unsafe-xml", "DOCTYPE", "crime.xml"),
    ),
    "an entity that reads a file": (
        "crime.xml",
        b'<!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d><row><Area>&f;</Area></row></d>',
        f'records = "row"\n{JOIN}',
        breaks("unsafe-xml", "DOCTYPE", "crime.xml"),
    ),
    "XML that breaks off": (
        "crime.xml",
        f"<data>{XML_ROWS}".encode(),
        f'records = "row"\n{JOIN}',
        breaks("unreadable", "not XML", "crime.xml"),
    ),
    "XML nested beyond reason": (
        "crime.xml",
        b"<a>" * 5000 + b"</a>" * 5000,
        f'records = "row"\n{JOIN}',
        breaks("unreadable", "more than 100 deep", "crime.xml"),
    ),
    "XML whose records are not said": (
        "crime.xml",
        f"<data>{XML_ROWS}</data>".encode(),
        JOIN,
        breaks("missing-records", "does not say", "crime.xml", "records", manifest=True),
    ),
    "a wrong name of the elements": (
        "crime.xml",
        f"<data>{XML_ROWS}</data>".encode(),
        f'records = "data/item"\n{JOIN}',
        breaks("missing-records", "no such element", "crime.xml", "records", manifest=True, advises="data, row"),
    ),
    "a field twice in an XML record": (
        "crime.xml",
        f"<data>{XML_ROWS}<row><Area>SW</Area><Area>NW</Area></row></data>".encode(),
        f'records = "row"\n{JOIN}',
        loads(ALL, Found("nested-value", "'Area' holds several", 5, "Area")),
    ),
    "no column of the label": (
        "crime.csv",
        csv_of("SW,1", heading="Zone,cases"),
        JOIN,
        breaks(
            "missing-column", "'Area' (join.column)", "crime.csv", "join.column", manifest=True, advises="Zone, cases"
        ),
    ),
    "no column of the figure": (
        "crime.csv",
        csv_of("SW,1", heading="Area,incidents"),
        JOIN,
        breaks("missing-column", "'cases'", "crime.csv", "attributes[1].name", manifest=True, advises="incidents"),
    ),
    "no column of the condition": (
        "crime.csv",
        csv_of(*SOUND),
        table_toml(where='{ year = "2023" }', attributes=CASES),
        breaks("missing-column", "'year'", "crime.csv", "join.where.year", manifest=True),
    ),
    "a condition that no row meets": (
        "crime.csv",
        csv_of("SW,1,2022", heading="Area,cases,year"),
        table_toml(where='{ year = "2023" }', attributes=CASES),
        Loads(
            "row-2",
            warned("no-rows", "No row meets", None, "join.where"),
            *NO_ROW,
            layer="crime",
        ),
    ),
    "a zone system that is not declared": (
        "crime.csv",
        csv_of(*SOUND),
        table_toml(system="beat", attributes=CASES),
        loads(CSV_ALL, warned("unknown-zone-system", "'beat' is not declared", None, "join.zone_system")),
    ),
    "a join of no figures": (
        "crime.csv",
        csv_of(*SOUND),
        table_toml(attributes=""),
        breaks("bad-field", "needs [[attributes]]", "crime.csv", manifest=True),
    ),
    "a join by something else": (
        "crime.csv",
        csv_of(*SOUND),
        table_toml("shape", attributes=CASES),
        breaks("bad-field", "join.by", "crime.csv", "join.by", manifest=True),
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_with_a_table_is_said_of_its_row_and_field(own_city: Path, case: str) -> None:
    name, content, toml, expected = BAD[case]
    path = write_layer(own_city, "crime", "table", name, toml)
    (path / name).write_bytes(content)
    expected.check(own_city)


def test_a_join_is_for_tables_alone(own_city: Path) -> None:
    path = write_layer(own_city, "crime", "candidate", "crime.csv", JOIN)
    (path / "crime.csv").write_bytes(csv_of(*SOUND))
    breaks("bad-field", "role table", "crime.csv", manifest=True).check(own_city)


def test_names_with_prefixes_attributes_and_a_declared_encoding_are_read(own_city: Path) -> None:
    rows = "".join(f'<x:row Area="{code}"><x:cases>{n}</x:cases></x:row>' for n, code in enumerate(WARDS))
    text = f'<?xml version="1.0" encoding="utf-8"?><x:data xmlns:x="urn:x"><x:set>{rows}</x:set></x:data>'
    path = write_layer(own_city, "crime", "table", "crime.xml", f'records = "set/row"\nencoding = "utf-16"\n{JOIN}')
    (path / "crime.xml").write_bytes(text.encode("utf-16"))
    catalog = open_catalog(own_city)
    assert catalog.problems == ()
    assert dict(catalog.figures("ward")[0].values) == {code: float(n) for n, code in enumerate(WARDS)}


def test_a_row_set_aside_for_its_zone_is_shown_as_it_was_read(own_city: Path) -> None:
    write_table(own_city, "crime.csv", [*({"Area": c, "cases": 1} for c in WARDS), {"Area": "SW", "cases": 77}], JOIN)
    layer = open_catalog(own_city).layers["crime"]
    (aside,) = layer.set_aside.to_dict(orient="records")
    assert (aside["row"], aside["field"], aside["Area"], aside["cases"]) == (6, "Area", "SW", "77")
