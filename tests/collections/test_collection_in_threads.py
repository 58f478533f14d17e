"""A collection is asked by many threads at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import shapely

from geoservice.collections.collection import Box, Collection, Query
from geoservice.i18n import Text

PLACES, THREADS, ROUNDS = 60_000, 8, 2


def test_many_threads_get_the_answers_that_one_gets() -> None:
    """An index that is not made for threads, as rtree's is not, ends the process here."""
    places = np.random.default_rng(8).uniform([113.8, 22.1], [114.5, 22.6], (PLACES, 2))
    collection = Collection(
        id="places",
        title=Text(en="Places"),
        description=Text(en="Places"),
        frame=gpd.GeoDataFrame(geometry=shapely.points(places), crs=4326),
        ids=tuple(str(i) for i in range(PLACES)),
        schema={},
        version="1",
    )
    boxes = [Box(113.8 + i / 40, 22.1, 114.3 + i / 40, 22.6) for i in range(10)]

    def matched(_: int) -> list[int]:
        return [collection.query(Query(limit=1, bbox=box)).matched for box in boxes]

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(matched, range(THREADS * ROUNDS)))
    lon = places[:, 0]
    assert answers == [[int(((lon >= box.west) & (lon <= box.east)).sum()) for box in boxes]] * len(answers)
