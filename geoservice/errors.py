"""The tree of errors: each says what was wrong, where, and what to do; none knows HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, object]
Translate = Callable[[Any], str]
"""What says a message, or a text of the data in two languages, in one of them; `str` says both in English."""


def message(text: str) -> str:
    """Mark a message that the catalogue of translations has; `GeoserviceError.told` gives it in a reader's language."""
    return text


@dataclass(frozen=True, slots=True)
class Said:
    """A message with its values, which may itself be a value of another message."""

    text: str
    values: Values = field(default_factory=dict)

    def told(self, translate: Translate) -> str:
        """Give it as `translate` says it."""
        text = translate(self.text) if self.text else ""
        return text % {name: _plain(one, translate) for name, one in self.values.items()} if self.values else text

    def __str__(self) -> str:
        return self.told(str)


class Unfit(ValueError):  # noqa: N818 - what does not fit, told further by whoever knows where it came from
    """A value does not fit: says what would, or why not, in words of the catalogue."""

    def __init__(self, text: str, values: Values | None = None) -> None:
        self.said = Said(text, values or {})
        super().__init__(str(self.said))


def why_unfit(error: ValueError) -> Said:
    """Say what an error of a value says; one that is not ours in its own words."""
    return error.said if isinstance(error, Unfit) else Said("%(error)s", {"error": str(error)})


class GeoserviceError(Exception):
    """The root of all errors that this service raises on purpose.

    `reason` says what was wrong and where; `advice`, where there is one, says what to do about it. With `values`, both
    are messages with places for these, such as %(name)s; a value that is no text and no number is translated too.
    """

    def __init__(self, reason: str | Said, *, advice: str | Said | None = None, values: Values | None = None) -> None:
        self._reason = Said(reason, values or {}) if isinstance(reason, str) else reason
        self._advice = Said(advice, values or {}) if isinstance(advice, str) else advice
        self.reason, self.advice = self.told(str)
        super().__init__(self.reason)

    def told(self, translate: Translate) -> tuple[str, str | None]:
        """Give the reason and the advice as `translate` says them, in English what it does not know."""
        return self._reason.told(translate), None if self._advice is None else self._advice.told(translate)

    def __str__(self) -> str:
        return f"{self.reason} {self.advice}" if self.advice else self.reason


def _plain(value: object, translate: Translate) -> str | int | float:
    if isinstance(value, Said):
        return value.told(translate)
    return value if isinstance(value, str | int | float) else translate(value)


class SettingsError(GeoserviceError):
    """A setting in the environment or on the command line cannot be used."""


class RegionError(GeoserviceError):
    """region.toml is missing, cannot be read, or contradicts itself: the service cannot start."""


class LayerError(GeoserviceError):
    """One layer cannot be read; the others can, and the service runs without it.

    `code` is a stable word for the kind of failure, `file` and `field` say where it is.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str,
        file: str | None = None,
        field: str | None = None,
        advice: str | None = None,
    ) -> None:
        super().__init__(reason, advice=advice)
        self.code = code
        self.file = file
        self.field = field


class CrsError(GeoserviceError):
    """A coordinate reference system is missing, unknown, unfit to measure in, or not the expected one."""


class QuestionError(GeoserviceError):
    """A question cannot be answered: it names a layer, kind or zone system that is not there."""


class PartitionError(GeoserviceError):
    """Sources cannot be partitioned, or a folder of partitions is none, is damaged, or is newer than this."""


class ClusterError(GeoserviceError):
    """A cluster does not answer, or its workers cannot do the work."""


class EditError(GeoserviceError):
    """An edit of sources cannot be made: `source` is the id of the source, `field` what is wrong with it.

    Where what was given is no edit at all, the source is empty.
    """

    def __init__(self, reason: str, *, source: str, field: str, advice: str | None = None) -> None:
        super().__init__(reason, advice=advice)
        self.source = source
        self.field = field


class AssetError(GeoserviceError):
    """A front-end file that a page needs has not been built in."""


class BackgroundError(GeoserviceError):
    """The configured background map cannot be used."""


class FormatError(GeoserviceError):
    """A format cannot hold what is to be written: too many rows, too long a text, another system."""


class CacheError(GeoserviceError):
    """What is kept on the disk between runs cannot be used."""


UNKNOWN_PARAMETER = message("The parameter '%(name)s' is not known here.")
MISSING_PARAMETER = message("The parameter '%(name)s' is missing.")
WRONG_PARAMETER = message("The parameter '%(name)s' cannot be '%(value)s'.")


class ParameterError(GeoserviceError):
    """A request's parameter is wrong: `name` is the parameter, `value` what came, `allowed` what may come.

    Without a value, it is the parameter itself that is not known here. `allowed` may be a message of the catalogue, and
    with `values` one that has places for these. `wrong` is the reason in other words: whole, or with places for name
    and value.
    """

    def __init__(
        self,
        name: str,
        value: str | None,
        allowed: str | Said,
        values: Values | None = None,
        *,
        wrong: str | Said | None = None,
    ) -> None:
        self.name = name
        self.value = value
        said = Said(allowed, values or {}) if isinstance(allowed, str) else allowed
        reason = wrong or (UNKNOWN_PARAMETER if value is None else WRONG_PARAMETER)
        shown = {"name": shorten(name), "value": shorten(value or "")}
        self.allowed = str(said)
        super().__init__(
            Said(reason, shown) if isinstance(reason, str) else reason,
            advice=Said(message("Allowed: %(allowed)s."), {"allowed": said}),
        )


class BusyError(GeoserviceError):
    """As much is being done as may be at once, as `reason` says: ask again `retry_s` seconds from now."""

    def __init__(self, retry_s: int, reason: str) -> None:
        self.retry_s = retry_s
        super().__init__(
            reason,
            advice=message("Ask again in %(seconds)s seconds."),
            values={"seconds": retry_s},
        )


class AreaError(GeoserviceError):
    """What was drawn or uploaded is no area that can be measured here."""


class NotFoundError(GeoserviceError):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str | Said, wanted: str, *, advice: str | Said | None = None) -> None:
        self.kind = str(kind)
        self.wanted = wanted
        named = {"kind": Said(kind) if isinstance(kind, str) else kind, "wanted": shorten(wanted)}
        super().__init__(Said(message("There is no %(kind)s '%(wanted)s'."), named), advice=advice)


def there_are(ids: Iterable[str]) -> Said:
    """Advise what there is instead of what was asked for."""
    listed = ", ".join(ids)
    return Said(message("There are: %(listed)s."), {"listed": listed or Said(message("none"))})


def shorten(text: str, limit: int = 80) -> str:
    """Cut a text that came from outside to a length fit for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
