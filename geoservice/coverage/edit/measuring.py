"""Tiles and cells measured anew, in portions on all cores, by the views that may reach into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.coverage.gaps import Cell, GapGround, mended, widened
from geoservice.coverage.ground import Ground, covered_by_row, tiles_met

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Task = TypeVar("Task")
Result = TypeVar("Result")

TILES_A_PORTION, PORTIONS = 256, 32
"""Tiles are measured so many at once at least, in so many portions at most."""


def covered_in_portions(
    ground: Ground, tiles: Integers, views_in: Callable[[Integers], Floats], cap: int, threads: int
) -> Iterator[tuple[Integers, Floats]]:
    """Measure tiles, in portions: as `covered_by_row` does, by the views that `views_in` gives of some of them."""
    portions = np.array_split(tiles, min(max(1, len(tiles) // TILES_A_PORTION), PORTIONS))

    def run(portion: Integers) -> Floats:
        return covered_by_row(ground, portion, views_in(portion), cap)

    yield from zip(portions, _on_all_cores(run, portions, threads), strict=True)


def gaps_mended(
    gap_ground: GapGround, ground: Ground, cells: list[tuple[Cell, Integers]],
    views_in: Callable[[Integers, Floats], Floats], gap_of: Callable[[int], shapely.Geometry], threads: int,
) -> dict[int, shapely.Geometry]:  # fmt: skip
    """Find the pieces of gap that differ now within some units of cells; see `mended`.

    `views_in` gives the views that may reach into tiles, and into a box (1, 4); it is asked by one thread alone.
    """
    cell_m = gap_ground.pieces.cell_m

    def task(cell: Cell, units: Integers) -> tuple[Cell, Integers, Floats]:
        column, row = np.divmod(units, gap_ground.units)
        low = np.array([column.min(), row.min()]) / gap_ground.units + cell
        high = np.array([column.max() + 1, row.max() + 1]) / gap_ground.units + cell
        box = widened(np.concatenate([low, high])[None, :] * cell_m, gap_ground.chord_error_m)
        return cell, units, views_in(tiles_met(ground, box), box)

    def run(task: tuple[Cell, Integers, Floats]) -> dict[int, shapely.Geometry]:
        return mended(gap_ground, *task, gap_of)

    tasks = [task(cell, units) for cell, units in cells]
    found: dict[int, shapely.Geometry] = {}
    for some in _on_all_cores(run, tasks, threads):
        found.update(some)
    return found


def _on_all_cores(run: Callable[[Task], Result], tasks: Sequence[Task], threads: int) -> Iterator[Result]:
    """Give the results in the order of the tasks; few are done here and now."""
    if len(tasks) <= 4 or threads == 1:  # noqa: PLR2004 - less than what starting threads takes
        yield from map(run, tasks)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(run, tasks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
