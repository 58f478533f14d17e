"""What police facilities and cameras cover, and what they leave out."""

from geoservice.api import Result, analyse, compare
from geoservice.catalog import open_catalog

__all__ = ["Result", "analyse", "compare", "open_catalog"]
