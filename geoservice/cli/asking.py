"""What commands that ask have in common: the question and its options, where the answer goes, what it rests on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import geopandas as gpd

from geoservice.analysis import Analysis, KeptAnswers, analyse
from geoservice.cache import open_cache
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.cli.shell import compile_once, interruptible, layers_option, progress
from geoservice.crs import WorkingCrs
from geoservice.errors import GeoserviceError, NotFoundError, message
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.frames import BINARY, Format, format_of, to_text, write_file
from geoservice.question import Question
from geoservice.settings import Settings
from geoservice.vocabulary import Case

Command = Callable[..., Any]
Bbox = tuple[float, float, float, float]


class Day(click.ParamType[date]):
    """A day such as 2026-01-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day; fails with what was given and what is allowed."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            self.fail(f"'{value}' is not a day such as 2026-01-31.", param, ctx)


case_option = click.option(
    "--case",
    type=click.Choice([str(case) for case in Case]),
    default=None,
    help="Which value of what is assumed to take. [default: the question's, mid]",
)
DEFAULT_DAY = "[default: the question's own, or today by this machine's clock]"
at_option = click.option("--at", type=Day(), default=None, help=f"The day, as 2026-01-31. {DEFAULT_DAY}")
question_option = click.option("--question", "question_id", default=None, help="Its id. [default: the first one]")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in Format]),
    default=None,
    help="[default: what the name after -o ends in, else table]",
)
output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write to this file."
)


class BoxOfDegrees(click.ParamType[Bbox]):
    """A box as west,south,east,north in degrees."""

    name = "box"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Bbox:
        """Read a box; fails with what was given and what is allowed."""
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(
                f"'{value}' is not west,south,east,north in degrees, such as 114.15,22.27,114.19,22.29.", param, ctx
            )
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - degrees
            self.fail(
                f"'{value}' is no box: west must be less than east, south than north, all in degrees.", param, ctx
            )
        return west, south, east, north


def asking(command: Command) -> Command:
    """Give a command the options of a question and of its output."""
    for option in (output_option, format_option, case_option, at_option, question_option, layers_option):
        command = option(command)
    return command


def examples(*lines: str) -> str:
    """Lay examples out for the end of a command's help."""
    return "Examples:\n\n\b\n" + "\n".join(f"  {line}" for line in lines)


def named_or_first(catalog: Catalog, question_id: str | None) -> NamedQuestion:
    """Give the question named, or the region's first; raises NotFoundError."""
    if question_id is None and not catalog.region.questions:
        raise NotFoundError(message("question"), "", advice=message("Declare one in region.toml."))
    return catalog.named_question(question_id or catalog.region.questions[0].id)


def kept_answers() -> KeptAnswers:
    """Open what was answered before."""
    return KeptAnswers(open_cache(Settings.from_env()))


def answered(catalog: Catalog, question: Question, name: str) -> Analysis:
    """Answer a question, from what is kept on the disk where it can be."""
    kept = kept_answers()
    return interruptible(lambda: kept(catalog, question, lambda catalog, question: _computed(catalog, question, name)))


def _computed(catalog: Catalog, question: Question, name: str) -> Analysis:
    """Compute an answer; on a terminal with a bar of progress."""
    compile_once()
    with progress(f"Computing {name}") as step:
        return analyse(catalog, question, step)


def case_of(case: str | None) -> Case | None:
    """Read a case; None stays none."""
    return None if case is None else Case(case)


def require_place(form: str | None, output: Path | None) -> Format:
    """Choose the format and say no before any work where it cannot be written."""
    guessed = format_of(output) if output is not None else Format.TABLE
    if form is None and guessed is None:
        raise click.UsageError(f"'{output}' ends in no format that is known; {_known(output)}")
    chosen = Format(form) if form is not None else guessed or Format.TABLE
    if output is not None and guessed not in (None, chosen) and (guessed in BINARY or chosen in BINARY):
        raise click.UsageError(f"'{output}' ends as {guessed} does, and --format says {chosen}: name one of the two.")
    if output is None and chosen in BINARY:
        raise click.UsageError(f"{chosen} is no text: name a file with -o.")
    if output is not None:
        require_writable(output)
    return chosen


def _known(output: Path | None) -> str:
    """Say which formats there are, and which command writes one that is not among them."""
    known = f"name one with --format ({', '.join(str(one) for one in Format)})."
    suffix = output.suffix.lower() if output is not None else ""
    if suffix.removeprefix(".") in DOWNLOADS:
        known += f" For {suffix} there is `geoservice download`."
    return known


def require_writable(output: Path) -> None:
    """Say no before any work where a file or folder cannot be written."""
    if not output.parent.is_dir():
        raise GeoserviceError(f"Cannot write {output}: there is no folder {output.parent}.", advice="Make it first.")
    if not os.access(output if os.access(output, os.F_OK) else output.parent, os.W_OK):
        raise GeoserviceError(f"Cannot write {output}: that is not allowed here.", advice="Name another place.")


def give(
    frame: gpd.GeoDataFrame, working: WorkingCrs, form: Format, output: Path | None, about: Mapping[str, Any]
) -> None:
    """Print a frame, or write it to a file and say so."""
    if output is None:
        click.echo(to_text(frame, working, form, about), nl=False)
        return
    write_file(frame, working, form, output, about)
    click.echo(f"{len(frame)} rows: {output}", err=True)
