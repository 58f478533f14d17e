"""The standard's documents, with links (OGC API - Features - Part 1: Core, 17-069r4; Part 2, 18-058r1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import orjson

from geoservice.collections import Cluster, Collection, Outline, Page, Query
from geoservice.crs import ServedCrs
from geoservice.formats.geojson import DECIMALS
from geoservice.formats.geojson import MEDIA_TYPE as GEOJSON
from geoservice.i18n import Language, Text
from geoservice.ogc import dcat, tile_documents
from geoservice.ogc.conformance import CLASSES
from geoservice.ogc.downloads import download_links
from geoservice.ogc.links import CRS84, HTML, Link, Params, collection_address, in_html, link, with_params
from geoservice.ogc.openapi_parts import MEDIA_TYPE as OPENAPI
from geoservice.ogc.schemas import MEDIA_TYPE as SCHEMA
from geoservice.ogc.schemas import property_schema

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
OGC_REL = "http://www.opengis.net/def/rel/ogc/1.0"
MOST_HEADER = 3_000
"""Servers and clients refuse long headers, some from 4,096 bytes on for all of them."""
_PAGING = ("next", "prev")
_UNHEADED = frozenset({"enclosure", tile_documents.TILESETS})
_BETWEEN = ", "
_KEPT_IN_ADDRESSES = ":/?#[]@!$&'()*+,;=%~"
"""What stands in an address for itself, with the percent sign of what is written by its code already (RFC 3986)."""


def landing(base: str, title: Text, description: Text, language: Language) -> dict[str, Any]:
    """Write the landing page (/req/core/root-success)."""
    return {
        "title": title.within(language),
        "description": description.within(language),
        "links": [
            link(f"{base}/", "self", "This document"),
            in_html(f"{base}/", {}),
            link(f"{base}/api", "service-desc", "The description of the interface", OPENAPI),
            link(f"{base}/api?f=html", "service-doc", "The interface, for people", HTML),
            link(f"{base}/conformance", "conformance", "The standards that are met"),
            link(f"{base}/analyses", f"{OGC_REL}/job-list", "Questions of one's own: those that are kept; ask by POST"),
            link(f"{base}/collections", "data", "The collections"),
            link(f"{base}/map", "alternate", "The map", HTML),
            link(f"{base}/timelines", "related", "What is installed and planned, by date"),
            link(f"{base}/compare", "related", "Two questions, cases or days compared by zone"),
            link(f"{base}/{dcat.PATH}", "alternate", "The catalogue, for portals that harvest", dcat.MEDIA_TYPE),
            *tile_documents.landing_links(base),
        ],
    }


def conformance(base: str) -> dict[str, Any]:
    """Write the classes of the standards that are met (/req/core/conformance-success)."""
    return {"conformsTo": list(CLASSES), "links": [link(f"{base}/conformance", "self", "This document")]}


def collection_list(
    base: str, documents: list[dict[str, Any]], problems: list[str], served: Sequence[ServedCrs]
) -> dict[str, Any]:
    """Write the list of collections (/req/core/fc-md-success); `problems` say which could not be made."""
    document: dict[str, Any] = {
        "links": list_links(base),
        "crs": [one.uri for one in served],
        "collections": documents,
    }
    return {**document, "problems": problems} if problems else document


def list_links(base: str) -> list[Link]:
    """Write the links of the list of collections."""
    return [link(f"{base}/collections", "self", "This document"), in_html(f"{base}/collections", {})]


def collection_links(base: str, described: Outline, params: Params) -> list[Link]:
    """Write all links of a collection: to itself, its features and what describes them."""
    address = collection_address(base, described.id)
    links = [
        link(with_params(address, params), "self", "This collection"),
        in_html(address, params),
        link(with_params(f"{address}/items", params), "items", "Its features", GEOJSON),
        link(with_params(f"{address}/items", {**params, "f": "html"}), "items", "Its features as a page", HTML),
        link(with_params(f"{address}/schema", params), f"{OGC_REL}/schema", "Its schema", SCHEMA),
        link(with_params(f"{address}/schema", params), "describedby", "Its schema", SCHEMA),
        link(with_params(f"{address}/queryables", params), f"{OGC_REL}/queryables", "What to filter by", SCHEMA),
        link(with_params(f"{address}/sortables", params), f"{OGC_REL}/sortables", "What to sort by", SCHEMA),
        *tile_documents.collection_links(address, params),
        *download_links(address, params),
    ]
    licence = described.about.get("licence")
    if isinstance(licence, dict) and "url" in licence:
        links.append(link(licence["url"], "license", licence["name"]["en"], HTML))
    return links


def collection(
    base: str, described: Outline, language: Language, params: Params, served: Sequence[ServedCrs]
) -> dict[str, Any]:
    """Write one collection (/req/core/sfc-md-success), with what its features rest on."""
    return {
        "id": described.id,
        "title": described.title.within(language),
        "description": described.description.within(language),
        "itemType": "feature",
        "extent": _extent(described),
        "crs": [one.uri for one in served],
        "storageCrs": CRS84,
        "links": collection_links(base, described, params),
        "properties": {
            name: {**property_schema(prop, language), **({"unit": prop.unit} if prop.unit else {})}
            for name, prop in described.schema.items()
        },
        "about": described.about,
    }


def _extent(described: Outline) -> dict[str, Any]:
    """Write the extent in space and time (/req/core/fc-md-extent)."""
    spatial = {"spatial": {"bbox": [list(described.extent)], "crs": CRS84}} if described.extent is not None else {}
    start, end = (day.isoformat() if day is not None else None for day in described.interval)
    return {
        **spatial,
        "temporal": {"interval": [[start and f"{start}T00:00:00Z", end and f"{end}T23:59:59Z"]], "trs": GREGORIAN},
    }


def item_links(base: str, described: Collection, page: Page, query: Query, params: Params) -> list[Link]:
    """Write the links of a page of items: next and prev keep every parameter (/req/core/fc-links)."""
    address = f"{collection_address(base, described.id)}/items"
    kept = {name: value for name, value in params.items() if name not in ("offset", "cursor")}
    links = [
        link(with_params(address, params), "self", "This page", GEOJSON),
        in_html(address, params),
        link(with_params(collection_address(base, described.id), described_by(params)), "collection", "The collection"),
    ]
    for rel, cursor, title in (("next", page.next, "The next page"), ("prev", page.prev, "The page before")):
        if cursor is not None:
            further = {**kept, "limit": str(query.limit), "cursor": cursor.encode()}
            links.append(link(with_params(address, further), rel, title, GEOJSON))
    if page.matched and not len(page.positions) and (query.cursor is None or query.cursor.forward):
        last = {**kept, "limit": str(query.limit), "offset": str(max(0, page.matched - query.limit))}
        links.append(link(with_params(address, last), "prev", "The last page", GEOJSON))
    return links


def described_by(params: Params) -> Params:
    """Give those parameters of a request that a collection itself has too."""
    return {name: params[name] for name in ("at", "before_at", "case", "pieces", "lang") if name in params}


def items(described: Collection, page: Page, features: bytes, links: list[Link], moment: str) -> dict[str, Any]:
    """Write one page of items (/req/core/fc-response); its `features` are written already, as one array."""
    return {
        "type": "FeatureCollection",
        "timeStamp": moment,
        "numberMatched": page.matched,
        "numberReturned": len(page.positions),
        "links": links,
        **assumed(described),
        "features": orjson.Fragment(features),
    }


def item(base: str, described: Collection, page: Page, features: bytes, params: Params) -> dict[str, Any]:
    """Write one feature (/req/core/f-success); it is written already, alone in an array."""
    address = collection_address(base, described.id)
    own = f"{address}/items/{quote(described.ids[page.positions[0]], safe='')}"
    return {
        **orjson.loads(features)[0],
        **assumed(described),
        "links": [
            link(with_params(own, params), "self", "This feature", GEOJSON),
            in_html(own, params),
            link(with_params(address, described_by(params)), "collection", "Its collection"),
        ],
    }


def link_header(links: Sequence[Link]) -> str:
    """Write links as a header (RFC 8288) of at most 3,000 ASCII characters, those to the next and previous page first.

    Titles and links to files and tiles are left out, and each link for which there is no room: the body has them all.
    """
    written: list[str] = []
    room = MOST_HEADER
    for one in sorted(links, key=lambda one: one["rel"] not in _PAGING):
        if one["rel"] in _UNHEADED or one.get("templated"):
            continue
        text = f'<{quote(one["href"], safe=_KEPT_IN_ADDRESSES)}>; rel="{one["rel"]}"; type="{one["type"]}"'
        if len(text) <= room:
            written.append(text)
            room -= len(text) + len(_BETWEEN)
    return _BETWEEN.join(written)


def clusters(found: list[Cluster]) -> dict[str, Any]:
    """Write clusters as points with their count."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": position,
                "geometry": {"type": "Point", "coordinates": [round(c.lon, DECIMALS), round(c.lat, DECIMALS)]},
                "properties": {"count": c.count},
            }
            for position, c in enumerate(found)
        ],
    }


def assumed(described: Outline) -> dict[str, Any]:
    """Carry the assumption along with every page and feature of a derived result."""
    about = described.about
    carried = {name: about[name] for name in ("assumption", "question") if name in about}
    return {**carried, "illustrative": True} if about.get("illustrative") else carried
