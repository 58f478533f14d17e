"""Neighbouring classes stay apart for colour-blind readers, on light ground and on dark."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from geoservice.maps.palette import (
    CHANGE,
    COVERAGE,
    EMPTY_RADIUS_M,
    FIGURE_COLOURS,
    FIGURE_COLOURS_DARK,
    ILLUSTRATIVE,
    SHARE,
)

VISION = {
    "full": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
"""For linear RGB, at full severity: Machado, Oliveira and Fernandes 2009, "A Physiologically-based Model for Simulation
of Color Vision Deficiency"."""
LEAST = 7
"""CIE 1976 colour difference, three times what an eye just notices, 2.3 (Mahy et al. 1994)."""
RAMPS = {
    "share": SHARE.colours,
    "share, dark": SHARE.dark,
    "empty radius": EMPTY_RADIUS_M.colours,
    "empty radius, dark": EMPTY_RADIUS_M.dark,
    "figure": FIGURE_COLOURS,
    "figure, dark": FIGURE_COLOURS_DARK,
}
HALF = len(CHANGE.colours) // 2
CHANGES = {
    "less": CHANGE.colours[HALF::-1],
    "more": CHANGE.colours[HALF:],
    "less, dark": CHANGE.dark[HALF::-1],
    "more, dark": CHANGE.dark[HALF:],
}
"""From hardly any change to the most."""
RAMPS |= CHANGES


def lab(colour: str, vision: str) -> np.ndarray:
    """CIELAB (D65) of a colour of sRGB (IEC 61966-2-1) as someone sees it."""
    rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(VISION[vision] @ linear, 0, 1)
    xyz = np.array([
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]) @ seen / np.array([0.95047, 1.0, 1.08883])  # fmt: skip
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_the_measure_is_that_of_the_books() -> None:
    assert lab("#ffffff", "full") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("#ff0000", "full") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    red_green = [difference("#d7191c", "#1a9641", vision) for vision in ("full", "deuteranopia")]
    assert red_green[1] < red_green[0] / 2


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("ramp", RAMPS)
def test_neighbouring_classes_stay_apart(ramp: str, vision: str) -> None:
    differences = [difference(a, b, vision) for a, b in pairwise(RAMPS[ramp])]
    assert min(differences) >= LEAST, [round(d, 1) for d in differences]


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("ramp", RAMPS)
def test_more_is_darker_on_light_ground_and_lighter_on_dark(ramp: str, vision: str) -> None:
    lightness = [lab(colour, vision)[0] for colour in RAMPS[ramp]]
    steps = np.diff(lightness)
    assert (steps > 3).all() if "dark" in ramp else (steps < -3).all(), [round(v) for v in lightness]


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("ground", ["", ", dark"])
def test_less_is_told_from_more(ground: str, vision: str) -> None:
    for less, more in zip(CHANGES[f"less{ground}"][1:], CHANGES[f"more{ground}"][1:], strict=True):
        assert difference(less, more, vision) >= LEAST


@pytest.mark.parametrize("vision", VISION)
def test_what_is_made_up_is_told_from_what_is_real(vision: str) -> None:
    """By colour for most; by broken lines and by words for all."""
    for one, other in combinations((COVERAGE, ILLUSTRATIVE), 2):
        assert difference(one, other, vision) >= LEAST
