"""The documents of an analysis: its status and the list of all (OGC API - Processes, 18-062r2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from geoservice.cache.posted import Posted
from geoservice.catalog import NamedQuestion
from geoservice.collections.derived import DERIVED
from geoservice.collections.temporary import PREFIX, question_in
from geoservice.ogc.links import JSON, Link, collection_address, in_html, link, moment

PROCESS = "coverage"
RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"


def address(base: str, key: str) -> str:
    """Give the address of an analysis."""
    return f"{base}/analyses/{key}"


def status_info(base: str, kept: Posted, named: NamedQuestion | None, status: str = "successful") -> dict[str, Any]:
    """Write the status of an analysis (18-062r2, statusInfo), with links to its collections while there are any."""
    own = address(base, kept.key)
    links = [link(f"{base}/analyses", "up", "All analyses")]
    if status == "successful":
        links += [link(own, "self", "This analysis"), in_html(own, {}), *_results(base, kept.key)]
    return {
        "processID": PROCESS,
        "type": "process",
        "jobID": kept.key,
        "status": status,
        "created": _moment(kept.created),
        "updated": _moment(kept.used),
        **({"expires": _moment(kept.expires), "progress": 100} if status == "successful" else {}),
        **({"named": named.id} if named is not None else {}),
        "question": question_in(kept).model_dump(mode="json"),
        "links": links,
    }


def _results(base: str, key: str) -> list[Link]:
    return [link(collection_address(base, f"{PREFIX}{key}-{one.suffix}"), RESULTS, one.title.en) for one in DERIVED]


def job_list(base: str, jobs: list[dict[str, Any]]) -> dict[str, Any]:
    """Write the list of analyses (18-062r2, jobList)."""
    own = f"{base}/analyses"
    return {"jobs": jobs, "links": [link(own, "self", "This document", JSON), in_html(own, {})]}


def _moment(seconds: float) -> str:
    return moment(dt.datetime.fromtimestamp(seconds, dt.UTC))
