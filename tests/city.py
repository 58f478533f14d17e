"""A made-up city, Feetville, measured in US survey feet: small enough to reckon by hand.

It is a square of 4 km, cut into four wards of 2 km which lie two by two in two boroughs, west and east. A river of
200 m runs along its middle from south to north, so the two boroughs are two landmasses.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely import box
from shapely.geometry import Point

FOOT_M = 1200 / 3937
CRS_FEET = "EPSG:2263"
ORIGIN_M = (300_000.0, 60_000.0)
"""The south-western corner, in metres of the working plane (the system's own axes are in feet)."""

REGION = """
id = "feetville"
title = {{ en = "Feetville", zh = "尺城" }}
working_crs = "{crs}"
extent = {{ west = -74.2, south = 40.5, east = -73.7, north = 41.0 }}
land = {{ layer = "boroughs", snap_m = 20 }}

[[zone_systems]]
id = "borough"
title = {{ en = "Borough", zh = "區" }}
layer = "boroughs"

[[zone_systems]]
id = "ward"
title = {{ en = "Ward", zh = "分區" }}
layer = "wards"
within = "borough"
labels = {{ strip = ["Ward"], alias = {{ "Old Town" = "South West" }} }}

[[question]]
id = "posts"
title = {{ en = "Within reach of a post", zh = "崗位服務範圍" }}
description = {{ en = "Land near a post.", zh = "崗位附近的陸地。" }}
assumption = {{ en = "A post reaches 600 m; 300 m and 900 m are the low and the high.", zh = "服務距離為假設。" }}
theme = "facilities"
sources = [{{ layer = "posts" }}]
footprint = {{ range_m = {{ low = 300, mid = 600, high = 900 }}, same_landmass = true }}
zone_system = "ward"
demand = ["people"]
"""

MANIFEST = """
id = "{id}"
role = "{role}"
title = {{ en = "{title}", zh = "{title}" }}
description = {{ en = "Made up.", zh = "虛構。" }}
file = "{file}"
source = {{ name = {{ en = "Made up", zh = "虛構" }} }}
licence = {{ name = {{ en = "Public domain", zh = "公有領域" }} }}
as_of = 2026-01-01
update_frequency = {{ en = "Never", zh = "不更新" }}
{more}
"""

POST_COLUMNS = ["code", "label", "x", "y", "ward"]
POSTS = [
    ("p1", "South West post", 1000, 1000, "Ward South West"),
    ("p2", "River post", 1850, 3000, "North West"),
    ("p3", "East post", 3000, 1000, "South East"),
]


def at(x_m: float, y_m: float) -> Point:
    """A place so many metres east and north of the city's corner, in metres of the working plane."""
    return Point(ORIGIN_M[0] + x_m, ORIGIN_M[1] + y_m)


def feet(x_m: float, y_m: float) -> tuple[float, float]:
    """The same place in feet of the grid."""
    point = at(x_m, y_m)
    return point.x / FOOT_M, point.y / FOOT_M


def write_layer(folder: Path, layer_id: str, role: str, file: str, more: str = "", title: str = "") -> Path:
    """Make the folder of one layer with its layer.toml; the data file is for the caller to write."""
    path = folder / layer_id
    path.mkdir(parents=True, exist_ok=True)
    text = MANIFEST.format(id=layer_id, role=role, file=file, more=more, title=title or layer_id)
    (path / "layer.toml").write_text(text, encoding="utf-8")
    return path


def write_csv(path: Path, heading: list[str], rows: list[Any], encoding: str = "utf-8") -> None:
    """Write a table of separated values."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([heading, *rows])


def write_polygons(path: Path, rows: list[dict[str, Any]], boxes_m: list[tuple[float, float, float, float]]) -> None:
    """Write boxes, given in metres from the city's corner, as a GeoPackage in feet."""
    shapes = [box(*feet(west, south), *feet(east, north)) for west, south, east, north in boxes_m]
    gpd.GeoDataFrame(rows, geometry=shapes, crs=CRS_FEET).to_file(path, driver="GPKG")


BOROUGHS = [(0, 0, 1900, 4000), (2100, 0, 4000, 4000)]
WARDS = {
    "SW": ("South West", (0, 0, 1900, 2000)),
    "NW": ("North West", (0, 2000, 1900, 4000)),
    "SE": ("South East", (2100, 0, 4000, 2000)),
    "NE": ("North East", (2100, 2000, 4000, 4000)),
}
POSTS_MANIFEST = """
columns = { id = "code", name_en = "label" }
defaults = { kind = "post", status = "operating", owner = "Feetville", access = "own" }
zone_label = { column = "ward", zone_system = "ward" }
[position]
easting = "x"
northing = "y"
grid_crs = "EPSG:2263"
"""


def write_city(folder: Path, posts: list[Any] | None = None, crs: str = CRS_FEET) -> Path:
    """Write the whole city; `posts` are rows of id, name, metres east and north of the corner, and ward label."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "region.toml").write_text(REGION.format(crs=crs), encoding="utf-8")
    path = write_layer(folder, "boroughs", "zone", "boroughs.gpkg", 'columns = { id = "code", name_en = "label" }')
    write_polygons(path / "boroughs.gpkg", [{"code": "W", "label": "West"}, {"code": "E", "label": "East"}], BOROUGHS)
    path = write_layer(folder, "wards", "zone", "wards.gpkg", 'columns = { id = "code", name_en = "label" }')
    write_polygons(
        path / "wards.gpkg",
        [{"code": code, "label": name} for code, (name, _) in WARDS.items()],
        [bounds for _, bounds in WARDS.values()],
    )
    path = write_layer(
        folder,
        "people",
        "demand",
        "people.gpkg",
        'columns = { id = "cell", weight = "people" }\nweight = { en = "People", zh = "人口" }',
    )
    cells = [
        (x, y, x + 100, y + 100) for x in (*range(0, 1900, 100), *range(2100, 4000, 100)) for y in range(0, 4000, 100)
    ]
    write_polygons(
        path / "people.gpkg",
        [{"cell": f"{x}-{y}", "people": 10 if x < 1900 else 30} for x, y, _, _ in cells],
        [tuple(map(float, c)) for c in cells],  # type: ignore[misc]
    )
    write_posts(folder, POSTS if posts is None else posts)
    return folder


KIOSKS_MANIFEST = """
columns = { id = "code", status = "status", owner = "owner" }
defaults = { kind = "kiosk", access = "own" }
[position]
easting = "x"
northing = "y"
grid_crs = "EPSG:2263"
"""


def write_kiosks(folder: Path, count: int) -> Path:
    """Write a layer of places that reach nothing: one is planned, one says nothing of its state, two are another's."""
    path = write_layer(folder, "kiosks", "facility", "kiosks.csv", KIOSKS_MANIFEST, title="Kiosks")
    rows = [
        (
            f"k{number}",
            {0: "planned", 1: ""}.get(number, "operating"),
            "O'Hara & Sons" if number in (1, 2) else "Feetville",
            *feet(1250 + 30 * (number % 50), 1850 + 30 * (number // 50)),
        )
        for number in range(count)
    ]
    write_csv(path / "kiosks.csv", ["code", "status", "owner", "x", "y"], rows)
    return path


def write_posts(folder: Path, posts: list[Any]) -> Path:
    """Write the layer of posts."""
    path = write_layer(folder, "posts", "facility", "posts.csv", POSTS_MANIFEST)
    rows = [(code, name, *feet(x, y), ward) for code, name, x, y, ward in posts]
    write_csv(path / "posts.csv", POST_COLUMNS, rows)
    return path
