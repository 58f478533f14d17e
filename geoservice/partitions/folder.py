"""A folder of partitions: partitions.json, the zones, and a GeoParquet file for each square that holds sources."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoservice.coverage.depth import Box
from geoservice.coverage.outlines import Outlines, outlines_of_polygons
from geoservice.crs import WorkingCrs
from geoservice.errors import PartitionError

Floats = npt.NDArray[np.float64]

MANIFEST = "partitions.json"
ZONES = "zones.parquet"
VERSION = 1
ZONE_COLUMNS = ("zone_id", "name_en", "name_zh")
VIEW_COLUMNS = ("bearing_deg", "view_angle_deg", "range_m", "nearest_m")
MAKE_AGAIN = "Make the partitions again."

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Kind(StrEnum):
    """What the files hold of each source: its place and what it sees, or its footprint as a polygon."""

    VIEWS = "views"
    FOOTPRINTS = "footprints"


class Square(BaseModel):
    """A square of the plane, in metres, closed in the west and south; together the squares share no ground.

    `count` sources have their place in it, in `file`; `reach` is a box (west, south, east, north) that holds all that
    they cover. A square without sources has neither.
    """

    model_config = _FROZEN

    west: int
    south: int
    side_m: int = Field(gt=0)
    count: int = Field(ge=0)
    file: str | None = Field(default=None, pattern=r"^[\w-]+\.parquet$")
    reach: Box | None = None

    @property
    def box(self) -> Box:
        """West, south, east, north."""
        return float(self.west), float(self.south), float(self.west + self.side_m), float(self.south + self.side_m)

    @property
    def name(self) -> str:
        """A name for files, by side and place."""
        return f"{self.side_m}m_{self.west}_{self.south}"


class Manifest(BaseModel):
    """What partitions.json says; `about` tells what the sources are, for whoever reads the figures."""

    model_config = _FROZEN

    format: Literal["geoservice-partitions"] = "geoservice-partitions"
    version: int = VERSION
    kind: Kind
    crs: dict[str, Any]
    count: int = Field(ge=0)
    chord_error_m: float = Field(gt=0)
    about: dict[str, Any]
    squares: tuple[Square, ...]


@dataclass(frozen=True, eq=False)
class Partitions:
    """Partitions that were opened; `digest` is of partitions.json, so that two can be told apart."""

    folder: Path
    manifest: Manifest
    working: WorkingCrs
    digest: str

    @cached_property
    def zones(self) -> gpd.GeoDataFrame:
        """The zones that are measured: zone_id, name_en, name_zh and their outlines, in the working CRS."""
        path = self.folder / ZONES
        try:
            zones = gpd.read_parquet(path)
        except FileNotFoundError as error:
            raise PartitionError(f"{path} is missing.", advice=MAKE_AGAIN) from error
        except (OSError, ValueError, pa.ArrowException) as error:
            raise PartitionError(f"{path} is damaged.", advice=MAKE_AGAIN) from error
        if missing := [name for name in ZONE_COLUMNS if name not in zones.columns]:
            raise PartitionError(f"{path} has no column {missing[0]}.", advice=MAKE_AGAIN)
        self.working.require(zones, f"The zones in {path}")
        return zones

    @cached_property
    def ground(self) -> Outlines:
        """The outlines of the zones."""
        return outlines_of_polygons(np.asarray(self.zones.geometry.array))

    @cached_property
    def boxes(self) -> Floats:
        """The squares as boxes [square, 4]."""
        return np.array([square.box for square in self.manifest.squares], dtype=np.float64).reshape(-1, 4)

    @cached_property
    def reaches(self) -> Floats:
        """What the sources of each square reach, as boxes [square, 4]; NaN where there are none."""
        nothing = (np.nan,) * 4
        return np.array([square.reach or nothing for square in self.manifest.squares]).reshape(-1, 4)

    @property
    def measured(self) -> list[int]:
        """The squares that sources reach and zones meet: only there is anything covered."""
        reached = self.reaches[~np.isnan(self.reaches[:, 0])]
        return [
            number
            for number, box in enumerate(self.boxes)
            if meeting(reached, box).any() and meeting(self.ground.bounds, box).any()
        ]


def meeting(boxes: Floats, box: Floats | Box) -> npt.NDArray[np.bool_]:
    """Tell which boxes meet one box; a box of NaN meets none."""
    found: npt.NDArray[np.bool_] = (
        (boxes[:, 0] <= box[2]) & (boxes[:, 2] >= box[0]) & (boxes[:, 1] <= box[3]) & (boxes[:, 3] >= box[1])
    )
    return found


def open_partitions(folder: Path | str) -> Partitions:
    """Open a folder of partitions; raises PartitionError if it is none, is damaged, or is newer than this."""
    path = Path(folder).absolute() / MANIFEST
    try:
        found = path.stat()
    except OSError as error:
        raise PartitionError(
            f"{folder} holds no partitions: there is no {MANIFEST} in it.",
            advice="Make them with geoservice partition -o FOLDER.",
        ) from error
    return _opened(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _opened(path: Path, _changed_ns: int, _size: int) -> Partitions:
    """Open once in a process, and again when the file changes: a worker keeps what it has read."""
    content = path.read_bytes()
    _require_known_version(path, content)
    try:
        manifest = Manifest.model_validate_json(content)
        working = WorkingCrs(CRS.from_json_dict(manifest.crs))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(one) for one in first["loc"])
        raise PartitionError(f"{path} is damaged: {place}: {first['msg']}.", advice=MAKE_AGAIN) from error
    except CRSError as error:
        raise PartitionError(f"{path} names no coordinate reference system.", advice=MAKE_AGAIN) from error
    if manifest.count != sum(square.count for square in manifest.squares):
        raise PartitionError(f"{path} is damaged: the squares do not make up its count.", advice=MAKE_AGAIN)
    return Partitions(path.parent, manifest, working, hashlib.sha256(content).hexdigest())


class _Versioned(BaseModel):
    version: int


def _require_known_version(path: Path, content: bytes) -> None:
    """Refuse what a newer geoservice wrote, whatever else stands in it."""
    try:
        version = _Versioned.model_validate_json(content).version
    except ValidationError as error:
        raise PartitionError(f"{path} is damaged: it names no version.", advice=MAKE_AGAIN) from error
    if version > VERSION:
        raise PartitionError(
            f"{path} has the format {version}; this geoservice reads up to {VERSION}.", advice="Update geoservice."
        )
