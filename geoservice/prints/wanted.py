"""What a print can show, and what of it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from geoservice.catalog import Layer
from geoservice.errors import ParameterError, message
from geoservice.i18n import Language, gettext
from geoservice.maps import MapData
from geoservice.vocabulary import THEME_ROLE, Role

ZONES, COVERAGE, GAPS = "zones", "coverage", "gaps"
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
    """What to print: layers by the ids of `choices`, names of zones, a grid of coordinates; and in which language."""

    layers: tuple[str, ...]
    language: Language
    labels: bool = True
    grid: bool = True


def choices(data: MapData, language: Language) -> tuple[Choice, ...]:
    """Name all that can be printed for an answer, in the order in which it is drawn."""
    system = data.catalog.zone_system(data.analysis.question.zone_system)
    zones = gettext(language, "%(zones)s: covered share", zones=system.title.within(language))
    found = [Choice(ZONES, zones, shown=True, shading=True)]
    for figure in data.catalog.figures(system.id):
        table = data.catalog.layers[figure.layer].manifest.title.within(language)
        found.append(
            Choice(figure.column, f"{table}: {figure.attribute.title.within(language)}", shown=False, shading=True)
        )
    found.append(Choice(COVERAGE, gettext(language, "Coverage"), shown=True))
    found.append(Choice(GAPS, gettext(language, "Gaps"), shown=False))
    layers = [layer for role in PLACES for layer in data.catalog.with_role(role) if len(layer.placed)]
    titles = [layer.manifest.title.within(language) for layer in layers]
    for layer, title in zip(layers, titles, strict=True):
        name = title if titles.count(title) == 1 else f"{title} ({layer.id})"
        found.append(Choice(layer.id, name, shown=_is_shown(data, layer)))
    return tuple(found)


def chosen(data: MapData, names: Sequence[str] | None) -> tuple[str, ...]:
    """Read which layers are wanted, those shown at first if None; raises ParameterError for what is not there."""
    known = choices(data, "en")
    if names is None:
        return tuple(one.id for one in known if one.shown)
    ids = [one.id for one in known]
    for name in names:
        if name not in ids:
            raise ParameterError(
                "layers", name, message("some of %(listed)s, with commas between"), {"listed": ", ".join(ids)}
            )
    shadings = [name for name in dict.fromkeys(names) if name == ZONES or name in _figures(data)]
    if len(shadings) > 1:
        raise ParameterError("layers", ", ".join(shadings), message("one shading of the zones"))
    return tuple(one for one in ids if one in names)


def collections_of(data: MapData, layers: Sequence[str]) -> tuple[str, ...]:
    """Name the collections that hold the data of what is printed; zones have all their figures in one."""
    derived = {ZONES: "zones", COVERAGE: "coverage", GAPS: "gaps", **dict.fromkeys(_figures(data), "zones")}
    names = [f"{data.named.id}-{derived[one]}" if one in derived else one for one in layers]
    return tuple(dict.fromkeys(names))


def is_illustrative(data: MapData, layers: Sequence[str]) -> bool:
    """Tell whether the answer, or any layer that is printed beside it, is made up."""
    figures = {figure.column: figure.layer for figure in data.catalog.figures(data.analysis.question.zone_system)}
    printed = [data.catalog.layers.get(figures.get(name, name)) for name in layers]
    return data.catalog.is_illustrative(data.named) or any(layer.manifest.illustrative for layer in printed if layer)


def _figures(data: MapData) -> list[str]:
    return [figure.column for figure in data.catalog.figures(data.analysis.question.zone_system)]


def _is_shown(data: MapData, layer: Layer) -> bool:
    """Show at first what the map shows at first: what reaches, and what its manifest wants shown beside it."""
    question = data.analysis.question
    if layer.id in {source.layer for source in question.sources}:
        return True
    return layer.manifest.style.shown and layer.manifest.role is THEME_ROLE[question.theme]
