"""Where reports stand on the pages of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

from geoservice.errors import GeoserviceError

PERFORMANCE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"


def write(name: str, text: str, page: Path) -> None:
    """Put a report in the place of its name on a page; raises GeoserviceError if the page has no such place."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    old = page.read_text(encoding="utf-8")
    place = re.compile(f"{re.escape(begin)}.*{re.escape(end)}", re.DOTALL)
    if not place.search(old):
        raise GeoserviceError(f"{page.name} has no place for {name}.", advice=f"It lies between {begin} and {end}.")
    page.write_text(place.sub(lambda _: f"{begin}\n{text}\n{end}", old), encoding="utf-8")
