"""The layers of ground on a question's map: zones shaded by figures, coverage, gaps, what each camera sees."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

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
from geoservice.maps.palette import COVERAGE, EMPTY_RADIUS_M, ILLUSTRATIVE, NO_FIGURE
from geoservice.maps.shadings import ZONES, Shading, shadings
from geoservice.vocabulary import Theme

SHAPE_OPACITY = 0.45
"""How opaque shapes from tiles are, a layer as a whole, so that what overlaps where tiles meet does not show."""


def zones_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    """Shade the zones by the share of their area that is covered; the layers below take their data from this one."""
    say = partial(gettext, language)
    system = data.catalog.zone_system(data.analysis.question.zone_system)
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
    shares, *others = shadings(data, language)
    further = [one.key for one in others if one.key not in keys]
    spec = {
        "kind": "zones",
        "titleKeys": name_keys(language),
        "fields": [f for f in fields if f["key"] in keys],
        "footer": rests_on(data, language),
        "classes": classes_by(shares.key, shares.classes),
        "legend": legend(shares.heading, shares.classes, shares.kind),
        "link": {"base": sources.zone_table, "label": say("In the table")} if sources else None,
        **at_or_here(
            sources.zones if sources else None,
            lambda: inline(data, zones, [str(z) for z in zones["zone_id"]], ["name_en", "name_zh", *keys, *further]),
        ),
    }
    spec |= {"title": shares.title, "group": "zones"}
    return DataLayer(ZONES, label(shares.title, shares.classes.colours[4]), spec, show=True)


def shade_layers(data: MapData, language: Language) -> list[DataLayer]:
    """Shade the zones by each further figure of the answer and of joined tables, one layer each, hidden at first."""
    further = shadings(data, language)[1:]
    joined = [one for one in further if one.figure is not None]
    return [
        *(_shade_layer(one, language) for one in further if one.figure is None),
        *(_figure_layer(data, one, number, language) for number, one in enumerate(joined, start=1)),
    ]


def _shade_layer(shading: Shading, language: Language) -> DataLayer:
    element_id = "shade_" + re.sub(r"\W", "_", shading.key)
    return DataLayer(element_id, _shade_label(shading), _shade_spec(shading, language), show=False)


def _figure_layer(data: MapData, shading: Shading, number: int, language: Language) -> DataLayer:
    assert shading.figure is not None  # noqa: S101 - those of tables alone come here
    attribute, manifest = shading.figure.attribute, data.catalog.layers[shading.figure.layer].manifest
    written = f"unit:{attribute.unit}" if attribute.unit else "count"
    spec = {
        **_shade_spec(shading, language),
        "fields": [field_of(shading.key, attribute.title.within(language), written)],
        "footer": source_of(manifest, language),
    }
    return DataLayer(f"figure_{number}", _shade_label(shading), spec, show=False)


def _shade_spec(shading: Shading, language: Language) -> dict[str, Any]:
    shown = legend(shading.heading, shading.classes, shading.kind)
    if shading.lacks_some:
        shown["missing"] = {"colour": NO_FIGURE, "text": gettext(language, "no figure")}
    return {
        "like": ZONES,
        "classes": classes_by(shading.key, shading.classes),
        "legend": shown,
        "title": shading.title,
    }


def _shade_label(shading: Shading) -> str:
    return label(shading.title, shading.classes.colours[-1])


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
    say = partial(gettext, language)
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
