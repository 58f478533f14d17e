"""What is drawn of an answer, layer by layer: vectors for the frame, and what the legend says of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoservice.catalog import Layer
from geoservice.i18n import gettext
from geoservice.maps import MapData, palette
from geoservice.maps.facets import FACETS, Hidden, are_left, facet_words
from geoservice.maps.map_data import counted_of
from geoservice.maps.palette import EMPTY_RADIUS_M, ILLUSTRATIVE, NO_FIGURE, SEA, Classes
from geoservice.maps.shadings import Shading, shadings
from geoservice.prints.drawing import (
    MANY,
    MOST_SINGLE,
    Places,
    path_of,
    places_on,
    shapes_on,
    size_class,
    symbol_path,
    union_path,
)
from geoservice.prints.figures import classes_in_words, number
from geoservice.prints.sheet import PIXEL_MM, UNIT_MM, Sheet
from geoservice.prints.wanted import COVERAGE, GAPS, Wanted, is_illustrative, places_of
from geoservice.tiles.generalise import THIN_PX, Shapes
from geoservice.vocabulary import Status

Geometries = npt.NDArray[np.object_]

LAND, BORDER, INK = "#faf8f3", "#5a6570", "#1c2733"
SYMBOL_MM = 2.3
GATHERED_WITHIN_MM = THIN_PX * PIXEL_MM
GATHERED_MM = (0.75, 1.15, 1.7)
"""How wide gathered symbols are, by `MANY`."""
_SWATCH_MM = (5.0, 3.2)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the legend: a small drawing as SVG, and what it stands for."""

    swatch: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """What the legend says of one layer; `note` is what a reader must know to read it right.

    `section` stands above the first of several groups that belong together; those are `nested`.
    """

    title: str
    entries: tuple[Entry, ...]
    illustrative: bool = False
    note: str = ""
    section: str = ""
    nested: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """The drawing of a frame as SVG, its legend, and the ids of the layers that it rests on, the zones' among them."""

    svg: str
    legend: tuple[Group, ...]
    layers: tuple[str, ...]
    illustrative: bool


@dataclass(slots=True)
class _Canvas:
    """Elements and groups as they come."""

    elements: list[str] = field(default_factory=list)
    legend: list[Group] = field(default_factory=list)


def contents(data: MapData, sheet: Sheet, wanted: Wanted) -> Contents:
    """Draw what is wanted of an answer onto a sheet."""
    canvas = _Canvas()
    zones = data.analysis.zones
    ground = _outlines(zones.geometry.array) if len(zones) else _outlines(data.catalog.landmasses.array)
    shapes = shapes_on(sheet, ground, share_borders=len(zones) > 0)
    _draw_zones(canvas, data, wanted, shapes)
    if COVERAGE in wanted.layers:
        _draw_coverage(canvas, data, sheet, wanted)
    if GAPS in wanted.layers:
        _draw_gaps(canvas, data, sheet, wanted)
    canvas.elements.append(_path(path_of(shapes.geometry), fill="none", stroke=BORDER, width_mm=0.18))
    layers = [layer for layer in places_of(data).values() if layer.id in wanted.layers]
    _draw_all_places(canvas, data, sheet, wanted, layers)
    width, height = (round(mm / UNIT_MM) for mm in (sheet.layout.frame.width_mm, sheet.layout.frame.height_mm))
    background = f'<rect width="{width}" height="{height}" fill="{SEA}"/>'
    return Contents(
        _svg(width, height, background + "".join(canvas.elements)),
        tuple(canvas.legend),
        _rests_on(data, wanted, layers),
        is_illustrative(data, wanted.layers),
    )


def _rests_on(data: MapData, wanted: Wanted, layers: Sequence[Layer]) -> tuple[str, ...]:
    system = data.catalog.zone_system(data.analysis.question.zone_system)
    ids = [system.layer] if system.layer else []
    shading = _shading(data, wanted)
    if {COVERAGE, GAPS} & set(wanted.layers) or (shading is not None and shading.figure is None):
        ids += [source.layer for source in data.analysis.question.sources]
    if shading is not None:
        ids += data.analysis.question.demand if shading.is_of_demand else ()
        ids += [shading.figure.layer] if shading.figure is not None else []
    ids += [layer.id for layer in layers]
    return tuple(one for one in dict.fromkeys(ids) if one in data.catalog.layers)


def _outlines(geometry: object) -> Geometries:
    return np.array(geometry, dtype=object)


# ------------------------------------------------------------------ zones, coverage, gaps


def _draw_zones(canvas: _Canvas, data: MapData, wanted: Wanted, shapes: Shapes) -> None:
    """Shade the zones by what is wanted; without, draw them as land."""
    shading = _shading(data, wanted)
    if shading is None or not len(data.analysis.zones):
        canvas.elements.append(_path(path_of(shapes.geometry), fill=LAND))
        return
    _shade(canvas, shapes, shading.values, shading.classes)
    made_up = (
        data.catalog.layers[shading.figure.layer].manifest.illustrative
        if shading.figure is not None
        else data.catalog.is_illustrative(data.named)
    )
    group = _class_group(shading.heading, shading.classes, shading.kind, wanted, illustrative=made_up)
    missing = (Entry(_box(NO_FIGURE), gettext(wanted.language, "no figure")),) if shading.lacks_some else ()
    canvas.legend.append(Group(group.title, (*group.entries, *missing), group.illustrative))


def _shading(data: MapData, wanted: Wanted) -> Shading | None:
    """Give what the zones are shaded by, if by anything."""
    return next((one for one in shadings(data, wanted.language) if one.id in wanted.layers), None)


def _shade(canvas: _Canvas, shapes: Shapes, values: npt.NDArray[np.float64], classes: Classes) -> None:
    colours = [NO_FIGURE if math.isnan(value) else classes.colour(float(value)) for value in values[shapes.rows]]
    canvas.elements += _by_colour(shapes.geometry, colours)


def _by_colour(geometry: Geometries, colours: Sequence[str], opacity: float = 1.0) -> list[str]:
    found = np.array(colours)
    return [
        _path(path_of(geometry[found == colour]), fill=colour, opacity=opacity) for colour in dict.fromkeys(colours)
    ]


def _draw_coverage(canvas: _Canvas, data: MapData, sheet: Sheet, wanted: Wanted) -> None:
    made_up = data.catalog.is_illustrative(data.named)
    colour = ILLUSTRATIVE if made_up else palette.COVERAGE
    shapes = shapes_on(sheet, _outlines(data.analysis.footprints.array))
    path, outlined = union_path(shapes)
    stroke = colour if outlined else "none"
    dashes = 1.2 if made_up else 0.0
    canvas.elements.append(_path(path, fill=colour, opacity=0.35, stroke=stroke, width_mm=0.25, dashes_mm=dashes))
    title = gettext(wanted.language, "Covered: %(question)s", question=data.named.title.within(wanted.language))
    swatch = _box(colour, opacity=0.35, stroke=colour, dashes_mm=dashes)
    reach = data.analysis.question.range_m
    label = (
        gettext(wanted.language, "Ranges of cameras are an assumption")
        if reach is None
        else gettext(wanted.language, "Reach: %(range)s m, an assumption", range=number(wanted.language, reach))
    )
    canvas.legend.append(Group(title, (Entry(swatch, label),), illustrative=made_up))


def _draw_gaps(canvas: _Canvas, data: MapData, sheet: Sheet, wanted: Wanted) -> None:
    gaps = data.analysis.gaps
    shapes = shapes_on(sheet, _outlines(gaps.geometry.array))
    radii = gaps["circle_radius_m"].to_numpy(dtype=float)[shapes.rows]
    canvas.elements += _by_colour(shapes.geometry, [EMPTY_RADIUS_M.colour(radius) for radius in radii], opacity=0.8)
    title = gettext(wanted.language, "Gaps: radius of the largest empty circle")
    made_up = data.catalog.is_illustrative(data.named)
    canvas.legend.append(_class_group(title, EMPTY_RADIUS_M, "length", wanted, illustrative=made_up))


def _class_group(title: str, classes: Classes, kind: str, wanted: Wanted, *, illustrative: bool) -> Group:
    words = classes_in_words(classes, kind, wanted.language)
    entries = [Entry(_box(colour), text) for colour, text in zip(classes.colours, words, strict=True)]
    return Group(title, tuple(entries), illustrative)


# ------------------------------------------------------------------ places


def _draw_all_places(canvas: _Canvas, data: MapData, sheet: Sheet, wanted: Wanted, layers: Sequence[Layer]) -> None:
    """Draw layers of places, the fewest above; the legend tells those that count from those that are only shown."""
    groups: dict[bool, list[Group]] = {True: [], False: []}
    for layer in sorted(layers, key=lambda one: len(one.placed), reverse=True):
        counted = counted_of(data, layer)
        groups[bool(counted)].append(_draw_places(canvas, data, sheet, wanted, layer, counted))
    titles = {
        True: gettext(wanted.language, "Counted in this question"),
        False: gettext(wanted.language, "Only shown, not counted in this question"),
    }
    for counts, found in groups.items():
        canvas.legend += [replace(one, section=titles[counts] if one is found[0] else "", nested=True) for one in found]


def _draw_places(
    canvas: _Canvas, data: MapData, sheet: Sheet, wanted: Wanted, layer: Layer, counted: Collection[object]
) -> Group:
    """Draw a layer's places: filled where in operation on the day, hollow where not; gathered where there are many."""
    hidden = wanted.hidden.get(layer.id, {})
    frame = layer.placed[are_left(layer, hidden)]
    places = places_on(sheet, _outlines(frame.geometry.array), gather=False)
    working = _in_operation(frame, data.analysis.question.at)[places.rows]
    counting = int(frame["id"].iloc[places.rows].isin(list(counted)).sum())
    if len(places.rows) > MOST_SINGLE:
        places = places_on(sheet, _outlines(frame.geometry.array), gather=True)
    colour, symbol = layer.manifest.style.colour, layer.manifest.style.symbol
    title = layer.manifest.title.within(wanted.language)
    heading = f"{title} ({number(wanted.language, places.total)})"
    notes = [_counted_note(counting, places.total, wanted) if counted else "", _hidden_note(layer, hidden, wanted)]
    if places.gathered:
        entries = _draw_gathered(canvas, places, symbol, colour, wanted)
        notes.insert(0, _gathered_note(places, int(working.sum()), wanted))
        return Group(heading, entries, layer.manifest.illustrative, _together(notes, wanted))
    steps = symbol_path(symbol, SYMBOL_MM)
    for (x, y), filled in zip(places.xy.tolist(), working.tolist(), strict=True):
        canvas.elements.append(_symbol(f"M{x} {y}{steps}", colour, filled=filled))
    group = _places_group(heading, steps, colour, working, wanted, illustrative=layer.manifest.illustrative)
    return replace(group, note=_together(notes, wanted))


def _together(notes: Sequence[str], wanted: Wanted) -> str:
    return ("" if wanted.language == "zh" else " ").join(filter(None, notes))


def _counted_note(counting: int, total: int, wanted: Wanted) -> str:
    """Say how many of the places in view count, where it is not all of them."""
    if counting == total:
        return ""
    told = (number(wanted.language, one) for one in (counting, total))
    values = dict(zip(("counted", "places"), told, strict=True))
    return gettext(wanted.language, "%(counted)s of these %(places)s are counted.", **values)


def _hidden_note(layer: Layer, hidden: Hidden, wanted: Wanted) -> str:
    """Say which places are left out, in the words of the map's boxes."""
    words = facet_words(layer, wanted.language)
    unknown = gettext(wanted.language, "not known")
    told = [
        f"{gettext(wanted.language, FACETS[name])}: "
        + ", ".join(words[name].get(value, value) or unknown for value in sorted(values))
        for name, values in hidden.items()
    ]
    if not told:
        return ""
    return gettext(wanted.language, "Filtered; left out: %(left_out)s.", left_out="; ".join(told))


def _places_group(
    heading: str, steps: str, colour: str, working: npt.NDArray[np.bool_], wanted: Wanted, *, illustrative: bool
) -> Group:
    """Explain a symbol: in one line, unless some places are in operation and some are not."""
    words = {
        True: gettext(wanted.language, "in operation on this day"),
        False: gettext(wanted.language, "planned, closed or out of service on this day"),
    }
    if working.all():
        return Group("", (Entry(_symbol_swatch(steps, colour), heading),), illustrative)
    states = [state for state in (True, False) if (working == state).any()]
    entries = [Entry(_symbol_swatch(steps, colour, filled=state), words[state]) for state in states]
    return Group(heading, tuple(entries), illustrative)


def _in_operation(frame: pd.DataFrame, at: date) -> npt.NDArray[np.bool_]:
    started = [start is None or start <= at for start in frame["valid_from"]]
    not_ended = [end is None or at < end for end in frame["valid_to"]]
    operating = np.array(frame["status"] == str(Status.OPERATING), dtype=bool)
    return np.asarray(operating & np.array(started, dtype=bool) & np.array(not_ended, dtype=bool), dtype=np.bool_)


def _draw_gathered(canvas: _Canvas, places: Places, symbol: str, colour: str, wanted: Wanted) -> tuple[Entry, ...]:
    """Draw one symbol for all within a square of paper, larger where they are more."""
    sizes = np.array([size_class(count) for count in places.counts.tolist()])
    entries = []
    for size, diameter in enumerate(GATHERED_MM):
        steps = symbol_path(symbol, diameter)
        path = "".join(f"M{x} {y}{steps}" for x, y in places.xy[sizes == size].tolist())
        if path:
            canvas.elements.append(_path(path, fill=colour, opacity=0.85))
            entries.append(Entry(_symbol_swatch(steps, colour), _count_words(size, wanted)))
    return tuple(entries)


def _gathered_note(places: Places, working: int, wanted: Wanted) -> str:
    return gettext(
        wanted.language,
        "%(symbols)s symbols for %(places)s places, %(working)s of them in operation on this day: "
        "one stands for all within %(square)s mm on paper.",
        symbols=number(wanted.language, len(places.rows)),
        places=number(wanted.language, places.total),
        working=number(wanted.language, working),
        square=number(wanted.language, GATHERED_WITHIN_MM, "0.0"),
    )


def _count_words(size: int, wanted: Wanted) -> str:
    low = MANY[size]
    if size == len(MANY) - 1:
        return f"{number(wanted.language, low)} {gettext(wanted.language, 'and more')}"
    return f"{number(wanted.language, low)} – {number(wanted.language, MANY[size + 1] - 1)}"


# ------------------------------------------------------------------ SVG


def _svg(width: float, height: float, inside: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">{inside}</svg>'


def _path(
    data: str,
    *,
    fill: str,
    opacity: float = 1.0,
    stroke: str = "none",
    width_mm: float = 0.0,
    dashes_mm: float = 0.0,
) -> str:
    if not data:
        return ""
    line = ""
    if stroke != "none":
        line = f' stroke="{stroke}" stroke-width="{width_mm / UNIT_MM:g}" stroke-linejoin="round"'
        line += f' stroke-dasharray="{dashes_mm / UNIT_MM:g}"' if dashes_mm else ""
    faint = f' fill-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'<path fill="{fill}"{faint}{line} d="{data}"/>'


def _symbol(data: str, colour: str, *, filled: bool) -> str:
    """Draw a symbol: filled with a white rim, or hollow with a rim of its colour."""
    fill, rim, width = (colour, "#ffffff", 0.2) if filled else ("#ffffff", colour, 0.4)
    return _path(data, fill=fill, stroke=rim, width_mm=width)


def _symbol_swatch(steps: str, colour: str, *, filled: bool = True) -> str:
    width, height = (round(mm / UNIT_MM) for mm in _SWATCH_MM)
    return _svg(width, height, _symbol(f"M{width // 2} {height // 2}{steps}", colour, filled=filled))


def _box(colour: str, *, opacity: float = 1.0, stroke: str = BORDER, dashes_mm: float = 0.0) -> str:
    width, height = (round(mm / UNIT_MM) for mm in _SWATCH_MM)
    data = path_of([shapely.box(16, 16, width - 16, height - 16)])
    return _svg(
        width, height, _path(data, fill=colour, opacity=opacity, stroke=stroke, width_mm=0.15, dashes_mm=dashes_mm)
    )
