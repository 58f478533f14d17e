"""Maps to take away: a page as PDF, a picture for slides, and the frame that will be printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import cast

import numpy as np
import shapely
from flask import Blueprint, Response

from geoservice.catalog import Layer
from geoservice.collections import Box, Collection, Query
from geoservice.errors import ParameterError, message
from geoservice.formats.bundle import BUNDLES
from geoservice.formats.export import Export
from geoservice.formats.geojson import dumps
from geoservice.maps import MapData
from geoservice.maps.facets import are_left
from geoservice.ogc import links
from geoservice.ogc.parameters import parse_bbox, parse_choice, single
from geoservice.prints import (
    LEAST_PX,
    MOST_PX,
    ORIENTATIONS,
    SIZES_MM,
    SLIDE_PX,
    Ask,
    Paper,
    Print,
    as_pdf,
    as_png,
    choices,
    laid_out_print,
    paper,
    picture,
)
from geoservice.prints.hidden import HiddenPlaces, parse_hidden, require_hideable
from geoservice.prints.paper import LARGEST_SCALE, ROOMY_PX, SMALLEST_SCALE, Orientation, Size
from geoservice.prints.sheet import Bounds
from geoservice.prints.wanted import chosen, collections_of, places_of
from geoservice.web.asked import asked_collection, asked_question
from geoservice.web.downloads import EVERYTHING, fill_whole
from geoservice.web.features import prepared
from geoservice.web.headers import same_in_every_language
from geoservice.web.language import language
from geoservice.web.requests import QUESTION, Args, args, tagged
from geoservice.web.service import service

blueprint = Blueprint("prints", __name__)

PDF, PNG = "application/pdf", "image/png"
_WHAT = ("question", *QUESTION, "bbox", "zone", "scale", "layers", "hidden", "labels", "grid")
_PAGE = ("size", "orientation")
_PIXELS = ("width", "height")
_FRAME_DECIMALS = 6


@blueprint.get("/map.pdf")
def pdf() -> Response:
    """Give the map of a question on a page, as PDF."""
    given = args([*_WHAT, *_PAGE])
    return _sent(_ready(given, _page(given)), as_pdf, PDF)


@blueprint.get("/map.png")
def png() -> Response:
    """Give the same drawing as a picture of so many pixels."""
    given = args([*_WHAT, *_PIXELS])
    return _sent(_ready(given, _picture(given)), as_png, PNG)


@blueprint.get("/print.json")
def frame() -> Response:
    """Say what a print would show: its frame on the ground, its scale, what can be printed, and how large a picture."""
    given = args([*_WHAT, *_PAGE, *_PIXELS])
    page = _picture(given) if set(_PIXELS) & set(given) else _page(given)
    ready = _ready(given, page)
    outline = shapely.transform(ready.sheet.frame_lonlat, lambda xy: xy.round(_FRAME_DECIMALS))
    body = {
        "page": {"name": page.name, "width_mm": page.width_mm, "height_mm": page.height_mm},
        "frame_mm": [ready.sheet.layout.frame.width_mm, ready.sheet.layout.frame.height_mm],
        "scale": ready.sheet.scale,
        "pixels": {"least": LEAST_PX, "most": MOST_PX, "roomy": ROOMY_PX},
        "frame": shapely.geometry.mapping(outline),
        "layers": ready.wanted.layers,
        "choices": [asdict(one) for one in choices(ready.data, language())],
    }
    return tagged(dumps(body), links.JSON, _version(ready))


@blueprint.get(f"/map-data.<any({','.join(BUNDLES)}):suffix>")
def data(suffix: str) -> Response:
    """Give the data of what is in view in one file: a GeoPackage, or an archive of GeoJSON or CSV."""
    same_in_every_language()
    given = args(["question", *QUESTION, "bbox", "layers", "hidden"])
    bbox, names, hidden = _bbox(single(given, "bbox")), _layers(given), _hidden(given)
    named, question = asked_question(given)
    if names == []:
        raise ParameterError("layers", "none", message("one layer at least"))
    shown = MapData(service().catalog, named, service().answers(question))
    places = places_of(shown)
    require_hideable(hidden, places)
    ids = collections_of(shown, chosen(shown, names))
    form, made = BUNDLES[suffix], dt.datetime.now().astimezone().date()
    found = [asked_collection(one, given) for one in ids]
    response = tagged(b"", form.media_type, ".".join([*(one.version for one in found), str(made)]))
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    query = Query(limit=EVERYTHING, bbox=None if bbox is None else Box(*bbox))
    name = f"{named.id}-{question.at.isoformat()}-{question.case}.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    with service().prints.taken():
        wanted = [_export(one, query, made, _left_out(places.get(one.id), hidden)) for one in found]
        fill_whole(response, name, partial(form.write, wanted))
    return response


def _left_out(layer: Layer | None, hidden: HiddenPlaces) -> frozenset[str]:
    """Give the ids of the places of a layer that are left out."""
    if layer is None or layer.id not in hidden:
        return frozenset()
    return frozenset(map(str, layer.placed["id"][~are_left(layer, hidden[layer.id])]))


def _export(found: Collection, query: Query, made: dt.date, left_out: frozenset[str]) -> Export:
    positions = found.query(query).positions
    if left_out:
        positions = np.array([one for one in positions if found.ids[one] not in left_out], dtype=np.int64)
    return Export(found, positions, found.frame, tuple(found.schema), made, prepared(found, None))


def _ready(given: Args, page: Paper) -> Print:
    ask = Ask(
        layers=_layers(given),
        bbox=_bbox(single(given, "bbox")),
        zone=single(given, "zone"),
        scale=_whole(given, "scale", LARGEST_SCALE, SMALLEST_SCALE),
        labels=parse_choice(single(given, "labels"), "labels", ("true", "false")) != "false",
        grid=parse_choice(single(given, "grid"), "grid", ("true", "false")) != "false",
        hidden=_hidden(given),
    )
    named, question = asked_question(given)
    data = MapData(service().catalog, named, service().answers(question))
    return laid_out_print(data, page, language(), ask)


def _page(given: Args) -> Paper:
    size = parse_choice(single(given, "size"), "size", SIZES_MM) or "A4"
    orientation = parse_choice(single(given, "orientation"), "orientation", ORIENTATIONS) or "landscape"
    return paper(cast(Size, size), cast(Orientation, orientation))


def _picture(given: Args) -> Paper:
    """Read the size of a picture: 1,920 by 1,080 pixels where nothing is said."""
    width = _whole(given, "width", LEAST_PX[0], MOST_PX[0]) or SLIDE_PX[0]
    return picture(width, _whole(given, "height", LEAST_PX[1], MOST_PX[1]) or SLIDE_PX[1])


def _whole(given: Args, name: str, least: int, most: int) -> int | None:
    text = single(given, name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise ParameterError(
            name, text, message("whole numbers from %(least)s to %(most)s"), {"least": least, "most": most}
        )
    return int(text)


def _layers(given: Args) -> list[str] | None:
    """Read the names of layers; `none` prints the zones alone."""
    text = single(given, "layers")
    return [] if text == "none" else text.split(",") if text is not None else None


def _hidden(given: Args) -> HiddenPlaces:
    """Read which places are left out."""
    text = single(given, "hidden")
    return {} if text is None else parse_hidden(text)


def _bbox(text: str | None) -> Bounds | None:
    """Read a box of degrees; what lies in no part of the region is told apart later."""
    box = parse_bbox(text)
    if not isinstance(box, Box):
        return None
    if box.west >= box.east or box.south >= box.north:
        allowed = message("west,south,east,north in degrees of WGS 84, with west < east, south < north")
        raise ParameterError("bbox", text, allowed)
    return box.west, box.south, box.east, box.north


def _sent(ready: Print, make: Callable[..., bytes], media_type: str) -> Response:
    made = dt.datetime.now().astimezone().date()

    def body() -> bytes:
        with service().prints.taken():
            return make(ready, static=service().settings.static, made=made)

    response = tagged(body, media_type, f"{_version(ready)}.{made}")
    question, page = ready.data.analysis.question, ready.sheet.page
    kind = "png" if page.pixels else "pdf"
    size = f"{page.pixels[0]}x{page.pixels[1]}" if page.pixels else page.name
    name = f"{ready.data.named.id}-{question.at.isoformat()}-{question.case}-{size}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _version(ready: Print) -> str:
    return f"{service().catalog.version}.{ready.data.analysis.key}"
