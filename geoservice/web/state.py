"""What all answers of a running service depend on, hashed once when its state opens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version

from geoservice.analysis.kept_answers import software
from geoservice.catalog import Catalog
from geoservice.settings import Settings
from geoservice.tiles import MatrixSet

_WRITERS = (
    "collections",
    "errors.py",
    "formats",
    "locale",
    "maps",
    "ogc",
    "prints",
    "search",
    "settings.py",
    "tiles",
    "web",
)
"""The rooms that write answers, beside those that compute them."""
_LIBRARIES = ("babel", "branca", "flask", "folium", "jinja2", "openpyxl", "orjson", "pyogrio", "typst", "werkzeug")
_SHOWN = frozenset({"background", "background_attribution", "default_limit", "max_limit"})
"""The settings that answers show."""


def state_key(settings: Settings, catalog: Catalog) -> str:
    """Hash what every answer depends on: the layers, region.toml, the settings that show, and all that writes answers.

    Any process that opens the same state has the same key.
    """
    libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
    shown = settings.model_dump(mode="json", include=set(_SHOWN))
    return _hash(software(*_WRITERS), libraries, catalog.version, shown)


def tiles_key(catalog: Catalog, matrix_sets: Iterable[MatrixSet]) -> str:
    """Hash what every tile depends on beside its collections: what cuts and writes it, the region, corners and planes.

    Addresses of tiles that are kept for good name it, so that it does not follow each layer.
    """
    cuts = [
        [cut.id, cut.crs.to_wkt(), cut.west_m, cut.north_m, [asdict(matrix) for matrix in cut.matrices]]
        for cut in matrix_sets
    ]
    return _hash(software("collections", "tiles"), catalog.region.model_dump(mode="json"), cuts)


def _hash(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
