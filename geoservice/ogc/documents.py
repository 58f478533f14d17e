"""The standard's documents, with links (OGC API - Features - Part 1: Core, 17-069r4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from geoservice.collections import Cluster, Collection, Page, Query
from geoservice.formats.geojson import DECIMALS
from geoservice.formats.geojson import MEDIA_TYPE as GEOJSON
from geoservice.i18n import Language, Text
from geoservice.ogc.downloads import download_links

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
JSON = "application/json"

Link = dict[str, str]
Params = Mapping[str, str]
"""The parameters of a request that its further links must keep."""


def link(href: str, rel: str, title: str, media_type: str = JSON) -> Link:
    """Write one link."""
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def with_params(href: str, params: Params) -> str:
    """Put parameters on an address."""
    return f"{href}?{urlencode(params)}" if params else href


def landing(base: str, title: Text, description: Text, language: Language) -> dict[str, Any]:
    """Write the landing page (/req/core/root-success)."""
    return {
        "title": title.within(language),
        "description": description.within(language),
        "links": [
            link(f"{base}/", "self", "This document"),
            link(f"{base}/collections", "data", "The collections"),
            link(f"{base}/map", "alternate", "The map", "text/html"),
        ],
    }


def collection_list(base: str, documents: list[dict[str, Any]], problems: list[str]) -> dict[str, Any]:
    """Write the list of collections (/req/core/fc-md-success); `problems` say which could not be made."""
    document: dict[str, Any] = {
        "links": [link(f"{base}/collections", "self", "This document")],
        "collections": documents,
    }
    return {**document, "problems": problems} if problems else document


def collection(base: str, described: Collection, language: Language, params: Params) -> dict[str, Any]:
    """Write one collection (/req/core/sfc-md-success), with what its features rest on."""
    address = f"{base}/collections/{quote(described.id)}"
    document: dict[str, Any] = {
        "id": described.id,
        "title": described.title.within(language),
        "description": described.description.within(language),
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            link(with_params(address, params), "self", "This collection"),
            link(with_params(f"{address}/items", params), "items", "Its features", GEOJSON),
            *download_links(address, params),
        ],
        "properties": {
            name: {
                "type": prop.type,
                **({"title": prop.title.within(language)} if prop.title else {}),
                **({"unit": prop.unit} if prop.unit else {}),
                **({"format": prop.format} if prop.format else {}),
            }
            for name, prop in described.schema.items()
        },
        "about": described.about,
    }
    if described.extent is not None:
        document["extent"] = {"spatial": {"bbox": [list(described.extent)], "crs": CRS84}}
    licence = described.about.get("licence")
    if isinstance(licence, dict) and "url" in licence:
        document["links"].append(link(licence["url"], "license", licence["name"]["en"], "text/html"))
    return document


def items(base: str, described: Collection, page: Page, query: Query, params: Params, moment: str) -> dict[str, Any]:
    """Write one page of items (/req/core/fc-response) but for its features; next and prev keep every parameter."""
    address = f"{base}/collections/{quote(described.id)}/items"

    def at(offset: int) -> str:
        kept = {name: value for name, value in params.items() if name != "offset"}
        return with_params(address, {**kept, "limit": str(query.limit), "offset": str(offset)})

    links = [
        link(with_params(address, params), "self", "This page", GEOJSON),
        link(f"{base}/collections/{quote(described.id)}", "collection", "The collection"),
    ]
    if query.offset + query.limit < page.matched:
        links.append(link(at(query.offset + query.limit), "next", "The next page", GEOJSON))
    if query.offset > 0:
        links.append(link(at(max(0, query.offset - query.limit)), "prev", "The page before", GEOJSON))
    return {
        "type": "FeatureCollection",
        "timeStamp": moment,
        "numberMatched": page.matched,
        "numberReturned": len(page.positions),
        "links": links,
        **_assumed(described),
    }


def item(base: str, described: Collection, page: Page, params: Params) -> dict[str, Any]:
    """Write what one feature has beside its own members (/req/core/f-success)."""
    address = f"{base}/collections/{quote(described.id)}"
    return {
        **_assumed(described),
        "links": [
            link(
                with_params(f"{address}/items/{quote(page.ids[0], safe='')}", params),
                "self",
                "This feature",
                GEOJSON,
            ),
            link(with_params(address, params), "collection", "Its collection"),
        ],
    }


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


def _assumed(described: Collection) -> dict[str, Any]:
    """Carry the assumption along with every page and feature of a derived result."""
    about = described.about
    carried = {name: about[name] for name in ("assumption", "question") if name in about}
    return {**carried, "illustrative": True} if about.get("illustrative") else carried
