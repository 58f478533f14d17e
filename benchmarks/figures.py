"""Measure figures by district against peers: python -m benchmarks.figures [--only figures-60k,growth] [--write].

All contenders of a work run in turn, round by round, on the same cameras, each in a process of its own; in every round
their figures must agree. Linux only.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import click

from benchmarks.agreement import require_agreement
from benchmarks.contenders import CONTENDERS
from benchmarks.machine import described
from benchmarks.pages import PERFORMANCE, write
from benchmarks.postgis import MissingPackageError
from benchmarks.worker import Measured, Worker, working
from geoservice.coverage.depth import prepare
from geoservice.errors import GeoserviceError

QUICK = 60
"""A quick run has so many times fewer cameras."""
FEWEST_REPEATS = 3


class Entrant(NamedTuple):
    """A contender on a city of so many cameras."""

    contender: str
    cameras: int


@dataclass(frozen=True, slots=True)
class Work:
    """What runs in turn, and in how many rounds.

    With `woken` each runs once unmeasured before each run that is measured: a process that has waited for its turn for
    long finds its memory cold, which a short run pays for and a long one hardly notices.
    """

    name: str
    entrants: tuple[Entrant, ...]
    repeats: int
    woken: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the report: in a work, how many times as fast ours is as a peer, and as it is to be."""

    title: str
    work: str
    ours: str
    peer: str
    at_least: float | None = None


Runs = dict[Entrant, list[Measured]]

WORKS = (
    Work(
        "figures-60k",
        tuple(
            Entrant(name, 60_000)
            for name in (
                "ours", "ours, depth", "ours, polygons", "GeoPandas", "GeoPandas, threads",
                "PostGIS, cut first", "PostGIS, united first", "DuckDB",
            )
        ),
        repeats=5,
        woken=True,
    ),
    Work("occluded-60k", (Entrant("ours, occluded", 60_000), Entrant("GeoPandas, occluded", 60_000)), 5, woken=True),
    Work("gaps-60k", (Entrant("ours, gaps", 60_000), Entrant("GeoPandas, gaps", 60_000)), 5, woken=True),
    Work("growth", (Entrant("ours", 10_000), Entrant("ours", 60_000), Entrant("ours", 1_000_000)), repeats=7),
    Work(
        "figures-1m",
        tuple(Entrant(name, 1_000_000) for name in ("ours", "ours, depth", "ours, polygons", "GeoPandas")),
        repeats=3,
    ),
)  # fmt: skip

COMPARISONS = (
    Comparison("Figures by district", "figures-60k", "ours", "GeoPandas", 18),
    Comparison("Figures by district", "figures-60k", "ours", "GeoPandas, threads"),
    Comparison("Figures by district", "figures-60k", "ours", "PostGIS, cut first", 15),
    Comparison("Figures by district", "figures-60k", "ours", "PostGIS, united first"),
    Comparison("Figures by district", "figures-60k", "ours", "DuckDB"),
    Comparison("Figures by district", "figures-1m", "ours", "GeoPandas", 22),
    Comparison("Depth up to 10; the peer's coverage alone", "figures-60k", "ours, depth", "GeoPandas", 7),
    Comparison("Depth up to 10; the peer's coverage alone", "figures-1m", "ours, depth", "GeoPandas", 7),
    Comparison("Polygons, 36 edges on average", "figures-60k", "ours, polygons", "GeoPandas", 3.5),
    Comparison("Polygons, 36 edges on average", "figures-1m", "ours, polygons", "GeoPandas"),
    Comparison("Polygons, 99 edges on average", "occluded-60k", "ours, occluded", "GeoPandas, occluded", 3.5),
    Comparison("Gaps as geometry", "gaps-60k", "ours, gaps", "GeoPandas, gaps", 3.5),
)
GROWTH_AT_MOST = 1.05
GROWTH_WORK = "growth"


# ------------------------------------------------------------------ measuring


def measure(work: Work, repeats: int) -> Runs:
    """Run the entrants of a work in turn, so many rounds; raises DisagreementError where figures differ.

    A peer whose Debian package is not installed is left out, with a line that names it; in CI that raises.
    """
    with ExitStack() as stack:
        workers = {entrant: stack.enter_context(working(*entrant)) for entrant in work.entrants}
        for entrant in work.entrants:
            progress(f"{work.name}: loading {entrant.contender}")
            if not is_ready(workers[entrant], entrant):
                del workers[entrant]
        runs: Runs = {entrant: [] for entrant in workers}
        for number in range(1, repeats + 1):
            for entrant, worker in workers.items():
                progress(f"{work.name}: round {number} of {repeats}: {entrant.contender}, {entrant.cameras:,} cameras")
                if work.woken:
                    worker.run()
                runs[entrant].append(worker.run())
            for cameras in {entrant.cameras for entrant in runs}:
                latest = {one.contender: done[-1].covered_m2 for one, done in runs.items() if one.cameras == cameras}
                require_agreement(latest)
        progress("")
    return runs


def is_ready(worker: Worker, entrant: Entrant) -> bool:
    """Wait for a worker; tell whether what it needs is installed."""
    try:
        worker.ready()
    except MissingPackageError as missing:
        if os.environ.get("CI") == "true":
            raise
        progress("")
        click.echo(f"Left out: {entrant.contender}. {missing}", err=True)
        return False
    return True


def progress(line: str) -> None:
    """Show on a terminal what is going on."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{line}", err=True, nl=False)


def quick(work: Work) -> Work:
    """Make a work small."""
    return Work(work.name, tuple(Entrant(name, cameras // QUICK) for name, cameras in work.entrants), 1)


# ------------------------------------------------------------------ reporting


def seconds(done: Sequence[Measured]) -> float:
    """Give the median time."""
    return median(one.seconds for one in done)


def growth(runs: Runs) -> float:
    """Give the exponent with which time grows with the number of cameras, from the least to the greatest number."""
    least, most = (choose(runs, key=lambda entrant: entrant.cameras) for choose in (min, max))
    return math.log(seconds(runs[most]) / seconds(runs[least])) / math.log(most.cameras / least.cameras)


def compared(results: Mapping[str, Runs]) -> list[str]:
    """Lay out what was compared as a Markdown table; what was not measured has no row."""
    lines = ["| Work | Cameras | Peer | Ours | Peer's | Times as fast | To be |", "|---|--:|---|--:|--:|--:|--:|"]
    for row in COMPARISONS:
        runs = {entrant.contender: (entrant, done) for entrant, done in results.get(row.work, {}).items()}
        if row.ours in runs and row.peer in runs:
            (entrant, ours), (_, peer) = runs[row.ours], runs[row.peer]
            ratio = seconds(peer) / seconds(ours)
            goal = "" if row.at_least is None else f"{row.at_least:g}"
            lines.append(
                f"| {row.title} | {entrant.cameras:,} | {row.peer} | {seconds(ours):.3f} s | {seconds(peer):.2f} s "
                f"| {ratio:.1f} | {goal} |"
            )
    return lines


def times(results: Mapping[str, Runs]) -> list[str]:
    """Lay out the times and the memory of all that ran as a Markdown table."""
    lines = [
        "| Contender | Cameras | Median | Least to most | Processors | Memory above inputs |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for work, runs in results.items():
        for (name, cameras), done in runs.items():
            contender, all_s = CONTENDERS[name], [one.seconds for one in done]
            processors = f"{median(one.processor_s for one in done):.3f} s" if contender.in_process else "in its server"
            memory = f"{max(one.above_inputs_mb for one in done):.0f} MB" if contender.in_process else "in its server"
            lines.append(
                f"| {name}: {contender.does} ({work}) | {cameras:,} | {median(all_s):.3f} s "
                f"| {min(all_s):.3f} to {max(all_s):.3f} s | {processors} | {memory} |"
            )
    return lines


def report(results: Mapping[str, Runs]) -> str:
    """Write all that was measured as Markdown."""
    lines = [described(), "", *compared(results), ""]
    if runs := results.get(GROWTH_WORK):
        least, most = min(entrant.cameras for entrant in runs), max(entrant.cameras for entrant in runs)
        grown = f"From {least:,} to {most:,} cameras our time grows with the power {growth(runs):.3f} of their number"
        lines += [f"{grown} (to be: at most {GROWTH_AT_MOST}).", ""]
    return "\n".join([*lines, *times(results)])


def require_all(works: Sequence[Work], results: Mapping[str, Runs]) -> None:
    """Raise GeoserviceError where a peer was left out."""
    if left_out := [work.name for work in works if len(results[work.name]) < len(work.entrants)]:
        raise GeoserviceError(f"Not written: {', '.join(left_out)} lacks a peer.", advice="Install it first.")


def chosen(only: str | None) -> list[Work]:
    """Choose works by names between commas; raises BadParameter for one that there is not."""
    if only is None:
        return list(WORKS)
    known = {work.name: work for work in WORKS}
    names = only.split(",")
    if unknown := [name for name in names if name not in known]:
        raise click.BadParameter(f"there is no {', '.join(unknown)}; there are {', '.join(known)}", param_hint="--only")
    return [known[name] for name in names]


@click.command()
@click.option("--only", help=f"Names between commas, of: {', '.join(work.name for work in WORKS)}.")
@click.option("--repeats", type=click.IntRange(min=1), help="Rounds of each work. [default: as each needs]")
@click.option(
    "--quick", "small", is_flag=True, help=f"One round with {QUICK} times fewer cameras, to see that all runs."
)
@click.option("--write", "keep", is_flag=True, help=f"Write what a whole run measured into docs/{PERFORMANCE.name}.")
def main(only: str | None, repeats: int | None, *, small: bool, keep: bool) -> None:
    """Measure figures by district against peers."""
    if keep and (only or small or (repeats or FEWEST_REPEATS) < FEWEST_REPEATS):
        raise click.UsageError(f"--write keeps whole runs of {FEWEST_REPEATS} rounds or more only")
    works = chosen(only)
    if small:
        works = [quick(work) for work in works]
    try:
        progress("compiling")
        prepare()
        results = {work.name: measure(work, repeats or work.repeats) for work in works}
        text = report(results)
        click.echo(text)
        if keep:
            require_all(works, results)
            write("figures", text, PERFORMANCE)
    except GeoserviceError as error:
        progress("")
        click.echo(f"benchmarks: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
