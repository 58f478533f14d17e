"""What CQL text was in drafts, as GDAL still writes it, put into CQL2."""

from __future__ import annotations

import re
from collections.abc import Container

_NAME = r'(?:"[^"]*+"|(?<!\w)\w++)'
_TEXT = r"(?:'[^']*+')++"
_LIKE = re.compile(rf"({_NAME})\s++ILIKE\s++({_TEXT})", re.IGNORECASE)
_MOMENT = re.compile(rf"({_NAME})(\s*+(?:<=|>=|<>|<|>|=)\s*+)'(\d{{4}}-\d\d-\d\d)(?:T|(T[\d:.]++Z?))?'(?!')")
_DRAFT = re.compile(rf"{_LIKE.pattern}|{_MOMENT.pattern}|{_TEXT}|{_NAME}", re.IGNORECASE)


def from_draft(text: str, dated: Container[str]) -> str:
    """Write a filter of the drafts in CQL2: ILIKE by CASEI, and moments beside properties of `dated`."""

    def rewritten(found: re.Match[str]) -> str:
        name, pattern, property_name, operator, day, time = found.groups()
        if name is not None:
            return f"CASEI({name}) LIKE CASEI({pattern})"
        if property_name is None:
            return found[0]
        moment = f"'{day}{time or ''}'"
        if property_name.strip('"') in dated:
            moment = f"{'TIMESTAMP' if time else 'DATE'}({moment})"
        return f"{property_name}{operator}{moment}"

    return _DRAFT.sub(rewritten, text)
