"""Zones weighed by a published figure: a share of all, and how much of it a piece of gap is taken to hold."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoservice.catalog import Catalog, ZoneFigure
from geoservice.i18n import Text
from geoservice.question import Question


@dataclass(frozen=True, eq=False)
class ZoneWeights:
    """The weight of each zone, NaN where it has no figure, and what is assumed of it."""

    by_zone: pd.Series
    note: Text

    def share(self, covered_share: pd.Series) -> float | None:
        """Give the covered share of all weight, each zone's taken as spread evenly; None where there is no weight."""
        weight = np.asarray(self.by_zone, dtype=np.float64)
        known = ~np.isnan(weight)
        total = weight[known].sum()
        return float((weight[known] * np.asarray(covered_share)[known]).sum() / total) if total > 0 else None

    def in_pieces(
        self, zone: npt.NDArray[np.intp], area_m2: npt.NDArray[np.float64], zone_area_m2: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Give how much of its zone's weight each piece of an area in m² is taken to hold; `zone` is by position."""
        weight = np.asarray(self.by_zone, dtype=np.float64)[zone]
        found: npt.NDArray[np.float64] = weight * area_m2 / zone_area_m2[zone]
        return found


def zone_weights(catalog: Catalog, question: Question, zones: gpd.GeoDataFrame) -> ZoneWeights | None:
    """Give the weights that a question names; None where it names none."""
    figure = catalog.weight_figure(question)
    if figure is None:
        return None
    values = figure.of(zones["zone_id"])
    return ZoneWeights(pd.Series(values, index=zones.index), _note(catalog, figure, int(np.isnan(values).sum())))


def _note(catalog: Catalog, figure: ZoneFigure, missing: int) -> Text:
    manifest = catalog.layers[figure.layer].manifest
    title, layer, day = figure.attribute.title, manifest.title, manifest.as_of.isoformat()
    left_en = f" {missing} zones have no figure and are left out." if missing else ""
    left_zh = f"{missing} 個分區沒有數字，不計算在內。" if missing else ""
    title_zh, layer_zh = title.within("zh"), layer.within("zh")
    return Text(
        en=f"Weighed by {title.en} ({layer.en}, as of {day}). Within each zone it is taken as spread evenly over the "
        f"area: an assumption.{left_en}",
        zh=f"按{title_zh}加權（{layer_zh}，截至 {day}）。假設在每個分區內按面積平均分布。{left_zh}",
    )
