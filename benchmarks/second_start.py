"""What a second start saves, where the answer is read that the first computed: python -m benchmarks.second_start."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import click

from geoservice.analysis import Analysis, KeptAnswers
from geoservice.cache import DiskCache
from geoservice.cache.disk import MB
from geoservice.catalog import open_catalog
from geoservice.cli import main as geoservice
from geoservice.collecting import collect_rarely
from geoservice.coverage.depth import prepare
from geoservice.settings import Settings

NOTHING_S = 0.01
"""What takes less was not computed but there already."""
BOUND_BYTES = 1024 * MB

PARTS: dict[str, Callable[[Analysis], object]] = {
    "figures and gaps": lambda answer: (answer.zones, answer.gaps),
    "coverage": lambda answer: answer.coverage,
    "footprints and sources": lambda answer: (answer.footprints, answer.sources),
}


@dataclass(frozen=True)
class Timing:
    """Seconds by the clock and of the processor for each part of an answer, and its number of sources."""

    wall_s: dict[str, float]
    cpu_s: dict[str, float]
    sources: int


def ask(layers: str, cache: str, question_id: str) -> Timing:
    """Answer a question from the cache where it can be, in a process that has computed nothing before."""
    collect_rarely()
    catalog = open_catalog(layers)
    question = catalog.question(question_id)
    prepare()
    kept = KeptAnswers(DiskCache(Path(cache), BOUND_BYTES))
    wall_s, cpu_s = {}, {}
    answer: Analysis | None = None
    for name, part in PARTS.items():
        wall, cpu = time.perf_counter(), time.process_time()
        answer = answer or kept(catalog, question)
        part(answer)
        wall_s[name], cpu_s[name] = time.perf_counter() - wall, time.process_time() - cpu
    return Timing(wall_s, cpu_s, len(answer.sources) if answer else 0)


def in_a_new_process(layers: Path, cache: Path, question_id: str) -> Timing:
    """Ask in a process of its own."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(ask, str(layers), str(cache), question_id).result()


def question_of_the_stage(layers: Path, stage: str | None) -> str:
    """Draw the plan of a stage (the last) and give the question that asks for it."""
    programme = open_catalog(layers).region.programme
    if programme is None:
        raise click.UsageError("The region declares no [programme].")
    chosen = programme.up_to(stage or programme.stages[-1].id)[-1]
    geoservice(["plan", "illustrate", "--stage", chosen.id, "--layers", str(layers)], standalone_mode=False)
    for named in open_catalog(layers).region.questions:
        if programme.layer_of(chosen) in {source.layer for source in named.sources}:
            return named.id
    raise click.UsageError(f"No question asks for the plan of the stage '{chosen.id}'.")


@click.command()
@click.option("--layers", type=click.Path(path_type=Path), default=None, help="[default: those of the service]")
@click.option("--stage", default=None, help="The stage of the programme. [default: the last]")
@click.option("--starts", type=click.IntRange(min=1), default=5, show_default=True, help="How many times to read.")
def main(layers: Path | None, stage: str | None, starts: int) -> None:
    """Compute the answer on an illustrative plan once, read it in new processes, and print what reading takes."""
    with tempfile.TemporaryDirectory() as folder:
        town, cache = Path(folder) / "layers", Path(folder) / "answers"
        shutil.copytree(layers or Settings.from_env().layers, town)
        question_id = question_of_the_stage(town, stage)
        first = in_a_new_process(town, cache, question_id)
        later = [in_a_new_process(town, cache, question_id) for _ in range(starts)]
        usage = DiskCache(cache, BOUND_BYTES).usage()
    click.echo(
        f"{question_id}: {first.sources:,} sources, {usage.bytes / MB:.1f} MB kept; {starts} later starts, median"
    )
    click.echo(f"{'':24}{'computed':>12}{'read':>10}{'share':>8}{'computed':>14}{'read':>10}{'share':>8}  (processor)")
    for name in PARTS:
        report(name, [name], first, later)
    report("all", list(PARTS), first, later)


def report(label: str, names: list[str], first: Timing, later: list[Timing]) -> None:
    """Print one line: seconds computed and read, and their ratio, by the clock and of the processor."""
    line = f"{label:24}"
    for kind in ("wall_s", "cpu_s"):
        computed = sum(getattr(first, kind)[name] for name in names)
        read = median(sum(getattr(one, kind)[name] for name in names) for one in later)
        share = f"{read / computed:.1%}" if computed > NOTHING_S else "-"
        line += f"{computed:>{12 if kind == 'wall_s' else 14}.2f}{read:>10.3f}{share:>8}"
    click.echo(line)


if __name__ == "__main__":
    main()
