"""The pages that people read: landing page, map, table of zones, health of the layers."""

from __future__ import annotations

from dataclasses import asdict
from itertools import pairwise
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request, url_for

from geoservice.analysis import Analysis, camera_densities
from geoservice.analysis.known_days import nothing_known
from geoservice.catalog import Layer, NamedQuestion
from geoservice.catalog.manifest import LayerManifest
from geoservice.catalog.tables import table_rows
from geoservice.collections.derived import zone_table
from geoservice.errors import ParameterError, message
from geoservice.formats.credits import terms_of
from geoservice.formats.geojson import dumps
from geoservice.formats.table import MEDIA_TYPE as CSV
from geoservice.formats.table import to_csv
from geoservice.i18n import LANGUAGES, said
from geoservice.maps.map_data import MapData, MapSources, TiledSource
from geoservice.maps.overview import overview
from geoservice.maps.palette import SHARE
from geoservice.maps.question_map import MapParts, question_map, take_apart
from geoservice.ogc import documents, links
from geoservice.ogc.parameters import single
from geoservice.prints import frames_mm
from geoservice.question import Question
from geoservice.vocabulary import Role
from geoservice.web.asked import known_parameters
from geoservice.web.background import LOCAL_ADDRESS, media_type
from geoservice.web.errors import prefers_html
from geoservice.web.language import language
from geoservice.web.places import asking_services
from geoservice.web.requests import FORMAT, QUESTION, Args, answered, args, asked, base_address, linked, tagged
from geoservice.web.service import service
from geoservice.web.tiles import tile_address

blueprint = Blueprint("pages", __name__)

HTML = "text/html; charset=utf-8"
MAX_TILE_ZOOM = 25


@blueprint.get("/")
def landing() -> Response:
    """Welcome a newcomer; or, for a client that asks for JSON, begin the OGC API."""
    args(FORMAT)
    catalog = service().catalog
    region = catalog.region
    document = documents.landing(base_address(), region.title, region.title, language())
    if not prefers_html():
        return answered(document, links.JSON, catalog.version, "landing.html")
    answers, problems = [], []
    for named in (named for named in region.questions if named.featured):
        question = catalog.question(named.id)
        problem = service().problem_with(question)
        if problem is None:
            answers.append((named, service().answers(question)))
        else:
            problems.append((named, said(problem, language())))
    picture = overview(answers[0][1], catalog.working, language()) if answers else None
    programme = _programme_table()
    page = render_template(
        "landing.html",
        answers=answers,
        problems=problems,
        picture=picture,
        share_classes=list(pairwise([0.0, *SHARE.breaks, None])),
        catalog=catalog,
        facility=Role.FACILITY,
        programme=programme,
        programme_rows=table_rows(programme, language()) if programme else [],
    )
    response = tagged(page, HTML, _version(*(answer for _, answer in answers)))
    return linked(response, document["links"], as_page=True)


def _loss_names(analysis: Analysis) -> dict[object, str]:
    """Name for each row of zones the source that covers most of it alone."""
    sources = analysis.sources.drop_duplicates(["layer", "id"]).set_index(["layer", "id"])
    names = {}
    for row in analysis.zones.itertuples():
        key = (row.largest_single_loss_layer, row.largest_single_loss_id)
        if key in sources.index:
            source = sources.loc[key]
            given = (source["name_zh"] if language() == "zh" else source["name_en"]) or source["name_en"]
            names[row.Index] = str(given or row.largest_single_loss_id)
    return names


def _joined_manifests(question: Question) -> list[LayerManifest]:
    """Give what the tables say of themselves that figures by zone come from."""
    catalog = service().catalog
    layers = dict.fromkeys(figure.layer for figure in catalog.figures(question.zone_system))
    return [catalog.layers[layer].manifest for layer in layers]


def _programme_table() -> Layer | None:
    """Give the table of the region's camera programme; None where there is none, or it could not be read."""
    catalog = service().catalog
    programme = catalog.region.programme
    return catalog.table(programme.table) if programme is not None else None


@blueprint.get("/map")
def map_page() -> Response:
    """Show the map of a question."""
    given = args(["question", *QUESTION])
    named, question, analysis = _answered(given)
    catalog = service().catalog
    listed = [layer for layer in catalog.layers.values() if len(layer.listed) and layer.manifest.role is not Role.TABLE]
    page = render_template(
        "map.html",
        named=named,
        question=question,
        analysis=analysis,
        parts=_map_parts(named, analysis),
        script=_address(".map_script", _map_params(named, question)),
        listed=listed,
        remark=nothing_known(catalog, question, language()),
    )
    return tagged(page, HTML, _version(analysis))


@blueprint.get("/map.js")
def map_script() -> Response:
    """Give the map's declarations as a script of its own, which a strict policy lets through."""
    named, _, analysis = _answered(args(["question", *QUESTION]))
    return tagged(_map_parts(named, analysis).script, "text/javascript; charset=utf-8", _version(analysis))


@blueprint.get("/zones")
def zones() -> Response:
    """Show the figures by zone as a table."""
    given = args(["question", *QUESTION])
    named, question, analysis = _answered(given)
    catalog = service().catalog
    system = catalog.zone_system(question.zone_system)
    manifest = catalog.layers[system.layer].manifest if system.layer else None
    densities = camera_densities(catalog, analysis)
    page = render_template(
        "zones.html",
        named=named,
        question=question,
        analysis=analysis,
        remark=nothing_known(catalog, question, language()),
        rows=list(analysis.zones.itertuples()),
        loss_names=_loss_names(analysis),
        system=system,
        further_demand=[
            catalog.layers[layer].manifest
            for layer in dict.fromkeys(question.demand)
            if f"demand_share:{layer}" in analysis.zones.columns
        ],
        figures=catalog.figures(question.zone_system),
        figure_manifests=_joined_manifests(question),
        attributes=[a for a in manifest.attributes if a.name in analysis.zones.columns] if manifest else [],
        manifests=[catalog.layers[source.layer].manifest for source in question.sources],
        densities=densities,
        densities_manifest=catalog.layers[densities.layer].manifest if densities else None,
        csv=_address(".zones_csv", _map_params(named, question)),
        map_address=_address(".map_page", _map_params(named, question)),
    )
    return tagged(page, HTML, _version(analysis))


@blueprint.get("/zones.csv")
def zones_csv() -> Response:
    """Give the figures by zone as CSV, each row with the question, the assumption and where the sources outside are."""
    named, question, analysis = _answered(args(["question", *QUESTION]))
    table = zone_table(analysis)
    constants = terms_of(service().catalog, named, question)
    if analysis.weight_note is not None:
        constants |= {"weighted_share": analysis.totals.weighted_share, "weight_note": analysis.weight_note.en}
    rows: list[list[object]] = [[*row, *constants.values()] for row in table.itertuples(index=False)]
    outside: dict[str, object] = {
        "zone_id": "outside",
        "name_en": "Outside every zone",
        "sources_inside": analysis.totals.sources_outside,
        "facilities_inside": analysis.totals.facilities_outside,
    }
    rows.append([*(outside.get(column) for column in table.columns), *constants.values()])
    response = tagged(to_csv([*table.columns, *constants], rows), CSV, _version(analysis))
    name = f"{named.id}-zones-{question.at.isoformat()}-{question.case}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/layers")
def layers() -> Response:
    """Show the health of every layer with its source, licence and date."""
    args()
    catalog = service().catalog
    if not prefers_html() and request.accept_mimetypes.best == links.JSON:
        problems = [{**asdict(p), "accepted": p.accepted.en if p.accepted else None} for p in catalog.problems]
        return tagged(dumps({"problems": problems}), links.JSON, catalog.version)
    return tagged(render_template("layers.html", catalog=catalog), HTML, catalog.version)


@blueprint.get("/healthz")
def health() -> Response:
    """Say whether the service is well: `ok`, or `degraded` with the layers that could not be read."""
    args()
    catalog = service().catalog
    body = {
        "status": "degraded" if catalog.unexpectedly_broken else "ok",
        "region": catalog.region.id,
        "layers": len(catalog.layers),
        "broken_layers": {b.id: b.problem.reason for b in catalog.unexpectedly_broken},
        "open_problems": len(catalog.open_problems),
        "version": catalog.version,
    }
    if (problem := service().reload_problem) is not None:
        body |= {"status": "degraded", "reload_problem": problem}
    return Response(dumps(body), content_type=links.JSON, headers={"Cache-Control": "no-store"})


@blueprint.get("/background/<int:z>/<int:x>/<int:y>")
def background_tile(z: int, x: int, y: int) -> Response:
    """Give one tile of the local background."""
    args()
    background = service().background
    if background is None or background.file is None or z > MAX_TILE_ZOOM or max(x, y) >= 1 << z:
        abort(404)
    tile = background.file.tile(z, x, y)
    if tile is None:
        abort(404)
    return Response(tile, content_type=media_type(tile), headers={"Cache-Control": "public, max-age=86400"})


def _answered(given: Args) -> tuple[NamedQuestion, Question, Analysis]:
    """Read the question asked for, the first of the region if none is, and answer it."""
    wanted = single(given, "question")
    if wanted == "":
        raise ParameterError("question", wanted, message("the id of a question, such as those on the first page"))
    named = service().catalog.named_question(wanted) if wanted else service().first_question()
    question = asked(named, given)
    return named, question, service().answers(question)


def _address(endpoint: str, params: dict[str, str]) -> str:
    return f"{url_for(endpoint)}?{urlencode(params)}"


def _map_params(named: NamedQuestion, question: Question) -> dict[str, str]:
    return {
        "question": named.id,
        "at": question.at.isoformat(),
        "case": str(question.case),
        "lang": language(),
    }


def _map_parts(named: NamedQuestion, analysis: Analysis) -> MapParts:
    """Make the map; its large layers come from the same collections that GIS tools read."""
    static = url_for("static", filename="").rstrip("/")
    key = (named.id, analysis.key, language(), static)
    return service().maps.get(key, lambda: _made_map_parts(named, analysis, static))


def _made_map_parts(named: NamedQuestion, analysis: Analysis, static: str) -> MapParts:
    question = analysis.question
    background = service().background
    params = {
        "at": question.at.isoformat(),
        "case": str(question.case),
        "limit": str(service().settings.max_limit),
    }

    def items(suffix: str) -> str:
        return f"{url_for('features.items', collection_id=f'{named.id}-{suffix}')}?{urlencode(params)}"

    tiles = None
    if background is not None:
        tiles = background.address or f"{url_for('.landing')}{LOCAL_ADDRESS}"
    sources = MapSources(
        static=static,
        coverage=items("coverage"),
        gaps=items("gaps"),
        zones=items("zones"),
        tiled=lambda collection_id: _tiled(collection_id, question),
        zone_table=_address(".zones", _map_params(named, question)),
        tiles=tiles,
        attribution=background.attribution if background else "",
        services={**_services(), **asking_services(named, _map_params(named, question), params)},
        frames_mm=frames_mm(banner=service().catalog.is_illustrative(named)),
    )
    data = MapData(service().catalog, named, analysis)
    map_ = question_map(data, language(), sources, static=service().settings.static)
    return take_apart(map_, static)


def _services() -> dict[str, str]:
    """Give the addresses that the map's own modules ask, by name, in the language of the page."""
    tag = LANGUAGES[language()].tag
    found = {"compare": url_for("compare.compare", lang=tag), "search": url_for("search.search", lang=tag)}
    found |= {
        "printPdf": url_for("prints.pdf"),
        "printPng": url_for("prints.png"),
        "printFrame": url_for("prints.frame"),
        "mapData": url_for("prints.data", suffix="gpkg").removesuffix("gpkg"),
    }
    if service().catalog.region.timelines:
        found["timelines"] = url_for("timelines.timeline_list", lang=tag)
    return found


def _tiled(collection_id: str, question: Question) -> TiledSource:
    """Say where a collection's tiles and items are; coverage is cut by cell, whose pieces are small."""
    known = known_parameters(collection_id)
    wanted = {"at": question.at.isoformat(), "case": str(question.case)}
    if collection_id.endswith("-coverage"):
        wanted["pieces"] = "cell"
    given = {name: [value] for name, value in wanted.items() if name in known}
    items = url_for("features.items", collection_id=collection_id)
    query = urlencode({name: values[0] for name, values in given.items()})
    return TiledSource(tile_address(collection_id, given), f"{items}?{query}" if query else items)


def _version(*answers: Analysis) -> str:
    """Give what a page depends on: the catalogue, and the answers that it shows."""
    return ".".join([service().catalog.version, *(answer.key for answer in answers)])
