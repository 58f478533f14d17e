"""What the service says of its own interface: the standards it meets, and its description in OpenAPI."""

from __future__ import annotations

from flask import Blueprint, Response

from geoservice.formats.geojson import dumps
from geoservice.ogc import dcat, documents, links, openapi
from geoservice.ogc.openapi_parts import MEDIA_TYPE as OPENAPI
from geoservice.web.features import available_collections, described_collections
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
    settings, catalog = service().settings, service().catalog
    limits = openapi.Limits(settings.default_limit, settings.max_limit)
    title = catalog.region.title.within(language())
    document = openapi.description(
        base_address(),
        title,
        described_collections(),
        catalog.served_crs,
        limits,
        tuple(service().tiles.matrix_sets),
        [named.id for named in catalog.region.questions if service().problem_of(named) is None],
    )
    return answered(document, OPENAPI, catalog.version, "api.html")


@blueprint.get(f"/{dcat.PATH}")
def catalog() -> Response:
    """Describe every collection with its files to portals that harvest, in both languages at once."""
    same_in_every_language()
    args()
    catalog, library = service().catalog, service().library

    def body() -> bytes:
        found = (library.get(collection_id) for collection_id in available_collections()[0])
        return dumps(dcat.catalog(base_address(), catalog.region.title, found))

    return tagged(body, dcat.MEDIA_TYPE, catalog.version)
