"""Partitions: no source lost or doubled, files that others read, and figures that add up to those of the whole."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.field_of_view import fields_of_view
from geoservice.coverage.outlines import outlines_of_polygons, outlines_of_views
from geoservice.crs import WorkingCrs
from geoservice.errors import CrsError, GeoserviceError, PartitionError
from geoservice.partitions import (
    Partitions,
    figures,
    in_threads,
    open_partitions,
    read_views,
    write_ground,
    write_partitions,
)
from geoservice.partitions.folder import VIEW_COLUMNS
from geoservice.partitions.read import reaching_into

WORKING = WorkingCrs(CRS.from_user_input("EPSG:32650"))
ZONES = gpd.GeoDataFrame(
    {"zone_id": ["a", "b", "hole", "far"], "name_en": list("abcd"), "name_zh": list("abcd")},
    geometry=[
        shapely.box(-3000, -2900, 11.3, 3100),
        shapely.Polygon([(11.3, -2900), (3000, -2000), (2500, 2500), (600, 50), (11.3, 3100)]),
        shapely.box(-700, -700, 900, 800).difference(shapely.Point(100, 50).buffer(300)),
        shapely.box(90_000, 90_000, 90_100, 90_100),
    ],
    crs=WORKING.crs,
)


def cameras(seed: int, count: int, spread_m: float = 2800.0) -> gpd.GeoDataFrame:
    """Cameras of all kinds: some on the corners of squares, some at one place, one that reaches over many squares."""
    rng = np.random.default_rng(seed)
    place = rng.normal(0, spread_m / 3, (count, 2)).clip(-spread_m, spread_m)
    place[: count // 5] = np.round(place[: count // 5] / 128) * 128
    place[count // 5 : count // 4] = (384.0, -256.0)
    far = rng.uniform(10, 90, count)
    far[-1] = 1500.0
    columns = {
        "id": [f"c{number}" for number in range(count)],
        "layer": rng.choice(["old", "new"], count),
        "bearing_deg": rng.uniform(0, 360, count),
        "view_angle_deg": np.where(rng.random(count) < 0.4, 360.0, rng.uniform(5, 355, count)),
        "range_m": far,
        "nearest_m": np.where(rng.random(count) < 0.5, 0.0, far * rng.uniform(0.05, 0.9, count)),
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(place), crs=WORKING.crs)


def in_chunks(frame: gpd.GeoDataFrame, rows: int) -> list[gpd.GeoDataFrame]:
    return [frame.iloc[first : first + rows] for first in range(0, len(frame), rows)]


def outlined(frame: gpd.GeoDataFrame) -> Any:
    places = shapely.get_coordinates(frame.geometry.array)
    return outlines_of_views(places, *(frame[name].to_numpy() for name in VIEW_COLUMNS))


def measured(partitions: Partitions, cap: int = 4, threads: int = 2) -> Any:
    with in_threads(threads) as mapped:
        return figures(partitions, mapped, cap=cap)


def files_of(partitions: Partitions) -> list[Path]:
    return [partitions.folder / square.file for square in partitions.manifest.squares if square.file is not None]


@pytest.fixture(scope="module")
def sources() -> gpd.GeoDataFrame:
    return cameras(5, 3000)


@pytest.fixture(scope="module")
def written(sources: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory) -> Partitions:
    """Many small squares, from many chunks; shared, so not to be changed."""
    folder = tmp_path_factory.mktemp("scale") / "parts"
    return write_partitions(folder, in_chunks(sources, 700), ZONES, WORKING, about={"made": "up"}, most=200)


@pytest.fixture
def own(sources: gpd.GeoDataFrame, tmp_path: Path) -> Partitions:
    return write_partitions(tmp_path / "own", [sources], ZONES, WORKING, most=1000)


# ------------------------------------------------------------------ what is written


def test_no_source_is_lost_or_doubled(written: Partitions, sources: gpd.GeoDataFrame) -> None:
    back = gpd.GeoDataFrame(pd.concat([gpd.read_parquet(path) for path in files_of(written)]))
    back = back.sort_values("number").reset_index(drop=True)
    assert back["number"].tolist() == list(range(len(sources)))
    for name in ("id", "layer", *VIEW_COLUMNS):
        assert back[name].tolist() == sources[name].tolist(), name
    assert shapely.equals_exact(back.geometry.array, sources.geometry.array, tolerance=0).all()
    assert back.crs == WORKING.crs


def test_each_source_lies_in_its_square(written: Partitions) -> None:
    for square in written.manifest.squares:
        if square.file is None:
            continue
        frame = gpd.read_parquet(written.folder / square.file)
        west, south, east, north = square.box
        assert len(frame) == square.count
        assert ((frame.geometry.x >= west) & (frame.geometry.x < east)).all()
        assert ((frame.geometry.y >= south) & (frame.geometry.y < north)).all()
        assert square.count <= 200 or square.side_m == 128
        reach = shapely.box(*square.reach).buffer(0.01) if square.reach else None
        assert shapely.covers(reach, fields_of_view(frame, 0.01, WORKING).array).all()


def test_squares_share_no_ground_and_leave_none_of_the_zones_out(written: Partitions) -> None:
    boxes = shapely.box(*written.boxes.T)
    assert shapely.union_all(boxes).area == pytest.approx(shapely.area(boxes).sum(), rel=1e-12)
    assert shapely.covers(shapely.union_all(boxes), np.asarray(ZONES.geometry.array)).all()
    assert max(square.side_m for square in written.manifest.squares) <= 32_768


def test_rows_stand_along_a_curve(written: Partitions) -> None:
    """Neighbours in the file are neighbours on the ground: much nearer than in the order in which they came."""
    path = max(files_of(written), key=lambda path: path.stat().st_size)
    frame = gpd.read_parquet(path)
    orders = (frame.sort_values("number").geometry.array, frame.geometry.array)
    came, lies = (shapely.distance(row[1:], row[:-1]).mean() for row in orders)
    assert lies < came / 3


def test_files_are_geoparquet_that_others_read(written: Partitions, sources: gpd.GeoDataFrame) -> None:
    for path in files_of(written):
        geo = json.loads(pq.read_schema(path).metadata[b"geo"])
        column = geo["columns"]["geometry"]
        assert (geo["version"], geo["primary_column"], column["encoding"]) == ("1.1.0", "geometry", "WKB")
        assert column["geometry_types"] == ["Point"]
        assert CRS.from_json_dict(column["crs"]) == WORKING.crs
        assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    rows = duckdb.read_parquet([str(path) for path in files_of(written)])
    ((count, east),) = rows.aggregate("count(*), sum(bbox.xmin)").fetchall()
    assert count == len(sources)
    assert east == pytest.approx(sources.geometry.x.sum(), rel=1e-9)


def test_other_squares_are_read_near_the_border_only(tmp_path: Path) -> None:
    """Two crowds in two squares: of the other one only the row groups near by are read, and no row too many."""
    rng = np.random.default_rng(3)
    crowd = cameras(3, 40_000)
    crowd["range_m"], crowd["nearest_m"] = 30.0, 0.0
    place = rng.uniform((100, 100), (65_000, 32_000), (len(crowd), 2))
    partitions = write_partitions(
        tmp_path / "two", [crowd.set_geometry(shapely.points(place), crs=WORKING.crs)], ZONES, WORKING
    )
    held = [number for number, square in enumerate(partitions.manifest.squares) if square.file]
    assert len(held) == 2
    for number in held:
        found = reaching_into(partitions, number).table.num_rows - partitions.manifest.squares[number].count
        west, _, east, _ = partitions.manifest.squares[number].box
        outside = (place[:, 0] < west) | (place[:, 0] >= east)
        near = (place[:, 0] >= west - 30) & (place[:, 0] <= east + 30)
        assert found == (outside & near).sum() > 0


def test_an_empty_set_covers_nothing(tmp_path: Path) -> None:
    found = measured(write_partitions(tmp_path / "none", [], ZONES, WORKING))
    assert found.covered_m2.tolist() == [0, 0, 0, 0]
    assert found.losses == (None,) * 4


# ------------------------------------------------------------------ figures


def whole_and_parts(frame: gpd.GeoDataFrame, partitions: Partitions) -> tuple[Any, Any]:
    ground = outlines_of_polygons(np.asarray(ZONES.geometry.array))
    whole = depth_by_zone(ground, outlined(frame), ZONES.area.to_numpy(), cap=4, alone=True)
    return whole, measured(partitions)


def assert_same_figures(frame: gpd.GeoDataFrame, whole: Any, found: Any) -> None:
    assert found.areas_m2 == pytest.approx(whole.areas_m2, abs=1e-5)
    for zone in range(len(ZONES)):
        mine = whole.alone_zone == zone
        if not mine.any():
            assert found.losses[zone] is None
            continue
        lost, shape = whole.alone_m2[mine], whole.alone_shape[mine]
        loss = found.losses[zone]
        assert loss.lost_m2 == pytest.approx(lost.max(), abs=1e-6)
        (where,) = np.flatnonzero(shape == loss.number)
        assert lost[where] == pytest.approx(lost.max(), abs=1e-6)
        assert (loss.id, loss.layer) == (frame["id"].iloc[loss.number], frame["layer"].iloc[loss.number])


def test_figures_add_up_to_the_whole(written: Partitions, sources: gpd.GeoDataFrame) -> None:
    whole, found = whole_and_parts(sources, written)
    assert len(written.measured) > 20
    assert whole.areas_m2[:3, 1:].min() > 100
    assert_same_figures(sources, whole, found)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 120), most=st.sampled_from([2, 7, 60]))
def test_figures_add_up_however_squares_are_cut(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, most: int
) -> None:
    frame = cameras(seed, count, spread_m=700)
    partitions = write_partitions(
        tmp_path_factory.mktemp("any") / "parts", in_chunks(frame, 50), ZONES, WORKING, most=most
    )
    assert_same_figures(frame, *whole_and_parts(frame, partitions))


FIELD = gpd.GeoDataFrame(ZONES.iloc[:1].assign(geometry=[shapely.box(-900, -900, 900, 900)]), crs=WORKING.crs)


def discs(*rows: tuple[float, float, float]) -> gpd.GeoDataFrame:
    """Cameras that look all round, by easting, northing and range."""
    frame = cameras(1, len(rows)).assign(view_angle_deg=360.0, nearest_m=0.0, range_m=[row[2] for row in rows])
    return frame.set_geometry(shapely.points([row[:2] for row in rows]), crs=WORKING.crs)


def test_the_largest_loss_is_found_where_it_lies_in_four_squares(tmp_path: Path) -> None:
    """Each quarter of the disc on the corner is smaller than the small discs; together they are more."""
    frame = discs((-500.0, 60.0, 30.0), (300.0, 40.0, 30.0), (500.0, 500.0, 10.0), (0.0, 0.0, 50.0))
    partitions = write_partitions(tmp_path / "four", [frame], FIELD, WORKING, most=1)
    assert len(partitions.measured) >= 4
    (loss,) = measured(partitions).losses
    assert (loss.id, loss.lost_m2) == ("c3", pytest.approx(math.pi * 2500, abs=1e-8))


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_equal_losses_name_the_source_that_came_first(tmp_path: Path, order: list[int]) -> None:
    frame = discs((64.0, 64.0, 16.0), (-64.0, -64.0, 16.0), (192.0, 64.0, 16.0)).iloc[order]
    partitions = write_partitions(tmp_path / "equal", [frame], FIELD, WORKING, most=1)
    assert len(files_of(partitions)) == 3
    (loss,) = measured(partitions).losses
    assert loss.number == 0
    assert loss.id == frame["id"].iloc[0]


def test_footprints_are_measured_as_they_are(tmp_path: Path, sources: gpd.GeoDataFrame) -> None:
    """Polygons with holes and in parts, large and small, in place of views."""
    drawn = fields_of_view(sources.iloc[:600], 5.0, WORKING)
    island = shapely.union_all([shapely.box(-2000, -2000, -1900, -1900), shapely.box(1500, 900, 1600, 1000)])
    shapes = np.array([*drawn.array, island], dtype=object)
    names = [f"f{number}" for number in range(len(shapes))]
    frame = gpd.GeoDataFrame({"id": names, "layer": "drawn"}, geometry=shapes, crs=WORKING.crs)
    partitions = write_partitions(tmp_path / "drawn", in_chunks(frame, 250), ZONES, WORKING, most=100)
    ground = outlines_of_polygons(np.asarray(ZONES.geometry.array))
    whole = depth_by_zone(ground, outlines_of_polygons(shapes), ZONES.area.to_numpy(), cap=4, alone=True)
    assert_same_figures(frame, whole, measured(partitions))


def test_neither_threads_nor_chunks_change_a_digit(
    written: Partitions, sources: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    again = write_partitions(
        tmp_path / "again", in_chunks(sources, 999), ZONES, WORKING, about={"made": "up"}, most=200
    )
    one, other = measured(written, threads=1), measured(again, threads=3)
    assert one.areas_m2.tobytes() == other.areas_m2.tobytes()
    assert one.losses == other.losses


# ------------------------------------------------------------------ geometry


def test_ground_is_written_by_square_and_adds_up(written: Partitions, tmp_path: Path) -> None:
    with in_threads(2) as mapped:
        count = write_ground(written, tmp_path / "ground", mapped)
        found = figures(written, mapped, cap=2)
    parts = [gpd.read_parquet(path) for path in sorted((tmp_path / "ground").iterdir())]
    assert len(parts) > 20
    ground = gpd.GeoDataFrame(pd.concat(parts))
    assert len(ground) == count
    assert ground.crs == WORKING.crs
    areas = ground.pivot_table(index="zone_id", columns="part", values="area_m2", aggfunc="sum", fill_value=0.0)
    areas = areas.reindex(ZONES["zone_id"])
    assert areas.sum(axis=1).to_numpy() == pytest.approx(ZONES.area.to_numpy(), rel=1e-6)
    assert areas["covered"].to_numpy() == pytest.approx(found.covered_m2, rel=2e-3, abs=1)
    assert list(tmp_path.iterdir()) == [tmp_path / "ground"]


# ------------------------------------------------------------------ what is refused


def test_sources_that_see_nothing_are_refused(tmp_path: Path, sources: gpd.GeoDataFrame) -> None:
    for column, value in (("range_m", 0.0), ("view_angle_deg", np.nan), ("nearest_m", -1.0), ("bearing_deg", np.inf)):
        spoilt = sources.iloc[:5].copy()
        spoilt.loc[spoilt.index[2], column] = value
        with pytest.raises(PartitionError, match="The source 'c2' sees nothing, and 0 others"):
            write_partitions(tmp_path / "spoilt", [spoilt], ZONES, WORKING)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s: s.drop(columns="id"), "no column id"),
        (lambda s: s.drop(columns="range_m"), "no column range_m"),
        (lambda s: s.assign(range_m="far"), "range_m holds what is no number"),
        (lambda s: s.set_geometry([None] * len(s), crs=s.crs), "have no place"),
        (lambda s: s.set_geometry([shapely.LineString([(0, 0), (1, 1)])] * len(s), crs=s.crs), "points"),
        (lambda s: s.set_geometry([shapely.Point(1e9, 0)] * len(s), crs=s.crs), "'c0' lies nowhere"),
    ],
)
def test_what_cannot_be_partitioned_is_named(tmp_path: Path, sources: gpd.GeoDataFrame, spoil: Any, said: str) -> None:
    with pytest.raises(PartitionError, match=said):
        write_partitions(tmp_path / "no", [spoil(sources.iloc[:3])], ZONES, WORKING)


def test_points_and_footprints_do_not_mix(tmp_path: Path, sources: gpd.GeoDataFrame) -> None:
    some = sources.iloc[:3]
    with pytest.raises(PartitionError, match="as points and as footprints"):
        write_partitions(tmp_path / "no", [some, some.set_geometry(some.buffer(10))], ZONES, WORKING)


def test_another_crs_is_refused(tmp_path: Path, sources: gpd.GeoDataFrame) -> None:
    with pytest.raises(CrsError):
        write_partitions(tmp_path / "no", [sources.to_crs("EPSG:4326")], ZONES, WORKING)
    with pytest.raises(CrsError):
        write_partitions(tmp_path / "no", [sources], ZONES.to_crs("EPSG:3857"), WORKING)


def test_a_folder_with_something_in_it_is_left_alone(own: Partitions, sources: gpd.GeoDataFrame) -> None:
    before = sorted(own.folder.iterdir())
    with pytest.raises(PartitionError, match="is there already"):
        write_partitions(own.folder, [sources], ZONES, WORKING)
    with in_threads() as mapped, pytest.raises(PartitionError, match="is there already"):
        write_ground(own, own.folder, mapped)
    assert sorted(own.folder.iterdir()) == before
    with pytest.raises(GeoserviceError, match="there is no folder"):
        write_partitions(own.folder / "a" / "b", [sources], ZONES, WORKING)


def test_no_folder_no_partitions(tmp_path: Path) -> None:
    with pytest.raises(PartitionError, match="holds no partitions"):
        open_partitions(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda told: told.update(version=2), "format 2; this geoservice reads up to 1"),
        (lambda told: told.update(version=2, squares="in another form"), "Update geoservice"),
        (lambda told: told.update(count=1), "do not make up its count"),
        (lambda told: told.update(crs={"type": "none"}), "no coordinate reference system"),
        (lambda told: told.pop("kind"), "kind: Field required"),
        (lambda told: told["squares"][0].update(file="../../secret.parquet"), "squares.0.file"),
        (lambda told: told.pop("version"), "names no version"),
    ],
)
def test_a_manifest_that_does_not_hold_is_refused(own: Partitions, spoil: Any, said: str) -> None:
    path = own.folder / "partitions.json"
    told = json.loads(path.read_bytes())
    spoil(told)
    path.write_text(json.dumps(told) + " ")
    with pytest.raises(PartitionError, match=said):
        open_partitions(own.folder)


def test_damaged_and_missing_files_are_named(own: Partitions, sources: gpd.GeoDataFrame) -> None:
    path = files_of(own)[0]
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 3] ^= 0xFF
    for spoilt in (content[: len(content) // 2], bytes(flipped), b"PAR1"):
        path.write_bytes(spoilt)
        with pytest.raises(PartitionError, match=rf"{path.name} is damaged\. Make the partitions again"):
            measured(own)
    path.unlink()
    with pytest.raises(PartitionError, match=rf"{path.name} is missing"):
        measured(own)
    sources.iloc[:7].assign(number=range(7)).to_parquet(path, write_covering_bbox=True)
    with pytest.raises(PartitionError, match="holds 7 sources, not"):
        measured(own)


def test_zones_that_are_missing_or_elsewhere_are_named(own: Partitions) -> None:
    path = own.folder / "zones.parquet"
    moved = gpd.read_parquet(path).to_crs("EPSG:32651")
    open_partitions.__globals__["_opened"].cache_clear()
    moved.to_parquet(path)
    with pytest.raises(CrsError, match="zones"):
        measured(open_partitions(own.folder))
    open_partitions.__globals__["_opened"].cache_clear()
    path.write_bytes(b"nothing")
    with pytest.raises(PartitionError, match=r"zones\.parquet is damaged"):
        measured(open_partitions(own.folder))
    path.unlink()
    open_partitions.__globals__["_opened"].cache_clear()
    with pytest.raises(PartitionError, match=r"zones\.parquet is missing"):
        measured(open_partitions(own.folder))


# ------------------------------------------------------------------ views from a file


def test_views_are_read_from_a_file_in_any_system(tmp_path: Path, sources: gpd.GeoDataFrame) -> None:
    placed = sources.set_geometry(
        shapely.transform(sources.geometry.array, lambda xy: xy + np.array([500_000, 2_000_000]))
    )
    placed = placed.set_crs(WORKING.crs, allow_override=True)
    placed.drop(columns="layer").to_crs("EPSG:4326").to_parquet(tmp_path / "new-cameras.parquet")
    (found,) = read_views(tmp_path / "new-cameras.parquet", WORKING)
    assert found["id"].tolist() == sources["id"].tolist()
    assert set(found["layer"]) == {"new-cameras"}
    assert shapely.distance(found.geometry.array, placed.geometry.array).max() < 1e-6
    views = read_views(tmp_path / "new-cameras.parquet", WORKING)
    partitions = write_partitions(tmp_path / "parts", views, ZONES, WORKING)
    assert partitions.manifest.count == len(sources)


def test_a_file_without_places_is_refused(tmp_path: Path, sources: gpd.GeoDataFrame) -> None:
    pd.DataFrame(sources.drop(columns="geometry")).to_parquet(tmp_path / "plain.parquet")
    (tmp_path / "no.parquet").write_bytes(b"nothing at all")
    for name, said in (("plain", "is no GeoParquet file"), ("no", "is no GeoParquet file"), ("none", "no file")):
        with pytest.raises(PartitionError, match=said):
            list(read_views(tmp_path / f"{name}.parquet", WORKING))
