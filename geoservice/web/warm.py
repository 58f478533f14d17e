"""What a service makes before anyone asks, so that nobody waits for it and processes that part later share it."""

from __future__ import annotations

import logging

from geoservice.catalog.opening import Progress
from geoservice.collections.derived import DERIVED
from geoservice.errors import BusyError
from geoservice.tiles.matrix_set import WEB_MERCATOR
from geoservice.web.service import Service

_log = logging.getLogger("geoservice")


def warm_layers(state: Service, progress: Progress | None = None) -> None:
    """Write the features of all layers, index them, and make what their tiles in the web's grid are written from."""
    web_grid = state.tiles.matrix_set(WEB_MERCATOR)
    for count, layer_id in enumerate(state.catalog.layers, start=1):
        if progress is not None:
            progress(layer_id, count, len(state.catalog.layers))
        collection = state.library.get(layer_id)
        collection.prepare()
        state.prepared.of(collection)
        state.tiles.prepare(collection, web_grid)


def warm_answers(state: Service, progress: Progress | None = None) -> None:
    """Answer the featured questions, and then make their collections.

    One that cannot be answered says so on its page. Where readers keep the service busy, what they ask for goes first:
    the rest is made once it is asked for.
    """
    featured = [named for named in state.catalog.region.questions if named.featured]
    ready = [named for named in featured if state.problem_of(named) is None]
    try:
        for count, named in enumerate(ready, start=1):
            if progress is not None:
                progress(named.id, count, len(ready))
            state.answers(state.catalog.question(named.id))
        for named in ready:
            for derived in DERIVED:
                state.library.get(f"{named.id}-{derived.suffix}")
    except BusyError as error:
        _log.info("Not all is made before it is asked for: %s", error)
