"""The frozen Question: all that an answer depends on, and the one key that follows from it."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from geoservice.errors import Unfit, message
from geoservice.vocabulary import Case, Status, Theme

DERIVED_SUFFIXES = ("coverage", "gaps", "zones", "footprints")
"""What the ids of the collections that a question yields end in."""

DIFFERENCE_SUFFIXES = ("changes", "zones")
"""What the ids of the collections that a difference yields end in."""

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def require_ordered(low: float, mid: float, high: float) -> None:
    """Raise Unfit where the values of the three cases do not follow one another."""
    if not low <= mid <= high:
        given = {"low": f"{low:g}", "mid": f"{mid:g}", "high": f"{high:g}"}
        raise Unfit(message("low <= mid <= high must hold, not %(low)s, %(mid)s, %(high)s"), given)


class Assumption(BaseModel):
    """A length in metres that is not published: what it is taken to be, and how low and high it may be."""

    model_config = _FROZEN

    low: float = Field(gt=0, le=100_000)
    mid: float = Field(gt=0, le=100_000)
    high: float = Field(gt=0, le=100_000)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        require_ordered(self.low, self.mid, self.high)
        return self

    def at(self, case: Case) -> float:
        """Give the value of one case, in metres."""
        return {Case.LOW: self.low, Case.MID: self.mid, Case.HIGH: self.high}[case]


class ServiceArea(BaseModel):
    """The footprint of a facility: a true disc of `range_m`, cut to its landmass where `same_landmass` is set.

    `chord_error_m` is how far the polygon that stands for the disc may lie from it.
    """

    model_config = _FROZEN

    model: Literal["service_area"] = "service_area"
    range_m: Assumption
    same_landmass: bool = False
    chord_error_m: float = Field(default=1.0, gt=0, le=100)

    @model_validator(mode="after")
    def _finer_than_its_range(self) -> Self:
        if self.chord_error_m > self.range_m.low / 2:
            smallest = {"range_m": f"{self.range_m.low:g}"}
            raise Unfit(message("chord_error_m must be at most half of the smallest range, %(range_m)s m"), smallest)
        return self


class FieldOfView(BaseModel):
    """The footprint of a camera: what it sees within its view angle and range where nothing stands in the way.

    What a camera does not say of itself is assumed as its layer states; `chord_error_m` is as for `ServiceArea`.
    """

    model_config = _FROZEN

    model: Literal["field_of_view"] = "field_of_view"
    chord_error_m: float = Field(default=0.5, gt=0, le=100)


def _footprint_model(value: Any) -> str:
    """Name the footprint model that a value is, or means to be; a service area where it does not say."""
    return str(value.get("model", "service_area") if isinstance(value, dict) else getattr(value, "model", ""))


Footprint = Annotated[
    Annotated[ServiceArea, Tag("service_area")] | Annotated[FieldOfView, Tag("field_of_view")],
    Discriminator(_footprint_model),
]


class SourceSelection(BaseModel):
    """The features of one layer that reach: all of them, or those of the kinds named."""

    model_config = _FROZEN

    layer: str = Field(min_length=1)
    kinds: tuple[str, ...] = ()

    @field_validator("kinds")
    @classmethod
    def _canonical(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(kinds)))


MOST_DEPTH = 20
"""The greatest depth that a question may tell apart."""


class ZoneWeight(BaseModel):
    """One figure of a table that is joined to the zones, by which they count: more where it is higher."""

    model_config = _FROZEN

    layer: str = Field(min_length=1)
    attribute: str = Field(min_length=1)


class Question(BaseModel):
    """What is asked: who reaches, how far, which zones are measured, on which day, under which assumption.

    Gaps come in pieces of `gap_cell_m`; depth is told apart up to `depth_cap`. `demand` names the layers of what
    should be covered: the first ranks the gaps. `zone_weight` names a figure by which zones count.

    Two questions that mean the same are equal and have the same `key`, whatever order they were written in.
    """

    model_config = _FROZEN

    theme: Theme
    sources: tuple[SourceSelection, ...] = Field(min_length=1)
    statuses: tuple[Status, ...] = (Status.OPERATING,)
    footprint: Footprint
    zone_system: str = Field(min_length=1)
    at: date
    case: Case = Case.MID
    gap_cell_m: float = Field(default=500, ge=10, le=100_000)
    depth_cap: int = Field(default=3, ge=3, le=MOST_DEPTH)
    demand: tuple[str, ...] = ()
    zone_weight: ZoneWeight | None = None

    @field_validator("sources")
    @classmethod
    def _one_selection_a_layer(cls, sources: tuple[SourceSelection, ...]) -> tuple[SourceSelection, ...]:
        ordered = tuple(sorted(set(sources), key=lambda source: (source.layer, source.kinds)))
        layers = [source.layer for source in ordered]
        twice = sorted({layer for layer in layers if layers.count(layer) > 1})
        if twice:
            raise Unfit(message("layer %(layer)s is named twice; name all its kinds in one entry"), {"layer": twice[0]})
        return ordered

    @field_validator("statuses")
    @classmethod
    def _canonical_statuses(cls, statuses: tuple[Status, ...]) -> tuple[Status, ...]:
        if not statuses:
            raise Unfit(message("at least one status must be named"))
        return tuple(sorted(set(statuses)))

    @model_validator(mode="after")
    def _footprint_fits_the_theme(self) -> Self:
        if isinstance(self.footprint, FieldOfView) != (self.theme is Theme.CAMERAS):
            given = {"theme": str(self.theme), "model": self.footprint.model}
            raise Unfit(message("%(theme)s cannot have the footprint model %(model)s"), given)
        return self

    @property
    def same_landmass(self) -> bool:
        """Whether footprints are cut to the landmass they stand on; cameras see what is in range."""
        return isinstance(self.footprint, ServiceArea) and self.footprint.same_landmass

    @property
    def key(self) -> str:
        """The canonical hash, 32 hexadecimal digits: the only key of caches, tiles and ETags."""
        return _canonical_hash(self)

    @property
    def range_m(self) -> float | None:
        """The range that the question's own case takes, in metres; None where each camera or layer has its own."""
        return self.range_in(self.case)

    def range_in(self, case: Case) -> float | None:
        """Give the range of one case, in metres; None where each camera or layer has its own."""
        return self.footprint.range_m.at(case) if isinstance(self.footprint, ServiceArea) else None

    def in_case(self, case: Case) -> Question:
        """Ask the same under another assumption."""
        return self.model_copy(update={"case": case})


class Difference(BaseModel):
    """What is asked of two questions: the ground that the second covers and the first does not, and the reverse.

    Both must measure the same zones.
    """

    model_config = _FROZEN

    before: Question
    after: Question

    @model_validator(mode="after")
    def _same_zones(self) -> Self:
        if self.before.zone_system != self.after.zone_system:
            msg = f"both must ask for one zone system, not {self.before.zone_system} and {self.after.zone_system}"
            raise ValueError(msg)
        return self

    @property
    def key(self) -> str:
        """The canonical hash, 32 hexadecimal digits; the reverse difference has another."""
        return _canonical_hash(self)


def _canonical_hash(asked: BaseModel) -> str:
    canonical = orjson.dumps(asked.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical).hexdigest()[:32]
