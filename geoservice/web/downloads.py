"""Downloads of a collection, or of what a query finds in it, at plain addresses such as /collections/posts.csv."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import IO

import geopandas as gpd
from flask import Blueprint, Response, request

from geoservice.collections import Collection, Query
from geoservice.formats.aside import folder_aside
from geoservice.formats.downloads import DOWNLOADS, DownloadFormat, require_fit
from geoservice.formats.export import Export
from geoservice.formats.prepared import PIECE_BYTES
from geoservice.ogc.features import placed
from geoservice.web.features import asked_features, in_crs, prepared
from geoservice.web.headers import same_in_every_language
from geoservice.web.requests import tagged

blueprint = Blueprint("downloads", __name__)

EVERYTHING = 10**15
"""A limit that no collection reaches."""


@blueprint.get(f"/collections/<collection_id>.<any({','.join(DOWNLOADS)}):suffix>")
def download(collection_id: str, suffix: str) -> Response:
    """Give all features that match as a file; the parameters are those of items."""
    same_in_every_language()
    _, query, found = asked_features(collection_id, (), EVERYTHING, EVERYTHING)
    form, made = DOWNLOADS[suffix], dt.datetime.now().astimezone().date()
    response = tagged(b"", form.media_type, f"{found.version}.{made}")
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    export = _export(found, query, made, as_geojson=suffix.startswith("geojson"))
    require_fit(form, export)
    in_crs(response, query)
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name}.{suffix}"'
    _fill(response, form, export)
    return response


def _export(found: Collection, query: Query, made: dt.date, *, as_geojson: bool) -> Export:
    """Gather what is to be written: in files easting or longitude come first, in GeoJSON what the authority says."""
    positions = found.query(query).positions
    frame = found.frame
    if query.crs is not None and not query.crs.is_lonlat:
        frame = placed(found, query.crs) if as_geojson else frame.to_crs(query.crs.crs)
    if query.skip_geometry:
        frame = frame.set_geometry(gpd.GeoSeries(None, index=frame.index, crs=frame.crs))
    whole = query.properties is None and not query.skip_geometry
    ready = prepared(found, query.crs) if as_geojson and whole else None
    return Export(found, positions, frame, query.properties or tuple(found.schema), made, ready)


def _fill(response: Response, form: DownloadFormat, export: Export) -> None:
    """Let a response send a file, in parts as they are written or once it is whole."""
    response.headers.pop("Content-Length", None)
    if form.stream is not None:
        response.response = form.stream(export)
        return
    file = _whole(form, export)
    response.content_length = file.seek(0, os.SEEK_END)
    file.seek(0)
    if request.method == "HEAD":
        file.close()
    else:
        response.call_on_close(file.close)
        response.response = _parts(file)


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(PIECE_BYTES):
            yield part


def _whole(form: DownloadFormat, export: Export) -> IO[bytes]:
    """Write a file that has no name any more when this returns, so that nothing of it can be left behind."""
    if form.write is None:
        msg = f"{form.suffix} is streamed"
        raise ValueError(msg)
    with folder_aside(Path(tempfile.gettempdir())) as aside:
        part = aside / f"{export.collection.id}.{form.suffix}"
        form.write(export, part)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
        with part.open("rb") as written:
            shutil.copyfileobj(written, file, PIECE_BYTES)
    return file
