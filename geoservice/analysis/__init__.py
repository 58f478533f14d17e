"""The composer: a catalogue and a Question become one frozen answer by zone."""

from geoservice.analysis.analyse import Analysis, Totals, analyse, answer_version
from geoservice.analysis.area import AreaFigures, Areas
from geoservice.analysis.contrast import Aspect, Contrast, contrasts
from geoservice.analysis.densities import Densities, Density, camera_densities
from geoservice.analysis.difference import CHANGES, Comparison, compare, comparison_version, zone_changes
from geoservice.analysis.kept_answers import KeptAnswers
from geoservice.analysis.place import Place, Places

__all__ = [
    "CHANGES",
    "Analysis",
    "AreaFigures",
    "Areas",
    "Aspect",
    "Comparison",
    "Contrast",
    "Densities",
    "Density",
    "KeptAnswers",
    "Place",
    "Places",
    "Totals",
    "analyse",
    "answer_version",
    "camera_densities",
    "compare",
    "comparison_version",
    "contrasts",
    "zone_changes",
]
