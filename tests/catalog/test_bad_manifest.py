"""layer.toml that contradicts itself or the file: the layer is refused with the field, and the others load."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from city import write_layer
from spoil import (
    GRID,
    HEADING,
    HERE,
    SOUND,
    Breaks,
    Found,
    Loads,
    Spoil,
    X,
    Y,
    at_end,
    feature_toml,
    hamlet,
    in_features,
    in_file,
    in_rows,
    in_text,
    post,
    posts_toml,
    warned,
)

TOML = "posts/layer.toml"


@pytest.fixture
def town(own_city: Path) -> Path:
    return hamlet(own_city)


def bad_field(says: str, field: str | None) -> Breaks:
    return Breaks("bad-field", says, file="layer.toml", field=field)


def in_bytes(encoding: str) -> Spoil:
    """Save layer.toml in another encoding."""

    def spoil(folder: Path) -> None:
        path = folder / TOML
        text = path.read_text(encoding="utf-8").replace('title = { en = "posts"', 'title = { en = "崗位"')
        path.write_bytes(text.encode(encoding))

    return spoil


def with_manifest(*, position: str = GRID, columns: str = "", top: str = "") -> Spoil:
    """Say something else of a good file."""
    return in_rows(SOUND, more=posts_toml(top, columns, position))


def no_manifest(folder: Path) -> None:
    (folder / TOML).unlink()


def a_folder_for_a_manifest(folder: Path) -> None:
    (folder / TOML).unlink()
    (folder / TOML).mkdir()


def demand_without_a_title(folder: Path) -> None:
    toml = f'columns = {{ id = "code", weight = "x" }}\n[position]\n{GRID}'
    write_layer(folder, "posts", "demand", "posts.csv", toml)


def named_like_a_result(folder: Path) -> None:
    """Give a layer the id under which the gaps of the question `posts` are served."""
    shutil.copytree(folder / "posts", folder / "posts-gaps")
    in_text("posts-gaps/layer.toml", 'id = "posts"', 'id = "posts-gaps"')(folder)


ACCEPTED = '\n[[accepted]]\ncode = "label-differs"\nids = ["{id}"]\nreason = {{ en = "Looked at." }}\n'

SYNTAX = [
    pytest.param(
        in_text(TOML, 'file = "posts.csv"', "file = posts.csv"),
        Breaks("bad-toml", "at line 6", file="layer.toml", advises="quotes around texts"),
        id="text without quotes: the line is named",
    ),
    pytest.param(
        in_text(TOML, "as_of = 2026-01-01", "as_of = 2026-02-30"),
        Breaks("bad-toml", "Invalid date", file="layer.toml"),
        id="a day that does not exist",
    ),
    pytest.param(
        in_text(TOML, "[position]", 'id = "posts"\n[position]'),
        Breaks("bad-toml", "at line", file="layer.toml"),
        id="a field given twice",
    ),
    pytest.param(
        at_end(TOML, f"deep = {'[' * 3000}{']' * 3000}\n"),
        Breaks("bad-toml", "not valid TOML", file="layer.toml"),
        id="brackets within brackets without end",
    ),
    pytest.param(
        at_end(TOML, f"tolerance_m = {'1' * 5000}\n"),
        Breaks("bad-toml", "not valid TOML", file="layer.toml"),
        id="a number of 5000 digits",
    ),
    pytest.param(
        in_bytes("big5hkscs"),
        Breaks("unreadable", "layer.toml cannot be read", file="layer.toml", advises="UTF-8"),
        id="layer.toml in Big5",
    ),
    pytest.param(
        in_bytes("utf-16"),
        Breaks("unreadable", "layer.toml cannot be read", file="layer.toml", advises="UTF-8"),
        id="layer.toml in UTF-16",
    ),
    pytest.param(
        no_manifest,
        Breaks("missing-file", "layer.toml is missing", file="layer.toml", advises="a folder with a layer.toml"),
        id="no layer.toml",
    ),
    pytest.param(
        a_folder_for_a_manifest,
        Breaks("unreadable", "layer.toml cannot be read", file="layer.toml"),
        id="a folder called layer.toml",
    ),
]

FIELDS = [
    pytest.param(
        in_text(TOML, "[position]", 'colour = "#ff0000"\n[position]'),
        bad_field("colour is not a field that is known here", "colour"),
        id="unknown field",
    ),
    pytest.param(
        at_end(TOML, 'longitude = "x"\n'),
        bad_field("position.longitude is not a field that is known here", "position.longitude"),
        id="unknown field of the position",
    ),
    pytest.param(in_text(TOML, "as_of = 2026-01-01\n", ""), bad_field("as_of is missing", "as_of"), id="missing field"),
    pytest.param(
        in_text(TOML, 'title = { en = "posts", zh = "posts" }', 'title = { zh = "崗位" }'),
        bad_field("title.en is missing", "title.en"),
        id="a title in Chinese alone",
    ),
    pytest.param(
        in_text(TOML, 'id = "posts"', 'id = "my posts!"'),
        bad_field("id: should be letters, digits and single hyphens (given: 'my posts!')", "id"),
        id="an id with a blank",
    ),
    pytest.param(
        in_text(TOML, 'id = "posts"', 'id = "post"'),
        Breaks("bad-id", "'post' but the folder is 'posts'", file="layer.toml", field="id", advises="the same name"),
        id="an id that is not the folder's name",
    ),
    pytest.param(
        in_text(TOML, 'role = "facility"', 'role = "station"'),
        bad_field("role: should be 'facility', 'camera'", "role"),
        id="a role that does not exist",
    ),
    pytest.param(
        in_text(TOML, "as_of = 2026-01-01", 'as_of = "yesterday"'),
        bad_field("as_of: should be a valid date", "as_of"),
        id="a date in words",
    ),
    pytest.param(
        in_text(TOML, "as_of = 2026-01-01", "as_of = 20260101"),
        bad_field("as_of: should be a valid date", "as_of"),
        id="a date as a number",
    ),
    pytest.param(
        in_text(TOML, "[position]", 'style = { colour = "red" }\n[position]'),
        bad_field("style.colour", "style.colour"),
        id="a colour in words",
    ),
    pytest.param(
        in_text(
            TOML, 'source = { name = { en = "Made up", zh = "虛構" }', 'source = { name = { en = "a" }, url = "js:x"'
        ),
        bad_field("source.url", "source.url"),
        id="an address that is none",
    ),
    pytest.param(
        in_text(TOML, "[position]", 'known_gaps = [{ count = 0, note = { en = "None" } }]\n[position]'),
        bad_field("known_gaps[1].count", "known_gaps[1].count"),
        id="a known gap of no records",
    ),
    pytest.param(
        in_text(TOML, "[position]", 'delimiter = ";;"\n[position]'),
        bad_field("delimiter", "delimiter"),
        id="a delimiter of two characters",
    ),
    *(
        pytest.param(
            in_text(TOML, '"posts.csv"', f"'{name}'"),
            bad_field("file: should be the name of a file in the layer's own folder", "file"),
            id=f"a file elsewhere: {name}",
        )
        for name in ("../boroughs/boroughs.gpkg", "/etc/passwd", "C:\\posts.csv", "..", ".hidden.csv", "sub/posts.csv")
    ),
    pytest.param(
        in_text(TOML, 'role = "facility"', 'role = "camera"'),
        bad_field("a layer of cameras, and no other, needs [camera]", None),
        id="cameras without what is assumed of them",
    ),
    pytest.param(demand_without_a_title, bad_field("weight must say what", None), id="demand without a weight's title"),
]

MAPPINGS = [
    pytest.param(
        in_text(TOML, 'name_en = "label"', 'name_en = "Label"'),
        Breaks(
            "missing-column",
            "'Label' (columns.name_en), which posts.csv does not have",
            file="layer.toml",
            field="columns.name_en",
            advises="It has: code, label, x, y, side.",
        ),
        id="a column that is not in the file",
    ),
    pytest.param(
        in_text(TOML, 'easting = "x"', 'easting = "easting"'),
        Breaks("missing-column", "'easting'", file="layer.toml", field="position.easting", advises="It has: code"),
        id="a coordinate's column that is not in the file",
    ),
    pytest.param(
        in_text(TOML, 'column = "side"', 'column = "ward"'),
        Breaks("missing-column", "'ward'", file="layer.toml", field="zone_label.column", advises="It has: code"),
        id="a label's column that is not in the file",
    ),
    *(
        pytest.param(
            with_manifest(columns=f', {name} = "side"'),
            bad_field(f"columns: '{name}' is a name of the service's own", "columns"),
            id=f"a column to be called {name}",
        )
        for name in ("geometry", "zone_label", "row", "layer", "zone_id", "parent_id")
    ),
    pytest.param(
        in_text(TOML, 'status = "operating"', 'status = "open"'),
        bad_field("defaults.status should be one of planned, operating, out_of_service, closed, not 'open'", None),
        id="a default status that does not exist",
    ),
    pytest.param(
        in_text(TOML, 'access = "own"', 'access = "mine"'),
        bad_field("defaults.access should be one of own, integrated, other", None),
        id="a default access that does not exist",
    ),
    pytest.param(
        in_text(TOML, 'access = "own"', 'acess = "own"'),
        bad_field("defaults.acess is not one of id, name_en", None),
        id="a default for a field that does not exist",
    ),
    pytest.param(
        with_manifest(top='values = { colour = { "1" = "red" } }'),
        bad_field("values.colour is not one of id, name_en", None),
        id="values for a field that does not exist",
    ),
]

POSITIONS = [
    pytest.param(
        with_manifest(position='lon = "x"'),
        bad_field("position: lon and lat go together; one of them is missing", "position"),
        id="lon without lat",
    ),
    pytest.param(
        with_manifest(position='northing = "y"\ngrid_crs = "EPSG:2263"'),
        bad_field("position: easting and northing go together", "position"),
        id="northing without easting",
    ),
    pytest.param(
        with_manifest(position='easting = "x"\nnorthing = "y"'),
        bad_field("position: grid_crs must say which grid", "position"),
        id="a grid without grid_crs",
    ),
    pytest.param(
        in_text(TOML, "EPSG:2263", "EPSG:99999"),
        Breaks("bad-crs", "'EPSG:99999'", file="layer.toml", field="position.grid_crs", advises="EPSG:4326"),
        id="a grid of an unknown code",
    ),
    pytest.param(
        in_text(TOML, "EPSG:2263", "EPSG:5703"),
        Breaks("bad-crs", "NAVD88 height", file="layer.toml", field="position.grid_crs"),
        id="a system of heights for a grid",
    ),
    pytest.param(
        at_end(TOML, 'primary = "lonlat"\n'),
        bad_field("position: primary is lonlat but lon and lat are not given", "position"),
        id="primary degrees that are not given",
    ),
    pytest.param(
        at_end(TOML, 'primary = "geometry"\n'),
        Breaks("no-position", "posts.csv has none", file="layer.toml", field="position.primary"),
        id="primary geometry that the file does not have",
    ),
    pytest.param(
        at_end(TOML, 'primary = "address"\n'),
        bad_field("position.primary: should be 'geometry', 'lonlat' or 'grid'", "position.primary"),
        id="a primary position of no kind",
    ),
    pytest.param(
        at_end(TOML, "tolerance_m = 50\nconflict_m = 10\n"),
        bad_field("position: conflict_m must not be smaller than tolerance_m", "position"),
        id="conflict below tolerance",
    ),
    pytest.param(
        at_end(TOML, "tolerance_m = -1\n"),
        bad_field("position.tolerance_m: should be greater than or equal to 0", "position.tolerance_m"),
        id="a negative tolerance",
    ),
    pytest.param(
        at_end(TOML, "tolerance_m = nan\n"),
        bad_field("position.tolerance_m: should be a finite number", "position.tolerance_m"),
        id="a tolerance that is no number",
    ),
    pytest.param(
        at_end(TOML, 'missing = "drop"\n'),
        bad_field("position.missing: should be 'error' or 'listed'", "position.missing"),
        id="missing positions to be dropped",
    ),
    pytest.param(
        with_manifest(position=""),
        Breaks("no-position", "Nothing in posts.csv says", file="layer.toml", field="position", advises="position.lon"),
        id="no word on where the rows are",
    ),
]


@pytest.mark.parametrize(("spoil", "expected"), [*SYNTAX, *FIELDS, *MAPPINGS, *POSITIONS])
def test_a_wrong_manifest_breaks_its_own_layer_alone(town: Path, spoil: Spoil, expected: Breaks) -> None:
    spoil(town)
    expected.check(town)


def test_all_missing_fields_are_told_at_once(town: Path) -> None:
    (town / TOML).write_text("", encoding="utf-8")
    catalog = bad_field("id is missing; role is missing; title is missing", "id").check(town)
    assert "licence is missing" in catalog.broken["posts"].problem.reason


def test_a_layer_cannot_take_the_id_of_a_derived_collection(town: Path) -> None:
    named_like_a_result(town)
    Breaks("bad-id", "posts-gaps", file="layer.toml", field="id", layer="posts-gaps").check(town)


def test_a_byte_order_mark_before_a_manifest_does_no_harm(town: Path) -> None:
    path = town / TOML
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    Loads("p1").check(town)


def test_a_label_of_a_zone_system_that_does_not_exist_is_a_warning(town: Path) -> None:
    in_text(TOML, 'zone_system = "borough"', 'zone_system = "parish"')(town)
    Loads("p1", warned("unknown-zone-system", "no zone system 'parish'", field="zone_label.zone_system")).check(town)


ATTRIBUTE = '[[attributes]]\nname = "{}"\ntitle = {{ en = "Shown" }}\n'
ABSENT_COLUMNS = [
    pytest.param('ignore = ["code", "gone"]', "", [("ignore[2]", "gone")], id="ignored"),
    pytest.param("", ATTRIBUTE.format("gone"), [("attributes[1].name", "gone")], id="an attribute"),
    pytest.param("", ATTRIBUTE.format("Hours"), [("attributes[1].name", "Hours")], id="an attribute in other letters"),
    pytest.param(
        'ignore = ["hours"]',
        ATTRIBUTE.format("hours"),
        [("attributes[1].name", "hours")],
        id="an attribute that is ignored",
    ),
    pytest.param(
        'ignore = ["y_en"]',
        ATTRIBUTE.format("hours") + ATTRIBUTE.format("gone") + ATTRIBUTE.format("lost"),
        [("ignore[1]", "y_en"), ("attributes[2].name", "gone"), ("attributes[3].name", "lost")],
        id="several, each told",
    ),
    pytest.param('ignore = ["hours"]', ATTRIBUTE.format("note"), [], id="an attribute in both languages"),
    pytest.param('ignore = ["note_en"]', ATTRIBUTE.format("note"), [], id="an attribute in one of them"),
    pytest.param("", ATTRIBUTE.format("label"), [("attributes[1].name", "label")], id="a column mapped to a name"),
    pytest.param("", ATTRIBUTE.format("name_en"), [], id="a field that every layer has"),
]


@pytest.mark.parametrize(("top", "end", "absent"), ABSENT_COLUMNS)
def test_a_column_that_is_ignored_or_shown_but_not_there_is_a_warning(
    town: Path, top: str, end: str, absent: list[tuple[str, str]]
) -> None:
    in_rows(
        f"{SOUND},Always,A note,備註", heading=f"{HEADING},hours,note_en,note_zh", more=posts_toml(top) + "\n" + end
    )(town)
    layer = Loads("p1", *(warned("absent-column", f"'{name}'", field=field) for field, name in absent)).check(town)
    assert {problem.file for problem in layer.problems} <= {"layer.toml"}
    assert all("hours" in (problem.advice or "") for problem in layer.problems)


def test_columns_of_a_file_without_any_are_not_missed(town: Path) -> None:
    in_file("posts.geojson", '{"type": "FeatureCollection", "features": []}', feature_toml('ignore = ["gone"]'))(town)
    Loads("", warned("no-rows", "no rows")).check(town)


def test_defaults_are_checked_like_values_of_the_file(town: Path) -> None:
    in_text(TOML, 'owner = "Feetville"', 'valid_from = "soon", weight = "heavy"')(town)
    expected = Loads(
        "p1",
        warned("bad-date", "'soon' is not a date", 2, "valid_from", "p1"),
        warned("bad-weight", "'heavy' is not a number", 2, "weight", "p1"),
    )
    expected.check(town)


def test_a_default_kind_outside_the_kinds_declared_is_a_warning(town: Path) -> None:
    in_text(TOML, "[position]", 'kinds = { hut = { en = "Hut" } }\n[position]')(town)
    Loads("p1", warned("unknown-value", "'post' is none of hut", 2, "kind", "p1")).check(town)


def test_the_geometry_of_a_file_can_be_told_from_a_grid_beside_it(town: Path) -> None:
    toml = f"{feature_toml()}\n[position]\n{GRID}"
    in_features(post(), post(), more=toml, x=[X, X + 1000], y=[Y, Y])(town)
    Loads("p1 p2", warned("positions-differ", "the geometry one is kept", 2, "x", "p2")).check(town)


# ------------------------------------------------------------------ what somebody has accepted


def test_an_accepted_problem_that_is_there_is_no_longer_open(town: Path) -> None:
    in_rows(SOUND, f"p2,Second post,{HERE},East", more=posts_toml(position=GRID + ACCEPTED.format(id="p2")))(town)
    layer = Loads("p1 p2", warned("label-differs", "'East'", 3, "side", "p2")).check(town)
    assert [p.accepted.en for p in layer.problems if p.accepted] == ["Looked at."]


def test_an_accepted_problem_does_not_cover_another_row(town: Path) -> None:
    rows = [SOUND, f"p2,Second post,{HERE},East", f"p3,Third post,{HERE},East"]
    in_rows(*rows, more=posts_toml(position=GRID + ACCEPTED.format(id="p2")))(town)
    layer = Loads(
        "p1 p2 p3",
        warned("label-differs", "'East'", 3, "side", "p2"),
        warned("label-differs", "'East'", 4, "side", "p3"),
    ).check(town)
    assert [p.feature_id for p in layer.problems if p.accepted is None] == ["p3"]


def test_an_accepted_problem_that_is_not_there_any_more_is_a_warning(town: Path) -> None:
    at_end(TOML, ACCEPTED.format(id="p9"))(town)
    unused = warned("accepted-unused", "'label-differs' was not found any more", field="accepted[1]")
    layer = Loads("p1", unused).check(town)
    assert layer.problems[0].file == "layer.toml"
    assert layer.problems[0].advice == "Remove the entry."


def test_rows_can_be_accepted_by_number_where_they_have_no_id(town: Path) -> None:
    accepted = '\n[[accepted]]\ncode = "missing-id"\nrows = [3]\nreason = { en = "Known." }\n'
    in_rows(SOUND, f",Second post,{HERE},West", more=posts_toml(position=GRID + accepted))(town)
    expected = Loads("p1", Found("missing-id", "no id", 3, "code"))
    assert [p.accepted is not None for p in expected.check(town).problems] == [True]


def test_accepting_without_ids_or_rows_covers_no_row(town: Path) -> None:
    accepted = '\n[[accepted]]\ncode = "label-differs"\nreason = { en = "All of them." }\n'
    in_rows(f"p1,First post,{HERE},East", more=posts_toml(position=GRID + accepted))(town)
    expected = Loads(
        "p1",
        warned("label-differs", "'East'", 2, "side", "p1"),
        warned("accepted-unused", "'label-differs'", field="accepted[1]"),
    )
    assert all(p.accepted is None for p in expected.check(town).problems)


def test_an_acceptance_without_a_code_is_refused(town: Path) -> None:
    at_end(TOML, '\n[[accepted]]\nids = ["p1"]\nreason = { en = "Looked at." }\n')(town)
    bad_field("accepted[1].code is missing", "accepted[1].code").check(town)
