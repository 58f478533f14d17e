"""`geoservice layers`: list and check layers."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from geoservice.catalog import Problem, Severity
from geoservice.cli.shell import EXIT_PROBLEMS, echo_table, layers_option, read_catalog


@click.group(epilog="Examples:\n\n\b\n  geoservice layers list\n  geoservice layers check --layers my-city")
def layers() -> None:
    """List and check layers."""


@layers.command(name="list", epilog="Example:\n\n\b\n  geoservice layers list --layers my-city")
@layers_option
def list_layers(layers: Path | None) -> None:
    """List the layers with their roles and sizes."""
    catalog = read_catalog(layers)
    rows: list[tuple[str, ...]] = [
        (layer.id, str(layer.manifest.role), str(len(layer.features)), layer.manifest.as_of.isoformat())
        for layer in catalog.layers.values()
    ]
    rows += [(broken.id, "-", "-", "could not be read") for broken in catalog.broken.values()]
    echo_table(("layer", "role", "features", "as of"), rows)


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
