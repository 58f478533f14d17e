"""What the places of a layer differ in: status, owner, access and kind, and which are left once some are hidden."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoservice.catalog import Layer
from geoservice.i18n import Language, gettext
from geoservice.vocabulary import Access, Status

FACETS = {"status": "Status", "owner": "Owner", "access": "Access", "kind": "Kind"}
"""What places can be told apart by on the map, where a layer says it; its words are those of their popups."""
MOST_VALUES = 60
"""No reader goes through a longer list of boxes than this."""
Hidden = Mapping[str, Collection[str]]
"""The values that are hidden, by facet; "" stands for places that say nothing."""


def facet_values(layer: Layer, name: str) -> pd.Series:
    """Give what each place of a layer says of a facet, as a text; "" where it says nothing."""
    column = layer.placed[name]
    texts: pd.Series = column.astype(object).where(column.notna(), "").astype(str)
    return texts


def facet_counts(layer: Layer) -> dict[str, list[tuple[str, int]]]:
    """Count the values of each facet that tells places of a layer apart, most first."""
    found = {}
    for name in FACETS:
        counts = sorted(facet_values(layer, name).value_counts().items(), key=lambda one: (-one[1], one[0]))
        if 2 <= len(counts) <= MOST_VALUES:  # noqa: PLR2004 - one value tells nothing apart
            found[name] = [(str(value), int(count)) for value, count in counts]
    return found


def facets_of(layer: Layer, language: Language) -> list[dict[str, Any]]:
    """List the facets of a layer as the map's modules take them."""
    return [
        {"name": name, "title": gettext(language, FACETS[name]), "values": [list(one) for one in counts]}
        for name, counts in facet_counts(layer).items()
    ]


def facet_words(layer: Layer, language: Language) -> dict[str, dict[str, str]]:
    """Say what the values of a layer's facets mean, as they stand in its collection."""
    return {
        "status": {str(word): in_words(language, str(word)) or "" for word in Status},
        "access": {str(word): in_words(language, str(word)) or "" for word in Access},
        "kind": {str(k): layer.manifest.kind_title(k).within(language) for k in layer.placed["kind"].dropna().unique()},
        "owner": {
            str(o): layer.manifest.in_words(o, language) or str(o) for o in layer.placed["owner"].dropna().unique()
        },
    }


def are_left(layer: Layer, hidden: Hidden) -> npt.NDArray[np.bool_]:
    """Tell for each place of a layer whether it is shown while some values of its facets are hidden."""
    shown = np.ones(len(layer.placed), dtype=bool)
    for name, values in hidden.items():
        shown &= ~facet_values(layer, name).isin(list(values)).to_numpy()
    return shown


def in_words(language: Language, word: str | None) -> str | None:
    """Translate a word of the vocabulary, as in `out of service`."""
    return None if word is None else gettext(language, str(word).replace("_", " "))
