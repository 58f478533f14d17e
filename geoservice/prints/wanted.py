"""What a print can show, and what of it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from geoservice.catalog import Layer
from geoservice.errors import ParameterError, message
from geoservice.i18n import Language, gettext
from geoservice.maps import MapData
from geoservice.maps.shadings import ZONES, shadings
from geoservice.prints.hidden import HiddenPlaces
from geoservice.vocabulary import THEME_ROLE, Role

COVERAGE, GAPS = "coverage", "gaps"
PLACES = (Role.FACILITY, Role.CAMERA, Role.CANDIDATE)


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be printed: its id and title, whether it is unless others are named, and shades zones."""

    id: str
    title: str
    shown: bool
    shading: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to print: layers by the ids of `choices`, names of zones, a grid of coordinates; and in which language.

    `hidden` names the places that are left out.
    """

    layers: tuple[str, ...]
    language: Language
    labels: bool = True
    grid: bool = True
    hidden: HiddenPlaces = field(default_factory=dict)


def choices(data: MapData, language: Language) -> tuple[Choice, ...]:
    """Name all that can be printed for an answer, in the order in which it is drawn."""
    found = [Choice(one.id, one.title, shown=one.id == ZONES, shading=True) for one in shadings(data, language)]
    found.append(Choice(COVERAGE, gettext(language, "Coverage"), shown=True))
    found.append(Choice(GAPS, gettext(language, "Gaps"), shown=False))
    layers = list(places_of(data).values())
    titles = [layer.manifest.title.within(language) for layer in layers]
    for layer, title in zip(layers, titles, strict=True):
        name = title if titles.count(title) == 1 else f"{title} ({layer.id})"
        found.append(Choice(layer.id, name, shown=_is_shown(data, layer)))
    return tuple(found)


def places_of(data: MapData) -> dict[str, Layer]:
    """Give the layers of places that can be printed, by their ids."""
    layers = [layer for role in PLACES for layer in data.catalog.with_role(role) if len(layer.placed)]
    return {layer.id: layer for layer in layers}


def chosen(data: MapData, names: Sequence[str] | None) -> tuple[str, ...]:
    """Read which layers are wanted, those shown at first if None; raises ParameterError for what is not there."""
    known = choices(data, "en")
    if names is None:
        return tuple(one.id for one in known if one.shown)
    ids = [one.id for one in known]
    shades = {one.id for one in known if one.shading}
    for name in names:
        if name not in ids:
            raise ParameterError(
                "layers", name, message("some of %(listed)s, with commas between"), {"listed": ", ".join(ids)}
            )
    wanted = [name for name in dict.fromkeys(names) if name in shades]
    if len(wanted) > 1:
        raise ParameterError("layers", ", ".join(wanted), message("one shading of the zones"))
    return tuple(one for one in ids if one in names)


def collections_of(data: MapData, layers: Sequence[str]) -> tuple[str, ...]:
    """Name the collections that hold the data of what is printed; zones have all their figures in one."""
    shades = [one.id for one in shadings(data, "en")]
    derived = {COVERAGE: "coverage", GAPS: "gaps", **dict.fromkeys(shades, "zones")}
    names = [f"{data.named.id}-{derived[one]}" if one in derived else one for one in layers]
    return tuple(dict.fromkeys(names))


def is_illustrative(data: MapData, layers: Sequence[str]) -> bool:
    """Tell whether the answer, or any layer that is printed beside it, is made up."""
    figures = {figure.column: figure.layer for figure in data.catalog.figures(data.analysis.question.zone_system)}
    printed = [data.catalog.layers.get(figures.get(name, name)) for name in layers]
    return data.catalog.is_illustrative(data.named) or any(layer.manifest.illustrative for layer in printed if layer)


def _is_shown(data: MapData, layer: Layer) -> bool:
    """Show at first what the map shows at first: what reaches, and what its manifest wants shown beside it."""
    question = data.analysis.question
    if layer.id in {source.layer for source in question.sources}:
        return True
    return layer.manifest.style.shown and layer.manifest.role is THEME_ROLE[question.theme]
