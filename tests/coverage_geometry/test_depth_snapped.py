"""Polygons on coarse grids, turned by quarters, far from the origin: sides on sides and on the sides of cells."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoservice.coverage.cover import cover_pieces
from geoservice.coverage.depth import depth_by_zone
from geoservice.coverage.outlines import outlines_of_polygons
from geoservice.coverage.rims import on_the_rim

Shapes = np.ndarray
QUICK = 40
LEANING = (480, 670, 1038, 2344, 24108, 38638)
"""Sides that lean by rounding on the sides of tiles, and where an overlay without a grid fails or is wrong."""
NECK_M = 1e-6
"""Sides that lean by rounding leave necks as wide as that, which join what is covered with what is not."""


class Drawn:
    """Shapes and zones made from a seed."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.grid = self.rng.choice([0.0, 0.5, 1, 2, 4, 8, 16])
        shapes, zones = self.some(self.rng.integers(1, 40), 200), self.some(self.rng.integers(1, 5), 250)
        if self.rng.random() < 0.4:
            zones = np.array([shapely.union_all(zones)], dtype=object)
        turn = np.radians(self.rng.choice([0, 90, 180, 270, self.rng.uniform(0, 360)]))
        matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        self.far_m = self.rng.choice([0.0, 8e5])
        self.shapes, self.zones = (
            shapely.transform(some, lambda xy: xy @ matrix + self.far_m) for some in (shapes, zones)
        )
        self.tile_m = self.rng.choice([None, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0])
        self.cap = int(self.rng.choice([1, 3]))

    def some(self, count: int, spread: float) -> Shapes:
        kinds = (self.box, self.star, self.blob, self.ring)
        drawn = [kinds[self.rng.integers(4)](self.rng.uniform(-spread, spread, 2)) for _ in range(count)]
        shapes = np.array([*drawn, self.box(np.zeros(2))], dtype=object)
        return shapes[shapely.is_valid(shapes) & (shapely.area(shapes) > 1e-3)]

    def snapped(self, numbers: np.ndarray) -> np.ndarray:
        return np.round(numbers / self.grid) * self.grid if self.grid else numbers

    def box(self, middle: np.ndarray) -> shapely.Polygon:
        low, high = self.rng.uniform(2, 90, (2, 2))
        return shapely.box(*self.snapped(np.concatenate([middle - low, middle + high])))

    def star(self, middle: np.ndarray) -> shapely.Polygon:
        turn = np.sort(self.rng.uniform(0, 2 * np.pi, self.rng.integers(3, 12)))
        reach = self.rng.uniform(2, 90, (len(turn), 1))
        return shapely.Polygon(self.snapped(middle + reach * np.column_stack([np.cos(turn), np.sin(turn)])))

    def blob(self, middle: np.ndarray) -> shapely.Polygon:
        centre = shapely.Point(*self.snapped(middle))
        return centre.buffer(self.rng.uniform(2, 90), quad_segs=int(self.rng.integers(1, 9)))

    def ring(self, middle: np.ndarray) -> shapely.Polygon:
        centre, reach = shapely.Point(*self.snapped(middle)), self.rng.uniform(2, 90)
        return centre.buffer(reach).difference(centre.buffer(0.6 * reach))


def assert_equal_to_geos(seed: int) -> None:
    """Areas are those of the union, and those on the rim alone leave every gap open, beside parts wholly covered."""
    drawn = Drawn(seed)
    shapes, zones, area = drawn.shapes, drawn.zones, shapely.area(drawn.zones)
    outlines = outlines_of_polygons(shapes)
    found = depth_by_zone(
        outlines_of_polygons(zones), outlines, area,
        cap=drawn.cap, rims=True, tile_m=drawn.tile_m,
    )  # fmt: skip
    union = shapely.union_all(shapes)
    tolerance_m2 = 1e-4 if drawn.far_m else 1e-6
    wanted = shapely.area(shapely.intersection(zones, union))
    np.testing.assert_allclose(found.covered_m2, wanted, atol=tolerance_m2)
    assert found.rim_of is not None
    kept = shapes[on_the_rim(outlines, found.rim_of)]
    left = shapely.difference(zones, shapely.union_all(kept, grid_size=NECK_M), grid_size=NECK_M)
    parts = shapely.get_parts(shapely.buffer(left, -NECK_M, join_style="mitre"))
    gaps = parts[~shapely.intersects(union, shapely.point_on_surface(parts))]
    assert shapely.area(gaps).sum() == pytest.approx(
        (area - wanted).sum(), abs=NECK_M * shapely.length(left).sum() + 1e-3
    )
    assert cover_pieces(zones, shapes).gap_area_m2 == pytest.approx(area - wanted, abs=1e-3)


@pytest.mark.parametrize("seed", [*range(QUICK), *LEANING])
def test_drawn_shapes_equal_geos(seed: int) -> None:
    assert_equal_to_geos(seed)


@pytest.mark.soak
def test_thousands_of_drawn_shapes_equal_geos() -> None:
    for seed in range(QUICK, 3000):
        assert_equal_to_geos(seed)
