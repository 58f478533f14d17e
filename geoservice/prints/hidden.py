"""Which places are left out of a print, by status, owner, access and kind, as the address of a map says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from geoservice.catalog import Layer
from geoservice.errors import ParameterError, message
from geoservice.maps.facets import FACETS, Hidden, facet_values
from geoservice.vocabulary import Access, Status

HiddenPlaces = Mapping[str, Hidden]
"""The values that are left out, by layer and facet."""
_PARAMETER = "hidden"
_WORDS = {"status": [str(word) for word in Status], "access": [str(word) for word in Access]}
"""What may be left out of any layer, whether some place says it or not."""
_FORM = message("layer/name:value,value/name:value;layer/name:value, values with percent codes")


def parse_hidden(text: str) -> HiddenPlaces:
    """Read layer/name:value,value/name:value;layer/name:value; raises ParameterError. An empty value is for none."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for part in text.split(";"):
        layer, *facets = part.split("/")
        pairs = [facet.partition(":") for facet in facets]
        if not layer or layer in found or not pairs or not all(name and colon for name, colon, _ in pairs):
            raise ParameterError(_PARAMETER, text, _FORM)
        found[layer] = {name: frozenset(map(unquote, values.split(","))) for name, _, values in pairs}
        if len(found[layer]) < len(pairs):
            raise ParameterError(_PARAMETER, text, _FORM)
    return found


def require_hideable(hidden: HiddenPlaces, places: Mapping[str, Layer]) -> None:
    """Raise ParameterError for a layer of places, a facet or a value that is not there; `places` are those that are."""
    for layer_id, facets in hidden.items():
        if layer_id not in places:
            _refuse(layer_id, places)
        for name, values in facets.items():
            if name not in FACETS:
                _refuse(name, FACETS)
            there = {*facet_values(places[layer_id], name), *_WORDS.get(name, ()), ""}
            for value in sorted(set(values) - there):
                _refuse(value, sorted(there - {""}))


def _refuse(given: str, known: Iterable[str]) -> None:
    listed = ", ".join(known)
    raise ParameterError(_PARAMETER, given, message("some of %(listed)s"), {"listed": listed})
