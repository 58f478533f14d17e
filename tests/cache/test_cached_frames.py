"""Tables come back from bytes the same to the last bit, or are refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from same import assert_same

from geoservice.cache.frames import from_bytes, pack, to_bytes, unpack

PLANE = CRS.from_epsg(2326)

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    texts,
    st.dates(),
    st.sampled_from([np.float64(-0.0), np.int64(3), np.bool_(True), np.float32(0.1), pd.NA, pd.NaT]),  # noqa: FBT003
)
shapes = st.one_of(
    st.none(),
    st.just(shapely.Polygon()),
    st.just(shapely.Point()),
    st.tuples(finite, finite).map(shapely.Point),
    st.tuples(finite, finite, finite).map(shapely.Point),
    st.lists(st.tuples(finite, finite), min_size=2, max_size=4).map(shapely.LineString),
    st.lists(st.tuples(finite, finite), min_size=3, max_size=5).map(shapely.Polygon),
    st.lists(st.tuples(finite, finite), min_size=1, max_size=3).map(shapely.MultiPoint),
)
BOX = shapely.box(0, 0, 10, 10)
HOLED = BOX.difference(shapely.box(2, 2, 3, 3))
COLUMNS: dict[str, Any] = {
    "bool": np.array([True, False, True]),
    "int8": np.array([1, -2, 3], np.int8),
    "uint64": np.array([0, 2**64 - 1, 5], np.uint64),
    "float": np.array([0.1 + 0.2, np.nan, -0.0]),
    "float32": np.array([0.1, np.inf, np.nan], np.float32),
    "moment": pd.to_datetime(["2026-01-01", None, "2031-12-31"]),
    "span": pd.to_timedelta([1, None, 3], unit="s"),
    "text": pd.array(["a", None, "覆蓋"], dtype="str"),
    "text with NA": pd.array(["a", pd.NA, ""], dtype="string"),
    "nothing": pd.Series([None, None, None], dtype=object),
    "names": pd.Series(["a", None, ""], dtype=object),
    "numbers": pd.Series([1.5, None, float("nan")], dtype=object),
    "counts": pd.Series([1, None, -(2**63)], dtype=object),
    "beyond 64 bits": pd.Series([1, None, 2**80], dtype=object),
    "flags": pd.Series([True, None, False], dtype=object),
    "days": pd.Series([dt.date(1841, 1, 20), None, dt.date(9999, 12, 31)], dtype=object),
    "mixed": pd.Series([1, 1.0, True], dtype=object),
    "odd": pd.Series(["1", None, 1], dtype=object),
    "shape": gpd.GeoSeries([BOX, None, HOLED], crs=PLANE).array,
    "points": gpd.GeoSeries(gpd.points_from_xy([0.1 + 0.2, -0.0, 5e-324], [1, 2, np.nan]), crs=PLANE).array,
    "points with heights": gpd.GeoSeries(gpd.points_from_xy([1, 2, 3], [1, 2, 3], [4, 5, -0.0]), crs=PLANE).array,
    "elsewhere": gpd.GeoSeries([BOX, shapely.Polygon(), HOLED], crs="OGC:CRS84").array,
    "nowhere": gpd.GeoSeries([BOX, BOX, BOX]).array,
}


@pytest.mark.parametrize("name", COLUMNS)
def test_each_type_of_column_comes_back_the_same(name: str) -> None:
    frame = pd.DataFrame({name: COLUMNS[name], "row": [1, 2, 3]})
    assert_same(from_bytes(to_bytes(frame), PLANE), frame)
    assert_same(from_bytes(to_bytes(frame.iloc[:0]), PLANE), frame.iloc[:0])
    assert_same(from_bytes(to_bytes(frame[name]), PLANE), frame[name])


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(3),
        pd.RangeIndex(9, 3, -2, name="down"),
        pd.Index([7, 5, 5], name="row"),
        pd.Index(["a", None, "c"], dtype=object),
        pd.Index(["a", "b", "c"], dtype="str", name="id"),
        pd.Index([0.5, np.nan, -0.0]),
        pd.Index([True, False, True]),
        pd.Index([1, "1", None], dtype=object),
    ],
    ids=repr,
)
def test_the_index_comes_back_the_same(index: pd.Index) -> None:
    frame = gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=[BOX, HOLED, BOX], index=index, crs=PLANE)
    assert_same(from_bytes(to_bytes(frame), PLANE), frame)
    assert_same(from_bytes(to_bytes(frame.geometry), PLANE), frame.geometry)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(scalars, scalars, shapes), max_size=5))
def test_whatever_stands_in_a_table_comes_back_the_same(rows: list[tuple[Any, Any, Any]]) -> None:
    columns = {name: pd.Series([row[i] for row in rows], dtype=object) for i, name in enumerate(("one", "other"))}
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([row[2] for row in rows], crs=PLANE), crs=PLANE)
    assert_same(from_bytes(to_bytes(frame), PLANE), frame)


def test_the_order_and_names_of_columns_and_the_active_geometry_come_back() -> None:
    frame = gpd.GeoDataFrame({"b": [1], 0: [2], "a": [3], "spot": [BOX.centroid]}, geometry=[BOX], crs=PLANE)
    frame = frame.rename_geometry("ground").rename_axis(columns="what")[["b", "ground", 0, "spot", "a"]]
    frame.attrs = {"note": "made up"}
    frame["spot"] = gpd.GeoSeries(frame["spot"], crs=PLANE)
    assert_same(from_bytes(to_bytes(frame), PLANE), frame)


def test_what_was_read_can_be_changed() -> None:
    frame = pd.DataFrame({"float": [1.0, 2.0], "flag": [True, False]})
    found = from_bytes(to_bytes(frame))
    found.loc[0, "float"] = 5.0
    found["float"].to_numpy(copy=True)[1] = 6.0
    assert list(found["float"]) == [5.0, 2.0]


def test_geometry_gets_the_very_system_that_the_reader_names() -> None:
    frame = gpd.GeoDataFrame(geometry=[BOX], crs=CRS.from_epsg(2326))
    assert from_bytes(to_bytes(frame), PLANE).crs is PLANE
    assert from_bytes(to_bytes(frame), CRS.from_epsg(32650)).crs == PLANE
    assert from_bytes(to_bytes(frame)).crs == PLANE


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"c": pd.Categorical(["a", "b"])}),
        pd.DataFrame({"c": pd.array([1, None], dtype="Int64")}),
        pd.DataFrame({"c": np.array([1j])}),
        pd.DataFrame({"c": [[1, 2], [3]]}),
        pd.DataFrame({"c": pd.Series([BOX], dtype=object)}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1]], columns=[dt.date(2026, 1, 1)]),
        pd.DataFrame({"c": [1]}, index=pd.MultiIndex.from_tuples([(1, 2)])),
    ],
    ids=lambda frame: str(frame.dtypes.iloc[0]),
)
def test_what_would_not_be_the_same_again_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(TypeError):
        to_bytes(frame)


def test_attributes_that_json_would_change_are_refused() -> None:
    frame = pd.DataFrame({"c": [1]})
    frame.attrs = {"pair": (1, 2)}
    with pytest.raises(TypeError, match="attributes"):
        to_bytes(frame)


def test_the_same_table_gives_the_same_bytes_and_another_gives_others() -> None:
    frame = gpd.GeoDataFrame({"n": [1.0]}, geometry=[BOX], crs=PLANE)
    assert to_bytes(frame) == to_bytes(frame.copy())
    others = [frame.assign(n=1), frame.assign(n=-1.0), frame.set_index([[1]]), frame.rename(columns={"n": "m"})]
    others += [frame.to_crs("EPSG:32650"), frame.set_geometry([HOLED])]
    assert len({to_bytes(one) for one in [frame, *others]}) == len(others) + 1


@given(st.dictionaries(texts, st.binary(max_size=50), max_size=5))
def test_parts_are_packed_into_one_and_unpacked(parts: dict[str, bytes]) -> None:
    found = unpack(pack(parts))
    assert {name: part.to_pybytes() for name, part in found.items()} == parts
    assert list(found) == list(parts)
