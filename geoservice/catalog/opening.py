"""Opening a folder of layers: every one is read, then checked beside the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from geoservice.catalog.beside import checked_beside_others
from geoservice.catalog.catalog import Catalog
from geoservice.catalog.layer import BrokenLayer, Layer, read_layer
from geoservice.catalog.problems import NO_FOLDER, Problem, Severity
from geoservice.catalog.region import Region, load_region
from geoservice.catalog.tables import shown_tables

Progress = Callable[[str, int, int], None]
"""Called with the name of what is begun, such as a layer, its place among all, and how many there are."""


def open_catalog(path: Path | str, progress: Progress | None = None) -> Catalog:
    """Read a folder of layers; raises RegionError only: whatever is wrong with a layer is in the catalogue."""
    folder = Path(path)
    region, working = load_region(folder)
    folders = sorted(child for child in folder.iterdir() if child.is_dir() and not child.name.startswith((".", "_")))
    read: list[Layer | BrokenLayer] = []
    for count, child in enumerate(folders, start=1):
        if progress is not None:
            progress(child.name, count, len(folders))
        read.append(read_layer(child, region, working))
    layers = {layer.id: layer for layer in read if isinstance(layer, Layer)}
    broken = {layer.id: layer for layer in read if isinstance(layer, BrokenLayer)}
    for missing in sorted(_named_layers(region) - layers.keys() - broken.keys()):
        problem = Problem(
            layer=missing,
            file="region.toml",
            code=NO_FOLDER,
            severity=Severity.ERROR,
            reason=f"region.toml names the layer '{missing}', but there is no such folder.",
        )
        broken[missing] = BrokenLayer(missing, None, problem)
    first = Catalog(folder, region, working, layers, broken)
    checked = {layer.id: checked_beside_others(layer, first) for layer in layers.values()}
    return Catalog(folder, region, working, checked, broken)


def _named_layers(region: Region) -> set[str]:
    names = {system.layer for system in region.zone_systems if system.layer}
    names |= {source.layer for question in region.questions for source in question.sources}
    names |= {demand for question in region.questions for demand in question.demand}
    names |= {question.zone_weight.layer for question in region.questions if question.zone_weight}
    names |= set(shown_tables(region).values())
    return names | ({region.land.layer} if region.land else set())
