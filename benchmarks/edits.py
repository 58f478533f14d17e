"""How long one edit takes among many cameras: python -m benchmarks.edits."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from functools import partial

import click
import geopandas as gpd
import numpy as np
import numpy.typing as npt

from benchmarks.city import cameras, districts
from geoservice.coverage.depth import depth_by_zone, prepare
from geoservice.coverage.edit import Base, Move, Overlay, lay_base
from geoservice.coverage.outlines import outlines_of_polygons, outlines_of_views
from geoservice.crs import Extent, working_crs

Floats = npt.NDArray[np.float64]

WORKING = working_crs("EPSG:2326", Extent(113.8, 22.13, 114.45, 22.58))
GAP_CELL_M, CHORD_ERROR_M = 500.0, 0.5
STEP_M = 40.0
"""Cameras go this far in easting and in northing: the standard deviation."""
SHARES = (50, 99)
DIFFERENCE = 1e-9


def city(count: int) -> tuple[gpd.GeoSeries, gpd.GeoDataFrame]:
    """Give the zones of the seeded city, and its cameras as points with ids."""
    table = cameras(count)
    places = gpd.points_from_xy(table["easting_m"], table["northing_m"], crs=WORKING.crs)
    ids = [f"camera-{number}" for number in range(count)]
    return districts().geometry, gpd.GeoDataFrame(table, geometry=places).set_axis(ids)


def moves(views: gpd.GeoDataFrame, count: int, seed: int = 5) -> list[Move]:
    """Choose cameras at random, each at most once, and a place near by for each."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(views), min(count, len(views)), replace=False)
    steps = rng.normal(0.0, STEP_M, (len(chosen), 2))
    sources = views.iloc[chosen]
    to = np.column_stack([sources["easting_m"], sources["northing_m"]]) + steps
    return [Move(source, float(x), float(y)) for source, (x, y) in zip(sources.index, to, strict=True)]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Run something once and give the milliseconds that it took, on the wall's clock and of this thread's work."""
    wall, work_s = time.perf_counter(), time.thread_time()
    work()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - work_s)


def edit_ms(base: Base, edits: list[Move]) -> tuple[Overlay, Floats]:
    """Make edits one by one; returns the overlay with all of them, and the milliseconds of each as `timed` does."""
    overlay = Overlay(base)
    overlay.apply(edits[:1])
    overlay.undo()
    return overlay, np.array([timed(partial(overlay.apply, [edit])) for edit in edits])


def recomputed(base: Base, zones: gpd.GeoSeries, overlay: Overlay) -> tuple[Floats, float]:
    """Measure the sources of an overlay from scratch; returns areas by zone and depth, and milliseconds."""
    views = [overlay.view(source) for source in overlay]
    rows = np.array([[getattr(view, name) for name in view.__slots__] for view in views])
    shapes = outlines_of_views(rows[:, :2], rows[:, 2], rows[:, 3], rows[:, 4], rows[:, 5])
    ground = outlines_of_polygons(np.asarray(zones.array, dtype=object))
    area_m2 = zones.area.to_numpy()
    start = time.perf_counter()
    figures = depth_by_zone(ground, shapes, area_m2, cap=base.cap)
    return figures.areas_m2, 1e3 * (time.perf_counter() - start)


@click.command()
@click.option("--cameras", "count", default=60_000, show_default=True, help="How many cameras the city has.")
@click.option("--edits", "edits", default=300, show_default=True, help="How many of them are moved.")
@click.option("--cap", default=1, show_default=True, help="The greatest depth told apart.")
def main(count: int, edits: int, cap: int) -> None:
    """Measure edits of the seeded city; fails where figures differ from those measured from scratch."""
    prepare()
    zones, views = city(count)
    chosen = moves(views, edits)
    click.echo(
        f"{platform.machine()}, Python {platform.python_version()}: {count} cameras, {len(chosen)} moved, cap {cap}"
    )
    for kept, gap_cell_m in (("figures", None), ("figures and gaps", GAP_CELL_M)):
        start = time.perf_counter()
        base = lay_base(zones, views, WORKING, cap=cap, gap_cell_m=gap_cell_m, chord_error_m=CHORD_ERROR_M)
        click.echo(f"{kept}: the base took {time.perf_counter() - start:.2f} s")
        overlay, took = edit_ms(base, chosen)
        for clock, of_clock in zip(("wall", "work"), took.T, strict=True):
            told = ", ".join(f"{share}th percentile {np.percentile(of_clock, share):.2f} ms" for share in SHARES)
            click.echo(f"  one edit, {clock}: {told}, longest {of_clock.max():.2f} ms")
        together = Overlay(base)
        for what, work in (
            ("all edits as one", partial(together.apply, chosen)),
            ("all undone", together.undo),
            ("another overlay", partial(Overlay, base)),
        ):
            click.echo(f"  {what}: {timed(work)[0]:.2f} ms")
        wanted, scratch_ms = recomputed(base, zones, overlay)
        click.echo(
            f"  all figures from scratch: {scratch_ms:.0f} ms, {scratch_ms / np.median(took[:, 0]):.0f} times one edit"
        )
        if not np.allclose(wanted, overlay.areas_m2, rtol=DIFFERENCE, atol=1e-6):
            raise click.ClickException("figures after the edits differ from those measured from scratch")


if __name__ == "__main__":
    main()
