"""Text as it is compared: of one width, without accents, case and punctuation."""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """Give a text in compatibility form (NFKC, UAX 15) without case, accents and punctuation, words one space apart."""
    if text.isascii():
        return _BETWEEN.sub(" ", text.lower()).strip()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    return _BETWEEN.sub(" ", unicodedata.normalize("NFKC", bare)).strip()
