"""Every collection that is served: of each layer, each named question and each difference, made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from geoservice.analysis import Analysis, Comparison, compare
from geoservice.catalog import Catalog, Layer, NamedDifference, NamedQuestion
from geoservice.collections.changes import DERIVED_CHANGES, DerivedChange
from geoservice.collections.collection import Collection, Property
from geoservice.collections.derived import COVERAGE, DERIVED, INTEGER, NUMBER, STRING, Derived, joined, lonlat
from geoservice.collections.outline import Foreseen, Outline
from geoservice.errors import NotFoundError, Said, message
from geoservice.i18n import Text
from geoservice.kept import Kept
from geoservice.question import Difference, Question

Answer = Callable[[Question], Analysis]
Compare = Callable[[Analysis, Analysis], Comparison]
Temporary = Callable[[str], NamedQuestion | None]
"""Gives the question of one's own that has an id, for as long as it is kept."""

LAYER_SCHEMA: Mapping[str, Property] = {
    "id": Property(STRING),
    "name_en": Property(STRING, Text(en="Name in English", zh="英文名稱")),
    "name_zh": Property(STRING, Text(en="Name in Chinese", zh="中文名稱")),
    "kind": Property(STRING, Text(en="Kind", zh="類別")),
    "status": Property(STRING, Text(en="Status", zh="狀態")),
    "valid_from": Property(STRING, Text(en="Valid from", zh="生效日期"), format="date"),
    "valid_to": Property(STRING, Text(en="Valid to", zh="終止日期"), format="date"),
    "owner": Property(STRING, Text(en="Owner", zh="擁有人")),
    "access": Property(STRING, Text(en="Access", zh="使用權")),
    "weight": Property(NUMBER, Text(en="Weight", zh="權重")),
    "bearing_deg": Property(NUMBER, Text(en="Bearing, clockwise from north", zh="方位（由北順時針）"), "°"),
    "view_angle_deg": Property(NUMBER, Text(en="View angle", zh="視角"), "°"),
    "range_m": Property(NUMBER, Text(en="Range", zh="範圍"), "m"),
    "nearest_m": Property(NUMBER, Text(en="Nearest distance", zh="最近距離"), "m"),
    "zone_label": Property(STRING, Text(en="Zone as labelled in the source", zh="來源所載分區")),
}


def _none(_: str) -> None:
    return None


class Library:
    """The collections of a catalogue; derived ones are made from the answer when asked for, and `capacity` are kept.

    Those of `temporary` questions are served like all others, but are not among the `ids`.
    """

    def __init__(
        self,
        catalog: Catalog,
        answer: Answer,
        capacity: int,
        compare: Compare = compare,
        temporary: Temporary = _none,
    ) -> None:
        self._temporary = temporary
        self.catalog = catalog
        self._answer = answer
        self._compare = compare
        # A list of all collections must not push out what the next such list needs.
        derived = len(DERIVED) * len(catalog.region.questions) + len(DERIVED_CHANGES) * len(catalog.region.differences)
        self._derived: Kept[tuple[str, str, str], Collection] = Kept(capacity + derived)
        self._foreseen: Kept[tuple[str, str, str], Foreseen] = Kept(capacity + derived)
        self._layers = {layer.id: _of_layer(catalog, layer) for layer in catalog.layers.values()}
        self._questions = {
            f"{named.id}-{derived.suffix}": (named, derived)
            for named in catalog.region.questions
            for derived in DERIVED
        }
        self._differences = {
            f"{named.id}-{derived.suffix}": (named, derived)
            for named in catalog.region.differences
            for derived in DERIVED_CHANGES
        }

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all collections, layers first."""
        return (*self._layers, *self._questions, *self._differences)

    def titles(self) -> dict[str, tuple[Text, Text]]:
        """Give the title and description of every collection, without making any."""
        titles = {c.id: (c.title, c.description) for c in self._layers.values()}
        for collection_id, (named, derived) in self._questions.items():
            titles[collection_id] = (joined(named.title, derived.title), named.description)
        for collection_id, (difference, change) in self._differences.items():
            titles[collection_id] = (joined(difference.title, change.title), difference.description)
        return titles

    def question_of(self, collection_id: str) -> NamedQuestion | None:
        """Give the question that a derived collection answers; None for a layer."""
        found = self._question(collection_id)
        return found[0] if found else None

    def has(self, collection_id: str) -> bool:
        """Tell whether there is a collection, listed or temporary."""
        known = (self._layers, self._differences)
        return any(collection_id in some for some in known) or self._question(collection_id) is not None

    def _question(self, collection_id: str) -> tuple[NamedQuestion, Derived] | None:
        """Give the question and the kind of a derived collection; None for any other."""
        if collection_id in self._questions:
            return self._questions[collection_id]
        if collection_id in self._layers or collection_id in self._differences:
            return None
        question_id, _, suffix = collection_id.rpartition("-")
        kind = next((one for one in DERIVED if one.suffix == suffix), None)
        own = self._temporary(question_id) if kind is not None else None
        return None if kind is None or own is None else (own, kind)

    def difference_of(self, collection_id: str) -> NamedDifference | None:
        """Give the difference that a collection shows; None for any other."""
        found = self._differences.get(collection_id)
        return found[0] if found else None

    def asked_of(self, collection_id: str) -> tuple[Question, ...]:
        """Give the questions, as named, that must be answered for a collection; none for a layer."""
        if (named := self.question_of(collection_id)) is not None:
            return (named.ask_on(None),)
        if (difference := self.difference_of(collection_id)) is not None:
            asked = self.catalog.difference(difference.id)
            return (asked.before, asked.after)
        return ()

    def get(self, collection_id: str, question: Question | None = None, *, pieces: str | None = None) -> Collection:
        """Give a collection; a derived one for its question as asked (`question`), or as named.

        `pieces` is "cell" or "zone": whether gaps and coverage come by cell or whole by zone; by themselves gaps come
        by cell and coverage by zone. Raises NotFoundError, QuestionError.
        """
        if collection_id in self._layers:
            return self._layers[collection_id]
        if collection_id in self._differences:
            return self.get_difference(collection_id)
        named, derived = self._derived_from(collection_id)
        asked, unit = _as_asked(named, derived, question, pieces)
        key = (collection_id, asked.key, unit)
        return self._derived.get(key, lambda: derived.build(self.catalog, named, self._answer(asked), unit))

    def outline(self, collection_id: str, question: Question | None = None, *, pieces: str | None = None) -> Outline:
        """Describe what `get` would give, without an answer: one that is not made yet is foreseen.

        Raises NotFoundError.
        """
        if collection_id in self._layers:
            return self._layers[collection_id]
        if collection_id in self._differences:
            return self.outline_difference(collection_id)
        named, derived = self._derived_from(collection_id)
        asked, unit = _as_asked(named, derived, question, pieces)
        key = (collection_id, asked.key, unit)
        made = self._derived.peek(key)
        return made or self._foreseen.get(key, lambda: derived.foresee(self.catalog, named, asked, unit))

    def _derived_from(self, collection_id: str) -> tuple[NamedQuestion, Derived]:
        """Give the question and the kind of a derived collection; raises NotFoundError where there is no such one."""
        found = self._question(collection_id)
        if found is None:
            expected = self.catalog.is_expected(collection_id)
            advice = self.catalog.advice_on(collection_id) if expected else Said(message("See /collections."))
            raise NotFoundError(message("collection"), collection_id, advice=advice)
        return found

    def get_difference(self, collection_id: str, difference: Difference | None = None) -> Collection:
        """Give a collection of a difference, as asked or as named; raises NotFoundError, QuestionError."""
        named, derived, asked = self._difference(collection_id, difference)

        def build() -> Collection:
            compared = self._compare(self._answer(asked.before), self._answer(asked.after))
            return derived.build(self.catalog, named, compared)

        return self._derived.get((collection_id, asked.key, ""), build)

    def outline_difference(self, collection_id: str, difference: Difference | None = None) -> Outline:
        """Describe what `get_difference` would give, without an answer; raises NotFoundError."""
        named, derived, asked = self._difference(collection_id, difference)
        key = (collection_id, asked.key, "")
        made = self._derived.peek(key)
        return made or self._foreseen.get(key, lambda: derived.foresee(self.catalog, named, asked))

    def _difference(
        self, collection_id: str, difference: Difference | None
    ) -> tuple[NamedDifference, DerivedChange, Difference]:
        if collection_id not in self._differences:
            raise NotFoundError(message("collection"), collection_id, advice=message("See /collections."))
        named, derived = self._differences[collection_id]
        return named, derived, difference or self.catalog.difference(named.id)


def _as_asked(
    named: NamedQuestion, derived: Derived, question: Question | None, pieces: str | None
) -> tuple[Question, str]:
    """Give the question as asked, or as named, and by what its pieces come."""
    return question or named.ask_on(None), pieces or ("zone" if derived is COVERAGE else "cell")


def _of_layer(catalog: Catalog, layer: Layer) -> Collection:
    manifest = layer.manifest
    columns = [c for c in layer.features.columns if c not in ("geometry", "row", "id")]
    empty = layer.features.empty
    kept = [c for c in columns if empty or c not in LAYER_SCHEMA or layer.features[c].notna().any()]
    return Collection(
        id=layer.id,
        title=manifest.title,
        description=manifest.description,
        frame=lonlat(catalog, layer.features[[*kept, "geometry"]]),
        ids=tuple(layer.features["id"]),
        schema={name: LAYER_SCHEMA.get(name) or _attribute(layer, name) for name in kept},
        version=layer.version,
        region_extent=catalog.region.box.lonlat,
        about={
            "role": str(manifest.role),
            "illustrative": manifest.illustrative,
            "source": manifest.source.model_dump(exclude_none=True),
            "licence": manifest.licence.model_dump(exclude_none=True),
            "as_of": manifest.as_of.isoformat(),
            "update_frequency": manifest.update_frequency.model_dump(exclude_none=True),
            "known_gaps": [gap.model_dump(exclude_none=True) for gap in manifest.known_gaps],
            "set_aside": len(layer.set_aside),
            "without_position": len(layer.listed),
        },
    )


def _attribute(layer: Layer, column: str) -> Property:
    values = layer.features[column].dropna()
    kinds = {type(value) for value in values}
    kind = INTEGER if kinds and kinds <= {int} else NUMBER if kinds and kinds <= {int, float} else STRING
    kind = "boolean" if kinds == {bool} else kind
    is_day = kinds == {date} or column in layer.manifest.dates
    format_ = "date" if is_day else "date-time" if kinds == {datetime} else None
    for attribute in layer.manifest.attributes:
        if column in (attribute.name, f"{attribute.name}_en", f"{attribute.name}_zh"):
            return Property(kind, attribute.title, attribute.unit, format_)
    return Property(kind, format=format_)
