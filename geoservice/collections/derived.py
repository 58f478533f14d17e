"""The collections that every question yields: what they hold, known before the answer is, and how they are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geoservice.analysis import Analysis, answer_version
from geoservice.analysis.demand import demand_columns
from geoservice.analysis.sources import assumed_fields
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections.bounds import ground_bounds, reach_bounds, zone_bounds
from geoservice.collections.collection import Bounds, Collection, Property
from geoservice.collections.outline import Foreseen
from geoservice.i18n import Text
from geoservice.question import MOST_DEPTH, Question

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
_GAP_ZONE_SCHEMA = {name: GAP_SCHEMA[name] for name in ("zone_id", "name_en", "name_zh", "gap_area_m2")}
FOOTPRINT_SCHEMA: Mapping[str, Property] = {
    "layer": Property(STRING, Text(en="Layer", zh="圖層")),
    "source_id": Property(STRING, Text(en="Facility or camera", zh="設施或鏡頭")),
    "kind": Property(STRING, Text(en="Kind", zh="類別")),
    **{name: ZONE_SCHEMA[name] for name in ("name_en", "name_zh", "zone_id")},
    "assumed": Property(STRING, Text(en="Assumed, as not published", zh="沒有公布，屬假設")),
    "area_m2": Property(NUMBER, Text(en="Area", zh="面積"), "m²"),
}

POLYGON = 2
"""The dimension of all that is derived: zones, gaps, what is covered."""


@dataclass(frozen=True, slots=True)
class Derived:
    """One of the collections that every question yields.

    `columns` tells its properties, and `bounds` a box that holds it, before the answer is known; `rows` takes its
    features and their ids from the answer. Where gaps and coverage come by cell or by zone, `pieces` says which.
    """

    suffix: str
    title: Text
    columns: Callable[[Catalog, Question, str], Mapping[str, Property]]
    bounds: Callable[[Catalog, Question], Bounds | None]
    rows: Callable[[Catalog, Analysis, str], tuple[gpd.GeoDataFrame, list[str]]]

    def build(self, catalog: Catalog, named: NamedQuestion, analysis: Analysis, pieces: str) -> Collection:
        """Make the collection of one answer."""
        frame, ids = self.rows(catalog, analysis, pieces)
        schema = self.columns(catalog, analysis.question, pieces)
        return Collection(
            id=f"{named.id}-{self.suffix}",
            title=joined(named.title, self.title),
            description=named.description,
            frame=frame[[*schema, "geometry"]],
            ids=tuple(ids),
            schema=schema,
            version=analysis.key,
            about=about_answer(catalog, named, analysis),
            region_extent=catalog.region.box.lonlat,
            days=(analysis.question.at, analysis.question.at),
            dimension=POLYGON,
        )

    def foresee(self, catalog: Catalog, named: NamedQuestion, question: Question, pieces: str) -> Foreseen:
        """Describe the collection that the answer to a question will yield, without answering it."""
        return Foreseen(
            id=f"{named.id}-{self.suffix}",
            title=joined(named.title, self.title),
            description=named.description,
            schema=self.columns(catalog, question, pieces),
            version=answer_version(question, catalog.version),
            about=_about(catalog, named, question),
            extent=self.bounds(catalog, question) or catalog.region.box.lonlat,
            interval=(question.at, question.at),
            dimensions=frozenset({POLYGON}),
        )


def joined(question: Text, part: Text) -> Text:
    """Title a part of what a question yields."""
    return Text(en=f"{question.en}: {part.en.lower()}", zh=f"{question.within('zh')}：{part.within('zh')}")


def lonlat(catalog: Catalog, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Move a frame to longitude and latitude, its rows counted anew."""
    return catalog.working.to_lonlat(frame).reset_index(drop=True)


def _about(catalog: Catalog, named: NamedQuestion, question: Question) -> dict[str, Any]:
    """Say what a derived result rests on: the question, the assumption, the layers and their dates."""
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
    }


def about_answer(catalog: Catalog, named: NamedQuestion, analysis: Analysis) -> dict[str, Any]:
    """Say all that an answer rests on."""
    return {**_about(catalog, named, analysis.question), **_found(analysis)}


def _found(analysis: Analysis) -> dict[str, Any]:
    """Say what only the answer tells: what its shares rest on, and which sources lie in no zone."""
    weighed = {}
    if analysis.weight_note is not None:
        weighed = {
            "weight": analysis.weight_note.model_dump(exclude_none=True),
            "weighted_share": analysis.totals.weighted_share,
        }
    return {
        "demand": analysis.demand_note.model_dump(exclude_none=True),
        **weighed,
        "outside": [
            {"layer": row.layer, "id": row.id, "name_en": row.name_en, "name_zh": row.name_zh}
            for row in analysis.outside.itertuples()
        ],
    }


def _coverage_columns(_catalog: Catalog, _question: Question, _pieces: str) -> Mapping[str, Property]:
    return COVERAGE_SCHEMA


def _coverage(catalog: Catalog, analysis: Analysis, pieces: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    if pieces == "cell":
        cells = lonlat(catalog, analysis.covered_pieces)
        return cells, list(cells["id"])
    frame = analysis.coverage
    return lonlat(catalog, frame), ["outside" if zone is None else str(zone) for zone in frame["zone_id"]]


def _gap_columns(_catalog: Catalog, question: Question, pieces: str) -> Mapping[str, Property]:
    if pieces == "zone":
        return _GAP_ZONE_SCHEMA
    return {name: prop for name, prop in GAP_SCHEMA.items() if name != "weighted_gap" or question.zone_weight}


def _gaps(catalog: Catalog, analysis: Analysis, pieces: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    if pieces == "zone":
        whole = lonlat(catalog, analysis.zone_gaps)
        return whole, [str(zone) for zone in whole["zone_id"]]
    frame = analysis.gaps
    centres = gpd.GeoSeries(
        gpd.points_from_xy(frame["circle_easting_m"], frame["circle_northing_m"]),
        crs=frame.crs,
        index=frame.index,
    )
    centres = catalog.working.to_lonlat(centres)
    placed = frame.assign(circle_lon=centres.x.round(7), circle_lat=centres.y.round(7))
    return lonlat(catalog, placed), list(frame["id"])


def _zone_columns(catalog: Catalog, question: Question, _pieces: str) -> Mapping[str, Property]:
    """Give the figures that zones have: of every question, as many depths as it tells apart, and those joined."""
    zones = catalog.zones(question.zone_system)
    figures = {
        figure.column: Property(NUMBER, figure.attribute.title, figure.attribute.unit)
        for figure in catalog.figures(question.zone_system)
    }
    demand = demand_columns(catalog, question, zones) or ("demand_share",)
    own = [name for name in zones.columns if name not in {*ZONE_SCHEMA, *figures, "geometry"}]
    further = [name for name in demand if name not in {*ZONE_SCHEMA, *own, *figures}]
    absent = {f"covered_share_{k}" for k in range(question.depth_cap + 1, MOST_DEPTH + 1)}
    if zones["parent_id"].isna().all():
        absent.add("parent_id")
    return {
        **{name: prop for name, prop in ZONE_SCHEMA.items() if name not in absent},
        **{name: Property(NUMBER) for name in (*own, *further)},
        **figures,
    }


def _zones(catalog: Catalog, analysis: Analysis, _pieces: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    frame = lonlat(catalog, analysis.zones)
    return frame, [str(zone) for zone in frame["zone_id"]]


def _footprint_columns(_catalog: Catalog, _question: Question, _pieces: str) -> Mapping[str, Property]:
    return FOOTPRINT_SCHEMA


def _footprints(catalog: Catalog, analysis: Analysis, _pieces: str) -> tuple[gpd.GeoDataFrame, list[str]]:
    frame = analysis.sources.set_geometry(analysis.footprints)
    assumed = assumed_fields(catalog, analysis.question, analysis.sources)
    frame = frame[["layer", "id", "kind", "name_en", "name_zh", "zone_id"]].assign(assumed=assumed, area_m2=frame.area)
    frame = gpd.GeoDataFrame(frame, geometry=analysis.footprints, crs=analysis.footprints.crs)
    frame = frame.rename(columns={"id": "source_id"})
    ids = [f"{layer}:{source}" for layer, source in zip(frame["layer"], frame["source_id"], strict=True)]
    return lonlat(catalog, frame), ids


COVERAGE = Derived("coverage", Text(en="Coverage", zh="覆蓋範圍"), _coverage_columns, ground_bounds, _coverage)
GAPS = Derived("gaps", Text(en="Gaps", zh="空隙"), _gap_columns, zone_bounds, _gaps)
ZONES = Derived("zones", Text(en="Zone figures", zh="分區數字"), _zone_columns, zone_bounds, _zones)
FOOTPRINTS = Derived("footprints", Text(en="Footprints", zh="各點範圍"), _footprint_columns, reach_bounds, _footprints)
DERIVED = (COVERAGE, GAPS, ZONES, FOOTPRINTS)


def zone_table(analysis: Analysis) -> pd.DataFrame:
    """Lay the figures by zone out as a table without geometry, the columns in the order of the schema."""
    frame = pd.DataFrame(analysis.zones.drop(columns="geometry"))
    known = [name for name in ZONE_SCHEMA if name in frame.columns]
    return frame[[*known, *(name for name in frame.columns if name not in known)]]
