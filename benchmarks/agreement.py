"""Whether contenders found the same: speed is worth nothing where figures differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import ARCS, CONTENDERS, POLYGONS, SAME
from geoservice.errors import GeoserviceError

Floats = npt.NDArray[np.float64]

SAME_M2 = 1e-6
"""Areas of the same shapes agree, by district, to 1e-9 of them, or to so many square metres.

Coordinates of 800 km are rounded to that where next to nothing is covered.
"""
ARC_EXCESS = 2e-3
"""Views of true arcs cover more than their polygons, of each view 1.6e-3, and of a district at most this share."""


class DisagreementError(GeoserviceError):
    """Two contenders found different areas: nothing that was measured counts."""


def require_agreement(covered_m2: Mapping[str, Floats]) -> None:
    """Compare what contenders, by name, found covered of each district; raises DisagreementError."""
    shapes = {name: CONTENDERS[name].shapes for name in covered_m2}
    for kind in dict.fromkeys(shapes.values()):
        for one, other in pairwise(name for name in covered_m2 if shapes[name] == kind):
            slack = SAME * np.maximum(covered_m2[one], covered_m2[other]) + SAME_M2
            _require(one, other, covered_m2, -slack, slack)
    arcs = next((name for name in covered_m2 if shapes[name] == ARCS), None)
    polygons = next((name for name in covered_m2 if shapes[name] == POLYGONS), None)
    if arcs is not None and polygons is not None:
        slack = SAME * covered_m2[polygons] + SAME_M2
        _require(arcs, polygons, covered_m2, -slack, ARC_EXCESS * covered_m2[polygons] + slack)


def _require(one: str, other: str, covered_m2: Mapping[str, Floats], least_m2: Floats, most_m2: Floats) -> None:
    """Require that the one exceeds the other by no less and no more than given, in every district."""
    excess = covered_m2[one] - covered_m2[other]
    wrong = np.flatnonzero(~((excess >= least_m2) & (excess <= most_m2)))
    if len(wrong):
        worst = wrong[np.argmax(np.abs(excess[wrong]))]
        raise DisagreementError(
            f"{one} and {other} disagree in {len(wrong)} of {len(excess)} districts: in district {worst} they find "
            f"{covered_m2[one][worst]:.6f} and {covered_m2[other][worst]:.6f} m².",
            advice="Find out which is wrong before any speed is compared.",
        )
