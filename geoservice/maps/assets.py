"""The front-end files that maps need: one table, all on our own origin or built into the page, none from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

from branca.element import CssLink, Element, Figure, JavascriptLink

from geoservice.errors import AssetError

SCRIPTS: tuple[tuple[str, str], ...] = (
    ("leaflet", "vendor/leaflet/leaflet.js"),
    ("geoservice_map", "built/map.js"),
)
WORKER = "built/worker.js"
"""What reads vector tiles aside, on served maps."""
STYLES: tuple[tuple[str, str], ...] = (
    ("leaflet_css", "vendor/leaflet/leaflet.css"),
    ("geoservice_colours_css", "css/colours.css"),
    ("geoservice_map_css", "css/map.css"),
)


def require_assets(static: Path) -> None:
    """Raise AssetError, with what to do, if a file that pages need is missing under the static folder."""
    for name in (*(name for _, name in (*SCRIPTS, *STYLES)), WORKER):
        if not (static / name).is_file():
            raise AssetError(
                f"The front-end file {name} is missing.",
                advice="Build the front-end files: python3 run.py build.",
            )


def linked(names: tuple[tuple[str, str], ...], root: str) -> list[tuple[str, str]]:
    """Give the table as folium wants it, with addresses under `root`."""
    return [(name, f"{root}/{path}") for name, path in names]


def embedded(figure: Figure, static: Path) -> None:
    """Write the files into the page itself, so that a notebook needs no server and no network."""
    for name, path in STYLES:
        text = (static / path).read_text(encoding="utf-8")
        figure.header.add_child(Element(f"<style>{_verbatim(text)}</style>"), name=name)
    for name, path in SCRIPTS:
        text = (static / path).read_text(encoding="utf-8").replace("</", "<\\/")
        figure.header.add_child(Element(f"<script>{_verbatim(text)}</script>"), name=name)


def _verbatim(text: str) -> str:
    """Keep branca, which takes every text for a template, from reading one in a file."""
    return f"{{% raw %}}{text}{{% endraw %}}"


def require_local(figure: Figure, root: str) -> None:
    """Raise AssetError if any part of a rendered figure links to a file that is not in the table."""
    known = {address for table in (SCRIPTS, STYLES) for _, address in linked(table, root)}
    for name, child in figure.header._children.items():  # noqa: SLF001 - branca has no other way to list them
        if isinstance(child, (JavascriptLink, CssLink)) and child.url not in known:
            raise AssetError(
                f"The map part '{name}' would load {json.dumps(child.url)}.",
                advice="Add its file to the table in maps/assets.py and to the build, or leave the part out.",
            )
