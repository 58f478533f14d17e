"""The illustrative plan: the same for the same seed, nested, true to the published totals, on land and by a street."""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from click.testing import CliRunner, Result

from geoservice.analysis.illustrate import illustrate, sainte_lague
from geoservice.catalog import Catalog, open_catalog
from geoservice.catalog.programme import Programme
from geoservice.cli import main
from geoservice.formats.plan import write_plan
from geoservice.question import ZoneWeight

ROOT = Path(__file__).resolve().parents[2]
TOTALS = {
    "2024": (1607, 0),
    "2025-08": (3985, 4835),
    "2025": (5000, 6000),
    "2028": (27273, 32727),
    "2031": (30227, 36273),
}
"""Own and integrated cameras: as published, and where only the sum is, split as at the end of 2025."""


@pytest.fixture(scope="module")
def programme(hong_kong: Catalog) -> Programme:
    assert hong_kong.region.programme is not None
    return hong_kong.region.programme


@pytest.fixture(scope="module")
def stage(hong_kong: Catalog, programme: Programme):  # type: ignore[no-untyped-def] # noqa: ANN201 - a cached function
    return cache(lambda name: illustrate(hong_kong, programme, name, programme.seed))


@pytest.fixture(scope="module")
def last(stage) -> gpd.GeoDataFrame:  # type: ignore[no-untyped-def] # noqa: ANN001 - as above
    return stage("2031")


def test_the_committed_stage_is_what_the_generator_makes_now(
    hong_kong: Catalog,
    programme: Programme,
    stage,  # type: ignore[no-untyped-def] # noqa: ANN001 - as above
    tmp_path: Path,
) -> None:
    made = write_plan(
        tmp_path, programme, programme.up_to("2024")[-1], programme.seed, stage("2024"), hong_kong.working
    )
    committed = ROOT / "layers" / "smartview-plan-2024" / "smartview-plan-2024.csv"
    assert made.read_bytes() == committed.read_bytes()


def test_the_same_seed_makes_the_same_bytes_anew(hong_kong: Catalog, programme: Programme, tmp_path: Path) -> None:
    made = []
    for name in ("first", "second"):
        cameras = illustrate(hong_kong, programme, "2025-08", 7)
        stage = programme.up_to("2025-08")[-1]
        made.append(write_plan(tmp_path / name, programme, stage, 7, cameras, hong_kong.working))
    assert made[0].read_bytes() == made[1].read_bytes()
    assert (made[0].parent / "layer.toml").read_bytes() == (made[1].parent / "layer.toml").read_bytes()
    told = pd.read_csv(made[0], dtype=str)
    assert set(told["illustrative"]) == {"true"}
    assert "illustrative = true" in (made[0].parent / "layer.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(TOTALS))
def test_the_numbers_of_region_toml_are_those_of_the_plan(root: Path, stage, name: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """As read by a plain reader of TOML: sets by the number of their names, sites by what sets share them."""
    declared = tomllib.loads((root / "layers" / "region.toml").read_text(encoding="utf-8"))["programme"]["stages"]
    position = [one["id"] for one in declared].index(name)
    cameras, said = stage(name), declared[position]
    own, integrated = (cameras[cameras["access"] == access] for access in ("own", "integrated"))
    assert (len(own), own["set_id"].nunique()) == (said["own_cameras"], said["own_sets"])
    more = said.get("integrated_cameras", 0)
    assert (len(integrated), integrated["set_id"].nunique(), integrated["site_id"].nunique()) == (more, more, more)
    sites = before = 0
    for one in declared[: position + 1]:
        sites += math.ceil((one["own_sets"] - before) * one.get("sites_per_set", 1))
        before = one["own_sets"]
    assert own["site_id"].nunique() == sites
    assert not set(own["site_id"]) & set(integrated["site_id"])
    dates = {one["id"]: one["valid_from"] for one in declared}
    assert (cameras["valid_from"] == cameras["stage"].map(dates)).all()


def test_the_cameras_of_a_set_look_evenly_around(stage) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    cameras = stage("2024")
    assert set(cameras.groupby("set_id").size()) == {2, 3}
    for _, bearings in cameras.groupby("set_id")["bearing_deg"]:
        turns = np.diff(np.sort([*bearings, bearings.min() + 360]))
        assert turns == pytest.approx(360 / len(bearings), abs=0.11)
    assert np.histogram(cameras["bearing_deg"], bins=8, range=(0, 360))[0].min() > len(cameras) / 8 * 0.7


def test_a_layer_that_the_programme_does_not_name_moves_no_camera(
    programme: Programme, root: Path, tmp_path: Path, last: gpd.GeoDataFrame
) -> None:
    folder = Path(shutil.copytree(root / "layers", tmp_path / "layers", ignore=shutil.ignore_patterns("smartview*")))
    stray = Path(shutil.copytree(folder / "police-stations", folder / "stray"))
    manifest = stray / "layer.toml"
    text = manifest.read_text(encoding="utf-8").replace('id = "police-stations"', 'id = "stray"', 1)
    manifest.write_text(text, encoding="utf-8")
    catalog = open_catalog(folder)
    assert "stray" in catalog.layers
    again = illustrate(catalog, programme, "2024", programme.seed)
    assert again.geometry.equals(last.geometry.iloc[: len(again)])


def test_a_question_is_made_up_if_its_cameras_its_demand_or_its_weight_are(hong_kong: Catalog) -> None:
    stations = hong_kong.named_question("stations")
    assert hong_kong.is_illustrative(hong_kong.named_question("cameras-plan-2024"))
    assert not hong_kong.is_illustrative(stations)
    made_up = "smartview-plan-2024"
    assert hong_kong.is_illustrative(stations.model_copy(update={"demand": (made_up,)}))
    weight = ZoneWeight(layer=made_up, attribute="n")
    assert hong_kong.is_illustrative(stations.model_copy(update={"zone_weight": weight}))


def test_another_seed_gives_other_places_and_the_same_totals(hong_kong: Catalog, programme: Programme, stage) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    first, other = stage("2024"), illustrate(hong_kong, programme, "2024", programme.seed + 1)
    assert len(first) == len(other)
    assert (shapely.get_x(first.geometry.array) != shapely.get_x(other.geometry.array)).all()


@pytest.mark.parametrize("name", list(TOTALS))
def test_the_totals_are_those_of_the_programme(stage, name: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    cameras = stage(name)
    assert tuple((cameras["access"] == access).sum() for access in ("own", "integrated")) == TOTALS[name]
    assert cameras["id"].is_unique
    assert cameras["illustrative"].all()


def test_the_whole_sums_are_those_that_were_published(stage) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    assert {name: len(stage(name)) for name in TOTALS} == {
        "2024": 1607,
        "2025-08": 8820,
        "2025": 11_000,
        "2028": 60_000,
        "2031": 66_500,
    }


def test_sites_sets_and_cameras_are_different_things(stage) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    first, second = stage("2024"), stage("2025-08")
    assert first["site_id"].nunique() == first["set_id"].nunique() == 615
    own = second[second["access"] == "own"]
    assert own["set_id"].nunique() == 1525
    assert 615 < own["site_id"].nunique() < 1525 < len(own)
    for cameras in (first, own):
        places = cameras.assign(x=cameras.geometry.x, y=cameras.geometry.y).groupby("site_id")[["x", "y"]].nunique()
        assert (places == 1).all(axis=None)
        assert cameras.drop_duplicates(["set_id", "site_id"])["set_id"].is_unique


@pytest.mark.parametrize(
    ("before", "after"), [("2024", "2025-08"), ("2025-08", "2025"), ("2025", "2028"), ("2028", "2031")]
)
def test_each_stage_begins_with_the_one_before(stage, before: str, after: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    earlier, later = stage(before), stage(after)
    pd.testing.assert_frame_equal(pd.DataFrame(later.iloc[: len(earlier)]), pd.DataFrame(earlier))
    assert (later.iloc[len(earlier) :]["stage"] == after).all()


def test_none_stands_in_the_sea_and_each_by_a_street(
    hong_kong: Catalog, programme: Programme, last: gpd.GeoDataFrame
) -> None:
    land = hong_kong.landmasses
    found = gpd.sjoin(last[["geometry"]].reset_index(drop=True), gpd.GeoDataFrame(geometry=land), predicate="within")
    assert found.index.nunique() == len(last)
    known = [
        layer.placed.geometry
        for layer in hong_kong.layers.values()
        if str(layer.manifest.role) in ("camera", "facility", "candidate") and not layer.manifest.illustrative
    ]
    streets = shapely.STRtree(pd.concat(known).array)
    _, distance = streets.query_nearest(last.geometry.array, return_distance=True, all_matches=False)
    assert distance.max() <= programme.near_m + 0.02
    assert distance.max() > programme.near_m * 0.95


def test_every_district_has_its_share_of_sites_by_population(hong_kong: Catalog, last: gpd.GeoDataFrame) -> None:
    zones = hong_kong.zones("district")
    sites = last.drop_duplicates("site_id")
    where = gpd.sjoin(sites[["geometry"]], zones[["zone_id", "geometry"]], predicate="within")["zone_id"]
    counted = where.value_counts().reindex(zones["zone_id"])
    due = zones.set_index("zone_id")["population"].astype(float)
    assert (counted > 0).all()
    assert (counted - len(sites) * due / due.sum()).abs().max() < 1.5


@pytest.mark.parametrize("name", list(TOTALS))
def test_every_stage_hands_its_sites_out_by_sainte_lague(hong_kong: Catalog, stage, name: str) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    """Written another way: a divisor by which all populations are shared and rounded to the number of sites."""
    zones = hong_kong.zones("district")
    sites = stage(name).drop_duplicates("site_id")
    where = gpd.sjoin(sites[["geometry"]], zones[["zone_id", "geometry"]], predicate="within")["zone_id"]
    people = zones.set_index("zone_id")["population"].astype(float)
    low, high = 0.0, people.sum()
    for _ in range(200):
        divisor = (low + high) / 2
        low, high = (divisor, high) if np.floor(people / divisor + 0.5).sum() > len(sites) else (low, divisor)
    due = np.floor(people / high + 0.5).astype(int)
    assert due.sum() == len(sites)
    assert where.value_counts().reindex(people.index).tolist() == due.tolist()


def test_seats_are_handed_out_by_the_largest_quotients() -> None:
    """Written another way: all quotients w / (2 s + 1) at once, the n largest of them."""
    weight = np.array([53_000.0, 24_000.0, 23_000.0, 900.0])
    order = sainte_lague(weight, 40)
    quotients = sorted(((w / (2 * s + 1), zone) for zone, w in enumerate(weight) for s in range(40)), reverse=True)
    assert list(order) == [zone for _, zone in quotients[:40]]


# ------------------------------------------------------------------ the command


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["plan", "illustrate", *map(str, words)])


@pytest.fixture
def own_layers(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "layers", tmp_path / "layers", ignore=shutil.ignore_patterns("*2025*")))


def points_file(folder: Path, catalog: Catalog, *, crs: bool = True, geometry: str = "point") -> Path:
    """Street points of one's own: one in the middle of each zone."""
    middle = catalog.zones("district").geometry.representative_point()
    shapes = middle if geometry == "point" else middle.buffer(5)
    path = folder / "own.gpkg"
    shapes.to_frame("geometry").set_crs(shapes.crs if crs else None, allow_override=True).to_file(path)
    return path


def test_own_street_points_are_used(own_layers: Path, tmp_path: Path, hong_kong: Catalog) -> None:
    result = run("--stage", "2024", "--near", points_file(tmp_path, hong_kong), "--layers", own_layers)
    assert result.exit_code == 0, result.output
    made = pd.read_csv(own_layers / "smartview-plan-2024" / "smartview-plan-2024.csv")
    places = hong_kong.working.project(gpd.GeoSeries(gpd.points_from_xy(made["lon"], made["lat"]), crs="OGC:CRS84"))
    middle = hong_kong.zones("district").geometry.representative_point()
    assert places.distance(middle.union_all()).max() <= 150.1
    assert "1607 illustrative cameras at 615 sites" in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--stage", "2050"], "There is no stage '2050'. There are: 2024, 2025-08, 2025, 2028, 2031."),
        (["--stage", "2024", "--seed", "-1"], "--seed"),
        (["--stage", "2024", "--seed", "x"], "'x' is not a valid integer"),
        ([], "Missing option '--stage'"),
        (["--stage", "2024", "--near", "none.gpkg"], "'none.gpkg' does not exist"),
    ],
)
def test_a_plan_that_cannot_be_made_is_refused(own_layers: Path, words: list[str], says: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in own_layers.rglob("*")}
    result = run(*words, "--layers", own_layers)
    assert result.exit_code == 2
    assert says in result.stderr
    assert {path: path.stat().st_mtime_ns for path in own_layers.rglob("*")} == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "own.geojson cannot be read"),
        (b"lon,lat", "own.geojson cannot be read"),
        (b'{"type": "FeatureCollection", "features": []}', "own.geojson must hold points, but holds nothing"),
    ],
    ids=["an empty file", "no GeoJSON", "no points"],
)
def test_a_file_without_street_points_is_refused(own_layers: Path, tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "own.geojson"
    path.write_bytes(content)
    result = run("--stage", "2024", "--near", path, "--layers", own_layers)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_zone_without_street_points_is_named(own_layers: Path, tmp_path: Path, hong_kong: Catalog) -> None:
    zones = hong_kong.zones("district")
    path = tmp_path / "own.gpkg"
    zones.geometry.representative_point().iloc[1:].to_frame("geometry").to_file(path)
    result = run("--stage", "2024", "--near", path, "--layers", own_layers)
    assert result.exit_code == 2
    assert f"No street point is known in the zone {zones['name_en'].iloc[0]}." in result.stderr


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"geometry": "polygon"}, "must hold points, but holds Polygon"),
        ({"crs": False}, "no coordinate reference system"),
    ],
)
def test_street_points_that_are_none_are_refused(
    own_layers: Path, tmp_path: Path, hong_kong: Catalog, given: dict[str, object], says: str
) -> None:
    path = points_file(tmp_path, hong_kong, **given)  # type: ignore[arg-type]
    result = run("--stage", "2024", "--near", path, "--layers", own_layers)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_city_without_a_programme_says_so(city_folder: Path) -> None:
    result = run("--stage", "2024", "--layers", city_folder)
    assert result.exit_code == 2
    assert "The region declares no [programme]." in result.stderr


# ------------------------------------------------------------------ what is written, and what was there


PLAN = "smartview-plan-2024"


def manifest_of(layers: Path, layer_id: str = PLAN) -> dict[str, Any]:
    return tomllib.loads((layers / layer_id / "layer.toml").read_text(encoding="utf-8"))


def files_of(layers: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(layers.rglob("*")) if path.is_file()}


def test_the_committed_layer_is_made_again_as_it_is(own_layers: Path) -> None:
    before = files_of(own_layers)
    result = run("--stage", "2024", "--layers", own_layers)
    assert (result.exit_code, result.stderr) == (0, "")
    assert files_of(own_layers) == before


def test_layer_toml_says_what_made_the_plan_every_time(own_layers: Path, tmp_path: Path, hong_kong: Catalog) -> None:
    points = points_file(tmp_path, hong_kong).rename(tmp_path / "my crossings.gpkg")
    command = "geoservice plan illustrate --stage 2024"
    for words, generated_by, said in (
        (["--seed", "7"], f"{command} --seed 7", "seed 7"),
        (["--near", points], f"{command} --near '{points.name}'", f"seed 2024, near the points of {points.name}"),
        ([], command, "seed 2024"),
    ):
        assert run("--stage", "2024", *words, "--layers", own_layers).exit_code == 0
        told = manifest_of(own_layers)
        assert told["generated_by"] == generated_by
        assert told["update_frequency"]["en"] == f"When the programme changes ({said})"


def test_what_a_user_wrote_stays_where_it_is_no_word_on_the_cameras(own_layers: Path) -> None:
    path = own_layers / PLAN / "layer.toml"
    text = path.read_text(encoding="utf-8").replace("#c51b7d", "#123456").replace("615 sites", "999 sites")
    path.write_text(text + '\n[[known_gaps]]\nnote = { en = "Mine." }\n', encoding="utf-8")
    assert run("--stage", "2024", "--seed", "7", "--layers", own_layers).exit_code == 0
    told = manifest_of(own_layers)
    assert (told["style"]["colour"], told["known_gaps"]) == ("#123456", [{"note": {"en": "Mine."}}])
    assert "615 sites" in told["description"]["en"]


@pytest.mark.parametrize("text", ["no TOML", "[style]\ncolour = 'red'\n"], ids=["no TOML", "a colour that is none"])
def test_a_layer_toml_that_is_none_is_written_anew(own_layers: Path, text: str) -> None:
    before = manifest_of(own_layers)
    (own_layers / PLAN / "layer.toml").write_text(text, encoding="utf-8")
    assert run("--stage", "2024", "--layers", own_layers).exit_code == 0
    assert manifest_of(own_layers) == before


def run_limited(layers: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Let no file grow beyond 100 KiB, which is how a full disk fails."""
    code = (
        "import resource, sys; from geoservice.cli import main; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (102400, 102400)); main(sys.argv[1:])"
    )
    command = [sys.executable, "-c", code, "plan", "illustrate", *words, "--layers", str(layers)]
    return subprocess.run(command, check=False, capture_output=True)


@pytest.mark.parametrize("stage_id", ["2024", pytest.param("2028", marks=pytest.mark.soak)])
def test_a_full_disk_leaves_the_old_plan_or_none(own_layers: Path, stage_id: str) -> None:
    before = files_of(own_layers)
    folders = sorted(own_layers.iterdir())
    done = run_limited(own_layers, "--stage", stage_id, "--seed", "7")
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"geoservice: Cannot write {own_layers / f'smartview-plan-{stage_id}'}: File too large.")
    assert done.returncode == 2
    assert files_of(own_layers) == before
    assert sorted(own_layers.iterdir()) == folders


@pytest.mark.soak
def test_a_plan_beside_one_that_it_does_not_contain_is_warned_of(own_layers: Path) -> None:
    result = run("--stage", "2025-08", "--layers", own_layers)
    assert (result.exit_code, result.stderr) == (0, "")
    result = run("--stage", "2025-08", "--seed", "7", "--layers", own_layers)
    assert result.exit_code == 0
    (line,) = result.stderr.splitlines()
    assert line.startswith("Warning: this plan and 'smartview-plan-2024' have different cameras or places")
    result = run("--stage", "2024", "--layers", own_layers)
    assert "'smartview-plan-2025-08'" in result.stderr
    assert run("--stage", "2024", "--seed", "7", "--layers", own_layers).stderr == ""


def test_a_plan_of_which_a_single_place_differs_is_not_contained(own_layers: Path) -> None:
    path = own_layers / PLAN / f"{PLAN}.csv"
    *lines, last = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, f"{last[:-1]}{(int(last[-1]) + 1) % 10}", ""]), encoding="utf-8")
    assert f"'{PLAN}'" in run("--stage", "2025-08", "--layers", own_layers).stderr
