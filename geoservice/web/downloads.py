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

from flask import Blueprint, Response, request

from geoservice.formats.aside import folder_aside
from geoservice.formats.downloads import DOWNLOADS, DownloadFormat, require_fit
from geoservice.formats.export import Export
from geoservice.formats.prepared import PIECE_BYTES
from geoservice.web.features import asked_features
from geoservice.web.headers import same_in_every_language
from geoservice.web.requests import tagged
from geoservice.web.service import service

blueprint = Blueprint("downloads", __name__)

EVERYTHING = 10**15
"""A limit that no collection reaches."""


@blueprint.get(f"/collections/<collection_id>.<any({','.join(DOWNLOADS)}):suffix>")
def download(collection_id: str, suffix: str) -> Response:
    """Give all features that match as a file; the parameters are those of items."""
    same_in_every_language()
    _, query, found = asked_features(collection_id, EVERYTHING, EVERYTHING)
    form, made = DOWNLOADS[suffix], dt.datetime.now().astimezone().date()
    response = tagged(b"", form.media_type, f"{found.version}.{made}")
    if response.status_code == HTTPStatus.NOT_MODIFIED:
        return response
    page = found.query(query)
    prepared = service().prepared.of(found) if suffix.startswith("geojson") else None
    export = Export(found, page.positions, found.frame, tuple(found.schema), made, prepared)
    require_fit(form, export)
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name}.{suffix}"'
    _fill(response, form, export)
    return response


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
