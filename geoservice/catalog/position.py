"""Where each row is: its position in the working system, checked against every other position the row gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geoservice.catalog.findings import Findings
from geoservice.catalog.manifest import LayerManifest, Position
from geoservice.catalog.numbers import to_number
from geoservice.catalog.read import RawTable
from geoservice.crs import LONLAT, Extent, WorkingCrs, parse_crs
from geoservice.errors import CrsError, LayerError, shorten
from geoservice.vocabulary import Role

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_MIN_ROWS_FOR_A_VERDICT = 3
"""With fewer rows than this a wrong system cannot be told from wrong rows."""
_MOST = 1 / 2
MAX_LON, MAX_LAT = 180, 90
_POLYGON_ROLES = frozenset({Role.ZONE, Role.LAND})
_POINT_ROLES = frozenset({Role.FACILITY, Role.CAMERA, Role.CANDIDATE})


@dataclass(frozen=True)
class _Claim:
    """One way in which the rows say where they are; `geometry` is in `crs`, None where a row says nothing."""

    kind: str
    field: str
    geometry: gpd.GeoSeries


def locate(
    raw: RawTable,
    values: pd.DataFrame,
    manifest: LayerManifest,
    working: WorkingCrs,
    extent: Extent,
    findings: Findings,
) -> gpd.GeoSeries:
    """Give the geometry of every row in the working system, None for rows whose position is listed as not published.

    Rows without a trustworthy position are set aside in `findings`. Raises LayerError where the file's system is
    missing, contradicts layer.toml, or cannot be the one that its coordinates are in.
    """
    claims = _claims(raw, values, manifest, findings)
    if not claims:
        raise LayerError(
            f"Nothing in {manifest.file} says where its rows are.",
            code="no-position",
            file="layer.toml",
            field="position",
            advice="Name the columns position.lon and position.lat, or position.easting, position.northing and "
            "position.grid_crs, or use a file with geometry.",
        )
    projected = [_project(claim, manifest, working, extent, findings) for claim in claims]
    located = projected[0]
    for other, claim in zip(projected[1:], claims[1:], strict=True):
        located = _reconcile(located, other, claims[0], claim, manifest.position, findings)
    if manifest.role in _POLYGON_ROLES:
        located = _only_polygons(located, findings)
    _require_positions(located, claims[0], manifest.position, findings)
    _require_extent(located, claims[0], working, extent, findings)
    return located


def _claims(raw: RawTable, values: pd.DataFrame, manifest: LayerManifest, findings: Findings) -> list[_Claim]:
    """List the positions that the rows give, the primary one first."""
    position = manifest.position
    claims: dict[str, _Claim] = {}
    if raw.geometry is not None:
        crs = _file_crs(raw.crs, manifest)
        claims["geometry"] = _Claim("geometry", "geometry", _sound_geometry(raw.geometry, crs, manifest, findings))
    if position.lon is not None and position.lat is not None:
        crs = _declared(manifest.crs, manifest, "crs") if raw.geometry is None else LONLAT
        claims["lonlat"] = _Claim("lonlat", position.lon, _points(values, position.lon, position.lat, crs, findings))
    if position.easting is not None and position.northing is not None:
        crs = _declared(position.grid_crs, manifest, "position.grid_crs")
        points = _points(values, position.easting, position.northing, crs, findings)
        claims["grid"] = _Claim("grid", position.easting, points)
    primary: str | None = position.primary or next(iter(claims), None)
    if primary is not None and primary not in claims:
        raise LayerError(
            f"layer.toml declares {primary} as the primary position, but {manifest.file} has none.",
            code="no-position",
            file="layer.toml",
            field="position.primary",
        )
    return sorted(claims.values(), key=lambda claim: claim.kind != primary)


def _declared(text: str | None, manifest: LayerManifest, field: str) -> CRS:
    if text is None:
        raise LayerError(
            f"{manifest.file} does not say which coordinate reference system it is in, and neither does layer.toml.",
            code="no-crs",
            file="layer.toml",
            field=field,
            advice='Write for example crs = "EPSG:4326" if the columns are GPS longitudes and latitudes.',
        )
    try:
        crs = parse_crs(text)
    except CrsError as error:
        raise LayerError(error.reason, code="bad-crs", file="layer.toml", field=field, advice=error.advice) from error
    if not (crs.is_geographic or crs.is_projected):
        raise LayerError(
            f"{crs.name} is no system of places.",
            code="bad-crs",
            file="layer.toml",
            field=field,
            advice="Give one of longitude and latitude, or a grid.",
        )
    return crs


def _file_crs(found: CRS | None, manifest: LayerManifest) -> CRS:
    """Take the system that the file carries; refuse a declaration that contradicts it."""
    if found is None:
        return _declared(manifest.crs, manifest, "crs")
    if manifest.crs is not None:
        declared = _declared(manifest.crs, manifest, "crs")
        if not declared.equals(found, ignore_axis_order=True) and declared.to_2d() != CRS(found).to_2d():
            raise LayerError(
                f"{manifest.file} carries {CRS(found).name}, but layer.toml declares {declared.name}.",
                code="crs-conflict",
                file="layer.toml",
                field="crs",
                advice="Remove crs from layer.toml if the file is right; else mend the file.",
            )
    return CRS(found)


def _sound_geometry(geometry: gpd.GeoSeries, crs: CRS, manifest: LayerManifest, findings: Findings) -> gpd.GeoSeries:
    """Set empty and invalid geometries aside, mend polygons that can be, and make facilities and cameras points."""
    shapes = np.array(geometry.array, dtype=object)
    empty = geometry.index[shapely.is_empty(shapes)]
    findings.error(empty, "empty-geometry", "geometry", "The geometry is empty.")
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    without_value = geometry.index[np.unique(owner[~np.isfinite(xy).all(axis=1)])]
    findings.error(without_value, "bad-coordinate", "geometry", "The geometry has a coordinate without value.")
    shapes[geometry.index.isin([*empty, *without_value])] = None
    result = gpd.GeoSeries(shapes, index=geometry.index, crs=crs)
    present = result[result.notna()]
    invalid = present[~present.is_valid]
    reasons = dict(zip(invalid.index, shapely.is_valid_reason(invalid.array), strict=True))
    mended = invalid.make_valid()
    same_dimension = shapely.get_dimensions(mended.array) == shapely.get_dimensions(invalid.array)
    hopeless = invalid.index[~same_dimension | mended.is_empty]
    findings.error(hopeless, "invalid-geometry", "geometry", lambda row: f"The geometry is invalid: {reasons[row]}.")
    findings.warn(
        invalid.index,
        "invalid-geometry",
        "geometry",
        lambda row: f"The geometry was invalid and has been mended: {reasons[row]}.",
    )
    result.loc[mended.index] = mended
    result.loc[hopeless] = None
    if manifest.role in _POINT_ROLES:
        result = _as_points(result, findings)
    return result


def _only_polygons(geometry: gpd.GeoSeries, findings: Findings) -> gpd.GeoSeries:
    """Keep areas; the lines and points that mending leaves behind have none."""
    present = geometry[geometry.notna() & ~geometry.index.isin(findings.rejected)]
    types = shapely.get_dimensions(present.array)
    findings.error(
        present.index[types < 2],  # noqa: PLR2004 - the dimension of an area
        "wrong-geometry",
        "geometry",
        lambda row: f"A zone or land must be a polygon, not a {geometry[row].geom_type}.",
    )
    collections = present[present.geom_type == "GeometryCollection"]
    geometry = geometry.copy()
    for row, collection in collections.items():
        geometry.loc[row] = shapely.union_all([part for part in collection.geoms if part.area > 0])
    return geometry


def _as_points(geometry: gpd.GeoSeries, findings: Findings) -> gpd.GeoSeries:
    """Reduce outlines of buildings to a point inside them, with a warning."""
    present = geometry[geometry.notna() & ~geometry.index.isin(findings.rejected)]
    other = present[present.geom_type != "Point"]
    many = other[~((other.geom_type == "MultiPoint") & (shapely.get_num_geometries(other.array) == 1))]
    findings.warn(
        many.index,
        "not-a-point",
        "geometry",
        lambda row: f"The position is a {geometry[row].geom_type}; a point inside it is taken.",
    )
    geometry = geometry.copy()
    geometry.loc[other.index] = other.representative_point()
    return geometry


def _points(values: pd.DataFrame, x: str, y: str, crs: CRS, findings: Findings) -> gpd.GeoSeries:
    """Make points from two columns, easting or longitude first; cells that are no numbers set their row aside."""
    numbers: dict[str, Floats] = {}
    for column in (x, y):
        parsed = [to_number(value) for value in values[column]]
        bad = [
            row
            for row, value, number in zip(values.index, values[column], parsed, strict=True)
            if value is not None and number is None
        ]
        cells = values[column]
        findings.error(bad, "bad-coordinate", column, partial(_no_number, cells))
        numbers[column] = np.array([np.nan if n is None else n for n in parsed], dtype=np.float64)
    one_missing = np.isnan(numbers[x]) != np.isnan(numbers[y])
    findings.error(values.index[one_missing], "missing-position", x, f"Only one of {x} and {y} is given.")
    both = ~(np.isnan(numbers[x]) | np.isnan(numbers[y]))
    points = np.full(len(values), None, dtype=object)
    points[both] = shapely.points(numbers[x][both], numbers[y][both])
    return gpd.GeoSeries(points, index=values.index, crs=crs)


def _no_number(cells: pd.Series, row: int) -> str:
    return f"{shorten(repr(cells[row]))} is not a number."


def _project(
    claim: _Claim, manifest: LayerManifest, working: WorkingCrs, extent: Extent, findings: Findings
) -> gpd.GeoSeries:
    """Convert one claim into the working system; refuse it whole if most coordinates cannot be in its system."""
    crs = CRS(claim.geometry.crs)
    sound = claim.geometry[claim.geometry.notna() & ~claim.geometry.index.isin(findings.rejected)]
    try:
        projected = working.project(claim.geometry)
    except CrsError as error:
        raise LayerError(
            error.reason, code="bad-crs", file=manifest.file, field=claim.field, advice=error.advice
        ) from error
    inside = _inside(projected.loc[sound.index], working, extent)
    outside = sound[~inside]
    swapped = _inside(working.project(_swap(outside)), working, extent)
    wrong = outside[~swapped & _impossible(outside, crs)]
    many = len(sound) >= _MIN_ROWS_FOR_A_VERDICT
    if len(wrong):
        why, advice = _why_impossible(crs, claim.kind)
        if many and len(wrong) > _MOST * len(sound):
            raise LayerError(
                f"The coordinates in {manifest.file} ({claim.field}) cannot be in {crs.name}: {why}.",
                code="impossible-coordinates",
                file=manifest.file,
                field=claim.field,
                advice=advice,
            )
        if not many:
            reason = f"The position cannot be in {crs.name}: {why}."
            findings.error(wrong.index, "impossible-coordinates", claim.field, reason, advice)
    if many and len(outside) == len(sound):
        advice = (
            "Longitude and latitude, or easting and northing, are swapped: swap the two columns in layer.toml."
            if swapped.all()
            else "Is the declared coordinate reference system the right one?"
        )
        raise LayerError(
            f"None of the {len(sound)} positions in {manifest.file} ({claim.field}) lies within the region.",
            code="outside-region",
            file=manifest.file,
            field=claim.field,
            advice=advice,
        )
    return projected


_GRID_ADVICE = {
    "geometry": "They look like metres of a grid, which GeoJSON and this declaration do not allow. Convert the file to "
    "its true system, for example a GeoPackage.",
    "lonlat": 'They look like lengths of a grid: declare that grid, for example crs = "EPSG:32650".',
}
_DEGREES_ADVICE = {
    "geometry": 'They look like degrees: mend the file\'s system, or declare crs = "EPSG:4326".',
    "lonlat": 'They look like degrees: declare crs = "EPSG:4326".',
    "grid": "They look like degrees: mend position.grid_crs, or name the columns position.lon and position.lat.",
}


def _impossible(geometry: gpd.GeoSeries, crs: CRS) -> Flags:
    """Tell which coordinates cannot be in a system: lengths where it has degrees, or degrees where it has lengths."""
    bounds = np.abs(shapely.bounds(geometry.array))
    degrees = (bounds[:, [0, 2]] <= MAX_LON).all(axis=1) & (bounds[:, [1, 3]] <= MAX_LAT).all(axis=1)
    flags: Flags = ~degrees if crs.is_geographic else degrees
    return flags


def _why_impossible(crs: CRS, kind: str) -> tuple[str, str]:
    """Say what such coordinates are, and what to do."""
    if crs.is_geographic:
        return "they are larger than 180 and 90 degrees", _GRID_ADVICE.get(kind, "Mend position.grid_crs.")
    return "they are all within 180 and 90", _DEGREES_ADVICE[kind]


def _swap(geometry: gpd.GeoSeries) -> gpd.GeoSeries:
    return gpd.GeoSeries(
        shapely.transform(geometry.array, lambda xy: xy[:, ::-1]), index=geometry.index, crs=geometry.crs
    )


def _inside(geometry: gpd.GeoSeries, working: WorkingCrs, extent: Extent) -> pd.Series:
    """Tell which geometries lie wholly within the extent."""
    west, south, east, north = extent.lonlat
    bounds = working.to_lonlat(geometry).bounds
    with np.errstate(invalid="ignore"):
        within_lon = (bounds["minx"] >= west) & (bounds["maxx"] <= east)
        return pd.Series(within_lon & (bounds["miny"] >= south) & (bounds["maxy"] <= north))


def _reconcile(
    primary: gpd.GeoSeries,
    other: gpd.GeoSeries,
    first: _Claim,
    second: _Claim,
    position: Position,
    findings: Findings,
) -> gpd.GeoSeries:
    """Compare two positions of each row; keep the primary one, or the other where the primary is missing."""
    distance = primary.distance(other)
    findings.error(
        distance.index[distance > position.conflict_m],
        "positions-conflict",
        second.field,
        lambda row: (
            f"The {first.kind} and {second.kind} positions are {distance[row]:,.0f} m apart: neither is trusted."
        ),
    )
    findings.warn(
        distance.index[distance > position.tolerance_m],
        "positions-differ",
        second.field,
        lambda row: (
            f"The {first.kind} and {second.kind} positions are {distance[row]:,.1f} m apart: "
            f"the {first.kind} one is kept."
        ),
    )
    only_other = primary.index[primary.isna() & other.notna()]
    findings.warn(
        only_other,
        "position-from-other",
        first.field,
        f"The {first.kind} position is missing: the {second.kind} one is taken.",
    )
    return primary.where(primary.notna(), other)


def _require_positions(located: gpd.GeoSeries, claim: _Claim, position: Position, findings: Findings) -> None:
    if position.missing == "error":
        findings.error(
            located.index[located.isna()],
            "missing-position",
            claim.field,
            "The row has no position.",
            'If it is not published, declare position.missing = "listed" in layer.toml.',
        )


def _require_extent(
    located: gpd.GeoSeries, claim: _Claim, working: WorkingCrs, extent: Extent, findings: Findings
) -> None:
    """Set rows aside that lie beyond the region; say so if swapping their coordinates would bring them in."""
    present = located[located.notna() & ~located.index.isin(findings.rejected)]
    beyond = present.index[~_inside(present, working, extent).to_numpy(dtype=bool)]
    if not len(beyond):
        return
    swapped = _inside(working.project(_swap(claim.geometry.loc[beyond].dropna())), working, extent)
    findings.error(
        swapped.index[swapped.to_numpy(dtype=bool)],
        "swapped-position",
        claim.field,
        "The two coordinates are swapped.",
        "Swap them in the file.",
    )
    findings.error(beyond, "outside-extent", claim.field, "The position lies outside the region's extent.")
