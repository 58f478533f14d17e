"""Every collection that is served: of each layer, each named question and each difference, made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from geoservice.analysis import Analysis, Comparison, compare
from geoservice.analysis.sources import assumed_fields
from geoservice.catalog import Catalog, Layer, NamedDifference, NamedQuestion
from geoservice.collections.changes import DERIVED_CHANGES
from geoservice.collections.collection import Collection, Property
from geoservice.errors import NotFoundError
from geoservice.i18n import Text
from geoservice.kept import Kept
from geoservice.question import MOST_DEPTH, Difference, Question

Answer = Callable[[Question], Analysis]
Compare = Callable[[Analysis, Analysis], Comparison]
Temporary = Callable[[str], NamedQuestion | None]
"""Gives the question of one's own that has an id, for as long as it is kept."""

NUMBER, INTEGER, STRING = "number", "integer", "string"

ZONE_SCHEMA: Mapping[str, Property] = {
    "zone_id": Property(STRING, Text(en="Zone", zh="分區編號")),
    "name_en": Property(STRING, Text(en="Name in English", zh="英文名稱")),
    "name_zh": Property(STRING, Text(en="Name in Chinese", zh="中文名稱")),
    "parent_id": Property(STRING, Text(en="Larger zone", zh="上一級分區")),
    "zone_area_m2": Property(NUMBER, Text(en="Area", zh="面積"), "m²"),
    "covered_area_m2": Property(NUMBER, Text(en="Covered area", zh="覆蓋面積"), "m²"),
    "gap_area_m2": Property(NUMBER, Text(en="Gap", zh="未覆蓋面積"), "m²"),
    "covered_share": Property(NUMBER, Text(en="Covered share of the area", zh="覆蓋面積比例")),
    "covered_share_low": Property(NUMBER, Text(en="Covered share at the lowest range", zh="最低假設下的覆蓋比例")),
    "covered_share_high": Property(NUMBER, Text(en="Covered share at the highest range", zh="最高假設下的覆蓋比例")),
    **{
        f"covered_share_{k}": Property(
            NUMBER, Text(en=f"Share covered by at least {k}", zh=f"至少 {k} 個來源覆蓋的比例")
        )
        for k in range(2, MOST_DEPTH + 1)
    },
    "largest_single_loss_m2": Property(
        NUMBER, Text(en="Largest loss if one alone fails", zh="單一失效的最大損失"), "m²"
    ),
    "largest_single_loss_layer": Property(STRING, Text(en="Layer of that one", zh="該來源所屬圖層")),
    "largest_single_loss_id": Property(STRING, Text(en="That one, within its layer", zh="該來源（於其圖層內）")),
    "sources_inside": Property(INTEGER, Text(en="Sources that reach, inside", zh="區內計入的設施")),
    "facilities_inside": Property(INTEGER, Text(en="Facilities of all kinds, inside", zh="區內各類設施")),
    "nearest_source_min_m": Property(NUMBER, Text(en="Least distance to a facility", zh="與設施的最短距離"), "m"),
    "nearest_source_mean_m": Property(NUMBER, Text(en="Mean distance to a facility", zh="與設施的平均距離"), "m"),
    "nearest_source_max_m": Property(NUMBER, Text(en="Greatest distance to a facility", zh="與設施的最遠距離"), "m"),
    "demand_share": Property(NUMBER, Text(en="Covered share of the demand", zh="需求覆蓋比例")),
}
GAP_SCHEMA: Mapping[str, Property] = {
    "rank": Property(INTEGER, Text(en="Rank", zh="排名")),
    **{name: ZONE_SCHEMA[name] for name in ("zone_id", "name_en", "name_zh", "gap_area_m2")},
    "circle_radius_m": Property(NUMBER, Text(en="Radius of the largest empty circle", zh="最大空圓半徑"), "m"),
    "circle_lon": Property(NUMBER, Text(en="Its centre, longitude", zh="圓心經度"), "°"),
    "circle_lat": Property(NUMBER, Text(en="Its centre, latitude", zh="圓心緯度"), "°"),
    "nearest_source_m": Property(NUMBER, Text(en="From there to the nearest facility", zh="圓心至最近設施"), "m"),
    "nearest_source_layer": Property(STRING, Text(en="Layer of the nearest one", zh="最近者所屬圖層")),
    "nearest_source_id": Property(STRING, Text(en="Nearest one, within its layer", zh="最近者（於其圖層內）")),
    "uncovered_demand": Property(NUMBER, Text(en="Demand that is not covered", zh="未覆蓋需求")),
    "weighted_gap": Property(NUMBER, Text(en="Weight that is not covered, spread evenly", zh="未覆蓋權重（平均分布）")),
}
COVERAGE_SCHEMA: Mapping[str, Property] = {
    name: ZONE_SCHEMA[name] for name in ("zone_id", "name_en", "name_zh", "covered_area_m2")
}
FOOTPRINT_SCHEMA: Mapping[str, Property] = {
    "layer": Property(STRING, Text(en="Layer", zh="圖層")),
    "source_id": Property(STRING, Text(en="Facility or camera", zh="設施或鏡頭")),
    "kind": Property(STRING, Text(en="Kind", zh="類別")),
    **{name: ZONE_SCHEMA[name] for name in ("name_en", "name_zh", "zone_id")},
    "assumed": Property(STRING, Text(en="Assumed, as not published", zh="沒有公布，屬假設")),
    "area_m2": Property(NUMBER, Text(en="Area", zh="面積"), "m²"),
}
LAYER_SCHEMA: Mapping[str, Property] = {
    "id": Property(STRING),
    "name_en": Property(STRING, Text(en="Name in English", zh="英文名稱")),
    "name_zh": Property(STRING, Text(en="Name in Chinese", zh="中文名稱")),
    "kind": Property(STRING, Text(en="Kind", zh="類別")),
    "status": Property(STRING, Text(en="Status", zh="狀態")),
    "valid_from": Property(STRING, Text(en="Valid from", zh="生效日期"), format="date"),
    "valid_to": Property(STRING, Text(en="Valid to", zh="終止日期"), format="date"),
    "owner": Property(STRING, Text(en="Owner", zh="擁有人")),
    "access": Property(STRING, Text(en="Access", zh="使用權")),
    "weight": Property(NUMBER, Text(en="Weight", zh="權重")),
    "bearing_deg": Property(NUMBER, Text(en="Bearing, clockwise from north", zh="方位（由北順時針）"), "°"),
    "view_angle_deg": Property(NUMBER, Text(en="View angle", zh="視角"), "°"),
    "range_m": Property(NUMBER, Text(en="Range", zh="範圍"), "m"),
    "nearest_m": Property(NUMBER, Text(en="Nearest distance", zh="最近距離"), "m"),
    "zone_label": Property(STRING, Text(en="Zone as labelled in the source", zh="來源所載分區")),
}


@dataclass(frozen=True, slots=True)
class Derived:
    """One of the collections that every question yields."""

    suffix: str
    title: Text
    build: Callable[[Catalog, NamedQuestion, Analysis, str], Collection]


def _none(_: str) -> None:
    return None


class Library:
    """The collections of a catalogue; derived ones are made from the answer when asked for, and `capacity` are kept.

    Those of `temporary` questions are served like all others, but are not among the `ids`.
    """

    def __init__(
        self,
        catalog: Catalog,
        answer: Answer,
        capacity: int,
        compare: Compare = compare,
        temporary: Temporary = _none,
    ) -> None:
        self._temporary = temporary
        self.catalog = catalog
        self._answer = answer
        self._compare = compare
        # A list of all collections must not push out what the next such list needs.
        derived = len(DERIVED) * len(catalog.region.questions) + len(DERIVED_CHANGES) * len(catalog.region.differences)
        self._derived: Kept[tuple[str, str, str], Collection] = Kept(capacity + derived)
        self._layers = {layer.id: _of_layer(catalog, layer) for layer in catalog.layers.values()}
        self._questions = {
            f"{named.id}-{derived.suffix}": (named, derived)
            for named in catalog.region.questions
            for derived in DERIVED
        }
        self._differences = {
            f"{named.id}-{derived.suffix}": (named, derived)
            for named in catalog.region.differences
            for derived in DERIVED_CHANGES
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all collections, layers first."""
        return (*self._layers, *self._questions, *self._differences)

    def titles(self) -> dict[str, tuple[Text, Text]]:
        """Give the title and description of every collection, without making any."""
        titles = {c.id: (c.title, c.description) for c in self._layers.values()}
        for collection_id, (named, derived) in self._questions.items():
            titles[collection_id] = (_joined(named.title, derived.title), named.description)
        for collection_id, (difference, change) in self._differences.items():
            titles[collection_id] = (_joined(difference.title, change.title), difference.description)
        return titles

    def question_of(self, collection_id: str) -> NamedQuestion | None:
        """Give the question that a derived collection answers; None for a layer."""
        found = self._question(collection_id)
        return found[0] if found else None

    def has(self, collection_id: str) -> bool:
        """Tell whether there is a collection, listed or temporary."""
        known = (self._layers, self._differences)
        return any(collection_id in some for some in known) or self._question(collection_id) is not None

    def _question(self, collection_id: str) -> tuple[NamedQuestion, Derived] | None:
        """Give the question and the kind of a derived collection; None for any other."""
        if collection_id in self._questions:
            return self._questions[collection_id]
        if collection_id in self._layers or collection_id in self._differences:
            return None
        question_id, _, suffix = collection_id.rpartition("-")
        kind = next((one for one in DERIVED if one.suffix == suffix), None)
        own = self._temporary(question_id) if kind is not None else None
        return None if kind is None or own is None else (own, kind)

    def difference_of(self, collection_id: str) -> NamedDifference | None:
        """Give the difference that a collection shows; None for any other."""
        found = self._differences.get(collection_id)
        return found[0] if found else None

    def asked_of(self, collection_id: str) -> tuple[Question, ...]:
        """Give the questions, as named, that must be answered for a collection; none for a layer."""
        if (named := self.question_of(collection_id)) is not None:
            return (named.ask_on(None),)
        if (difference := self.difference_of(collection_id)) is not None:
            asked = self.catalog.difference(difference.id)
            return (asked.before, asked.after)
        return ()

    def get(self, collection_id: str, question: Question | None = None, *, pieces: str | None = None) -> Collection:
        """Give a collection; a derived one for its question as asked (`question`), or as named.

        `pieces` is "cell" or "zone": whether gaps and coverage come by cell or whole by zone; by themselves gaps come
        by cell and coverage by zone. Raises NotFoundError, QuestionError.
        """
        if collection_id in self._layers:
            return self._layers[collection_id]
        if collection_id in self._differences:
            return self.get_difference(collection_id)
        derived_from = self._question(collection_id)
        if derived_from is None:
            broken = self.catalog.broken.get(collection_id)
            advice = f"Its layer could not be read: {broken.problem.reason}" if broken else "See /collections."
            raise NotFoundError("collection", collection_id, advice=advice)
        named, derived = derived_from
        asked = question or named.ask_on(None)
        unit = pieces or ("zone" if derived is COVERAGE else "cell")
        key = (collection_id, asked.key, unit)
        return self._derived.get(key, lambda: derived.build(self.catalog, named, self._answer(asked), unit))

    def get_difference(self, collection_id: str, difference: Difference | None = None) -> Collection:
        """Give a collection of a difference, as asked or as named; raises NotFoundError, QuestionError."""
        if collection_id not in self._differences:
            raise NotFoundError("collection", collection_id, advice="See /collections.")
        named, derived = self._differences[collection_id]
        asked = difference or self.catalog.difference(named.id)

        def build() -> Collection:
            compared = self._compare(self._answer(asked.before), self._answer(asked.after))
            return derived.build(self.catalog, named, compared)

        return self._derived.get((collection_id, asked.key, ""), build)


def _joined(question: Text, part: Text) -> Text:
    return Text(en=f"{question.en}: {part.en.lower()}", zh=f"{question.within('zh')}：{part.within('zh')}")


def _of_layer(catalog: Catalog, layer: Layer) -> Collection:
    manifest = layer.manifest
    columns = [c for c in layer.features.columns if c not in ("geometry", "row", "id")]
    empty = layer.features.empty
    kept = [c for c in columns if empty or c not in LAYER_SCHEMA or layer.features[c].notna().any()]
    return Collection(
        id=layer.id,
        title=manifest.title,
        description=manifest.description,
        frame=_lonlat(catalog, layer.features[[*kept, "geometry"]]),
        ids=tuple(layer.features["id"]),
        schema={name: LAYER_SCHEMA.get(name) or _attribute(layer, name) for name in kept},
        version=layer.version,
        region_extent=catalog.region.box.lonlat,
        about={
            "role": str(manifest.role),
            "illustrative": manifest.illustrative,
            "source": manifest.source.model_dump(exclude_none=True),
            "licence": manifest.licence.model_dump(exclude_none=True),
            "as_of": manifest.as_of.isoformat(),
            "update_frequency": manifest.update_frequency.model_dump(exclude_none=True),
            "known_gaps": [gap.model_dump(exclude_none=True) for gap in manifest.known_gaps],
            "set_aside": len(layer.set_aside),
            "without_position": len(layer.listed),
        },
    )


def _attribute(layer: Layer, column: str) -> Property:
    values = layer.features[column].dropna()
    kinds = {type(value) for value in values}
    kind = INTEGER if kinds and kinds <= {int} else NUMBER if kinds and kinds <= {int, float} else STRING
    kind = "boolean" if kinds == {bool} else kind
    format_ = "date" if kinds == {date} else "date-time" if kinds == {datetime} else None
    for attribute in layer.manifest.attributes:
        if column in (attribute.name, f"{attribute.name}_en", f"{attribute.name}_zh"):
            return Property(kind, attribute.title, attribute.unit, format_)
    return Property(kind, format=format_)


def _lonlat(catalog: Catalog, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return catalog.working.to_lonlat(frame).reset_index(drop=True)


def _about(catalog: Catalog, named: NamedQuestion, analysis: Analysis) -> dict[str, Any]:
    """Say what a derived result rests on: the question, the assumption, the layers and their dates."""
    question = analysis.question
    layers = [catalog.layers[source.layer].manifest for source in question.sources]
    return {
        "question": {"id": named.id, **question.model_dump(mode="json")},
        "assumption": named.assumption.model_dump(exclude_none=True),
        "range_m": question.range_m,
        "illustrative": catalog.is_illustrative(named),
        "rests_on": [
            {"layer": m.id, "as_of": m.as_of.isoformat(), "licence": m.licence.model_dump(exclude_none=True)}
            for m in layers
        ],
        "demand": analysis.demand_note.model_dump(exclude_none=True),
        **(
            {
                "weight": analysis.weight_note.model_dump(exclude_none=True),
                "weighted_share": analysis.totals.weighted_share,
            }
            if analysis.weight_note is not None
            else {}
        ),
        "outside": [
            {"layer": row.layer, "id": row.id, "name_en": row.name_en, "name_zh": row.name_zh}
            for row in analysis.outside.itertuples()
        ],
    }


def _derived(
    catalog: Catalog,
    named: NamedQuestion,
    analysis: Analysis,
    what: Derived,
    frame: gpd.GeoDataFrame,
    ids: list[str],
    schema: Mapping[str, Property],
) -> Collection:
    joined = {
        figure.column: Property(NUMBER, figure.attribute.title, figure.attribute.unit)
        for figure in catalog.figures(analysis.question.zone_system)
    }
    extra = {name: joined.get(name) or Property(NUMBER) for name in frame.columns if name not in {*schema, "geometry"}}
    present = {name: prop for name, prop in {**schema, **extra}.items() if name in frame.columns}
    return Collection(
        id=f"{named.id}-{what.suffix}",
        title=_joined(named.title, what.title),
        description=named.description,
        frame=frame[[*present, "geometry"]],
        ids=tuple(ids),
        schema=present,
        version=analysis.key,
        about=_about(catalog, named, analysis),
        region_extent=catalog.region.box.lonlat,
        days=(analysis.question.at, analysis.question.at),
    )


def _coverage(catalog: Catalog, named: NamedQuestion, analysis: Analysis, pieces: str) -> Collection:
    if pieces == "cell":
        cells = _lonlat(catalog, analysis.covered_pieces)
        ids = list(cells["id"])
        return _derived(catalog, named, analysis, COVERAGE, cells.drop(columns="id"), ids, COVERAGE_SCHEMA)
    frame = analysis.coverage
    ids = ["outside" if zone is None else str(zone) for zone in frame["zone_id"]]
    return _derived(catalog, named, analysis, COVERAGE, _lonlat(catalog, frame), ids, COVERAGE_SCHEMA)


def _gaps(catalog: Catalog, named: NamedQuestion, analysis: Analysis, pieces: str) -> Collection:
    if pieces == "zone":
        whole = _lonlat(catalog, analysis.zone_gaps)
        return _derived(catalog, named, analysis, GAPS, whole, [str(z) for z in whole["zone_id"]], GAP_SCHEMA)
    frame = analysis.gaps
    centres = gpd.GeoSeries(
        gpd.points_from_xy(frame["circle_easting_m"], frame["circle_northing_m"]),
        crs=frame.crs,
        index=frame.index,
    )
    centres = catalog.working.to_lonlat(centres)
    placed = frame.drop(columns=["id", "circle_easting_m", "circle_northing_m"])
    placed = placed.assign(circle_lon=centres.x.round(7), circle_lat=centres.y.round(7))
    return _derived(catalog, named, analysis, GAPS, _lonlat(catalog, placed), list(frame["id"]), GAP_SCHEMA)


def _zones(catalog: Catalog, named: NamedQuestion, analysis: Analysis, _pieces: str) -> Collection:
    frame = _lonlat(catalog, analysis.zones)
    if frame["parent_id"].isna().all():
        frame = frame.drop(columns="parent_id")
    return _derived(catalog, named, analysis, ZONES, frame, [str(z) for z in frame["zone_id"]], _schema_of(frame))


def _schema_of(frame: gpd.GeoDataFrame) -> Mapping[str, Property]:
    """Give the schema of zone figures with as many depths as the question tells apart."""
    return {
        name: found
        for name, found in ZONE_SCHEMA.items()
        if name in frame.columns or not name.startswith("covered_share_")
    }


def _footprints(catalog: Catalog, named: NamedQuestion, analysis: Analysis, _pieces: str) -> Collection:
    frame = analysis.sources.set_geometry(analysis.footprints)
    assumed = assumed_fields(catalog, analysis.question, analysis.sources)
    frame = frame[["layer", "id", "kind", "name_en", "name_zh", "zone_id"]].assign(assumed=assumed, area_m2=frame.area)
    frame = gpd.GeoDataFrame(frame, geometry=analysis.footprints, crs=analysis.footprints.crs)
    frame = frame.rename(columns={"id": "source_id"})
    ids = [f"{layer}:{source}" for layer, source in zip(frame["layer"], frame["source_id"], strict=True)]
    return _derived(catalog, named, analysis, FOOTPRINTS, _lonlat(catalog, frame), ids, FOOTPRINT_SCHEMA)


COVERAGE = Derived("coverage", Text(en="Coverage", zh="覆蓋範圍"), _coverage)
GAPS = Derived("gaps", Text(en="Gaps", zh="空隙"), _gaps)
ZONES = Derived("zones", Text(en="Zone figures", zh="分區數字"), _zones)
FOOTPRINTS = Derived("footprints", Text(en="Footprints", zh="各點範圍"), _footprints)
DERIVED = (COVERAGE, GAPS, ZONES, FOOTPRINTS)


def zone_table(analysis: Analysis) -> pd.DataFrame:
    """Lay the figures by zone out as a table without geometry, the columns in the order of the schema."""
    frame = pd.DataFrame(analysis.zones.drop(columns="geometry"))
    known = [name for name in ZONE_SCHEMA if name in frame.columns]
    return frame[[*known, *(name for name in frame.columns if name not in known)]]
