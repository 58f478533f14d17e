"""Writing aside first: what is there stays whole until what takes its place is whole too."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyogrio.errors import DataLayerError, DataSourceError

from geoservice.errors import GeoserviceError, shorten

NOT_WRITTEN = (OSError, DataLayerError, DataSourceError)
"""What a full disk, a locked folder or a value that a format does not hold comes out as."""

_LONGEST = 120
_TRIES = 3


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Say in one line why nothing was written: raises GeoserviceError that names the place."""
    try:
        yield
    except NOT_WRITTEN as error:
        raise GeoserviceError(
            f"Cannot write {place}: {_said(error)}.", advice="Is there room on the disk, and may you write there?"
        ) from error


def _said(error: Exception) -> str:
    """Give the words of the system, or those of GDAL without where it wrote."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return shorten(re.sub(r"(?<= )/.*\.writing-\w+/", "", str(error)).rstrip("."), _LONGEST)


@contextmanager
def folder_aside(parent: Path) -> Iterator[Path]:
    """Give a folder to write in, on the disk of `parent`; what is not moved out of it goes with it."""
    aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=parent))
    try:
        yield aside
    finally:
        for _ in range(_TRIES):  # a thread that was interrupted may put one more file in
            shutil.rmtree(aside, ignore_errors=True)
            if not aside.exists():
                break
