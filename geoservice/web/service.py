"""What a running service holds: its settings, its catalogue, its collections, the answers it has given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from geoservice.cache.whole_files import WholeFiles
from geoservice.catalog import Catalog, NamedQuestion
from geoservice.collections import Library
from geoservice.collections.areas import OwnAreas
from geoservice.collections.temporary import TemporaryQuestions
from geoservice.errors import NotFoundError, QuestionError, message
from geoservice.formats.prepared import PreparedFeatures
from geoservice.kept import Kept
from geoservice.maps.question_map import MapParts
from geoservice.question import Question
from geoservice.search import Index
from geoservice.settings import Settings
from geoservice.tiles import TileStore
from geoservice.web.answers import Answers
from geoservice.web.background import Background
from geoservice.web.turns import Turns

EXTENSION = "geoservice"


@dataclass(frozen=True)
class Service:
    """The state of one application; nothing in it changes but what is kept in memory.

    When the layers change on the disk another state takes its place; `reload_problem` says why that could not be.
    `opened` is when its layers were read; `state_key` tells what all answers depend on, `tiles_key` what all tiles do.
    """

    settings: Settings
    catalog: Catalog
    answers: Answers
    library: Library
    maps: Kept[tuple[str, ...], MapParts]
    names: Kept[str, Index]
    tiles: TileStore
    background: Background | None
    prepared: PreparedFeatures
    downloads: WholeFiles | None
    temporary: TemporaryQuestions
    areas: OwnAreas
    prints: Turns
    opened: dt.datetime
    state_key: str
    tiles_key: str
    reload_problem: str | None = None

    def first_question(self) -> NamedQuestion:
        """Give the question that pages show when none is asked for; raises NotFoundError where there is none."""
        if not self.catalog.region.questions:
            raise NotFoundError(message("question"), "", advice=message("Declare one in region.toml."))
        return self.catalog.region.questions[0]

    def problem_of(self, named: NamedQuestion) -> QuestionError | None:
        """Say why a named question cannot be answered today, or None if it can."""
        return self.problem_with(self.catalog.question(named.id))

    def problem_with(self, *questions: Question) -> QuestionError | None:
        """Say why the first of some questions that cannot be answered cannot, or None if all can."""
        found = (self.catalog.why_unanswerable(question) for question in questions)
        return next(filter(None, found), None)


def service() -> Service:
    """Give the state that this request began with; another may have taken its place since."""
    if "service" not in g:
        g.service = current_app.extensions[EXTENSION]
    return cast(Service, g.service)
