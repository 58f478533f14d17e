"""`geoservice layers`: list, check and add layers."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from geoservice.catalog import Catalog, Problem, Severity
from geoservice.catalog.layer import BrokenLayer, read_layer
from geoservice.catalog.propose import Proposal, propose
from geoservice.cli.shell import EXIT_PROBLEMS, echo_table, layers_option, read_catalog
from geoservice.errors import GeoserviceError, LayerError
from geoservice.formats.layer_folder import layer_id_of, staged_layer
from geoservice.vocabulary import Role


@click.group(epilog="Examples:\n\n\b\n  geoservice layers list\n  geoservice layers check --layers my-city")
def layers() -> None:
    """List, check and add layers."""


@layers.command(name="list", epilog="Example:\n\n\b\n  geoservice layers list --layers my-city")
@layers_option
def list_layers(layers: Path | None) -> None:
    """List the layers with their roles and sizes."""
    catalog = read_catalog(layers)
    rows: list[tuple[str, ...]] = [
        (
            layer.id,
            str(layer.manifest.role),
            str(len(layer.features)),
            layer.manifest.as_of.isoformat(),
            "illustrative" if layer.manifest.illustrative else "",
        )
        for layer in catalog.layers.values()
    ]
    rows += [
        (broken.id, "-", "-", "-", "made when asked" if broken.problem.accepted else "could not be read")
        for broken in catalog.broken.values()
    ]
    echo_table(("layer", "role", "features", "as of", "note"), rows)


@layers.command(
    epilog="Exit code: 0 when all is in order or accepted, 1 when a problem is open, 2 without a region.\n\n"
    "Example:\n\n\b\n  geoservice layers check --layers my-city"
)
@layers_option
def check(layers: Path | None) -> None:
    """Print every problem of every layer; fail only on those that layer.toml does not accept."""
    catalog = read_catalog(layers)
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


@layers.command(
    epilog="Exit code: 0 when the layer was added, 1 when some of its rows have problems, 2 when it was not added.\n\n"
    "Examples:\n\n\b\n  geoservice layers add cameras.xlsx\n  geoservice layers add survey.csv --id new-cameras --yes"
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--id", "layer_id", default=None, help="The new layer's id. [default: from the name of the file]")
@click.option("--role", type=click.Choice([str(role) for role in Role]), default=None, help="[default: as it looks]")
@click.option("--title", default=None, help="Its title. [default: the name of the file]")
@click.option("--yes", is_flag=True, help="Do not ask. In a pipe nothing is asked anyway.")
@layers_option
def add(
    file: Path,
    layer_id: str | None,
    role: str | None,
    title: str | None,
    yes: bool,  # noqa: FBT001 - as click gives it
    layers: Path | None,
) -> None:
    """Make a layer of a spreadsheet or any other FILE: propose what its columns mean, and write layer.toml."""
    catalog = read_catalog(layers)
    proposal = propose(file, catalog, layer_id or layer_id_of(file), Role(role) if role else None, title)
    _echo_proposal(proposal)
    if not yes and sys.stdin.isatty():
        _require_consent(str(proposal.manifest["id"]))
    with staged_layer(catalog.path, file, proposal.manifest) as folder:
        found = read_layer(folder, catalog.region, catalog.working)
        if isinstance(found, BrokenLayer):
            problem = found.problem
            raise LayerError(problem.reason, code=problem.code, file=problem.file, advice=problem.advice)
    checked = read_catalog(catalog.path).layers[found.id]
    for problem in checked.problems:
        click.echo(_problem_line(problem))
    click.echo(
        f"{len(checked.features)} features added, {len(checked.set_aside)} rows set aside: {_place(catalog, found.id)}"
    )
    if checked.problems:
        sys.exit(EXIT_PROBLEMS)


def _require_consent(layer_id: str) -> None:
    try:
        wanted = click.confirm(f"Add the layer '{layer_id}'?", default=True)
    except click.Abort:
        click.echo(err=True)
        wanted = False
    if not wanted:
        raise GeoserviceError(f"The layer '{layer_id}' was not added.")


def _echo_proposal(proposal: Proposal) -> None:
    manifest = proposal.manifest
    heading = f", headings in row {manifest['heading_row']}" if "heading_row" in manifest else ""
    click.echo(f"{manifest['file']}: a layer '{manifest['id']}' of the role {manifest['role']}{heading}")
    rows = [(one.column, one.field, one.why, one.example) for one in proposal.columns]
    echo_table(("column", "taken for", "because it", "for example"), rows)
    for note in proposal.notes:
        click.echo(note)


def _place(catalog: Catalog, layer_id: str) -> Path:
    return catalog.path / layer_id / "layer.toml"


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
