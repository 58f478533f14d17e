"""Vector tiles of the collections, in the web's grid and the region's own (OGC API - Tiles), and plainly by z/x/y."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, request, url_for

from geoservice.collections import Collection, Outline, Query
from geoservice.collections.outline import outline_version, without_features
from geoservice.errors import ParameterError, message
from geoservice.formats.geojson import dumps
from geoservice.i18n import Text
from geoservice.ogc import tile_documents
from geoservice.ogc.links import JSON, collection_address
from geoservice.ogc.openapi_tiles import MOST_COLLECTIONS
from geoservice.ogc.parameters import RESERVED, TILE_SEARCH, filterable, parse_choice, parse_tile_query, single
from geoservice.ogc.tile_documents import VERSION, Tiled
from geoservice.tiles import MEDIA_TYPE, MatrixSet
from geoservice.tiles.matrix_set import WEB_MERCATOR
from geoservice.web.asked import asked_collection, asked_outline, known_parameters
from geoservice.web.conditions import Conditional
from geoservice.web.errors import FORMATS
from geoservice.web.headers import same_in_every_language
from geoservice.web.language import language
from geoservice.web.requests import (
    COMMON,
    FORMAT,
    Args,
    all_args,
    answered,
    args,
    base_address,
    kept_params,
    require_args,
    tagged,
)
from geoservice.web.service import service

blueprint = Blueprint("tiles", __name__)

COLLECTIONS = "collections"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"

_TILE = "<zoom>/<row>/<column>"
_PAGE = "tiles.html"


@blueprint.get("/tileMatrixSets")
def matrix_sets() -> Response:
    """List how tiles are cut."""
    args(FORMAT)
    body = tile_documents.matrix_set_list(base_address(), service().tiles.matrix_sets.values(), language())
    return answered(body, JSON, service().catalog.version, _PAGE)


@blueprint.get("/tileMatrixSets/<matrix_set_id>")
def matrix_set(matrix_set_id: str) -> Response:
    """Describe one way of cutting."""
    args(FORMAT)
    body = tile_documents.matrix_set(base_address(), service().tiles.matrix_set(matrix_set_id), language())
    return answered(body, JSON, service().catalog.version, _PAGE)


# ------------------------------------------------------------------ of one collection


@blueprint.get("/collections/<collection_id>/tiles")
def tilesets(collection_id: str) -> Response:
    """List the tilesets of a collection."""
    return _tilesets(_of_one(collection_id, FORMAT))


@blueprint.get("/collections/<collection_id>/tiles/<matrix_set_id>")
def tileset(collection_id: str, matrix_set_id: str) -> Response:
    """Describe one tileset of a collection."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tileset(_of_one(collection_id, FORMAT), cut)


@blueprint.get("/collections/<collection_id>/tiles/<matrix_set_id>/tilejson.json")
def tilejson(collection_id: str, matrix_set_id: str) -> Response:
    """Describe one tileset of a collection as TileJSON."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tilejson(_of_one(collection_id), cut)


@blueprint.get(f"/collections/<collection_id>/tiles/<matrix_set_id>/{_TILE}")
def tile(collection_id: str, matrix_set_id: str, zoom: str, row: str, column: str) -> Response:
    """Give one tile of a collection; the row comes before the column, as the standard has it."""
    given = _one_args(collection_id, VERSION)
    cut = service().tiles.matrix_set(matrix_set_id)
    found = asked_collection(collection_id, given)
    return _tile([(found, _chosen(found, given))], cut, (zoom, row, column), given)


@blueprint.get("/tiles/<collection_id>/<zoom>/<column>/<row>.mvt")
@blueprint.get("/tiles/<collection_id>/<zoom>/<column>/<row>.pbf")
def plain_tile(collection_id: str, zoom: str, column: str, row: str) -> Response:
    """Give one tile of a collection as web maps ask for it: zoom, x, y."""
    return tile(collection_id, WEB_MERCATOR, zoom, row, column)


# ------------------------------------------------------------------ of several collections


@blueprint.get("/tiles")
def dataset_tilesets() -> Response:
    """List the tilesets of several collections in one."""
    return _tilesets(_of_several(_several_args(*FORMAT)))


@blueprint.get("/tiles/<matrix_set_id>")
def dataset_tileset(matrix_set_id: str) -> Response:
    """Describe one tileset of several collections."""
    cut = service().tiles.matrix_set(matrix_set_id)
    return _tileset(_of_several(_several_args(*FORMAT)), cut)


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
    found = [(asked_collection(one, asked), asked) for one, asked in _several(given)]
    return _tile([(one, _chosen(one, asked)) for one, asked in found], cut, (zoom, row, column), given)


# ------------------------------------------------------------------ what is asked for


def _one_args(collection_id: str, *more: str) -> Args:
    """Read the parameters for one collection; those are left for `_chosen` to look at that name no parameter."""
    given = all_args()
    known = [*TILE_SEARCH, *known_parameters(collection_id), *more]
    require_args([name for name in given if name in RESERVED], known)
    return given


def _chosen(found: Outline, given: Args) -> Query | None:
    """Read which features of a collection tiles are to hold: those of a day, a filter, a property's value."""
    if not given:
        return None
    asked = {name: values for name, values in given.items() if name not in (VERSION, COLLECTIONS, *FORMAT)}
    require_args([name for name in asked if name not in RESERVED], filterable(found))
    return parse_tile_query(asked, found, service().catalog.served_crs)


def _require_fit(found: Outline, given: Args) -> None:
    """Raise ParameterError for a filter that no tile could be written by."""
    query = _chosen(found, given)
    if query is not None:
        without_features(found).matching(query)


def _several_args(*more: str) -> Args:
    """Read the parameters, of which those are known that one of the wanted collections has."""
    wanted: Args = request.args.to_dict(flat=False)
    derived = {name for collection_id in _wanted(wanted) for name in known_parameters(collection_id)}
    return args([COLLECTIONS, *TILE_SEARCH, *sorted(derived), *more])


def _wanted(given: Args) -> list[str]:
    """Read which collections are wanted: all layers where it is not said."""
    text, library = single(given, COLLECTIONS), service().library
    if text is None:
        return list(service().catalog.layers)
    wanted = text.split(",")
    if len(wanted) > MOST_COLLECTIONS or not all(map(library.has, wanted)):
        allowed = message("at most %(most)s of %(listed)s")
        raise ParameterError(COLLECTIONS, text, allowed, {"most": MOST_COLLECTIONS, "listed": ", ".join(library.ids)})
    return list(dict.fromkeys(wanted))


def _several(given: Args) -> list[tuple[str, Args]]:
    """Name the collections that are wanted, each with those parameters that it has."""
    return [
        (one, {name: given[name] for name in (*known_parameters(one), *TILE_SEARCH) if name in given})
        for one in _wanted(given)
    ]


# ------------------------------------------------------------------ answers


def _of_one(collection_id: str, more: Sequence[str] = ()) -> Tiled:
    given = _one_args(collection_id, *more)
    parse_choice(single(given, "f"), "f", FORMATS)
    found = asked_outline(collection_id, given)
    _require_fit(found, given)
    address = f"{collection_address(base_address(), collection_id)}/tiles"
    return _tiled(address, found.title, found.description, (found,), given)


def tile_address(collection_id: str, given: Args) -> str:
    """Write where the tiles of a collection are, with {z}, {y} and {x}, on this server and of this version."""
    version = _version((asked_outline(collection_id, given),), given)
    params = urlencode({name: values[0] for name, values in given.items()} | {VERSION: version})
    collection = url_for("features.collection", collection_id=collection_id)
    return f"{collection}/tiles/{WEB_MERCATOR}/{{z}}/{{y}}/{{x}}?{params}"


def _of_several(given: Args) -> Tiled:
    title = service().catalog.region.title
    description = Text(en="Several collections in one tile.", zh="多個資料集合於同一圖磚。")
    found = [(asked_outline(one, asked), asked) for one, asked in _several(given)]
    for one, asked in found:
        _require_fit(one, asked)
    outlines = tuple(one for one, _ in found)
    return _tiled(f"{base_address()}/tiles", title, description, outlines, given)


def _tiled(address: str, title: Text, description: Text, found: tuple[Outline, ...], given: Args) -> Tiled:
    around = service().catalog.region.box.lonlat
    kept = {name: value for name, value in kept_params(given).items() if name not in FORMAT}
    return Tiled(address, title, description, found, _version(found, given), around, kept)


def _version(collections: tuple[Outline, ...], given: Args) -> str:
    """Name what tiles hold: it changes with the data, the question, what else was asked, and how tiles are made."""
    asked = sorted((name, values) for name, values in given.items() if name not in (VERSION, *FORMAT, *COMMON))
    material = f"{service().tiles_key}|{[(one.id, one.version) for one in collections]}|{asked}"
    return hashlib.sha256(material.encode()).hexdigest()[:16]


def _described(tiled: Tiled) -> str:
    """Name what a description of tiles depends on; what it tells of their extent is closer once features are made."""
    return "|".join([tiled.version, *(outline_version(one) for one in tiled.collections)])


def _tilesets(tiled: Tiled) -> Response:
    sets = service().tiles.matrix_sets.values()
    document = tile_documents.tilesets(base_address(), tiled, sets, language())
    return answered(document, JSON, _described(tiled), _PAGE)


def _tileset(tiled: Tiled, cut: MatrixSet) -> Response:
    document = tile_documents.tileset(base_address(), tiled, cut, language())
    return answered(document, JSON, _described(tiled), _PAGE)


def _tilejson(tiled: Tiled, cut: MatrixSet) -> Response:
    return tagged(dumps(tile_documents.tilejson(tiled, cut, language())), JSON, _described(tiled))


def _tile(
    wanted: Sequence[tuple[Collection, Query | None]], cut: MatrixSet, place: tuple[str, str, str], given: Args
) -> Response:
    """Answer with a tile, or with 204 for an empty one: some clients take an empty 200 for a failure.

    Under an address with the present version in it a tile never changes; under any other, clients ask again.
    """
    same_in_every_language()
    found = cut.tile(*place)
    collections = tuple(collection for collection, _ in wanted)
    version = _version(collections, given)
    tag = hashlib.sha256(f"{version}|{cut.id}|{found}".encode()).hexdigest()[:24]
    response = Conditional(content_type=MEDIA_TYPE)
    response.set_etag(tag, weak=True)
    response.make_conditional(request)
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        body = service().tiles.tile(collections, cut, found, [query for _, query in wanted])
        response.set_data(body)
        response.status_code = HTTPStatus.OK if body else HTTPStatus.NO_CONTENT
    response.headers["Cache-Control"] = FOR_GOOD if single(given, VERSION) == version else ASK_AGAIN
    return response
