from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoservice.coverage.demand import demand_of_pieces

PIECES = np.array([shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], dtype=object)
WEST_HALF = np.array([shapely.box(0, 0, 50, 100), shapely.Polygon()], dtype=object)


def test_a_polygon_shares_its_weight_out_by_area() -> None:
    demand = np.array([shapely.box(50, 0, 150, 100)], dtype=object)
    found = demand_of_pieces(demand, np.array([80.0]), PIECES, WEST_HALF)
    assert found.total == pytest.approx([40, 40])
    assert found.covered == pytest.approx([0, 0])


def test_a_line_shares_its_weight_out_by_length() -> None:
    demand = np.array([shapely.LineString([(0, 10), (200, 10)])], dtype=object)
    found = demand_of_pieces(demand, np.array([8.0]), PIECES, WEST_HALF)
    assert found.total == pytest.approx([4, 4])
    assert found.covered == pytest.approx([2, 0])


def test_a_point_counts_where_it_is_and_on_a_border_only_once() -> None:
    demand = shapely.points([[10, 10], [100, 50], [150, 50], [999, 999]])
    found = demand_of_pieces(demand, np.array([1.0, 2.0, 4.0, 8.0]), PIECES, WEST_HALF)
    assert found.total.tolist() == [3, 4]
    assert found.covered.tolist() == [1, 0]


def test_all_kinds_together_add_up() -> None:
    demand = np.array(
        [shapely.Point(10, 10), shapely.LineString([(0, 10), (200, 10)]), shapely.box(0, 0, 200, 100)], dtype=object
    )
    found = demand_of_pieces(demand, np.array([1.0, 10.0, 100.0]), PIECES, PIECES)
    assert found.total.sum() == pytest.approx(111)
    assert found.covered == pytest.approx(found.total)


def test_no_demand_is_nothing() -> None:
    found = demand_of_pieces(np.array([], dtype=object), np.array([]), PIECES, WEST_HALF)
    assert found.total.tolist() == [0, 0]
