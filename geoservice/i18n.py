"""Two languages everywhere: bilingual texts from the data, and the page's own words by gettext."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from pydantic import BaseModel, ConfigDict, Field

from geoservice.errors import GeoserviceError

Language = Literal["en", "zh"]

LOCALE_DIR = Path(__file__).parent / "locale"


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """One language of the service: its tag on the web, its locale for Babel, and its own name."""

    code: Language
    tag: str
    locale: str
    name: str


LANGUAGES: Mapping[Language, LanguageInfo] = {
    "en": LanguageInfo("en", "en", "en_GB", "English"),
    "zh": LanguageInfo("zh", "zh-Hant", "zh_Hant_HK", "繁體中文"),
}


class Text(BaseModel):
    """A text in English and, where there is one, in Traditional Chinese."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str = Field(min_length=1)
    zh: str | None = Field(default=None, min_length=1)

    def within(self, language: Language) -> str:
        """Give the text in one language, in English where that one is missing."""
        return self.zh if language == "zh" and self.zh else self.en

    def __str__(self) -> str:
        return self.en


@cache
def translations(language: Language) -> NullTranslations:
    """Load the page's own words; English is what the code is written in.

    The catalogue is compiled in memory from its text form, so nothing has to be built beforehand.
    """
    path = LOCALE_DIR / LANGUAGES[language].tag / "messages.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=LANGUAGES[language].locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def gettext(language: Language, message: str, **values: Any) -> str:
    """Translate one message and fill in its named values."""
    text = translations(language).ugettext(message)
    return text % values if values else text


def day_text(language: Language, value: date, form: Literal["long", "medium"] = "long") -> str:
    """Write a day as a language does, in full or, for tables, shorter."""
    return str(format_date(value, format=form, locale=LANGUAGES[language].locale))


def sentences(language: Language, parts: Iterable[str]) -> str:
    """Put sentences one after the other: Chinese has no blank between them."""
    return ("" if language == "zh" else " ").join(parts)


def said(error: GeoserviceError, language: Language) -> str:
    """Tell an error in one language: its reason, and its advice where there is one."""
    return sentences(language, filter(None, told(error, language)))


def told(error: GeoserviceError, language: Language) -> tuple[str, str | None]:
    """Give an error's reason and its advice in one language."""
    return error.told(lambda one: one.within(language) if isinstance(one, Text) else gettext(language, one))


def pick_language(tags: list[str]) -> Language | None:
    """Choose the first language that the service speaks from tags in order of preference.

    Any Chinese is answered in Traditional Chinese: it is the only Chinese there is here.
    """
    for tag in tags:
        primary = tag.strip().lower().replace("_", "-").split("-")[0]
        if primary in ("en", "zh"):
            return primary  # type: ignore[return-value]
    return None
