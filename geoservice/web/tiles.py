"""Vector tiles of the collections, in the web's grid and the region's own (OGC API - Tiles), and plainly by z/x/y."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, request

from geoservice.collections import Collection
from geoservice.errors import ParameterError
from geoservice.formats.geojson import dumps
from geoservice.i18n import Text
from geoservice.ogc import tile_documents
from geoservice.ogc.links import JSON, collection_address
from geoservice.ogc.openapi_tiles import MOST_COLLECTIONS
from geoservice.ogc.parameters import single
from geoservice.ogc.tile_documents import VERSION, Tiled
from geoservice.tiles import MEDIA_TYPE, MatrixSet
from geoservice.tiles.matrix_set import WEB_MERCATOR
from geoservice.web.asked import asked_collection, known_parameters
from geoservice.web.headers import same_in_every_language
from geoservice.web.language import language
from geoservice.web.requests import COMMON, Args, args, base_address, kept_params, tagged
from geoservice.web.service import service

blueprint = Blueprint("tiles", __name__)

COLLECTIONS = "collections"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"

_TILE = "<zoom>/<row>/<column>"


@blueprint.get("/tileMatrixSets")
def matrix_sets() -> Response:
    """List how tiles are cut."""
    args()
    body = tile_documents.matrix_set_list(base_address(), service().tiles.matrix_sets.values(), language())
    return tagged(dumps(body), JSON, service().catalog.version)


@blueprint.get("/tileMatrixSets/<matrix_set_id>")
def matrix_set(matrix_set_id: str) -> Response:
    """Describe one way of cutting."""
    args()
    body = tile_documents.matrix_set(base_address(), service().tiles.matrix_set(matrix_set_id), language())
    return tagged(dumps(body), JSON, service().catalog.version)


# ------------------------------------------------------------------ of one collection


@blueprint.get("/collections/<collection_id>/tiles")
def tilesets(collection_id: str) -> Response:
    """List the tilesets of a collection."""
    return _tilesets(_of_one(collection_id, args(known_parameters(collection_id))))


@blueprint.get("/collections/<collection_id>/tiles/<matrix_set_id>")
def tileset(collection_id: str, matrix_set_id: str) -> Response:
    """Describe one tileset of a collection."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tileset(_of_one(collection_id, args(known_parameters(collection_id))), cut)


@blueprint.get("/collections/<collection_id>/tiles/<matrix_set_id>/tilejson.json")
def tilejson(collection_id: str, matrix_set_id: str) -> Response:
    """Describe one tileset of a collection as TileJSON."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tilejson(_of_one(collection_id, args(known_parameters(collection_id))), cut)


@blueprint.get(f"/collections/<collection_id>/tiles/<matrix_set_id>/{_TILE}")
def tile(collection_id: str, matrix_set_id: str, zoom: str, row: str, column: str) -> Response:
    """Give one tile of a collection; the row comes before the column, as the standard has it."""
    given = args([VERSION, *known_parameters(collection_id)])
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tile((asked_collection(collection_id, given),), cut, (zoom, row, column), given)


@blueprint.get("/tiles/<collection_id>/<zoom>/<column>/<row>.mvt")
@blueprint.get("/tiles/<collection_id>/<zoom>/<column>/<row>.pbf")
def plain_tile(collection_id: str, zoom: str, column: str, row: str) -> Response:
    """Give one tile of a collection as web maps ask for it: zoom, x, y."""
    return tile(collection_id, WEB_MERCATOR, zoom, row, column)


# ------------------------------------------------------------------ of several collections


@blueprint.get("/tiles")
def dataset_tilesets() -> Response:
    """List the tilesets of several collections in one."""
    return _tilesets(_of_several(_several_args()))


@blueprint.get("/tiles/<matrix_set_id>")
def dataset_tileset(matrix_set_id: str) -> Response:
    """Describe one tileset of several collections."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tileset(_of_several(_several_args()), cut)


@blueprint.get("/tiles/<matrix_set_id>/tilejson.json")
def dataset_tilejson(matrix_set_id: str) -> Response:
    """Describe one tileset of several collections as TileJSON."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tilejson(_of_several(_several_args()), cut)


@blueprint.get(f"/tiles/<matrix_set_id>/{_TILE}")
def dataset_tile(matrix_set_id: str, zoom: str, row: str, column: str) -> Response:
    """Give one tile with a layer for each of several collections."""
    cut = service().tiles.matrix_set(matrix_set_id)
    given = _several_args(VERSION)
    return _tile(_several(given), cut, (zoom, row, column), given)


def _several_args(*more: str) -> Args:
    """Read the parameters, of which those are known that one of the wanted collections has."""
    wanted: Args = request.args.to_dict(flat=False)
    derived = {name for collection_id in _wanted(wanted) for name in known_parameters(collection_id)}
    return args([COLLECTIONS, *sorted(derived), *more])


def _wanted(given: Args) -> list[str]:
    """Read which collections are wanted: all layers where it is not said."""
    text, library = single(given, COLLECTIONS), service().library
    if text is None:
        return list(service().catalog.layers)
    wanted = text.split(",")
    if len(wanted) > MOST_COLLECTIONS or not all(map(library.has, wanted)):
        raise ParameterError(COLLECTIONS, text, f"at most {MOST_COLLECTIONS} of {', '.join(library.ids)}")
    return list(dict.fromkeys(wanted))


def _several(given: Args) -> tuple[Collection, ...]:
    """Give the collections that are wanted, each asked with those parameters that it has."""
    return tuple(
        asked_collection(one, {name: given[name] for name in known_parameters(one) if name in given})
        for one in _wanted(given)
    )


# ------------------------------------------------------------------ answers


def _of_one(collection_id: str, given: Args) -> Tiled:
    found = asked_collection(collection_id, given)
    address = f"{collection_address(base_address(), collection_id)}/tiles"
    return _tiled(address, found.title, found.description, (found,), given)


def _of_several(given: Args) -> Tiled:
    title = service().catalog.region.title
    description = Text(en="Several collections in one tile.", zh="多個資料集合於同一圖磚。")
    return _tiled(f"{base_address()}/tiles", title, description, _several(given), given)


def _tiled(address: str, title: Text, description: Text, found: tuple[Collection, ...], given: Args) -> Tiled:
    around = service().catalog.region.box.lonlat
    return Tiled(address, title, description, found, _version(found, given), around, kept_params(given))


def _version(collections: tuple[Collection, ...], given: Args) -> str:
    """Name what tiles hold: it changes with the data, the question and what else was asked."""
    asked = sorted((name, values) for name, values in given.items() if name not in (VERSION, *COMMON))
    material = f"{[(one.id, one.version) for one in collections]}|{asked}"
    return hashlib.sha256(material.encode()).hexdigest()[:16]


def _tilesets(tiled: Tiled) -> Response:
    sets = service().tiles.matrix_sets.values()
    return tagged(dumps(tile_documents.tilesets(base_address(), tiled, sets, language())), JSON, tiled.version)


def _tileset(tiled: Tiled, cut: MatrixSet) -> Response:
    return tagged(dumps(tile_documents.tileset(base_address(), tiled, cut, language())), JSON, tiled.version)


def _tilejson(tiled: Tiled, cut: MatrixSet) -> Response:
    return tagged(dumps(tile_documents.tilejson(tiled, cut, language())), JSON, tiled.version)


def _tile(collections: tuple[Collection, ...], cut: MatrixSet, place: tuple[str, str, str], given: Args) -> Response:
    """Answer with a tile, or with 204 for an empty one: some clients take an empty 200 for a failure.

    Under an address with the present version in it a tile never changes; under any other, clients ask again.
    """
    same_in_every_language()
    found = cut.tile(*place)
    version = _version(collections, given)
    tag = hashlib.sha256(f"{version}|{cut.id}|{found}".encode()).hexdigest()[:24]
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        body = service().tiles.tile(collections, cut, found)
        response = Response(body, 200 if body else 204, content_type=MEDIA_TYPE)
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = FOR_GOOD if single(given, VERSION) == version else ASK_AGAIN
    return response
