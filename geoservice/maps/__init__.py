"""The only room that knows folium: an answer becomes an interactive map."""

from geoservice.maps.question_map import MapData, MapSources, question_map

__all__ = ["MapData", "MapSources", "question_map"]
