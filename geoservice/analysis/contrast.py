"""What differs between two questions beside their answers, so that a change is not taken for what it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from geoservice.catalog import Catalog
from geoservice.i18n import Text
from geoservice.question import Question, ServiceArea
from geoservice.vocabulary import FULL_CIRCLE_DEG, Case, Status, Theme

Value = Text | Theme | Case | Status | date | float | bool


class Aspect(StrEnum):
    """In what two questions may differ."""

    THEME = "theme"
    POSITIONS = "positions"
    RANGE = "range_m"
    VIEW = "view_angle_deg"
    LANDMASS = "same_landmass"
    CASE = "case"
    STATUSES = "statuses"
    LAYERS = "layers"
    KINDS = "kinds"
    DAY = "at"


ASSUMED = frozenset({Aspect.THEME, Aspect.POSITIONS, Aspect.RANGE, Aspect.VIEW, Aspect.LANDMASS, Aspect.CASE})
"""What can move a figure though nothing on the ground has changed."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One aspect in which two questions differ, and its values on both sides; of layers those on one side alone.

    Positions are True where all are published; ranges are in metres and angles in degrees.
    """

    aspect: Aspect
    before: tuple[Value, ...]
    after: tuple[Value, ...]

    @property
    def is_assumed(self) -> bool:
        """Whether the figures may differ by this alone, with nothing changed on the ground."""
        return self.aspect in ASSUMED


def contrasts(catalog: Catalog, before: Question, after: Question) -> tuple[Contrast, ...]:
    """List in what two questions differ, the weightiest first; the layers of both must be there."""
    aspects = [_aspects(catalog, one) for one in (before, after)]
    found = []
    for aspect in Aspect:
        first, second = (one.get(aspect, ()) for one in aspects)
        if aspect in (Aspect.LAYERS, Aspect.KINDS):
            first, second = _without(first, second), _without(second, first)
        if first != second:
            found.append(Contrast(aspect, first, second))
    return tuple(found)


def _without(some: tuple[Value, ...], others: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(value for value in some if value not in others)


def _aspects(catalog: Catalog, question: Question) -> dict[Aspect, tuple[Value, ...]]:
    manifests = [catalog.layers[source.layer].manifest for source in question.sources]
    kinds = [
        catalog.layers[source.layer].manifest.kinds.get(kind, Text(en=kind.replace("_", " ")))
        for source in question.sources
        for kind in source.kinds
    ]
    return {
        Aspect.THEME: (question.theme,),
        Aspect.POSITIONS: (not any(manifest.illustrative for manifest in manifests),),
        **_assumed_reach(catalog, question),
        Aspect.LANDMASS: (question.same_landmass,),
        Aspect.CASE: (question.case,),
        Aspect.STATUSES: question.statuses,
        Aspect.LAYERS: tuple(manifest.title for manifest in manifests),
        Aspect.KINDS: tuple(kinds),
        Aspect.DAY: (question.at,),
    }


def _assumed_reach(catalog: Catalog, question: Question) -> dict[Aspect, tuple[Value, ...]]:
    """Give how far is taken to be reached, and within which angle; of cameras what their layers assume."""
    if isinstance(question.footprint, ServiceArea):
        return {Aspect.RANGE: (question.footprint.range_m.at(question.case),)}
    layers = [catalog.layers[source.layer] for source in question.sources]
    cameras = [(layer, layer.manifest.camera) for layer in layers if layer.manifest.camera is not None]
    ranges = {assumed.range_m.at(question.case) for _, assumed in cameras}
    angles = {
        FULL_CIRCLE_DEG if looks_all_round else assumed.view_angle_deg.at(question.case)
        for layer, assumed in cameras
        for looks_all_round in layer.features["bearing_deg"].isna().unique()
    }
    return {Aspect.RANGE: tuple(sorted(ranges)), Aspect.VIEW: tuple(sorted(angles))}
