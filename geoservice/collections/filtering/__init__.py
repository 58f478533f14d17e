"""Filters in the Common Query Language (CQL2, OGC 21-065r2), as text or JSON, evaluated on columns."""

from geoservice.collections.filtering.columns import Columns
from geoservice.collections.filtering.evaluate import matching
from geoservice.collections.filtering.tree import Filter, equal_to, parse_json, parse_text

__all__ = ["Columns", "Filter", "equal_to", "matching", "parse_json", "parse_text"]
