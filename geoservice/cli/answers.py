"""`geoservice questions`, `zones`, `gaps`, `coverage`, `difference`: ask, and take the answer away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import shapely

from geoservice.analysis import Analysis
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.cli.asking import (
    DEFAULT_DAY,
    Bbox,
    BoxOfDegrees,
    Command,
    Day,
    answered,
    asking,
    case_of,
    case_option,
    examples,
    format_option,
    give,
    kept_answers,
    named_or_first,
    output_option,
    require_place,
)
from geoservice.cli.shell import cluster_option, echo_table, layers_option, read_catalog
from geoservice.errors import NotFoundError, message, there_are
from geoservice.formats.credits import terms_of
from geoservice.formats.frames import Format, to_text
from geoservice.question import Question


def window_options(command: Command) -> Command:
    """Give a command the options of a part of the ground."""
    command = click.option("--bbox", type=BoxOfDegrees(), default=None, help="Only within west,south,east,north.")(
        command
    )
    return click.option("--zone", default=None, help="Only within the zone with this id.")(command)


def _window(analysis: Analysis, zone: str | None, bbox: Bbox | None) -> shapely.Geometry:
    """Give the ground of a zone, of a box, or of what both have in common, in the working CRS."""
    zones = analysis.zones.set_index("zone_id").geometry
    if zone is not None and zone not in zones.index:
        raise NotFoundError(message("zone"), zone, advice=there_are(zones.index))
    ground = zones.union_all() if zone is None else zones[zone]
    if bbox is None:
        return ground
    # Sides of a box in degrees bend in the plane.
    box = shapely.segmentize(shapely.box(*bbox), max((bbox[2] - bbox[0]), (bbox[3] - bbox[1])) / 64)
    return ground.intersection(gpd.GeoSeries([box], crs="OGC:CRS84").to_crs(zones.crs).iloc[0])


@click.command(epilog=examples("geoservice questions", "geoservice questions --format json"))
@layers_option
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def questions(layers: Path | None, form: str) -> None:
    """List the named questions and differences, and whether they can be answered."""
    catalog = read_catalog(layers)
    rows = [_described(catalog, named) for named in catalog.region.questions]
    rows += [
        {
            "id": named.id,
            "theme": "difference",
            "title": named.title.en,
            "sources": f"{named.before.question} -> {named.after.question}",
            "assumed": "",
            "illustrative": any(
                catalog.is_illustrative(catalog.named_question(side.question)) for side in (named.before, named.after)
            ),
            "problem": _problem(catalog, catalog.difference(named.id).before)
            or _problem(catalog, catalog.difference(named.id).after),
        }
        for named in catalog.region.differences
    ]
    if form == "table":
        names = ("id", "theme", "title", "sources", "problem")
        echo_table(names, [tuple(str(row[name]) for name in names) for row in rows])
        return
    columns = list(rows[0]) if rows else ["id"]
    frame = gpd.GeoDataFrame(rows, columns=columns, geometry=[None] * len(rows), crs=catalog.working.crs)
    click.echo(to_text(frame, catalog.working, Format(form), {}), nl=False)


def _described(catalog: Catalog, named: NamedQuestion) -> dict[str, Any]:
    return {
        "id": named.id,
        "theme": str(named.theme),
        "title": named.title.en,
        "sources": " ".join(source.layer for source in named.sources),
        "assumed": named.assumption.en,
        "illustrative": catalog.is_illustrative(named),
        "problem": _problem(catalog, catalog.question(named.id)),
    }


def _problem(catalog: Catalog, question: Question) -> str:
    error = catalog.why_unanswerable(question)
    return "" if error is None else str(error)


@click.command(
    epilog=examples(
        "geoservice zones",
        "geoservice zones --question cameras --case high -o zones.csv",
        "geoservice zones --question cameras --cluster local",
        "geoservice zones --question cameras --cluster tcp://scheduler:8786 --partitions /shared/cameras",
    )
)
@cluster_option
@click.option(
    "--partitions",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="With --cluster: a new folder that all its machines share. [default: a temporary one]",
)
@asking
def zones(address: str | None, partitions: Path | None, **given: Any) -> None:
    """Give the figures by zone: area, covered, gap, shares with low and high, distances.

    With --cluster: areas, shares, depth and the largest single loss.
    """
    if address is not None:
        _zones_on_cluster(address, partitions, **given)
        return
    if partitions is not None:
        raise click.UsageError("--partitions goes with --cluster.")
    _answer_with(lambda analysis: analysis.zones, **given)


def _zones_on_cluster(
    address: str,
    partitions: Path | None,
    *,
    layers: Path | None,
    question_id: str | None,
    at: date | None,
    case: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    from geoservice.cli.batch import zones_on_cluster  # noqa: PLC0415 - it loads dask, which takes its time

    chosen = require_place(form, output)
    catalog = read_catalog(layers)
    named = named_or_first(catalog, question_id)
    question = catalog.question(named.id, at=at, case=case_of(case))
    about = terms_of(catalog, named, question)
    give(zones_on_cluster(catalog, question, about, address, partitions), catalog.working, chosen, output, about)


@click.command(epilog=examples("geoservice gaps --format geojson", "geoservice gaps --pieces zone -o gaps.gpkg"))
@click.option(
    "--pieces",
    type=click.Choice(["cell", "zone"]),
    default="cell",
    show_default=True,
    help="Ranked pieces by cell, or the whole gap of each zone.",
)
@window_options
@asking
def gaps(pieces: str, zone: str | None, bbox: Bbox | None, **given: Any) -> None:
    """Give what is left out: ranked pieces with their largest empty circle; of a zone or a box, its gap by zone."""
    if zone is not None or bbox is not None:
        _answer_with(lambda analysis: analysis.gaps_within(_window(analysis, zone, bbox)), **given)
    else:
        _answer_with(lambda analysis: analysis.gaps if pieces == "cell" else analysis.zone_gaps, **given)


@click.command(
    epilog=examples(
        "geoservice coverage -o coverage.fgb",
        "geoservice coverage --question reporting",
        "geoservice coverage --bbox 114.15,22.27,114.19,22.29 --format geojson",
    )
)
@window_options
@asking
def coverage(zone: str | None, bbox: Bbox | None, **given: Any) -> None:
    """Give what is covered, by zone; all of it, or what lies in one zone or a box."""
    if zone is not None or bbox is not None:
        _answer_with(lambda analysis: analysis.coverage_within(_window(analysis, zone, bbox)), **given)
    else:
        _answer_with(lambda analysis: analysis.coverage, **given)


@click.command(
    epilog=examples(
        "geoservice difference kiosks",
        "geoservice difference stations reporting --ground -o ground.gpkg",
        "geoservice difference stations stations --at 2024-01-01 --then 2027-01-01",
    )
)
@click.argument("before")
@click.argument("after", required=False)
@click.option("--at", type=Day(), default=None, help=f"The day of the first question. {DEFAULT_DAY}")
@click.option("--then", type=Day(), default=None, help=f"The day of the second question. {DEFAULT_DAY}")
@click.option("--ground", is_flag=True, help="The ground gained, lost and unchanged, not the figures by zone.")
@case_option
@format_option
@output_option
@layers_option
def difference(
    before: str,
    after: str | None,
    at: date | None,
    then: date | None,
    ground: bool,  # noqa: FBT001 - as click gives it
    case: str | None,
    form: str | None,
    output: Path | None,
    layers: Path | None,
) -> None:
    """Compare two questions, BEFORE and AFTER, or answer one named difference."""
    chosen = require_place(form, output)
    catalog = read_catalog(layers)
    if after is None:
        asked = catalog.difference(before, before_at=at, at=then, case=case_of(case))
        first, second, sides = asked.before, asked.after, catalog.named_difference(before)
        names = (sides.before.question, sides.after.question)
    else:
        first = catalog.question(before, at=at, case=case_of(case))
        second = catalog.question(after, at=then, case=case_of(case))
        names = (before, after)
    if first.zone_system != second.zone_system:
        raise click.UsageError(f"{names[0]} and {names[1]} measure different zones.")
    found = kept_answers().compare(answered(catalog, first, names[0]), answered(catalog, second, names[1]))
    named = [catalog.named_question(name) for name in names]
    about = {
        "before": names[0],
        "before_at": first.at,
        "after": names[1],
        "after_at": second.at,
        "case": str(second.case) if first.case == second.case else f"{first.case} -> {second.case}",
        "assumption": " ".join(dict.fromkeys(one.assumption.en for one in named)),
        "illustrative": any(catalog.is_illustrative(one) for one in named),
    }
    give(found.changes if ground else found.zones, catalog.working, chosen, output, about)


def _answer_with(
    part: Callable[[Analysis], gpd.GeoDataFrame],
    *,
    layers: Path | None,
    question_id: str | None,
    at: date | None,
    case: str | None,
    form: str | None,
    output: Path | None,
) -> None:
    chosen = require_place(form, output)
    catalog = read_catalog(layers)
    named = named_or_first(catalog, question_id)
    analysis = answered(catalog, catalog.question(named.id, at=at, case=case_of(case)), named.id)
    about = terms_of(catalog, named, analysis.question)
    about["sources_outside_every_zone"] = analysis.totals.sources_outside
    if analysis.weight_note is not None:
        about |= {"weighted_share": analysis.totals.weighted_share, "weight_note": analysis.weight_note.en}
    give(part(analysis), catalog.working, chosen, output, about)
