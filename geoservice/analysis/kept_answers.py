"""Answers kept on the disk: what was computed once of the same data is read the next time."""

from __future__ import annotations

import hashlib
import json
import logging
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numba
import numpy as np
import pandas as pd
import pyarrow as pa
import pyproj
import shapely

from geoservice.analysis.analyse import Analysis, Totals, analyse
from geoservice.analysis.difference import Comparison, compare
from geoservice.cache import DiskCache
from geoservice.cache.frames import from_bytes, pack, to_buffer, to_bytes, unpack
from geoservice.catalog import Catalog, Layer, ZoneSystem
from geoservice.i18n import Text
from geoservice.question import Difference, Question
from geoservice.vocabulary import Role

ANSWERS, GROUNDS, COMPARISONS = "answers", "grounds", "comparisons"
"""The namespaces: whole answers, the united ground of answers, and comparisons of two."""

_ROOMS = ("analysis", "cache", "catalog", "coverage", "crs.py", "i18n.py", "question.py", "vocabulary.py")
_SOURCES = frozenset({".html", ".po", ".py", ".typ"})
_LIBRARIES = (gpd, numba, np, pa, pd, pyproj, shapely)
_NOT_READABLE = (pa.ArrowException, shapely.errors.ShapelyError, KeyError, TypeError, ValueError)
_TYPES = {"text": Text, "totals": Totals}

_log = logging.getLogger("geoservice")

Compute = Callable[[Catalog, Question], Analysis]
Compare = Callable[[Analysis, Analysis], Comparison]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an answer is kept, and so what belongs to it."""

    cache: DiskCache
    key: str


class KeptAnalysis(Analysis):
    """An answer that is kept: its tables are read when they are asked for, and its united ground is kept beside it.

    `dataclasses.replace` makes one that is kept nowhere: what it holds is no longer what the place was made for.
    """

    _place: _Place | None = None
    _unread: Mapping[str, pa.Buffer] = MappingProxyType({})

    @classmethod
    def at(
        cls, place: _Place, parts: Mapping[str, Any], unread: Mapping[str, pa.Buffer], crs: pyproj.CRS
    ) -> KeptAnalysis:
        """Make the answer of a place from the parts that are there, and tables yet to be read, in one system."""
        answer = object.__new__(cls)
        answer.__dict__.update(parts, _place=place, _unread=unread, _crs=crs)
        return answer

    def __getattr__(self, name: str) -> Any:
        """Read a table the first time that it is asked for."""
        if name not in self._unread:
            raise AttributeError(name=name, obj=self)
        self.__dict__[name] = table = from_bytes(self._unread[name], self._crs)
        return table

    @cached_property
    def covered_ground(self) -> shapely.Geometry:
        """All that the sources reach, as one geometry, whether in a zone or not."""
        ground = self._kept("covered_ground", lambda: gpd.GeoSeries([super(KeptAnalysis, self).covered_ground]))
        return ground.iloc[0]

    @cached_property
    def coverage(self) -> gpd.GeoDataFrame:
        """What is covered, by zone, with its area; what lies in no zone comes last, without a zone_id."""
        return self._kept("coverage", lambda: super(KeptAnalysis, self).coverage)

    @cached_property
    def zone_gaps(self) -> gpd.GeoDataFrame:
        """The whole gap of each zone as one geometry, with its area; zones without a gap are left out."""
        return self._kept("zone_gaps", lambda: super(KeptAnalysis, self).zone_gaps)

    def _kept(self, what: str, compute: Callable[[], Any]) -> Any:
        place = self._place
        if place is None:
            return compute()
        found = _read(place.cache, GROUNDS, f"{place.key}-{what}", lambda kept: from_bytes(kept, self._crs))
        if found is None:
            found = compute()
            _write(place.cache, GROUNDS, f"{place.key}-{what}", lambda: to_bytes(found))
        return found


class KeptAnswers:
    """Answers questions and compares answers, from the cache where it can; without a cache it always computes."""

    def __init__(self, cache: DiskCache | None) -> None:
        self._cache = cache
        self._software = software()

    def __call__(self, catalog: Catalog, question: Question, compute: Compute = analyse) -> Analysis:
        """Give the answer; raises QuestionError if the catalogue cannot answer. `compute` makes what is not kept."""
        kept = self._cache
        if kept is None:
            return compute(catalog, question)
        catalog.check_question(question)
        try:
            key = answer_key(catalog, question, self._software)
        except (TypeError, ValueError) as error:
            _log.warning("This answer cannot be kept on the disk: its data have %s.", error)
            return compute(catalog, question)
        known: dict[str, Any] = {"question": question, "catalog_version": catalog.version}
        found = _read(kept, ANSWERS, key, _decoded)
        if found is None:
            computed = compute(catalog, question)
            parts = {name: value for name, value in _fields(computed).items() if name not in known}
            _write(kept, ANSWERS, key, lambda: _encoded(parts))
            found = parts, {}
        return KeptAnalysis.at(_Place(kept, key), {**known, **found[0]}, found[1], catalog.working.crs)

    def compare(self, before: Analysis, after: Analysis, compute: Compare = compare) -> Comparison:
        """Compare two answers as `analysis.compare` does; `compute` makes what is not kept."""
        places = [one._place if isinstance(one, KeptAnalysis) else None for one in (before, after)]  # noqa: SLF001
        first, second = places
        if first is None or second is None or self._cache is None:
            return compute(before, after)
        asked = Difference(before=before.question, after=after.question)
        key = _hash(asked.key, first.key, second.key)
        crs = after.zones.crs
        found = _read(
            self._cache,
            COMPARISONS,
            key,
            lambda content: {name: from_bytes(part, crs) for name, part in unpack(content).items()},
        )
        if found is not None:
            return Comparison(asked, before, after, **found)
        compared = compute(before, after)
        tables = {"zones": compared.zones, "changes": compared.changes}
        _write(self._cache, COMPARISONS, key, lambda: pack({name: to_bytes(one) for name, one in tables.items()}))
        return compared


def answer_key(catalog: Catalog, question: Question, software_version: str) -> str:
    """Hash all that an answer follows from: the question, what is read of the catalogue, and what computes.

    The data themselves count and not their files, so that what was changed in memory is another question. Raises
    TypeError for data that cannot be written down.
    """
    region = catalog.region
    about = [
        software_version,
        question.key,
        catalog.working.crs.to_wkt(),
        *(system.model_dump_json() for system in _systems(catalog, question)),
        region.land.model_dump_json() if question.same_landmass and region.land is not None else "",
    ]
    read = layers_read(catalog, question)
    for layer in read:
        about += [layer.manifest.model_dump_json(), _digest(layer.features)]
    for layer in catalog.with_role(Role.FACILITY):
        if layer not in read:  # facilities of all kinds are counted, by their places alone
            about += [layer.id, _digest(layer.placed.geometry)]
    return _hash(*about)


def layers_read(catalog: Catalog, question: Question) -> list[Layer]:
    """Give the layers that the answer to a question follows from, but for where other facilities are."""
    named = {source.layer for source in question.sources} | set(question.demand)
    named |= {system.layer for system in _systems(catalog, question) if system.layer is not None}
    if question.same_landmass and catalog.region.land is not None:
        named.add(catalog.region.land.layer)

    def is_read(layer: Layer) -> bool:
        join = layer.manifest.join
        is_joined = join is not None and join.zone_system == question.zone_system
        return layer.id in named or is_joined

    return [layer for layer in catalog.layers.values() if is_read(layer)]


@cache
def software(*further: str) -> str:
    """Hash what computes: the sources of the rooms that an answer goes through, and the libraries they stand on.

    `further` rooms are those that what is made of an answer goes through.
    """
    versions = [f"{library.__name__} {library.__version__}" for library in _LIBRARIES]
    versions += [shapely.geos_version_string, pyproj.proj_version_str]
    versions += [platform.python_version(), platform.machine()]
    digest = hashlib.sha256(";".join(versions).encode())
    house = Path(__file__).resolve().parent.parent
    for room in (*_ROOMS, *further):
        for file in _sources(house / room):
            digest.update(file.relative_to(house).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def _sources(room: Path) -> list[Path]:
    """Give the files that say what a room does, code, templates and words; a room may be one file."""
    return sorted(file for file in room.rglob("*") if file.suffix in _SOURCES) or [room]


def _systems(catalog: Catalog, question: Question) -> Iterator[ZoneSystem]:
    """Give the zone system of a question, and those that it lies within."""
    name: str | None = question.zone_system
    while name is not None:
        system = catalog.zone_system(name)
        yield system
        name = system.within


def _hash(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _digest(table: pd.DataFrame | pd.Series) -> str:
    return hashlib.sha256(to_buffer(table)).hexdigest()


def _fields(answer: Analysis) -> dict[str, Any]:
    return {field.name: getattr(answer, field.name) for field in fields(answer)}


def _encoded(parts: Mapping[str, Any]) -> bytes:
    """Write the parts of an answer as one; what a part is stands behind its name."""
    written = {}
    for name, value in parts.items():
        if isinstance(value, pd.DataFrame | pd.Series):
            written[f"{name}:table"] = to_bytes(value)
        elif isinstance(value, Text):
            written[f"{name}:text"] = json.dumps(value.model_dump()).encode()
        elif isinstance(value, Totals):
            written[f"{name}:totals"] = json.dumps(asdict(value)).encode()
        elif value is None or isinstance(value, str | int | float):
            written[f"{name}:plain"] = json.dumps(value).encode()
        else:
            raise TypeError(f"a part of the type {type(value).__name__}")
    return pack(written)


def _decoded(content: bytes) -> tuple[dict[str, Any], dict[str, pa.Buffer]]:
    """Give the parts of an answer that are small, and the bytes of its tables."""
    parts: dict[str, Any] = {}
    tables: dict[str, pa.Buffer] = {}
    for label, part in unpack(content).items():
        name, _, kind = label.partition(":")
        if kind == "table":
            tables[name] = part
        else:
            plain = json.loads(part.to_pybytes())
            parts[name] = _TYPES[kind](**plain) if kind in _TYPES else plain
    return parts, tables


def _read(kept: DiskCache, namespace: str, key: str, decode: Callable[[bytes], Any]) -> Any:
    """Give what is kept under a key; None where nothing is, or nothing that can be read."""
    content = kept.get(namespace, key)
    if content is None:
        return None
    try:
        return decode(content)
    except _NOT_READABLE as error:
        _log.warning("What is kept in %s cannot be read (%s) and is computed anew.", kept.folder, error)
        return None


def _write(kept: DiskCache, namespace: str, key: str, encode: Callable[[], bytes]) -> None:
    try:
        content = encode()
    except (TypeError, ValueError) as error:
        _log.warning("This answer cannot be kept on the disk: it has %s.", error)
        return
    kept.put(namespace, key, content)
