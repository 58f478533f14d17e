"""Maps on paper: a page laid out in millimetres, drawn as vectors, set as PDF or as a picture."""

from geoservice.prints.asked import Ask, Print, laid_out_print
from geoservice.prints.paper import (
    LEAST_PX,
    MOST_PX,
    ORIENTATIONS,
    SIZES_MM,
    SLIDE_PX,
    Paper,
    frames_mm,
    paper,
    picture,
)
from geoservice.prints.typeset import as_pdf, as_png
from geoservice.prints.wanted import choices

__all__ = [
    "LEAST_PX",
    "MOST_PX",
    "ORIENTATIONS",
    "SIZES_MM",
    "SLIDE_PX",
    "Ask",
    "Paper",
    "Print",
    "as_pdf",
    "as_png",
    "choices",
    "frames_mm",
    "laid_out_print",
    "paper",
    "picture",
]
