"""What the service says of its own interface: the standards it meets, and its description in OpenAPI."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from geoservice.formats.geojson import dumps
from geoservice.ogc import dcat, documents, links, openapi
from geoservice.ogc.openapi_parts import MEDIA_TYPE as OPENAPI
from geoservice.web.features import available_collections, described_collections, listed_version
from geoservice.web.headers import same_in_every_language
from geoservice.web.language import language
from geoservice.web.requests import FORMAT, answered, args, base_address, tagged
from geoservice.web.service import service

blueprint = Blueprint("interface", __name__)


@blueprint.get("/conformance")
def conformance() -> Response:
    """Name the standards that are met."""
    args(FORMAT)
    return answered(documents.conformance(base_address()), links.JSON, service().catalog.version, "document.html")


@blueprint.get("/api")
def api() -> Response:
    """Describe the interface."""
    args(FORMAT)
    return answered(_description, OPENAPI, service().catalog.version, "api.html")


def _description() -> dict[str, Any]:
    settings, catalog = service().settings, service().catalog
    return openapi.description(
        base_address(),
        catalog.region.title.within(language()),
        described_collections(),
        catalog.served_crs,
        openapi.Limits(settings.default_limit, settings.max_limit),
        tuple(service().tiles.matrix_sets),
        openapi.Askable(
            [named.id for named in catalog.region.questions if service().problem_of(named) is None],
            [named.id for named in catalog.region.differences],
            [timeline.id for timeline in catalog.region.timelines],
        ),
    )


@blueprint.get(f"/{dcat.PATH}")
def catalog() -> Response:
    """Describe every collection with its files to portals that harvest, in both languages at once."""
    same_in_every_language()
    args()
    outlines, _ = available_collections()

    def document() -> bytes:
        return dumps(dcat.catalog(base_address(), service().catalog.region.title, outlines))

    return tagged(document, dcat.MEDIA_TYPE, listed_version(outlines))
