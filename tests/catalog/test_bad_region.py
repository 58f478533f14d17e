"""region.toml that is missing, broken or contradicts itself; and questions that the layers cannot answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from spoil import LAT, LON, LONLAT, Breaks, Spoil, at_end, hamlet, in_rows, in_text, posts_toml

from geoservice.catalog import open_catalog
from geoservice.errors import QuestionError, RegionError
from geoservice.i18n import said, told

REGION = "region.toml"
SOURCES = 'sources = [{ layer = "posts" }]'


@pytest.fixture
def town(own_city: Path) -> Path:
    return hamlet(own_city)


def working_crs(text: str) -> Spoil:
    return in_text(REGION, 'working_crs = "EPSG:2263"', f"working_crs = {text}")


def no_region(folder: Path) -> None:
    (folder / REGION).unlink()


def a_folder_for_a_region(folder: Path) -> None:
    (folder / REGION).unlink()
    (folder / REGION).mkdir()


def in_big5(folder: Path) -> None:
    path = folder / REGION
    path.write_bytes(path.read_text(encoding="utf-8").encode("big5hkscs"))


def the_question_twice(folder: Path) -> None:
    text = (folder / REGION).read_text(encoding="utf-8")
    at_end(REGION, "\n" + text[text.index("[[question]]") :])(folder)


def a_question_on_cameras(folder: Path) -> None:
    path = folder / REGION
    text = path.read_text(encoding="utf-8").replace('theme = "facilities"', 'theme = "cameras"')
    footprint = text[text.index("footprint = {") : text.index("zone_system =")]
    path.write_text(text.replace(footprint, 'footprint = { model = "field_of_view" }\n'), encoding="utf-8")


def more_zone_systems(*tables: str) -> Spoil:
    """Declare more zone systems before the questions."""
    systems = "\n".join(f"[[zone_systems]]\n{table}\n" for table in tables)
    return in_text(REGION, "[[question]]", f"{systems}\n[[question]]")


def system(name: str, more: str = 'note = { en = "Not published." }') -> str:
    return f'id = "{name}"\ntitle = {{ en = "{name}" }}\n{more}'


FILES = [
    pytest.param(no_region, "region.toml is missing", "has a region.toml at its top", id="region.toml missing"),
    pytest.param(
        a_folder_for_a_region, "region.toml cannot be read", "Save it as UTF-8", id="a folder called region.toml"
    ),
    pytest.param(in_big5, "region.toml cannot be read", "Save it as UTF-8", id="region.toml in Big5"),
    pytest.param(
        in_text(REGION, 'id = "feetville"', "id = feetville"),
        "not valid TOML: Invalid value (at line 2",
        "quotes around texts",
        id="text without quotes: the line is named",
    ),
    pytest.param(in_text(REGION, 'id = "feetville"\n', ""), "region.toml: id is missing", "", id="no id"),
    pytest.param(
        in_text(REGION, 'id = "feetville"', 'id = "Feet Ville"'),
        "id: should be letters, digits and single hyphens (given: 'Feet Ville')",
        "",
        id="an id with a blank",
    ),
    pytest.param(
        in_text(REGION, "[[question]]", '[theme]\ncolour = "red"\n[[question]]'),
        "theme is not a field that is known here",
        "",
        id="an unknown table",
    ),
    pytest.param(
        in_text(REGION, 'id = "feetville"', 'id = "feetville"\nreplace_characters = { "ab" = "c" }'),
        "replace_characters maps single characters",
        "",
        id="two characters to be replaced at once",
    ),
]

PLANES = [
    pytest.param(
        working_crs('"EPSG:2263"\nserved_crs = ["EPSG:1"]'),
        "served_crs: 'EPSG:1' is not a coordinate reference system that PROJ knows.",
        "Give a code such as EPSG:4326",
        id="an unknown system to serve",
    ),
    pytest.param(
        working_crs('"EPSG:2263"\nserved_crs = ["EPSG:4979"]'),
        "served_crs: 'EPSG:4979' cannot be served: it is no geographic or projected system of two axes.",
        "Give a code such as EPSG:3857.",
        id="a system with heights to serve",
    ),
    pytest.param(
        working_crs('"EPSG:4326"'),
        "working_crs: The working system WGS 84 is not projected: degrees are no lengths.",
        "national grid or the UTM zone",
        id="degrees to measure in",
    ),
    pytest.param(
        working_crs('"EPSG:3857"'),
        "WGS 84 / Pseudo-Mercator stretches lengths by up to 32.5% within the region.",
        "stays within 0.5%",
        id="Web Mercator to measure in",
    ),
    pytest.param(
        working_crs('"EPSG:32601"'),
        "UTM zone 1N stretches lengths by up to",
        "stays within 0.5%",
        id="the UTM zone of another ocean",
    ),
    pytest.param(
        working_crs('"EPSG:99999"'),
        "'EPSG:99999' is not a coordinate reference system that PROJ knows",
        "EPSG:4326",
        id="a code of no system",
    ),
    pytest.param(
        working_crs('""'), "'' is not a coordinate reference system that PROJ knows", "EPSG:4326", id="an empty code"
    ),
    pytest.param(
        working_crs("2263"),
        "working_crs: should be a valid string (given: 2263)",
        "",
        id="a code without its authority",
    ),
    pytest.param(
        working_crs('"EPSG:5703"'), "NAVD88 height is not projected", "national grid", id="a system of heights"
    ),
    pytest.param(
        in_text(REGION, "west = -74.2", "west = -73.2"),
        "extent: west < east and south < north must hold",
        "",
        id="west and east reversed",
    ),
    pytest.param(
        in_text(REGION, "south = 40.5", "south = 41.5"),
        "extent: west < east and south < north must hold",
        "",
        id="south and north reversed",
    ),
    pytest.param(
        in_text(REGION, "west = -74.2", "west = -274.2"),
        "extent.west: should be greater than or equal to -180 (given: -274.2)",
        "",
        id="an extent beyond the globe",
    ),
    pytest.param(
        in_text(REGION, "west = -74.2", "west = nan"),
        "extent.west: should be a finite number",
        "",
        id="an extent of NaN",
    ),
]

ZONE_SYSTEMS = [
    pytest.param(
        in_text(REGION, 'layer = "boroughs"\n', ""),
        "zone_systems[1]: zone system borough has no layer, so a note must say why",
        "",
        id="zone system without layer and note",
    ),
    pytest.param(
        in_text(REGION, 'layer = "boroughs"\n', 'layer = "boroughs"\nwithin = "borough"\n'),
        "zone system borough lies within itself",
        "",
        id="zone system within itself",
    ),
    pytest.param(
        more_zone_systems(
            system("ward", 'within = "block"\nnote = { en = "Not published." }'),
            system("block", 'within = "ward"\nnote = { en = "Not published." }'),
        ),
        "zone system ward lies within itself",
        "",
        id="two zone systems within each other",
    ),
    pytest.param(
        in_text(REGION, 'layer = "boroughs"\n', 'layer = "boroughs"\nwithin = "county"\n'),
        "zone system borough lies within 'county', which is not declared",
        "",
        id="zone system within one that is not declared",
    ),
    pytest.param(
        more_zone_systems(system("borough")),
        "zone_systems: the id borough is used twice",
        "",
        id="two systems of one id",
    ),
    pytest.param(
        more_zone_systems(system("")),
        "zone_systems[2].id: should be letters",
        "",
        id="zone system with an empty id",
    ),
]

QUESTIONS = [
    pytest.param(
        in_text(REGION, 'zone_system = "borough"', 'zone_system = "parish"'),
        "question posts asks for the zone system 'parish', which is not declared",
        "",
        id="question with an unknown zone system",
    ),
    pytest.param(
        in_text(REGION, 'land = { layer = "boroughs", snap_m = 20 }\n', ""),
        "question posts is cut to landmasses (same_landmass), but [land] names no layer",
        "",
        id="same_landmass without land",
    ),
    pytest.param(
        in_text(REGION, "low = 300", "low = 700"),
        "question[1].footprint.range_m: low <= mid <= high must hold, not 700, 600, 900",
        "",
        id="low above mid",
    ),
    pytest.param(in_text(REGION, "high = 900", "high = 500"), "low <= mid <= high must hold", "", id="high below mid"),
    pytest.param(
        in_text(REGION, "low = 300", "low = -300"),
        "question[1].footprint.range_m.low: should be greater than 0 (given: -300)",
        "",
        id="a negative range",
    ),
    pytest.param(
        in_text(REGION, "high = 900", "high = inf"),
        "question[1].footprint.range_m.high: should be",
        "",
        id="an infinite range",
    ),
    pytest.param(the_question_twice, "question: the id posts is used twice", "", id="two questions of one id"),
    pytest.param(in_text(REGION, SOURCES, "sources = []"), "question[1].sources", "", id="question without sources"),
    pytest.param(
        in_text(REGION, SOURCES, 'sources = [{ layer = "posts" }, { layer = "posts", kinds = ["post"] }]'),
        "question[1].sources: layer posts is named twice",
        "",
        id="question that names a layer twice",
    ),
    pytest.param(
        in_text(REGION, 'theme = "facilities"', 'theme = "people"'),
        "question[1].theme: should be 'facilities' or 'cameras' (given: 'people')",
        "",
        id="question on an unknown theme",
    ),
    pytest.param(
        in_text(REGION, 'theme = "facilities"', 'theme = "cameras"'),
        "question[1]: cameras cannot have the footprint model service_area",
        "",
        id="question on cameras with the footprint of facilities",
    ),
    pytest.param(
        in_text(REGION, "footprint = {", 'footprint = { model = "cone",'),
        "'cone'",
        "",
        id="question with an unknown footprint",
    ),
    pytest.param(
        in_text(REGION, "footprint = { range_m", "footprint = { reach_m"),
        "question[1].footprint.range_m is missing; question[1].footprint.reach_m is not a field that is known here.",
        "",
        id="question whose range has another name",
    ),
    pytest.param(
        at_end(REGION, 'statuses = ["open"]\n'),
        "question[1].statuses[1]: should be 'planned', 'operating'",
        "",
        id="question for an unknown status",
    ),
    pytest.param(
        at_end(REGION, "statuses = []\n"),
        "statuses: at least one status must be named",
        "",
        id="question for no status",
    ),
    pytest.param(
        at_end(REGION, "gap_cell_m = 1\n"),
        "question[1].gap_cell_m: should be greater than or equal to 10",
        "",
        id="gaps in cells of a metre",
    ),
    pytest.param(
        at_end(REGION, 'at = "today"\n'),
        "question[1].at: should be a valid date",
        "",
        id="question for a day in words",
    ),
]


@pytest.mark.parametrize(("spoil", "says", "advises"), [*FILES, *PLANES, *ZONE_SYSTEMS, *QUESTIONS])
def test_a_wrong_region_stops_the_start_and_says_where(town: Path, spoil: Spoil, says: str, advises: str) -> None:
    spoil(town)
    with pytest.raises(RegionError) as caught:
        open_catalog(town)
    assert says in caught.value.reason
    assert "region.toml" in caught.value.reason
    assert advises in (caught.value.advice or "")
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RegionError, match=r"There is no folder .*nowhere.* Name a folder of layers with --layers"):
        open_catalog(tmp_path / "nowhere")


def test_a_file_is_no_folder_of_layers(town: Path) -> None:
    with pytest.raises(RegionError, match=r"There is no folder .*region\.toml"):
        open_catalog(town / REGION)


COMPOUND = [
    pytest.param('"EPSG:2263+5703"', id="with heights"),
    pytest.param(
        '"+proj=lcc +lat_0=40.1666666666667 +lon_0=-74 +lat_1=41.0333333333333 +lat_2=40.6666666666667 '
        '+x_0=300000 +y_0=0 +ellps=GRS80 +towgs84=0,0,0 +units=us-ft +type=crs"',
        id="with a shift of its datum",
    ),
]


@pytest.mark.parametrize("text", COMPOUND)
def test_a_grid_in_feet_that_says_more_than_a_plane_is_taken_as_its_plane_in_metres(town: Path, text: str) -> None:
    working_crs(text)(town)
    catalog = open_catalog(town)
    assert {axis.unit_name for axis in catalog.working.crs.axis_info} == {"metre"}
    assert not catalog.problems
    place = catalog.layers["posts"].features.geometry.iloc[0]
    assert (round(place.x, -1), round(place.y, -1)) == (301_000, 61_000)


@pytest.mark.parametrize("unit", ["m", "us-ft"])
def test_a_shift_of_the_datum_is_kept(town: Path, unit: str) -> None:
    toml = posts_toml('crs = "EPSG:4326"', position=LONLAT)
    in_rows(f"p1,First post,{LON},{LAT},West", more=toml)(town)
    grid = "+proj=lcc +lat_0=40.1666666666667 +lon_0=-74 +lat_1=41.0333333333333 +lat_2=40.6666666666667 +x_0=300000"
    text = (town / REGION).read_text(encoding="utf-8")
    places = []
    for shift in (0, 200):
        shifted = f"{grid} +ellps=GRS80 +towgs84={shift},0,0 +units={unit} +type=crs"
        (town / REGION).write_text(text.replace("EPSG:2263", shifted), encoding="utf-8")
        places.append(open_catalog(town).layers["posts"].features.geometry.iloc[0])
    # 200 m along the axis through the Gulf of Guinea are 192 m to the west here, and 36 m to the north.
    assert round(places[1].x - places[0].x) == -192
    assert round(places[1].y - places[0].y) == 36


# ------------------------------------------------------------------ questions that the layers cannot answer

UNANSWERABLE = [
    pytest.param(
        in_text(REGION, SOURCES, 'sources = [{ layer = "boroughs" }]'),
        "A question on facilities cannot take the layer 'boroughs': its role is zone.",
        id="a layer of the wrong role for a source",
    ),
    pytest.param(
        a_question_on_cameras,
        "A question on cameras cannot take the layer 'posts': its role is facility.",
        id="a question on cameras for a layer of facilities",
    ),
    pytest.param(
        in_text(REGION, SOURCES, 'sources = [{ layer = "posts", kinds = ["tower"] }]'),
        "The layer 'posts' has nothing of the kind 'tower'.",
        id="a kind that no row has",
    ),
    pytest.param(
        at_end(REGION, 'demand = ["posts"]\n'),
        "The layer 'posts' is no demand: its role is facility.",
        id="a layer of the wrong role for demand",
    ),
    pytest.param(
        in_text(REGION, 'layer = "boroughs"\n', 'note = { en = "Not published." }\n'),
        "The zones of 'borough' are not to be had. Not published.",
        id="zones that are not published",
    ),
    pytest.param(
        in_text(REGION, 'layer = "boroughs"\n', 'layer = "posts"\n'),
        "its role is facility",
        id="a layer of the wrong role for zones",
    ),
    pytest.param(
        in_text(REGION, 'land = { layer = "boroughs"', 'land = { layer = "posts"'),
        "its role is facility",
        id="a layer of the wrong role for land",
    ),
]


@pytest.mark.parametrize(("spoil", "says"), UNANSWERABLE)
def test_a_question_that_the_layers_cannot_answer_says_why(town: Path, spoil: Spoil, says: str) -> None:
    spoil(town)
    catalog = open_catalog(town)
    assert not catalog.broken
    with pytest.raises(QuestionError) as caught:
        catalog.check_question(catalog.question("posts"))
    assert says in str(caught.value)
    in_chinese, _ = told(caught.value, "zh")
    assert re.search("[\u4e00-\u9fff]", in_chinese)


MISSING_LAYERS = [
    pytest.param("stations", in_text(REGION, SOURCES, 'sources = [{ layer = "stations" }]'), id="source"),
    pytest.param("census", at_end(REGION, 'demand = ["census"]\n'), id="demand"),
    pytest.param("coast", in_text(REGION, 'land = { layer = "boroughs"', 'land = { layer = "coast"'), id="land"),
    pytest.param("parishes", in_text(REGION, 'layer = "boroughs"\n', 'layer = "parishes"\n'), id="zones"),
]


@pytest.mark.parametrize(("layer", "spoil"), MISSING_LAYERS)
def test_an_unknown_layer_is_reported_and_its_question_says_so(town: Path, layer: str, spoil: Spoil) -> None:
    spoil(town)
    says = f"region.toml names the layer '{layer}', but there is no such folder."
    catalog = Breaks("missing-layer", says, file=REGION, layer=layer).check(town)
    error = catalog.why_unanswerable(catalog.question("posts"))
    assert error is not None
    assert layer in str(error) or "land layer" in str(error)


def test_the_folder_of_a_layer_that_is_gone_is_reported(town: Path) -> None:
    shutil.rmtree(town / "posts")
    catalog = Breaks("missing-layer", "names the layer 'posts'", file=REGION).check(town)
    error = catalog.why_unanswerable(catalog.question("posts"))
    assert error is not None
    assert "It could not be read" in str(error)
    assert said(error, "zh").startswith("此問題需要圖層「posts」。未能讀取：")


def test_why_zones_are_not_to_be_had_is_said_in_both_languages(town: Path) -> None:
    in_text(REGION, 'layer = "boroughs"\n', 'note = { en = "Not published.", zh = "未公布。" }\n')(town)
    catalog = open_catalog(town)
    error = catalog.why_unanswerable(catalog.question("posts"))
    assert error is not None
    assert said(error, "en") == str(error) == "The zones of 'borough' are not to be had. Not published."
    assert said(error, "zh") == "「borough」的分區未能提供。未公布。"


def test_a_folder_without_a_manifest_is_reported_and_hidden_folders_are_not_looked_at(town: Path) -> None:
    for name in ("notes", ".git", "_drafts"):
        (town / name).mkdir()
    catalog = open_catalog(town)
    assert [(p.layer, p.code) for p in catalog.problems] == [("notes", "missing-file")]
    assert set(catalog.layers) == {"boroughs", "posts"}
