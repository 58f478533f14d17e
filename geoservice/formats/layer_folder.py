"""Writing a new layer's folder: the data file and the layer.toml beside it, whole or not at all."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from geoservice.errors import GeoserviceError
from geoservice.formats.aside import folder_aside, writing

_BESIDE = {
    ".shp": frozenset({".dbf", ".shx", ".prj", ".cpg"}),
    ".tab": frozenset({".dat", ".map", ".id", ".ind"}),
    ".mif": frozenset({".mid"}),
}
"""What belongs to a shapefile or a table of MapInfo besides the file that is named."""


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
    with ExitStack() as stack:
        with writing(target):
            folder = stack.enter_context(folder_aside(layers)) / target.name
            folder.mkdir()
            for path in [source, *companions(source)]:
                shutil.copyfile(path, folder / path.name)
            day = datetime.fromtimestamp(source.stat().st_mtime, UTC).date()
            text = tomli_w.dumps({**manifest, "as_of": day})
            (folder / "layer.toml").write_text(text, encoding="utf-8")
        yield folder
        with writing(target):
            folder.rename(target)


def companions(source: Path) -> list[Path]:
    """List the files that belong to the one that is named, such as the .dbf of a .shp, in capitals or not."""
    wanted = _BESIDE.get(source.suffix.lower(), frozenset())
    beside = source.parent.iterdir() if wanted else ()
    return sorted(path for path in beside if path.stem == source.stem and path.suffix.lower() in wanted)
