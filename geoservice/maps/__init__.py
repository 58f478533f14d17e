"""The only room that knows folium: an answer becomes an interactive map."""

from geoservice.maps.map_data import MapData, MapSources, TiledSource
from geoservice.maps.question_map import question_map

__all__ = ["MapData", "MapSources", "TiledSource", "question_map"]
