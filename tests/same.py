"""What it means for a table to be the same: types, labels, order, the objects in it, and every bit."""

from __future__ import annotations

import struct
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from geopandas.array import GeometryDtype


def assert_same(found: Any, expected: Any) -> None:
    """Compare two frames or series without any tolerance, None and NaN told apart, nothing converted."""
    assert type(found) is type(expected)
    assert found.attrs == expected.attrs
    _assert_same_index(found.index, expected.index)
    if isinstance(expected, pd.Series):
        assert (found.name, type(found.name)) == (expected.name, type(expected.name))
        _assert_same_values(found, expected)
        return
    _assert_same_index(found.columns, expected.columns)
    for position in range(expected.shape[1]):
        _assert_same_values(found.iloc[:, position], expected.iloc[:, position])
    if isinstance(expected, gpd.GeoDataFrame):
        assert found.active_geometry_name == expected.active_geometry_name
        assert expected.active_geometry_name is None or found.crs == expected.crs


def _assert_same_index(found: pd.Index, expected: pd.Index) -> None:
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype
    assert found.name == expected.name
    if isinstance(expected, pd.RangeIndex):
        assert (found.start, found.stop, found.step) == (expected.start, expected.stop, expected.step)
    assert list(map(bits, found)) == list(map(bits, expected))


def _assert_same_values(found: pd.Series, expected: pd.Series) -> None:
    assert found.dtype == expected.dtype, expected.name
    if isinstance(expected.dtype, GeometryDtype):
        assert found.array.crs == expected.array.crs
        one, other = (shapely.to_wkb(np.asarray(series.array)).tolist() for series in (found, expected))
        assert one == other, expected.name
    elif isinstance(expected.dtype, np.dtype) and expected.dtype.kind != "O":
        assert found.to_numpy().tobytes() == expected.to_numpy().tobytes(), expected.name
    else:
        assert list(map(bits, found)) == list(map(bits, expected)), expected.name


def bits(value: Any) -> tuple[type, Any]:
    """Give a value's type with what tells it from any other of that type: -0.0 from 0.0, NaN equal to NaN."""
    if isinstance(value, (float, np.floating)):
        return type(value), "NaN" if np.isnan(value) else struct.pack("d", value)
    return type(value), None if value is pd.NA or value is pd.NaT else value
