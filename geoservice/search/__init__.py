"""Finding places: by name, address or id in every layer and zone, or by coordinates in either order."""

from geoservice.search.index import Entry, Index, build_index
from geoservice.search.readings import Reading, read_coordinates

__all__ = ["Entry", "Index", "Reading", "build_index", "read_coordinates"]
