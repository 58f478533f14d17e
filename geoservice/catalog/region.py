"""region.toml: what a city says of itself: its plane, its extent, its zones, its questions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from geoservice.catalog.manifest import Identifier
from geoservice.catalog.programme import Programme
from geoservice.catalog.timeline import Timeline
from geoservice.catalog.toml import load_toml
from geoservice.crs import LONLAT_CODE, Extent, ServedCrs, WorkingCrs, crs_code, served_crs, working_crs
from geoservice.errors import CrsError, LayerError, RegionError
from geoservice.i18n import Text
from geoservice.question import (
    DERIVED_SUFFIXES,
    DIFFERENCE_SUFFIXES,
    MOST_DEPTH,
    Footprint,
    Question,
    SourceSelection,
    ZoneWeight,
)
from geoservice.vocabulary import Case, Status, Theme

ALWAYS_SERVED = (LONLAT_CODE, "EPSG:4326", "EPSG:3857")
"""The systems that every region serves its features in."""

_FROZEN = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class ExtentTable(BaseModel):
    """The box within which every position of the region must lie, in degrees of WGS 84."""

    model_config = _FROZEN

    west: float = Field(ge=-180, le=180)
    south: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (self.west < self.east and self.south < self.north):
            msg = "west < east and south < north must hold"
            raise ValueError(msg)
        return self


class ZoneLabels(BaseModel):
    """How labels of zones are written elsewhere: words to leave out, and other names of a zone."""

    model_config = _FROZEN

    strip: tuple[str, ...] = ()
    alias: dict[str, str] = Field(default_factory=dict)


class ZoneSystem(BaseModel):
    """One way to divide the region; `within` names the larger system that it is nested in.

    A system whose outlines are not published has no `layer` and says why in `note`: it is listed, not drawn.
    """

    model_config = _FROZEN

    id: Identifier
    title: Text
    layer: Identifier | None = None
    within: Identifier | None = None
    labels: ZoneLabels = ZoneLabels()
    note: Text | None = None

    @model_validator(mode="after")
    def _published_or_explained(self) -> Self:
        if self.layer is None and self.note is None:
            msg = f"zone system {self.id} has no layer, so a note must say why"
            raise ValueError(msg)
        return self


class Land(BaseModel):
    """The layer whose connected parts are the landmasses; a source within `snap_m` of one stands on it."""

    model_config = _FROZEN

    layer: Identifier
    snap_m: float = Field(default=0, ge=0, le=1000)


class NamedQuestion(BaseModel):
    """A question with a name: its titles, the assumption it rests on, and what it asks."""

    model_config = _FROZEN

    id: Identifier
    title: Text
    description: Text
    assumption: Text
    theme: Theme
    sources: tuple[SourceSelection, ...] = Field(min_length=1)
    statuses: tuple[Status, ...] = (Status.OPERATING,)
    footprint: Footprint
    zone_system: Identifier
    at: date | None = Field(default=None, strict=True)
    case: Case = Case.MID
    gap_cell_m: float = Field(default=500, ge=10, le=100_000)
    depth_cap: int = Field(default=3, ge=3, le=MOST_DEPTH)
    demand: tuple[Identifier, ...] = ()
    zone_weight: ZoneWeight | None = None
    featured: bool = True

    @model_validator(mode="after")
    def _askable(self) -> Self:
        self.ask(date(2000, 1, 1))
        return self

    def ask(self, at: date, case: Case | None = None) -> Question:
        """Make the question for one day, in its own case unless another is asked."""
        return Question(
            theme=self.theme,
            sources=self.sources,
            statuses=self.statuses,
            footprint=self.footprint,
            zone_system=self.zone_system,
            at=at,
            case=case or self.case,
            gap_cell_m=self.gap_cell_m,
            depth_cap=self.depth_cap,
            demand=self.demand,
            zone_weight=self.zone_weight,
        )

    def ask_on(self, at: date | None, case: Case | None = None) -> Question:
        """Make the question for a day, by itself its own, or else today."""
        return self.ask(at or self.at or date.today(), case)  # noqa: DTZ011 - the day here, where the planner is


class Side(BaseModel):
    """One side of a difference: a named question, for a day and in a case of its own where it says so."""

    model_config = _FROZEN

    question: Identifier
    at: date | None = Field(default=None, strict=True)
    case: Case | None = None


class NamedDifference(BaseModel):
    """The difference of two named questions, with a name of its own."""

    model_config = _FROZEN

    id: Identifier
    title: Text
    description: Text
    before: Side
    after: Side


class PublishedDensities(BaseModel):
    """The table of camera densities published elsewhere: its layer, and the field that holds cameras per km²."""

    model_config = _FROZEN

    layer: Identifier
    value: str = Field(min_length=1)
    title: Text
    caution: Text


_Named = ZoneSystem | NamedQuestion | NamedDifference | Timeline


class Region(BaseModel):
    """region.toml, whole."""

    model_config = _FROZEN

    id: Identifier
    title: Text
    working_crs: str
    served_crs: tuple[str, ...] = ()
    extent: ExtentTable
    zone_systems: tuple[ZoneSystem, ...] = ()
    land: Land | None = None
    replace_characters: dict[str, str] = Field(default_factory=dict)
    questions: tuple[NamedQuestion, ...] = Field(default=(), alias="question")
    differences: tuple[NamedDifference, ...] = Field(default=(), alias="difference")
    timelines: tuple[Timeline, ...] = Field(default=(), alias="timeline")
    programme: Programme | None = None
    comparison: PublishedDensities | None = None

    @field_validator("zone_systems", "questions", "differences", "timelines")
    @classmethod
    def _ids_differ(cls, entries: tuple[_Named, ...]) -> tuple[_Named, ...]:
        ids = [entry.id for entry in entries]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            msg = f"the id {twice[0]} is used twice"
            raise ValueError(msg)
        return entries

    @field_validator("replace_characters")
    @classmethod
    def _single_characters(cls, table: dict[str, str]) -> dict[str, str]:
        if any(len(key) != 1 for key in table):
            msg = "replace_characters maps single characters"
            raise ValueError(msg)
        return table

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        systems = {system.id: system for system in self.zone_systems}
        for system in self.zone_systems:
            seen = {system.id}
            parent = system.within
            while parent is not None:
                if parent not in systems:
                    msg = f"zone system {system.id} lies within '{parent}', which is not declared"
                    raise ValueError(msg)
                if parent in seen:
                    msg = f"zone system {system.id} lies within itself"
                    raise ValueError(msg)
                seen.add(parent)
                parent = systems[parent].within
        for question in self.questions:
            if question.zone_system not in systems:
                msg = f"question {question.id} asks for the zone system '{question.zone_system}', which is not declared"
                raise ValueError(msg)
            if question.ask(date(2000, 1, 1)).same_landmass and self.land is None:
                msg = f"question {question.id} is cut to landmasses (same_landmass), but [land] names no layer"
                raise ValueError(msg)
        self._require_comparable()
        self._require_of_one_zone_system()
        return self

    def _require_of_one_zone_system(self) -> None:
        """Raise ValueError unless all stages of a timeline are of named questions on the same zones."""
        questions = {question.id: question for question in self.questions}
        for timeline in self.timelines:
            for stage in timeline.stages:
                if stage.question not in questions:
                    msg = (
                        f"timeline {timeline.id}: stage {stage.id} names '{stage.question}', which is no question here"
                    )
                    raise ValueError(msg)
            systems = sorted({questions[stage.question].zone_system for stage in timeline.stages})
            if len(systems) > 1:
                msg = f"timeline {timeline.id}: its questions ask for the zone systems {' and '.join(systems)}"
                raise ValueError(msg)

    def _require_comparable(self) -> None:
        """Raise ValueError unless every difference is one of two questions on the same zones, with an id of its own."""
        questions = {question.id: question for question in self.questions}
        for difference in self.differences:
            if difference.id in questions:
                msg = f"the id {difference.id} is that of a question and of a difference"
                raise ValueError(msg)
            sides = []
            for name, side in (("before", difference.before), ("after", difference.after)):
                if side.question not in questions:
                    msg = f"difference {difference.id}: {name} names the question '{side.question}', not declared here"
                    raise ValueError(msg)
                sides.append(questions[side.question].zone_system)
            if sides[0] != sides[1]:
                msg = f"difference {difference.id}: its questions ask for the zone systems {sides[0]} and {sides[1]}"
                raise ValueError(msg)

    @property
    def derived_ids(self) -> frozenset[str]:
        """The ids of the collections that questions and differences yield, which no layer may have."""
        of_questions = {f"{question.id}-{suffix}" for question in self.questions for suffix in DERIVED_SUFFIXES}
        of_differences = {f"{one.id}-{suffix}" for one in self.differences for suffix in DIFFERENCE_SUFFIXES}
        return frozenset(of_questions | of_differences)

    @property
    def box(self) -> Extent:
        """The extent as the rest of the house knows it."""
        return Extent(self.extent.west, self.extent.south, self.extent.east, self.extent.north)

    def systems(self) -> tuple[ServedCrs, ...]:
        """Make the systems that features are served in, CRS 84 first; raises CrsError."""
        # A working system without a code of its own has no address that a client could ask for it by.
        working = [self.working_crs] if crs_code(self.working_crs) else []
        codes = dict.fromkeys(crs_code(code) or code for code in (*ALWAYS_SERVED, *working, *self.served_crs))
        return tuple(served_crs(code) for code in codes)

    def plane(self) -> WorkingCrs:
        """Make the working system; raises CrsError if it is unfit to measure in."""
        return working_crs(self.working_crs, self.box)


def load_region(folder: Path) -> tuple[Region, WorkingCrs]:
    """Read region.toml of a folder of layers; raises RegionError: without a region there is nothing to serve."""
    if not folder.is_dir():
        raise RegionError(f"There is no folder {folder}.", advice="Name a folder of layers with --layers.")
    try:
        region = load_toml(folder / "region.toml", Region)
        plane = region.plane()
    except LayerError as error:
        advice = None if error.code != "missing-file" else "A folder of layers has a region.toml at its top."
        raise RegionError(f"region.toml: {error.reason.removesuffix('.')}.", advice=advice or error.advice) from error
    except CrsError as error:
        raise RegionError(f"region.toml: working_crs: {error.reason}", advice=error.advice) from error
    try:
        region.systems()
    except CrsError as error:
        raise RegionError(f"region.toml: served_crs: {error.reason}", advice=error.advice) from error
    return region, plane
