"""The help page: how to use the map, what each figure means, and what is assumed."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from geoservice.web.requests import HTML, args, tagged
from geoservice.web.service import service

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def page() -> Response:
    """Show how to use the service, with what its questions assume."""
    args()
    catalog = service().catalog
    illustrative = [named for named in catalog.region.questions if catalog.is_illustrative(named)]
    made = render_template(
        "help.html",
        questions=[named for named in catalog.region.questions if named not in illustrative],
        illustrative=illustrative,
    )
    return tagged(made, HTML, catalog.version)
