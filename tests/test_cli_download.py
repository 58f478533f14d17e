"""`geoservice download` and `geoservice.download` write the files that the web service gives."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

import geoservice
from geoservice.catalog import Catalog
from geoservice.cli import main
from geoservice.formats.downloads import DOWNLOADS

pytestmark = pytest.mark.usefixtures("only_our_settings")


def run(city_folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["download", *words, "--layers", str(city_folder)])


@pytest.mark.parametrize("suffix", [suffix for suffix, form in DOWNLOADS.items() if form.stream is not None])
def test_the_shell_writes_the_bytes_of_the_web(
    city_folder: Path, client: FlaskClient, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"any.{suffix}"
    done = run(city_folder, "posts-gaps", str(path), "--at", "2026-03-01", "--case", "low")
    assert (done.exit_code, done.stderr.split(":")[0].endswith(" features")) == (0, True)
    assert path.read_bytes() == client.get(f"/collections/posts-gaps.{suffix}?at=2026-03-01&case=low").data
    assert list(tmp_path.iterdir()) == [path]


def test_a_box_chooses_a_part(city_folder: Path, client: FlaskClient, tmp_path: Path) -> None:
    box, path = "-73.99,40.70,-73.98,40.71", tmp_path / "part.parquet"
    assert run(city_folder, "people", str(path), "--bbox", box).exit_code == 0
    items = client.get(f"/collections/people/items?limit=10000&bbox={box}").get_json(force=True)["features"]
    assert list(gpd.read_parquet(path)["id"]) == [feature["id"] for feature in items]


def test_python_writes_the_same(city: Catalog, client: FlaskClient, tmp_path: Path) -> None:
    path = tmp_path / "posts.kml"
    assert geoservice.download(city, "posts", path) == 3
    assert path.read_bytes() == client.get("/collections/posts.kml").data


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["posts", "posts.shp"], "ends in no format that is known. There are: geojson, geojsonl"),
        (["none", "none.csv"], "There is no collection 'none'"),
        (["posts", "posts.csv", "--case", "low"], "A layer is written as it is"),
        (["posts", "posts.csv", "--bbox", "1,2"], "is not west,south,east,north"),
        (["posts", "nowhere/posts.csv"], "there is no folder nowhere"),
    ],
)
def test_what_cannot_be_written_is_said_and_leaves_no_file(
    city_folder: Path, words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(city_folder, *words)
    assert done.exit_code == 2
    assert says in done.stderr
    assert list(tmp_path.iterdir()) == []
