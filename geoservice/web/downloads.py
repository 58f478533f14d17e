"""Downloads of a collection, or of what a query finds in it, at plain addresses such as /collections/posts.csv."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import IO

import geopandas as gpd
from flask import Blueprint, Response, request
from werkzeug.exceptions import PreconditionFailed

from geoservice.cache.whole_files import WholeFile
from geoservice.collections import Collection, Query
from geoservice.errors import CacheError
from geoservice.formats.aside import folder_aside
from geoservice.formats.downloads import DOWNLOADS, DownloadFormat, require_fit
from geoservice.formats.export import Export, file_name
from geoservice.formats.prepared import PIECE_BYTES
from geoservice.ogc.features import placed
from geoservice.web.features import asked_features, in_crs, prepared
from geoservice.web.headers import same_in_every_language
from geoservice.web.parts import asks_for_a_part, parts_of, send_file_or_part
from geoservice.web.requests import Args, tagged
from geoservice.web.service import service

blueprint = Blueprint("downloads", __name__)

_log = logging.getLogger("geoservice")

EVERYTHING = 10**15
"""A limit that no collection reaches."""


@blueprint.get(f"/collections/<collection_id>.<any({','.join(DOWNLOADS)}):suffix>")
def download(collection_id: str, suffix: str) -> Response:
    """Give all features that match as a file, or the part of it that is asked for; the parameters are those of items.

    A format that is streamed is written to a file only once its size or a part of it is asked for.
    """
    same_in_every_language()
    given, query, found = asked_features(collection_id, (), EVERYTHING, EVERYTHING)
    form, made = DOWNLOADS[suffix], dt.datetime.now().astimezone().date()
    files, key = service().downloads, _key(found, given, suffix, made)
    kept = None if files is None else files.find(key)
    response = _headed(found, query, form, made, kept)
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    if kept is None:
        export = _export(found, query, made, as_geojson=suffix.startswith("geojson"))
        require_fit(form, export)
        if files is None or (form.stream is not None and request.method == "GET" and not asks_for_a_part()):
            fill(response, form, export)
            return response
        try:
            kept = files.get(key, suffix, lambda path: _write(form, export, path))
        except CacheError as error:
            _log.warning("A download is not kept: %s", error)
            fill(response, form, export)
            return response
        response = _headed(found, query, form, made, kept)
        if response.status_code == HTTPStatus.NOT_MODIFIED:
            return response
    send_file_or_part(response, kept)
    return response


def _key(found: Collection, given: Args, suffix: str, made: dt.date) -> str:
    """Name a file by all that it follows from: the data, the question, what is asked, the day, and what writes it."""
    asked = sorted((name, values) for name, values in given.items() if name not in ("f", "lang"))
    material = json.dumps([service().state_key, found.id, found.version, suffix, asked, made.isoformat()])
    return hashlib.sha256(material.encode()).hexdigest()[:32]


def _headed(found: Collection, query: Query, form: DownloadFormat, made: dt.date, kept: WholeFile | None) -> Response:
    """Begin a response with all headers but those that tell its length; 304 for a client that has the file."""
    try:
        response = tagged(b"", form.media_type, f"{found.version}.{made}", kept.digest if kept else None)
    except PreconditionFailed:
        if kept is not None:
            kept.file.close()
        raise
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        if kept is not None:
            kept.file.close()
        return response
    in_crs(response, query)
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name(found.id, made)}.{form.suffix}"'
    response.headers["Accept-Ranges"] = "none" if service().downloads is None else "bytes"
    return response


def _write(form: DownloadFormat, export: Export, path: Path) -> None:
    if form.write is not None:
        form.write(export, path)
    elif form.stream is not None:
        with path.open("wb") as file:
            file.writelines(form.stream(export))


def _export(found: Collection, query: Query, made: dt.date, *, as_geojson: bool) -> Export:
    """Gather what is to be written: in files easting or longitude come first, in GeoJSON what the authority says."""
    positions = found.query(query).positions
    whole = query.properties is None and not query.skip_geometry
    ready = prepared(found, query.crs) if as_geojson and whole else None
    system = query.crs
    if system is not None and (system.is_lonlat or (system.is_wgs84 and not as_geojson)):
        system = None
    frame = found.frame
    if system is not None and as_geojson and ready is None:
        frame = placed(found, system, positions)
    if query.skip_geometry:
        frame = frame.set_geometry(gpd.GeoSeries(None, index=frame.index, crs=frame.crs))
    names = query.properties or tuple(found.schema)
    return Export(found, positions, frame, names, made, ready, system, as_geojson, query.skip_geometry)


def fill(response: Response, form: DownloadFormat, export: Export) -> None:
    """Let a response send a file, in parts as they are written or once it is whole."""
    response.headers.pop("Content-Length", None)
    if form.stream is not None:
        response.response = form.stream(export)
        return
    if form.write is None:
        msg = f"{form.suffix} is streamed"
        raise ValueError(msg)
    fill_whole(response, f"{export.collection.id}.{form.suffix}", partial(form.write, export))


def fill_whole(response: Response, name: str, write: Callable[[Path], None]) -> None:
    """Let a response send a file that `write`, called with a place for it, writes whole before."""
    response.headers.pop("Content-Length", None)
    file = _whole(name, write)
    response.content_length = file.seek(0, os.SEEK_END)
    file.seek(0)
    if request.method == "HEAD":
        file.close()
    else:
        response.call_on_close(file.close)
        response.response = parts_of(file)


def _whole(name: str, write: Callable[[Path], None]) -> IO[bytes]:
    """Write a file that has no name any more when this returns, so that nothing of it can be left behind."""
    with folder_aside(Path(tempfile.gettempdir())) as aside:
        part = aside / name
        write(part)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
        with part.open("rb") as written:
            shutil.copyfileobj(written, file, PIECE_BYTES)
    return file
