"""Tables as bytes and back, the same to the last bit: values, types, None and NaN, index, order, geometry.

The bytes are an Arrow stream, so that no code is in them, with geometry as well-known binary.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely
from geopandas.array import GeometryArray, GeometryDtype
from pyproj import CRS

_META = b"geoservice"
_MOST_BYTES_A_NUMBER = 8
_NUMBERS: Mapping[type, pa.DataType] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), date: pa.date32()}
_LABELS = (str, int, type(None))


def to_bytes(data: pd.DataFrame | pd.Series) -> bytes:
    """Write a frame or a series, with geometry or without; raises TypeError for what would not be the same again."""
    written: bytes = to_buffer(data).to_pybytes()
    return written


def to_buffer(data: pd.DataFrame | pd.Series) -> pa.Buffer:
    """Write a frame or a series as `to_bytes` does, and give what was written without a copy of it."""
    frame = data.to_frame() if isinstance(data, pd.Series) else data
    if not frame.columns.is_unique or not all(isinstance(label, str | int) for label in frame.columns):
        raise TypeError("columns must be named differently, by text or number")
    columns = [_column(pd.Series(frame.iloc[:, position])) for position in range(frame.shape[1])]
    index_about, index_columns = _index(frame.index)
    about = {
        "kind": type(data).__name__,
        "labels": [_label(label) for label in frame.columns],
        "labels_type": "object" if frame.columns.dtype == object else "",
        "labels_name": _label(frame.columns.name),
        "name": _label(data.name) if isinstance(data, pd.Series) else None,
        "geometry": _label(data.active_geometry_name) if isinstance(data, gpd.GeoDataFrame) else None,
        "columns": [column_about for column_about, _ in columns],
        "index": index_about,
        "attrs": _attributes(data),
    }
    arrays = [array for _, array in (*columns, *index_columns)]
    fields = [pa.field(str(position), array.type) for position, array in enumerate(arrays)]
    schema = pa.schema(fields, metadata={_META: json.dumps(about)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))
    return sink.getvalue()


def from_bytes(content: bytes | pa.Buffer, crs: CRS | None = None) -> Any:
    """Read back what `to_bytes` wrote; geometry in the system `crs` gets that very object, which is quicker to make."""
    with pa.ipc.open_stream(content) as reader:
        table = reader.read_all()
    about = json.loads(table.schema.metadata[_META])
    arrays = [column.combine_chunks() for column in table.columns]
    count = len(about["columns"])
    index = _index_back(about["index"], arrays[count:], table.num_rows)
    columns = {
        position: pd.Series(_column_back(one, array, crs), index=index, dtype=one.get("dtype"))
        for position, (one, array) in enumerate(zip(about["columns"], arrays[:count], strict=True))
    }
    if about["kind"].endswith("Series"):
        series = columns[0].rename(about["name"])
        found = gpd.GeoSeries(series) if about["kind"] == "GeoSeries" else series
    else:
        found = pd.DataFrame(columns, index=index)
        labels_type = about["labels_type"] or None
        found.columns = pd.Index(about["labels"], dtype=labels_type, name=about["labels_name"])
        if about["kind"] == "GeoDataFrame":
            found = gpd.GeoDataFrame(found, geometry=about["geometry"])
    found.attrs = about["attrs"]
    return found


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Write several named parts as one."""
    table = pa.table(
        {"name": list(parts), "content": pa.array(list(parts.values()), pa.large_binary())},
    )
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def unpack(content: bytes) -> dict[str, pa.Buffer]:
    """Read back what `pack` wrote, without copying the parts."""
    with pa.ipc.open_stream(content) as reader:
        table = reader.read_all()
    names = table.column("name").to_pylist()
    return {name: one.as_buffer() for name, one in zip(names, table.column("content"), strict=True)}


def _label(label: Any) -> Any:
    if not isinstance(label, _LABELS) or isinstance(label, bool):
        raise TypeError(f"no name for a column: {label!r}")
    return label


def _attributes(data: pd.DataFrame | pd.Series) -> dict[Any, Any]:
    attributes = dict(data.attrs)
    if json.loads(json.dumps(attributes)) != attributes:
        raise TypeError("attributes that JSON does not hold")
    return attributes


def _index(index: pd.Index) -> tuple[dict[str, Any], list[tuple[dict[str, Any], pa.Array]]]:
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "name": _label(index.name)}, []
    if isinstance(index, pd.MultiIndex):
        raise TypeError("an index of several levels")
    column = _column(pd.Series(index))
    return {"column": column[0], "name": _label(index.name)}, [column]


def _index_back(about: Mapping[str, Any], arrays: list[pa.Array], rows: int) -> pd.Index:
    if "range" in about:
        start, stop, step = about["range"]
        index = pd.RangeIndex(start, stop, step, name=about["name"])
        if len(index) != rows:
            raise ValueError("the index is not as long as the table")
        return index
    column = about["column"]
    values = _column_back(column, arrays[0], None)
    dtype = column.get("dtype") or getattr(values, "dtype", None)
    found: pd.Index = pd.Index(values, dtype=dtype, name=about["name"])
    return found


def _column(values: pd.Series) -> tuple[dict[str, Any], pa.Array]:
    """Give what a column is, to be kept with it, and its values."""
    dtype = values.dtype
    if isinstance(dtype, GeometryDtype):
        return _geometry(values.array)
    if isinstance(dtype, pd.StringDtype):
        missing = "NA" if dtype.na_value is pd.NA else "nan"
        texts = pa.array(values.to_numpy(object), pa.large_string(), from_pandas=True)
        return {"is": "text", "storage": dtype.storage, "missing": missing}, texts
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf" and dtype.itemsize <= _MOST_BYTES_A_NUMBER:
        return {"is": "number"}, pa.array(values.to_numpy(), from_pandas=False)
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return {"is": "time", "type": dtype.str}, pa.array(values.to_numpy().view(np.int64))
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        return _objects(values.to_numpy())
    raise TypeError(f"a column of the type {dtype}")


def _column_back(about: Mapping[str, Any], array: pa.Array, crs: CRS | None) -> Any:
    match about["is"]:
        case "geometry" | "points":
            if about["is"] == "points":
                shapes = shapely.points(array.flatten().to_numpy().reshape(-1, 2))
            else:
                shapes = shapely.from_wkb(array.to_numpy(zero_copy_only=False))
            known = crs is not None and about["crs"] == crs.to_wkt()
            return GeometryArray(shapes, crs if known else about["crs"])
        case "text":
            missing = pd.NA if about["missing"] == "NA" else np.nan
            dtype = pd.StringDtype(about["storage"], na_value=missing)
            return pd.array(array.to_numpy(zero_copy_only=False), dtype=dtype)
        case "number":
            return array.to_numpy(zero_copy_only=False).copy()
        case "time":
            return array.to_numpy().copy().view(about["type"])
    return _objects_back(about["is"], array)


def _geometry(values: GeometryArray) -> tuple[dict[str, Any], pa.Array]:
    """Write geometry as well-known binary; plain points, of which there are many, by their coordinates."""
    shapes = np.asarray(values)
    about = {"is": "geometry", "crs": values.crs and values.crs.to_wkt()}
    is_point = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT) & ~shapely.is_empty(shapes)
    if len(shapes) and (is_point & (shapely.get_coordinate_dimension(shapes) == len("xy"))).all():
        flat = pa.array(shapely.get_coordinates(shapes).ravel())
        return about | {"is": "points"}, pa.FixedSizeListArray.from_arrays(flat, len("xy"))
    return about, pa.array(shapely.to_wkb(shapes), pa.large_binary())


def _objects(values: npt.NDArray[np.object_]) -> tuple[dict[str, Any], pa.Array]:
    """Write Python's own objects; where they are of several types, each as a text that tells its type."""
    listed = values.tolist()
    types = set(map(type, listed)) - {type(None)}
    about = {"dtype": "object"}
    if not types:
        return about | {"is": "nothing"}, pa.nulls(len(values))
    if types == {str}:
        return about | {"is": "str"}, pa.array(listed, pa.large_string(), from_pandas=False)
    if len(types) == 1 and (one := types.pop()) in _NUMBERS:
        try:
            return about | {"is": one.__name__}, pa.array(listed, _NUMBERS[one], from_pandas=False)
        except (OverflowError, pa.ArrowInvalid):  # a whole number of more than 64 bits
            pass
    return about | {"is": "mixed"}, pa.array([_tagged(value) for value in listed], pa.large_string())


def _objects_back(kind: str, array: pa.Array) -> npt.NDArray[np.object_]:
    found: npt.NDArray[np.object_]
    if kind == "nothing":
        return np.full(len(array), None, dtype=object)
    if kind == "mixed":
        found = np.empty(len(array), dtype=object)
        found[:] = [None if text is None else _UNTAG[text[0]](text[1:]) for text in array.to_pylist()]
        return found
    if kind == "str":
        found = array.to_numpy(zero_copy_only=False).astype(object)
        return found
    missing = array.is_null().to_numpy(zero_copy_only=False)
    filler = pa.scalar(date.min if kind == "date" else 0).cast(array.type)
    found = array.fill_null(filler).to_numpy(zero_copy_only=False).astype(object)
    found[missing] = None
    return found


def _tagged(value: Any) -> str | None:
    if value is None:
        return None
    if value is pd.NA or value is pd.NaT:
        return "A" if value is pd.NA else "T"
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return f"n{value.dtype.str}|{value.tobytes().hex()}"
    if type(value) not in _TAGS:
        raise TypeError(f"a value of the type {type(value).__name__}")
    tag, write = _TAGS[type(value)]
    return tag + write(value)


def _numpy_scalar(text: str) -> Any:
    dtype, _, digits = text.rpartition("|")
    return np.frombuffer(bytes.fromhex(digits), dtype)[0]


_TAGS: Mapping[type, tuple[str, Callable[[Any], str]]] = {
    str: ("s", str),
    bool: ("b", lambda value: "1" if value else ""),
    int: ("i", str),
    float: ("f", float.hex),
    date: ("d", date.isoformat),
}
_UNTAG: Mapping[str, Callable[[str], Any]] = {
    "s": str,
    "b": bool,
    "i": int,
    "f": float.fromhex,
    "d": date.fromisoformat,
    "n": _numpy_scalar,
    "A": lambda _: pd.NA,
    "T": lambda _: pd.NaT,
}
