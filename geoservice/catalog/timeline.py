"""A timeline as a region declares it: stages by date, what each shows, and what is published of it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from geoservice.catalog.manifest import Identifier
from geoservice.i18n import Text

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StageKind(StrEnum):
    """Whether what a stage counts stood on its day, or was to stand by then."""

    INSTALLED = "installed"
    PLANNED = "planned"


class TimelineStage(BaseModel):
    """One stop of a timeline: a named question as on the day `at`, and the rows of the table that are published of it.

    Whether its positions are made up is not declared: it follows from the layers of the question.
    """

    model_config = _FROZEN

    id: Identifier
    title: Text
    at: date = Field(strict=True)
    kind: StageKind
    question: Identifier
    published: tuple[str, ...] = ()
    note: Text | None = None


class Timeline(BaseModel):
    """Stages in the order of their days; `table` is the layer, of the role table, with what is published of them."""

    model_config = _FROZEN

    id: Identifier
    title: Text
    description: Text
    table: Identifier | None = None
    stages: tuple[TimelineStage, ...] = Field(min_length=1, alias="stage")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        ids = [stage.id for stage in self.stages]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            msg = f"timeline {self.id}: the stage {twice[0]} is there twice"
            raise ValueError(msg)
        for before, after in pairwise(self.stages):
            if after.at <= before.at:
                msg = f"timeline {self.id}: stage {after.id} must be later than stage {before.id}"
                raise ValueError(msg)
        untold = next((stage.id for stage in self.stages if stage.published and self.table is None), None)
        if untold is not None:
            msg = f"timeline {self.id}: stage {untold} names published rows, but there is no table"
            raise ValueError(msg)
        return self
