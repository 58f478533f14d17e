"""One protocol over layers and derived results: schema, version, query."""

from geoservice.collections.collection import Area, Box, Cluster, Collection, Page, Property, Query
from geoservice.collections.filtering import Filter
from geoservice.collections.filtering.temporal import Interval
from geoservice.collections.library import Library
from geoservice.collections.outline import Outline
from geoservice.collections.paging import Cursor, SortKey

__all__ = [
    "Area",
    "Box",
    "Cluster",
    "Collection",
    "Cursor",
    "Filter",
    "Interval",
    "Library",
    "Outline",
    "Page",
    "Property",
    "Query",
    "SortKey",
]
