"""Opening the state of a service, and opening it anew when the layers on the disk have changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

from flask import Flask

from geoservice.analysis import KeptAnswers
from geoservice.cache import open_cache
from geoservice.cache.disk import MB
from geoservice.cache.mapped import open_mapped
from geoservice.cache.posted import AREAS_FOLDER, open_posted
from geoservice.cache.whole_files import open_whole_files
from geoservice.catalog import open_catalog
from geoservice.catalog.opening import Progress
from geoservice.collections import Library
from geoservice.collections.areas import OwnAreas
from geoservice.collections.temporary import TemporaryQuestions
from geoservice.errors import GeoserviceError
from geoservice.formats.prepared import PreparedFeatures
from geoservice.kept import Kept
from geoservice.settings import Settings
from geoservice.tiles import TileStore, matrix_sets
from geoservice.web.answers import Answers
from geoservice.web.background import Background
from geoservice.web.service import EXTENSION, Service
from geoservice.web.state import state_key, tiles_key
from geoservice.web.turns import PRINTING, PRINTS_AT_ONCE, Turns

LOOK_EVERY_S = 2.0

_log = logging.getLogger("geoservice")


def open_service(settings: Settings, background: Background | None, progress: Progress | None = None) -> Service:
    """Read the layers into a new state; raises RegionError."""
    opened = dt.datetime.now(dt.UTC).replace(microsecond=0)
    catalog = open_catalog(settings.layers, progress)
    answers = Answers(catalog, settings.cached_answers, KeptAnswers(open_cache(settings)), settings.computations)
    sets = matrix_sets(catalog.region, catalog.working)
    temporary = TemporaryQuestions(catalog, open_posted(settings, catalog.region.id))
    return Service(
        settings=settings,
        catalog=catalog,
        answers=answers,
        library=Library(catalog, answers, settings.cached_answers, answers.compare, temporary),
        maps=Kept(settings.cached_answers),
        names=Kept(1),
        tiles=TileStore(sets, settings.tiles_mb * MB, settings.tiles_prepared_mb * MB),
        background=background,
        prepared=PreparedFeatures(open_mapped(settings), settings.cached_answers + len(catalog.layers)),
        downloads=open_whole_files(settings),
        temporary=temporary,
        areas=OwnAreas(open_posted(settings, catalog.region.id, AREAS_FOLDER)),
        prints=Turns(PRINTS_AT_ONCE, PRINTING),
        opened=opened,
        state_key=state_key(settings, catalog),
        tiles_key=tiles_key(catalog, sets),
    )


def fingerprint(layers: Path) -> str:
    """Hash names, sizes and times of all files of a folder of layers, but not what is in them."""
    digest = hashlib.sha256()
    for path in sorted(layers.rglob("*")):
        if any(part.startswith((".", "_")) for part in path.relative_to(layers).parts):
            continue
        try:
            stat = path.stat()
        except OSError:
            continue  # it went while we looked; the next look sees it gone
        digest.update(f"{path.relative_to(layers)}:{stat.st_size}:{stat.st_mtime_ns};".encode())
    return digest.hexdigest()


class Follower:
    """Follows the layers of one application: when they have changed and come to rest, a new state takes over.

    A folder that cannot be opened any more leaves the old state in place, with the reason in `reload_problem`.
    """

    def __init__(self, app: Flask, opened: Callable[[Service], None] | None = None) -> None:
        self._app = app
        self._opened = opened
        self._seen = self._taken = fingerprint(self.state.settings.layers)
        self._stopped = threading.Event()

    @property
    def state(self) -> Service:
        """The state that new requests begin with."""
        return cast(Service, self._app.extensions[EXTENSION])

    def start(self) -> None:
        """Look every two seconds, in a thread of its own, until stopped."""
        threading.Thread(target=self._follow, name="follow-layers", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()

    def _follow(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            self.look()

    def look(self) -> bool:
        """Take the layers up if they have changed and did not change since the last look; tell whether it did."""
        now = fingerprint(self.state.settings.layers)
        resting, self._seen = now == self._seen, now
        if not resting or now == self._taken:
            return False
        self._taken = now
        old = self.state
        try:
            fresh = open_service(old.settings, old.background)
        except GeoserviceError as error:
            _log.warning("The layers have changed but cannot be opened: %s", error)
            self._app.extensions[EXTENSION] = replace(old, reload_problem=str(error))
            return False
        self._app.extensions[EXTENSION] = fresh
        _log.info("The layers have changed and were taken up.")
        if self._opened is not None:
            self._opened(fresh)
        return True
