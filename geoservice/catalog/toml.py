"""Reading TOML into typed, frozen models, with errors that name the file, the field and the mend."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from geoservice.errors import LayerError

UNION_TAGS = frozenset({"service_area", "field_of_view"})
"""What pydantic puts into a place to say which of several models it tried; no file has it."""

Model = TypeVar("Model", bound=BaseModel)


def load_toml(path: Path, model: type[Model]) -> Model:
    """Read one TOML file into `model`; raises LayerError that lists all that is wrong, each with its field."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise LayerError(
            f"{path.name} is missing.",
            code="missing-file",
            file=path.name,
            advice="Every layer is a folder with a layer.toml and a data file.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else error
        raise LayerError(
            f"{path.name} cannot be read: {said}.",
            code="unreadable",
            file=path.name,
            advice="Save it as UTF-8 text.",
        ) from error
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise LayerError(
            f"{path.name} is not valid TOML: {error}.",
            code="bad-toml",
            file=path.name,
            advice="Mind quotes around texts and brackets around lists.",
        ) from error
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise LayerError(
            "; ".join(_explain(dict(detail)) for detail in error.errors()),
            code="bad-field",
            file=path.name,
            field=_path(error.errors()[0]["loc"]) or None,
        ) from error


def _path(location: tuple[int | str, ...]) -> str:
    """Write the place of a field as it would be looked for in the file, entries counted from 1."""
    written = [part for part in location if part not in UNION_TAGS]
    parts = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in written]
    return "".join(parts).lstrip(".")


def _explain(detail: dict[str, object]) -> str:
    location = detail["loc"]
    where = _path(location) if isinstance(location, tuple) else ""
    if detail["type"] == "missing":
        return f"{where} is missing"
    if detail["type"] == "extra_forbidden":
        return f"{where} is not a field that is known here"
    message = re.sub(r"^(Value error, |Input should )", "", str(detail["msg"]))
    given = detail.get("input")
    shown = f" (given: {given!r})" if isinstance(given, (str, int, float, bool)) else ""
    return (
        f"{where}: should {message}{shown}" if message.startswith("be ") else f"{where}: {message}{shown}".lstrip(": ")
    )
