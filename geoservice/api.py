"""For Python and notebooks: open a folder of layers, ask, look at the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from geoservice.analysis import Analysis, Comparison, KeptAnswers
from geoservice.cache import open_cache
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections import Box, Library, Query
from geoservice.collections.temporary import own_question
from geoservice.errors import GeoserviceError
from geoservice.formats.aside import folder_aside, writing
from geoservice.formats.downloads import save
from geoservice.formats.export import Export
from geoservice.maps import MapData, question_map
from geoservice.prints import Ask, Paper, Print, as_pdf, as_png, laid_out_print, paper, picture
from geoservice.prints.paper import Orientation, Size
from geoservice.settings import Settings
from geoservice.vocabulary import Case

if TYPE_CHECKING:
    import folium
    import geopandas as gpd
    from matplotlib.axes import Axes

    from geoservice.i18n import Language
    from geoservice.question import Question


@dataclass(frozen=True, eq=False)
class Result:
    """An answer with the means to look at it; geometry is in the working CRS of the catalogue."""

    catalog: Catalog
    named: NamedQuestion
    analysis: Analysis

    @property
    def question(self) -> Question:
        """What was asked."""
        return self.analysis.question

    @property
    def zones(self) -> pd.DataFrame:
        """The figures by zone: areas in m², shares of the area with low and high, distances in m."""
        return pd.DataFrame(self.analysis.zones.drop(columns="geometry"))

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

    def to_pdf(
        self,
        path: Path,
        *,
        size: Size = "A4",
        orientation: Orientation = "landscape",
        language: Language = "en",
        ask: Ask | None = None,
    ) -> None:
        """Print the map on a page, as PDF; `ask` says which layers of which ground at which scale.

        Raises ParameterError for what cannot be printed, GeoserviceError where the file cannot be written.
        """
        ready = self._print(paper(size, orientation), language, ask)
        _written(path, as_pdf(ready, static=Settings().static, made=_today()))

    def to_png(
        self, path: Path, *, width: int = 1920, height: int = 1080, language: Language = "en", ask: Ask | None = None
    ) -> None:
        """Draw the same as a picture of so many pixels; raises as `to_pdf` does."""
        ready = self._print(picture(width, height), language, ask)
        _written(path, as_png(ready, static=Settings().static, made=_today()))

    def _print(self, page: Paper, language: Language, ask: Ask | None) -> Print:
        data = MapData(self.catalog, self.named, self.analysis)
        return laid_out_print(data, page, language, ask or Ask())

    def plot(self, ax: Axes | None = None, language: Language = "en", **options: Any) -> Axes:
        """Draw zones by covered share with the coverage on top, in metres of the working CRS, with matplotlib.

        `options` go to GeoDataFrame.plot of the zones. Raises GeoserviceError where matplotlib is not installed.
        """
        try:
            from matplotlib import pyplot as plt  # noqa: PLC0415 - an extra, and slow to load
        except ImportError as error:
            raise GeoserviceError(
                "plot() draws with matplotlib, which is not installed.", advice='Install "geoservice[plot]".'
            ) from error
        axes: Axes = plt.subplots(figsize=(9, 7), layout="constrained")[1] if ax is None else ax
        zones = self.analysis.zones
        zones.plot(
            ax=axes,
            **{
                "column": "covered_share",
                "cmap": "cividis_r",
                "vmin": 0,
                "vmax": 1,
                "edgecolor": "#5a6570",
                "linewidth": 0.5,
                "legend": True,
                "legend_kwds": {"label": "covered share of the area", "shrink": 0.6},
                **options,
            },
        )
        if not self.coverage.empty:
            self.coverage.boundary.plot(ax=axes, color="#08519c", linewidth=0.6)
        illustrative = " (illustrative: positions are made up)" if self.catalog.is_illustrative(self.named) else ""
        axes.set_title(f"{self.named.title.within(language)}, {self.question.at.isoformat()}{illustrative}")
        axes.set_axis_off()
        return axes


def analyse(catalog: Catalog, question: Question | str) -> Result:
    """Answer a question, such as `catalog.question("stations")`, or the named one with an id, such as "stations".

    Raises NotFoundError for an id of no question, QuestionError if it cannot be answered.
    """
    if isinstance(question, str):
        question = catalog.question(question)
    named = catalog.name_of(question) or own_question(question, "own")
    return Result(catalog, named, _kept_answers()(catalog, question))


def compare(before: Result, after: Result) -> Comparison:
    """Compare two answers on the same zones: gained, lost and unchanged ground, by zone and as geometry."""
    return _kept_answers().compare(before.analysis, after.analysis)


def download(
    catalog: Catalog,
    collection: str,
    path: Path,
    *,
    at: date | None = None,
    case: Case | None = None,
    bbox: tuple[float, float, float, float] | None = None,
) -> int:
    """Write a collection to a file as the web service gives it, in the format that its name ends in; tell how many.

    `at` and `case` are for what a question yields; `bbox` is west, south, east, north in degrees. Raises NotFoundError,
    QuestionError, and FormatError or GeoserviceError where the file cannot be written.
    """
    answers = _kept_answers()
    library = Library(catalog, lambda question: answers(catalog, question), 1, answers.compare)
    if (named := library.question_of(collection)) is not None:
        found = library.get(collection, catalog.question(named.id, at=at, case=case))
    elif (difference := library.difference_of(collection)) is not None:
        found = library.get_difference(collection, catalog.difference(difference.id, at=at, case=case))
    else:
        found = library.get(collection)
    page = found.query(Query(limit=len(found.frame), bbox=None if bbox is None else Box(*bbox)))
    save(Export(found, page.positions, found.frame, tuple(found.schema), _today()), path)
    return len(page.positions)


def _written(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    with writing(path), folder_aside(path.parent) as aside:
        part = aside / path.name
        part.write_bytes(content)
        part.replace(path)


def _today() -> date:
    return datetime.now().astimezone().date()


def _kept_answers() -> KeptAnswers:
    return KeptAnswers(open_cache(Settings.from_env()))
