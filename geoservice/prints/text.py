"""What is said on a page: title, legend, scale, coordinates, names of zones, sources and assumptions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely

from geoservice.analysis.known_days import nothing_known
from geoservice.catalog.manifest import LayerManifest
from geoservice.i18n import LANGUAGES, Language, day_text, gettext
from geoservice.maps import MapData
from geoservice.prints.contents import Contents
from geoservice.prints.figures import length, number, share
from geoservice.prints.paper import bar_m, bar_parts, grid_step_m, ticks
from geoservice.prints.sheet import Sheet
from geoservice.prints.wanted import Wanted

SIZES_PT = (8.0, 7.5, 7.0, 6.5, 6.0)
"""The sizes of text tried for the legend, until all finds room."""
LARGE_SIZES_PT = (10.0, 9.0, *SIZES_PT)
_LARGE_MM = 400.0
_BAR_ROOM_MM = 42.0
_LABEL_MM = 2.5
_LATIN_EM = 0.58
_LEAST_ZONE_MM2 = 25.0


@dataclass(frozen=True, slots=True)
class Said:
    """All that the template of a page reads."""

    lang: str
    country: str | None
    author: str
    made: tuple[int, int, int]
    page: Mapping[str, float]
    layout: Mapping[str, Any]
    columns: int
    sizes: Sequence[float]
    title: str
    subtitle: str
    headline: Mapping[str, Any] | None
    banner: str | None
    tag: str | None
    map_alt: str
    labels: Sequence[Mapping[str, Any]]
    ticks: Mapping[str, Sequence[Mapping[str, Any]]]
    scale: Mapping[str, Any]
    north: str
    north_deg: float
    legend: Sequence[Mapping[str, Any]]
    notes: Sequence[Mapping[str, Any]]
    words: Mapping[str, str]
    foot: Mapping[str, str]


def said(data: MapData, sheet: Sheet, wanted: Wanted, drawn: Contents, made: dt.date) -> Said:
    """Gather all that a page says, in the reader's language."""
    language = wanted.language
    title = data.named.title.within(language)
    scale = gettext(language, "Scale 1:%(scale)s", scale=number(language, sheet.scale))
    locale = LANGUAGES[language].locale.split("_")
    tag = gettext(language, "illustrative")
    return Said(
        lang=locale[0],
        country=locale[-1],
        author="geoservice",
        made=(made.year, made.month, made.day),
        page={"width_mm": sheet.page.width_mm, "height_mm": sheet.page.height_mm},
        layout=asdict(sheet.layout),
        columns=sheet.layout.columns,
        sizes=LARGE_SIZES_PT if max(sheet.page.width_mm, sheet.page.height_mm) > _LARGE_MM else SIZES_PT,
        title=title,
        subtitle=_subtitle(data, language),
        headline=_headline(data, sheet, language),
        banner=_banner(data, language) if drawn.illustrative else None,
        tag=tag.capitalize() if drawn.illustrative else None,
        map_alt=f"{gettext(language, 'Map')}: {title}. {scale}.",
        labels=_labels(data, sheet, language) if wanted.labels else (),
        ticks=_ticks(sheet, language) if wanted.grid else {"x": (), "y": ()},
        scale={"text": scale, **_bar(sheet, language)},
        north=gettext(language, "N"),
        north_deg=sheet.north_deg,
        legend=[{**asdict(group), "tag": tag if group.illustrative else None} for group in drawn.legend],
        notes=_notes(data, sheet, drawn, language),
        words={
            "legend": gettext(language, "Legend"),
            "notes": gettext(language, "Assumptions, sources and licences"),
            "overleaf": gettext(language, "Assumptions, sources and licences: see page 2."),
        },
        foot={
            "left": gettext(
                language,
                "Printed on %(day)s. The background map of the screen is not printed.",
                day=day_text(language, made),
            ),
            "right": f"{data.catalog.region.title.within(language)} · geoservice · {sheet.page.name}",
        },
    )


def _subtitle(data: MapData, language: Language) -> str:
    question = data.analysis.question
    case = gettext(language, str(question.case))
    reach = case if question.range_m is None else _with_case(length(language, question.range_m), case, language)
    parts = (
        data.catalog.region.title.within(language),
        _as_of(data, language),
        gettext(language, "Assumed reach: %(reach)s", reach=reach),
    )
    return " · ".join(parts)


def _as_of(data: MapData, language: Language) -> str:
    on = day_text(language, data.analysis.question.at)
    if nothing_known(data.catalog, data.analysis.question, language) is None:
        return gettext(language, "As of %(day)s", day=on)
    return gettext(language, "As of %(day)s, of which nothing is known", day=on)


def _with_case(reach: str, case: str, language: Language) -> str:
    return gettext(language, "%(reach)s (%(case)s)", reach=reach, case=case)


def _headline(data: MapData, sheet: Sheet, language: Language) -> dict[str, Any] | None:
    """Give the share of all zones together, whatever the page shows of them."""
    totals = data.analysis.totals
    if totals.covered_share is None:
        return None
    words = gettext(
        language,
        "of the land is covered in all zones; %(low)s to %(high)s under the other assumptions",
        low=share(language, totals.covered_share_low),
        high=share(language, totals.covered_share_high),
    )
    width = sheet.layout.panel.width_mm if sheet.page.is_wide else 62.0
    return {"figure": share(language, totals.covered_share), "words": words, "width_mm": width}


def _banner(data: MapData, language: Language) -> str:
    if data.catalog.is_illustrative(data.named):
        return gettext(
            language,
            "Illustrative: the positions are made up. This shows what so many cameras could cover, not what they do.",
        )
    return gettext(language, "What is marked as illustrative is made up: it shows no real position.")


# ------------------------------------------------------------------ scale and coordinates


def _bar(sheet: Sheet, language: Language) -> dict[str, Any]:
    """Give a scale bar: how long it is on paper, its parts, and what stands at each end, the last with its unit."""
    metres = bar_m(sheet.scale, _BAR_ROOM_MM)
    parts = bar_parts(metres)
    unit, factor = (gettext(language, "km"), 1000) if metres >= 1000 else (gettext(language, "m"), 1)  # noqa: PLR2004
    labels = ["0"] + [""] * parts
    labels[parts // 2] = number(language, metres * (parts // 2) / parts / factor, "#,##0.##") if parts % 2 == 0 else ""
    labels[parts] = f"{number(language, metres / factor, '#,##0.##')} {unit}"
    return {"bar_mm": metres / sheet.metres_per_mm, "parts": parts, "labels": labels}


def _ticks(sheet: Sheet, language: Language) -> dict[str, list[dict[str, Any]]]:
    """Place the coordinates of the working grid along the frame, easting below and northing at the left."""
    west, south, east, north = sheet.view
    step = grid_step_m(sheet.scale)
    across = [{"mm": sheet.on_paper(x, north)[0], "text": number(language, x)} for x in ticks(west, east, step)]
    up = [{"mm": sheet.on_paper(west, y)[1], "text": number(language, y)} for y in ticks(south, north, step)]
    return {"x": across, "y": up}


# ------------------------------------------------------------------ names of zones


def _labels(data: MapData, sheet: Sheet, language: Language) -> list[dict[str, Any]]:
    """Name the zones that have room for it, the largest in view first, none over another."""
    view = shapely.box(*sheet.view)
    placed: list[tuple[float, float, float, float]] = []
    found = []
    zones = data.analysis.zones
    parts = [_largest_part(shapely.intersection(shape, view)) for shape in zones.geometry]
    for i in np.argsort([-shapely.area(part) for part in parts], kind="stable"):
        part, row = parts[i], zones.iloc[i]
        if shapely.area(part) < _LEAST_ZONE_MM2 * sheet.metres_per_mm**2:
            break
        text = str(row["name_zh"] if language == "zh" and row["name_zh"] else row["name_en"])
        point = shapely.point_on_surface(part)
        x, y = sheet.on_paper(float(point.x), float(point.y))
        half = _LABEL_MM * sum(1.0 if ord(char) > 0x2E7F else _LATIN_EM for char in text) / 2  # noqa: PLR2004 - CJK
        box = (x - half, y - _LABEL_MM * 0.6, x + half, y + _LABEL_MM * 0.6)
        frame = sheet.layout.frame
        inside = box[0] > 0 and box[1] > 0 and box[2] < frame.width_mm and box[3] < frame.height_mm
        if inside and not any(_overlap(box, other) for other in placed):
            placed.append(box)
            found.append({"x_mm": x, "y_mm": y, "text": text})
    return found


def _largest_part(shape: shapely.Geometry) -> shapely.Geometry:
    parts = shapely.get_parts(shape)
    return parts[int(np.argmax(shapely.area(parts)))] if len(parts) else shape


def _overlap(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


# ------------------------------------------------------------------ notes


def _notes(data: MapData, sheet: Sheet, drawn: Contents, language: Language) -> list[dict[str, Any]]:
    """Say what the page rests on: the assumption, each layer's source, date and licence, and the projection."""
    catalog = data.catalog
    sources = [_credit(catalog.layers[layer].manifest, language) for layer in drawn.layers]
    west, south, east, north = shapely.bounds(sheet.frame_lonlat)
    extent = gettext(
        language,
        "In view: longitude %(west)s° to %(east)s°, latitude %(south)s° to %(north)s° (WGS 84).",
        **{
            name: f"{value:.4f}"
            for name, value in zip(("west", "south", "east", "north"), (west, south, east, north), strict=True)
        },
    )
    projection = gettext(language, "Projection and coordinates: %(name)s, in metres.", name=sheet.working.name)
    remark = nothing_known(catalog, data.analysis.question, language)
    assumed = [data.named.assumption.within(language), *([remark] if remark else [])]
    return [
        {"title": gettext(language, "Assumption"), "lines": assumed},
        {"title": gettext(language, "Sources and licences"), "lines": sources},
        {"title": gettext(language, "Projection"), "lines": [projection, extent]},
    ]


def _credit(manifest: LayerManifest, language: Language) -> str:
    return gettext(
        language,
        "%(layer)s: %(source)s, %(day)s. %(licence)s.",
        layer=manifest.title.within(language),
        source=manifest.source.name.within(language),
        day=day_text(language, manifest.as_of),
        licence=manifest.licence.name.within(language),
    )
