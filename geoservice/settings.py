"""One frozen Settings, declared once, read from the environment by whoever starts the service."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geoservice.errors import SettingsError, shorten

PREFIX = "GEOSERVICE_"
_PACKAGE = Path(__file__).resolve().parent


def _data_dir(name: str) -> Path:
    """Find a data folder: beside the package in a checkout, inside it when installed from a wheel."""
    installed = _PACKAGE / "_data" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


def cache_folder() -> Path:
    """Give the folder for what is kept between runs: GEOSERVICE_CACHE, or the user's own folder for such things."""
    if given := os.environ.get("GEOSERVICE_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = str(Path.home() / "Library" / "Caches")
    else:
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "geoservice"


_PLAIN = {
    "int_parsing": "it must be a whole number",
    "int_parsing_size": "it is too large a number",
    "greater_than_equal": "it must be at least {ge}",
    "less_than_equal": "it must be at most {le}",
}
"""What pydantic's errors mean, by type."""


class Settings(BaseModel):
    """All that can be set from outside; each field is the environment variable of its name after GEOSERVICE_."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: Path = Field(
        default_factory=lambda: _data_dir("layers"),
        description="The folder of layers, with region.toml in it.",
    )
    static: Path = Field(
        default_factory=lambda: _data_dir("static"),
        description="The folder of style sheets, scripts and vendored files.",
    )
    default_limit: int = Field(
        default=100, ge=1, le=10_000, description="Features on a page of items when none is asked."
    )
    max_limit: int = Field(default=10_000, ge=1, le=100_000, description="The most features on one page of items.")
    cache: Path = Field(default_factory=cache_folder, description="The folder for what is kept between runs.")
    cache_mb: int = Field(
        default=1024, ge=0, le=1_000_000, description="The most megabytes of answers kept on the disk; 0 keeps none."
    )
    features_mb: int = Field(
        default=1024,
        ge=0,
        le=1_000_000,
        description="The most megabytes of written features kept on the disk; 0 keeps them in each process.",
    )
    downloads_mb: int = Field(
        default=1024,
        ge=0,
        le=1_000_000,
        description="The most megabytes of downloads kept on the disk, of which parts can be asked; 0 keeps none.",
    )
    tiles_mb: int = Field(default=64, ge=1, le=100_000, description="The most megabytes of tiles kept in each process.")
    tiles_prepared_mb: int = Field(
        default=512, ge=1, le=100_000, description="The most megabytes in each process of what tiles are written from."
    )
    cached_answers: int = Field(default=32, ge=1, le=10_000, description="How many answers are kept in memory.")
    computations: int = Field(default=2, ge=1, le=1_000, description="How many questions a process computes at once.")
    analyses: int = Field(default=100, ge=1, le=10_000, description="How many questions that were posted are kept.")
    analyses_keep_s: int = Field(
        default=3600,
        ge=1,
        le=31_536_000,
        description="For how many seconds after its last use such a question is kept.",
    )
    trusted_proxies: int = Field(
        default=0, ge=0, le=10, description="How many proxies in front are believed about address and protocol."
    )
    background: str | None = Field(
        default=None,
        description="A raster background: a local .mbtiles or .pmtiles file, or an address with {z}, {x} and {y}.",
    )
    background_attribution: str = Field(default="", description="Who is to be named for the background.")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
        """Read the settings from the environment; `overrides` that are not None go before it.

        Raises SettingsError naming the variable.
        """
        source = os.environ if environ is None else environ
        values: dict[str, Any] = {
            name: source[PREFIX + name.upper()] for name in cls.model_fields if source.get(PREFIX + name.upper())
        }
        values.update({name: value for name, value in overrides.items() if value is not None})
        known = {PREFIX + name.upper() for name in cls.model_fields}
        unknown = sorted(key for key in source if key.startswith(PREFIX) and key not in known)
        if unknown:
            raise SettingsError(
                f"There is no setting {unknown[0]}.",
                advice="Known: " + ", ".join(PREFIX + name.upper() for name in cls.model_fields) + ".",
            )
        try:
            return cls(**values)
        except ValidationError as error:
            first = error.errors()[0]
            name = PREFIX + str(first["loc"][0]).upper()
            why = _PLAIN[first["type"]].format(**first.get("ctx", {})) if first["type"] in _PLAIN else first["msg"]
            raise SettingsError(f"{name} cannot be '{shorten(str(first['input']))}': {why}.") from error
