"""What a collection is, told without its features: enough for every document that describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import geopandas as gpd

from geoservice.collections.collection import ID, Bounds, Collection, Property
from geoservice.crs import LONLAT
from geoservice.i18n import Text


class Outline(Protocol):
    """A collection as documents describe it; `count` and a close extent are known once its features are made."""

    @property
    def id(self) -> str:
        """The name in addresses."""

    @property
    def title(self) -> Text:
        """What people call it."""

    @property
    def description(self) -> Text:
        """What it holds."""

    @property
    def schema(self) -> Mapping[str, Property]:
        """The properties of its features."""

    @property
    def version(self) -> str:
        """What its features depend on."""

    @property
    def about(self) -> Mapping[str, Any]:
        """What its features rest on."""

    @property
    def extent(self) -> Bounds | None:
        """West, south, east, north of a box that holds all features."""

    @property
    def interval(self) -> tuple[date | None, date | None]:
        """The first and last day that features stand for."""

    @property
    def dimensions(self) -> frozenset[int]:
        """The dimensions of geometries that there may be."""

    @property
    def queryables(self) -> tuple[str, ...]:
        """The names that filters and sorting know."""

    @property
    def count(self) -> int | None:
        """How many features there are; None where that is not known yet."""


@dataclass(frozen=True, slots=True, eq=False)
class Foreseen:
    """A derived collection before it is made: all that follows from the question and its layers alone."""

    id: str
    title: Text
    description: Text
    schema: Mapping[str, Property]
    version: str
    about: Mapping[str, Any]
    extent: Bounds | None
    interval: tuple[date | None, date | None]
    dimensions: frozenset[int]
    count: int | None = field(default=None, init=False)

    @property
    def queryables(self) -> tuple[str, ...]:
        """The names that filters and sorting know: the id and all properties."""
        return (ID, *(name for name in self.schema if name != ID))


def without_features(outline: Outline) -> Collection:
    """Give a collection with the same properties and no features, which tells whether a filter fits."""
    frame = gpd.GeoDataFrame({name: [] for name in outline.schema}, geometry=[], crs=LONLAT)
    return Collection(outline.id, outline.title, outline.description, frame, (), outline.schema, outline.version)


def outline_version(outline: Outline) -> str:
    """Name what a description depends on: the features' version, and whether they are made."""
    return outline.version if outline.count is None else f"{outline.version}.{outline.count}"
