"""Ways to spoil the made-up city, and what the catalogue is then expected to say of it.

Most cases need little of the city: `hamlet` leaves its two boroughs, west and east, and the layer of posts.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
from city import CRS_FEET, feet, write_layer
from shapely import Geometry
from shapely.geometry import Point

from geoservice.catalog import Catalog, Layer, Severity, open_catalog

Spoil = Callable[[Path], None]
"""Writes something wrong into the city's folder."""

X, Y = 987530.8, 200130.8
"""A place in the west, 1 km east and 1 km north of the city's corner, in feet of the grid."""
LON, LAT = -73.988165, 40.715989
"""The same place in degrees of WGS 84."""
HERE = f"{X},{Y}"
HEADING = "code,label,x,y,side"
SOUND = f"p1,First post,{HERE},West"
"""A row that nothing is wrong with."""

GRID = 'easting = "x"\nnorthing = "y"\ngrid_crs = "EPSG:2263"'
LONLAT = 'lon = "x"\nlat = "y"'


def hamlet(city: Path) -> Path:
    """Leave the city's boroughs and posts alone, so that each case is quick."""
    for layer in ("people", "wards"):
        shutil.rmtree(city / layer)
    path = city / "region.toml"
    start, _, rest = path.read_text(encoding="utf-8").partition('[[zone_systems]]\nid = "ward"')
    questions = rest[rest.index("[[question]]") :]
    questions = questions.replace('zone_system = "ward"', 'zone_system = "borough"').replace('demand = ["people"]', "")
    path.write_text(start + questions, encoding="utf-8")
    in_rows(SOUND)(city)
    return city


def posts_toml(top: str = "", columns: str = "", position: str = GRID, label: str = "side", kinds: str = "") -> str:
    """Write what layer.toml says of the posts, with more at its `top`, more `columns`, another `position`."""
    parts = [
        top,
        f'columns = {{ id = "code", name_en = "label"{columns} }}',
        'defaults = { kind = "post", status = "operating", owner = "Feetville", access = "own" }',
        f'zone_label = {{ column = "{label}", zone_system = "borough" }}' if label else "",
        kinds,
        f"[position]\n{position}" if position else "",
    ]
    return "\n".join(part for part in parts if part)


def feature_toml(top: str = "") -> str:
    """Write what layer.toml says of posts whose file has geometry."""
    return posts_toml(top, position="", label="")


def in_file(name: str, content: bytes | str, more: str = "") -> Spoil:
    """Put bytes, or text as UTF-8, into the posts' data file."""

    def spoil(folder: Path) -> None:
        path = write_layer(folder, "posts", "facility", name, more or posts_toml())
        (path / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return spoil


def in_rows(*rows: str, heading: str = HEADING, more: str = "", encoding: str = "utf-8") -> Spoil:
    """Write the posts' rows, the heading above them: the first is row 2."""
    return in_file("posts.csv", ("\n".join([heading, *rows]) + "\n").encode(encoding), more)


def in_features(
    *shapes: Geometry | None,
    name: str = "posts.gpkg",
    crs: str | None = CRS_FEET,
    more: str = "",
    then: Spoil | None = None,
    **columns: list[Any],
) -> Spoil:
    """Write posts p1, p2, … of these shapes into a file with geometry, the first of them row 1; `then` spoils it."""

    def spoil(folder: Path) -> None:
        path = write_layer(folder, "posts", "facility", name, more or feature_toml())
        frame = features(*shapes, crs=crs, **columns)
        if name.endswith(".parquet"):
            frame.to_parquet(path / name)
        else:
            frame.to_file(path / name)
        if then is not None:
            then(path / name)

    return spoil


def in_geojson(*places: tuple[float, float] | None, more: str = "", **properties: Any) -> Spoil:
    """Write posts p1, p2, … at these longitudes and latitudes as GeoJSON."""
    rows = [
        {
            "type": "Feature",
            "properties": {"code": f"p{number}", "label": "A post", **properties},
            "geometry": None if place is None else {"type": "Point", "coordinates": place},
        }
        for number, place in enumerate(places, start=1)
    ]
    text = json.dumps({"type": "FeatureCollection", "features": rows})
    return in_file("posts.geojson", text, more or feature_toml())


def features(*shapes: Geometry | None, crs: str | None = CRS_FEET, **columns: list[Any]) -> gpd.GeoDataFrame:
    """Make posts p1, p2, … of these shapes."""
    ids = [f"p{number}" for number in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"code": ids, "label": ids, **columns}, geometry=list(shapes), crs=crs)


def post(x_m: float = 1000, y_m: float = 1000) -> Point:
    """Give the place of a post, in metres from the city's corner, in feet of the grid."""
    return Point(feet(x_m, y_m))


def in_text(file: str, old: str, new: str) -> Spoil:
    """Replace words in a text file of the city, which must be there."""

    def spoil(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} has no {old!r} to spoil"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return spoil


def at_end(file: str, more: str) -> Spoil:
    """Add lines to the end of a text file of the city."""

    def spoil(folder: Path) -> None:
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    return spoil


@dataclass(frozen=True)
class Found:
    """A finding about one row, or about the layer where `row` is None; `says` is a telling part of its reason."""

    code: str
    says: str
    row: int | None = None
    field: str | None = None
    fid: str | None = None
    severity: Severity = Severity.ERROR
    advises: str = ""


def warned(code: str, says: str, row: int | None = None, field: str | None = None, fid: str | None = None) -> Found:
    """Expect a finding that keeps its row."""
    return Found(code, says, row, field, fid, Severity.WARNING)


class Loads:
    """The posts, or another layer, load: these ids, with these findings and no others, the bad rows kept aside."""

    def __init__(self, ids: str, *found: Found, layer: str = "posts") -> None:
        self.ids = ids.split()
        self.found = found
        self.layer = layer

    def check(self, folder: Path) -> Layer:
        """Open the city and compare."""
        catalog = open_catalog(folder)
        assert not catalog.broken, {broken.id: broken.problem for broken in catalog.broken.values()}
        layer = catalog.layers[self.layer]
        assert list(layer.features["id"]) == self.ids
        told = {(p.code, p.severity, p.row, p.field, p.feature_id): p for p in layer.problems}
        wanted = {(f.code, f.severity, f.row, f.field, f.fid): f for f in self.found}
        assert told.keys() == wanted.keys()
        assert len(told) == len(layer.problems)
        for key, finding in wanted.items():
            assert finding.says in told[key].reason
            assert finding.advises in (told[key].advice or "")
            assert told[key].layer == self.layer
        self._check_set_aside(layer)
        return layer

    def _check_set_aside(self, layer: Layer) -> None:
        """Every row with an error, and no other, is kept aside with the reason of that error."""
        reasons = {p.row: p.reason for p in layer.problems if p.severity is Severity.ERROR}
        assert dict(zip(layer.set_aside["row"], layer.set_aside["reason"], strict=True)) == reasons
        assert not set(layer.features.index) & set(reasons)


class Breaks:
    """The posts, or another layer, cannot be read; the others load, and nothing is said against them.

    The reason is shown to everybody: it does not tell where the layers lie on the disk.
    """

    def __init__(
        self, code: str, says: str, *, file: str, field: str | None = None, advises: str = "", layer: str = "posts"
    ) -> None:
        self.code = code
        self.says = says
        self.file = file
        self.field = field
        self.advises = advises
        self.layer = layer

    def check(self, folder: Path) -> Catalog:
        """Open the city and compare."""
        catalog = open_catalog(folder)
        assert set(catalog.broken) == {self.layer}, catalog.open_problems
        problem = catalog.broken[self.layer].problem
        assert (problem.code, problem.file, problem.field) == (self.code, self.file, self.field)
        assert (problem.layer, problem.severity, problem.row) == (self.layer, Severity.ERROR, None)
        assert self.says in problem.reason
        assert str(folder.parent) not in problem.reason
        assert self.advises in (problem.advice or "")
        assert set(catalog.layers) == {path.name for path in folder.iterdir() if path.is_dir()} - {self.layer}
        assert catalog.open_problems == (problem,)
        return catalog
