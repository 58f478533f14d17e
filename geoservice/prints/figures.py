"""Numbers, shares, lengths, areas and days in the reader's language."""

from __future__ import annotations

import math
from itertools import pairwise

from babel.numbers import format_decimal, format_percent

from geoservice.i18n import LANGUAGES, Language, gettext
from geoservice.maps.palette import Classes

_SMALL_SHARE = 0.1
_KM = 1000
_KM2, _KM2_FROM = 1e6, 1e5


def number(language: Language, value: float, pattern: str = "#,##0") -> str:
    """Write a number."""
    return str(format_decimal(value, format=pattern, locale=LANGUAGES[language].locale))


def share(language: Language, value: float | None) -> str:
    """Write a share as a percentage; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    pattern = "0.#%" if value < _SMALL_SHARE else "0%"
    return str(format_percent(value, format=pattern, locale=LANGUAGES[language].locale))


def length(language: Language, metres: float) -> str:
    """Write a length in metres, from 1,000 on in kilometres."""
    if metres >= _KM:
        return f"{number(language, metres / _KM, '#,##0.##')} {gettext(language, 'km')}"
    return f"{number(language, metres, '#,##0.##')} {gettext(language, 'm')}"


def area(language: Language, square_metres: float) -> str:
    """Write an area in square metres, from 100,000 on in square kilometres."""
    if square_metres >= _KM2_FROM:
        return f"{number(language, square_metres / _KM2, '#,##0.##')} {gettext(language, 'km²')}"
    return f"{number(language, square_metres)} {gettext(language, 'm²')}"


def classes_in_words(classes: Classes, kind: str, language: Language) -> list[str]:
    """Say what each class holds: of shares, lengths in metres, areas in square metres, or plain figures."""

    def text(value: float) -> str:
        write = _WRITTEN.get(kind)
        return write(language, value) if write else number(language, value, "#,##0.##")

    limits = [text(limit) for limit in classes.breaks]
    if not limits:
        return [""]
    return [
        f"{gettext(language, 'under')} {limits[0]}",
        *(f"{low} – {high}" for low, high in pairwise(limits)),
        f"{limits[-1]} {gettext(language, 'and more')}",
    ]


_WRITTEN = {"share": share, "length": length, "area": area}
