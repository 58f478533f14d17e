"""Whether anything is known of the day that is asked about."""

from __future__ import annotations

from geoservice.catalog import Catalog
from geoservice.i18n import Language, day_text, gettext, sentences
from geoservice.question import Question


def nothing_known(catalog: Catalog, question: Question, language: Language) -> str | None:
    """Say that the layers that count tell nothing of the day asked about, and what is shown; None if they do."""
    first = catalog.known_from(question)
    if first is None or question.at >= first:
        return None
    reason = gettext(
        language,
        "Nothing is known of %(day)s: the earliest day that the layers counted here tell of is %(first)s.",
        day=day_text(language, question.at),
        first=day_text(language, first),
    )
    shown = (
        gettext(language, "What is shown are places without a date, as if they had been there already.")
        if _counts_any(catalog, question)
        else gettext(language, "So nothing is counted.")
    )
    return sentences(language, [reason, shown])


def _counts_any(catalog: Catalog, question: Question) -> bool:
    there = [source for source in question.sources if source.layer in catalog.layers]
    return any(len(catalog.layers[one.layer].select(one, question.statuses, question.at)) for one in there)
