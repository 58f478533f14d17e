"""Some features of a collection on their way into a file: which, in which system, with what they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geoservice.collections import Collection
from geoservice.crs import LONLAT, ServedCrs
from geoservice.formats.credits import credits_of
from geoservice.formats.geojson import plain
from geoservice.formats.prepared import Positions, Prepared

BATCH = 4_096
ID = "id"
_TYPES: Mapping[str, type] = {"integer": int, "boolean": bool}
_DTYPES: Mapping[type, str] = {int: "Int64", bool: "boolean"}


def file_name(collection_id: str, made: dt.date) -> str:
    """Name a file of a collection's features, without what it ends in: by the id and the day."""
    return f"{collection_id}-{made.isoformat()}"


@dataclass(frozen=True, eq=False)
class Export:
    """Features of a collection by position; `frame` gives all of its rows with the geometry that is to be written.

    `properties` are those wanted, in order. `prepared` holds the features as GeoJSON where they are written already.
    `system` is the one to write in, where it is not longitude and latitude: easting or longitude comes first. A frame
    that is `placed` holds what is written in it already, in the order of its authority.
    """

    collection: Collection
    positions: Positions
    frame: gpd.GeoDataFrame
    properties: tuple[str, ...]
    made: dt.date
    prepared: Prepared | None = None
    system: ServedCrs | None = None
    placed: bool = False
    without_place: bool = False

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def file_name(self) -> str:
        """The name of the file without what it ends in: the collection's id and the day."""
        return file_name(self.collection.id, self.made)

    @cached_property
    def credits(self) -> dict[str, str]:
        """What the features rest on, as short texts by name."""
        return credits_of(self.collection, self.made)

    @property
    def placed_credits(self) -> dict[str, str]:
        """The same with the system of the coordinates, for a file that has no other place for it."""
        return self.credits if self.system is None else {**self.credits, "coordinate_system": self.system.uri}

    @property
    def is_lonlat(self) -> bool:
        """Whether the geometry is written in longitude and latitude of WGS 84."""
        return bool(self.system is None and self.frame.crs == LONLAT)

    @property
    def axes(self) -> tuple[str, str]:
        """The names of the axes, that which points east first."""
        crs = self.frame.crs if self.system is None else self.system.crs
        return ("lon", "lat") if crs is None or crs.is_geographic else ("easting", "northing")

    @property
    def place_columns(self) -> tuple[str, ...]:
        """The columns of a table that say where: two for points, one for other geometry, none where none is wanted."""
        if self.without_place:
            return ()
        return self.axes if self.has_points_only else ("wkt",)

    @cached_property
    def has_points_only(self) -> bool:
        """Whether all of the collection, not just what is chosen of it, is points or without a place."""
        kinds = shapely.get_type_id(np.asarray(self.frame.geometry.array))
        return bool(np.isin(kinds, [shapely.GeometryType.POINT, shapely.GeometryType.MISSING]).all())

    def batches(self) -> Iterator[tuple[list[str], gpd.GeoDataFrame]]:
        """Give ids and rows a few thousand at a time."""
        chosen = np.asarray(self.positions, dtype=np.intp)
        for first in range(0, len(chosen), BATCH):
            part = chosen[first : first + BATCH]
            yield [self.collection.ids[position] for position in part], self._in_system(self.frame.iloc[part])

    def _in_system(self, rows: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return rows if self.system is None or self.placed else rows.to_crs(self.system.crs)

    def typed(self) -> gpd.GeoDataFrame:
        """Give the rows with a column of ids and each column of the type that the schema says, missing values and all.

        A column of the data that is called like ours goes under another name.
        """
        rows = self._in_system(self.frame.iloc[np.asarray(self.positions, dtype=np.intp)])
        columns: dict[str, Any] = {ID: _texts([self.collection.ids[position] for position in self.positions])}
        for name in self.properties:
            columns[self.column(name)] = _typed(rows[name], self.collection.schema[name].type, self._format(name))
        shapes = np.array(rows.geometry.array, dtype=object)
        shapes[shapely.is_empty(shapes)] = None
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=rows.crs)

    def column(self, name: str) -> str:
        """Give the name under which a property stands beside the column of ids."""
        return f"{name}_" if name.lower() in {ID, "geometry"} else name

    def _format(self, name: str) -> str | None:
        return self.collection.schema[name].format


def _typed(values: pd.Series, kind: str, form: str | None) -> Any:
    """Give values as what their schema says; as texts where it says so, or promises more than they keep."""
    found = [plain(value) for value in values]
    if form == "date" and all(one is None or _is_day(one) for one in found):
        days = [None if one is None else dt.date.fromisoformat(one) for one in found]
        return _array(days, pd.ArrowDtype(pa.date32()))
    if kind == "number" and all(one is None or isinstance(one, (int, float)) for one in found):
        return np.array([np.nan if one is None else one for one in found], dtype=float)
    allowed = _TYPES.get(kind)
    if allowed and all(one is None or type(one) is allowed for one in found):
        return _array(found, _DTYPES[allowed])
    return _texts(found)


def _texts(values: Sequence[Any]) -> Any:
    return _array([None if value is None else str(value) for value in values], "str")


def _array(values: list[Any], dtype: Any) -> Any:
    make: Any = pd.array
    return make(values, dtype=dtype)


def _is_day(value: Any) -> bool:
    try:
        dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True
