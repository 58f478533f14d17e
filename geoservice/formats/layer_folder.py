"""Writing a new layer's folder: the data file and the layer.toml beside it, whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from geoservice.errors import GeoserviceError

_BESIDE = (".dbf", ".shx", ".prj", ".cpg")
"""What belongs to a shapefile besides the file that is named."""


def layer_id_of(path: Path) -> str:
    """Make an id of a file's name: letters, digits and single hyphens."""
    return "-".join(re.findall(r"[A-Za-z0-9]+", path.stem)).lower() or "layer"


@contextmanager
def staged_layer(layers: Path, source: Path, manifest: dict[str, Any]) -> Iterator[Path]:
    """Copy a file and write its layer.toml into a folder aside, which takes its place when the block ends well.

    Yields the folder aside. Raises GeoserviceError if the layer is there already or cannot be written; then, and when
    the block fails, nothing is left behind.
    """
    target = layers / str(manifest["id"])
    if target.exists():
        raise GeoserviceError(
            f"There is a layer '{target.name}' already.", advice="Give the new one another --id, or remove the old one."
        )
    try:
        aside = Path(tempfile.mkdtemp(prefix=".adding-", dir=layers))
    except OSError as error:
        raise GeoserviceError(f"Cannot write into {layers}: {error.strerror}.") from error
    try:
        folder = aside / target.name
        folder.mkdir()
        for path in [source, *(source.with_suffix(suffix) for suffix in _BESIDE)]:
            if path == source or (source.suffix.lower() == ".shp" and path.exists()):
                shutil.copyfile(path, folder / path.name)
        day = datetime.fromtimestamp(source.stat().st_mtime, UTC).date()
        text = tomli_w.dumps({**manifest, "as_of": day})
        (folder / "layer.toml").write_text(text, encoding="utf-8")
        yield folder
        folder.rename(target)
    finally:
        shutil.rmtree(aside)
