"""The words of the field as types: what a layer, a feature and a question may say of themselves."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a layer is for."""

    FACILITY = "facility"
    CAMERA = "camera"
    ZONE = "zone"
    DEMAND = "demand"
    CANDIDATE = "candidate"
    LAND = "land"
    TABLE = "table"


class Status(StrEnum):
    """The state of a facility or camera, as its source gives it."""

    PLANNED = "planned"
    OPERATING = "operating"
    OUT_OF_SERVICE = "out_of_service"
    CLOSED = "closed"


class Access(StrEnum):
    """Whose a facility or camera is: the force's own, integrated by agreement, or another body's."""

    OWN = "own"
    INTEGRATED = "integrated"
    OTHER = "other"


class Theme(StrEnum):
    """What reaches: facilities and cameras are never united, a station's reach would swallow every camera."""

    FACILITIES = "facilities"
    CAMERAS = "cameras"


class Case(StrEnum):
    """Which value of an assumption is taken."""

    LOW = "low"
    MID = "mid"
    HIGH = "high"


FULL_CIRCLE_DEG = 360.0
"""A view all round."""

THEME_ROLE = {Theme.FACILITIES: Role.FACILITY, Theme.CAMERAS: Role.CAMERA}
