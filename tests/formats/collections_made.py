"""Collections to write: values of every kind, all kinds of geometry, and what software that reads files trips over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geoservice.collections import Collection
from geoservice.collections.collection import Property
from geoservice.crs import LONLAT
from geoservice.i18n import Text

ABOUT = {
    "source": {"name": {"en": "Lands & Works", "zh": "地政工務"}, "url": "https://example.org/a?b=1&c=2"},
    "licence": {"name": {"en": "Open <Licence>", "zh": "開放授權"}, "url": "https://example.org/licence"},
    "as_of": "2026-01-31",
    "illustrative": False,
}
HOSTILE = (
    '=HYPERLINK("http://x.example","y")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "]]> & </name><script>alert(1)</script>",
    'said "so", twice\nand again\r\n',
    "NUL \x00 and bell \x07 and \x1b[31m",
    "灣仔警署 é 😀",
    "",
    "NULL",
    "nan",
    "1e5",
    "\ufeffmark",
    "\u2028line",
)


def collection(
    geometry: Sequence[Any],
    schema: dict[str, tuple[str, Sequence[Any]]] | None = None,
    ids: Sequence[str] | None = None,
    name: str = "made",
    **about: Any,
) -> Collection:
    """Make a collection of geometries in degrees; `schema` gives by name the JSON type and the values."""
    schema = schema or {}
    columns = {column: np.array(values, dtype=object) for column, (_, values) in schema.items()}
    frame = gpd.GeoDataFrame(columns, geometry=np.array(geometry, dtype=object), crs=LONLAT)
    for column, (kind, values) in schema.items():
        if kind == "number":
            frame[column] = np.array([np.nan if v is None else v for v in values], dtype=float)
    return Collection(
        id=name,
        title=Text(en="Made <up>", zh="虛構"),
        description=Text(en="For tests & trials.", zh="測試用"),
        frame=frame,
        ids=tuple(ids or (f"f.{number}" for number in range(len(frame)))),
        schema={
            column: Property(kind, format="date" if column.startswith("valid_") else None)
            for column, (kind, _) in schema.items()
        },
        version="v1",
        about={**ABOUT, **about},
    )


def points(count: int, seed: int = 3) -> Collection:
    """Make a collection of so many points with a value of each kind, some of them missing."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(113.8, 114.4, count), rng.uniform(22.1, 22.6, count)
    numbers = range(count)
    return collection(
        list(shapely.points(lon, lat)),
        {
            "name_en": ("string", [f"Camera {n}" if n % 5 else None for n in numbers]),
            "name_zh": ("string", [f"攝影機「{n}」" for n in numbers]),
            "range_m": ("number", [None if n % 7 == 0 else float(n) / 3 for n in numbers]),
            "sources": ("integer", [None if n % 11 == 0 else n for n in numbers]),
            "dome": ("boolean", [None if n % 13 == 0 else n % 2 == 0 for n in numbers]),
            "valid_from": ("string", [date(2026, 1, 1 + n % 28) if n % 3 else None for n in numbers]),
        },
    )


def hostile() -> Collection:
    """Make a collection of points whose values, and some of whose ids, are there to do harm."""
    count = len(HOSTILE)
    ids = [f"id.{n}" for n in range(count - 3)] + ["=1+1", "a/b?c#d.json", "ζ <b>"]
    return collection(
        list(shapely.points(np.linspace(114, 114.3, count), np.linspace(22.2, 22.4, count))),
        {"name_en": ("string", HOSTILE), "weight": ("number", [-float(n) for n in range(count)])},
        ids,
    )


def mixed() -> Collection:
    """Make a collection of all kinds of geometry, and of none."""
    hole = shapely.Polygon(
        [(114, 22), (114.1, 22), (114.1, 22.1), (114, 22.1)],
        [[(114.02, 22.02), (114.04, 22.02), (114.04, 22.04), (114.02, 22.04)]],
    )
    shapes = [
        shapely.Point(114.123456789, 22.3),
        shapely.MultiPoint([(114, 22), (114.2, 22.2)]),
        shapely.LineString([(114, 22), (114.1, 22.05), (114.2, 22)]),
        shapely.MultiLineString([[(114, 22), (114.1, 22.1)], [(114.2, 22), (114.3, 22.1)]]),
        hole,
        shapely.MultiPolygon([hole, shapely.box(114.3, 22.3, 114.4, 22.4)]),
        None,
        shapely.Polygon(),
        shapely.GeometryCollection([shapely.Point(114, 22), shapely.LineString([(114, 22), (114.1, 22.1)])]),
    ]
    return collection(shapes, {"name_en": ("string", [f"shape {n}" for n in range(len(shapes))])})
