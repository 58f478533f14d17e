"""`geoservice questions`, `zones`, `gaps`, `coverage`, `difference`, `export`: ask, and take the answer away."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import geopandas as gpd
import shapely

from geoservice.analysis import Analysis, KeptAnswers, analyse
from geoservice.cache import open_cache
from geoservice.catalog import Catalog, Layer, NamedQuestion
from geoservice.cli.shell import (
    cluster_option,
    echo_table,
    interruptible,
    layers_option,
    progress,
    read_catalog,
    say_if_compiling,
)
from geoservice.collections import Library
from geoservice.crs import WorkingCrs
from geoservice.errors import GeoserviceError, NotFoundError
from geoservice.formats.frames import BINARY, Format, format_of, to_text, write_file
from geoservice.formats.geojson import DECIMALS
from geoservice.question import Question
from geoservice.settings import Settings
from geoservice.vocabulary import Case

Command = Callable[..., Any]
Bbox = tuple[float, float, float, float]


class Day(click.ParamType[date]):
    """A day such as 2026-01-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read a day; fails with what was given and what is allowed."""
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            self.fail(f"'{value}' is not a day such as 2026-01-31.", param, ctx)


case_option = click.option(
    "--case",
    type=click.Choice([str(case) for case in Case]),
    default=None,
    help="Which value of what is assumed to take. [default: the question's, mid]",
)
at_option = click.option("--at", type=Day(), default=None, help="The day, as 2026-01-31. [default: today]")
question_option = click.option("--question", "question_id", default=None, help="Its id. [default: the first one]")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in Format]),
    default=None,
    help="[default: what the name after -o ends in, else table]",
)
output_option = click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write to this file."
)


class BoxOfDegrees(click.ParamType[Bbox]):
    """A box as west,south,east,north in degrees."""

    name = "box"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Bbox:
        """Read a box; fails with what was given and what is allowed."""
        try:
            west, south, east, north = (float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(
                f"'{value}' is not west,south,east,north in degrees, such as 114.15,22.27,114.19,22.29.", param, ctx
            )
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - degrees
            self.fail(
                f"'{value}' is no box: west must be less than east, south than north, all in degrees.", param, ctx
            )
        return west, south, east, north


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
        raise NotFoundError("zone", zone, advice=f"There are: {', '.join(zones.index)}.")
    ground = zones.union_all() if zone is None else zones[zone]
    if bbox is None:
        return ground
    # Sides of a box in degrees bend in the plane.
    box = shapely.segmentize(shapely.box(*bbox), max((bbox[2] - bbox[0]), (bbox[3] - bbox[1])) / 64)
    return ground.intersection(gpd.GeoSeries([box], crs="OGC:CRS84").to_crs(zones.crs).iloc[0])


def asking(command: Command) -> Command:
    """Give a command the options of a question and of its output."""
    for option in (output_option, format_option, case_option, at_option, question_option, layers_option):
        command = option(command)
    return command


def examples(*lines: str) -> str:
    """Lay examples out for the end of a command's help."""
    return "Examples:\n\n\b\n" + "\n".join(f"  {line}" for line in lines)


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
    about = about_question(catalog, named, question)
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
@click.option("--at", type=Day(), default=None, help="The day of the first question. [default: its own, or today]")
@click.option("--then", type=Day(), default=None, help="The day of the second question. [default: its own, or today]")
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
    found = _kept_answers().compare(_answered(catalog, first, names[0]), _answered(catalog, second, names[1]))
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
    """Write a layer, or any COLLECTION that a question yields, in another format."""
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
    library = Library(catalog, lambda asked: _answered(catalog, asked, collection), 4, _kept_answers().compare)
    if (named := library.question_of(collection)) is not None:
        found = library.get(collection, catalog.question(named.id, at=at, case=case_of(case)))
    elif (difference_ := library.difference_of(collection)) is not None:
        found = library.get_difference(collection, catalog.difference(difference_.id, at=at, case=case_of(case)))
    else:
        raise NotFoundError("collection", collection, advice=f"There are: {', '.join(library.ids)}.")
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
    analysis = _answered(catalog, catalog.question(named.id, at=at, case=case_of(case)), named.id)
    about = about_question(catalog, named, analysis.question)
    about["sources_outside_every_zone"] = analysis.totals.sources_outside
    if analysis.weight_note is not None:
        about |= {"weighted_share": analysis.totals.weighted_share, "weight_note": analysis.weight_note.en}
    give(part(analysis), catalog.working, chosen, output, about)


def named_or_first(catalog: Catalog, question_id: str | None) -> NamedQuestion:
    """Give the question named, or the region's first; raises NotFoundError."""
    if question_id is None and not catalog.region.questions:
        raise NotFoundError("question", "", advice="Declare one in region.toml.")
    return catalog.named_question(question_id or catalog.region.questions[0].id)


def about_question(catalog: Catalog, named: NamedQuestion, question: Question) -> dict[str, Any]:
    """Say what an answer rests on: the question, its day and case, and what it assumes."""
    return {
        "question": named.id,
        "at": question.at,
        "case": str(question.case),
        "assumed_range_m": question.range_m,
        "assumption": named.assumption.en,
        "illustrative": catalog.is_illustrative(named),
    }


def _kept_answers() -> KeptAnswers:
    return KeptAnswers(open_cache(Settings.from_env()))


def _answered(catalog: Catalog, question: Question, name: str) -> Analysis:
    """Answer a question, from what is kept on the disk where it can be."""
    kept = _kept_answers()
    return interruptible(lambda: kept(catalog, question, lambda catalog, question: _computed(catalog, question, name)))


def _computed(catalog: Catalog, question: Question, name: str) -> Analysis:
    """Compute an answer; on a terminal with a bar of progress."""
    say_if_compiling()
    with progress(f"Computing {name}") as step:
        return analyse(catalog, question, step)


def case_of(case: str | None) -> Case | None:
    """Read a case; None stays none."""
    return None if case is None else Case(case)


def require_place(form: str | None, output: Path | None) -> Format:
    """Choose the format and say no before any work where it cannot be written."""
    guessed = format_of(output) if output is not None else Format.TABLE
    if form is None and guessed is None:
        known = ", ".join(str(one) for one in Format)
        raise click.UsageError(f"'{output}' ends in no format that is known; name one with --format ({known}).")
    chosen = Format(form) if form is not None else guessed or Format.TABLE
    if output is not None and guessed not in (None, chosen) and (guessed in BINARY or chosen in BINARY):
        raise click.UsageError(f"'{output}' ends as {guessed} does, and --format says {chosen}: name one of the two.")
    if output is None and chosen in BINARY:
        raise click.UsageError(f"{chosen} is no text: name a file with -o.")
    if output is not None:
        require_writable(output)
    return chosen


def require_writable(output: Path) -> None:
    """Say no before any work where a file or folder cannot be written."""
    if not output.parent.is_dir():
        raise GeoserviceError(f"Cannot write {output}: there is no folder {output.parent}.", advice="Make it first.")
    if not os.access(output if os.access(output, os.F_OK) else output.parent, os.W_OK):
        raise GeoserviceError(f"Cannot write {output}: that is not allowed here.", advice="Name another place.")


def give(
    frame: gpd.GeoDataFrame, working: WorkingCrs, form: Format, output: Path | None, about: Mapping[str, Any]
) -> None:
    """Print a frame, or write it to a file and say so."""
    if output is None:
        click.echo(to_text(frame, working, form, about), nl=False)
        return
    write_file(frame, working, form, output, about)
    click.echo(f"{len(frame)} rows: {output}", err=True)
