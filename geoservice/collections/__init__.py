"""One protocol over layers and derived results: schema, version, query."""

from geoservice.collections.collection import Box, Cluster, Collection, Page, Query
from geoservice.collections.library import Library

__all__ = ["Box", "Cluster", "Collection", "Library", "Page", "Query"]
