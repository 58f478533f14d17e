"""Links to the files of a collection."""

from __future__ import annotations

from geoservice.formats.downloads import DOWNLOADS
from geoservice.ogc.links import Link, Params, link, with_params

_OF_ONE_PAGE = frozenset({"cursor", "f", "lang", "limit", "offset"})


def download_links(address: str, params: Params, rel: str = "enclosure") -> list[Link]:
    """Link to each format of the collection at an address; `params` that choose features are kept, a page's are not."""
    kept = {name: value for name, value in params.items() if name not in _OF_ONE_PAGE}
    return [
        link(with_params(f"{address}.{form.suffix}", kept), rel, form.title, form.media_type)
        for form in DOWNLOADS.values()
    ]
