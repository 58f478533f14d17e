"""The map of one question: facilities by kind, coverage, gaps, zones shaded by share, with what each rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import Figure
from markupsafe import escape

from geoservice.analysis.known_days import nothing_known
from geoservice.crs import Extent
from geoservice.i18n import LANGUAGES, Language, gettext, told
from geoservice.maps.assets import SCRIPTS, STYLES, embedded, linked, require_local
from geoservice.maps.elements import Furniture, as_label
from geoservice.maps.grid import grid_formula
from geoservice.maps.ground_layers import (
    coverage_layer,
    footprint_layers,
    gaps_layer,
    shade_layers,
    zones_layer,
)
from geoservice.maps.map_data import MapData, MapSources, in_language, rests_on, tile_options
from geoservice.maps.palette import CHANGE, SHARE
from geoservice.maps.point_layers import GROUPS, group_of, point_layers
from geoservice.maps.words import map_words

MIN_ZOOM, MAX_ZOOM = 9, 19
MAP_ID = "main"


def question_map(data: MapData, language: Language, sources: MapSources | None = None, *, static: Path) -> folium.Map:
    """Make the folium map of an answer.

    With `sources` it is a part of a served page and fetches its large layers; without, it stands alone, with all data
    and scripts inside, as a notebook needs it.
    """
    map_ = _bare_map(data, sources)
    layers = [
        zones_layer(data, language, sources),
        *shade_layers(data, language),
        coverage_layer(data, language, sources),
        gaps_layer(data, language, sources),
        *footprint_layers(data, language, sources),
        *point_layers(data, language, sources),
    ]
    for layer in layers:
        layer.add_to(map_)
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
    shown = _shown_box(data)
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
        maxBounds=[[shown.south, shown.west], [shown.north, shown.east]],
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


def _shown_box(data: MapData) -> Extent:
    """Give the box beyond which the map cannot be moved: somewhat more than the region."""
    west, south, east, north = data.catalog.region.box.lonlat
    return Extent(west - 0.4, south - 0.3, east + 0.4, north + 0.3)


def _zone_bounds(data: MapData) -> tuple[float, float, float, float] | None:
    """Give west, south, east and north of all zones, in degrees: what a map shows at first."""
    zones = data.analysis.zones
    if zones.empty:
        return None
    west, south, east, north = data.catalog.working.to_lonlat(zones).total_bounds
    return float(west), float(south), float(east), float(north)


def _furniture(data: MapData, language: Language, sources: MapSources | None) -> dict[str, Any]:
    zones = data.analysis.zones.sort_values("zone_area_m2", ascending=False)
    points = data.catalog.working.to_lonlat(_label_points(zones)) if len(zones) else []
    labels = [
        {"lon": point.x, "lat": point.y, "text": name}
        for point, name in zip(points, in_language(zones, "name", language), strict=True)
    ]
    return {
        "language": LANGUAGES[language].tag,
        "labels": labels,
        "bounds": _zone_bounds(data),
        "words": map_words(language),
        "question": {
            "id": data.named.id,
            "theme": str(data.analysis.question.theme),
            "at": data.analysis.question.at.isoformat(),
            "case": str(data.analysis.question.case),
        },
        "palette": {
            "share": {"colours": SHARE.colours, "dark": SHARE.dark},
            "change": {"colours": CHANGE.colours, "dark": CHANGE.dark},
        },
        "grid": grid_formula(data.catalog.working, _shown_box(data)).as_spec(),
        "services": dict(sources.services) if sources else {},
        "frames": dict(sources.frames_mm) if sources else {},
        "tiles": tile_options(sources) if sources else None,
        "questions": _questions(data, language) if sources else [],
        "missing": _missing(data, language),
        "remark": nothing_known(data.catalog, data.analysis.question, language),
        "assumption": rests_on(data, language),
        "reach": _reach(data, language),
        "credits": str(escape(_credits(data, language))),
        "served": sources is not None,
    }


def _questions(data: MapData, language: Language) -> list[dict[str, str | None]]:
    """List the questions on the same zones that can be answered, with the day of those that have one of their own."""
    asked = data.analysis.question
    fit = [one for one in data.catalog.region.questions if one.zone_system == asked.zone_system]
    return [
        {"id": one.id, "title": one.title.within(language), "at": one.at.isoformat() if one.at else None}
        for one in fit
        if data.catalog.why_unanswerable(one.ask_on(asked.at)) is None
    ]


def _missing(data: MapData, language: Language) -> list[dict[str, str]]:
    """List the layers of places that are not to be had, with why not and what to do about it."""
    found = []
    for broken in data.catalog.broken.values():
        manifest = broken.manifest
        if manifest is None or manifest.role not in GROUPS:
            continue
        _, why = told(data.catalog.why_missing(broken.id), language)
        group = group_of(manifest)
        found.append({"id": broken.id, "title": manifest.title.within(language), "group": group, "why": why or ""})
    return found


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
