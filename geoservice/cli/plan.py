"""`geoservice plan`: make plans of cameras."""

from __future__ import annotations

from pathlib import Path

import click

from geoservice.analysis.illustrate import illustrate as make_illustration
from geoservice.cli.shell import layers_option, read_catalog
from geoservice.errors import GeoserviceError
from geoservice.formats.plan import plans_not_nested, write_plan
from geoservice.formats.points import read_points


@click.group(epilog="Example:\n\n\b\n  geoservice plan illustrate --stage 2028")
def plan() -> None:
    """Make plans of cameras."""


@plan.command(
    epilog="Examples:\n\n\b\n  geoservice plan illustrate --stage 2028\n"
    "  geoservice plan illustrate --stage 2025 --near crossings.gpkg"
)
@click.option("--stage", required=True, help="The stage of the programme in region.toml to go up to.")
@click.option("--seed", type=click.IntRange(min=0), default=None, help="Another draw. [default: the region's]")
@click.option(
    "--near",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="Street points of your own: any file of points that GDAL reads. [default: those in the layers]",
)
@layers_option
def illustrate(stage: str, seed: int | None, near: Path | None, layers: Path | None) -> None:
    """Write an illustrative plan of a camera programme as a layer: no position in it is a real one."""
    catalog = read_catalog(layers)
    programme = catalog.region.programme
    if programme is None:
        raise GeoserviceError("The region declares no [programme].", advice="See docs/layers.md.")
    chosen = programme.up_to(stage)[-1]
    drawn = programme.seed if seed is None else seed
    own_points = None if near is None else read_points(near)
    cameras = make_illustration(catalog, programme, stage, drawn, own_points)
    own_name = None if near is None else near.name
    path = write_plan(catalog.path, programme, chosen, drawn, cameras, catalog.working, own_name)
    click.echo(f"{len(cameras)} illustrative cameras at {cameras['site_id'].nunique()} sites: {path}")
    for other in plans_not_nested(catalog.path, programme, chosen):
        click.echo(
            f"Warning: this plan and '{other}' have different cameras or places where one should contain the other. "
            "Make both with the same --seed and --near.",
            err=True,
        )
