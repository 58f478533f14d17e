"""A camera programme as a region declares it: its stages by date, from which an illustrative plan is made."""

from __future__ import annotations

import shlex
from datetime import date
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from geoservice.catalog.manifest import CameraDefaults, Credit, Identifier
from geoservice.errors import NotFoundError, message, there_are
from geoservice.i18n import Text

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Stage(BaseModel):
    """How far the programme is on a day, counted from its beginning.

    A site carries sets and a set cameras; integrated cameras are other bodies' own. `note` says what of this is
    published and what is assumed.
    """

    model_config = _FROZEN

    id: Identifier
    valid_from: date = Field(strict=True)
    own_sets: int = Field(ge=1)
    own_cameras: int = Field(ge=1)
    integrated_cameras: int = Field(default=0, ge=0)
    sites_per_set: float = Field(default=1, gt=0, le=1)
    note: Text

    @property
    def cameras(self) -> int:
        """All cameras, own and integrated."""
        return self.own_cameras + self.integrated_cameras


class Programme(BaseModel):
    """The programme, and how its illustrative plan is spread: by `population`, a field of the zones, near streets.

    `street_layers` are the layers whose points count as known places by a street; without them every layer of
    facilities, cameras and candidates does, and another layer moves the plan. `table` is the layer of what is published
    of it, by date.
    """

    model_config = _FROZEN

    table: Identifier | None = None
    prefix: Identifier
    title: Text
    zone_system: Identifier
    population: str
    near_m: float = Field(default=150, gt=0)
    street_layers: tuple[Identifier, ...] = ()
    seed: int = Field(default=1, ge=0)
    camera: CameraDefaults
    source: Credit
    licence: Credit
    stages: tuple[Stage, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _growing(self) -> Self:
        for before, after in pairwise(self.stages):
            fields = ("valid_from", "own_sets", "own_cameras", "integrated_cameras")
            shrunk = [name for name in fields if getattr(after, name) < getattr(before, name)]
            if shrunk:
                msg = f"stage {after.id} has a smaller {shrunk[0]} than stage {before.id}; stages contain those before"
                raise ValueError(msg)
        if any(stage.own_cameras < stage.own_sets for stage in self.stages):
            msg = "a set has at least one camera"
            raise ValueError(msg)
        return self

    def up_to(self, stage_id: str) -> tuple[Stage, ...]:
        """Give the stages up to one; raises NotFoundError."""
        ids = [stage.id for stage in self.stages]
        if stage_id not in ids:
            raise NotFoundError(message("stage"), stage_id, advice=there_are(ids))
        return self.stages[: ids.index(stage_id) + 1]

    def layer_of(self, stage: Stage) -> str:
        """Name the layer of the illustrative plan of a stage."""
        return f"{self.prefix}-plan-{stage.id}"

    def command(self, stage: Stage, seed: int, near: str | None = None) -> str:
        """Give the command that makes a plan: with its seed where it is not the region's, and its street points."""
        words = ["geoservice", "plan", "illustrate", "--stage", stage.id]
        words += [] if seed == self.seed else ["--seed", str(seed)]
        words += [] if near is None else ["--near", near]
        return shlex.join(words)

    def command_of(self, layer_id: str) -> str | None:
        """Give the command that makes the plan of a layer's name; None for a layer that is none of them."""
        stage = next((stage for stage in self.stages if self.layer_of(stage) == layer_id), None)
        return None if stage is None else self.command(stage, self.seed)
