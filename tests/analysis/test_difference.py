from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from city import POSTS_MANIFEST, feet, write_csv, write_layer

from geoservice.analysis import Analysis, Comparison, analyse, compare
from geoservice.catalog import Catalog, open_catalog
from geoservice.errors import NotFoundError, RegionError
from geoservice.question import Difference
from geoservice.vocabulary import Case

DAY = date(2026, 11, 20)
DIFFERENCE = """
[[difference]]
id = "growth"
title = { en = "Growth" }
description = { en = "What came." }
before = { question = "posts", at = 2025-12-31 }
after = { question = "posts", at = 2026-12-31 }
"""


@pytest.fixture(scope="module")
def kiosks(hong_kong: Catalog) -> Comparison:
    asked = hong_kong.difference("kiosks", before_at=DAY, at=DAY)
    return compare(analyse(hong_kong, asked.before), analyse(hong_kong, asked.after))


@pytest.fixture
def growing(own_city: Path) -> Path:
    """The city with one post that closes and one that opens at the turn of the year."""
    path = write_layer(
        own_city,
        "posts",
        "facility",
        "posts.csv",
        POSTS_MANIFEST.replace('name_en = "label"', 'name_en = "label", valid_from = "from", valid_to = "to"'),
    )
    rows = [
        ("p1", "Stays", *feet(1000, 1000), "South West", "", ""),
        ("p2", "Closes", *feet(3000, 1000), "South East", "", "2026-01-01"),
        ("p3", "Opens", *feet(3000, 3000), "North East", "2026-01-01", ""),
        ("p4", "Opens beside", *feet(1300, 1000), "South West", "2026-01-01", ""),
    ]
    write_csv(path / "posts.csv", ["code", "label", "x", "y", "ward", "from", "to"], rows)
    region = own_city / "region.toml"
    region.write_text(region.read_text(encoding="utf-8") + DIFFERENCE, encoding="utf-8")
    return own_city


def plain_overlay(before: Analysis, after: Analysis) -> pd.DataFrame:
    """Areas by zone and change, by the overlay of GeoPandas on the same polygons."""
    zones = after.zones[["zone_id", "geometry"]]
    sides = [gpd.GeoDataFrame(geometry=[one.footprints.union_all()], crs=zones.crs) for one in (before, after)]
    kinds = {
        "gained": gpd.overlay(sides[1], sides[0], how="difference", keep_geom_type=False),
        "lost": gpd.overlay(sides[0], sides[1], how="difference", keep_geom_type=False),
        "unchanged": gpd.overlay(sides[0], sides[1], how="intersection", keep_geom_type=False),
    }
    areas = {
        f"{kind}_m2": gpd.overlay(zones, ground, how="intersection", keep_geom_type=False).dissolve("zone_id").area
        for kind, ground in kinds.items()
    }
    return pd.DataFrame(areas, index=zones["zone_id"]).fillna(0.0)


def assert_equal_to(expected: pd.DataFrame, found: Comparison) -> None:
    figures = found.zones.set_index("zone_id")
    for column in expected:
        error = (figures[column] - expected[column]).abs() / figures["zone_area_m2"]
        assert error.max() <= 1e-9, column


@pytest.mark.soak
def test_every_district_equals_a_plain_overlay(kiosks: Comparison) -> None:
    assert_equal_to(plain_overlay(kiosks.before, kiosks.after), kiosks)
    assert kiosks.total_m2("gained") > 0
    assert kiosks.total_m2("lost") == pytest.approx(0, abs=1e-6)


def test_gained_lost_and_unchanged_add_up_to_both_sides(kiosks: Comparison) -> None:
    """To what polygons for discs may be off by."""
    zones = kiosks.zones
    tolerance = 1e-5 * zones["zone_area_m2"]
    before, after = zones["lost_m2"] + zones["unchanged_m2"], zones["gained_m2"] + zones["unchanged_m2"]
    assert ((before - zones["covered_before_m2"]).abs() <= tolerance).all()
    assert ((after - zones["covered_after_m2"]).abs() <= tolerance).all()
    assert (zones["share_change"] == zones["share_after"] - zones["share_before"]).all()


def test_the_ground_has_the_areas_that_the_figures_say(kiosks: Comparison) -> None:
    ground = kiosks.changes.dropna(subset="zone_id").pivot_table(index="zone_id", columns="change", values="area_m2")
    for change in ground.columns:
        figures = kiosks.zones.set_index("zone_id")[f"{change}_m2"].reindex(ground.index)
        assert (ground[change].fillna(0) - figures).abs().max() <= 0.011
    assert kiosks.changes.area.to_numpy() == pytest.approx(kiosks.changes["area_m2"].to_numpy())
    assert set(kiosks.changes.geom_type) <= {"Polygon", "MultiPolygon"}


def test_a_post_that_opens_gains_and_one_that_closes_loses(growing: Path) -> None:
    catalog = open_catalog(growing)
    asked = catalog.difference("growth")
    found = compare(analyse(catalog, asked.before), analyse(catalog, asked.after))
    zones = found.zones.set_index("zone_id")
    assert zones.loc["NE", "gained_m2"] > 0
    assert zones.loc["SE", "gained_m2"] == zones.loc["SE", "unchanged_m2"] == 0
    assert zones.loc["SE", "covered_after_m2"] == 0
    assert zones.loc["SE", "lost_m2"] == pytest.approx(zones.loc["SE", "covered_before_m2"], rel=1e-3)
    assert zones.loc["SW", "lost_m2"] == pytest.approx(0)
    assert 0 < zones.loc["SW", "gained_m2"] < zones.loc["SW", "unchanged_m2"]
    assert_equal_to(plain_overlay(found.before, found.after), found)


def test_the_reverse_swaps_gained_and_lost(growing: Path) -> None:
    catalog = open_catalog(growing)
    asked = catalog.difference("growth")
    before, after = analyse(catalog, asked.before), analyse(catalog, asked.after)
    there, back = compare(before, after), compare(after, before)
    assert there.difference.key != back.difference.key
    assert list(there.zones["gained_m2"]) == list(back.zones["lost_m2"])
    assert list(there.zones["unchanged_m2"]) == pytest.approx(list(back.zones["unchanged_m2"]))


def test_nothing_changes_between_equal_questions(stations: Analysis) -> None:
    found = compare(stations, stations)
    assert found.total_m2("gained") == found.total_m2("lost") == 0
    assert set(found.changes["change"]) == {"unchanged"}


def test_ground_in_no_zone_is_told_too(kiosks: Comparison) -> None:
    outside = kiosks.after.covered_ground.difference(shapely.union_all(kiosks.after.zones.geometry.array)).area
    told = kiosks.changes[kiosks.changes["zone_id"].isna() & (kiosks.changes["change"] != "lost")]
    assert told["area_m2"].sum() == pytest.approx(outside, abs=0.05)


def test_case_and_days_go_to_both_sides(hong_kong: Catalog) -> None:
    asked = hong_kong.difference("kiosks", before_at=date(2024, 1, 1), at=date(2027, 1, 1), case=Case.HIGH)
    assert (asked.before.at, asked.after.at) == (date(2024, 1, 1), date(2027, 1, 1))
    assert asked.before.case is asked.after.case is Case.HIGH


def test_a_difference_of_different_zones_is_refused(hong_kong: Catalog) -> None:
    one = hong_kong.question("stations", at=DAY)
    with pytest.raises(ValueError, match="one zone system"):
        Difference(before=one, after=one.model_copy(update={"zone_system": "police-region"}))


def test_answers_of_zones_that_lie_elsewhere_are_not_compared(stations: Analysis) -> None:
    elsewhere = replace(stations, zones=stations.zones.assign(geometry=stations.zones.translate(1.0)))
    with pytest.raises(ValueError, match="lie elsewhere"):
        compare(stations, elsewhere)
    with pytest.raises(ValueError, match="another coordinate reference system"):
        compare(replace(stations, zones=stations.zones.to_crs("EPSG:32650")), stations)


def test_an_unknown_difference_names_those_that_are(hong_kong: Catalog) -> None:
    with pytest.raises(NotFoundError, match="There are: kiosks"):
        hong_kong.difference("kiosk")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('id = "growth"', 'id = "posts"', "id posts is that of a question and of a difference"),
        ('before = { question = "posts"', 'before = { question = "none"', "before names the question 'none'"),
        ("at = 2026-12-31", 'at = "2026-12-31"', "after.at"),
        ('after = { question = "posts"', 'after = { other = "posts"', "other is not a field"),
        ('title = { en = "Growth" }', "", "title is missing"),
    ],
)
def test_a_bad_difference_is_refused_with_its_place(growing: Path, old: str, new: str, says: str) -> None:
    region = growing / "region.toml"
    head, tail = region.read_text(encoding="utf-8").split("[[difference]]")
    assert old in tail
    region.write_text(f"{head}[[difference]]{tail.replace(old, new)}", encoding="utf-8")
    with pytest.raises(RegionError, match=r"region\.toml") as raised:
        open_catalog(growing)
    assert says in str(raised.value)


def test_two_differences_of_one_id_are_refused(growing: Path) -> None:
    region = growing / "region.toml"
    region.write_text(region.read_text(encoding="utf-8") + DIFFERENCE, encoding="utf-8")
    with pytest.raises(RegionError, match="the id growth is used twice"):
        open_catalog(growing)
