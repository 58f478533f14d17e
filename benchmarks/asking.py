"""How long it takes to tell what is at a place, and to measure an area: python -m benchmarks.asking."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from flask.testing import FlaskClient

from benchmarks.machine import described
from benchmarks.second_start import question_of_the_stage
from geoservice.analysis import Analysis
from geoservice.settings import Settings
from geoservice.web import create_app

Floats = npt.NDArray[np.float64]

SHARES = (50, 95, 99)
AREA_KM2 = 5.0
TO_BE_MS = {"a place": 30.0, f"an area of {AREA_KM2:g} km²": 150.0}
"""What 95 of 100 are to be within."""


def places(analysis: Analysis, count: int, seed: int = 3) -> gpd.GeoSeries:
    """Choose places in the working CRS: every other one some metres from a source, the others anywhere in the zones."""
    rng = np.random.default_rng(seed)
    sources = shapely.get_coordinates(analysis.sources.geometry.array)
    near = sources[rng.integers(0, len(sources), count)] + rng.normal(0.0, 30.0, (count, 2))
    west, south, east, north = analysis.zones.total_bounds
    anywhere = np.column_stack([rng.uniform(west, east, 4 * count), rng.uniform(south, north, 4 * count)])
    ground = shapely.union_all(np.asarray(analysis.zones.geometry.array))
    shapely.prepare(ground)
    anywhere = anywhere[shapely.intersects_xy(ground, anywhere)][:count]
    chosen = np.where(np.arange(len(anywhere))[:, None] % 2 == 0, near[: len(anywhere)], anywhere)
    return gpd.GeoSeries(shapely.points(chosen), crs=analysis.zones.crs)


def areas(centres: gpd.GeoSeries, corners: int = 12) -> gpd.GeoSeries:
    """Draw an area of the wanted size about each place."""
    angles = 2 * np.pi * np.arange(corners) / corners
    radius_m = np.sqrt(2e6 * AREA_KM2 / corners / np.sin(2 * np.pi / corners))
    ring = radius_m * np.column_stack([np.cos(angles), np.sin(angles)])
    middle = shapely.get_coordinates(centres.array)
    return gpd.GeoSeries(shapely.polygons(middle[:, None, :] + ring[None, :, :]), crs=centres.crs)


def timed_ms(asked: Iterator[Callable[[], int]]) -> Floats:
    """Ask one after the other, which must be answered, and give the milliseconds of each."""
    taken = []
    for ask in asked:
        begun = time.perf_counter()
        status = ask()
        taken.append(1e3 * (time.perf_counter() - begun))
        if status >= 400:  # noqa: PLR2004 - an answer is none of these
            raise click.ClickException(f"The service answered {status}.")
    return np.array(taken)


def asking(client: FlaskClient, question: str, lonlat: Floats) -> Iterator[Callable[[], int]]:
    """Ask what is at each place."""
    for lon, lat in lonlat.tolist():
        yield lambda at=f"/place?question={question}&lon={lon:.6f}&lat={lat:.6f}": client.get(at).status_code  # type: ignore[misc]


def measuring(client: FlaskClient, question: str, shapes: gpd.GeoSeries) -> Iterator[Callable[[], int]]:
    """Post each area."""
    for shape in shapes:
        body = json.dumps(shapely.geometry.mapping(shape))
        yield (
            lambda body=body: (
                client.post(  # type: ignore[misc]
                    f"/areas?question={question}", data=body, content_type="application/geo+json"
                ).status_code
            )
        )


def table(found: dict[str, Floats]) -> list[str]:
    """Lay the milliseconds out as a Markdown table."""
    lines = ["| Asked | " + " | ".join(f"{share} of 100 within" for share in SHARES) + " | to be |"]
    lines.append("|---|" + "--:|" * (len(SHARES) + 1))
    for name, taken in found.items():
        within = " | ".join(f"{np.percentile(taken, share):.1f} ms" for share in SHARES)
        lines.append(f"| {name} | {within} | {TO_BE_MS[name]:g} ms |")
    return lines


@click.command()
@click.option("--layers", type=click.Path(path_type=Path), default=None, help="[default: those of the service]")
@click.option("--stage", default=None, help="The stage of the camera programme. [default: the last]")
@click.option("--count", type=click.IntRange(min=20), default=300, show_default=True, help="How often to ask.")
def main(layers: Path | None, stage: str | None, count: int) -> None:
    """Ask a warm service, in this process, about places and areas among the cameras of an illustrative plan."""
    with tempfile.TemporaryDirectory() as folder:
        town = Path(folder) / "layers"
        shutil.copytree(layers or Settings.from_env().layers, town)
        question = question_of_the_stage(town, stage)
        app = create_app(Settings.from_env(layers=town))
        state = app.extensions["geoservice"]
        analysis = state.answers(state.catalog.question(question))
        client = app.test_client()
        here = places(analysis, count).to_crs("OGC:CRS84")
        lonlat = shapely.get_coordinates(here.array)
        drawn = areas(places(analysis, count // 3, seed=4)).to_crs("OGC:CRS84")
        timed_ms(asking(client, question, lonlat[:1]))
        timed_ms(measuring(client, question, drawn[:1]))
        found = {
            "a place": timed_ms(asking(client, question, lonlat)),
            f"an area of {AREA_KM2:g} km²": timed_ms(measuring(client, question, drawn)),
        }
        click.echo("\n".join([described(), f"{len(analysis.sources):,} cameras.", "", *table(found)]))


if __name__ == "__main__":
    main()
