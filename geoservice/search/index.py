"""All names, addresses and ids of a catalogue as one text, which is searched from its beginning."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import shapely

from geoservice.catalog import Catalog, Layer
from geoservice.catalog.zoning import zone_of
from geoservice.i18n import Text
from geoservice.search.plain import plain
from geoservice.vocabulary import Role

Kind = Literal["zone", "feature"]
ADDRESS = "address"
"""The attribute of a layer that holds addresses."""
_MOST_LINES = 400
"""How many lines are looked at for each way of matching: what is commoner needs more letters."""
_MOST_WORDS = 8
_ROLES = (Role.FACILITY, Role.CAMERA, Role.CANDIDATE)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be found: `group` is its layer or zone system; degrees of WGS 84; a box only for zones."""

    kind: Kind
    group: str
    id: str
    name_en: str | None
    name_zh: str | None
    address_en: str | None
    address_zh: str | None
    zone: tuple[str | None, str | None]
    group_title: Text
    illustrative: bool
    lon: float
    lat: float
    box: tuple[float, float, float, float] | None = None

    def texts(self) -> Iterator[str]:
        """Give what it is found by, names first."""
        yield from filter(None, (self.name_en, self.name_zh, self.address_en, self.address_zh, self.id))


@dataclass(frozen=True, slots=True)
class Index:
    """Entries and their texts: line i of `text` (UTF-8) begins at `starts[i]` and belongs to `entries[owner[i]]`.

    `groups` holds the titles of layers and zone systems as they are compared, to which a query's words may belong too.
    """

    entries: tuple[Entry, ...]
    groups: Mapping[str, bytes]
    text: bytes
    starts: tuple[int, ...]
    owner: tuple[int, ...]

    def find(self, query: str, limit: int) -> list[Entry]:
        """Give the entries that hold every word of a query: those that begin with it first, in the index's order.

        Where the words stand together somewhere, those are all that is given.
        """
        words = [word.encode() for word in plain(query).split()[:_MOST_WORDS]]
        if not words or not all(word in self.text or self._in_groups(word) for word in words):
            return []
        found: dict[int, None] = {}
        for sought in dict.fromkeys((b" ".join(words), *sorted(words, key=len, reverse=True))):
            for line in self._best(sought):
                text = self._line(line) + b" " + self.groups[self.entries[self.owner[line]].group]
                if all(word in text for word in words):
                    found.setdefault(self.owner[line])
                if len(found) >= limit:
                    break
            if found:
                break
        return [self.entries[number] for number in found]

    def _in_groups(self, word: bytes) -> bool:
        return any(word in title for title in self.groups.values())

    def _best(self, sought: bytes) -> Iterator[int]:
        """Give lines that hold a text: those that are it, begin with it, have a word that does, and all others."""
        lines = list(self._lines(sought))
        if len(lines) < _MOST_LINES:
            yield from sorted(lines, key=lambda line: _rank(self._line(line), sought))
            return
        # Where a text is common the best may come after the first, and are looked for by what stands around it.
        for around in (b"\n" + sought + b"\n", b"\n" + sought, b" " + sought):
            yield from self._lines(around)
        yield from lines

    def _lines(self, sought: bytes) -> Iterator[int]:
        """Give the lines that hold a text, each once, the first of the index first, but not too many."""
        shift = 1 if sought.startswith(b"\n") else 0
        at = self.text.find(sought)
        for _ in range(_MOST_LINES):
            if at < 0:
                return
            line = bisect_right(self.starts, at + shift) - 1
            yield line
            end = self.text.find(b"\n", self.starts[line])
            at = self.text.find(sought, end)

    def _line(self, line: int) -> bytes:
        start = self.starts[line]
        return self.text[start : self.text.find(b"\n", start)]


def build_index(catalog: Catalog) -> Index:
    """Index zones, then facilities and cameras, what is illustrative last."""
    entries = list(_zones(catalog))
    layers = [layer for role in _ROLES for layer in catalog.with_role(role)]
    for layer in sorted(layers, key=lambda layer: layer.manifest.illustrative):
        entries.extend(_features(catalog, layer))
    return index_of(entries)


def index_of(entries: Iterable[Entry]) -> Index:
    """Write entries into an index, in their order; texts that are alike are written once for each."""
    kept = tuple(entries)
    lines, starts, owner, at = [], [], [], 1
    for number, entry in enumerate(kept):
        for line in dict.fromkeys(filter(None, map(plain, entry.texts()))):
            lines.append(line.encode())
            starts.append(at)
            owner.append(number)
            at += len(lines[-1]) + 1
    titles = {entry.group: entry.group_title for entry in kept}
    groups = {group: plain(f"{title.en} {title.zh or ''}").encode() for group, title in titles.items()}
    return Index(kept, groups, b"\n" + b"".join(line + b"\n" for line in lines), tuple(starts), tuple(owner))


def _rank(line: bytes, sought: bytes) -> int:
    if line == sought:
        return 0
    if line.startswith(sought):
        return 1
    return 2 if b" " + sought in line else 3


def _zones(catalog: Catalog) -> Iterator[Entry]:
    for system in catalog.region.zone_systems:
        if system.layer is None or system.layer not in catalog.layers:
            continue
        zones = catalog.zones(system.id)
        lonlat = catalog.working.to_lonlat(zones)
        inside = shapely.point_on_surface(lonlat.geometry.array)
        boxes = lonlat.geometry.bounds.to_numpy()
        for row, point, box in zip(zones.itertuples(), inside, boxes, strict=True):
            names = _text(row.name_en), _text(row.name_zh)
            west, south, east, north = (float(side) for side in box)
            yield Entry(
                "zone",
                system.id,
                str(row.zone_id),
                name_en=names[0],
                name_zh=names[1],
                address_en=None,
                address_zh=None,
                zone=names,
                group_title=system.title,
                illustrative=False,
                lon=point.x,
                lat=point.y,
                box=(west, south, east, north),
            )


def _features(catalog: Catalog, layer: Layer) -> Iterator[Entry]:
    frame = layer.placed
    if frame.empty:
        return
    lonlat = catalog.working.to_lonlat(frame.geometry)
    points = shapely.point_on_surface(lonlat.array)
    columns = ("id", "name_en", "name_zh", f"{ADDRESS}_en", f"{ADDRESS}_zh")
    texts = [frame[name] if name in frame.columns else [None] * len(frame) for name in columns]
    zones = _zone_names(catalog, layer)
    for fid, name_en, name_zh, address_en, address_zh, zone, lon, lat in zip(
        *texts, zones, shapely.get_x(points), shapely.get_y(points), strict=True
    ):
        if np.isfinite(lon) and np.isfinite(lat):
            yield Entry(
                "feature",
                layer.id,
                str(fid),
                name_en=_text(name_en),
                name_zh=_text(name_zh),
                address_en=_text(address_en),
                address_zh=_text(address_zh),
                zone=zone,
                group_title=layer.manifest.title,
                illustrative=layer.manifest.illustrative,
                lon=float(lon),
                lat=float(lat),
            )


def _zone_names(catalog: Catalog, layer: Layer) -> list[tuple[str | None, str | None]]:
    """Name the zone of the region's first zone system that each feature lies in, in both languages."""
    systems = [s for s in catalog.region.zone_systems if s.layer is not None and s.layer in catalog.layers]
    if not systems:
        return [(None, None)] * len(layer.placed)
    zones = catalog.zones(systems[0].id)
    names = {row.zone_id: (_text(row.name_en), _text(row.name_zh)) for row in zones.itertuples()}
    return [names.get(zone, (None, None)) for zone in zone_of(layer.placed.geometry, zones)]


def _text(value: Any) -> str | None:
    """Give a cell as text; None where it is empty."""
    return None if value is None or pd.isna(value) or not str(value).strip() else str(value)
