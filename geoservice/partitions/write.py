"""Writing partitions as sources stream in: sorted runs on the disk, then square by square, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import shapely

from geoservice.coverage.depth import Box
from geoservice.crs import WorkingCrs
from geoservice.errors import PartitionError
from geoservice.formats.aside import folder_aside, writing
from geoservice.partitions.folder import (
    MANIFEST,
    VIEW_COLUMNS,
    ZONE_COLUMNS,
    ZONES,
    Kind,
    Manifest,
    Partitions,
    Square,
    open_partitions,
)

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint64]
Step = Callable[[int, int], None]
"""Told how many sources are written, and how many there are."""

MOST_SOURCES = 1 << 16
"""A square with more sources is divided into four,"""
SMALLEST = 7
"""unless its side is 2 to this many metres already;"""
LARGEST = 15
"""and one with a side above 2 to this many metres is, whatever it holds."""
ROW_GROUP = 4096
_PLANE = 26
_RUN_BYTES = 1 << 27
_BATCH_ROWS = 1 << 14
_NOTHING: Mapping[str, Any] = {}


def write_partitions(
    folder: Path,
    chunks: Iterable[gpd.GeoDataFrame],
    zones: gpd.GeoDataFrame,
    working: WorkingCrs,
    *,
    about: Mapping[str, Any] = _NOTHING,
    most: int = MOST_SOURCES,
    chord_error_m: float = 0.5,
    step: Step | None = None,
) -> Partitions:
    """Write sources that come in chunks, and the zones to measure, as partitions; whole, or not at all.

    A chunk has `id`, `layer` and, where its geometry is points, `bearing_deg` from grid north, `view_angle_deg`,
    `range_m` and `nearest_m`; else its geometry is the footprints. All is in the working CRS. Memory holds one run
    (128 MiB) and one square at a time. Raises PartitionError for sources that see nothing or lie nowhere, CrsError
    in any other CRS, GeoserviceError where nothing can be written.
    """
    target = Path(folder).absolute()
    working.require(zones, "The zones")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PartitionError(f"{folder} is there already.", advice="Name a folder that is new or empty.")
    with writing(folder):
        if not target.parent.is_dir():
            raise PartitionError(f"Cannot write {folder}: there is no folder {target.parent}.", advice="Make it first.")
        with folder_aside(target.parent) as aside:
            parts = aside / "partitions"
            parts.mkdir()
            runs, kind = _spill(chunks, working, aside)
            told = step or _quiet
            squares = [*_squares_with_sources(runs, kind, working, parts, most, told)]
            squares += _squares_without(squares, zones)
            zones[[*ZONE_COLUMNS, zones.geometry.name]].to_parquet(parts / ZONES, index=False)
            manifest = Manifest(
                kind=kind,
                crs=working.crs.to_json_dict(),
                count=sum(square.count for square in squares),
                chord_error_m=chord_error_m,
                about=dict(about),
                squares=tuple(squares),
            )
            (parts / MANIFEST).write_bytes(orjson.dumps(manifest.model_dump(mode="json")))
            parts.replace(target)
    return open_partitions(target)


def _quiet(_done: int, _total: int) -> None:
    pass


# ------------------------------------------------------------------ the first pass: runs


class _Run:
    """Sources on the disk, in the order of the codes of their places; read once from the first to the last."""

    def __init__(self, table: pa.Table, codes: Codes, path: Path) -> None:
        order = np.argsort(codes, kind="stable")
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table.take(pa.array(order)), max_chunksize=_BATCH_ROWS)
        np.save(path.with_suffix(".npy"), codes[order])
        self.codes: Codes = np.load(path.with_suffix(".npy"), mmap_mode="r")
        self._path = path
        self._taken = 0

    def until(self, code: int) -> int:
        """Count the sources below a code."""
        return int(np.searchsorted(self.codes, np.uint64(code)))

    def take(self, code: int) -> pa.Table:
        """Give the sources below a code that were not given yet."""
        start, stop = self._taken, self.until(code)
        self._taken = stop
        with pa.OSFile(str(self._path), "rb") as file:
            reader = pa.ipc.open_file(file)
            first, last = start // _BATCH_ROWS, -(-stop // _BATCH_ROWS)
            batches = [reader.get_batch(number) for number in range(first, last)] if stop > start else []
            return pa.Table.from_batches(batches, reader.schema).slice(start - first * _BATCH_ROWS, stop - start)


def _spill(chunks: Iterable[gpd.GeoDataFrame], working: WorkingCrs, aside: Path) -> tuple[list[_Run], Kind]:
    """Write what comes in as sorted runs."""
    runs: list[_Run] = []
    tables: list[pa.Table] = []
    codes: list[Codes] = []
    kind: Kind | None = None
    count = 0

    def write_run() -> None:
        runs.append(_Run(pa.concat_tables(tables), np.concatenate(codes), aside / f"run-{len(runs)}.arrow"))
        tables.clear()
        codes.clear()

    for chunk in chunks:
        if chunk.empty:
            continue
        working.require(chunk, "The sources")
        found = _kind_of(chunk)
        if kind is not None and found is not kind:
            raise PartitionError("The sources come as points and as footprints.", advice="Write each on its own.")
        kind = found
        table, places = _table(chunk, kind, count)
        codes.append(_codes(places, chunk))
        tables.append(table)
        count += len(chunk)
        if sum(one.nbytes for one in tables) >= _RUN_BYTES:
            write_run()
    if tables:
        write_run()
    return runs, kind or Kind.VIEWS


def _kind_of(chunk: gpd.GeoDataFrame) -> Kind:
    shapes = np.asarray(chunk.geometry.array)
    if (shapely.is_missing(shapes) | shapely.is_empty(shapes)).any():
        raise PartitionError("Some sources have no place.", advice="Leave them out: they reach nothing.")
    dimensions = np.unique(shapely.get_dimensions(shapes))
    if dimensions.tolist() == [0] and (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
        return Kind.VIEWS
    if dimensions.tolist() == [2]:
        return Kind.FOOTPRINTS
    raise PartitionError("Sources are points with what they see, or polygons.", advice="Write each on its own.")


def _table(chunk: gpd.GeoDataFrame, kind: Kind, first_number: int) -> tuple[pa.Table, Floats]:
    """Lay a chunk out in columns, with the number of each source as they came; give their places too."""
    if missing := [name for name in ("id", "layer") if name not in chunk.columns]:
        raise PartitionError(f"The sources have no column {missing[0]}.")
    shapes = np.asarray(chunk.geometry.array)
    columns: dict[str, Any] = {
        "number": np.arange(first_number, first_number + len(chunk), dtype=np.int64),
        "id": pa.array(chunk["id"].astype(str), pa.string()),
        "layer": pa.array(chunk["layer"].astype(str), pa.string()),
    }
    if kind is Kind.FOOTPRINTS:
        bounds = shapely.bounds(shapes)
        return pa.table({**columns, "wkb": shapely.to_wkb(shapes)}), (bounds[:, :2] + bounds[:, 2:]) / 2
    places = shapely.get_coordinates(shapes)
    columns |= {name: _numbers(chunk, name) for name in VIEW_COLUMNS}
    _require_sight(chunk, columns)
    return pa.table({**columns, "x": places[:, 0], "y": places[:, 1]}), places


def _numbers(chunk: gpd.GeoDataFrame, name: str) -> Floats:
    if name not in chunk.columns:
        raise PartitionError(f"The sources have no column {name}.")
    try:
        return np.asarray(chunk[name].to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise PartitionError(f"The column {name} holds what is no number.") from error


def _require_sight(chunk: gpd.GeoDataFrame, columns: Mapping[str, Floats]) -> None:
    bearing, angle, far, near = (columns[name] for name in VIEW_COLUMNS)
    sound = np.isfinite(np.column_stack([bearing, angle, far, near])).all(axis=1)
    sound &= (near >= 0) & (far > near) & (angle > 0)
    if not sound.all():
        number = int(np.flatnonzero(~sound)[0])
        raise PartitionError(
            f"The source '{chunk['id'].iloc[number]}' sees nothing, and {len(sound) - int(sound.sum()) - 1} others.",
            advice="Each needs a bearing, a view angle above 0, a nearest distance from 0 on and a greater range.",
        )


def _codes(places: Floats, chunk: gpd.GeoDataFrame) -> Codes:
    """Give the number of each place's square metre; a square of 2^k metres has numbers in a row (Morton 1966)."""
    cell = np.floor(places) + (1 << (_PLANE - 1))
    inside = ((cell >= 0) & (cell < 1 << _PLANE)).all(axis=1)
    if not inside.all():
        name = chunk["id"].iloc[int(np.flatnonzero(~inside)[0])]
        raise PartitionError(f"The source '{name}' lies nowhere on the working plane.", advice="Is its place right?")
    column, row = (_spread(cell[:, axis].astype(np.uint64)) for axis in (0, 1))
    return column | (row << np.uint64(1))


def _spread(bits: Codes) -> Codes:
    """Put a 0 between any two bits."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _corner(code: int) -> tuple[int, int]:
    """Give the western and southern side of the square metre with a code."""
    column = sum(((code >> (2 * bit)) & 1) << bit for bit in range(_PLANE))
    row = sum(((code >> (2 * bit + 1)) & 1) << bit for bit in range(_PLANE))
    return column - (1 << (_PLANE - 1)), row - (1 << (_PLANE - 1))


# ------------------------------------------------------------------ the second pass: squares


def _squares_with_sources(
    runs: list[_Run], kind: Kind, working: WorkingCrs, parts: Path, most: int, told: Step
) -> Iterator[Square]:
    """Write the sources of square after square, in the order of codes."""
    total, done = sum(len(run.codes) for run in runs), 0
    told(0, total)
    for code, level, count in _leaves(runs, 0, _PLANE, most):
        table = pa.concat_tables([run.take(code + (1 << (2 * level))) for run in runs])
        west, south = _corner(code)
        place = Square(west=west, south=south, side_m=1 << level, count=count)
        name = f"{place.name}.parquet"
        reach = _write_square(table, kind, working, place.box, parts / name)
        yield place.model_copy(update={"file": name, "reach": reach})
        done += count
        told(done, total)


def _leaves(runs: list[_Run], code: int, level: int, most: int) -> Iterator[tuple[int, int, int]]:
    """Divide the square of a code until each holds few enough sources; give those that hold any."""
    count = sum(run.until(code + (1 << (2 * level))) - run.until(code) for run in runs)
    if count == 0:
        return
    if level <= LARGEST and (count <= most or level <= SMALLEST):
        yield code, level, count
        return
    for quarter in range(4):
        yield from _leaves(runs, code + (quarter << (2 * level - 2)), level - 1, most)


def _write_square(table: pa.Table, kind: Kind, working: WorkingCrs, box: Box, path: Path) -> Box:
    """Write the sources of a square along a Hilbert curve; give a box that holds all that they reach."""
    frame = pd.DataFrame({name: table[name].to_numpy() for name in table.column_names if name not in ("id", "layer")})
    shapes = shapely.from_wkb(frame.pop("wkb")) if kind is Kind.FOOTPRINTS else shapely.points(frame[["x", "y"]])
    bounds = shapely.bounds(shapes)
    if kind is Kind.VIEWS:
        far = frame["range_m"].to_numpy()[:, None]
        bounds += np.hstack([-far, -far, far, far])
        frame = frame.drop(columns=["x", "y"])
    for name in ("id", "layer"):
        frame.insert(1, name, table[name].to_pandas())
    sources = gpd.GeoDataFrame(frame, geometry=shapes, crs=working.crs)
    along = sources.geometry.hilbert_distance(total_bounds=box).to_numpy()
    ordered = sources.iloc[np.lexsort((frame["number"], along))]
    ordered.to_parquet(
        path,
        index=False,
        compression="zstd",
        schema_version="1.1.0",
        write_covering_bbox=True,
        row_group_size=ROW_GROUP,
        write_page_checksum=True,
    )
    west, south = bounds[:, :2].min(axis=0)
    east, north = bounds[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _squares_without(squares: list[Square], zones: gpd.GeoDataFrame) -> list[Square]:
    """List the squares without sources that sources reach into or zones meet, as large as they may be."""
    filled = {(square.west, square.south, square.side_m) for square in squares}
    around = {
        (square.west // side * side, square.south // side * side, side)
        for square in squares
        for side in (square.side_m << up for up in range(1, _PLANE - square.side_m.bit_length() + 2))
    }
    wanted = [shapely.box(*square.reach) for square in squares if square.reach is not None]
    tree = shapely.STRtree([*wanted, *shapely.box(*shapely.bounds(np.asarray(zones.geometry.array)).T)])
    found: list[Square] = []

    def visit(west: int, south: int, side: int) -> None:
        place = (west, south, side)
        if place in filled or not len(tree.query(shapely.box(west, south, west + side, south + side))):
            return
        if place not in around and side <= 1 << LARGEST:
            found.append(Square(west=west, south=south, side_m=side, count=0))
            return
        half = side // 2
        for quarter in range(4):
            visit(west + half * (quarter & 1), south + half * (quarter >> 1), half)

    corner = -(1 << (_PLANE - 1))
    visit(corner, corner, 1 << _PLANE)
    return found
