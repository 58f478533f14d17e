"""The tree of errors: each says what was wrong, where, and what to do; none knows HTTP."""

from __future__ import annotations


class GeoserviceError(Exception):
    """The root of all errors that this service raises on purpose.

    `reason` says what was wrong and where; `advice`, where there is one, says what to do about it.
    """

    def __init__(self, reason: str, *, advice: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.reason} {self.advice}" if self.advice else self.reason


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

    Without a value, it is the parameter itself that is not known here.
    """

    def __init__(self, name: str, value: str | None, allowed: str) -> None:
        wrong = "is not known here" if value is None else f"cannot be '{shorten(value)}'"
        super().__init__(f"The parameter '{shorten(name)}' {wrong}.", advice=f"Allowed: {allowed}.")
        self.name = name
        self.value = value
        self.allowed = allowed


class NotFoundError(GeoserviceError):
    """Nothing of this kind has this id."""

    def __init__(self, kind: str, wanted: str, *, advice: str | None = None) -> None:
        super().__init__(f"There is no {kind} '{shorten(wanted)}'.", advice=advice)
        self.kind = kind
        self.wanted = wanted


def shorten(text: str, limit: int = 80) -> str:
    """Cut a text that came from outside to a length fit for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
