"""Reading what reaches into a square: its own sources, and those of other squares as far as they reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from geoservice.coverage.depth import Box
from geoservice.coverage.field_of_view import fields_of_view
from geoservice.coverage.outlines import X0, X1, Outlines, outlines_of_polygons, outlines_of_views
from geoservice.errors import PartitionError
from geoservice.partitions.folder import MAKE_AGAIN, VIEW_COLUMNS, Kind, Partitions, Square, meeting

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
_BOX_COLUMNS = ("xmin", "ymin", "xmax", "ymax")


@dataclass(frozen=True, eq=False)
class Reaching:
    """The sources that may reach into a square: a table of their columns, and their places or footprints' boxes."""

    partitions: Partitions
    table: pa.Table

    def outlines(self) -> Outlines:
        """Outline what they cover, with true arcs where they are views."""
        if self.partitions.manifest.kind is Kind.FOOTPRINTS:
            return outlines_of_polygons(shapely.from_wkb(_column(self.table, "geometry")))
        return outlines_of_views(self._places(), *(_column(self.table, name) for name in VIEW_COLUMNS))

    def footprints(self) -> npt.NDArray[np.object_]:
        """Draw what they cover as polygons, arcs to within the set's chord_error_m."""
        if self.partitions.manifest.kind is Kind.FOOTPRINTS:
            return np.asarray(shapely.from_wkb(_column(self.table, "geometry")), dtype=object)
        working = self.partitions.working
        columns = {name: _column(self.table, name) for name in VIEW_COLUMNS}
        cameras = gpd.GeoDataFrame(columns, geometry=shapely.points(self._places()), crs=working.crs)
        return np.asarray(fields_of_view(cameras, self.partitions.manifest.chord_error_m, working).array)

    def most_m2(self, chosen: Integers, outlines: Outlines) -> Floats:
        """Bound from above what the chosen sources cover, in square metres."""
        if self.partitions.manifest.kind is Kind.VIEWS:
            far, angle = (_column(self.table, name)[chosen] for name in ("range_m", "view_angle_deg"))
            return np.asarray(np.radians(np.minimum(angle, 360.0)) / 2 * far * far)
        west, south, east, north = outlines.bounds[chosen].T
        return np.asarray((east - west) * (north - south))

    def _places(self) -> Floats:
        return np.column_stack([_column(self.table, "xmin"), _column(self.table, "ymin")])


def _column(table: pa.Table, name: str) -> npt.NDArray[Any]:
    return np.asarray(table[name].to_numpy())


def reaching_into(partitions: Partitions, number: int) -> Reaching:
    """Read what may reach into a square: all of its own file, and of others the row groups near it.

    Raises PartitionError if a file is missing, damaged, or not the one that partitions.json tells of.
    """
    square = partitions.manifest.squares[number]
    tables = [
        _read(partitions, partitions.manifest.squares[other], square.box, whole=other == number)
        for other in np.flatnonzero(meeting(partitions.reaches, square.box))
    ]
    return Reaching(partitions, pa.concat_tables(tables))


def _read(partitions: Partitions, square: Square, box: Box, *, whole: bool) -> pa.Table:
    """Read the sources of one square that may reach into a box, or all of them, with their boxes as columns."""
    if square.file is None:
        raise PartitionError(f"{partitions.folder}: the square {square.name} has a reach, but no file.")
    path = partitions.folder / square.file
    views = partitions.manifest.kind is Kind.VIEWS
    columns = ["number", "id", "layer", *(VIEW_COLUMNS if views else ("geometry",))]
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if file.metadata.num_rows != square.count:
                raise PartitionError(
                    f"{path} holds {file.metadata.num_rows} sources, not {square.count}.", advice=MAKE_AGAIN
                )
            groups = [*range(file.num_row_groups)] if whole else _groups_near(file.metadata, box, views=views)
            read = file.read_row_groups(groups, columns=[*columns, "bbox"], use_threads=False)
    except FileNotFoundError as error:
        raise PartitionError(f"{path} is missing.", advice=MAKE_AGAIN) from error
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise PartitionError(f"{path} is damaged.", advice=MAKE_AGAIN) from error
    flat = read.select(columns)
    corners = read["bbox"].combine_chunks().flatten()
    for name, values in zip(_BOX_COLUMNS, corners, strict=True):
        flat = flat.append_column(name, values)
    if whole:
        return flat
    boxes = np.column_stack([np.asarray(values) for values in corners])
    if views:
        far = _column(flat, "range_m")[:, None]
        boxes += np.hstack([-far, -far, far, far])
    return flat.filter(pa.array(meeting(boxes, box)))


def _groups_near(metadata: pq.FileMetaData, box: Box, *, views: bool) -> list[int]:
    """Choose the row groups whose statistics say that they may hold something that reaches into a box."""
    names = [metadata.schema.column(position).path for position in range(metadata.num_columns)]
    places = [names.index(f"bbox.{name}") for name in _BOX_COLUMNS]
    chosen = []
    for group in range(metadata.num_row_groups):
        held = metadata.row_group(group)
        xmin, ymin, xmax, ymax = (held.column(place).statistics for place in places)
        far = held.column(names.index("range_m")).statistics.max if views else 0.0
        reach = np.array([[xmin.min - far, ymin.min - far, xmax.max + far, ymax.max + far]])
        if meeting(reach, box).all():
            chosen.append(group)
    return chosen


def near_ground(ground: Outlines, box: Box) -> tuple[Outlines, Integers]:
    """Leave out of the zones' outlines what does not matter in a box; give the outlines and which zones they are.

    The edges beside the box go; those above and below stay, since they tell inside from outside.
    """
    zones = np.flatnonzero(meeting(ground.bounds, box)).astype(np.int64)
    counts = np.diff(ground.first)[zones]
    owner = np.repeat(np.arange(len(zones)), counts)
    edges = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + ground.first[zones][owner]
    kept = (ground.edges[edges, X1] >= box[0]) & (ground.edges[edges, X0] <= box[2])
    first = np.concatenate([[0], np.cumsum(np.bincount(owner[kept], minlength=len(zones)))]).astype(np.int64)
    return Outlines(np.ascontiguousarray(ground.edges[edges[kept]]), first, ground.bounds[zones]), zones
