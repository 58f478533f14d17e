"""Patterns of LIKE: what they mean, and how texts are held to them in little time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable


def like_expression(pattern: str) -> Callable[[str], bool]:
    r"""Make the test of a pattern: % for any characters, _ for one, \ before one that stands for itself.

    Parts between any characters are sought one after another from the left, so no pattern takes long.
    """
    parts: list[str] = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "%":
            parts.append("")
        elif character == "_":
            parts[-1] += "."
        else:
            parts[-1] += re.escape(next(characters, "\\") if character == "\\" else character)
    # Any characters twice are any characters, and each other part takes a character of the text at least.
    parts = [parts[0], *filter(None, parts[1:-1]), parts[-1]] if len(parts) > 1 else parts
    pieces = [re.compile(part, re.DOTALL) for part in parts]
    if len(pieces) == 1:
        return lambda text: pieces[0].fullmatch(text) is not None
    last = re.compile(f"(?:{parts[-1]})\\Z", re.DOTALL)
    tail = _length(parts[-1])
    return lambda text: _in_order(pieces, last, tail, text)


def _length(part: str) -> int:
    return len(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL))


def _in_order(pieces: Iterable[re.Pattern[str]], last: re.Pattern[str], tail: int, text: str) -> bool:
    first, *middle, _ = pieces
    found = first.match(text)
    for piece in middle:
        if found is None:
            return False
        found = piece.search(text, found.end())
    return found is not None and len(text) - tail >= found.end() and last.match(text, len(text) - tail) is not None
