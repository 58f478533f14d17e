"""Zones weighed by a published figure, against sums written out; and the figures on the map and the pages."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from city import WARDS, write_csv, write_layer
from tables import table_toml

from geoservice.analysis import analyse
from geoservice.catalog import Catalog, open_catalog
from geoservice.errors import QuestionError
from geoservice.maps.palette import FIGURE_COLOURS, quantile_classes
from geoservice.question import ZoneWeight
from geoservice.settings import Settings
from geoservice.web import create_app

DAY = date(2026, 6, 1)
CASES = '[[attributes]]\nname = "cases"\ntitle = { en = "Cases <b>", zh = "案件" }\nunit = "cases"'
WEIGHT = 'zone_weight = { layer = "crime", attribute = "cases" }'
FIGURES = {"SW": 10, "NW": 40, "SE": 30, "NE": 5}


def weighed(folder: Path, figures: dict[str, object], demand: str = "") -> Path:
    path = write_layer(folder, "crime", "table", "crime.csv", table_toml(attributes=CASES))
    write_csv(path / "crime.csv", ["Area", "cases"], [[zone, value] for zone, value in figures.items()])
    region = folder / "region.toml"
    region.write_text(region.read_text(encoding="utf-8").replace('demand = ["people"]', f"{demand}\n{WEIGHT}"), "utf-8")
    return folder


def test_the_weighted_share_and_gaps_are_the_sums_written_out(own_city: Path) -> None:
    catalog = open_catalog(weighed(own_city, {**FIGURES}))
    assert catalog.problems == ()
    found = analyse(catalog, catalog.question("posts", at=DAY))
    share = found.zones.set_index("zone_id")["covered_share"]
    expected = sum(FIGURES[zone] * share[zone] for zone in WARDS) / sum(FIGURES.values())
    assert found.totals.weighted_share == pytest.approx(expected, rel=1e-12)
    area = found.zones.set_index("zone_id")["zone_area_m2"]
    by_hand = [FIGURES[gap.zone_id] * gap.gap_area_m2 / area[gap.zone_id] for gap in found.gaps.itertuples()]
    assert found.gaps["weighted_gap"].tolist() == pytest.approx(by_hand, rel=1e-12)
    assert found.gaps["weighted_gap"].is_monotonic_decreasing
    assert found.gaps.iloc[0]["zone_id"] == "NW"
    assert found.weight_note is not None
    assert "assumption" in found.weight_note.en
    assert "假設" in found.weight_note.within("zh")


def test_finer_demand_ranks_the_gaps_before_the_weight(own_city: Path) -> None:
    catalog = open_catalog(weighed(own_city, {**FIGURES}, 'demand = ["people"]'))
    gaps = analyse(catalog, catalog.question("posts", at=DAY)).gaps
    assert gaps["uncovered_demand"].is_monotonic_decreasing
    assert not gaps["weighted_gap"].is_monotonic_decreasing


def test_a_zone_without_a_figure_is_left_out_and_that_is_said(own_city: Path) -> None:
    catalog = open_catalog(weighed(own_city, {"SW": 10, "NW": 40}))
    found = analyse(catalog, catalog.question("posts", at=DAY))
    share = found.zones.set_index("zone_id")["covered_share"]
    assert found.totals.weighted_share == pytest.approx((10 * share["SW"] + 40 * share["NW"]) / 50)
    assert found.weight_note is not None
    assert "2 zones have no figure" in found.weight_note.en
    assert found.gaps.loc[found.gaps["zone_id"] == "NE", "weighted_gap"].isna().all()


def test_no_weight_at_all_gives_no_share(own_city: Path) -> None:
    catalog = open_catalog(weighed(own_city, dict.fromkeys(FIGURES, 0)))
    assert analyse(catalog, catalog.question("posts", at=DAY)).totals.weighted_share is None


def test_a_question_without_a_weight_has_none(city: Catalog) -> None:
    found = analyse(city, city.question("posts", at=DAY))
    assert (found.totals.weighted_share, found.weight_note) == (None, None)
    assert "weighted_gap" not in found.gaps.columns
    other = found.question.model_copy(update={"zone_weight": ZoneWeight(layer="crime", attribute="cases")})
    assert other.key != found.question.key


@pytest.mark.parametrize(
    ("weight", "figures", "says"),
    [
        ('{ layer = "crime", attribute = "rate" }', {**FIGURES}, "no figure 'rate'.*It gives: cases"),
        ('{ layer = "people", attribute = "people" }', {**FIGURES}, r"no figure.*needs \[join\]"),
        ('{ layer = "nothing", attribute = "cases" }', {**FIGURES}, "weighs zones by the layer 'nothing'"),
        (None, {**FIGURES, "SW": -1}, "below 0"),
    ],
)
def test_a_weight_that_is_not_to_be_had_is_refused(
    own_city: Path, weight: str | None, figures: dict[str, object], says: str
) -> None:
    region = weighed(own_city, figures) / "region.toml"
    if weight is not None:
        text = region.read_text(encoding="utf-8").replace(WEIGHT, f"zone_weight = {weight}")
        region.write_text(text, encoding="utf-8")
    catalog = open_catalog(own_city)
    with pytest.raises(QuestionError, match=says):
        analyse(catalog, catalog.question("posts", at=DAY))


def test_figures_and_the_assumption_stand_on_the_pages_the_map_and_in_the_files(own_city: Path) -> None:
    client = create_app(Settings.from_env({}, layers=weighed(own_city, {**FIGURES}))).test_client()
    page = client.get("/zones?at=2026-06-01", headers={"Accept": "text/html"}).get_data(as_text=True)
    assert "Cases &lt;b&gt; (cases)" in page
    assert "Cases <b>" not in page
    assert "Covered share by weight" in page
    assert "spread evenly over the area: an assumption" in page
    table = client.get("/zones.csv?at=2026-06-01").get_data(as_text=True)
    assert "crime:cases" in table.splitlines()[0]
    assert "an assumption" in table
    script = client.get("/map.js?at=2026-06-01").get_data(as_text=True)
    assert "figure_1" in script
    assert "crime:cases" in script
    assert "no figure" in script
    assert "Cases <b>" not in script
    zones = client.get("/collections/posts-zones/items?at=2026-06-01").get_json()
    assert {f["id"]: f["properties"]["crime:cases"] for f in zones["features"]} == FIGURES
    assert "crime:cases" in client.get("/collections/posts-zones").get_data(as_text=True)
    gaps = client.get("/collections/posts-gaps/items?at=2026-06-01").get_json()
    assert gaps["features"][0]["properties"]["weighted_gap"] > 0


def test_classes_hold_about_as_many_values_each() -> None:
    classes = quantile_classes([float(value) for value in range(1, 101)])
    colours = [classes.colour(value) for value in range(1, 101)]
    assert [colours.count(colour) for colour in FIGURE_COLOURS] == pytest.approx([20] * 5, abs=1)
    assert quantile_classes([]).breaks == ()
    assert quantile_classes([3, 3, 3]).colours == FIGURE_COLOURS[:1]
    assert len(quantile_classes([1, 2]).colours) == 2
