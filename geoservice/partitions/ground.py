"""The ground that partitions cover and leave out, as geometry: a GeoParquet file for each square, gathered nowhere."""

from __future__ import annotations

import uuid
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geoservice.coverage.cells import cut_to_cells
from geoservice.coverage.cover import cover_pieces
from geoservice.errors import PartitionError
from geoservice.formats.aside import folder_aside, writing
from geoservice.partitions.engine import Map, Step, collected
from geoservice.partitions.folder import Partitions, meeting, open_partitions
from geoservice.partitions.read import reaching_into

CELL_M = 512
"""The ground comes in pieces by zone and cell of this side, or the square's where that is smaller."""
DUST_M2 = 0.01


def write_ground(partitions: Partitions, target: Path, mapped: Map, *, step: Step | None = None) -> int:
    """Write what is covered and what is not as GeoParquet, a file a square, into a new folder; give how many pieces.

    Columns: zone_id, part ("covered" or "gap"), area_m2, and the geometry in the working CRS. The folder appears when
    all of it is written. Raises GeoserviceError where that cannot be.
    """
    place = Path(target).absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise PartitionError(f"{target} is there already.", advice="Name a folder that is new or empty.")
    with writing(target):
        if not place.parent.is_dir():
            raise PartitionError(f"Cannot write {target}: there is no folder {place.parent}.", advice="Make it first.")
        with folder_aside(place.parent) as aside:
            aside.chmod(0o777)
            parts = aside / "ground"
            parts.mkdir()
            bounds = partitions.ground.bounds
            numbers = [number for number, box in enumerate(partitions.boxes) if meeting(bounds, box).any()]
            task = partial(write_ground_of_square, str(partitions.folder), into=str(parts))
            counts = collected(mapped, task, numbers, step)
            parts.replace(place)
    return sum(counts)


def write_ground_of_square(folder: str, number: int, *, into: str) -> int:
    """Write the pieces of one square; give how many there are. A second run writes the same file again."""
    partitions = open_partitions(folder)
    square = partitions.manifest.squares[number]
    zones = partitions.zones
    chosen = np.flatnonzero(meeting(partitions.ground.bounds, square.box))
    here = shapely.intersection(np.asarray(zones.geometry.array)[chosen], shapely.box(*square.box))
    cut = gpd.GeoSeries(here, crs=zones.crs)
    pieces = cut_to_cells(cut[cut.area > 0].reset_index(drop=True), min(CELL_M, square.side_m), partitions.working)
    owner = chosen[(cut.area > 0).to_numpy()][pieces.zone]
    reached = meeting(partitions.reaches, square.box).any()
    footprints = reaching_into(partitions, number).footprints() if reached else np.empty(0, dtype=object)
    cover = cover_pieces(pieces.geometry, footprints)
    ids = zones["zone_id"].to_numpy(dtype=object)[owner]
    frame = gpd.GeoDataFrame(
        {
            "zone_id": np.concatenate([ids, ids]),
            "part": np.repeat(["covered", "gap"], len(ids)),
            "area_m2": np.concatenate([cover.covered_area_m2, cover.gap_area_m2]),
        },
        geometry=np.concatenate([cover.covered, cover.gap]),
        crs=zones.crs,
    )
    frame = frame[frame["area_m2"] > DUST_M2]
    if frame.empty:
        return 0
    part = Path(into) / f".{square.name}-{uuid.uuid4().hex}"
    try:
        frame.to_parquet(part, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True)
        part.replace(Path(into) / f"{square.name}.parquet")
    finally:
        part.unlink(missing_ok=True)
    return len(frame)
