"""One layer: its manifest, its sound features in the working system, and all that was wrong with the rest."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geoservice.catalog.fields import (
    check_columns,
    clean_values,
    named_columns,
    standard_fields,
    warn_of_absent_columns,
)
from geoservice.catalog.findings import Findings
from geoservice.catalog.manifest import Accepted, LayerManifest
from geoservice.catalog.position import locate
from geoservice.catalog.problems import NOT_GENERATED, Problem, Severity, apply_acceptance
from geoservice.catalog.read import RawTable, read_table
from geoservice.catalog.region import Region
from geoservice.catalog.toml import load_toml
from geoservice.crs import WorkingCrs
from geoservice.errors import LayerError
from geoservice.i18n import Text
from geoservice.question import SourceSelection
from geoservice.vocabulary import Role, Status

MADE_WHEN_ASKED = Text(en="This layer is made when it is asked for.", zh="此圖層按需要產生。")


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer that loaded.

    `features` is indexed by row number, in the working CRS, with the standard fields, the attributes and `geometry`
    (None for records whose position is not published). `set_aside` holds the rows that were not trusted, as they
    stand in the file, with the reason. `version` changes with any byte of the layer's files.
    """

    manifest: LayerManifest
    features: gpd.GeoDataFrame
    set_aside: pd.DataFrame
    problems: tuple[Problem, ...]
    version: str

    @property
    def id(self) -> str:
        """The layer's id, which is the name of its folder."""
        return self.manifest.id

    @cached_property
    def placed(self) -> gpd.GeoDataFrame:
        """The features that have a position; all who ask share them."""
        has_position = self.features.geometry.notna()
        return self.features if has_position.all() else self.features[has_position]

    @cached_property
    def kinds(self) -> frozenset[object]:
        """The kinds that features are of, or that the manifest names."""
        return frozenset({*self.features["kind"], *self.manifest.kinds})

    @property
    def listed(self) -> gpd.GeoDataFrame:
        """The records whose position is not published; the rows of a table are meant to have none."""
        missing = self.features.geometry.isna()
        return self.features[missing & (self.manifest.role is not Role.TABLE)]

    def select(self, selection: SourceSelection, statuses: tuple[Status, ...], at: date) -> gpd.GeoDataFrame:
        """Give the placed features of the kinds and statuses asked that are valid on a day.

        A feature without dates is valid always; `valid_from` is its first day and `valid_to` the first day it is not.
        """
        placed = self.placed
        wanted = placed["status"].isin([str(status) for status in statuses])
        if selection.kinds:
            wanted &= placed["kind"].isin(selection.kinds)
        started = pd.Series([start is None or start <= at for start in placed["valid_from"]], index=placed.index)
        not_ended = pd.Series([end is None or at < end for end in placed["valid_to"]], index=placed.index)
        return placed[wanted & started & not_ended]


@dataclass(frozen=True, eq=False)
class BrokenLayer:
    """A layer that could not be read: the service runs without it and says why."""

    id: str
    manifest: LayerManifest | None
    problem: Problem


def read_manifest(folder: Path) -> LayerManifest:
    """Read layer.toml of one folder; raises LayerError."""
    manifest = load_toml(folder / "layer.toml", LayerManifest)
    if manifest.id != folder.name:
        raise LayerError(
            f"The id is '{manifest.id}' but the folder is '{folder.name}'.",
            code="bad-id",
            file="layer.toml",
            field="id",
            advice="Give both the same name.",
        )
    return manifest


def read_layer(folder: Path, region: Region, working: WorkingCrs) -> Layer | BrokenLayer:
    """Read one folder into a layer, or into the reason why it cannot be read."""
    manifest: LayerManifest | None = None
    try:
        manifest = read_manifest(folder)
        _require_free_id(manifest, region)
        return _build(manifest, read_table(manifest, folder), folder, region, working)
    except LayerError as error:
        problem = Problem(
            layer=folder.name,
            file=error.file or "layer.toml",
            code=error.code,
            severity=Severity.ERROR,
            reason=error.reason,
            field=error.field,
            advice=error.advice,
        )
        accepted = manifest.accepted if manifest is not None else ()
        if error.code == NOT_GENERATED:
            accepted = (Accepted(code=error.code, reason=MADE_WHEN_ASKED), *accepted)
        marked = apply_acceptance([problem], accepted, folder.name)[0]
        return BrokenLayer(folder.name, manifest, marked)


def _require_free_id(manifest: LayerManifest, region: Region) -> None:
    if manifest.id in region.derived_ids:
        raise LayerError(
            f"The id '{manifest.id}' is that of a collection which a question of the region yields.",
            code="bad-id",
            file="layer.toml",
            field="id",
            advice="Give the layer, and its folder, another name.",
        )


def _build(manifest: LayerManifest, raw: RawTable, folder: Path, region: Region, working: WorkingCrs) -> Layer:
    findings = Findings(manifest.id, manifest.file, raw.problems)
    values = clean_values(raw.values, manifest, region.replace_characters)
    bare = not len(values.columns)
    if bare:
        values = values.reindex(columns=list(named_columns(manifest).values()))
    check_columns(values, manifest)
    fields = standard_fields(values, manifest, findings)
    _check_joined_fields(fields, manifest)
    if not bare:
        warn_of_absent_columns(values, fields, manifest, findings)
    if manifest.role is Role.TABLE:
        geometry = gpd.GeoSeries([None] * len(fields), index=fields.index, crs=working.crs)
    else:
        geometry = locate(raw, values, manifest, working, region.box, findings)
        _check_weighable(geometry, manifest, findings)
    fields.insert(0, "row", fields.index)
    features = gpd.GeoDataFrame(fields, geometry=geometry, crs=working.crs)
    if features.empty:
        findings.warn_layer("no-rows", None, f"{manifest.file} has no rows.")
    return Layer(
        manifest=manifest,
        features=findings.sound(features),
        set_aside=_set_aside(raw.values, raw.broken_rows, findings),
        problems=tuple(findings.problems),
        version=version_of(folder),
    )


def _check_weighable(geometry: gpd.GeoSeries, manifest: LayerManifest, findings: Findings) -> None:
    """Raise LayerError for areas of demand without a weight; set aside what is no line where the length is the weight.

    Points and lines without a weight count one each.
    """
    if manifest.role is not Role.DEMAND or "weight" in manifest.columns:
        return
    placed = geometry[geometry.notna()]
    dimension = shapely.get_dimensions(placed.array)
    if manifest.weighs_by_length:
        findings.error(placed.index[dimension != 1], "wrong-geometry", "geometry", "The weight is length: no line.")
    elif (dimension == 2).any():  # noqa: PLR2004 - the dimension of an area
        raise LayerError(
            f"{manifest.file} holds areas, which need a weight: how much of the demand each of them has.",
            code="missing-weight",
            file="layer.toml",
            field="columns.weight",
            advice='Name its column: columns = { weight = "…" }.',
        )


def _check_joined_fields(fields: pd.DataFrame, manifest: LayerManifest) -> None:
    """Raise LayerError if a table that is joined to zones has no field of an attribute's name, or of a condition's."""
    if manifest.join is None or fields.empty:
        return
    wanted = {f"join.where.{name}": name for name in manifest.join.where}
    wanted |= {
        f"attributes[{number}].name": attribute.name
        for number, attribute in enumerate(manifest.attributes, start=1)
        if not {f"{attribute.name}_en", f"{attribute.name}_zh"} & set(fields.columns)
    }
    for field, name in wanted.items():
        if name not in fields.columns:
            raise LayerError(
                f"layer.toml names the field '{name}' ({field}), which {manifest.file} does not have.",
                code="missing-column",
                file="layer.toml",
                field=field,
                advice=f"It has: {', '.join(map(str, fields.columns.drop('zone_label')))}.",
            )


def _set_aside(given: pd.DataFrame, broken_rows: dict[int, str], findings: Findings) -> pd.DataFrame:
    """Keep the rejected rows as they stand in the file, with the field and the reason."""
    errors = {p.row: p for p in findings.problems if p.severity is Severity.ERROR and p.row is not None}
    rejected = given.loc[given.index.isin(findings.rejected)]
    broken = pd.DataFrame({"row as read": pd.Series(broken_rows, dtype=object)})
    rows = pd.concat([rejected, broken]) if len(broken) else rejected.copy()
    ours = {"row", "field", "reason"}
    rows = rows.rename(columns={name: f"{name} (in the file)" for name in rows.columns if name in ours}).sort_index()
    rows.insert(0, "reason", [errors[row].reason for row in rows.index])
    rows.insert(0, "field", [errors[row].field for row in rows.index])
    rows.insert(0, "row", rows.index)
    return rows


def version_of(folder: Path) -> str:
    """Hash every file of a layer's folder and of folders in it, by name and content, to 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):  # a .gdb is a folder
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
