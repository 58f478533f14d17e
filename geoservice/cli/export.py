"""`geoservice export`: a layer, or what a question yields, in another format."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
import geopandas as gpd

from geoservice.catalog import Catalog, Layer
from geoservice.cli.asking import (
    answered,
    at_option,
    case_of,
    case_option,
    examples,
    format_option,
    give,
    kept_answers,
    output_option,
    require_place,
)
from geoservice.cli.shell import layers_option, read_catalog
from geoservice.collections import Library
from geoservice.errors import NotFoundError, message, there_are
from geoservice.formats.frames import Format
from geoservice.formats.geojson import DECIMALS


@click.command(
    epilog=examples(
        "geoservice export police-stations -o stations.gpkg",
        "geoservice export cameras-footprints -o footprints.parquet",
        "geoservice export police-stations -o stations.xlsx",
    )
)
@click.argument("collection")
@at_option
@case_option
@format_option
@output_option
@layers_option
def export(
    collection: str,
    at: date | None,
    case: str | None,
    form: str | None,
    output: Path | None,
    layers: Path | None,
) -> None:
    """Write a layer, or any COLLECTION that a question yields, for further work.

    Geometry is in the region's own system, in metres (GeoJSON in degrees), values are not rounded, and what they rest
    on stands in columns. CSV and workbooks of a layer can be added again as a layer. For files as the web service gives
    them, in degrees, also KML, GeoJSON by line or within a box, there is `geoservice download`.
    """
    chosen = require_place(form, output)
    catalog = read_catalog(layers)
    if collection in catalog.layers:
        if at is not None or case is not None:
            raise click.UsageError("A layer is exported as it is: --at and --case are for what a question yields.")
        layer = catalog.layers[collection]
        if chosen in (Format.CSV, Format.XLSX):
            sheet = _spreadsheet(layer, catalog)
            unsaid = layer.manifest.illustrative and "illustrative" not in sheet.columns
            give(sheet, catalog.working, chosen, output, {"illustrative": True} if unsaid else {})
        else:
            give(_layer_frame(layer), catalog.working, chosen, output, _about_layer(layer))
        return
    library = Library(catalog, lambda asked: answered(catalog, asked, collection), 4, kept_answers().compare)
    if (named := library.question_of(collection)) is not None:
        found = library.get(collection, catalog.question(named.id, at=at, case=case_of(case)))
    elif (difference_ := library.difference_of(collection)) is not None:
        found = library.get_difference(collection, catalog.difference(difference_.id, at=at, case=case_of(case)))
    else:
        expected = catalog.is_expected(collection)
        advice = catalog.advice_on(collection) if expected else there_are(library.ids)
        raise NotFoundError(message("collection"), collection, advice=advice)
    frame = found.frame.set_crs("OGC:CRS84", allow_override=True).to_crs(catalog.working.crs)
    frame.insert(0, "id", list(found.ids))
    give(frame, catalog.working, chosen, output, _about_derived(found.about))


def _layer_frame(layer: Layer) -> gpd.GeoDataFrame:
    return layer.features.drop(columns="row").reset_index(drop=True)


def _spreadsheet(layer: Layer, catalog: Catalog) -> gpd.GeoDataFrame:
    """Lay a layer out as a planner would: its fields, and its places as longitude and latitude to a centimetre."""
    frame = _layer_frame(layer)
    frame = frame[[name for name in frame.columns if name == "geometry" or frame[name].notna().any()]]
    places = catalog.working.to_lonlat(frame.geometry)
    points = places.where(places.geom_type == "Point")
    if points.notna().any():
        frame = frame.assign(lon=points.x.round(DECIMALS), lat=points.y.round(DECIMALS))
    return frame


def _about_derived(about: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a derived collection answers: the question or both, its day and case, and what it assumes."""
    if "question" in about:
        asked = about["question"]
        terms = {"question": asked["id"], "at": asked["at"], "case": asked["case"], "assumed_range_m": about["range_m"]}
    else:
        before, after = about["before"], about["after"]
        case = after["case"] if before["case"] == after["case"] else f"{before['case']} -> {after['case']}"
        terms = {"before": before["id"], "before_at": before["at"], "after": after["id"], "after_at": after["at"]}
        terms["case"] = case
    return {**terms, "assumption": about["assumption"]["en"], "illustrative": about["illustrative"]}


def _about_layer(layer: Layer) -> dict[str, Any]:
    manifest = layer.manifest
    return {
        "source": manifest.source.name.en,
        "licence": manifest.licence.name.en,
        "as_of": manifest.as_of,
        **({"illustrative": True} if manifest.illustrative else {}),
    }
