"""Cameras per square kilometre of one answer, beside those that are published of other cities."""

from __future__ import annotations

from dataclasses import dataclass

from geoservice.analysis.analyse import Analysis
from geoservice.catalog import Catalog
from geoservice.catalog.numbers import to_number
from geoservice.errors import NotFoundError
from geoservice.i18n import Text
from geoservice.vocabulary import Role, Theme

M2_PER_KM2 = 1e6


@dataclass(frozen=True, slots=True)
class Density:
    """How many cameras a square kilometre has, in a place; `is_own` where this answer's own cameras are counted."""

    place: Text
    cameras_per_km2: float
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Densities:
    """Own and published densities, the densest first, and the id of the layer that the published ones come from."""

    layer: str
    title: Text
    caution: Text
    rows: tuple[Density, ...]

    @property
    def highest(self) -> float:
        """The highest of all, in cameras per km²; 1 where all are 0, so that it can divide."""
        return max((row.cameras_per_km2 for row in self.rows), default=0) or 1


def camera_densities(catalog: Catalog, analysis: Analysis) -> Densities | None:
    """Set the cameras inside the zones, by their area, beside the published densities.

    None for a question that is not on cameras, and where no table of densities is named or to be had.
    """
    comparison = catalog.region.comparison
    if comparison is None or analysis.question.theme is not Theme.CAMERAS or analysis.totals.zone_area_m2 <= 0:
        return None
    try:
        layer = catalog.layer(comparison.layer)
    except NotFoundError:  # the page Layers says why
        return None
    if layer.manifest.role is not Role.TABLE or comparison.value not in layer.features.columns:
        return None
    own = analysis.totals.sources_inside / analysis.totals.zone_area_m2 * M2_PER_KM2
    rows = [Density(catalog.region.title, own, is_own=True)]
    for row in layer.features.to_dict(orient="records"):
        value = to_number(row[comparison.value])
        if value is not None and value >= 0:
            place = Text(en=str(row["name_en"] or row["id"]), zh=row["name_zh"])
            rows.append(Density(place, value))
    rows.sort(key=lambda row: (-row.cameras_per_km2, not row.is_own, row.place.en))
    return Densities(layer.id, comparison.title, comparison.caution, tuple(rows))
