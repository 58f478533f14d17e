"""Outlines are the same however many threads make them."""

from __future__ import annotations

import numpy as np
import pytest

from geoservice.coverage import outlines
from geoservice.coverage.outlines import Outlines, outlines_of_views


def drawn(count: int) -> Outlines:
    """Outline views of all kinds, some of them quarters that end where a half of their circle does."""
    random = np.random.default_rng(5)
    angle = random.choice([60.0, 90.0, 180.0, 270.0, 360.0], count)
    bearing = np.where(random.random(count) < 0.5, 315.0, random.uniform(0, 360, count))
    near = random.choice([0.0, 2.0], count)
    return outlines_of_views(random.uniform(0, 900, (count, 2)), bearing, angle, random.uniform(5, 60, count), near)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 250])
@pytest.mark.parametrize("threads", [2, 3, 16])
def test_views_outlined_in_portions_are_those_outlined_at_once(
    monkeypatch: pytest.MonkeyPatch, count: int, threads: int
) -> None:
    """Edge by edge and bound by bound, though some need less room than is kept for them."""
    whole = drawn(count)
    monkeypatch.setattr(outlines, "VIEWS_A_PORTION", 1)
    monkeypatch.setattr(outlines, "cores", lambda: threads)
    parts = drawn(count)
    for one, other in ((whole.edges, parts.edges), (whole.first, parts.first), (whole.bounds, parts.bounds)):
        np.testing.assert_array_equal(one, other)
    assert parts.first[-1] == len(parts.edges)


def test_some_views_need_less_room_than_is_kept() -> None:
    """Or the test above would show nothing."""
    start, width, near = (np.array([value]) for value in (np.pi / 2, np.pi / 2, 0.0))
    assert outlines._room(start, width, near)[-1] == 4
    assert len(outlines_of_views(np.zeros((1, 2)), *(np.array([v]) for v in (315.0, 90.0, 5.0, 0.0))).edges) == 3
