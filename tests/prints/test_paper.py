"""Pages in millimetres: frames, round scales, bars and coordinates."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoservice.prints.paper import (
    ORIENTATIONS,
    SIZES_MM,
    Paper,
    Rectangle,
    bar_m,
    bar_parts,
    fitting_scale,
    grid_step_m,
    laid_out,
    paper,
    picture,
    ticks,
)

ROUND = {1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.5}


def mantissa(value: float) -> float:
    return round(value / 10 ** math.floor(math.log10(value) + 1e-12), 9)


def covers(outer: Rectangle, inner: Rectangle) -> bool:
    return (
        outer.x_mm <= inner.x_mm
        and outer.y_mm <= inner.y_mm
        and inner.x_mm + inner.width_mm <= outer.x_mm + outer.width_mm + 1e-9
        and inner.y_mm + inner.height_mm <= outer.y_mm + outer.height_mm + 1e-9
    )


def apart(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.x_mm + one.width_mm <= other.x_mm + 1e-9
        or other.x_mm + other.width_mm <= one.x_mm + 1e-9
        or one.y_mm + one.height_mm <= other.y_mm + 1e-9
        or other.y_mm + other.height_mm <= one.y_mm + 1e-9
    )


@pytest.mark.parametrize("banner", [True, False])
@pytest.mark.parametrize("grid", [True, False])
@pytest.mark.parametrize(
    "page",
    [*(paper(size, way) for size in SIZES_MM for way in ORIENTATIONS), picture(900, 600), picture(4096, 2160)],
    ids=lambda page: f"{page.name} {page.is_wide}",
)
def test_the_parts_of_a_page_lie_on_it_and_apart(page: Paper, *, banner: bool, grid: bool) -> None:
    layout = laid_out(page, banner=banner, grid=grid)
    parts = [part for part in (layout.header, layout.banner, layout.frame, layout.panel, layout.footer) if part]
    whole = Rectangle(0, 0, page.width_mm, page.height_mm)
    assert all(covers(whole, part) for part in parts)
    assert all(apart(one, other) for i, one in enumerate(parts) for other in parts[i + 1 :])
    assert layout.frame.width_mm * layout.frame.height_mm > 0.3 * page.width_mm * page.height_mm
    assert (layout.banner is not None) is banner


def test_pages_have_the_sizes_of_the_standard() -> None:
    assert (paper("A4", "portrait").width_mm, paper("A4", "portrait").height_mm) == (210, 297)
    assert (paper("A3", "landscape").width_mm, paper("A3", "landscape").height_mm) == (420, 297)
    assert picture(1920, 1080).width_mm == picture(3840, 2160).width_mm == pytest.approx(338.667, abs=0.001)


@given(width_m=st.floats(1, 3e6), height_m=st.floats(1, 3e6))
def test_a_fitting_scale_is_round_and_the_largest_that_fits(width_m: float, height_m: float) -> None:
    frame = Rectangle(0, 0, 190, 120)
    scale = fitting_scale(width_m, height_m, frame)
    needed = max(width_m / 190, height_m / 120) * 1000
    assert scale >= needed * (1 - 1e-6) or scale == 10_000_000
    assert mantissa(scale) in ROUND
    assert scale <= max(needed * 1.34, 100)


@given(scale=st.integers(100, 10_000_000))
def test_a_bar_is_round_and_fills_its_room(scale: int) -> None:
    metres = bar_m(scale, 42)
    assert mantissa(metres) in {1, 2, 5}
    assert 42 / 2.5 - 1e-6 <= metres * 1000 / scale <= 42 + 1e-6
    assert mantissa(metres / bar_parts(metres)) in {1, 2, 5}


@given(scale=st.integers(100, 10_000_000), low=st.floats(-1e6, 1e6), width=st.floats(1, 1e5))
def test_coordinates_stand_at_round_numbers(scale: int, low: float, width: float) -> None:
    step = grid_step_m(scale)
    assert step * 1000 / scale >= 40 - 1e-6
    for place in ticks(low, low + width, max(step, width / 50)):
        assert low - 1e-6 <= place <= low + width + 1e-6
