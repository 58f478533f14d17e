"""`geoservice partition`, `figures`: sources in files by square, and what they cover, on this machine or many."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from geoservice.cli.asking import (
    at_option,
    case_of,
    case_option,
    examples,
    format_option,
    give,
    named_or_first,
    output_option,
    question_option,
    require_place,
)
from geoservice.cli.batch import mapping, measure, write_pieces, write_question
from geoservice.cli.shell import cluster_option, layers_option, read_catalog
from geoservice.formats.credits import terms_of
from geoservice.partitions import open_partitions
from geoservice.question import MOST_DEPTH


@click.command(
    epilog=examples(
        "geoservice partition --question cameras -o parts",
        "geoservice partition --question cameras --views all-cameras.parquet -o parts",
    )
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="A folder that is new or empty.",
)
@click.option(
    "--views",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="Other sources in place of the question's: a GeoParquet file of points with id, bearing_deg from grid north, "
    "view_angle_deg, range_m and nearest_m, of any size.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=None,
    help="Divide squares with more sources. [default: by their number, at most 65536]",
)
@question_option
@at_option
@case_option
@layers_option
def partition(
    output: Path,
    views: Path | None,
    most: int | None,
    question_id: str | None,
    at: date | None,
    case: str | None,
    layers: Path | None,
) -> None:
    """Write the sources of a question, and its zones, as GeoParquet files by square of the plane."""
    catalog = read_catalog(layers)
    named = named_or_first(catalog, question_id)
    question = catalog.question(named.id, at=at, case=case_of(case))
    about = terms_of(catalog, named, question)
    if views is not None:
        about |= {"views": views.name, "assumed_range_m": None, "assumption": "As the views state.", "at": None}
    written = write_question(catalog, question, about, output, views, most)
    squares = sum(square.file is not None for square in written.manifest.squares)
    click.echo(f"{written.manifest.count} sources in {squares} files: {output}", err=True)


@click.command(
    epilog=examples(
        "geoservice figures parts",
        "geoservice figures parts --cluster local -o figures.csv",
        "geoservice figures /shared/parts --cluster tcp://scheduler:8786 --geometry /shared/ground",
    )
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@cluster_option
@click.option(
    "--geometry",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Write what is covered and what is not into this folder, as GeoParquet, a file a square.",
)
@click.option(
    "--depth", type=click.IntRange(2, MOST_DEPTH), default=3, show_default=True, help="The greatest depth told apart."
)
@format_option
@output_option
def figures(
    folder: Path, address: str | None, geometry: Path | None, depth: int, form: str | None, output: Path | None
) -> None:
    """Give the figures by zone of the partitions in FOLDER: areas, shares, depth and the largest single loss."""
    chosen = require_place(form, output)
    partitions = open_partitions(folder)
    about = {**partitions.manifest.about, "sources": partitions.manifest.count}
    with mapping(address, partitions) as mapped:
        found = measure(partitions, mapped, str(about.get("question", folder.name)), depth)
        if geometry is not None:
            write_pieces(partitions, geometry, mapped)
    give(found.table, partitions.working, chosen, output, about)
