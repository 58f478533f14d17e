"""The layers of ground on a question's map: zones shaded by figures, coverage, gaps, what each camera sees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from geoservice.catalog import ZoneFigure
from geoservice.i18n import Language, gettext
from geoservice.maps.elements import DataLayer
from geoservice.maps.map_data import (
    MAX_INLINE,
    MapData,
    MapSources,
    at_or_here,
    classes_by,
    field_of,
    in_tiles,
    inline,
    label,
    legend,
    name_keys,
    rests_on,
    source_of,
)
from geoservice.maps.palette import COVERAGE, EMPTY_RADIUS_M, ILLUSTRATIVE, NO_FIGURE, SHARE, quantile_classes
from geoservice.vocabulary import Theme

SHAPE_OPACITY = 0.45
"""How opaque shapes from tiles are, a layer as a whole, so that what overlaps where tiles meet does not show."""
ZONES = "zones"


def zones_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    """Shade the zones by the share of their area that is covered; the layers below take their data from this one."""

    def say(message: str, **values: Any) -> str:
        return gettext(language, message, **values)

    system = data.catalog.zone_system(data.analysis.question.zone_system)
    zones_title = system.title.within(language)
    zones = data.analysis.zones
    attributes = data.catalog.layers[system.layer].manifest.attributes if system.layer else ()
    fields = [
        field_of("covered_share", say("Covered share"), "share"),
        field_of("covered_share_low", say("at the lowest range"), "share"),
        field_of("covered_share_high", say("at the highest range"), "share"),
        field_of("covered_share_2", say("covered by 2 or more"), "share"),
        field_of("covered_share_3", say("covered by 3 or more"), "share"),
        field_of("largest_single_loss_m2", say("Largest loss if one alone fails"), "area"),
        field_of("zone_area_m2", say("Area"), "area"),
        field_of("gap_area_m2", say("Not covered"), "area"),
        *_inside_fields(data, language),
        field_of("nearest_source_max_m", say("Farthest ground from one"), "length"),
        field_of("demand_share", say("Covered share of demand"), "share"),
        *(field_of(a.name, a.title.within(language), "count") for a in attributes),
    ]
    keys = [f["key"] for f in fields if f["key"] in zones.columns]
    shaded_by = [shade.key for shade in _shades(data, language)]
    shaded_by += [figure.column for figure in data.catalog.figures(data.analysis.question.zone_system)]
    further = [key for key in shaded_by if key not in keys]
    spec = {
        "kind": "zones",
        "titleKeys": name_keys(language),
        "fields": [f for f in fields if f["key"] in keys],
        "footer": rests_on(data, language),
        "classes": classes_by("covered_share", SHARE),
        "legend": legend(say("%(zones)s: covered share of the area", zones=zones_title), SHARE, "share"),
        "link": {"base": sources.zone_table, "label": say("In the table")} if sources else None,
        **at_or_here(
            sources.zones if sources else None,
            lambda: inline(data, zones, [str(z) for z in zones["zone_id"]], ["name_en", "name_zh", *keys, *further]),
        ),
    }
    title = say("%(zones)s: covered share", zones=zones_title)
    spec |= {"title": title, "group": "zones"}
    return DataLayer(ZONES, label(title, SHARE.colours[4]), spec, show=True)


@dataclass(frozen=True, slots=True)
class _Shade:
    """A figure of the answer that zones are shaded by: its column, what it is called, how it is written."""

    key: str
    title: str
    kind: str


def shade_layers(data: MapData, language: Language) -> list[DataLayer]:
    """Shade the zones by each further figure of the answer, one layer a figure, hidden at first."""
    return [_shade_layer(data, shade, language) for shade in _shades(data, language)]


def _shades(data: MapData, language: Language) -> list[_Shade]:
    """Name the figures that the answer has, but for the covered share, whose layer is the first."""

    def say(message: str, **values: Any) -> str:
        return gettext(language, message, **values)

    zones = data.analysis.zones
    demand = [key for key in zones.columns if key.partition(":")[0] == "demand_share"]
    depths = range(2, data.analysis.question.depth_cap + 1)
    found = [
        *(_Shade(f"covered_share_{k}", say("Covered by %(count)s or more", count=k), "share") for k in depths),
        _Shade("gap_area_m2", say("Area not covered"), "area"),
        _Shade("largest_single_loss_m2", say("Largest loss if one alone fails"), "area"),
        _Shade("nearest_source_max_m", say("Farthest ground from one"), "length"),
        *(_Shade(key, _demand_title(data, key, language), "share") for key in demand),
    ]
    return [shade for shade in found if zones[shade.key].notna().any()]


def _demand_title(data: MapData, key: str, language: Language) -> str:
    """Name a share of demand; those of further layers carry the layer's id in their column."""
    title = gettext(language, "Covered share of demand")
    further = key.partition(":")[2]
    return f"{title}: {data.catalog.layer(further).manifest.title.within(language)}" if further else title


def _shade_layer(data: MapData, shade: _Shade, language: Language) -> DataLayer:
    values = data.analysis.zones[shade.key]
    classes = SHARE if shade.kind == "share" else quantile_classes(list(values))
    zones_title = data.catalog.zone_system(data.analysis.question.zone_system).title.within(language)
    named = gettext(language, "%(zones)s: %(figure)s", zones=zones_title, figure=shade.title)
    shown = legend(named, classes, shade.kind)
    if values.isna().any():
        shown["missing"] = {"colour": NO_FIGURE, "text": gettext(language, "no figure")}
    spec = {
        "like": ZONES,
        "classes": classes_by(shade.key, classes),
        "legend": shown,
        "title": shade.title,
    }
    element_id = "shade_" + re.sub(r"\W", "_", shade.key)
    return DataLayer(element_id, label(shade.title, classes.colours[-1]), spec, show=False)


def figure_layers(data: MapData, language: Language) -> list[DataLayer]:
    """Shade the zones by each figure of a joined table, one layer a figure, hidden at first."""
    figures = data.catalog.figures(data.analysis.question.zone_system)
    return [_figure_layer(data, figure, number, language) for number, figure in enumerate(figures, start=1)]


def _figure_layer(data: MapData, figure: ZoneFigure, number: int, language: Language) -> DataLayer:
    manifest = data.catalog.layers[figure.layer].manifest
    title, unit = figure.attribute.title.within(language), figure.attribute.unit
    named = title if unit is None else f"{title} ({unit})"
    classes = quantile_classes(list(figure.values.values()))
    spec = {
        "like": ZONES,
        "fields": [field_of(figure.column, title, f"unit:{unit}" if unit else "count")],
        "footer": source_of(manifest, language),
        "classes": classes_by(figure.column, classes),
        "legend": {
            **legend(f"{manifest.title.within(language)}: {named}", classes, "figure"),
            "missing": {"colour": NO_FIGURE, "text": gettext(language, "no figure")},
        },
    }
    title = f"{manifest.title.within(language)}: {named}"
    spec |= {"title": title}
    return DataLayer(f"figure_{number}", label(title, classes.colours[-1]), spec, show=False)


def _inside_fields(data: MapData, language: Language) -> list[dict[str, str]]:
    if data.analysis.question.theme is Theme.CAMERAS:
        return [field_of("sources_inside", gettext(language, "Cameras inside"), "count")]
    return [
        field_of("sources_inside", gettext(language, "Facilities that reach, inside"), "count"),
        field_of("facilities_inside", gettext(language, "Facilities of all kinds, inside"), "count"),
    ]


def coverage_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    """Show the ground that is covered."""
    title = gettext(language, "Coverage")
    colour = ILLUSTRATIVE if data.catalog.is_illustrative(data.named) else COVERAGE
    spec = {
        "kind": "coverage",
        "title": title,
        "group": "coverage",
        "titleKeys": name_keys(language),
        "fields": [field_of("covered_area_m2", gettext(language, "Covered area"), "area")],
        "footer": rests_on(data, language),
        "colour": colour,
        "illustrative": data.catalog.is_illustrative(data.named),
        "legend": {
            "title": gettext(language, "Covered: %(question)s", question=data.named.title.within(language)),
            "colour": colour,
        },
        **at_or_here(sources.coverage if sources else None, lambda: _coverage_data(data)),
    }
    if sources is not None and len(data.analysis.sources) > MAX_INLINE:
        spec = in_tiles(spec, sources, f"{data.named.id}-coverage", SHAPE_OPACITY)
    return DataLayer("coverage", label(title, colour), spec, show=True)


def _coverage_data(data: MapData) -> dict[str, Any]:
    frame = data.analysis.coverage
    ids = ["outside" if zone is None else str(zone) for zone in frame["zone_id"]]
    return inline(data, frame, ids, ["name_en", "name_zh", "covered_area_m2"])


def gaps_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    """Show the pieces of ground that nothing covers, by the radius of the largest empty circle; hidden at first."""

    def say(message: str, **values: Any) -> str:
        return gettext(language, message, **values)

    frame = data.analysis.gaps
    fields = [
        field_of("rank", say("Rank"), "count"),
        field_of("gap_area_m2", say("Area of this piece"), "area"),
        field_of("circle_radius_m", say("Largest empty circle, radius"), "length"),
        field_of("nearest_source_m", say("From its centre to the nearest facility"), "length"),
        field_of("uncovered_demand", say("Demand that is not covered"), "count"),
    ]
    if data.analysis.weight_note is not None:
        fields.append(field_of("weighted_gap", say("Weight that is not covered, spread evenly"), "count"))
    note = data.analysis.weight_note.within(language) if data.analysis.weight_note is not None else ""
    spec = {
        "kind": "gaps",
        "title": say("Gaps"),
        "group": "gaps",
        "count": len(frame),
        "titleKeys": name_keys(language),
        "titlePrefix": say("Gap"),
        "fields": fields,
        "footer": f"{rests_on(data, language)} {note}".strip(),
        "classes": classes_by("circle_radius_m", EMPTY_RADIUS_M),
        "legend": legend(say("Gaps: radius of the largest empty circle"), EMPTY_RADIUS_M, "length"),
        **at_or_here(
            sources.gaps if sources else None,
            lambda: inline(data, frame, list(frame["id"]), ["name_en", "name_zh", *(f["key"] for f in fields)]),
        ),
    }
    if sources is not None and len(data.analysis.sources) > MAX_INLINE:
        spec = in_tiles(spec, sources, f"{data.named.id}-gaps", 0.75)
    return DataLayer("gaps", label(say("Gaps"), EMPTY_RADIUS_M.colours[4]), spec, show=False)


def footprint_layers(data: MapData, language: Language, sources: MapSources | None) -> list[DataLayer]:
    """Show what each camera sees, one by one, on a served map; facilities' discs are plain enough in the coverage."""
    if sources is None or data.analysis.question.theme is not Theme.CAMERAS:
        return []
    title = gettext(language, "What each camera sees")
    colour = ILLUSTRATIVE if data.catalog.is_illustrative(data.named) else COVERAGE
    spec = {
        "kind": "footprints",
        "title": title,
        "group": "coverage",
        "titleKeys": [*name_keys(language), "source_id"],
        "fields": [
            field_of("source_id", gettext(language, "Camera")),
            field_of("area_m2", gettext(language, "Area"), "area"),
            field_of("assumed", gettext(language, "Assumed, as not published")),
        ],
        "footer": rests_on(data, language),
        "colour": colour,
        "illustrative": data.catalog.is_illustrative(data.named),
        "legend": {"title": title, "colour": colour},
    }
    spec = in_tiles(spec, sources, f"{data.named.id}-footprints", SHAPE_OPACITY)
    return [DataLayer("footprints", label(title, colour), spec, show=False)]
