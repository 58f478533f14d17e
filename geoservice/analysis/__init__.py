"""The composer: a catalogue and a Question become one frozen answer by zone."""

from geoservice.analysis.analyse import Analysis, Totals, analyse
from geoservice.analysis.densities import Densities, Density, camera_densities
from geoservice.analysis.difference import Comparison, compare
from geoservice.analysis.kept_answers import KeptAnswers

__all__ = [
    "Analysis",
    "Comparison",
    "Densities",
    "Density",
    "KeptAnswers",
    "Totals",
    "analyse",
    "camera_densities",
    "compare",
]
