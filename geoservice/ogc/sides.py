"""What documents over time and between questions say of one answer: what was asked, and its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from babel.numbers import format_decimal

from geoservice.analysis import Analysis, Aspect, Contrast
from geoservice.analysis.known_days import nothing_known
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections.derived import DERIVED
from geoservice.i18n import LANGUAGES, Language, Text, day_text, gettext
from geoservice.ogc.links import collection_address, with_params
from geoservice.question import Question
from geoservice.tiles.matrix_set import WEB_MERCATOR
from geoservice.vocabulary import Theme

TOTALS = (
    "zone_area_m2",
    "covered_area_m2",
    "covered_share",
    "covered_share_low",
    "covered_share_high",
    "sources_inside",
)
ZONE_COLUMNS = ("zone_id", "name_en", "name_zh", *TOTALS)

CELLS = {"pieces": "cell"}
"""Coverage in tiles is cut by cell, whose pieces are small."""


def side(base: str, catalog: Catalog, named: NamedQuestion, question: Question, language: Language) -> dict[str, Any]:
    """Write what was asked, on what it rests, and the addresses of the features that it yields."""
    params = {"at": question.at.isoformat(), "case": str(question.case)}
    coverage = collection_address(base, f"{named.id}-coverage")
    remark = nothing_known(catalog, question, language)
    return {
        "question": named.id,
        "title": named.title.within(language),
        "theme": str(question.theme),
        "at": question.at.isoformat(),
        "case": str(question.case),
        "range_m": question.range_m,
        "sources": [source.layer for source in question.sources],
        "assumption": named.assumption.within(language),
        **({"remark": remark} if remark else {}),
        "illustrative": catalog.is_illustrative(named),
        "items": {
            one.suffix: with_params(f"{collection_address(base, f'{named.id}-{one.suffix}')}/items", params)
            for one in DERIVED
        },
        "tiles": {"coverage": with_params(f"{coverage}/tiles/{WEB_MERCATOR}/{{z}}/{{y}}/{{x}}", {**params, **CELLS})},
        "map": with_params(f"{base}/map", {"question": named.id, **params}),
    }


def totals(analysis: Analysis) -> dict[str, Any]:
    """Write the figures of all zones together: areas in m², shares of area."""
    figures = asdict(analysis.totals)
    return {name: figures[name] for name in TOTALS}


def zone_rows(analysis: Analysis) -> list[dict[str, Any]]:
    """Write the figures by zone: areas in m², shares of area; None where a share cannot be given."""
    rows = analysis.zones[list(ZONE_COLUMNS)].to_dict(orient="records")
    return [{name: _told(value) for name, value in row.items()} for row in rows]


def _told(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value


def contrast_documents(found: Sequence[Contrast], language: Language) -> list[dict[str, Any]]:
    """Write in what two questions differ: the aspect, whether that alone moves figures, and a sentence."""
    return [
        {"aspect": str(one.aspect), "assumed": one.is_assumed, "text": contrast_text(one, language)} for one in found
    ]


def contrast_text(contrast: Contrast, language: Language) -> str:
    """Say one difference in a sentence."""
    return gettext(
        language,
        "%(aspect)s. Before: %(before)s. After: %(after)s.",
        aspect=_aspect(contrast.aspect, language),
        before=_values(contrast, contrast.before, language),
        after=_values(contrast, contrast.after, language),
    )


def _aspect(aspect: Aspect, language: Language) -> str:
    return {
        Aspect.THEME: gettext(language, "What reaches"),
        Aspect.POSITIONS: gettext(language, "Positions"),
        Aspect.RANGE: gettext(language, "Assumed range"),
        Aspect.VIEW: gettext(language, "Assumed view angle"),
        Aspect.LANDMASS: gettext(language, "Reach across water"),
        Aspect.CASE: gettext(language, "Case of the assumption"),
        Aspect.STATUSES: gettext(language, "What counts"),
        Aspect.LAYERS: gettext(language, "Layers that only one side counts"),
        Aspect.KINDS: gettext(language, "Kinds that only one side counts"),
        Aspect.DAY: gettext(language, "Day"),
    }[aspect]


def _values(contrast: Contrast, values: Sequence[Any], language: Language) -> str:
    between = gettext(language, ", ")
    return between.join(_value(contrast.aspect, one, language) for one in values) or gettext(language, "none")


def _value(aspect: Aspect, value: Any, language: Language) -> str:
    locale = LANGUAGES[language].locale
    if isinstance(value, bool):
        return _yes_or_no(aspect, language, yes=value)
    if isinstance(value, Text):
        return value.within(language)
    if isinstance(value, date):
        return day_text(language, value)
    if isinstance(value, float):
        unit = "°" if aspect is Aspect.VIEW else f" {gettext(language, 'm')}"
        return f"{format_decimal(value, locale=locale)}{unit}"
    if isinstance(value, Theme):
        facilities = value is Theme.FACILITIES
        return gettext(language, "facilities") if facilities else gettext(language, "cameras")
    return gettext(language, str(value).replace("_", " "))


def _yes_or_no(aspect: Aspect, language: Language, *, yes: bool) -> str:
    if aspect is Aspect.POSITIONS:
        return gettext(language, "published") if yes else gettext(language, "made up")
    return gettext(language, "no") if yes else gettext(language, "yes")  # cut to landmasses is not across water
