"""The catalogue: read, validate, describe; from files to frozen layers in the working CRS."""

from geoservice.catalog.catalog import Catalog, open_catalog
from geoservice.catalog.joining import ZoneFigure
from geoservice.catalog.layer import BrokenLayer, Layer
from geoservice.catalog.problems import Problem, Severity
from geoservice.catalog.region import NamedDifference, NamedQuestion, Region, ZoneSystem

__all__ = [
    "BrokenLayer",
    "Catalog",
    "Layer",
    "NamedDifference",
    "NamedQuestion",
    "Problem",
    "Region",
    "Severity",
    "ZoneFigure",
    "ZoneSystem",
    "open_catalog",
]
