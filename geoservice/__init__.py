"""What police facilities and cameras cover, and what they leave out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geoservice.api import Result, analyse, compare, download
    from geoservice.catalog import open_catalog

__all__ = ["Result", "analyse", "compare", "download", "open_catalog"]
_HOMES = {"open_catalog": "geoservice.catalog"}


def __getattr__(name: str) -> Any:
    """Load a public name when it is asked for: the command line need not wait for what it does not use."""
    if name not in __all__:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(_HOMES.get(name, "geoservice.api")), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
