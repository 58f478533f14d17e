"""Rows with a wrong position, identity, value or shape: each is told, and no good row suffers for it."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from city import CRS_FEET, WARDS, feet, write_csv, write_layer, write_posts
from shapely import Geometry, box
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon
from spoil import (
    GRID,
    HEADING,
    HERE,
    LAT,
    LON,
    LONLAT,
    SOUND,
    Found,
    Loads,
    Spoil,
    X,
    Y,
    hamlet,
    in_features,
    in_geojson,
    in_rows,
    post,
    posts_toml,
    warned,
)

from geoservice.catalog import open_catalog


@pytest.fixture
def town(own_city: Path) -> Path:
    return hamlet(own_city)


@pytest.fixture
def wards_city(own_city: Path) -> Path:
    """Give the city with its wards, without the people."""
    shutil.rmtree(own_city / "people")
    path = own_city / "region.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('demand = ["people"]', ""), encoding="utf-8")
    return own_city


# ------------------------------------------------------------------ positions

DEGREES = posts_toml('crs = "EPSG:4326"', position=LONLAT)
LISTED = posts_toml(position=f'{GRID}\nmissing = "listed"')
LISTED_NA = posts_toml('missing_values = ["N.A."]', position=f'{GRID}\nmissing = "listed"')
ON_EARTH = f"p1,First post,{LON},{LAT},West"

POSITIONS = [
    pytest.param(
        in_rows(SOUND, "p2,Second post,,,West"),
        Loads("p1", Found("missing-position", "no position", 3, "x", "p2", advises='position.missing = "listed"')),
        id="no position",
    ),
    pytest.param(
        in_rows(SOUND, f"p2,Second post,{X},,West", f"p3,Third post,,{Y},West"),
        Loads(
            "p1",
            Found("missing-position", "Only one of x and y", 3, "x", "p2"),
            Found("missing-position", "Only one of x and y", 4, "x", "p3"),
        ),
        id="one of two coordinates",
    ),
    pytest.param(
        in_rows(SOUND, f"p2,Second post,north,{Y},West", f'p3,Third post,{X},"200,130.8",West'),
        Loads(
            "p1",
            Found("bad-coordinate", "'north' is not a number", 3, "x", "p2"),
            Found("bad-coordinate", "'200,130.8' is not a number", 4, "y", "p3"),
        ),
        id="words and thousands separators for numbers",
    ),
    pytest.param(
        in_rows(
            SOUND, f"p2,Second post,nan,{Y},West", f"p3,Third post,{X},-inf,West", f"p4,Fourth post,1e999,{Y},West"
        ),
        Loads(
            "p1",
            Found("bad-coordinate", "'nan' is not a number", 3, "x", "p2"),
            Found("bad-coordinate", "'-inf' is not a number", 4, "y", "p3"),
            Found("bad-coordinate", "'1e999' is not a number", 5, "x", "p4"),
        ),
        id="NaN, infinity and a number too large to be one",
    ),
    pytest.param(
        in_rows(SOUND, f"p2,Second post,987_530.8,{Y},West"),
        Loads("p1", Found("bad-coordinate", "'987_530.8' is not a number", 3, "x", "p2")),
        id="digits grouped by underscores",
    ),
    pytest.param(
        in_rows(SOUND, f"p2,Second post,{X * 2},{Y},West", "p3,Third post,0,0,West"),
        Loads(
            "p1",
            Found("outside-extent", "outside the region's extent", 3, "x", "p2"),
            Found("outside-extent", "outside the region's extent", 4, "x", "p3"),
        ),
        id="a place beyond the region, and nought and nought",
    ),
    pytest.param(
        in_rows(SOUND, f"p2,Second post,{Y},{X},West"),
        Loads("p1", Found("swapped-position", "are swapped", 3, "x", "p2", advises="Swap them")),
        id="easting and northing swapped in one row",
    ),
    pytest.param(
        in_rows(ON_EARTH, f"p2,Second post,{LAT},{LON},West", more=DEGREES),
        Loads("p1", Found("swapped-position", "are swapped", 3, "x", "p2")),
        id="lon and lat swapped in one row",
    ),
    pytest.param(
        in_rows(
            ON_EARTH,
            f"p2,Second post,{LON},95,West",
            "p3,Third post,999,999,West",
            f"p4,Fourth post,{LON},{LAT},West",
            more=DEGREES,
        ),
        Loads(
            "p1 p4",
            Found("outside-extent", "outside the region's extent", 3, "x", "p2"),
            Found("outside-extent", "outside the region's extent", 4, "x", "p3"),
        ),
        id="degrees that are not on the globe",
    ),
    pytest.param(
        in_rows(SOUND, "p2,Second post,,,West", f"p3,Third post,{X},,West", more=LISTED),
        Loads("p1 p2", Found("missing-position", "Only one of x and y", 4, "x", "p3")),
        id="positions not published, listed; one of two coordinates is still wrong",
    ),
    pytest.param(
        in_rows(SOUND, "p2,N.A.,N.A.,N.A.,N.A.", more=LISTED_NA), Loads("p1 p2"), id="N.A. declared as a missing value"
    ),
    pytest.param(
        in_rows(SOUND, "p2,N.A.,N.A.,N.A.,N.A."),
        Loads("p1", Found("bad-coordinate", "'N.A.' is not a number", 3, "x", "p2")),
        id="N.A. not declared as a missing value",
    ),
]

TWICE_HEADING = f"{HEADING},lon,lat"
TWICE = posts_toml('crs = "EPSG:4326"', position=f'lon = "lon"\nlat = "lat"\n{GRID}')
GRID_FIRST = posts_toml('crs = "EPSG:4326"', position=f'lon = "lon"\nlat = "lat"\n{GRID}\nprimary = "grid"')


def metres_north(metres: float) -> float:
    """Give the latitude so many metres north of the sound post."""
    return LAT + metres / 111_050


def in_two_positions(*rows: str, more: str = TWICE) -> Spoil:
    """Write rows that say where they are in grid coordinates and in degrees."""
    return in_rows(f"{SOUND},{LON},{LAT}", *rows, heading=TWICE_HEADING, more=more)


TWO_POSITIONS = [
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,{LON},{metres_north(4)}"),
        Loads("p1 p2"),
        id="4 m apart: within the tolerance",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,{LON},{metres_north(900)}"),
        Loads("p1 p2", warned("positions-differ", "the lonlat one is kept", 3, "x", "p2")),
        id="900 m apart: a warning",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,{LON},{metres_north(1100)}"),
        Loads("p1", Found("positions-conflict", "neither is trusted", 3, "x", "p2")),
        id="1100 m apart: neither is trusted",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,{LON},{metres_north(900)}", more=GRID_FIRST),
        Loads("p1 p2", warned("positions-differ", "the grid one is kept", 3, "lon", "p2")),
        id="900 m apart, the grid declared primary",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,,"),
        Loads("p1 p2", warned("position-from-other", "the grid one is taken", 3, "lon", "p2")),
        id="a position from the second pair alone",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,,,West,{LON},{LAT}", more=GRID_FIRST),
        Loads("p1 p2", warned("position-from-other", "the lonlat one is taken", 3, "x", "p2")),
        id="a position from the second pair alone, the grid declared primary",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,{LON},", f"p3,Third post,{HERE},West,west,{LAT}"),
        Loads(
            "p1",
            Found("missing-position", "Only one of lon and lat", 3, "lon", "p2"),
            Found("bad-coordinate", "'west' is not a number", 4, "lon", "p3"),
        ),
        id="a wrong first pair is not made good by the second",
    ),
    pytest.param(
        in_two_positions(f"p2,Second post,{HERE},West,{LAT},{LON}"),
        Loads("p1", Found("positions-conflict", "neither is trusted", 3, "x", "p2")),
        id="lon and lat swapped, the grid right",
    ),
    pytest.param(
        in_two_positions("p2,Second post,,,West,,"),
        Loads("p1", Found("missing-position", "no position", 3, "lon", "p2")),
        id="neither pair given",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), [*POSITIONS, *TWO_POSITIONS])
def test_a_row_without_a_position_to_trust_is_set_aside_or_listed(town: Path, spoil: Spoil, expected: Loads) -> None:
    spoil(town)
    expected.check(town)


def test_records_without_a_published_position_are_listed_and_not_placed(town: Path) -> None:
    in_rows(SOUND, "p2,N.A.,N.A.,N.A.,N.A.", more=LISTED_NA)(town)
    layer = Loads("p1 p2").check(town)
    assert list(layer.listed["id"]) == ["p2"]
    assert list(layer.placed["id"]) == ["p1"]
    assert layer.listed["name_en"].iloc[0] is None


def test_a_distance_between_two_positions_is_told_in_metres(town: Path) -> None:
    in_two_positions(f"p2,Second post,{HERE},West,{LON},{metres_north(900)}")(town)
    layer = Loads("p1 p2", warned("positions-differ", "", 3, "x", "p2")).check(town)
    words = layer.problems[0].reason.split()
    assert math.isclose(float(words[words.index("are") + 1]), 900, abs_tol=2)


def test_a_rejected_row_is_kept_aside_with_its_values_as_they_stood_in_the_file(town: Path) -> None:
    in_rows(SOUND, f"p2,Second post,north,{Y},West")(town)
    layer = Loads("p1", Found("bad-coordinate", "'north'", 3, "x", "p2")).check(town)
    kept = layer.set_aside.iloc[0]
    assert (kept["code"], kept["label"], kept["x"], kept["y"]) == ("p2", "Second post", "north", str(Y))
    assert kept["field"] == "x"


def test_blanks_and_words_for_nothing_are_kept_in_a_row_set_aside(town: Path) -> None:
    more = posts_toml('missing_values = ["N.A."]')
    in_rows(SOUND, f" pé ,N.A.,north ,{Y},", more=more)(town)
    region = town / "region.toml"
    text = region.read_text(encoding="utf-8")
    region.write_text('replace_characters = { "é" = "2" }\n' + text, encoding="utf-8")
    layer = Loads("p1", Found("bad-coordinate", "'north'", 3, "x", "p2")).check(town)
    kept = layer.set_aside.iloc[0]
    assert (kept["code"], kept["label"], kept["x"], kept["y"], kept["side"]) == (" pé ", "N.A.", "north ", str(Y), "")


# ------------------------------------------------------------------ identities

LONG = "x" * 300

IDENTITIES = [
    pytest.param(
        in_rows(SOUND, f"p1,Second post,{HERE},West", f"p3,Third post,{HERE},West"),
        Loads("p1 p3", Found("duplicate-id", "'p1' already stands in row 2", 3, "code", "p1")),
        id="an id used twice",
    ),
    pytest.param(
        in_rows(f"7,First post,{HERE},West", f"7.0,Second post,{HERE},West", f" 7 ,Third post,{HERE},West"),
        Loads("7 7.0", Found("duplicate-id", "'7' already stands in row 2", 4, "code", "7")),
        id="an id that differs by blanks alone",
    ),
    pytest.param(
        in_rows(SOUND, f",Second post,{HERE},West", f"   ,Third post,{HERE},West"),
        Loads("p1", Found("missing-id", "no id", 3, "code"), Found("missing-id", "no id", 4, "code")),
        id="no id, or blanks for one",
    ),
    pytest.param(
        in_rows(SOUND, f"p\t2,Second post,{HERE},West", f"p\x1b[31m3,Third post,{HERE},West"),
        Loads(
            "p1",
            Found("bad-id", "control characters", 3, "code", "p\t2"),
            Found("bad-id", "control characters", 4, "code", "p\x1b[31m3"),
        ),
        id="control characters in an id",
    ),
    pytest.param(
        in_rows(SOUND, f"{LONG},Second post,{HERE},West", f"{'y' * 200},Third post,{HERE},West"),
        Loads(f"p1 {'y' * 200}", Found("bad-id", "too long", 3, "code", LONG)),
        id="an id of 300 characters; 200 are still good",
    ),
    pytest.param(
        in_rows("p1,First post,,,West", f"p1,Second post,{HERE},West"),
        Loads(
            "",
            Found("missing-position", "no position", 2, "x", "p1"),
            Found("duplicate-id", "already stands in row 2", 3, "code", "p1"),
        ),
        id="an id used twice, the first of them without a position",
    ),
    pytest.param(
        in_rows(f"=1+1,=cmd|' /C calc'!A0,{HERE},West", f"@p2,<script>alert(1)</script>,{HERE},West"),
        Loads("=1+1 @p2"),
        id="formulas and markup are texts like others",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), IDENTITIES)
def test_a_row_without_an_identity_of_its_own_is_set_aside(town: Path, spoil: Spoil, expected: Loads) -> None:
    spoil(town)
    expected.check(town)


def test_a_long_id_is_not_told_in_full(town: Path) -> None:
    in_rows(SOUND, f"{LONG},Second post,{HERE},West")(town)
    layer = Loads("p1", Found("bad-id", "xxx…", 3, "code", LONG)).check(town)
    assert len(layer.problems[0].reason) < 200


def test_formulas_and_markup_in_names_are_kept_to_the_letter(town: Path) -> None:
    names = ["=HYPERLINK(0)", "+1", "-1", "@SUM(A1)", "<b>bold</b>", "a & b", "'; DROP TABLE posts; --"]
    in_rows(*(f"p{n},{name},{HERE},West" for n, name in enumerate(names)))(town)
    layer = Loads(" ".join(f"p{n}" for n in range(len(names)))).check(town)
    assert list(layer.features["name_en"]) == names


def test_rows_without_an_id_column_are_known_by_their_row_number(town: Path) -> None:
    in_rows(SOUND, "p2,Second post,,,West", more=posts_toml().replace('id = "code", ', ""))(town)
    Loads("row-2", Found("missing-position", "no position", 3, "x", "row-3")).check(town)


# ------------------------------------------------------------------ values

STATES = posts_toml(
    columns=', status = "status", access = "access", kind = "kind"', kinds='kinds = { post = { en = "Post" } }'
)
DATES = posts_toml(columns=', valid_from = "from", valid_to = "to"')
WEIGHTS = posts_toml(columns=', weight = "staff"')
NO_STATUS = posts_toml(columns=', status = "status"').replace('status = "operating", ', "")

VALUES = [
    pytest.param(
        in_rows(f"{SOUND},open,mine,kiosk", heading=f"{HEADING},status,access,kind", more=STATES),
        Loads(
            "p1",
            warned("unknown-value", "'open' is none of planned, operating", 2, "status", "p1"),
            warned("unknown-value", "'mine' is none of own, integrated, other", 2, "access", "p1"),
            warned("unknown-value", "'kiosk' is none of post", 2, "kind", "p1"),
        ),
        id="unknown status, access and kind",
    ),
    pytest.param(
        in_rows(f"{SOUND},Operating", heading=f"{HEADING},status", more=NO_STATUS),
        Loads("p1", warned("unknown-value", "'Operating' is none of", 2, "status", "p1")),
        id="a status in capitals",
    ),
    pytest.param(
        in_rows(f"{SOUND},operating", f"p2,Second post,{HERE},West,", heading=f"{HEADING},status", more=NO_STATUS),
        Loads("p1 p2", warned("missing-status", "no status", 3, "status", "p2")),
        id="no status: the row reaches nothing, which must not go unseen",
    ),
    pytest.param(
        in_rows(f"{SOUND},31/01/2026,2026-02-30", heading=f"{HEADING},from,to", more=DATES),
        Loads(
            "p1",
            warned("bad-date", "'31/01/2026' is not a date such as 2026-01-31", 2, "valid_from", "p1"),
            warned("bad-date", "'2026-02-30' is not a date", 2, "valid_to", "p1"),
        ),
        id="days that are none",
    ),
    pytest.param(
        in_rows(f"{SOUND},2026-06-01,2026-05-31", heading=f"{HEADING},from,to", more=DATES),
        Loads("p1", warned("bad-validity", "valid_to is not later than valid_from", 2, "valid_to", "p1")),
        id="an end before the beginning",
    ),
    pytest.param(
        in_rows(f"{SOUND},2026-06-01,2026-06-01", heading=f"{HEADING},from,to", more=DATES),
        Loads("p1", warned("bad-validity", "valid_to is not later than valid_from", 2, "valid_to", "p1")),
        id="an end on the first day",
    ),
    pytest.param(
        in_rows(f"{SOUND},2030/1/31,2030-02-01T09:30:00+08:00", heading=f"{HEADING},from,to", more=DATES),
        Loads("p1"),
        id="days with slashes, and with a time of day",
    ),
    pytest.param(
        in_rows(
            f"{SOUND},-1",
            f"p2,Second post,{HERE},West,many",
            f"p3,Third post,{HERE},West,inf",
            f"p4,Fourth post,{HERE},West,0",
            heading=f"{HEADING},staff",
            more=WEIGHTS,
        ),
        Loads(
            "p1 p2 p3 p4",
            warned("bad-weight", "'-1' is not a number of 0 or more", 2, "weight", "p1"),
            warned("bad-weight", "'many' is not a number", 3, "weight", "p2"),
            warned("bad-weight", "'inf' is not a number", 4, "weight", "p3"),
        ),
        id="negative, textual and infinite weights",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), VALUES)
def test_a_value_that_cannot_be_used_counts_as_not_known(town: Path, spoil: Spoil, expected: Loads) -> None:
    spoil(town)
    layer = expected.check(town)
    unusable = {(f.row, f.field) for f in expected.found if f.code not in ("bad-validity", "missing-status")}
    assert [layer.features.at[row, field] for row, field in unusable] == [None] * len(unusable)


def test_demand_without_a_weight_is_told_since_it_counts_for_nothing(town: Path) -> None:
    toml = f'columns = {{ id = "cell", weight = "jobs" }}\nweight = {{ en = "Jobs" }}\n[position]\n{GRID}'
    path = write_layer(town, "jobs", "demand", "jobs.csv", toml)
    write_csv(path / "jobs.csv", ["cell", "x", "y", "jobs"], [["c1", X, Y, 5], ["c2", X, Y, ""], ["c3", X, Y, -5]])
    expected = Loads(
        "c1 c2 c3",
        warned("missing-weight", "no weight", 3, "weight", "c2"),
        warned("bad-weight", "'-5' is not a number of 0 or more", 4, "weight", "c3"),
        layer="jobs",
    )
    expected.check(town)


def test_a_private_use_character_is_put_right_as_the_region_says(town: Path) -> None:
    path = town / "region.toml"
    path.write_text('replace_characters = { "\\uE88C" = "埗" }\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    in_rows(f"p1,深水\ue88c警署,{HERE},West")(town)
    assert list(Loads("p1").check(town).features["name_en"]) == ["深水埗警署"]


# ------------------------------------------------------------------ shapes


def side(x_m: float, y_m: float, size_m: float = 100) -> Polygon:
    """Give a square, in metres from the city's corner, in feet of the grid."""
    return box(*feet(x_m, y_m), *feet(x_m + size_m, y_m + size_m))


SPIKE = Polygon([(X, Y), (X + 100, Y), (X + 200, Y)])
"""An outline without an inside."""

SHAPES = [
    pytest.param(
        in_features(post(), Point(), None),
        Loads(
            "p1",
            Found("empty-geometry", "is empty", 2, "geometry", "p2"),
            Found("missing-position", "no position", 3, "geometry", "p3"),
        ),
        id="an empty geometry and a missing one",
    ),
    pytest.param(
        in_geojson((LON, LAT), (math.nan, LAT)),
        Loads("p1", Found("bad-coordinate", "coordinate without value", 2, "geometry", "p2")),
        id="a coordinate without value",
    ),
    pytest.param(
        in_features(MultiPoint([post()]), MultiPoint([post(), post(1100, 1000)])),
        Loads("p1 p2", warned("not-a-point", "is a MultiPoint", 2, "geometry", "p2")),
        id="one point in a MultiPoint is a point, two are not",
    ),
    pytest.param(
        in_features(side(1000, 1000), LineString([post(), post(1100, 1000)])),
        Loads(
            "p1 p2",
            warned("not-a-point", "is a Polygon; a point inside it is taken", 1, "geometry", "p1"),
            warned("not-a-point", "is a LineString", 2, "geometry", "p2"),
        ),
        id="an outline and a line for a post",
    ),
    pytest.param(
        in_features(post(), SPIKE),
        Loads("p1", Found("invalid-geometry", "is invalid", 2, "geometry", "p2")),
        id="an outline without an inside for a post",
    ),
    pytest.param(
        in_features(post(), post(3000, 60_000), Point(Y, X)),
        Loads(
            "p1",
            Found("outside-extent", "outside the region", 2, "geometry", "p2"),
            Found("swapped-position", "swapped", 3, "geometry", "p3"),
        ),
        id="geometry beyond the region and swapped",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), SHAPES)
def test_a_post_of_another_shape_than_a_point_is_made_one_or_set_aside(
    town: Path, spoil: Spoil, expected: Loads
) -> None:
    spoil(town)
    layer = expected.check(town)
    assert set(layer.features.geom_type) <= {"Point"}


# ------------------------------------------------------------------ zones and labels

WARD_SHAPES = [box(*feet(west, south), *feet(east, north)) for _, (west, south, east, north) in WARDS.values()]
SW, NW, SE, NE = WARD_SHAPES
TIE = Polygon([feet(0, 0), feet(1900, 2000), feet(1900, 0), feet(0, 2000)])
"""A bow tie in the place of the south-western ward."""


def in_wards(*shapes: Geometry, **columns: list[object]) -> Spoil:
    """Write the four wards, south-west first, in these shapes."""

    def spoil(folder: Path) -> None:
        path = folder / "wards" / "wards.gpkg"
        path.unlink()
        frame = {"code": list(WARDS), "label": [name for name, _ in WARDS.values()], **columns}
        gpd.GeoDataFrame(frame, geometry=list(shapes), crs=CRS_FEET).to_file(path)
        write_posts(folder, [])

    return spoil


ZONES = [
    pytest.param(
        in_wards(TIE, NW, SE, NE),
        Loads("SW NW SE NE", warned("invalid-geometry", "has been mended: Self-intersection", 1, "geometry", "SW")),
        id="an invalid polygon that can be mended",
    ),
    pytest.param(
        in_wards(SPIKE, NW, SE, NE),
        Loads("NW SE NE", Found("invalid-geometry", "The geometry is invalid", 1, "geometry", "SW")),
        id="an invalid polygon beyond mending",
    ),
    pytest.param(
        in_wards(post(), LineString([post(), post(1900, 3900)]), SE, NE),
        Loads(
            "SE NE",
            Found("wrong-geometry", "must be a polygon, not a Point", 1, "geometry", "SW"),
            Found("wrong-geometry", "must be a polygon, not a LineString", 2, "geometry", "NW"),
        ),
        id="a point and a line for zones",
    ),
    pytest.param(
        in_wards(GeometryCollection([SW, post()]), NW, SE, NE),
        Loads("SW NW SE NE"),
        id="a polygon with a stray point beside it",
    ),
    pytest.param(
        in_wards(Polygon(), NW, SE, NE),
        Loads("NW SE NE", Found("empty-geometry", "is empty", 1, "geometry", "SW")),
        id="an empty polygon",
    ),
    pytest.param(
        in_wards(box(*feet(0, 0), *feet(1900, 2100)), NW, SE, NE),
        Loads("SW NW SE NE", warned("zones-overlap", "Zones NW and SW share 190,000 m²", field="geometry")),
        id="two zones over the same ground",
    ),
    pytest.param(
        in_wards(box(*feet(-3000, 0), *feet(-1000, 2000)), NW, SE, NE),
        Loads("SW NW SE NE", warned("no-parent-zone", "Zone SW lies in no zone of 'borough'", field="geometry")),
        id="a zone without a larger one around it",
    ),
    pytest.param(
        in_wards(SW, NW, SE, NE, zone_id=[1, 2, 3, 4], parent_id=["a", "b", "c", "d"]),
        Loads("SW NW SE NE"),
        id="columns called zone_id and parent_id",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), ZONES)
def test_zones_of_a_wrong_shape_are_mended_told_or_set_aside(wards_city: Path, spoil: Spoil, expected: Loads) -> None:
    spoil(wards_city)
    expected.layer = "wards"
    layer = expected.check(wards_city)
    assert set(layer.features.geom_type) <= {"Polygon", "MultiPolygon"}


def test_zones_cannot_be_made_of_points_in_columns(wards_city: Path) -> None:
    toml = f'columns = {{ id = "code" }}\n[position]\n{GRID}'
    path = write_layer(wards_city, "wards", "zone", "wards.csv", toml)
    write_csv(path / "wards.csv", ["code", "x", "y"], [["SW", X, Y], ["NW", X, Y + 5000]])
    write_posts(wards_city, [])
    points = [
        Found("wrong-geometry", "must be a polygon, not a Point", row, "geometry", ward)
        for row, ward in ((2, "SW"), (3, "NW"))
    ]
    Loads("", *points, layer="wards").check(wards_city)


PLACES = [
    pytest.param(
        ("p1", "First post", 1000, 1000, "Ward Nowhere"),
        [warned("unknown-label", "'Ward Nowhere' names no zone of 'ward'", 2, "ward", "p1")],
        id="label unknown",
    ),
    pytest.param(
        ("p1", "First post", 1000, 1000, "North East"),
        [warned("label-differs", "The label says 'North East', the position lies in South West", 2, "ward", "p1")],
        id="label of another zone than the position's",
    ),
    pytest.param(("p1", "First post", 1000, 1000, "SOUTH-WEST ward"), [], id="label written in another way"),
    pytest.param(("p1", "First post", 1000, 1000, "Old Town"), [], id="label by another name"),
    pytest.param(("p1", "First post", 1000, 1000, ""), [], id="no label"),
    pytest.param(
        ("p1", "First post", 2000, 1000, "South West"),
        [warned("outside-zones", "lies in no zone of 'ward': it is counted under 'outside'", 2, "geometry", "p1")],
        id="position outside every zone",
    ),
]


@pytest.mark.parametrize(("row", "found"), PLACES)
def test_a_label_is_compared_with_the_zone_that_the_position_lies_in(
    wards_city: Path, row: tuple[str, str, float, float, str], found: list[Found]
) -> None:
    path = wards_city / "region.toml"
    text = path.read_text(encoding="utf-8").replace('layer = "boroughs"\n', 'note = { en = "Not published." }\n')
    path.write_text(text, encoding="utf-8")
    write_posts(wards_city, [row])
    Loads("p1", *found).check(wards_city)


def test_a_position_in_the_river_is_told_once_for_each_system_of_zones(wards_city: Path) -> None:
    write_posts(wards_city, [("p1", "River post", 2000, 1000, "")])
    told = [(p.code, p.reason.split("'")[1]) for p in open_catalog(wards_city).open_problems]
    assert told == [("outside-zones", "borough"), ("outside-zones", "ward")]
