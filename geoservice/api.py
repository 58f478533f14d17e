"""For Python and notebooks: open a folder of layers, ask, look at the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geoservice.analysis import Analysis
from geoservice.analysis import analyse as _analyse
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.maps import MapData, question_map
from geoservice.settings import Settings

if TYPE_CHECKING:
    from datetime import date

    import folium
    import geopandas as gpd

    from geoservice.i18n import Language
    from geoservice.vocabulary import Case


@dataclass(frozen=True, eq=False)
class Result:
    """An answer with the means to look at it; geometry is in the working CRS of the catalogue."""

    catalog: Catalog
    named: NamedQuestion
    analysis: Analysis

    @property
    def zones(self) -> gpd.GeoDataFrame:
        """The figures by zone."""
        return self.analysis.zones

    @property
    def gaps(self) -> gpd.GeoDataFrame:
        """The pieces of gap, by rank."""
        return self.analysis.gaps

    @property
    def coverage(self) -> gpd.GeoDataFrame:
        """What is covered, by zone."""
        return self.analysis.coverage

    def to_map(self, language: Language = "en") -> folium.Map:
        """Give the map of the service for a notebook: all data and scripts inside, nothing fetched from anywhere."""
        return question_map(MapData(self.catalog, self.named, self.analysis), language, static=Settings().static)


def analyse(catalog: Catalog, question_id: str, *, at: date | None = None, case: Case | None = None) -> Result:
    """Answer a named question; raises NotFoundError for an unknown one, QuestionError if it cannot be answered."""
    question = catalog.question(question_id, at=at, case=case)
    return Result(catalog, catalog.named_question(question_id), _analyse(catalog, question))
