"""Several collections in one file: a GeoPackage with a table of each, or an archive with a file of each."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoservice.formats.downloads import DOWNLOADS, geopackage
from geoservice.formats.export import Export

Write = Callable[[Sequence[Export], Path], None]


@dataclass(frozen=True, slots=True)
class BundleFormat:
    """A format by what its files end in."""

    suffix: str
    media_type: str
    write: Write


def geopackage_of(exports: Sequence[Export], path: Path) -> None:
    """Write a GeoPackage with a table of each collection, each saying what it rests on."""
    for number, export in enumerate(exports):
        geopackage(export, path, append=number > 0)


def archive_of(exports: Sequence[Export], path: Path, stream: Callable[[Export], Iterator[bytes]], suffix: str) -> None:
    """Write a ZIP archive with a file of each collection."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for export in exports:
            with archive.open(f"{export.file_name}.{suffix}", "w", force_zip64=True) as file:
                for part in stream(export):
                    file.write(part)


def _archive(suffix: str) -> BundleFormat:
    stream = DOWNLOADS[suffix].stream
    if stream is None:
        msg = f"{suffix} is not streamed"
        raise ValueError(msg)

    def write(exports: Sequence[Export], path: Path) -> None:
        archive_of(exports, path, stream, suffix)

    return BundleFormat(f"{suffix}.zip", "application/zip", write)


BUNDLES: Mapping[str, BundleFormat] = {
    form.suffix: form
    for form in (
        BundleFormat("gpkg", DOWNLOADS["gpkg"].media_type, geopackage_of),
        _archive("geojson"),
        _archive("csv"),
    )
}
