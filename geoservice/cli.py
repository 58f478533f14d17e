"""The command line: serve the layers, and check them."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import click
import waitress

from geoservice.analysis.illustrate import illustrate as make_illustration
from geoservice.catalog import Catalog, Problem, Severity, open_catalog
from geoservice.errors import GeoserviceError
from geoservice.formats.plan import write_plan
from geoservice.formats.points import read_points
from geoservice.settings import Settings
from geoservice.web import create_app
from geoservice.web.service import EXTENSION, Service

EXIT_PROBLEMS = 1
EXIT_UNUSABLE = 2
_THREADS = 8
EXAMPLES = """Examples:

\b
  geoservice serve
  geoservice serve --layers my-city --port 9000
  geoservice layers check
"""

layers_option = click.option(
    "--layers",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder of layers, with region.toml in it. [default: the layers that come with geoservice]",
)


class _Group(click.Group):
    """A group whose commands end with one clear line, not a traceback, when something of ours is wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GeoserviceError as error:
            click.echo(f"geoservice: {error}", err=True)
            ctx.exit(EXIT_UNUSABLE)


@click.group(
    cls=_Group,
    epilog=EXAMPLES,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="geoservice")
def main() -> None:
    """Say what police facilities and cameras cover, and what they leave out."""


@main.command(epilog="Example:\n\n\b\n  geoservice serve --layers my-city --port 9000")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port to listen at.")
@layers_option
def serve(host: str, port: int, layers: Path | None) -> None:
    """Serve maps, tables and data until stopped with Ctrl-C."""
    app = create_app(Settings.from_env(layers=layers), progress=_read_progress if sys.stderr.isatty() else None)
    state: Service = app.extensions[EXTENSION]
    try:
        server = waitress.create_server(app, host=host, port=port, threads=_THREADS, clear_untrusted_proxy_headers=True)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise GeoserviceError(
            f"Cannot listen at {host}:{port}: {said}.",
            advice="Choose another --port or --host.",
        ) from error
    for broken in state.catalog.unexpectedly_broken:
        click.echo(f"Without the layer {broken.id}: {broken.problem.reason}", err=True)
    click.echo(f"Serving {state.catalog.region.title.en} at http://{host}:{server.effective_port}  (Ctrl-C stops)")
    threading.Thread(target=_warm_up, args=(state,), daemon=True).start()
    try:
        server.run()
    finally:
        server.close()
    click.echo("Stopped.")


def _warm_up(state: Service) -> None:
    """Answer the named questions before anyone asks; one that cannot be answered says so on its page."""
    for named in (named for named in state.catalog.region.questions if named.featured):
        question = state.catalog.question(named.id)
        if state.catalog.why_unanswerable(question) is None:
            state.answers(question)


def _read_progress(name: str, count: int, total: int) -> None:
    end = "\n" if count == total else ""
    click.echo(f"\r\033[KReading layers {count}/{total}: {name}{end}", err=True, nl=False)


@main.group(epilog="Examples:\n\n\b\n  geoservice layers list\n  geoservice layers check --layers my-city")
def layers() -> None:
    """List and check layers."""


@layers.command(name="list", epilog="Example:\n\n\b\n  geoservice layers list --layers my-city")
@layers_option
def list_layers(layers: Path | None) -> None:
    """List the layers with their roles and sizes."""
    catalog = _open(layers)
    rows: list[tuple[str, ...]] = [
        (layer.id, str(layer.manifest.role), str(len(layer.features)), layer.manifest.as_of.isoformat())
        for layer in catalog.layers.values()
    ]
    rows += [(broken.id, "-", "-", "could not be read") for broken in catalog.broken.values()]
    _echo_table(("layer", "role", "features", "as of"), rows)


@layers.command(
    epilog="Exit code: 0 when all is in order or accepted, 1 when a problem is open, 2 without a region.\n\n"
    "Example:\n\n\b\n  geoservice layers check --layers my-city"
)
@layers_option
def check(layers: Path | None) -> None:
    """Print every problem of every layer; fail only on those that layer.toml does not accept."""
    catalog = _open(layers)
    for problem in catalog.problems:
        click.echo(_problem_line(problem))
    open_problems = catalog.open_problems
    counts = Counter(str(problem.severity) for problem in open_problems)
    set_aside = sum(len(layer.set_aside) for layer in catalog.layers.values())
    listed = sum(len(layer.listed) for layer in catalog.layers.values())
    features = sum(len(layer.features) for layer in catalog.layers.values())
    click.echo(
        f"{len(catalog.layers)} layers, {features} features ({listed} without a published position), "
        f"{set_aside} rows set aside, {len(catalog.broken)} layers not read."
    )
    click.echo(
        f"{len(catalog.problems) - len(open_problems)} problems accepted, "
        f"{counts['error']} errors and {counts['warning']} warnings open."
    )
    if open_problems:
        sys.exit(EXIT_PROBLEMS)


@main.group(epilog="Example:\n\n\b\n  geoservice plan illustrate --stage 2028")
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
    catalog = _open(layers)
    programme = catalog.region.programme
    if programme is None:
        raise GeoserviceError("The region declares no [programme].", advice="See docs/layers.md.")
    chosen = programme.up_to(stage)[-1]
    drawn = programme.seed if seed is None else seed
    own_points = None if near is None else read_points(near)
    cameras = make_illustration(catalog, programme, stage, drawn, own_points)
    path = write_plan(catalog.path, programme, chosen, drawn, cameras, catalog.working)
    click.echo(f"{len(cameras)} illustrative cameras at {cameras['site_id'].nunique()} sites: {path}")


def _problem_line(problem: Problem) -> str:
    place = f"{problem.layer}/{problem.file}"
    if problem.row is not None:
        place += f", row {problem.row}"
    if problem.field is not None:
        place += f", {problem.field}"
    name = f" [{problem.feature_id}]" if problem.feature_id else ""
    state = "accepted" if problem.accepted else str(problem.severity)
    line = f"{state}: {place}{name}: {problem.reason} ({problem.code})"
    if problem.advice:
        line += f"\n    {problem.advice}"
    if problem.accepted:
        line += f"\n    accepted: {problem.accepted.en}"
    line = "".join(char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in line)
    return click.style(line, fg="red") if problem.severity is Severity.ERROR and not problem.accepted else line


def _open(layers: Path | None) -> Catalog:
    settings = Settings.from_env(layers=layers)
    return open_catalog(settings.layers, _read_progress if sys.stderr.isatty() else None)


def _echo_table(heading: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in [heading, *rows]) for i in range(len(heading))]
    for row in [heading, *rows]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
