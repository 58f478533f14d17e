"""What commands share that work on partitions: writing and measuring them, here or on a cluster."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import click
import geopandas as gpd

from geoservice.catalog import Catalog
from geoservice.cli.shell import progress, say_if_compiling
from geoservice.errors import PartitionError
from geoservice.partitions import (
    Partitions,
    ZoneFigures,
    figures,
    in_threads,
    on_cluster,
    read_views,
    require_scheduler,
    sources_of_question,
    write_ground,
    write_partitions,
)
from geoservice.partitions.engine import Map
from geoservice.partitions.write import MOST_SOURCES
from geoservice.question import Question
from geoservice.vocabulary import Case

_FEWEST_A_SQUARE = 1024
_SQUARES = 32


def write_question(
    catalog: Catalog,
    question: Question,
    about: dict[str, Any],
    folder: Path,
    views: Path | None = None,
    most: int | None = None,
) -> Partitions:
    """Partition the sources of a question, or the views in a file in their place; on a terminal with a bar."""
    zones = catalog.zones(question.zone_system)
    chunks: Iterator[gpd.GeoDataFrame]
    if views is None:
        sources = sources_of_question(catalog, question)
        chunks = iter([sources])
        most = most or min(MOST_SOURCES, max(_FEWEST_A_SQUARE, len(sources) // _SQUARES))
    else:
        chunks = read_views(views, catalog.working)
    with progress("Writing partitions") as step:
        return write_partitions(
            folder,
            chunks,
            zones,
            catalog.working,
            about=about,
            most=most or MOST_SOURCES,
            chord_error_m=question.footprint.chord_error_m,
            step=step,
        )


def mapping(address: str | None, partitions: Partitions) -> AbstractContextManager[Map]:
    """Say where squares are worked on: in threads here, or on a cluster."""
    return in_threads() if address is None else on_cluster(address, partitions)


def measure(partitions: Partitions, mapped: Map, name: str, cap: int) -> ZoneFigures:
    """Measure partitions; on a terminal with a bar."""
    say_if_compiling()
    with progress(f"Computing {name}") as step:
        return figures(partitions, mapped, cap=cap, step=step)


def write_pieces(partitions: Partitions, target: Path, mapped: Map) -> None:
    """Write the ground that is covered and not, by square; on a terminal with a bar."""
    with progress("Writing geometry") as step:
        count = write_ground(partitions, target, mapped, step=step)
    click.echo(f"{count} pieces: {target}", err=True)


def zones_on_cluster(
    catalog: Catalog, question: Question, about: dict[str, Any], address: str, folder: Path | None
) -> gpd.GeoDataFrame:
    """Answer a question by zone on a cluster: areas, shares with low and high, depth, the largest single loss.

    Each case is partitioned into a folder of its own, below `folder` or for as long as it takes.
    """
    require_scheduler(address)  # before anything is written for it
    with _kept_or_not(folder) as place:
        of_case = {
            case: write_question(catalog, question.in_case(case), {**about, "case": str(case)}, place / str(case))
            for case in Case
        }
        with on_cluster(address, of_case[question.case]) as mapped:
            found = {
                case: measure(partitions, mapped, f"the {case} case", _depths(question, case))
                for case, partitions in of_case.items()
            }
    share = {case: one.table["covered_share"] for case, one in found.items()}
    table = found[question.case].table
    beside = catalog.zones(question.zone_system).drop(columns=["geometry", "name_en", "name_zh"])
    table = table.merge(beside, on="zone_id", how="left", validate="one_to_one")
    after = table.columns.get_loc("covered_share")
    table.insert(after + 1, "covered_share_low", share[Case.LOW])
    table.insert(after + 2, "covered_share_high", share[Case.HIGH])
    return table


def _depths(question: Question, case: Case) -> int:
    return question.depth_cap if case is question.case else 1


@contextmanager
def _kept_or_not(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise PartitionError(f"{folder} is there already, with something in it.", advice="Name a new folder.")
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="geoservice-partitions-") as place:
        yield Path(place)
