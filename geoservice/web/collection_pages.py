"""What the pages of one collection and of its features need beside the documents that they show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import url_for

from geoservice.collections import Outline
from geoservice.ogc.documents import described_by
from geoservice.ogc.downloads import download_links
from geoservice.ogc.links import collection_address, with_params
from geoservice.web.background import LOCAL_ADDRESS
from geoservice.web.language import language
from geoservice.web.requests import Args, base_address, kept_params
from geoservice.web.service import service
from geoservice.web.shown import Column, Values, latest, licences

_NOT_ON_A_MAP = frozenset({"crs", "f", "properties", "skipGeometry"})
"""What a request for a page may say that its map, which is in longitude and latitude, does not follow."""


def shown(found: Outline, given: Args) -> dict[str, Any]:
    """Give what every page of a collection shows: the collection, and what its map is drawn on."""
    catalog = service().catalog
    kept = {name: value for name, value in described_by(kept_params(given)).items() if name != "lang"}
    return {
        "found": found,
        "catalog": catalog,
        "values": Values(found, catalog, language()),
        "licences": licences,
        "latest": latest,
        "kept": kept,
        "kept_query": with_params("", kept),
        "around": catalog.region.box.lonlat,
        **_under_the_map(found),
    }


def shown_items(found: Outline, given: Args, names: Iterable[str]) -> dict[str, Any]:
    """Give what a page of features shows: its columns, files of all that match, and ways to sort."""
    params = kept_params(given)
    address = collection_address(base_address(), found.id)
    order = params.get("sortby", "").removeprefix("+")
    unsorted = {name: value for name, value in params.items() if name not in ("cursor", "offset", "sortby")}

    def sort_address(name: str) -> str:
        return with_params(f"{address}/items", {**unsorted, "sortby": f"-{name}" if order == name else name})

    return {
        **shown(found, given),
        "columns": _columns(found, names),
        "downloads": download_links(address, params),
        "page_address": with_params(url_for("features.items", collection_id=found.id), _on_a_map(given)),
        "sorted_by": order,
        "sort_address": sort_address,
    }


def shown_item(found: Outline, given: Args, fid: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the page of one feature shows."""
    return {
        **shown(found, given),
        "columns": _columns(found, properties),
        "page_address": with_params(url_for("features.item", collection_id=found.id, fid=fid), _on_a_map(given)),
    }


def _columns(found: Outline, names: Iterable[str]) -> list[Column]:
    """Give the columns of a table beside the name in the reader's language, which heads each row."""
    kept = [name for name in names if name != f"name_{language()}"]
    return Values(found, service().catalog, language()).columns(kept)


def _on_a_map(given: Args) -> dict[str, str]:
    return {**{name: value for name, value in kept_params(given).items() if name not in _NOT_ON_A_MAP}, "f": "json"}


def _under_the_map(found: Outline) -> dict[str, str]:
    """Give the address of the background, or else of the layer that shows where land is."""
    background = service().background
    if background is not None:
        address = background.address or f"{url_for('pages.landing')}{LOCAL_ADDRESS}"
        return {"background_address": address, "background_credit": background.attribution}
    land = service().catalog.region.land
    if land is None or land.layer == found.id or land.layer not in service().catalog.layers:
        return {}
    return {"land_address": url_for("features.items", collection_id=land.layer, f="json")}
