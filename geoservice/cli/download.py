"""`geoservice download`: the files that the web service gives, without the web."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from geoservice.api import download as written
from geoservice.cli.asking import (
    Bbox,
    BoxOfDegrees,
    at_option,
    case_of,
    case_option,
    examples,
    require_writable,
)
from geoservice.cli.shell import interruptible, layers_option, read_catalog
from geoservice.formats.downloads import DOWNLOADS

_HELP = f"""Write a COLLECTION to a FILE as the web service gives it, to be passed on.

What the name ends in says the format: {", ".join(f".{suffix}" for suffix in DOWNLOADS)}. Geometry is in longitude and
latitude, and the file says title, source and licence. For a table in the terminal, and for work in the region's own
system in metres, there is `geoservice export`.
"""


@click.command(
    help=_HELP,
    epilog=examples(
        "geoservice download police-stations stations.kml",
        "geoservice download cameras-gaps gaps.parquet --case low --bbox 114.15,22.27,114.19,22.29",
    ),
)
@click.argument("collection")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--bbox", type=BoxOfDegrees(), default=None, help="Only what meets west,south,east,north.")
@at_option
@case_option
@layers_option
def download(
    collection: str, file: Path, bbox: Bbox | None, at: date | None, case: str | None, layers: Path | None
) -> None:
    """Write a collection to a file as the web service gives it."""
    require_writable(file)
    catalog = read_catalog(layers)
    if collection in catalog.layers and (at is not None or case is not None):
        raise click.UsageError("A layer is written as it is: --at and --case are for what a question yields.")
    count = interruptible(lambda: written(catalog, collection, file, at=at, case=case_of(case), bbox=bbox))
    click.echo(f"{count} features: {file}", err=True)
