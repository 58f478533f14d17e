"""The description of tiles, clusters and files in OpenAPI 3.0: of each collection, and of several in one tile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from geoservice.collections import Outline
from geoservice.collections.collection import MOST_CLUSTERS
from geoservice.formats.downloads import DOWNLOADS
from geoservice.formats.geojson import MEDIA_TYPE as GEOJSON
from geoservice.ogc.openapi_parts import (
    JSON,
    Document,
    get_content,
    get_document,
    path_parameter,
    problem,
    query_parameter,
    reference,
)
from geoservice.ogc.parameters import MAX_ZOOM, TILE_SEARCH
from geoservice.ogc.tile_documents import VERSION
from geoservice.tiles import MEDIA_TYPE

MOST_COLLECTIONS = 32
"""How many collections one tile may hold."""

_PLACE = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
_ASKED = ("before_at", "at", "case", "pieces")
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def dataset_paths() -> Document:
    """Describe how tiles are cut, and tiles of several collections."""
    named = ["tileMatrixSetId"]
    return {
        "/tileMatrixSets": _document("matrixSets", "How tiles are cut", "tileMatrixSets", ()),
        "/tileMatrixSets/{tileMatrixSetId}": _document("matrixSet", "One way of cutting", "tileMatrixSet", named),
        **_tilesets("/tiles", "", "Several collections", ("collections", *TILE_SEARCH, *_ASKED), (), answered=True),
    }


def collection_paths(
    found: Outline, address: str, asked: Sequence[str], searching: Sequence[Document], conditions: Sequence[Document]
) -> Document:
    """Describe the tiles, the clusters and the files of one collection.

    `searching` is what chooses features of a file, `conditions` are properties that may be asked for by their value.
    """
    title, answered = found.title.en, bool(asked)
    chosen = [*TILE_SEARCH, *asked]
    by_value = [one for one in conditions if one["name"] != VERSION]
    zoom = query_parameter(
        "zoom",
        "The zoom of the map: places in a square of 64 of its pixels come as one. Where that leaves more than "
        f"{MOST_CLUSTERS} clusters, the answer is 400: take a lower zoom, or a bbox.",
        {"type": "integer", "minimum": 0, "maximum": MAX_ZOOM},
    )
    files = {form.media_type.partition(";")[0]: _BINARY for form in DOWNLOADS.values()}
    files[GEOJSON] = {"schema": reference("schemas", "featureCollection")}
    plain = f"/tiles/{quote(found.id, safe='')}/{{tileMatrix}}/{{tileCol}}/{{tileRow}}.{{tileSuffix}}"
    file = get_content(
        f"download.{found.id}",
        f"{title}: what matches, as a file",
        "data",
        files,
        [*_shared(["fileSuffix", "lang"]), *searching, *conditions],
        answered=answered,
    )
    file["get"]["responses"] |= {
        "206": {
            "description": "The part that the header Range asks for.",
            "content": file["get"]["responses"]["200"]["content"],
        },
        "412": problem("The file is another than the header If-Match has, or later than If-Unmodified-Since."),
        "416": problem("The part lies beyond the end of the file."),
    }
    return {
        **_tilesets(f"{address}/tiles", f".{found.id}", title, chosen, by_value, answered=answered),
        plain: _tile(
            f"plainTile.{found.id}",
            title,
            ["tileMatrix", "tileCol", "tileRow", "tileSuffix", *chosen],
            by_value,
            answered=answered,
        ),
        f"{address}/clusters": get_content(
            f"clusters.{found.id}",
            f"{title}: how many features are where",
            "data",
            {GEOJSON: {"schema": reference("schemas", "clusters")}},
            [{**zoom, "required": True}, *_shared(["bbox", *asked, "lang"])],
            answered=answered,
        ),
        f"{address}.{{fileSuffix}}": file,
    }


def tile_parameters(ids: Sequence[str], matrix_sets: Sequence[str]) -> Document:
    """Describe the parameters that tiles and files have."""
    number = {"type": "integer", "minimum": 0, "maximum": 2**MAX_ZOOM - 1}
    chosen = {
        "type": "array",
        "minItems": 1,
        "maxItems": MOST_COLLECTIONS,
        "items": {"type": "string", "enum": list(ids)},
    }
    parameters = [
        path_parameter("tileMatrixSetId", "How tiles are cut.", {"type": "string", "enum": list(matrix_sets)}),
        path_parameter("tileMatrix", "The zoom.", {**number, "maximum": MAX_ZOOM}),
        path_parameter("tileRow", "The row, from the north.", number),
        path_parameter("tileCol", "The column, from the west.", number),
        path_parameter("tileSuffix", "As web maps ask for it.", {"type": "string", "enum": ["mvt", "pbf"]}),
        path_parameter("fileSuffix", "The format.", {"type": "string", "enum": list(DOWNLOADS)}),
        query_parameter("collections", "Which collections; all layers if none is named.", chosen),
        query_parameter(VERSION, "The version, as TileJSON writes it; such a tile may be kept.", {"type": "string"}),
    ]
    return {one["name"]: one for one in parameters}


def _tilesets(
    address: str, name: str, title: str, asked: Sequence[str], own: Sequence[Document], *, answered: bool
) -> Document:
    """Describe the list of tilesets, each tileset, its TileJSON and its tiles."""
    one = f"{address}/{{tileMatrixSetId}}"
    placed = ["tileMatrixSetId", *asked]
    return {
        address: _document(f"tilesets{name}", f"{title}: tilesets", "tilesets", asked, own, answered=answered),
        one: _document(f"tileset{name}", f"{title}: one tileset", "tileset", placed, own, answered=answered),
        f"{one}/tilejson.json": get_content(
            f"tilejson{name}",
            f"{title}: TileJSON",
            "tiles",
            {JSON: {"schema": reference("schemas", "tileJson")}},
            [*_shared([*placed, "lang"]), *own],
            answered=answered,
        ),
        f"{one}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _tile(
            f"tile{name}", title, [*_PLACE, *asked], own, answered=answered
        ),
    }


def _document(
    operation: str,
    summary: str,
    schema: str,
    shared: Sequence[str],
    own: Sequence[Document] = (),
    *,
    answered: bool = False,
) -> Document:
    return get_document(operation, summary, schema, shared, JSON, own, answered=answered, tag="tiles")


def _tile(operation: str, title: str, shared: Sequence[str], own: Sequence[Document], *, answered: bool) -> Document:
    """Describe one tile, which may be empty."""
    described = get_content(
        operation,
        f"{title}: one tile",
        "tiles",
        {MEDIA_TYPE: _BINARY},
        [*_shared([*shared, VERSION, "lang"]), *own],
        answered=answered,
    )
    described["get"]["responses"]["204"] = {"description": "Nothing lies in this tile."}
    return described


def _shared(names: Sequence[str]) -> list[Any]:
    return [reference("parameters", name) for name in names]
