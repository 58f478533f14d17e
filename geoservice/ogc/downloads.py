"""Links to the files of a collection."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from geoservice.formats.downloads import DOWNLOADS

_OF_ONE_PAGE = frozenset({"cursor", "f", "lang", "limit", "offset"})


def download_links(address: str, params: Mapping[str, str], rel: str = "enclosure") -> list[dict[str, str]]:
    """Link to each format of the collection at an address; `params` that choose features are kept, a page's are not."""
    kept = urlencode({name: value for name, value in params.items() if name not in _OF_ONE_PAGE})
    return [
        {
            "href": f"{address}.{form.suffix}{'?' if kept else ''}{kept}",
            "rel": rel,
            "type": form.media_type,
            "title": form.title,
        }
        for form in DOWNLOADS.values()
    ]
