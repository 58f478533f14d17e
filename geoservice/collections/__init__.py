"""One protocol over layers and derived results: schema, version, query."""

from geoservice.collections.collection import Box, Collection, Page, Query
from geoservice.collections.library import Library

__all__ = ["Box", "Collection", "Library", "Page", "Query"]
