"""The catalogue: a folder of layers, read whole, checked row by row and layer against layer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geoservice.catalog.joining import JoinedTable, ZoneFigure, join_table
from geoservice.catalog.layer import BrokenLayer, Layer
from geoservice.catalog.problems import NO_FOLDER, NOT_GENERATED, Problem, Severity
from geoservice.catalog.region import NamedDifference, NamedQuestion, Region, ZoneSystem
from geoservice.catalog.tables import why_not_shown
from geoservice.catalog.timeline import Timeline
from geoservice.catalog.zoning import parent_of
from geoservice.crs import ServedCrs, WorkingCrs
from geoservice.errors import NotFoundError, QuestionError, Said, message, there_are
from geoservice.question import Difference, Question
from geoservice.vocabulary import THEME_ROLE, Case, Role

ZONE_COLUMNS = ("zone_id", "name_en", "name_zh", "parent_id")

DIFFERENCE_ADVICE = message(
    "'%(id)s' is a difference of two questions: it is answered at /compare?difference=%(id)s, in its collections, "
    "and by geoservice difference %(id)s."
)
"""What is said where a question is wanted and a difference is named."""


@dataclass(frozen=True, eq=False)
class Catalog:
    """All layers of a region: those that loaded, those that could not be read, and the questions asked of them."""

    path: Path
    region: Region
    working: WorkingCrs
    layers: Mapping[str, Layer]
    broken: Mapping[str, BrokenLayer]

    @cached_property
    def served_crs(self) -> tuple[ServedCrs, ...]:
        """The systems that features are served in, CRS 84 first."""
        return self.region.systems()

    @cached_property
    def version(self) -> str:
        """A hash that changes with any byte of region.toml or of any layer."""
        digest = hashlib.sha256((self.path / "region.toml").read_bytes())
        for layer in self.layers.values():
            digest.update(f"{layer.id}={layer.version};".encode())
        for broken in self.broken.values():
            digest.update(f"{broken.id}!{broken.problem.reason};".encode())
        return digest.hexdigest()[:16]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem of every layer, accepted or not, and of what region.toml asks or shows that cannot be."""
        found = [problem for layer in self.layers.values() for problem in layer.problems]
        found.extend(broken.problem for broken in self.broken.values())
        found.extend(self.question_problems)
        found.extend(self.table_problems)
        return tuple(found)

    @cached_property
    def table_problems(self) -> tuple[Problem, ...]:
        """What region.toml wants shown as a table and cannot be, though its layer was read."""
        return tuple(why_not_shown(self.region, self.layers))

    @cached_property
    def question_problems(self) -> tuple[Problem, ...]:
        """The named questions that cannot be answered though all their layers were read: those say so themselves."""
        found = []
        for position, named in enumerate(self.region.questions, start=1):
            needed = {source.layer for source in named.sources} | set(named.demand)
            needed |= {named.zone_weight.layer} if named.zone_weight else set()
            needed |= {layer} if (layer := self.zone_system(named.zone_system).layer) else set()
            needed |= {self.region.land.layer} if self.region.land else set()
            error = None if needed & self.broken.keys() else self.why_unanswerable(self.question(named.id))
            if error is not None:
                problem = Problem(
                    layer=self.region.id,
                    file="region.toml",
                    code="question-unanswerable",
                    severity=Severity.ERROR,
                    field=f"question[{position}]",
                    feature_id=named.id,
                    reason=error.reason,
                    advice=error.advice,
                )
                found.append(problem)
        return tuple(found)

    @property
    def open_problems(self) -> tuple[Problem, ...]:
        """The problems that nobody has accepted."""
        return tuple(problem for problem in self.problems if problem.accepted is None)

    @property
    def unexpectedly_broken(self) -> tuple[BrokenLayer, ...]:
        """The layers that could not be read, but for those that nobody has asked to be made yet."""
        return tuple(broken for broken in self.broken.values() if broken.problem.accepted is None)

    def is_illustrative(self, named: NamedQuestion) -> bool:
        """Tell whether anything that a question's figures rest on is made up: what reaches, a demand, a weight."""
        ids = [*(source.layer for source in named.sources), *named.demand]
        if named.zone_weight is not None:
            ids.append(named.zone_weight.layer)
        manifests = [self.layers[one].manifest for one in ids if one in self.layers]
        manifests += [b.manifest for one in ids if (b := self.broken.get(one)) and b.manifest is not None]
        return any(manifest.illustrative for manifest in manifests)

    def layer(self, layer_id: str) -> Layer:
        """Give one layer; raises NotFoundError, with the reason if it is there but could not be read."""
        if layer_id in self.layers:
            return self.layers[layer_id]
        advice = self.advice_on(layer_id) if self.is_expected(layer_id) else there_are(self.layers)
        raise NotFoundError(message("layer"), layer_id, advice=advice)

    def with_role(self, role: Role) -> list[Layer]:
        """Give the layers of one role, in the order of their ids."""
        return [layer for layer in self.layers.values() if layer.manifest.role is role]

    def named_question(self, question_id: str) -> NamedQuestion:
        """Give one named question; raises NotFoundError."""
        for named in self.region.questions:
            if named.id == question_id:
                return named
        if any(one.id == question_id for one in self.region.differences):
            advice = Said(DIFFERENCE_ADVICE, {"id": question_id})
            raise NotFoundError(message("question"), question_id, advice=advice)
        raise NotFoundError(
            message("question"), question_id, advice=there_are(named.id for named in self.region.questions)
        )

    def question(self, question_id: str, *, at: date | None = None, case: Case | None = None) -> Question:
        """Ask a named question for a day (its own, or today) in a case (its own); raises NotFoundError."""
        return self.named_question(question_id).ask_on(at, case)

    def named_difference(self, difference_id: str) -> NamedDifference:
        """Give one named difference; raises NotFoundError."""
        for named in self.region.differences:
            if named.id == difference_id:
                return named
        known = there_are(named.id for named in self.region.differences)
        raise NotFoundError(message("difference"), difference_id, advice=known)

    def timeline(self, timeline_id: str) -> Timeline:
        """Give one timeline; raises NotFoundError."""
        for timeline in self.region.timelines:
            if timeline.id == timeline_id:
                return timeline
        known = there_are(timeline.id for timeline in self.region.timelines)
        raise NotFoundError(message("timeline"), timeline_id, advice=known)

    def table(self, layer_id: str | None) -> Layer | None:
        """Give a layer that is shown as a table; None where none is named, or it is none, or could not be read."""
        layer = self.layers.get(layer_id) if layer_id is not None else None
        return layer if layer is not None and layer.manifest.role is Role.TABLE else None

    def difference(
        self,
        difference_id: str,
        *,
        before_at: date | None = None,
        at: date | None = None,
        case: Case | None = None,
    ) -> Difference:
        """Ask a named difference for two days (its own, or today) in one case (its own); raises NotFoundError."""
        named = self.named_difference(difference_id)
        before, after = named.before, named.after
        return Difference(
            before=self.question(before.question, at=before_at or before.at, case=case or before.case),
            after=self.question(after.question, at=at or after.at, case=case or after.case),
        )

    def name_of(self, question: Question) -> NamedQuestion | None:
        """Give the named question that this is, for whatever day and case; None for one that has no name."""
        for named in self.region.questions:
            if named.ask(question.at, question.case) == question:
                return named
        return None

    def known_from(self, question: Question) -> date | None:
        """Give the first day that the layers which a question counts tell of; None where none of them is to be had.

        A layer tells of the day that it is as of, and of the days from which its places are said to be there.
        """
        layers = [self.layers[source.layer] for source in question.sources if source.layer in self.layers]
        days = [layer.manifest.as_of for layer in layers]
        days += [day for layer in layers for day in layer.placed["valid_from"] if day is not None]
        return min(days, default=None)

    def check_question(self, question: Question) -> None:
        """Raise QuestionError unless every layer, kind and zone system that a question names can be used."""
        system = self.zone_system(question.zone_system)
        if system.layer is None or system.layer not in self.layers:
            raise self._missing(message("The zones of '%(layer)s' are not to be had."), system.id, system)
        self._check_role(system.layer, Role.ZONE)
        if question.same_landmass and self.region.land is not None and self.region.land.layer in self.layers:
            self._check_role(self.region.land.layer, Role.LAND, Role.ZONE)
        self._check_sources(question)
        self._check_demand(question)
        self._check_zone_weight(question)
        if question.same_landmass and self.landmasses.empty:
            raise QuestionError(
                message("The question is cut to landmasses, but the region's land layer is not to be had.")
            )

    def _check_role(self, layer_id: str, *roles: Role) -> None:
        role = self.layers[layer_id].manifest.role
        if role not in roles:
            raise QuestionError(
                message("The layer '%(layer)s' cannot be used as %(wanted)s: its role is %(role)s."),
                values={"layer": layer_id, "wanted": str(roles[0]), "role": str(role)},
            )

    def _check_sources(self, question: Question) -> None:
        role = THEME_ROLE[question.theme]
        for source in question.sources:
            if source.layer not in self.layers:
                raise self._missing(message("The question needs the layer '%(layer)s'."), source.layer)
            layer = self.layers[source.layer]
            if layer.manifest.role is not role:
                raise QuestionError(
                    message("A question on %(theme)s cannot take the layer '%(layer)s': its role is %(role)s."),
                    values={"theme": str(question.theme), "layer": layer.id, "role": str(layer.manifest.role)},
                )
            for kind in source.kinds:
                if kind not in layer.kinds:
                    raise QuestionError(
                        message("The layer '%(layer)s' has nothing of the kind '%(kind)s'."),
                        values={"layer": layer.id, "kind": kind},
                    )

    def _check_demand(self, question: Question) -> None:
        for demand in question.demand:
            if demand not in self.layers:
                raise self._missing(message("The question weighs by the layer '%(layer)s'."), demand)
            role = self.layers[demand].manifest.role
            if role is not Role.DEMAND:
                raise QuestionError(
                    message("The layer '%(layer)s' is no demand: its role is %(role)s."),
                    values={"layer": demand, "role": str(role)},
                )

    def _check_zone_weight(self, question: Question) -> None:
        weight = question.zone_weight
        if weight is None:
            return
        if weight.layer not in self.layers:
            raise self._missing(message("The question weighs zones by the layer '%(layer)s'."), weight.layer)
        figure = self.weight_figure(question)
        if figure is None:
            there = ", ".join(f.attribute.name for f in self.figures(question.zone_system) if f.layer == weight.layer)
            raise QuestionError(
                message("The layer '%(layer)s' gives the zones of '%(system)s' no figure '%(figure)s' to weigh by."),
                advice=message("It gives: %(there)s.")
                if there
                else message("It gives: none; it needs [join] and numeric attributes."),
                values={
                    "layer": weight.layer,
                    "system": question.zone_system,
                    "figure": weight.attribute,
                    "there": there,
                },
            )
        if figure.lowest < 0:
            raise QuestionError(
                message("The figure '%(figure)s' has values below 0, which cannot weigh zones."),
                values={"figure": figure.column},
            )

    def weight_figure(self, question: Question) -> ZoneFigure | None:
        """Give the figure that a question weighs zones by; None where it names none, or one that is not to be had."""
        weight = question.zone_weight
        figures = self.figures(question.zone_system) if weight is not None else ()
        wanted = (weight.layer, weight.attribute) if weight is not None else None
        return next((f for f in figures if (f.layer, f.attribute.name) == wanted), None)

    def why_unanswerable(self, question: Question) -> QuestionError | None:
        """Say why a question cannot be answered; None if it can."""
        try:
            self.check_question(question)
        except QuestionError as error:
            return error
        return None

    def why_missing(self, layer_id: str) -> QuestionError:
        """Say that a layer is not to be had, why, and what to do about it."""
        return self._missing(message("The layer '%(layer)s' is not to be had."), layer_id)

    def _missing(self, reason: str, name: str, system: ZoneSystem | None = None) -> QuestionError:
        """Say that a layer, or that of a zone system, is not to be had, and why."""
        if system is not None and system.note is not None:
            advice = Said("%(note)s", {"note": system.note})
        else:
            advice = self.advice_on(name if system is None else system.layer or "")
        return QuestionError(Said(reason, {"layer": name}), advice=advice)

    def is_expected(self, layer_id: str) -> bool:
        """Tell whether a layer that is not to be had is one that could not be read, or a plan that can be made."""
        return layer_id in self.broken or self._made_by(layer_id) is not None

    def advice_on(self, layer_id: str) -> Said:
        """Say why a layer is not to be had, and the command that makes it where there is one."""
        if (command := self._made_by(layer_id)) is not None:
            return Said(message("It has not been made yet. Run: %(command)s"), {"command": command})
        broken = self.broken.get(layer_id)
        if broken is None:
            return Said(message("There is no such layer."))
        why = " ".join(filter(None, [broken.problem.reason, broken.problem.advice]))
        return Said(message("It could not be read: %(why)s"), {"why": why})

    def _made_by(self, layer_id: str) -> str | None:
        """Give the command that makes a layer which is not there yet; None where there is none."""
        broken, programme = self.broken.get(layer_id), self.region.programme
        if layer_id in self.layers or (broken is not None and broken.problem.code not in (NOT_GENERATED, NO_FOLDER)):
            return None
        if broken is not None and broken.manifest is not None:
            return broken.manifest.generated_by
        return programme.command_of(layer_id) if programme is not None else None

    def zone_system(self, system_id: str) -> ZoneSystem:
        """Give one zone system; raises NotFoundError."""
        for system in self.region.zone_systems:
            if system.id == system_id:
                return system
        raise NotFoundError(message("zone system"), system_id)

    def zones(self, system_id: str) -> gpd.GeoDataFrame:
        """Give the zones of a system in the working CRS: zone_id, name_en, name_zh, parent_id, attributes, geometry.

        Sorted by id; empty where the outlines are not published or could not be read.
        """
        return self._zones[system_id]

    @cached_property
    def _zones(self) -> dict[str, gpd.GeoDataFrame]:
        return {system.id: self._zone_frame(system) for system in self.region.zone_systems}

    def _zone_frame(self, system: ZoneSystem) -> gpd.GeoDataFrame:
        layer = self.layers.get(system.layer) if system.layer else None
        if layer is None:
            return gpd.GeoDataFrame({column: [] for column in ZONE_COLUMNS}, geometry=[], crs=self.working.crs)
        frame = layer.placed.rename(columns={"id": "zone_id"}).sort_values("zone_id").reset_index(drop=True)
        frame["name_en"] = frame["name_en"].where(frame["name_en"].notna(), frame["zone_id"])
        parent = self.zone_system(system.within) if system.within else None
        parents = self._zone_frame(parent) if parent else None
        frame["parent_id"] = parent_of(frame, parents) if parents is not None else None
        dropped = ["row", "kind", "status", "valid_from", "valid_to", "owner", "access", "weight"]
        return frame.drop(columns=dropped)

    def figures(self, system_id: str) -> tuple[ZoneFigure, ...]:
        """Give the figures that the zones of a system get from joined tables, in the order of the layers."""
        return self._figures.get(system_id, ())

    @cached_property
    def _figures(self) -> dict[str, tuple[ZoneFigure, ...]]:
        found: dict[str, tuple[ZoneFigure, ...]] = {}
        for layer in self.with_role(Role.TABLE):
            if (join := layer.manifest.join) is not None:
                found[join.zone_system] = (*found.get(join.zone_system, ()), *self.joined(layer).figures)
        return found

    def joined(self, layer: Layer) -> JoinedTable:
        """Look up the zones of a table's rows."""
        join = layer.manifest.join
        system = next((s for s in self.region.zone_systems if join is not None and s.id == join.zone_system), None)
        return join_table(layer, system, self.zones(system.id) if system else pd.DataFrame())

    @cached_property
    def landmasses(self) -> gpd.GeoSeries:
        """The connected parts of the region's land, in the working CRS; empty where no land is declared."""
        land = self.region.land
        if land is None or land.layer not in self.layers:
            return gpd.GeoSeries([], crs=self.working.crs)
        whole = shapely.union_all(self.layers[land.layer].placed.geometry.array)
        return gpd.GeoSeries(shapely.get_parts(whole), crs=self.working.crs)
