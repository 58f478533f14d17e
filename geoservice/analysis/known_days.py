"""Whether anything is known of the day that is asked about."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date

from geoservice.catalog import Catalog
from geoservice.i18n import LANGUAGES, Language, gettext
from geoservice.question import Question


def nothing_known(catalog: Catalog, question: Question, language: Language) -> str | None:
    """Say that the layers that count tell nothing of the day asked about, and what is shown; None if they do."""
    first = catalog.known_from(question)
    if first is None or question.at >= first:
        return None
    reason = gettext(
        language,
        "Nothing is known of %(day)s: the earliest day that the layers counted here tell of is %(first)s.",
        day=_day(language, question.at),
        first=_day(language, first),
    )
    shown = (
        gettext(language, "What is shown are places without a date, as if they had been there already.")
        if _counts_any(catalog, question)
        else gettext(language, "So nothing is counted.")
    )
    return ("" if language == "zh" else " ").join([reason, shown])


def _counts_any(catalog: Catalog, question: Question) -> bool:
    there = [source for source in question.sources if source.layer in catalog.layers]
    return any(len(catalog.layers[one.layer].select(one, question.statuses, question.at)) for one in there)


def _day(language: Language, value: date) -> str:
    return str(format_date(value, format="long", locale=LANGUAGES[language].locale))
