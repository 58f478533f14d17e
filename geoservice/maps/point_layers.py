"""The layers of places on a question's map: facilities, cameras and candidate sites, layer by layer."""

from __future__ import annotations

from geoservice.catalog import Layer
from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.zoning import zone_of
from geoservice.i18n import Language, gettext
from geoservice.maps.elements import DataLayer
from geoservice.maps.facets import facet_words, facets_of, in_words
from geoservice.maps.map_data import (
    MAX_INLINE,
    MapData,
    MapSources,
    counted_of,
    field_of,
    in_language,
    in_tiles,
    inline,
    label,
    name_keys,
    source_of,
)
from geoservice.vocabulary import THEME_ROLE, Role

GROUPS = {Role.FACILITY: "facilities", Role.CAMERA: "cameras", Role.CANDIDATE: "candidates"}
"""The groups of the tree, by what the layers in them are for; what is made up stands apart."""
_POINT_ROLES = (Role.FACILITY, Role.CAMERA, Role.CANDIDATE)


def point_layers(data: MapData, language: Language, sources: MapSources | None) -> list[DataLayer]:
    """Show the places of every layer that has some: first those that the question asks about."""
    layers = [layer for role in _POINT_ROLES for layer in data.catalog.with_role(role)]
    layers.sort(key=lambda layer: (not _is_shown(data, layer), _POINT_ROLES.index(layer.manifest.role)))
    titles = [layer.manifest.title.within(language) for layer in layers]
    return [
        _point_layer(data, layer, language, title if titles.count(title) == 1 else f"{title} ({layer.id})", sources)
        for layer, title in zip(layers, titles, strict=True)
        if len(layer.placed)
    ]


def _point_layer(data: MapData, layer: Layer, language: Language, title: str, sources: MapSources | None) -> DataLayer:
    manifest = layer.manifest
    frame = layer.placed.copy()
    zones = data.catalog.zones(data.analysis.question.zone_system)
    names = dict(zip(zones["zone_id"], in_language(zones, "name", language), strict=True))
    located = zone_of(frame.geometry, zones)
    frame["zone_name"] = [names.get(zone, gettext(language, "outside every zone")) for zone in located]
    reaching = counted_of(data, layer)
    counted = {True: gettext(language, "yes"), False: gettext(language, "no")}
    frame["reaches"] = [counted[fid in reaching] for fid in frame["id"]]
    if "zone_label" in frame.columns:
        differs = {p.feature_id for p in layer.problems if p.code in ("label-differs", "unknown-label")}
        frame["zone_label"] = frame["zone_label"].where(frame["id"].isin(differs), None)
    facets = facets_of(layer, language)
    for facet in facets:
        frame[f"facet_{facet['name']}"] = frame[facet["name"]]
    frame["owner"] = [manifest.in_words(value, language) for value in frame["owner"]]
    frame["kind_title"] = [manifest.kind_title(kind).within(language) for kind in frame["kind"]]
    frame["status_title"] = [in_words(language, value) for value in frame["status"]]
    frame["access_title"] = [in_words(language, value) for value in frame["access"]]
    system = data.catalog.zone_system(data.analysis.question.zone_system)
    fields = [
        field_of("kind_title", gettext(language, "Kind")),
        *(
            field_of(a.name, a.title.within(language), f"unit:{a.unit}" if a.unit else "text")
            for a in manifest.attributes
        ),
        *_view_fields(layer, language),
        field_of("zone_name", system.title.within(language)),
        field_of("zone_label", gettext(language, "Zone as labelled in the source")),
        field_of("status_title", gettext(language, "Status")),
        field_of("valid_from", gettext(language, "Valid from")),
        field_of("valid_to", gettext(language, "Valid to")),
        field_of("owner", gettext(language, "Owner")),
        field_of("access_title", gettext(language, "Access")),
        field_of("reaches", gettext(language, "Counted in this question")),
    ]
    for attribute in manifest.attributes:
        if attribute.name not in frame.columns:
            frame[attribute.name] = in_language(frame, attribute.name, language)
    keys = [f["key"] for f in fields if f["key"] in frame.columns]
    spec = {
        "kind": "points",
        "title": title,
        "group": group_of(manifest),
        "count": len(frame),
        "counted": int(frame["id"].isin(reaching).sum()),
        "layer": layer.id,
        "titleKeys": name_keys(language),
        "fields": [f for f in fields if f["key"] in keys],
        "footer": _point_footer(layer, language),
        "colour": manifest.style.colour,
        "symbol": manifest.style.symbol,
        "illustrative": manifest.illustrative,
        "printed": layer.id,
        **({"facets": facets, "words": facet_words(layer, language)} if facets else {}),
    }
    if sources is not None and len(frame) > MAX_INLINE:
        spec |= {"words": facet_words(layer, language), "fields": _raw_fields(layer, language)}
        spec = in_tiles(spec, sources, layer.id, 1.0, [facet["name"] for facet in facets])
    else:
        told = ["name_en", "name_zh", *keys, *(f"facet_{facet['name']}" for facet in facets)]
        spec["data"] = inline(data, frame, list(frame["id"]), told)
    named = label(title, manifest.style.colour, manifest.style.symbol, len(frame))
    return DataLayer(f"layer_{layer.id.replace('-', '_')}", named, spec, show=_is_shown(data, layer))


def group_of(manifest: LayerManifest) -> str:
    """Name the group of the tree that a layer of places stands in."""
    return "illustrative" if manifest.illustrative else GROUPS[manifest.role]


def _is_shown(data: MapData, layer: Layer) -> bool:
    """Show at first what reaches, and what its manifest wants shown beside it of the same theme."""
    question = data.analysis.question
    if layer.id in {source.layer for source in question.sources}:
        return True
    return layer.manifest.style.shown and layer.manifest.role is THEME_ROLE[question.theme]


def _raw_fields(layer: Layer, language: Language) -> list[dict[str, str]]:
    """Name the fields of a layer that is fetched as it stands in its collection."""
    attributes = [(a.name, f"{a.name}_{language}", a) for a in layer.manifest.attributes]
    return [
        *(
            field_of(
                name if name in layer.features.columns else translated,
                a.title.within(language),
                f"unit:{a.unit}" if a.unit else "text",
            )
            for name, translated, a in attributes
        ),
        *_view_fields(layer, language),
        field_of("status", gettext(language, "Status"), "word"),
        field_of("valid_from", gettext(language, "Valid from")),
        field_of("valid_to", gettext(language, "Valid to")),
        field_of("owner", gettext(language, "Owner")),
        field_of("access", gettext(language, "Access"), "word"),
    ]


def _view_fields(layer: Layer, language: Language) -> list[dict[str, str]]:
    """Show what cameras say of their view; what they do not say is in the footer, as an assumption."""
    if layer.manifest.camera is None:
        return []
    return [
        field_of("bearing_deg", gettext(language, "Bearing, clockwise from north"), "unit:°"),
        field_of("view_angle_deg", gettext(language, "View angle"), "unit:°"),
        field_of("range_m", gettext(language, "Range"), "unit:m"),
        field_of("nearest_m", gettext(language, "Sees from"), "unit:m"),
    ]


def _point_footer(layer: Layer, language: Language) -> str:
    manifest = layer.manifest
    source = source_of(manifest, language)
    return source if manifest.camera is None else f"{source}. {manifest.camera.assumption.within(language)}"
