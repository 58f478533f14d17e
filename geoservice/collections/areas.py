"""Areas of one's own: kept for a while, with the figures of a question as one feature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import orjson
import shapely
from pydantic import ValidationError

from geoservice.analysis import Analysis, AreaFigures
from geoservice.cache.posted import Posted, PostedTexts
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections.collection import Collection, Property
from geoservice.collections.derived import INTEGER, NUMBER, STRING, ZONE_SCHEMA, about_answer
from geoservice.crs import LONLAT
from geoservice.errors import NotFoundError, message
from geoservice.i18n import Text
from geoservice.question import MOST_DEPTH, Question
from geoservice.vocabulary import Case

_OWN_AREA = Text(en="An area of your own", zh="自訂範圍")
_SHORT_KEY = 12

AREA_SCHEMA: Mapping[str, Property] = {
    "area_m2": Property(NUMBER, Text(en="Area within the zones", zh="分區內面積"), "m²"),
    "outside_m2": Property(NUMBER, Text(en="Area in no zone", zh="分區以外面積"), "m²"),
    **{
        name: ZONE_SCHEMA[name]
        for name in (
            "covered_area_m2",
            "gap_area_m2",
            "covered_share",
            "covered_share_low",
            "covered_share_high",
            *(f"covered_share_{k}" for k in range(2, MOST_DEPTH + 1)),
            "largest_single_loss_m2",
            "largest_single_loss_layer",
            "largest_single_loss_id",
        )
    },
    "sources_inside": ZONE_SCHEMA["sources_inside"],
    "gaps_inside": Property(INTEGER, Text(en="Pieces of gap that it meets", zh="所涉空隙數目")),
    "zones": Property(STRING, Text(en="Zones that it meets", zh="所涉分區")),
    "demand_share": ZONE_SCHEMA["demand_share"],
}


@dataclass(frozen=True, slots=True)
class OwnArea:
    """An area that is kept: the question's id and the question itself, and the shape in longitude and latitude.

    `kept` says since when and until when.
    """

    question_id: str
    question: Question
    lonlat: shapely.Geometry
    plane: shapely.Geometry
    kept: Posted


class OwnAreas:
    """The areas that are kept for a while, by key; what is kept of each is its shape and its question."""

    def __init__(self, kept: PostedTexts) -> None:
        self._kept = kept

    def keep(self, question_id: str, question: Question, lonlat: shapely.Geometry, plane: shapely.Geometry) -> OwnArea:
        """Keep an area, or keep it for longer."""
        lonlat_wkb, plane_wkb = shapely.to_wkb(lonlat, hex=True), shapely.to_wkb(plane, hex=True)
        key = hashlib.sha256(f"{question_id}|{question.key}|{plane_wkb}".encode()).hexdigest()[:32]
        document = {"id": question_id, "question": question.model_dump(mode="json")}
        text = orjson.dumps({**document, "lonlat": lonlat_wkb, "plane": plane_wkb})
        return OwnArea(question_id, question, lonlat, plane, self._kept.put(key, text))

    def get(self, key: str) -> OwnArea:
        """Give an area and count that as a use; raises NotFoundError for one that has expired or never was."""
        kept = self._kept.get(key)
        found = _read(kept) if kept is not None else None
        if found is None:
            raise NotFoundError(
                message("area"), key, advice=message("It has expired, or there never was one: draw or upload it again.")
            )
        return found

    def remove(self, key: str) -> OwnArea:
        """Keep an area no longer, and give what was kept; raises NotFoundError."""
        found = self.get(key)
        self._kept.remove(key)
        return found


def _read(kept: Posted) -> OwnArea | None:
    """Read what is kept; None where another version of the service has kept it in its own way."""
    try:
        document = orjson.loads(kept.text)
        lonlat, plane = (shapely.from_wkb(document[name]) for name in ("lonlat", "plane"))
        question = Question.model_validate_json(orjson.dumps(document["question"]))
        return OwnArea(str(document["id"]), question, lonlat, plane, kept)
    except (KeyError, TypeError, ValueError, ValidationError, shapely.errors.ShapelyError):
        return None


def area_row(figures: AreaFigures, question: Question) -> dict[str, Any]:
    """Give the figures of an area as one row, by the names of `AREA_SCHEMA`."""
    layer, source = figures.largest_single_loss or (None, None)
    first = figures.demand[0] if figures.demand else None
    return {
        "area_m2": figures.area_m2,
        "outside_m2": figures.outside_m2,
        "covered_area_m2": figures.covered_area_m2,
        "gap_area_m2": figures.gap_area_m2,
        "covered_share": figures.covered_share[question.case],
        "covered_share_low": figures.covered_share[Case.LOW],
        "covered_share_high": figures.covered_share[Case.HIGH],
        **{f"covered_share_{k}": share for k, share in enumerate(figures.at_least[1:], start=2)},
        "largest_single_loss_m2": figures.largest_single_loss_m2,
        "largest_single_loss_layer": layer,
        "largest_single_loss_id": source,
        "sources_inside": figures.sources_inside,
        "gaps_inside": figures.gaps_inside,
        "zones": ", ".join(map(str, figures.zones["zone_id"])),
        "demand_share": first.share if first is not None else None,
    }


def area_collection(
    catalog: Catalog, named: NamedQuestion, analysis: Analysis, area: OwnArea, figures: AreaFigures
) -> Collection:
    """Give the area as a collection of one feature: its part within the zones, with its figures."""
    row = area_row(figures, analysis.question)
    place = catalog.working.to_lonlat(gpd.GeoSeries([figures.ground], crs=catalog.working.crs))
    return Collection(
        id=f"area-{area.kept.key[:_SHORT_KEY]}",
        title=Text(en=f"{_OWN_AREA.en}: {named.title.en}", zh=f"{_OWN_AREA.zh}：{named.title.within('zh')}"),
        description=named.description,
        frame=gpd.GeoDataFrame({name: [value] for name, value in row.items()}, geometry=list(place), crs=LONLAT),
        ids=("area",),
        schema={name: AREA_SCHEMA[name] for name in row},
        version=f"{analysis.key}-{area.kept.key}",
        about=about_answer(catalog, named, analysis),
        region_extent=catalog.region.box.lonlat,
        days=(analysis.question.at, analysis.question.at),
    )
