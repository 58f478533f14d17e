"""The collections that a difference yields: the ground gained and lost, and the figures by zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd

from geoservice.analysis import Comparison, comparison_version
from geoservice.catalog import Catalog, NamedDifference
from geoservice.collections.bounds import ground_bounds, zone_bounds
from geoservice.collections.collection import Bounds, Collection, Property
from geoservice.collections.derived import POLYGON, joined
from geoservice.collections.outline import Foreseen
from geoservice.i18n import Text
from geoservice.question import Difference

_NUMBER, _STRING = "number", "string"

_PLACE: Mapping[str, Property] = {
    "zone_id": Property(_STRING, Text(en="Zone", zh="分區編號")),
    "name_en": Property(_STRING, Text(en="Name in English", zh="英文名稱")),
    "name_zh": Property(_STRING, Text(en="Name in Chinese", zh="中文名稱")),
}
CHANGE_SCHEMA: Mapping[str, Property] = {
    **_PLACE,
    "change": Property(_STRING, Text(en="Gained, lost or unchanged", zh="增加、減少或不變")),
    "area_m2": Property(_NUMBER, Text(en="Area", zh="面積"), "m²"),
}
CHANGE_ZONE_SCHEMA: Mapping[str, Property] = {
    **_PLACE,
    "zone_area_m2": Property(_NUMBER, Text(en="Area", zh="面積"), "m²"),
    "covered_before_m2": Property(_NUMBER, Text(en="Covered before", zh="之前覆蓋面積"), "m²"),
    "covered_after_m2": Property(_NUMBER, Text(en="Covered after", zh="之後覆蓋面積"), "m²"),
    "gained_m2": Property(_NUMBER, Text(en="Gained", zh="增加"), "m²"),
    "lost_m2": Property(_NUMBER, Text(en="Lost", zh="減少"), "m²"),
    "unchanged_m2": Property(_NUMBER, Text(en="Covered before and after", zh="前後均覆蓋"), "m²"),
    "share_before": Property(_NUMBER, Text(en="Covered share before", zh="之前覆蓋比例")),
    "share_after": Property(_NUMBER, Text(en="Covered share after", zh="之後覆蓋比例")),
    "share_change": Property(_NUMBER, Text(en="Change of the share", zh="比例變化")),
}


@dataclass(frozen=True, slots=True)
class DerivedChange:
    """One of the collections that every difference yields."""

    suffix: str
    title: Text
    schema: Mapping[str, Property]
    bounds: Callable[[Catalog, Difference], Bounds | None]
    rows: Callable[[Comparison], tuple[gpd.GeoDataFrame, list[str]]]

    def build(self, catalog: Catalog, named: NamedDifference, comparison: Comparison) -> Collection:
        """Make the collection of one answer."""
        frame, ids = self.rows(comparison)
        placed = catalog.working.to_lonlat(frame).reset_index(drop=True)
        return Collection(
            id=f"{named.id}-{self.suffix}",
            title=joined(named.title, self.title),
            description=named.description,
            frame=placed[[*self.schema, "geometry"]],
            ids=tuple(ids),
            schema=self.schema,
            version=comparison.key,
            about=_about(catalog, named, comparison.difference),
            region_extent=catalog.region.box.lonlat,
            days=_days(comparison.difference),
            dimension=POLYGON,
        )

    def foresee(self, catalog: Catalog, named: NamedDifference, asked: Difference) -> Foreseen:
        """Describe the collection that a difference will yield, without answering its questions."""
        return Foreseen(
            id=f"{named.id}-{self.suffix}",
            title=joined(named.title, self.title),
            description=named.description,
            schema=self.schema,
            version=comparison_version(asked, catalog.version),
            about=_about(catalog, named, asked),
            extent=self.bounds(catalog, asked) or catalog.region.box.lonlat,
            interval=_days(asked),
            dimensions=frozenset({POLYGON}),
        )


def _days(asked: Difference) -> tuple[date, date]:
    days = (asked.before.at, asked.after.at)
    return min(days), max(days)


def _bounds_of_ground(catalog: Catalog, asked: Difference) -> Bounds | None:
    return ground_bounds(catalog, asked.before, asked.after)


def _bounds_of_zones(catalog: Catalog, asked: Difference) -> Bounds | None:
    return zone_bounds(catalog, asked.after)


def _about(catalog: Catalog, named: NamedDifference, difference: Difference) -> dict[str, Any]:
    """Say what a difference rests on: both questions with their assumptions, and whether anything is made up."""
    asked = {"before": difference.before, "after": difference.after}
    named_questions = {
        "before": catalog.named_question(named.before.question),
        "after": catalog.named_question(named.after.question),
    }
    layers = dict.fromkeys(s.layer for question in asked.values() for s in question.sources)
    assumptions = [question.assumption for question in named_questions.values()]
    both = Text(
        en=" ".join(dict.fromkeys(text.en for text in assumptions)),
        zh="".join(dict.fromkeys(text.within("zh") for text in assumptions)),
    )
    return {
        **{
            side: {"id": question.id, **asked[side].model_dump(mode="json")}
            for side, question in named_questions.items()
        },
        "rests_on": [
            {"layer": m.id, "as_of": m.as_of.isoformat(), "licence": m.licence.model_dump(exclude_none=True)}
            for m in (catalog.layers[layer].manifest for layer in layers)
        ],
        "assumption": both.model_dump(exclude_none=True),
        "illustrative": any(catalog.is_illustrative(question) for question in named_questions.values()),
    }


def _changes(comparison: Comparison) -> tuple[gpd.GeoDataFrame, list[str]]:
    frame = comparison.changes
    places = frame["zone_id"].fillna("outside")
    return frame, [f"{place}:{change}" for place, change in zip(places, frame["change"], strict=True)]


def _zones(comparison: Comparison) -> tuple[gpd.GeoDataFrame, list[str]]:
    return comparison.zones, [str(zone) for zone in comparison.zones["zone_id"]]


DERIVED_CHANGES = (
    DerivedChange(
        "changes", Text(en="Ground gained and lost", zh="增加及減少的地面"), CHANGE_SCHEMA, _bounds_of_ground, _changes
    ),
    DerivedChange("zones", Text(en="Changes by zone", zh="分區變化"), CHANGE_ZONE_SCHEMA, _bounds_of_zones, _zones),
)
