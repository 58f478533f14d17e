"""Figures by zone from partitions: each square is measured on its own, from its files alone, and the parts add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geoservice.coverage.depth import DepthFigures, depth_by_zone
from geoservice.coverage.outlines import Outlines
from geoservice.partitions.engine import Map, Step, collected
from geoservice.partitions.folder import Partitions, open_partitions
from geoservice.partitions.read import Reaching, near_ground, reaching_into

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Loss:
    """The ground of a zone (its position) in a square that one source covers alone; `whole` where it is all of it."""

    zone: int
    number: int
    layer: str
    id: str
    lost_m2: float
    whole: bool


@dataclass(frozen=True, slots=True)
class SquareFigures:
    """What a square adds: `areas_m2` [k, d - 1] is the area of the zone `zones[k]` that d sources cover in it.

    Depths from the last on count as the last. `losses` are those that may turn out to be the largest of their zone.
    """

    zones: Integers
    areas_m2: Floats
    losses: tuple[Loss, ...]


@dataclass(frozen=True, eq=False)
class ZoneFigures:
    """Figures by zone: `areas_m2` [zone, d] is covered by exactly d sources, the last d or more; the largest losses.

    `losses` holds for each zone what is lost most if one source alone fails; None where no ground depends on one.
    """

    zones: gpd.GeoDataFrame
    areas_m2: Floats
    losses: tuple[Loss | None, ...]

    @property
    def covered_m2(self) -> Floats:
        """The area of each zone that at least one source covers, in square metres."""
        return np.asarray(np.clip(self.areas_m2[:, 1:].sum(axis=1), 0.0, self.zones.area.to_numpy()))

    @property
    def depth_columns(self) -> dict[str, npt.NDArray[Any]]:
        """Columns as an analysis has them: covered_share_2 and on, largest_single_loss_m2, _layer and _id."""
        area = self.zones.area.to_numpy()
        at_least = self.areas_m2[:, ::-1].cumsum(axis=1)[:, ::-1]
        columns = {
            f"covered_share_{k}": np.clip(_share(at_least[:, k], area), 0.0, 1.0)
            for k in range(2, self.areas_m2.shape[1])
        }
        return {
            **columns,
            "largest_single_loss_m2": np.array([loss.lost_m2 if loss else 0.0 for loss in self.losses]),
            "largest_single_loss_layer": np.array([loss and loss.layer for loss in self.losses], dtype=object),
            "largest_single_loss_id": np.array([loss and loss.id for loss in self.losses], dtype=object),
        }

    @property
    def table(self) -> gpd.GeoDataFrame:
        """The zones with their figures as columns; areas in m², shares of the zone's area."""
        area, covered = self.zones.area.to_numpy(), self.covered_m2
        return self.zones.assign(
            zone_area_m2=area,
            covered_area_m2=covered,
            gap_area_m2=area - covered,
            covered_share=_share(covered, area),
            **self.depth_columns,
        )


def figures(partitions: Partitions, mapped: Map, *, cap: int = 3, step: Step | None = None) -> ZoneFigures:
    """Measure the zones of partitions, depths told apart up to `cap`; `mapped` says where the squares are measured.

    The parts are added in the order of the squares, so that who was first changes no digit.
    """
    task = partial(measure_square, str(partitions.folder), cap=cap)
    return _added(partitions, cap, collected(mapped, task, partitions.measured, step))


def measure_square(folder: str, number: int, *, cap: int) -> SquareFigures:
    """Measure one square from its own files: the same wherever and however often it runs."""
    partitions = open_partitions(folder)
    box = partitions.manifest.squares[number].box
    ground, zones = near_ground(partitions.ground, box)
    reaching = reaching_into(partitions, number)
    shapes = reaching.outlines()
    found = depth_by_zone(ground, shapes, np.zeros(len(zones)), cap=cap, alone=True, window=box, threads=1)
    return SquareFigures(zones, found.areas_m2[:, 1:], tuple(_losses(found, zones, reaching, shapes, box)))


def _losses(
    found: DepthFigures, zones: Integers, reaching: Reaching, shapes: Outlines, box: tuple[float, float, float, float]
) -> Iterable[Loss]:
    """Give the largest loss of each zone that lies wholly in a square, and what may be a part of a larger one.

    A source that reaches beyond the square loses at most all that it covers: where that is less, it is left out.
    """
    zone, shape, lost = found.alone_zone, found.alone_shape, found.alone_m2
    assert zone is not None and shape is not None and lost is not None  # noqa: S101, PT018 - asked for
    bounds = shapes.bounds[shape]
    whole = np.asarray((bounds[:, :2] >= box[:2]).all(axis=1) & (bounds[:, 2:] <= box[2:]).all(axis=1))
    numbers = np.asarray(reaching.table["number"].to_numpy())[shape]
    order = np.lexsort((numbers, -lost, ~whole, zone))
    largest = np.zeros(len(zones))
    np.maximum.at(largest, zone[whole], lost[whole])
    first = np.zeros(len(order), dtype=bool)
    leading, starts = np.unique(zone[order], return_index=True)
    first[order[starts[np.isin(leading, zone[whole])]]] = True
    may_be_larger = ~whole & (reaching.most_m2(shape, shapes) * (1 + _ROUNDING) >= largest[zone])
    chosen = np.flatnonzero(first | may_be_larger)
    layers, ids = (reaching.table[name].take(shape[chosen]).to_pylist() for name in ("layer", "id"))
    for one, layer, identity in zip(chosen, layers, ids, strict=True):
        yield Loss(int(zones[zone[one]]), int(numbers[one]), layer, identity, float(lost[one]), bool(whole[one]))


def _added(partitions: Partitions, cap: int, parts: Iterable[SquareFigures]) -> ZoneFigures:
    """Add squares up; of sources that lose the same the one that came first is named."""
    zones = partitions.zones
    areas = np.zeros((len(zones), cap + 1))
    by_source: dict[tuple[int, int], float] = {}
    named: dict[int, Loss] = {}
    for part in parts:
        areas[part.zones, 1:] += part.areas_m2
        for loss in part.losses:
            by_source[loss.zone, loss.number] = by_source.get((loss.zone, loss.number), 0.0) + loss.lost_m2
            named[loss.number] = loss
    areas[:, 0] = zones.area.to_numpy() - areas[:, 1:].sum(axis=1)
    largest: list[Loss | None] = [None] * len(zones)
    for (zone, number), lost in sorted(by_source.items(), key=lambda entry: (-entry[1], entry[0])):
        if largest[zone] is None and lost > 0:
            source = named[number]
            largest[zone] = Loss(zone, number, source.layer, source.id, lost, whole=True)
    return ZoneFigures(zones, areas, tuple(largest))


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)
