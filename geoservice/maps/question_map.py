"""The map of one question: facilities by kind, coverage, gaps, zones shaded by share, with what each rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import folium
import geopandas as gpd
import numpy as np
import orjson
import shapely
from branca.element import Figure
from folium.utilities import JsCode
from markupsafe import Markup, escape

from geoservice.analysis import Analysis
from geoservice.catalog import Catalog, Layer, NamedQuestion, ZoneFigure
from geoservice.catalog.zoning import zone_of
from geoservice.formats.geojson import features, plain, rounded
from geoservice.i18n import LANGUAGES, Language, Text, gettext
from geoservice.maps.assets import SCRIPTS, STYLES, embedded, linked, require_local
from geoservice.maps.elements import DataLayer, Furniture, as_label
from geoservice.maps.palette import COVERAGE, EMPTY_RADIUS_M, ILLUSTRATIVE, NO_FIGURE, SHARE, Classes, quantile_classes
from geoservice.vocabulary import THEME_ROLE, Access, Role, Status, Theme

MIN_ZOOM, MAX_ZOOM = 9, 19
MAX_INLINE = 400
"""Layers of more places than this are fetched as far as they are in view, and gathered into clusters farther out."""
PLACES_FROM_ZOOM, AREAS_FROM_ZOOM = 15, 13
"""The zoom levels from which single places, and what cameras cover, are fetched for the view."""
MAP_ID = "main"
_POINT_ROLES = (Role.FACILITY, Role.CAMERA, Role.CANDIDATE)
_SYMBOLS = {
    "circle": '<circle cx="8" cy="8" r="6"/>',
    "square": '<rect x="2.5" y="2.5" width="11" height="11"/>',
    "diamond": '<path d="M8 1 15 8 8 15 1 8z"/>',
    "triangle": '<path d="M8 1.5 15 14H1z"/>',
    "cross": '<path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z"/>',
}


@dataclass(frozen=True, slots=True)
class MapSources:
    """Where a served map takes its parts from: addresses of static files, of the derived collections, of tiles."""

    static: str
    coverage: str
    gaps: str
    zones: str
    zone_table: str
    covered_cells: str = ""
    footprints: str = ""
    layers: str = ""
    tiles: str | None = None
    attribution: str = ""


@dataclass(frozen=True, slots=True)
class MapData:
    """What a map shows: the catalogue, the question by name, and its answer."""

    catalog: Catalog
    named: NamedQuestion
    analysis: Analysis


def question_map(data: MapData, language: Language, sources: MapSources | None = None, *, static: Path) -> folium.Map:
    """Make the folium map of an answer.

    With `sources` it is a part of a served page and fetches its large layers; without, it stands alone, with all data
    and scripts inside, as a notebook needs it.
    """
    map_ = _bare_map(data, sources)
    layers = [
        _zones_layer(data, language, sources),
        *_figure_layers(data, language, sources),
        _coverage_layer(data, language, sources),
        _gaps_layer(data, language, sources),
        *_footprint_layers(data, language, sources),
        *_point_layers(data, language, sources),
    ]
    for layer in layers:
        layer.add_to(map_)
    control = folium.LayerControl(
        position="topright",
        collapsed=JsCode("geoservice.isNarrow()"),  # type: ignore[arg-type]
        autoZIndex=False,
    )
    control._id = "layers"  # noqa: SLF001 - a fixed id makes the same map the same bytes
    control.add_to(map_)
    Furniture(layers, _furniture(data, language, sources)).add_to(map_)
    if sources is None:
        embedded(_figure(map_), static)
    return map_


@dataclass(frozen=True, slots=True)
class MapParts:
    """A served map taken apart: the markup for the body, and the script that is served as a file of its own."""

    html: str
    script: str


def take_apart(map_: folium.Map, static_root: str) -> MapParts:
    """Render a map made with `sources` into its parts; raises AssetError if it links to a file not in our table."""
    figure = _figure(map_)
    for child in list(figure._children.values()):  # noqa: SLF001 - what Figure.render does, without the page
        child.render()
    require_local(figure, static_root)
    return MapParts(html=figure.html.render(), script=figure.script.render())


def _figure(map_: folium.Map) -> Figure:
    figure = map_.get_root()
    assert isinstance(figure, Figure)  # noqa: S101 - _bare_map put it there
    return figure


def _bare_map(data: MapData, sources: MapSources | None) -> folium.Map:
    """Make a map of the region without layers; all its scripts and styles come from our own table."""
    west, south, east, north = data.catalog.region.box.lonlat
    map_ = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=MIN_ZOOM + 2,
        tiles=None,
        control_scale=True,
        min_zoom=MIN_ZOOM,
        max_zoom=MAX_ZOOM,
        minZoom=MIN_ZOOM,
        maxZoom=MAX_ZOOM,
        zoomSnap=0.5,
        maxBounds=[[south - 0.3, west - 0.4], [north + 0.3, east + 0.4]],
    )
    map_._id = MAP_ID  # noqa: SLF001 - a fixed id makes the same map the same bytes
    map_.default_js = linked(SCRIPTS, sources.static) if sources else []
    map_.default_css = linked(STYLES, sources.static) if sources else []
    Figure(height="600px").add_child(map_)
    if sources is not None and sources.tiles is not None:
        tiles = folium.TileLayer(
            sources.tiles,
            attr=as_label(str(escape(sources.attribution or sources.tiles))),
            control=False,
            min_zoom=MIN_ZOOM,
            max_zoom=MAX_ZOOM,
        )
        tiles._id = "background"  # noqa: SLF001 - as above
        tiles.add_to(map_)
    return map_


def _zone_bounds(data: MapData) -> tuple[float, float, float, float] | None:
    """Give west, south, east and north of all zones, in degrees: what a map shows at first."""
    zones = data.analysis.zones
    if zones.empty:
        return None
    west, south, east, north = data.catalog.working.to_lonlat(zones).total_bounds
    return float(west), float(south), float(east), float(north)


def _label(title: str, colour: str, symbol: str = "square", count: int | None = None) -> str:
    """Write a line of the layer control: a picture of the symbol, the title, how many; all text escaped."""
    shape = Markup(_SYMBOLS[symbol])  # noqa: S704 - the table above, not data
    picture = Markup('<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true" fill="{}">{}</svg>').format(
        colour, shape
    )
    number = Markup(' <span class="count">{}</span>').format(count) if count is not None else ""
    return as_label(str(Markup("{} {}{}").format(picture, title, number)))


def _field(key: str, label: str, kind: str = "text") -> dict[str, str]:
    return {"key": key, "label": label, "format": kind}


def _collection(
    data: MapData, frame: gpd.GeoDataFrame, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, Any]:
    """Write features into the page itself."""
    lonlat = rounded(data.catalog.working.to_lonlat(frame))
    document = {"type": "FeatureCollection", "features": features(lonlat, ids, properties)}
    found: dict[str, Any] = orjson.loads(orjson.dumps(document))
    return found


def _name_keys(language: Language) -> list[str]:
    return ["name_zh", "name_en"] if language == "zh" else ["name_en", "name_zh"]


def _from(address: str | None, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Say where a layer's data is: at an address, or right here."""
    return {"url": address} if address is not None else {"data": build()}


def _legend(title: str, classes: Classes, kind: str) -> dict[str, Any]:
    return {"title": title, "breaks": classes.breaks, "colours": classes.colours, "format": kind}


def _rests_on(data: MapData, language: Language) -> str:
    """Name the assumption, which stands under every derived figure."""
    return data.named.assumption.within(language)


def _zones_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    def say(message: str, **values: Any) -> str:
        return gettext(language, message, **values)

    system = data.catalog.zone_system(data.analysis.question.zone_system)
    zones_title = system.title.within(language)
    zones = data.analysis.zones
    attributes = data.catalog.layers[system.layer].manifest.attributes if system.layer else ()
    fields = [
        _field("covered_share", say("Covered share"), "share"),
        _field("covered_share_low", say("at the lowest range"), "share"),
        _field("covered_share_high", say("at the highest range"), "share"),
        _field("covered_share_2", say("covered by 2 or more"), "share"),
        _field("covered_share_3", say("covered by 3 or more"), "share"),
        _field("largest_single_loss_m2", say("Largest loss if one alone fails"), "area"),
        _field("zone_area_m2", say("Area"), "area"),
        _field("gap_area_m2", say("Not covered"), "area"),
        *_inside_fields(data, language),
        _field("nearest_source_max_m", say("Farthest ground from one"), "length"),
        _field("demand_share", say("Covered share of demand"), "share"),
        *(_field(a.name, a.title.within(language), "count") for a in attributes),
    ]
    keys = [f["key"] for f in fields if f["key"] in zones.columns]
    spec = {
        "kind": "zones",
        "titleKeys": _name_keys(language),
        "fields": [f for f in fields if f["key"] in keys],
        "footer": _rests_on(data, language),
        "classes": {"key": "covered_share", "breaks": SHARE.breaks, "colours": SHARE.colours},
        "legend": _legend(say("%(zones)s: covered share of the area", zones=zones_title), SHARE, "share"),
        "link": {"base": sources.zone_table, "label": say("In the table")} if sources else None,
        **_from(
            sources.zones if sources else None,
            lambda: _collection(data, zones, [str(z) for z in zones["zone_id"]], ["name_en", "name_zh", *keys]),
        ),
    }
    label = _label(say("%(zones)s: covered share", zones=zones_title), SHARE.colours[4])
    return DataLayer("zones", label, spec, show=True)


def _figure_layers(data: MapData, language: Language, sources: MapSources | None) -> list[DataLayer]:
    """Shade the zones by each figure of a joined table, one layer a figure, hidden at first."""
    figures = data.catalog.figures(data.analysis.question.zone_system)
    return [_figure_layer(data, figure, number, language, sources) for number, figure in enumerate(figures, start=1)]


def _figure_layer(
    data: MapData, figure: ZoneFigure, number: int, language: Language, sources: MapSources | None
) -> DataLayer:
    manifest = data.catalog.layers[figure.layer].manifest
    title, unit = figure.attribute.title.within(language), figure.attribute.unit
    named = title if unit is None else f"{title} ({unit})"
    zones = data.analysis.zones
    classes = quantile_classes(list(figure.values.values()))
    spec = {
        "kind": "zones",
        "titleKeys": _name_keys(language),
        "fields": [_field(figure.column, title, f"unit:{unit}" if unit else "count")],
        "footer": gettext(
            language,
            "Source: %(source)s, as of %(date)s",
            source=manifest.source.name.within(language),
            date=plain(manifest.as_of),
        ),
        "classes": {"key": figure.column, "breaks": classes.breaks, "colours": classes.colours},
        "legend": {
            **_legend(f"{manifest.title.within(language)}: {named}", classes, "figure"),
            "missing": {"colour": NO_FIGURE, "text": gettext(language, "no figure")},
        },
        **_from(
            sources.zones if sources else None,
            lambda: _collection(data, zones, [str(z) for z in zones["zone_id"]], ["name_en", "name_zh", figure.column]),
        ),
    }
    label = _label(f"{manifest.title.within(language)}: {named}", classes.colours[-1])
    return DataLayer(f"figure_{number}", label, spec, show=False)


def _inside_fields(data: MapData, language: Language) -> list[dict[str, str]]:
    if data.analysis.question.theme is Theme.CAMERAS:
        return [_field("sources_inside", gettext(language, "Cameras inside"), "count")]
    return [
        _field("sources_inside", gettext(language, "Facilities that reach, inside"), "count"),
        _field("facilities_inside", gettext(language, "Facilities of all kinds, inside"), "count"),
    ]


def _coverage_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    title = gettext(language, "Coverage")
    colour = ILLUSTRATIVE if data.catalog.is_illustrative(data.named) else COVERAGE
    spec = {
        "kind": "coverage",
        "titleKeys": _name_keys(language),
        "fields": [_field("covered_area_m2", gettext(language, "Covered area"), "area")],
        "footer": _rests_on(data, language),
        "colour": colour,
        "illustrative": data.catalog.is_illustrative(data.named),
        "legend": {
            "title": gettext(language, "Covered: %(question)s", question=data.named.title.within(language)),
            "colour": colour,
        },
        **_from(sources.coverage if sources else None, lambda: _coverage_data(data)),
    }
    if sources is not None and len(data.analysis.sources) > MAX_INLINE:
        spec |= {"url": sources.covered_cells, "viewFromZoom": AREAS_FROM_ZOOM}
    return DataLayer("coverage", _label(title, colour), spec, show=True)


def _coverage_data(data: MapData) -> dict[str, Any]:
    frame = data.analysis.coverage
    ids = ["outside" if zone is None else str(zone) for zone in frame["zone_id"]]
    return _collection(data, frame, ids, ["name_en", "name_zh", "covered_area_m2"])


def _gaps_layer(data: MapData, language: Language, sources: MapSources | None) -> DataLayer:
    def say(message: str, **values: Any) -> str:
        return gettext(language, message, **values)

    frame = data.analysis.gaps
    fields = [
        _field("rank", say("Rank"), "count"),
        _field("gap_area_m2", say("Area of this piece"), "area"),
        _field("circle_radius_m", say("Largest empty circle, radius"), "length"),
        _field("nearest_source_m", say("From its centre to the nearest facility"), "length"),
        _field("uncovered_demand", say("Demand that is not covered"), "count"),
    ]
    if data.analysis.weight_note is not None:
        fields.append(_field("weighted_gap", say("Weight that is not covered, spread evenly"), "count"))
    note = data.analysis.weight_note.within(language) if data.analysis.weight_note is not None else ""
    spec = {
        "kind": "gaps",
        "titleKeys": _name_keys(language),
        "titlePrefix": say("Gap"),
        "fields": fields,
        "footer": f"{_rests_on(data, language)} {note}".strip(),
        "classes": {
            "key": "circle_radius_m",
            "breaks": EMPTY_RADIUS_M.breaks,
            "colours": EMPTY_RADIUS_M.colours,
        },
        "legend": _legend(say("Gaps: radius of the largest empty circle"), EMPTY_RADIUS_M, "length"),
        **_from(
            sources.gaps if sources else None,
            lambda: _collection(data, frame, list(frame["id"]), ["name_en", "name_zh", *(f["key"] for f in fields)]),
        ),
    }
    return DataLayer("gaps", _label(say("Gaps"), EMPTY_RADIUS_M.colours[4]), spec, show=False)


def _point_layers(data: MapData, language: Language, sources: MapSources | None) -> list[DataLayer]:
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
    names = dict(zip(zones["zone_id"], _in_language(zones, "name", language), strict=True))
    located = zone_of(frame.geometry, zones)
    frame["zone_name"] = [names.get(zone, gettext(language, "outside every zone")) for zone in located]
    reaching = set(data.analysis.sources.loc[data.analysis.sources["layer"] == layer.id, "id"])
    counted = {True: gettext(language, "yes"), False: gettext(language, "no")}
    frame["reaches"] = [counted[fid in reaching] for fid in frame["id"]]
    if "zone_label" in frame.columns:
        differs = {p.feature_id for p in layer.problems if p.code in ("label-differs", "unknown-label")}
        frame["zone_label"] = frame["zone_label"].where(frame["id"].isin(differs), None)
    frame["owner"] = [manifest.in_words(value, language) for value in frame["owner"]]
    frame["kind_title"] = [manifest.kind_title(kind).within(language) for kind in frame["kind"]]
    frame["status_title"] = [_word(language, value) for value in frame["status"]]
    frame["access_title"] = [_word(language, value) for value in frame["access"]]
    system = data.catalog.zone_system(data.analysis.question.zone_system)
    fields = [
        _field("kind_title", gettext(language, "Kind")),
        *(
            _field(a.name, a.title.within(language), f"unit:{a.unit}" if a.unit else "text")
            for a in manifest.attributes
        ),
        *_view_fields(layer, language),
        _field("zone_name", system.title.within(language)),
        _field("zone_label", gettext(language, "Zone as labelled in the source")),
        _field("status_title", gettext(language, "Status")),
        _field("valid_from", gettext(language, "Valid from")),
        _field("valid_to", gettext(language, "Valid to")),
        _field("owner", gettext(language, "Owner")),
        _field("access_title", gettext(language, "Access")),
        _field("reaches", gettext(language, "Counted in this question")),
    ]
    for attribute in manifest.attributes:
        if attribute.name not in frame.columns:
            frame[attribute.name] = _in_language(frame, attribute.name, language)
    keys = [f["key"] for f in fields if f["key"] in frame.columns]
    spec = {
        "kind": "points",
        "titleKeys": _name_keys(language),
        "fields": [f for f in fields if f["key"] in keys],
        "footer": _point_footer(layer, language),
        "colour": manifest.style.colour,
        "symbol": manifest.style.symbol,
        "illustrative": manifest.illustrative,
    }
    if sources is not None and len(frame) > MAX_INLINE:
        spec |= {
            "url": f"{sources.layers}/{quote(layer.id)}/items?limit=1000",
            "clusters": f"{sources.layers}/{quote(layer.id)}/clusters",
            "viewFromZoom": PLACES_FROM_ZOOM,
            "words": {
                "status": {str(word): _word(language, str(word)) for word in Status},
                "access": {str(word): _word(language, str(word)) for word in Access},
            },
            "fields": _raw_fields(layer, language),
        }
    else:
        spec["data"] = _collection(data, frame, list(frame["id"]), ["name_en", "name_zh", *keys])
    label = _label(title, manifest.style.colour, manifest.style.symbol, len(frame))
    return DataLayer(f"layer_{layer.id.replace('-', '_')}", label, spec, show=_is_shown(data, layer))


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
            _field(
                name if name in layer.features.columns else translated,
                a.title.within(language),
                f"unit:{a.unit}" if a.unit else "text",
            )
            for name, translated, a in attributes
        ),
        *_view_fields(layer, language),
        _field("status", gettext(language, "Status"), "word"),
        _field("valid_from", gettext(language, "Valid from")),
        _field("valid_to", gettext(language, "Valid to")),
        _field("owner", gettext(language, "Owner")),
        _field("access", gettext(language, "Access"), "word"),
    ]


def _footprint_layers(data: MapData, language: Language, sources: MapSources | None) -> list[DataLayer]:
    """Show what each camera sees, one by one, on a served map; facilities' discs are plain enough in the coverage."""
    if sources is None or data.analysis.question.theme is not Theme.CAMERAS:
        return []
    title = gettext(language, "What each camera sees")
    colour = ILLUSTRATIVE if data.catalog.is_illustrative(data.named) else COVERAGE
    spec = {
        "kind": "footprints",
        "titleKeys": [*_name_keys(language), "source_id"],
        "fields": [
            _field("source_id", gettext(language, "Camera")),
            _field("area_m2", gettext(language, "Area"), "area"),
            _field("assumed", gettext(language, "Assumed, as not published")),
        ],
        "footer": _rests_on(data, language),
        "colour": colour,
        "illustrative": data.catalog.is_illustrative(data.named),
        "url": sources.footprints,
        "viewFromZoom": PLACES_FROM_ZOOM,
        "legend": {"title": title, "colour": colour},
    }
    return [DataLayer("footprints", _label(title, colour), spec, show=False)]


def _view_fields(layer: Layer, language: Language) -> list[dict[str, str]]:
    """Show what cameras say of their view; what they do not say is in the footer, as an assumption."""
    if layer.manifest.camera is None:
        return []
    return [
        _field("bearing_deg", gettext(language, "Bearing, clockwise from north"), "unit:°"),
        _field("view_angle_deg", gettext(language, "View angle"), "unit:°"),
        _field("range_m", gettext(language, "Range"), "unit:m"),
        _field("nearest_m", gettext(language, "Sees from"), "unit:m"),
    ]


def _point_footer(layer: Layer, language: Language) -> str:
    manifest = layer.manifest
    source = gettext(
        language,
        "Source: %(source)s, as of %(date)s",
        source=manifest.source.name.within(language),
        date=plain(manifest.as_of),
    )
    return source if manifest.camera is None else f"{source}. {manifest.camera.assumption.within(language)}"


def _word(language: Language, word: str | None) -> str | None:
    """Translate a word of the vocabulary, as in `out of service`."""
    return None if word is None else gettext(language, str(word).replace("_", " "))


def _in_language(frame: gpd.GeoDataFrame, name: str, language: Language) -> list[Any]:
    """Take the column of a name in one language, in the other where it has no value."""
    columns = [c for c in (f"{name}_{language}", f"{name}_en", f"{name}_zh", name) if c in frame.columns]
    if not columns:
        return [None] * len(frame)
    values = frame[columns[0]]
    for column in columns[1:]:
        values = values.where(values.notna(), frame[column])
    return [plain(value) for value in values]


def _furniture(data: MapData, language: Language, sources: MapSources | None) -> dict[str, Any]:
    zones = data.analysis.zones.sort_values("zone_area_m2", ascending=False)
    points = data.catalog.working.to_lonlat(_label_points(zones)) if len(zones) else []
    labels = [
        {"lon": point.x, "lat": point.y, "text": name}
        for point, name in zip(points, _in_language(zones, "name", language), strict=True)
    ]
    words: dict[str, Text | str] = {
        "below": gettext(language, "under"),
        "andMore": gettext(language, "and more"),
        "loading": gettext(language, "Loading …"),
        "noAnswer": gettext(language, "the server gave no answer that can be read"),
        "failed": gettext(language, "A layer could not be loaded:"),
        "here": gettext(language, "facilities at this place"),
        "legend": gettext(language, "Legend"),
        "zoomInFor": gettext(language, "Zoom in to see:"),
        "illustrative": gettext(language, "illustrative"),
        "zoomIn": gettext(language, "Zoom in"),
        "zoomOut": gettext(language, "Zoom out"),
        "layers": gettext(language, "Layers"),
        "close": gettext(language, "Close"),
        "unknown": gettext(language, "not known"),
    }
    return {
        "language": LANGUAGES[language].tag,
        "labels": labels,
        "bounds": _zone_bounds(data),
        "words": words,
        "assumption": _rests_on(data, language),
        "reach": _reach(data, language),
        "credits": str(escape(_credits(data, language))),
        "served": sources is not None,
    }


def _reach(data: MapData, language: Language) -> str:
    """Say in a few words that the reach is an assumption, and which."""
    range_m = data.analysis.question.range_m
    if range_m is None:
        return gettext(language, "Ranges of cameras are an assumption")
    return gettext(language, "Reach: %(range)s m, an assumption", range=f"{range_m:,.0f}")


def _label_points(zones: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Give a place inside the largest part of each zone for its name."""
    largest = []
    for geometry in zones.geometry:
        parts = shapely.get_parts(geometry)
        largest.append(parts[int(np.argmax(shapely.area(parts)))])
    return gpd.GeoSeries(shapely.point_on_surface(np.array(largest, dtype=object)), crs=zones.crs)


def _credits(data: MapData, language: Language) -> str:
    """Name the sources of what is drawn, each once."""
    names = [data.catalog.layers[s.layer].manifest.source.name.within(language) for s in data.analysis.question.sources]
    system = data.catalog.zone_system(data.analysis.question.zone_system)
    if system.layer is not None and system.layer in data.catalog.layers:
        names.append(data.catalog.layers[system.layer].manifest.source.name.within(language))
    return "; ".join(dict.fromkeys(names))
