"""The made-up city, whose figures can be reckoned by hand."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import pytest
from city import POSTS, WARDS, write_city, write_csv, write_layer, write_polygons

from geoservice.analysis import Analysis, analyse
from geoservice.catalog import Catalog, open_catalog
from geoservice.errors import NotFoundError, QuestionError
from geoservice.vocabulary import Case

DAY = date(2026, 6, 1)
WARD_M2 = 1900.0 * 2000.0
DISC_M2 = math.pi * 600**2


@pytest.fixture(scope="module")
def posts(city: Catalog) -> Analysis:
    return analyse(city, city.question("posts", at=DAY))


def test_a_city_in_feet_is_measured_in_metres(city: Catalog, posts: Analysis) -> None:
    assert city.working.crs.axis_info[0].unit_name == "metre"
    assert posts.zones["zone_area_m2"].tolist() == pytest.approx([WARD_M2] * 4)


def test_no_problem_is_found_in_a_city_without_any(city: Catalog) -> None:
    assert city.problems == ()
    assert not city.broken


def test_covered_areas_are_those_reckoned_by_hand(posts: Analysis) -> None:
    covered = posts.zones.set_index("zone_id")["covered_area_m2"]
    beyond_the_bank = 600**2 * math.acos(50 / 600) - 50 * math.sqrt(600**2 - 50**2)
    assert covered["SW"] == pytest.approx(DISC_M2, rel=1e-9)
    assert covered["SE"] == pytest.approx(DISC_M2, rel=1e-9)
    assert covered["NW"] == pytest.approx(DISC_M2 - beyond_the_bank, rel=1e-3)
    assert covered["NE"] == 0


def test_sources_and_distances_by_ward(posts: Analysis) -> None:
    zones = posts.zones.set_index("zone_id")
    assert zones["sources_inside"].to_dict() == {"NE": 0, "NW": 1, "SE": 1, "SW": 1}
    assert zones.loc["NE", "nearest_source_min_m"] == pytest.approx(250)
    assert zones.loc["NE", "nearest_source_max_m"] == pytest.approx(math.hypot(4000 - 1850, 1000), abs=5)
    assert zones["parent_id"].to_dict() == {"NE": "E", "NW": "W", "SE": "E", "SW": "W"}


def test_people_evenly_spread_are_covered_as_the_area_is(posts: Analysis) -> None:
    zones = posts.zones
    assert zones["demand_share"].tolist() == pytest.approx(zones["covered_share"].tolist(), rel=1e-6)
    assert "people" in posts.demand_note.en


def test_gaps_are_ranked_by_the_people_they_leave_out(posts: Analysis) -> None:
    assert posts.gaps["uncovered_demand"].is_monotonic_decreasing
    assert posts.gaps.iloc[0]["zone_id"] in ("NE", "SE")
    missing = (
        19 * 20 * 2 * 10
        + 19 * 20 * 2 * 30
        - sum(
            share * 19 * 20 * (10 if zone in ("SW", "NW") else 30)
            for zone, share in zip(posts.zones["zone_id"], posts.zones["demand_share"], strict=True)
        )
    )
    assert posts.gaps["uncovered_demand"].sum() == pytest.approx(missing, rel=1e-6)


def test_demand_that_is_no_finer_than_the_zones_is_not_used(own_city: Path) -> None:
    text = (own_city / "region.toml").read_text(encoding="utf-8")
    manifest = (own_city / "wards" / "layer.toml").read_text(encoding="utf-8")
    toml = 'columns = { id = "code", weight = "n" }\nweight = { en = "x" }'
    coarse = write_layer(own_city, "coarse", "demand", "coarse.gpkg", toml)
    boxes = [bounds for _, bounds in WARDS.values()]
    write_polygons(coarse / "coarse.gpkg", [{"code": code, "n": 7} for code in WARDS], boxes)
    assert "wards" in manifest
    (own_city / "region.toml").write_text(text.replace('["people"]', '["coarse"]'), encoding="utf-8")
    catalog = open_catalog(own_city)
    found = analyse(catalog, catalog.question("posts", at=DAY))
    assert found.zones["demand_share"].isna().all()
    assert "finer" in found.demand_note.en


def test_a_source_outside_every_zone_is_named_and_counted_outside(tmp_path: Path) -> None:
    folder = write_city(tmp_path / "c", [*POSTS, ("boat", "Post on the river", 2000, 1000, None)])
    catalog = open_catalog(folder)
    found = analyse(catalog, catalog.question("posts", at=DAY))
    assert found.outside["id"].tolist() == ["boat"]
    assert found.totals.sources_outside == 1
    assert found.totals.sources_inside == 3
    assert [p.code for p in catalog.problems] == ["outside-zones"] * 2


def test_without_any_source_all_is_gap_and_nothing_has_a_distance(tmp_path: Path) -> None:
    catalog = open_catalog(write_city(tmp_path / "c", []))
    found = analyse(catalog, catalog.question("posts", at=DAY))
    assert found.zones["covered_share"].tolist() == [0, 0, 0, 0]
    assert found.zones["nearest_source_max_m"].isna().all()
    assert found.gaps["circle_radius_m"].isna().all()
    assert found.gaps["gap_area_m2"].sum() == pytest.approx(4 * WARD_M2)
    assert found.coverage.empty


def test_a_source_counts_only_while_it_is_valid_and_operating(tmp_path: Path) -> None:
    folder = write_city(tmp_path / "c", [])
    path = write_layer(
        folder,
        "posts",
        "facility",
        "posts.csv",
        'columns = { id = "id", status = "status", valid_from = "from", valid_to = "to" }\ncrs = "EPSG:2263"\n'
        '[position]\neasting = "x"\nnorthing = "y"\ngrid_crs = "EPSG:2263"\n',
    )
    x, y = 986_000.0, 198_500.0
    write_csv(
        path / "posts.csv",
        ["id", "status", "from", "to", "x", "y"],
        [
            ("always", "operating", "", "", x, y),
            ("soon", "operating", "2026-06-02", "", x, y),
            ("from-today", "operating", "2026-06-01", "", x, y),
            ("ended-today", "operating", "", "2026-06-01", x, y),
            ("last-day", "operating", "", "2026-06-02", x, y),
            ("planned", "planned", "2020-01-01", "", x, y),
            ("shut", "closed", "", "", x, y),
            ("broken", "out_of_service", "", "", x, y),
            ("unknown", "", "", "", x, y),
        ],
    )
    catalog = open_catalog(folder)
    found = analyse(catalog, catalog.question("posts", at=DAY))
    assert sorted(found.sources["id"]) == ["always", "from-today", "last-day"]


def test_a_question_on_zones_that_are_not_published_is_refused_with_the_reason(hong_kong: Catalog) -> None:
    question = hong_kong.question("stations", at=DAY).model_copy(update={"zone_system": "police-district"})
    with pytest.raises(QuestionError, match="not published"):
        analyse(hong_kong, question)


def test_a_question_whose_layer_could_not_be_read_is_refused_not_answered_without_it(own_city: Path) -> None:
    (own_city / "posts" / "posts.csv").unlink()
    catalog = open_catalog(own_city)
    with pytest.raises(QuestionError, match=r"posts.*missing"):
        analyse(catalog, catalog.question("posts", at=DAY))


def test_an_unknown_question_is_named_with_those_there_are(city: Catalog) -> None:
    with pytest.raises(NotFoundError, match="posts"):
        city.question("nobody")


def test_another_zone_system_gives_other_zones_and_the_same_total(city: Catalog, posts: Analysis) -> None:
    boroughs = analyse(city, posts.question.model_copy(update={"zone_system": "borough"}))
    assert boroughs.zones["zone_id"].tolist() == ["E", "W"]
    assert boroughs.totals.covered_area_m2 == pytest.approx(posts.totals.covered_area_m2, rel=1e-12)


def test_without_the_landmass_rule_a_source_reaches_over_the_river(city: Catalog, posts: Analysis) -> None:
    footprint = posts.question.footprint.model_copy(update={"same_landmass": False})
    free = analyse(city, posts.question.model_copy(update={"footprint": footprint}))
    assert free.zones.set_index("zone_id").loc["NE", "covered_area_m2"] > 0
    outside = free.coverage[free.coverage["zone_id"].isna()]
    assert outside["covered_area_m2"].sum() > 0
    assert free.coverage["covered_area_m2"].sum() == pytest.approx(free.covered_ground.area, rel=1e-9)


def test_an_answer_has_another_key_when_a_layer_changes(own_city: Path, posts: Analysis) -> None:
    manifest = own_city / "posts" / "layer.toml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "\n# a remark\n", encoding="utf-8")
    catalog = open_catalog(own_city)
    again = analyse(catalog, catalog.question("posts", at=DAY))
    assert again.question.key == posts.question.key
    assert again.key != posts.key
    assert again.zones["covered_share"].tolist() == posts.zones["covered_share"].tolist()


def test_every_case_of_the_assumption_is_in_its_order(city: Catalog) -> None:
    shares = [analyse(city, city.question("posts", at=DAY, case=case)).totals.covered_share for case in Case]
    assert shares == sorted(shares)  # type: ignore[type-var]
