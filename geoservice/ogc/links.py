"""Links and addresses, as all documents write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
JSON = "application/json"
HTML = "text/html"

Link = dict[str, Any]
Params = Mapping[str, str]
"""The parameters of a request that its further links must keep."""


def link(href: str, rel: str, title: str, media_type: str = JSON) -> Link:
    """Write one link."""
    return {"href": href, "rel": rel, "type": media_type, "title": title}


def with_params(href: str, params: Params) -> str:
    """Put parameters on an address."""
    return f"{href}?{urlencode(params)}" if params else href


def in_html(href: str, params: Params) -> Link:
    """Link to the same thing as a page for people."""
    return link(with_params(href, {**params, "f": "html"}), "alternate", "This document as a page", HTML)


def of_page(links: Sequence[Link]) -> list[Link]:
    """Write the links of a document for its page, which is then `self`, and the document another form of it."""
    own = next((one for one in links if one["rel"] == "self"), None)
    if own is None:
        return list(links)
    page = _in_form(own["href"], "html")
    others = [one for one in links if one is not own and (one["rel"], one["href"]) != ("alternate", page)]
    document = link(_in_form(own["href"], "json"), "alternate", "This page as a document", own["type"])
    return [{**own, "type": HTML}, document, *others]


def _in_form(href: str, form: str) -> str:
    """Give an address with its parameter `f` set."""
    address, _, query = href.partition("?")
    return with_params(address, {**dict(parse_qsl(query, keep_blank_values=True)), "f": form})


def collection_address(base: str, collection_id: str) -> str:
    """Give the address of a collection."""
    return f"{base}/collections/{quote(collection_id, safe='')}"


def moment(when: dt.datetime) -> str:
    """Write a moment in UTC (RFC 3339, /req/core/fc-timeStamp)."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")
