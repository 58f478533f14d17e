"""The tree of errors: each says what was wrong, where, and what to do; none knows HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Values = Mapping[str, object]
Translate = Callable[[Any], str]
"""What says a message, or a text of the data in two languages, in one of them; `str` says both in English."""


def message(text: str) -> str:
    """Mark a message that the catalogue of translations has; `GeoserviceError.told` gives it in a reader's language."""
    return text


class GeoserviceError(Exception):
    """The root of all errors that this service raises on purpose.

    `reason` says what was wrong and where; `advice`, where there is one, says what to do about it. With `values`, both
    are messages with places for these, such as %(name)s; a value that is no text and no number is translated too.
    """

    def __init__(self, reason: str, *, advice: str | None = None, values: Values | None = None) -> None:
        self._said = (reason, advice, values)
        self.reason, self.advice = self.told(str)
        super().__init__(self.reason)

    def told(self, translate: Translate) -> tuple[str, str | None]:
        """Give the reason and the advice as `translate` says them, in English what it does not know."""
        reason, advice, values = self._said
        said = [translate(text) if text else text for text in (reason, advice)]
        if values is not None:
            shown = {name: _plain(value, translate) for name, value in values.items()}
            said = [text % shown if text else text for text in said]
        return said[0] or "", said[1]

    def __str__(self) -> str:
        return f"{self.reason} {self.advice}" if self.advice else self.reason


def _plain(value: object, translate: Translate) -> str | int | float:
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


class ParameterError(GeoserviceError):
    """A request's parameter is wrong: `name` is the parameter, `value` what came, `allowed` what may come.

    Without a value, it is the parameter itself that is not known here. `allowed` may be a message of the catalogue, and
    with `values` one that has places for these.
    """

    def __init__(self, name: str, value: str | None, allowed: str, values: Values | None = None) -> None:
        self.name = name
        self.value = value
        self.allowed = allowed if values is None else allowed % values
        self._allowed = allowed, values
        wrong = (
            message("The parameter '%(name)s' is not known here.")
            if value is None
            else message("The parameter '%(name)s' cannot be '%(value)s'.")
        )
        shown = {"name": shorten(name), "value": shorten(value or "")}
        super().__init__(wrong, advice=message("Allowed: %(allowed)s."), values=shown)

    def told(self, translate: Translate) -> tuple[str, str | None]:
        """Give the reason and the advice as `translate` says them; what is allowed too, where it knows that."""
        reason, advice, shown = self._said
        allowed, values = self._allowed
        allowed = translate(allowed) if allowed else ""
        told = {"allowed": allowed if values is None else allowed % values}
        return translate(reason) % shown, translate(advice or "") % told


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

    def __init__(self, kind: str, wanted: str, *, advice: str | None = None, values: Values | None = None) -> None:
        self.kind = kind
        self.wanted = wanted
        super().__init__(message("There is no %(kind)s '%(wanted)s'."), advice=advice, values=values)

    def told(self, translate: Translate) -> tuple[str, str | None]:
        """Give the reason and the advice as `translate` says them, and what kind of thing it is."""
        reason, advice, values = self._said
        shown = {"kind": translate(self.kind), "wanted": shorten(self.wanted)}
        said = translate(advice) if advice else advice
        return translate(reason) % shown, said % values if said and values is not None else said


def shorten(text: str, limit: int = 80) -> str:
    """Cut a text that came from outside to a length fit for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
