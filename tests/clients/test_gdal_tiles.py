"""GDAL as a client of tiles: one tile, a zoom over the network with empty tiles in it, and the region's own grid."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import geopandas as gpd
import pyogrio
import pytest
import shapely
from flask import Flask

from geoservice.crs import LONLAT
from tools.screenshots import served

READ = """
import json, pyogrio, sys
address, options, path = sys.argv[1:]
pyogrio.write_dataframe(pyogrio.read_dataframe(address, **json.loads(options)), path)
"""


@pytest.fixture(scope="module")
def root(hong_kong_app: Flask) -> Iterator[str]:
    with served(hong_kong_app) as address:
        yield address


def opened(folder: Path, address: str, **options: str) -> gpd.GeoDataFrame:
    """Read tiles with GDAL in a process of its own: it holds Python's lock while it waits for us to answer."""
    read = folder / "read.gpkg"
    told = [sys.executable, "-c", READ, address, json.dumps(options), str(read)]
    subprocess.run(told, check=True, timeout=120)
    return pyogrio.read_dataframe(read)


def items(root: str, collection_id: str) -> gpd.GeoDataFrame:
    with urlopen(f"{root}/collections/{collection_id}/items?limit=10000") as response:  # noqa: S310 - our own address
        return gpd.read_file(response.read(), engine="pyogrio").set_crs(LONLAT, allow_override=True)


def test_a_tile_by_its_address_lies_where_it_belongs(root: str, tmp_path: Path) -> None:
    found = opened(tmp_path, f"MVT:{root}/tiles/districts/11/1672/893.pbf")
    zones = items(root, "districts").to_crs(3857)
    assert found.crs == zones.crs
    assert found.is_valid.all()
    for row in found.itertuples():
        (zone,) = zones[zones["name_en"] == row.name_en].geometry
        clipped = zone.intersection(shapely.box(*found.total_bounds))
        inside = row.geometry.intersection(shapely.box(*found.total_bounds))
        assert clipped.symmetric_difference(inside).area < 20 * clipped.length


def test_all_tiles_of_a_zoom_are_read_by_the_tilejson_and_empty_ones_are_borne(root: str, tmp_path: Path) -> None:
    """At zoom 13 most of the tiles around the cameras are empty, and answered with 204."""
    described = f"{root}/collections/traffic-cameras/tiles/WebMercatorQuad/tilejson.json"
    found = opened(tmp_path, f"MVT:{root}/tiles/traffic-cameras/13", METADATA_FILE=described)
    wanted = items(root, "traffic-cameras")
    assert found["point_count"].sum() >= len(wanted)
    assert set(found["id"]) <= set(wanted["id"].astype(str))
    assert found["id"].nunique() > 0.8 * len(wanted)
    places = wanted.set_index("id").to_crs(3857).geometry
    assert found.geometry.distance(gpd.GeoSeries(places.loc[found["id"]].to_numpy(), crs=3857)).max() < 2


def test_the_regions_own_grid_is_read_in_its_own_plane(root: str, tmp_path: Path) -> None:
    """GDAL knows other grids from a folder of tiles with a description: ours, as it is."""
    base = f"{root}/collections/districts/tiles/hong-kong-grid"
    with urlopen(base) as response:  # noqa: S310 - our own address
        limits = next(one for one in json.load(response)["tileMatrixSetLimits"] if one["tileMatrix"] == "2")
    with urlopen(f"{base}/tilejson.json") as response:  # noqa: S310 - our own address
        (tmp_path / "metadata.json").write_bytes(response.read())
    for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
        for column in range(limits["minTileCol"], limits["maxTileCol"] + 1):
            (tmp_path / "2" / str(column)).mkdir(parents=True, exist_ok=True)
            with urlopen(f"{base}/2/{row}/{column}") as response:  # noqa: S310 - our own address
                (tmp_path / "2" / str(column) / f"{row}.pbf").write_bytes(response.read())
    found = opened(tmp_path, f"MVT:{tmp_path}/2")
    zones = items(root, "districts").to_crs(2326)
    assert found.crs.to_epsg() == 2326
    assert found.is_valid.all()
    for name, zone in zip(zones["name_en"], zones.geometry, strict=True):
        whole = shapely.union_all(found.geometry[found["name_en"] == name].to_numpy())
        assert whole.symmetric_difference(zone).area < 16 * zone.length
