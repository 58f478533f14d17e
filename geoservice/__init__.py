"""What police facilities and cameras cover, and what they leave out."""

from geoservice.api import Result, analyse
from geoservice.catalog import open_catalog

__all__ = ["Result", "analyse", "open_catalog"]
