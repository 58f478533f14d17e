"""A made-up city with all that gives clients trouble."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from city import write_city, write_layer

SCHEMAS = Path(__file__).parent / "schemas"
VERTICES = 50_000
THINGS: list[tuple[str, tuple[float, float] | None, dict[str, Any]]] = [
    ("a.b:c/d", (-73.99, 40.72), {"label": "Älpha", "count": 3, "share": 0.5, "open": True, "from": "2020-01-01"}),
    ("b", (-73.98, 40.73), {"label": "beta", "count": 1, "share": None, "open": False, "until": "2021-01-01"}),
    (
        "c",
        (-73.97, 40.71),
        {"label": "Beta's", "count": None, "open": False, "from": "2021-01-01", "until": "2022-01-01"},
    ),
    ("d", None, {"label": "50%_off", "count": 2, "open": False, "note": "alone"}),
    ("e", (-73.96, 40.74), {"label": "<script>alert(1)</script>", "count": 3, "share": 0.25, "open": True}),
    ("f é中", (-73.95, 40.70), {"count": -7, "share": 1.5, "open": False, "from": "2023-06-15"}),
]
"""Ids, places and properties, some of which are missing."""


def write_geojson(path: Path, features: list[dict[str, Any]]) -> None:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


def write_troublesome_city(folder: Path) -> Path:
    """Write Feetville with a layer of odd things, one without any, and one of a polygon of very many vertices."""
    write_city(folder)
    region = folder / "region.toml"
    region.write_text('served_crs = ["EPSG:32618"]\n' + region.read_text(encoding="utf-8"), encoding="utf-8")
    names = ("label", "count", "share", "open", "from", "until", "note")
    features = [
        {
            "type": "Feature",
            "properties": {"code": fid, **dict.fromkeys(names), **properties},
            "geometry": None if place is None else {"type": "Point", "coordinates": place},
        }
        for fid, place, properties in THINGS
    ]
    columns = 'columns = { id = "code", name_en = "label", valid_from = "from", valid_to = "until" }\n'
    more = columns + 'defaults = { kind = "thing", status = "operating" }\n[position]\nmissing = "listed"'
    write_geojson(write_layer(folder, "things", "facility", "things.geojson", more) / "things.geojson", features)
    empty = write_layer(
        folder, "nothing", "candidate", "nothing.csv", 'crs = "EPSG:4326"\n[position]\nlon = "x"\nlat = "y"'
    )
    (empty / "nothing.csv").write_text("id,x,y,colour\n", encoding="utf-8")
    angles = [2 * math.pi * step / VERTICES for step in range(VERTICES)]
    ring = [[-73.97 + 0.01 * math.cos(a), 40.72 + 0.01 * math.sin(a)] for a in angles]
    coast = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    made = write_layer(folder, "coast", "land", "coast.geojson", 'columns = { id = "code" }')
    write_geojson(made / "coast.geojson", [{"type": "Feature", "properties": {"code": "all"}, "geometry": coast}])
    return folder
