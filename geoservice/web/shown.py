"""What the pages of collections show: values as people read them, and all collections in groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_datetime
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from geoservice.catalog import Catalog
from geoservice.collections import Library, Outline, Property
from geoservice.collections.changes import DERIVED_CHANGES
from geoservice.collections.derived import DERIVED
from geoservice.i18n import LANGUAGES, Language, Text, day_text, gettext
from geoservice.vocabulary import Access, Role, Status

_ABSENT = "–"
_CODE = re.compile(r"geoservice(?: (?:--)?[\w.-]+)+|[a-z0-9]+(?:[-_][a-z0-9]+)+", re.ASCII)
"""A command, or the id of a layer, a question or a collection."""
_NUMBERS = ("integer", "number")
_GROUPED_FROM = 10_000
_WORDS = {str(word): str(word).replace("_", " ") for words in (Status, Access) for word in words}
_OWN_NAME = {"en": ("name_en",), "zh": ("name_zh", "name_en")}


def coded(text: str) -> Markup:
    """Mark commands and ids in a text as code, which is the same in every language."""
    parts, end = [], 0
    for found in _CODE.finditer(text):
        parts += [escape(text[end : found.start()]), Markup("<code>{}</code>").format(found[0])]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])


@dataclass(frozen=True, slots=True)
class Column:
    """A property as the head of a column: its name in data, its title for people, whether it holds numbers."""

    name: str
    title: str
    unit: str
    numeric: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Collections that belong together, each with the title that it has among them."""

    title: str
    entries: list[tuple[str, Outline]]


class Values:
    """The features of one collection as a reader of one language sees them."""

    def __init__(self, found: Outline, catalog: Catalog, language: Language) -> None:
        self._schema = found.schema
        self._language = language
        self._locale = LANGUAGES[language].locale
        layer = catalog.layers.get(found.id)
        layers = [layer] if layer is not None else catalog.layers.values()
        self._kinds: Mapping[str, Text] = {name: text for one in layers for name, text in one.manifest.kinds.items()}
        self._layers = {one.id: one.manifest.title for one in catalog.layers.values()}

    def columns(self, names: Iterable[str]) -> list[Column]:
        """Give the columns of some properties, titled in the reader's language where they have a title."""
        return [self._column(name, self._schema.get(name)) for name in names]

    def _column(self, name: str, prop: Property | None) -> Column:
        if prop is None:
            return Column(name, name, "", numeric=False)
        title = self._title(name, prop)
        unit = "" if _is_share(name) else prop.unit or ""
        return Column(name, title, unit, numeric=prop.type in _NUMBERS)

    def _title(self, name: str, prop: Property) -> str:
        """Give a title; where a column and its twin in another language share one, say which language it is."""
        if prop.title is None:
            return name
        title = prop.title.within(self._language)
        stem, _, tag = name.rpartition("_")
        twin = self._schema.get(f"{stem}_{'en' if tag == 'zh' else 'zh'}") if tag in LANGUAGES else None
        if twin is None or twin.title != prop.title or tag == self._language:
            return title
        spoken = gettext(self._language, "in Chinese") if tag == "zh" else gettext(self._language, "in English")
        return f"{title} ({spoken})"

    def is_english(self, text: str) -> bool:
        """Tell whether a value is in English on a page that is not: readers for the blind must know."""
        return self._language != "en" and text.isascii() and any(letter.isalpha() for letter in text)

    def name(self, properties: Mapping[str, Any]) -> str | None:
        """Give the name of a feature in the reader's language, or the one that it has."""
        return next((str(properties[key]) for key in _OWN_NAME[self._language] if properties.get(key)), None)

    def text(self, name: str, value: Any) -> str:
        """Write one value of a property."""
        if value is None or value == "":
            return _ABSENT
        if isinstance(value, bool):
            return gettext(self._language, "yes") if value else gettext(self._language, "no")
        if isinstance(value, (int, float)):
            return self._number(name, value)
        return self._words(name, str(value))

    def _number(self, name: str, value: float) -> str:
        if _is_share(name) and 0 <= value <= 1:
            return str(format_percent(value, format="0.0%", locale=self._locale))
        unit = self._schema[name].unit if name in self._schema else None
        pattern = "0.######" if unit == "°" or abs(value) < _GROUPED_FROM else "#,##0.##"
        if abs(value) >= 1 and unit != "°":
            pattern = "0.##" if abs(value) < _GROUPED_FROM else "#,##0"
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def _words(self, name: str, value: str) -> str:
        prop = self._schema.get(name)
        if prop is not None and prop.format == "date":
            return day_text(self._language, date.fromisoformat(value), "medium")
        if prop is not None and prop.format == "date-time":
            return str(format_datetime(datetime.fromisoformat(value), format="medium", locale=self._locale))
        if name == "kind":
            return self._kinds[value].within(self._language) if value in self._kinds else value.replace("_", " ")
        if name in ("layer", "nearest_source_layer", "largest_single_loss_layer") and value in self._layers:
            return self._layers[value].within(self._language)
        if name in ("status", "access") and value in _WORDS:
            return gettext(self._language, _WORDS[value])
        return value


def _is_share(name: str) -> bool:
    return "share" in name.split("_")


def groups(catalog: Catalog, library: Library, outlines: Iterable[Outline], language: Language) -> list[Group]:
    """Put collections into groups: layers by what they are for, then those of each question and each difference."""
    titles = _group_titles(catalog, language)
    found: dict[str, list[tuple[str, Outline]]] = {key: [] for key in titles}
    parts = {one.suffix: one.title for one in DERIVED}
    changed = {one.suffix: one.title for one in DERIVED_CHANGES}
    for one in outlines:
        collection_id = one.id
        key, title = "other", one.title
        if (question := library.question_of(collection_id)) is not None:
            key, title = f"question {question.id}", parts[collection_id.removeprefix(f"{question.id}-")]
        elif (difference := library.difference_of(collection_id)) is not None:
            key, title = f"difference {difference.id}", changed[collection_id.removeprefix(f"{difference.id}-")]
        elif (role := str(catalog.layers[collection_id].manifest.role)) in titles:
            key = role
        found[key].append((title.within(language), one))
    return [Group(titles[key], entries) for key, entries in found.items() if entries]


def _group_titles(catalog: Catalog, language: Language) -> dict[str, str]:
    return {
        str(Role.FACILITY): gettext(language, "Facilities"),
        str(Role.CAMERA): gettext(language, "Cameras"),
        str(Role.ZONE): gettext(language, "Zones"),
        "other": gettext(language, "Other layers"),
        **{f"question {one.id}": one.title.within(language) for one in catalog.region.questions},
        **{f"difference {one.id}": one.title.within(language) for one in catalog.region.differences},
    }


def licences(found: Outline) -> list[dict[str, Any]]:
    """Give the licences that a collection comes under, each once."""
    rows = [found.about, *found.about.get("rests_on", ())]
    return list({row["licence"]["name"]["en"]: row["licence"] for row in rows if "licence" in row}.values())


def latest(found: Outline) -> date | None:
    """Give the day of the newest data that a collection rests on."""
    rows = [found.about, *found.about.get("rests_on", ())]
    return max((date.fromisoformat(row["as_of"]) for row in rows if "as_of" in row), default=None)
