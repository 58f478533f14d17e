"""The layers that come with the service: complete, and with every quirk of the published records found."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point

from geoservice.catalog import Catalog, Severity

POLICE = {
    "police-stations": 42,
    "reporting-centres": 20,
    "specialised-reporting-centres": 1,
    "marine-bases": 5,
    "crime-prevention-offices": 2,
    "licensing-offices": 10,
    "community-relations-facilities": 4,
    "vehicle-pounds-and-traffic-offices": 9,
}
DAY = date(2026, 11, 20)


def found(catalog: Catalog, code: str) -> set[str]:
    return {str(p.feature_id) for p in catalog.problems if p.code == code}


def test_the_eight_published_data_sets_are_layers_with_all_ninety_three_records(hong_kong: Catalog) -> None:
    assert {layer: len(hong_kong.layers[layer].placed) for layer in POLICE} == POLICE
    assert sum(POLICE.values()) == 93


def test_every_layer_loads_and_every_problem_is_accepted_with_a_reason(hong_kong: Catalog) -> None:
    assert not hong_kong.unexpectedly_broken
    assert hong_kong.open_problems == ()
    assert all(p.accepted is not None and p.accepted.zh for p in hong_kong.problems)


def test_the_six_facilities_labelled_with_another_district_are_found(hong_kong: Catalog) -> None:
    problems = [p for p in hong_kong.problems if p.code == "label-differs"]
    assert found(hong_kong, "label-differs") == {
        "gBLAf4p5mQ",
        "AkU49zlrAE",
        "my9h8UxENh",
        "35HV0BxyCe",
        "p7L0SjidHO",
        "oGFRwkeLLj",
    }
    assert all(p.severity is Severity.WARNING and p.row is not None for p in problems)


def test_the_two_facilities_and_four_cameras_in_no_outline_are_found(hong_kong: Catalog) -> None:
    assert found(hong_kong, "outside-zones") == {
        "pAeEjPwa13",
        "6B1jpMzAN7",
        "H801F",
        "TC604F",
        "TC560F",
        "AID08201",
    }


def test_the_camera_with_a_wrong_northing_is_set_aside_and_the_two_slight_differences_kept(hong_kong: Catalog) -> None:
    cameras = hong_kong.layers["traffic-cameras"]
    assert len(cameras.features) == 209
    assert cameras.set_aside["camera_id"].tolist() == ["AID09157"]
    assert "8,306 m" in cameras.set_aside["reason"].iloc[0]
    assert found(hong_kong, "positions-differ") == {"AID09255", "AID03203"}


@pytest.mark.parametrize(
    ("layer", "said"),
    [("police-stations", "Kwun Tong"), ("reporting-centres", "Heung Yuen Wai"), ("self-service-kiosks", "Eleven")],
)
def test_what_no_check_can_find_is_said_beside_the_layer(hong_kong: Catalog, layer: str, said: str) -> None:
    notes = [gap.note.en for gap in hong_kong.layers[layer].manifest.known_gaps]
    assert any(said in note for note in notes)


def test_records_without_a_published_position_are_listed_not_invented(hong_kong: Catalog) -> None:
    listed = {layer.id: len(layer.listed) for layer in hong_kong.layers.values() if len(layer.listed)}
    assert listed == {"drone-bases": 4, "planned-stations": 2, "self-service-kiosks": 1}
    rooms = hong_kong.layers["self-service-kiosks"].listed.iloc[0]
    assert rooms["count"] == "11"
    assert rooms.geometry is None


def test_the_districts_have_their_population_and_area(hong_kong: Catalog) -> None:
    zones = hong_kong.zones("district")
    assert len(zones) == 18
    assert zones["population"].sum() == 7_411_945
    assert zones.area.sum() / 1e6 == pytest.approx(1104.1, abs=0.05)


def test_stations_are_the_question_on_stations_posts_and_reporting_centres(hong_kong: Catalog) -> None:
    question = hong_kong.question("stations", at=DAY)
    assert [s.layer for s in question.sources] == ["police-stations", "reporting-centres"]
    ranges = question.footprint.range_m
    assert (ranges.low, ranges.mid, ranges.high) == (500, 1000, 2000)
    assert question.footprint.same_landmass


def test_museums_pounds_and_licensing_offices_reach_nothing_in_any_question(hong_kong: Catalog) -> None:
    silent = {
        "community-relations-facilities",
        "vehicle-pounds-and-traffic-offices",
        "licensing-offices",
        "crime-prevention-offices",
        "marine-bases",
    }
    for named in hong_kong.region.questions:
        assert not silent & {source.layer for source in named.sources}


def test_the_outlines_of_police_districts_are_listed_as_not_published(hong_kong: Catalog) -> None:
    for system in ("police-region", "police-district", "police-sector"):
        assert hong_kong.zones(system).empty
        assert "not published" in hong_kong.zone_system(system).note.en  # type: ignore[union-attr]


def test_grid_and_degrees_of_all_facilities_agree_as_the_facts_say(hong_kong: Catalog) -> None:
    """Read the files again, with pandas alone, and compare the two positions that each record carries."""
    for layer in POLICE:
        table = pd.read_csv(hong_kong.path / layer / f"{layer}.csv")
        degrees = gpd.GeoSeries(gpd.points_from_xy(table["lon"], table["lat"]), crs=4326).to_crs(2326)
        grid = gpd.GeoSeries(gpd.points_from_xy(table["hk80_easting_m"], table["hk80_northing_m"]), crs=2326)
        assert degrees.distance(grid).max() < 4
        loaded = hong_kong.layers[layer].features.geometry
        assert loaded.reset_index(drop=True).distance(degrees).max() < 0.01


def test_every_layer_says_its_source_licence_and_date_in_both_languages(hong_kong: Catalog) -> None:
    for layer in hong_kong.layers.values():
        manifest = layer.manifest
        texts = [manifest.title, manifest.description, manifest.source.name, manifest.licence.name]
        assert all(text.en and text.zh for text in texts)
        assert manifest.as_of <= DAY


def test_kowloon_and_the_island_are_different_landmasses(hong_kong: Catalog) -> None:
    tsim_sha_tsui, wan_chai = Point(835_697, 818_190), Point(835_406, 815_547)
    holding = [
        [i for i, land in enumerate(hong_kong.landmasses) if land.contains(place)]
        for place in (tsim_sha_tsui, wan_chai)
    ]
    assert [len(h) for h in holding] == [1, 1]
    assert holding[0] != holding[1]
