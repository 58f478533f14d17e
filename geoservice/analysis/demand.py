"""What should be covered: demand layers laid over the pieces, where they are finer than the zones."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geoservice.catalog import Catalog, Layer
from geoservice.coverage.cells import ZonePieces
from geoservice.coverage.cover import PieceCover
from geoservice.coverage.demand import demand_of_pieces
from geoservice.i18n import Text
from geoservice.question import Question

FINER = 4
"""A demand layer of polygons is finer than the zones if those have at least this many times its mean area."""


@dataclass(frozen=True)
class DemandFigures:
    """Demand by zone (columns `demand_share`, then one for each further layer) and, for the first, by piece."""

    by_zone: dict[str, npt.NDArray[np.float64]]
    uncovered: npt.NDArray[np.float64]
    note: Text


def demand_figures(
    catalog: Catalog, question: Question, pieces: ZonePieces, cover: PieceCover, zones: gpd.GeoDataFrame
) -> DemandFigures | None:
    """Share the question's demand layers out by zone; None where it names none that is finer than the zones.

    A layer that is named twice counts once.
    """
    by_zone: dict[str, npt.NDArray[np.float64]] = {}
    uncovered: npt.NDArray[np.float64] | None = None
    used = demand_columns(catalog, question, zones)
    for column, layer in used.items():
        placed = weighed(layer)
        weight = weights_of(layer, placed)
        found = demand_of_pieces(np.asarray(placed.geometry.array), weight, pieces.geometry, cover.covered)
        total, covered = (
            np.bincount(pieces.zone, weights=values, minlength=len(zones)) for values in (found.total, found.covered)
        )
        by_zone[column] = np.divide(covered, total, out=np.full(len(zones), np.nan), where=total > 0)
        uncovered = found.total - found.covered if uncovered is None else uncovered
    if uncovered is None:
        return None
    return DemandFigures(by_zone, uncovered, _note(list(used.values())))


def demand_columns(catalog: Catalog, question: Question, zones: gpd.GeoDataFrame) -> dict[str, Layer]:
    """Name the column of each demand layer that shares are given of: those finer than the zones, each once."""
    named = [catalog.layer(layer_id) for layer_id in dict.fromkeys(question.demand)]
    used = [layer for layer in named if is_finer(weighed(layer), zones)]
    return {f"demand_share:{layer.id}" if position else "demand_share": layer for position, layer in enumerate(used)}


def weighed(layer: Layer) -> gpd.GeoDataFrame:
    """Give the features of a layer that have a place and a weight."""
    return layer.placed[layer.placed["weight"].notna()]


def is_finer(demand: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> bool:
    """Tell whether demand says more than the zones do: points and lines always, polygons if small against them."""
    areas = demand.geometry[shapely.get_dimensions(demand.geometry.array) == 2].area  # noqa: PLR2004 - polygons only
    if demand.empty or zones.empty:
        return False
    return bool(areas.empty or areas.mean() * FINER <= zones.area.mean())


def weights_of(layer: Layer, placed: gpd.GeoDataFrame) -> npt.NDArray[np.float64]:
    """Give the weight of each feature: its own, or the length of a line in metres where it has none."""
    if layer.manifest.weighs_by_length:
        return np.asarray(placed.length, dtype=np.float64)
    return np.asarray(placed["weight"], dtype=np.float64)


def _note(layers: list[Layer]) -> Text:
    """Name every demand that shares are given of, the first of which ranks the gaps."""
    manifests = [layer.manifest for layer in layers]
    return Text(
        en=f"Demand: {'; '.join(f'{m.title.en}, as of {m.as_of.isoformat()}' for m in manifests)}.",
        zh=f"需求：{'；'.join(f'{m.title.zh or m.title.en}，截至 {m.as_of.isoformat()}' for m in manifests)}。",
    )
