"""Checks of one layer beside the others: zones that overlap, labels that differ, places outside every zone."""

from __future__ import annotations

from geoservice.catalog.catalog import Catalog
from geoservice.catalog.layer import Layer
from geoservice.catalog.problems import Problem, Severity, apply_acceptance
from geoservice.catalog.tables import check_densities
from geoservice.catalog.zoning import label_index, overlaps, plain_label, zone_of
from geoservice.errors import NotFoundError
from geoservice.vocabulary import Role


def checked_beside_others(layer: Layer, catalog: Catalog) -> Layer:
    """Check one layer against the zones, then mark what its manifest accepts."""
    table = catalog.joined(layer)
    layer = table.layer
    found = [
        *table.problems,
        *_check_zone_layer(layer, catalog),
        *_check_labels(layer, catalog),
        *_check_outside(layer, catalog),
        *check_densities(layer, catalog.region),
    ]
    everything = [*layer.problems, *found]
    accepted = apply_acceptance(everything, layer.manifest.accepted, layer.id)
    return Layer(layer.manifest, layer.features, layer.set_aside, tuple(accepted), layer.version)


def _check_zone_layer(layer: Layer, catalog: Catalog) -> list[Problem]:
    """Find zones that overlap, which would count ground twice, and zones without a larger one around them."""
    problems: list[Problem] = []
    for system in catalog.region.zone_systems:
        if system.layer != layer.id:
            continue
        zones = catalog.zones(system.id)
        problems.extend(
            _warning(
                layer,
                "zones-overlap",
                "geometry",
                f"Zones {a} and {b} share {area:,.0f} m²: it counts in both.",
            )
            for a, b, area in overlaps(zones)
        )
        if system.within is not None and catalog.zone_system(system.within).layer is not None:
            lost = zones[zones["parent_id"].isna()]
            problems.extend(
                _warning(layer, "no-parent-zone", "geometry", f"Zone {zone} lies in no zone of '{system.within}'.")
                for zone in lost["zone_id"]
            )
    return problems


def _check_labels(layer: Layer, catalog: Catalog) -> list[Problem]:
    """Compare the zone that a row's label names with the one that its position lies in."""
    declared = layer.manifest.zone_label
    if declared is None:
        return []
    try:
        system = catalog.zone_system(declared.zone_system)
    except NotFoundError as error:
        return [_warning(layer, "unknown-zone-system", "zone_label.zone_system", str(error))]
    zones = catalog.zones(system.id)
    names = dict(zip(zones["zone_id"], zones["name_en"], strict=True))
    index = label_index(zones, system.labels)
    placed = layer.placed
    actual = zone_of(placed.geometry, zones)
    problems: list[Problem] = []
    for row, label, zone_id in zip(placed.index, placed["zone_label"], actual, strict=True):
        if label is None or zones.empty:
            continue
        meant = index.get(plain_label(str(label), system.labels))
        if meant is None:
            code, reason = "unknown-label", f"The label '{label}' names no zone of '{system.id}'."
        elif zone_id is not None and meant != zone_id:
            code, reason = (
                "label-differs",
                f"The label says '{label}', the position lies in {names[zone_id]}.",
            )
        else:
            continue
        problems.append(
            _warning(layer, code, declared.column, reason, row=int(row), feature_id=str(placed.loc[row, "id"]))
        )
    return problems


def _check_outside(layer: Layer, catalog: Catalog) -> list[Problem]:
    """Name the facilities and cameras that lie in no zone of any published system."""
    if layer.manifest.role not in (Role.FACILITY, Role.CAMERA, Role.CANDIDATE):
        return []
    placed = layer.placed
    problems: list[Problem] = []
    for system in catalog.region.zone_systems:
        zones = catalog.zones(system.id)
        if zones.empty:
            continue
        where = zone_of(placed.geometry, zones)
        problems.extend(
            _warning(
                layer,
                "outside-zones",
                "geometry",
                f"The position lies in no zone of '{system.id}': it is counted under 'outside'.",
                row=int(row),
                feature_id=str(placed.loc[row, "id"]),
            )
            for row in placed.index[where.isna()]
        )
    return problems


def _warning(
    layer: Layer, code: str, field: str, reason: str, *, row: int | None = None, feature_id: str | None = None
) -> Problem:
    return Problem(
        layer=layer.id,
        file=layer.manifest.file,
        code=code,
        severity=Severity.WARNING,
        reason=reason,
        row=row,
        field=field,
        feature_id=feature_id,
    )
