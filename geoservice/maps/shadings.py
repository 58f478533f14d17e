"""The ways to shade the zones of an answer, on the map and in print: by the covered share, by any other figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from geoservice.catalog import ZoneFigure
from geoservice.i18n import Language, gettext
from geoservice.maps.map_data import MapData
from geoservice.maps.palette import SHARE, Classes, quantile_classes

ZONES = "zones"
"""What shades by the covered share is called; every other shading by its column."""
COVERED_SHARE = "covered_share"
_DEMAND = "demand_share"


@dataclass(frozen=True, eq=False, slots=True)
class Shading:
    """A figure that zones are shaded by: its column, what it is called in a list and above its classes, their kind.

    `kind` says how values are written: share, area, length, or figure. `figure` is that of a joined table, if any.
    """

    key: str
    title: str
    heading: str
    kind: str
    classes: Classes
    values: npt.NDArray[np.float64]
    figure: ZoneFigure | None = None

    @property
    def id(self) -> str:
        """What it is asked for by where layers are named."""
        return ZONES if self.key == COVERED_SHARE else self.key

    @property
    def lacks_some(self) -> bool:
        """Whether some zone has no such figure."""
        return bool(np.isnan(self.values).any())

    @property
    def is_of_demand(self) -> bool:
        """Whether it is the covered share of a demand."""
        return self.key.partition(":")[0] == _DEMAND and self.figure is None


def shadings(data: MapData, language: Language) -> list[Shading]:
    """Name every figure that the zones can be shaded by: the covered share, what else the answer has, joined tables."""
    return [_by_share(data, language), *_by_answer(data, language), *_by_tables(data, language)]


def _by_share(data: MapData, language: Language) -> Shading:
    zones = data.catalog.zone_system(data.analysis.question.zone_system).title.within(language)
    return Shading(
        COVERED_SHARE,
        gettext(language, "%(zones)s: covered share", zones=zones),
        gettext(language, "%(zones)s: covered share of the area", zones=zones),
        "share",
        SHARE,
        _column(data, COVERED_SHARE),
    )


def _by_answer(data: MapData, language: Language) -> list[Shading]:
    """Name the further figures of the answer that any zone has."""
    say = partial(gettext, language)
    columns = data.analysis.zones.columns
    depths = range(2, data.analysis.question.depth_cap + 1)
    named = [
        *((f"covered_share_{k}", say("Covered by %(count)s or more", count=k), "share") for k in depths),
        ("gap_area_m2", say("Area not covered"), "area"),
        ("largest_single_loss_m2", say("Largest loss if one alone fails"), "area"),
        ("nearest_source_max_m", say("Farthest ground from one"), "length"),
        *((key, _demand_title(data, key, language), "share") for key in columns if key.partition(":")[0] == _DEMAND),
    ]
    zones = data.catalog.zone_system(data.analysis.question.zone_system).title.within(language)
    found = []
    for key, title, kind in named:
        values = _column(data, key)
        if np.isnan(values).all():
            continue
        classes = SHARE if kind == "share" else quantile_classes(list(values))
        heading = say("%(zones)s: %(figure)s", zones=zones, figure=title)
        found.append(Shading(key, title, heading, kind, classes, values))
    return found


def _demand_title(data: MapData, key: str, language: Language) -> str:
    """Name a share of demand; those of further layers carry the layer's id in their column."""
    title = gettext(language, "Covered share of demand")
    further = key.partition(":")[2]
    return f"{title}: {data.catalog.layer(further).manifest.title.within(language)}" if further else title


def _by_tables(data: MapData, language: Language) -> list[Shading]:
    """Name each figure of the tables that are joined to the zones, its unit after it."""
    found = []
    for figure in data.catalog.figures(data.analysis.question.zone_system):
        name, unit = figure.attribute.title.within(language), figure.attribute.unit
        table = data.catalog.layers[figure.layer].manifest.title.within(language)
        title = f"{table}: {name}" + (f" ({unit})" if unit and unit != name else "")
        classes = quantile_classes(list(figure.values.values()))
        values = figure.of(data.analysis.zones["zone_id"])
        found.append(Shading(figure.column, title, title, "figure", classes, values, figure))
    return found


def _column(data: MapData, key: str) -> npt.NDArray[np.float64]:
    return np.asarray(data.analysis.zones[key].to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
