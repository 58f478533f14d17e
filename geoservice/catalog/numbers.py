"""Reading numbers as people and files write them."""

from __future__ import annotations

import math
import numbers
from decimal import Decimal
from typing import Any


def to_number(value: Any) -> float | None:
    """Read a finite number; None for anything else, also for what only Python takes for one (1_000)."""
    if isinstance(value, bool) or (isinstance(value, str) and "_" in value):
        return None
    try:
        number = float(value) if isinstance(value, (str, numbers.Real, Decimal)) else math.nan
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
