"""The documents of tiles: matrix sets, tilesets and TileJSON (OGC API - Tiles 20-057, 2D Tile Matrix Set 17-083r4)."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from geoservice.collections import Outline
from geoservice.i18n import Language, Text
from geoservice.ogc.links import CRS84, JSON, Link, Params, in_html, link, with_params
from geoservice.tiles import MEDIA_TYPE, MatrixSet
from geoservice.tiles.attributes import keys_of
from geoservice.tiles.matrix_set import TILE_PX, WEB_MERCATOR, WEB_MERCATOR_LATITUDE, Bounds

RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"
TILESETS = f"{RELATION}tilesets-vector"
SCHEME = f"{RELATION}tiling-scheme"
SCHEMES = f"{RELATION}tiling-schemes"
TILEJSON = "3.0.0"
VERSION = "v"
"""The parameter of a tile's address that names the version of what is in it."""

_TILES = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
_MATRIX_SETS = "http://www.opengis.net/spec/tms/2.0/conf"
CONFORMANCE = (
    f"{_TILES}/core",
    f"{_TILES}/tileset",
    f"{_TILES}/tilesets-list",
    f"{_TILES}/dataset-tilesets",
    f"{_TILES}/geodata-tilesets",
    f"{_TILES}/collections-selection",
    f"{_TILES}/mvt",
    f"{_MATRIX_SETS}/tilematrixset",
    f"{_MATRIX_SETS}/json-tilematrixset",
)
"""The conformance classes that hold."""


@dataclass(frozen=True, slots=True)
class Tiled:
    """What is cut into tiles: some collections, at an address that tilesets stand under.

    `params` are those that every link must keep; `version` changes with what is in the tiles; `around` is the box in
    degrees that is given where no feature has a place.
    """

    address: str
    title: Text
    description: Text
    collections: tuple[Outline, ...]
    version: str
    around: Bounds
    params: Params = field(default_factory=dict)

    @property
    def extent(self) -> Bounds:
        """West, south, east and north of all features, in degrees."""
        boxes = [collection.extent for collection in self.collections if collection.extent is not None]
        if not boxes:
            return self.around
        west, south, east, north = zip(*boxes, strict=True)
        return min(west), min(south), max(east), max(north)

    def link(self, path: str, rel: str, title: str, media_type: str = JSON) -> Link:
        """Link to something under the address, with the parameters kept."""
        return link(with_params(f"{self.address}{path}", self.params), rel, title, media_type)

    def template(self, matrix_set: MatrixSet, zoom: str, row: str, column: str) -> str:
        """Give the address of any tile; with the version in it, clients may keep a tile for good."""
        kept = {name: value for name, value in self.params.items() if name != "lang"}
        place = f"{self.address}/{quote(matrix_set.id)}/{{{zoom}}}/{{{row}}}/{{{column}}}"
        return with_params(place, {**kept, VERSION: self.version})


def landing_links(base: str) -> list[Link]:
    """Link from the landing page to the tiles of all collections and to the matrix sets."""
    return [
        link(f"{base}/tiles", TILESETS, "Vector tiles of the collections"),
        link(f"{base}/tileMatrixSets", SCHEMES, "How tiles are cut"),
    ]


def collection_links(address: str, params: Params) -> list[Link]:
    """Link from a collection to its tiles, as OGC has them and as a TileJSON for web maps."""
    return [
        link(with_params(f"{address}/tiles", params), TILESETS, "Its vector tiles"),
        link(
            with_params(f"{address}/tiles/{WEB_MERCATOR}/tilejson.json", params), "describedby", "TileJSON of its tiles"
        ),
    ]


# ------------------------------------------------------------------ matrix sets


def matrix_set_list(base: str, sets: Iterable[MatrixSet], language: Language) -> dict[str, Any]:
    """Write the list of matrix sets (OGC API - Tiles, /req/tilesets-list; annex on tiling schemes)."""
    return {
        "tileMatrixSets": [
            {
                "id": one.id,
                "title": one.title.within(language),
                "uri": _matrix_set_uri(base, one),
                "crs": _crs(one),
                "links": [link(_matrix_set_address(base, one), "self", "This matrix set")],
            }
            for one in sets
        ],
        "links": [link(f"{base}/tileMatrixSets", "self", "This document"), in_html(f"{base}/tileMatrixSets", {})],
    }


def matrix_set(base: str, one: MatrixSet, language: Language) -> dict[str, Any]:
    """Write one matrix set (OGC 17-083r4, /req/json-tilematrixset), places in the axis order of its system."""
    origin = one.in_axis_order(one.west_m, one.north_m)
    first = one.matrices[0]
    span_m = first.cell_m * TILE_PX
    return {
        "id": one.id,
        "title": one.title.within(language),
        "uri": _matrix_set_uri(base, one),
        "crs": _crs(one),
        "orderedAxes": list(one.axes),
        **({"wellKnownScaleSet": one.scale_set} if one.scale_set else {}),
        "boundingBox": {
            "lowerLeft": one.in_axis_order(one.west_m, one.north_m - first.rows * span_m),
            "upperRight": one.in_axis_order(one.west_m + first.columns * span_m, one.north_m),
            "crs": _crs(one),
            "orderedAxes": list(one.axes),
        },
        "tileMatrices": [
            {
                "id": str(matrix.zoom),
                "scaleDenominator": matrix.scale_denominator,
                "cellSize": matrix.cell_m,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": origin,
                "tileWidth": TILE_PX,
                "tileHeight": TILE_PX,
                "matrixWidth": matrix.columns,
                "matrixHeight": matrix.rows,
            }
            for matrix in one.matrices
        ],
        "links": [
            link(_matrix_set_address(base, one), "self", "This matrix set"),
            in_html(_matrix_set_address(base, one), {}),
            link(f"{base}/tileMatrixSets", SCHEMES, "How tiles are cut"),
        ],
    }


def _matrix_set_address(base: str, one: MatrixSet) -> str:
    return f"{base}/tileMatrixSets/{quote(one.id)}"


def _matrix_set_uri(base: str, one: MatrixSet) -> str:
    return one.uri or _matrix_set_address(base, one)


def _crs(one: MatrixSet) -> str | dict[str, Any]:
    """Name the plane of a matrix set by its code, or define it where it has none."""
    code = one.crs_code
    if code is None:
        return {"wkt": one.crs.to_json_dict()}
    return f"http://www.opengis.net/def/crs/{code[0]}/0/{code[1]}"


# ------------------------------------------------------------------ tilesets


def tilesets(base: str, tiled: Tiled, sets: Iterable[MatrixSet], language: Language) -> dict[str, Any]:
    """Write the list of tilesets, one for each matrix set (OGC API - Tiles, /req/tilesets-list)."""
    return {
        "tilesets": [
            {
                "title": f"{tiled.title.within(language)} ({one.id})",
                "dataType": "vector",
                "crs": _crs(one),
                "tileMatrixSetURI": _matrix_set_uri(base, one),
                "links": _tileset_links(base, tiled, one),
            }
            for one in sets
        ],
        "links": [tiled.link("", "self", "This document"), in_html(tiled.address, tiled.params)],
    }


def tileset(base: str, tiled: Tiled, one: MatrixSet, language: Language) -> dict[str, Any]:
    """Write one tileset (OGC API - Tiles, /req/tileset): what is in it, and which tiles it has."""
    west, south, east, north = tiled.extent
    return {
        "title": tiled.title.within(language),
        "description": tiled.description.within(language),
        "dataType": "vector",
        "crs": _crs(one),
        "tileMatrixSetURI": _matrix_set_uri(base, one),
        "tileMatrixSetLimits": [
            {
                "tileMatrix": str(limits.zoom),
                "minTileRow": limits.first_row,
                "maxTileRow": limits.last_row,
                "minTileCol": limits.first_column,
                "maxTileCol": limits.last_column,
            }
            for limits in one.limits(tiled.extent)
        ],
        "boundingBox": {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84},
        "layers": [_layer(collection, one, language) for collection in tiled.collections],
        **({"attribution": text} if (text := attribution(tiled.collections, language)) else {}),
        "links": _tileset_links(base, tiled, one),
    }


def _tileset_links(base: str, tiled: Tiled, one: MatrixSet) -> list[Link]:
    template = tiled.template(one, "tileMatrix", "tileRow", "tileCol")
    path = f"/{quote(one.id)}"
    return [
        tiled.link(path, "self", "This tileset"),
        in_html(f"{tiled.address}{path}", tiled.params),
        {**link(template, "item", "Its tiles", MEDIA_TYPE), "templated": True},
        link(_matrix_set_address(base, one), SCHEME, "How they are cut"),
        tiled.link(f"{path}/tilejson.json", "describedby", "The same as TileJSON"),
    ]


def _layer(collection: Outline, one: MatrixSet, language: Language) -> dict[str, Any]:
    dimension = _dimension(collection)
    return {
        "id": collection.id,
        "title": collection.title.within(language),
        "description": collection.description.within(language),
        "dataType": "vector",
        **({} if dimension is None else {"geometryDimension": dimension}),
        "minTileMatrix": str(one.matrices[0].zoom),
        "maxTileMatrix": str(one.matrices[-1].zoom),
        "propertiesSchema": {
            "type": "object",
            "properties": {
                name: {"type": kind, **({"title": title} if title else {})}
                for name, (kind, title) in _fields(collection, language).items()
            },
        },
    }


def _dimension(collection: Outline) -> int | None:
    """Tell whether features are points, lines or polygons (0, 1, 2); None where they differ or there are none."""
    found = collection.dimensions
    return next(iter(found)) if len(found) == 1 else None


def _fields(collection: Outline, language: Language) -> dict[str, tuple[str, str | None]]:
    """Name the type and the title of every key that features have in tiles."""
    described: dict[str, tuple[str, str | None]] = {}
    for name, prop in collection.schema.items():
        title = prop.title.within(language) if prop.title else None
        described[name] = (prop.type, f"{title} ({prop.unit})" if title and prop.unit else title)
    own_id, count = keys_of(collection)[-2:]
    described[own_id] = ("string", Text(en="Id of the feature", zh="項目編號").within(language))
    standing = Text(en="Features that this one stands for", zh="所代表的項目數目")
    return {**described, count: ("integer", standing.within(language))}


# ------------------------------------------------------------------ TileJSON

_TYPES = {"number": "Number", "integer": "Number", "boolean": "Boolean"}


def tilejson(tiled: Tiled, one: MatrixSet, language: Language) -> dict[str, Any]:
    """Write TileJSON 3.0; whoever knows Web Mercator alone finds the plane and its corner named, as GDAL reads them.

    Attributions are shown as HTML, so what comes from data is escaped.
    """
    west, south, east, north = tiled.extent
    south, north = max(south, -WEB_MERCATOR_LATITUDE), min(north, WEB_MERCATOR_LATITUDE)
    code = one.crs_code
    document: dict[str, Any] = {
        "tilejson": TILEJSON,
        "name": tiled.title.within(language),
        "names": tiled.title.model_dump(exclude_none=True),
        "description": tiled.description.within(language),
        "scheme": "xyz",
        "tiles": [tiled.template(one, "z", "y", "x")],
        "minzoom": one.matrices[0].zoom,
        "maxzoom": one.finest_zoom,
        "bounds": [west, south, east, north],
        "center": [(west + east) / 2, (south + north) / 2, _first_zoom(tiled, one)],
        "vector_layers": [_vector_layer(collection, one, language) for collection in tiled.collections],
        **({} if code is None else {"crs": ":".join(code)}),
        "tile_origin_upper_left_x": one.west_m,
        "tile_origin_upper_left_y": one.north_m,
        "tile_dimension_zoom_0": one.span_m,
    }
    text = attribution(tiled.collections, language)
    return {**document, "attribution": html.escape(text)} if text else document


def _first_zoom(tiled: Tiled, one: MatrixSet) -> int:
    """Find the last zoom at which all lies in one tile, or the first."""
    single = [
        limits.zoom
        for limits in one.limits(tiled.extent)
        if limits.first_row == limits.last_row and limits.first_column == limits.last_column
    ]
    return min(max(single, default=0), one.finest_zoom)


def _vector_layer(collection: Outline, one: MatrixSet, language: Language) -> dict[str, Any]:
    fields = _fields(collection, language)
    return {
        "id": collection.id,
        "description": collection.title.within(language),
        "minzoom": one.matrices[0].zoom,
        "maxzoom": one.finest_zoom,
        "fields": {name: _TYPES.get(kind, "String") for name, (kind, _) in fields.items()},
        "field_titles": {name: title for name, (_, title) in fields.items() if title},
    }


def attribution(collections: Iterable[Outline], language: Language) -> str:
    """Name the sources and licences that collections rest on."""
    named: dict[str, None] = {}
    for collection in collections:
        about = collection.about
        for one in (about, *about.get("rests_on", ())):
            for what in ("source", "licence"):
                name = one.get(what, {}).get("name") if isinstance(one.get(what), Mapping) else None
                if name:
                    named[name.get(language) or name["en"]] = None
    return "; ".join(named)
