"""Depth and the largest single loss, against unions of overlaps in plain Shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from conftest import finely

from geoservice.analysis import Analysis
from geoservice.analysis.depth import depth_figures
from geoservice.analysis.reach import reaches_of
from geoservice.analysis.sources import footprints_of
from geoservice.catalog import Catalog


def overlaps(shapes: np.ndarray) -> np.ndarray:
    """Intersect every two shapes that meet."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    return shapely.intersection(shapes[a[a < b]], shapes[b[a < b]])


@pytest.fixture(scope="module")
def fine(hong_kong: Catalog, stations: Analysis) -> np.ndarray:
    """What stations reach, as polygons that tell arcs to a billionth."""
    return np.asarray(footprints_of(hong_kong, finely(stations.question), stations.sources).array, dtype=object)


def test_shares_of_ground_reached_by_two_are_the_union_of_overlaps(stations: Analysis, fine: np.ndarray) -> None:
    shapes = fine
    twice = shapely.union_all(overlaps(shapes))
    wanted = shapely.area(shapely.intersection(np.asarray(stations.zones.geometry.array), twice))
    found = stations.zones["covered_share_2"] * stations.zones["zone_area_m2"]
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-2)
    assert (wanted > 0).sum() > 8


@pytest.mark.soak
def test_the_largest_loss_is_what_the_union_loses_without_that_station(stations: Analysis, fine: np.ndarray) -> None:
    shapes = fine
    alone = np.array(
        [s.difference(shapely.union_all(np.delete(shapes, i))) for i, s in enumerate(shapes)], dtype=object
    )
    grounds = np.asarray(stations.zones.geometry.array)
    losses = shapely.area(shapely.intersection(grounds[:, None], alone[None, :]))
    np.testing.assert_allclose(stations.zones["largest_single_loss_m2"], losses.max(axis=1), rtol=1e-9, atol=1e-2)
    named = stations.sources["id"].to_numpy()[losses.argmax(axis=1)]
    clear = np.sort(losses, axis=1)[:, -1] - np.sort(losses, axis=1)[:, -2] > 1
    assert clear.sum() > 10
    assert stations.zones["largest_single_loss_id"].to_numpy()[clear].tolist() == named[clear].tolist()


def test_shares_fall_with_depth(stations: Analysis) -> None:
    zones = stations.zones
    assert (zones["covered_share"] >= zones["covered_share_2"] - 1e-12).all()
    assert (zones["covered_share_2"] >= zones["covered_share_3"] - 1e-12).all()


def test_a_question_may_tell_more_depths_apart(hong_kong: Catalog, stations: Analysis) -> None:
    reaches = reaches_of(hong_kong, stations.question, stations.sources)
    deep = depth_figures(stations.zones, reaches, stations.sources, 6)
    assert [name for name in deep if name.startswith("covered_share")] == [f"covered_share_{k}" for k in range(2, 7)]
    np.testing.assert_allclose(deep["covered_share_3"], stations.zones["covered_share_3"], rtol=1e-9, atol=1e-15)


def test_without_sources_nothing_is_lost(stations: Analysis) -> None:
    nothing = depth_figures(stations.zones, [], stations.sources.iloc[:0], 3)
    assert not nothing["covered_area_m2"].any()
    assert not nothing["covered_share_2"].any()
    assert not nothing["largest_single_loss_m2"].any()
    assert nothing["largest_single_loss_id"].tolist() == [None] * len(stations.zones)
