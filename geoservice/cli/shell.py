"""What the commands share: where the layers are, how progress shows, how tables are written."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import click

from geoservice.catalog import Catalog, open_catalog
from geoservice.catalog.opening import Progress
from geoservice.coverage.compiled import was_compiled
from geoservice.formats.frames import printable, width_of
from geoservice.settings import Settings

EXIT_PROBLEMS = 1

Result = TypeVar("Result")
Step = Callable[[int, int], None]
"""Told how many steps are done, and how many there are."""
_LOOK_UP_S = 0.2
_TELL_S = 1.0
_COMPILING = "Compiling, once after an installation (about half a minute)"
READING = "Reading layers"

layers_option = click.option(
    "--layers",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder of layers, with region.toml in it. [default: the layers that come with geoservice]",
)
cluster_option = click.option(
    "--cluster",
    "address",
    metavar="ADDRESS",
    default=None,
    help="Work on a dask cluster: tcp://host:port of its scheduler, or local for one process a core.",
)


def interruptible(work: Callable[[], Result]) -> Result:
    """Do work in a thread beside, so that Ctrl-C need not wait until a compiled function returns."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where the result is awaited
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    while not wait([future], timeout=_LOOK_UP_S).done:
        pass
    return future.result()


@contextmanager
def progress(label: str) -> Iterator[Step | None]:
    """Show on a terminal a bar of progress, to be told of steps; in a pipe, nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:

        def step(done: int, total: int) -> None:
            bar.update(done * 1000 // max(total, 1) - bar.pos)

        yield step


@contextmanager
def elapsed(label: str) -> Iterator[None]:
    """Say what takes long while it is done; on a terminal with the seconds that it has taken."""
    if not sys.stderr.isatty():
        click.echo(f"{label} ...", err=True)
        yield
        return
    begun, done = time.monotonic(), threading.Event()

    def tell() -> None:
        while not done.wait(_TELL_S):
            _overwrite(f"{label} ... {time.monotonic() - begun:.0f} s")

    _overwrite(f"{label} ...")
    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
        _overwrite(f"{label}: {time.monotonic() - begun:.0f} s.\n")


def counted(label: str) -> Progress | None:
    """Give what shows on a terminal which of several things is being done; None in a pipe."""
    if not sys.stderr.isatty():
        return None

    def show(name: str, count: int, total: int) -> None:
        _overwrite(f"{label} {count}/{total}: {printable(name)}" + ("\n" if count == total else ""))

    return show


def _overwrite(line: str) -> None:
    click.echo(f"\r\033[K{line}", err=True, nl=False)


def say_if_compiling() -> None:
    """Say why the first run after an installation takes longer."""
    if not was_compiled():
        click.echo(f"{_COMPILING} ...", err=True)


def compile_once() -> None:
    """Compile what figures are made with, where no earlier run has left it on the disk, and say so."""
    if not was_compiled():
        from geoservice.coverage.depth import prepare  # noqa: PLC0415 - the kernels, which most commands never use

        with elapsed(_COMPILING):
            prepare()


def read_catalog(layers: Path | None) -> Catalog:
    """Open the folder of layers that was named; on a terminal with a bar of progress."""
    settings = Settings.from_env(layers=layers)
    return open_catalog(settings.layers, counted(READING))


def echo_table(heading: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table in columns as wide as what is in them."""
    shown = [[printable(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(width_of(row[i]) for row in shown) for i in range(len(heading))]
    for row in shown:
        cells = (cell + " " * (width - width_of(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
