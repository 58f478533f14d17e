"""What a question's map is made of: its data, where its parts come from, and what all of its layers share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import orjson
from markupsafe import Markup

from geoservice.analysis import Analysis
from geoservice.catalog import Catalog, Layer, NamedQuestion
from geoservice.catalog.manifest import LayerManifest
from geoservice.errors import AssetError
from geoservice.formats.geojson import features, plain, rounded
from geoservice.i18n import Language, gettext
from geoservice.maps.assets import WORKER
from geoservice.maps.elements import as_label
from geoservice.maps.palette import Classes

MAX_DATA_ZOOM = 17
"""The last zoom of tiles that is fetched; nearer ones show the same."""
THINNED_BELOW_ZOOM = 14
"""Tiles of lower zooms hold one place for several (tiles.tiling.THIN_ABOVE_M)."""
MAX_INLINE = 400
"""Layers of more places than this are drawn from vector tiles, and gathered into clusters farther out."""
_SYMBOLS = {
    "circle": '<circle cx="8" cy="8" r="6"/>',
    "square": '<rect x="2.5" y="2.5" width="11" height="11"/>',
    "diamond": '<path d="M8 1 15 8 8 15 1 8z"/>',
    "triangle": '<path d="M8 1.5 15 14H1z"/>',
    "cross": '<path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z"/>',
}


@dataclass(frozen=True, slots=True)
class TiledSource:
    """Where a collection is in tiles (an address with {z}, {x} and {y}), and the address that its items stand under."""

    tiles: str
    items: str


@dataclass(frozen=True, slots=True)
class MapSources:
    """Where a served map takes its parts from: addresses of static files, of the derived collections, of tiles."""

    static: str
    coverage: str
    gaps: str
    zones: str
    zone_table: str
    tiled: Callable[[str], TiledSource] | None = None
    """Where a collection, by its id, is in tiles; needed by maps of more than MAX_INLINE places."""
    tiles: str | None = None
    attribution: str = ""
    services: Mapping[str, str] = field(default_factory=dict)
    """Addresses by name for the map's own modules, as `spec.services` in static/js/map."""
    frames_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """How wide and high the map is on each page to take away, by what static/js/map/taking.js calls the page."""


@dataclass(frozen=True, slots=True)
class MapData:
    """What a map shows: the catalogue, the question by name, and its answer."""

    catalog: Catalog
    named: NamedQuestion
    analysis: Analysis


def counted_of(data: MapData, layer: Layer) -> frozenset[object]:
    """Give the ids of a layer's features that count in the question, as they reach on its day; others only show."""
    sources = data.analysis.sources
    return frozenset(sources.loc[sources["layer"] == layer.id, "id"])


def label(title: str, colour: str, symbol: str = "square", count: int | None = None) -> str:
    """Write a line of the layer control: a picture of the symbol, the title, how many; all text escaped."""
    shape = Markup(_SYMBOLS[symbol])  # noqa: S704 - the table above, not data
    picture = Markup('<svg class="swatch" viewBox="0 0 16 16" aria-hidden="true" fill="{}">{}</svg>').format(
        colour, shape
    )
    number = Markup(' <span class="count">{}</span>').format(count) if count is not None else ""
    return as_label(str(Markup("{} {}{}").format(picture, title, number)))


def field_of(key: str, label: str, kind: str = "text") -> dict[str, str]:
    """Name a line of a popup: the property, what it is called, how its value is written."""
    return {"key": key, "label": label, "format": kind}


def inline(data: MapData, frame: gpd.GeoDataFrame, ids: Sequence[str], properties: Sequence[str]) -> dict[str, Any]:
    """Write features into the page itself."""
    lonlat = rounded(data.catalog.working.to_lonlat(frame))
    document = {"type": "FeatureCollection", "features": features(lonlat, ids, properties)}
    found: dict[str, Any] = orjson.loads(orjson.dumps(document))
    return found


def name_keys(language: Language) -> list[str]:
    """Give the properties that a feature's name is taken from, the reader's language first."""
    return ["name_zh", "name_en"] if language == "zh" else ["name_en", "name_zh"]


def at_or_here(address: str | None, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Say where a layer's data is: at an address, or right here."""
    return {"url": address} if address is not None else {"data": build()}


def legend(title: str, classes: Classes, kind: str) -> dict[str, Any]:
    """Describe a legend of classes, whose limits are written as `kind` says."""
    return {"title": title, **_colours_of(classes), "format": kind}


def classes_by(key: str, classes: Classes) -> dict[str, Any]:
    """Describe the classes that a property sorts features into."""
    return {"key": key, **_colours_of(classes)}


def _colours_of(classes: Classes) -> dict[str, Any]:
    return {"breaks": classes.breaks, "colours": classes.colours, "dark": classes.dark}


def source_of(manifest: LayerManifest, language: Language) -> str:
    """Name where a layer is from, and of what day."""
    return gettext(
        language,
        "Source: %(source)s, as of %(date)s",
        source=manifest.source.name.within(language),
        date=plain(manifest.as_of),
    )


def rests_on(data: MapData, language: Language) -> str:
    """Name the assumption, which stands under every derived figure."""
    return data.named.assumption.within(language)


def tile_options(sources: MapSources) -> dict[str, Any]:
    """Say what all layers from tiles share: the worker that reads them, and their zooms."""
    return {
        "worker": f"{sources.static}/{WORKER}",
        "maxZoom": MAX_DATA_ZOOM,
        "thinnedBelow": THINNED_BELOW_ZOOM,
    }


def in_tiles(
    spec: Mapping[str, Any], sources: MapSources, collection_id: str, opacity: float, facets: Sequence[str] = ()
) -> dict[str, Any]:
    """Have a layer drawn from the vector tiles of a collection, and what is picked fetched from its items."""
    if sources.tiled is None:
        raise AssetError(
            f"The map's layer of {collection_id} needs tiles.", advice="Give MapSources the addresses of tiles (tiled)."
        )
    source = sources.tiled(collection_id)
    left = {key: value for key, value in spec.items() if key not in ("url", "data")}
    tiles = {
        **tile_options(sources),
        "url": source.tiles,
        "layer": collection_id,
        "opacity": opacity,
        "facets": list(facets),
    }
    return {**left, "items": source.items, "tiles": tiles}


def in_language(frame: gpd.GeoDataFrame, name: str, language: Language) -> list[Any]:
    """Take the column of a name in one language, in the other where it has no value."""
    columns = [c for c in (f"{name}_{language}", f"{name}_en", f"{name}_zh", name) if c in frame.columns]
    if not columns:
        return [None] * len(frame)
    values = frame[columns[0]]
    for column in columns[1:]:
        values = values.where(values.notna(), frame[column])
    return [plain(value) for value in values]
