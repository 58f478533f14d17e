"""`geoservice print`: the map of a question on paper, or as a picture."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

import click

from geoservice.api import Result, analyse
from geoservice.cli.asking import (
    Bbox,
    BoxOfDegrees,
    at_option,
    case_of,
    case_option,
    examples,
    require_writable,
)
from geoservice.cli.shell import compile_once, interruptible, layers_option, read_catalog
from geoservice.errors import ParameterError
from geoservice.i18n import Language
from geoservice.prints import ORIENTATIONS, SIZES_MM, Ask
from geoservice.prints.hidden import HiddenPlaces, parse_hidden
from geoservice.prints.paper import Orientation, Size


class Pixels(click.ParamType[tuple[int, int]]):
    """A size such as 1920x1080."""

    name = "WIDTHxHEIGHT"

    def convert(
        self, value: str | tuple[int, int], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Read both numbers."""
        if isinstance(value, tuple):
            return value
        width, between, height = value.partition("x")
        if not (between and all(part.isascii() and part.isdigit() for part in (width, height))):
            self.fail(f"'{value}' is no size such as 1920x1080.", param, ctx)
        return int(width), int(height)


class HiddenType(click.ParamType[HiddenPlaces]):
    """Places to leave out, by layer, facet and value."""

    name = "LAYER/NAME:VALUE"

    def convert(
        self, value: str | HiddenPlaces, param: click.Parameter | None, ctx: click.Context | None
    ) -> HiddenPlaces:
        """Read what a map's address says too."""
        if not isinstance(value, str):
            return value
        try:
            return parse_hidden(value)
        except ParameterError as error:
            self.fail(str(error), param, ctx)


@click.command(
    name="print",
    epilog=examples(
        "geoservice print stations -o stations.pdf",
        "geoservice print cameras -o mong-kok.pdf --size A3 --bbox 114.16,22.31,114.18,22.33 --layer coverage",
        "geoservice print stations -o slide.png --pixels 1920x1080 --language zh",
    ),
)
@click.argument("question")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A file: .pdf or .png."
)
@click.option("--size", type=click.Choice(list(SIZES_MM)), default="A4", show_default=True, help="The paper.")
@click.option("--orientation", type=click.Choice(ORIENTATIONS), default="landscape", show_default=True)
@click.option("--pixels", type=Pixels(), default=(1920, 1080), help="The size of a .png. [default: 1920x1080]")
@click.option("--bbox", type=BoxOfDegrees(), default=None, help="The ground to show: west,south,east,north.")
@click.option("--zone", default=None, help="The zone to show, by its id. [default: all zones]")
@click.option(
    "--scale", type=click.IntRange(min=1), default=None, help="Such as 25000. [default: the largest that fits]"
)
@click.option("--layer", "printed", multiple=True, help="What to print, again for more. [default: as the map does]")
@click.option(
    "--hide",
    "hidden",
    type=HiddenType(),
    default=None,
    help="Places to leave out, such as kiosks/status:planned;stations/owner:A,B.",
)
@click.option("--labels/--no-labels", default=True, help="With or without the names of zones.")
@click.option("--grid/--no-grid", default=True, help="With or without coordinates along the frame.")
@click.option("--language", type=click.Choice(get_args(Language)), default="en", show_default=True)
@at_option
@case_option
@layers_option
def print_(  # noqa: PLR0913 - an argument for each option
    question: str,
    output: Path,
    size: Size,
    orientation: Orientation,
    pixels: tuple[int, int],
    bbox: Bbox | None,
    zone: str | None,
    scale: int | None,
    printed: tuple[str, ...],
    *,
    hidden: HiddenPlaces | None,
    labels: bool,
    grid: bool,
    language: Language,
    at: date | None,
    case: str | None,
    layers: Path | None,
) -> None:
    """Print the map of a QUESTION with its legend, scale and sources, as PDF or as a picture."""
    if output.suffix.lower() not in (".pdf", ".png"):
        raise click.UsageError(f"'{output}' ends neither in .pdf nor in .png.")
    require_writable(output)
    catalog = read_catalog(layers)
    asked = catalog.question(catalog.named_question(question).id, at=at, case=case_of(case))
    ask = Ask(printed or None, bbox, zone, scale, labels, grid, hidden or {})

    def work() -> Result:
        compile_once()
        result = analyse(catalog, asked)
        if output.suffix.lower() == ".pdf":
            result.to_pdf(output, size=size, orientation=orientation, language=language, ask=ask)
        else:
            result.to_png(output, width=pixels[0], height=pixels[1], language=language, ask=ask)
        return result

    interruptible(work)
    click.echo(f"{output.stat().st_size / 1000:,.0f} kB: {output}", err=True)
