"""What a file says of itself: source, licence, date, and for an answer its question and assumption, as plain texts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections import Collection
from geoservice.question import Question

MANY = "; "


def credits_of(collection: Collection, made: dt.date) -> dict[str, str]:
    """Say what a collection's features rest on, by short names; those that do not apply are absent.

    `source`, `licence` and `as_of` name each once where an answer rests on several layers.
    """
    about = collection.about
    said = {
        "source": _source(about),
        "licence": _each(_credit(layer["licence"]) for layer in _layers(about) if "licence" in layer),
        "as_of": _each(layer["as_of"] for layer in _layers(about) if "as_of" in layer),
        **_asked(about),
        "assumption": _english(about.get("assumption")),
        "illustrative": "true" if about.get("illustrative") else "",
        "exported": made.isoformat(),
    }
    return {name: text for name, text in said.items() if text}


def terms_of(catalog: Catalog, named: NamedQuestion, question: Question) -> dict[str, Any]:
    """Say on which terms figures were answered, for columns beside them: the question, its day, case and assumption."""
    return {
        "question": named.id,
        "at": question.at,
        "case": str(question.case),
        "assumed_range_m": question.range_m,
        "assumption": named.assumption.en,
        "illustrative": catalog.is_illustrative(named),
    }


def sentence(said: Mapping[str, str]) -> str:
    """Write the same as lines of text, for a place that holds one description."""
    return "\n".join(f"{name}: {text}" for name, text in said.items())


def _layers(about: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(about["rests_on"]) if "rests_on" in about else [about]


def _source(about: Mapping[str, Any]) -> str:
    return _credit(about["source"]) if "source" in about else _each(layer.get("layer", "") for layer in _layers(about))


def _asked(about: Mapping[str, Any]) -> dict[str, str]:
    """Name the question, or both, with day and case."""
    if "question" in about:
        return {"question": about["question"]["id"], **_terms(about["question"])}
    if "before" in about and "after" in about:
        after = about["after"]
        before = {f"before_{name}": text for name, text in _terms(about["before"]).items()}
        return {"before": about["before"]["id"], **before, "question": after["id"], **_terms(after)}
    return {}


def _terms(question: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(question[name]) for name in ("at", "case") if question.get(name) is not None}


def _credit(credit: Mapping[str, Any]) -> str:
    name = _english(credit["name"])
    return f"{name} ({credit['url']})" if credit.get("url") else name


def _english(text: Mapping[str, str] | None) -> str:
    return "" if text is None else text["en"]


def _each(texts: Iterable[str]) -> str:
    return MANY.join(dict.fromkeys(filter(None, texts)))
