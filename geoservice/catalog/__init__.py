"""The catalogue: read, validate, describe; from files to frozen layers in the working CRS."""

from geoservice.catalog.catalog import Catalog
from geoservice.catalog.joining import ZoneFigure
from geoservice.catalog.layer import BrokenLayer, Layer
from geoservice.catalog.opening import open_catalog
from geoservice.catalog.problems import Problem, Severity
from geoservice.catalog.region import NamedDifference, NamedQuestion, Region, ZoneSystem
from geoservice.catalog.timeline import Timeline, TimelineStage

__all__ = [
    "BrokenLayer",
    "Catalog",
    "Layer",
    "NamedDifference",
    "NamedQuestion",
    "Problem",
    "Region",
    "Severity",
    "Timeline",
    "TimelineStage",
    "ZoneFigure",
    "ZoneSystem",
    "open_catalog",
]
