"""Evaluating a filter on the columns of a collection, in the three truths of CQL2: true, false and not known."""

from __future__ import annotations

import functools
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.collections.filtering import spatial, temporal
from geoservice.collections.filtering.columns import EVER_US, Column, Columns, Mask, Texts, as_objects
from geoservice.collections.filtering.grammar import Node
from geoservice.collections.filtering.tree import Filter
from geoservice.errors import shorten

Compare = Callable[[Any, Any], Any]

_COMPARISONS: Mapping[str, Compare] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_ARITHMETIC: Mapping[str, Compare] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda left, right: np.trunc(np.divide(left, right)),
    "^": np.power,
}
_TEMPORAL = ("date", "timestamp", "interval")
_GEOMETRIES = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection")
_CONDITIONS = frozenset(
    {*_COMPARISONS, *spatial.PREDICATES, *temporal.RELATIONS, "and", "or", "not", "like", "between", "in", "isNull"}
)


class Features(Protocol):
    """What a filter is evaluated on: columns by name, geometries, and the tree of those that have a place."""

    @property
    def columns(self) -> Columns:
        """The columns by name."""

    @property
    def geometries(self) -> npt.NDArray[np.object_]:
        """The geometries, in longitude and latitude."""

    @property
    def placed(self) -> npt.NDArray[np.intp]:
        """The positions of features that have a place."""

    @property
    def tree(self) -> shapely.STRtree:
        """The tree of those."""

    @property
    def queryables(self) -> tuple[str, ...]:
        """The names of the columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where a condition is true, and where nobody knows."""

    true: Mask | np.bool_
    unknown: Mask | np.bool_

    @property
    def false(self) -> Mask | np.bool_:
        """Where it is known not to be true."""
        return ~(self.true | self.unknown)

    @classmethod
    def where(cls, found: Any, missing: Any) -> Truth:
        """Make a truth that is not known where something is missing."""
        return cls(found & ~missing, missing)


def matching(condition: Filter, features: Features) -> Mask:
    """Tell for which features a filter is true; raises ParameterError if it does not fit the collection."""
    try:
        truth = _Evaluation(condition, features).truth(condition.tree)
    except ValueError as error:
        raise condition.refused(str(error)) from error
    except shapely.errors.GEOSException as error:
        raise condition.refused(f"geometries that this comparison is defined for: {shorten(str(error))}") from error
    return np.broadcast_to(truth.true, (len(features.columns),))


class _Evaluation:
    """One evaluation; whatever does not fit is a ValueError that says what would."""

    def __init__(self, condition: Filter, features: Features) -> None:
        self._crs = condition.crs
        self._features = features

    # ------------------------------------------------------------ conditions

    def truth(self, node: Node) -> Truth:
        """Evaluate a condition."""
        op, args = _operation(node) if isinstance(node, dict) and "op" in node else ("", [])
        if op in ("and", "or", "not"):
            return self._logic(op, args)
        if op in _COMPARISONS:
            left, right = self._two(op, args)
            return _compared(_COMPARISONS[op], self.value(left), self.value(right))
        if op in spatial.PREDICATES:
            return self._spatial(op, *self._two(op, args))
        if op in temporal.RELATIONS:
            left, right = self._two(op, args)
            return self._temporal(op, self.value(left), self.value(right))
        others = {"like": self._like, "between": self._between, "in": self._in, "isNull": self._isnull}
        return others[op](args) if op in others else self._truth_of_value(node)

    def _truth_of_value(self, node: Node) -> Truth:
        column = self.value(node)
        if column.kind != "boolean":
            raise ValueError(f"a condition, not a {column.kind}")
        return Truth.where(column.values, column.null)

    def _logic(self, op: str, args: list[Node]) -> Truth:
        if op == "not":
            if len(args) != 1:
                raise ValueError("one condition after NOT")
            inner = self.truth(args[0])
            return Truth(inner.false, inner.unknown)
        if len(args) < 2:  # noqa: PLR2004 - both sides
            raise ValueError(f"at least two conditions for {op.upper()}")
        truths = [self.truth(arg) for arg in args]
        return functools.reduce(_both if op == "and" else _either, truths)

    def _spatial(self, op: str, left: Node, right: Node) -> Truth:
        sides = [self._geometry(left), self._geometry(right)]
        known = self._known()
        match sides:
            case [None, None]:
                geometries = self._features.geometries
                return Truth.where(spatial.PREDICATES[op](geometries, geometries), ~known)
            case [None, literal]:
                flip = False
            case [literal, None]:
                flip = True
            case [first, second]:
                return Truth(np.bool_(spatial.PREDICATES[op](first, second)), np.bool_(0))
        features = self._features
        found = spatial.features_related(op, features.tree, features.placed, features.geometries, literal, flip=flip)
        return Truth.where(found, ~known)

    def _known(self) -> Mask:
        known = np.zeros(len(self._features.columns), dtype=bool)
        known[self._features.placed] = True
        return known

    def _geometry(self, node: Node) -> Any:
        """Read a geometry; None stands for that of the features."""
        if isinstance(node, dict):
            if "property" in node:
                if node["property"] not in ("geometry", "geom"):
                    raise ValueError(f"the geometry is the property geometry, not {_named(node['property'])}")
                return None
            if "bbox" in node:
                return spatial.read_bbox(self._literals(node["bbox"]), self._crs)
            if node.get("type") in _GEOMETRIES:
                return spatial.read_geometry(node, self._crs)
        raise ValueError("the property geometry, a geometry such as POINT(1 2), or BBOX(west,south,east,north)")

    def _literals(self, nodes: Node) -> list[float]:
        """Reckon what stands in a BBOX, where each number may have a sign."""
        columns = [self.value(node) for node in nodes] if isinstance(nodes, list) else []
        if any(column.kind != "number" or np.ndim(column.values) for column in columns):
            raise ValueError("BBOX has four numbers, or six with heights")
        return [float(column.values) for column in columns]

    def _temporal(self, op: str, left: Column, right: Column) -> Truth:
        for column in (left, right):
            if column.kind not in _TEMPORAL:
                raise ValueError(f"{op.upper()} compares dates, timestamps and intervals, not a {column.kind}")
        return Truth.where(temporal.related(op, left, right), left.null | right.null)

    def _like(self, args: list[Node]) -> Truth:
        value, pattern = (self.value(arg) for arg in self._two("like", args))
        if value.kind != "string" or pattern.kind != "string" or np.ndim(pattern.values.codes):
            raise ValueError("LIKE compares a text with a pattern, where % stands for any characters and _ for one")
        expression = _like_expression(str(pattern.values.words[0]))
        found = np.array([expression(word) for word in value.values.words], dtype=bool)
        return Truth.where(value.values.take(found), value.null)

    def _between(self, args: list[Node]) -> Truth:
        if len(args) != 3:  # noqa: PLR2004 - the value and two bounds
            raise ValueError("BETWEEN has a value and two bounds")
        value, low, high = (self.value(arg) for arg in args)
        return _both(_compared(operator.ge, value, low), _compared(operator.le, value, high))

    def _in(self, args: list[Node]) -> Truth:
        value, among = self._two("in", args)
        if not isinstance(among, list) or not among:
            raise ValueError("IN has a list of values")
        column = self.value(value)
        if column.kind == "string" and all(isinstance(one, str) for one in among):
            wanted = set(among)
            found = np.array([word in wanted for word in column.values.words], dtype=bool)
            return Truth.where(column.values.take(found), column.null)
        if column.kind == "number" and all(type(one) in (int, float) for one in among):
            return Truth.where(np.isin(column.values, among), column.null)
        return functools.reduce(_either, [_compared(operator.eq, column, self.value(one)) for one in among])

    def _isnull(self, args: list[Node]) -> Truth:
        if len(args) != 1:
            raise ValueError("IS NULL has one property before it")
        if isinstance(args[0], dict) and args[0].get("property") == "geometry":
            missing: Mask | np.bool_ = ~self._known()
        else:
            missing = self.value(args[0]).null
        return Truth(missing, np.zeros_like(missing))

    # ------------------------------------------------------------ values

    def value(self, node: Node) -> Column:
        """Evaluate what has a value."""
        if isinstance(node, dict):
            for name, read in self._readers().items():
                if name in node:
                    return read(node[name] if name != "op" else node)
            raise ValueError("a geometry only in a spatial comparison such as S_INTERSECTS(geometry, POINT(1 2))")
        if isinstance(node, bool):
            return Column("boolean", np.bool_(node), np.bool_(0))
        if isinstance(node, (int, float)):
            return Column("number", np.float64(node), np.bool_(0))
        return Column("string", Texts(np.zeros((), dtype=np.intp), as_objects([_text(node)])), np.bool_(0))

    def _readers(self) -> Mapping[str, Callable[[Any], Column]]:
        return {
            "property": self._property,
            "date": self._date,
            "timestamp": self._timestamp,
            "interval": self._interval,
            "op": self._operated,
        }

    def _operated(self, node: Mapping[str, Any]) -> Column:
        """Evaluate an operation that has a value: that of a condition is whether it is true."""
        op, args = _operation(node)
        if op in _CONDITIONS:
            truth = self.truth(node)
            return Column("boolean", truth.true, truth.unknown)
        if op in _ARITHMETIC:
            return self._arithmetic(op, *self._two(op, args))
        if op in ("casei", "accenti"):
            return self._folded(op, args)
        raise ValueError(f"no function {_named(op)}; there are CASEI, ACCENTI, DATE, TIMESTAMP, INTERVAL and BBOX")

    def _property(self, name: Any) -> Column:
        if name in ("geometry", "geom") and name not in self._features.queryables:
            raise ValueError("the geometry only in a spatial comparison such as S_INTERSECTS(geometry, POINT(1 2))")
        if not isinstance(name, str) or name not in self._features.queryables:
            listed = ", ".join([*self._features.queryables, "geometry"])
            raise ValueError(f"the properties {shorten(listed, 1000)}; there is no {_named(name)}")
        return self._features.columns[name]

    def _date(self, text: Any) -> Column:
        return Column("date", np.int64(temporal.parse_date(_text(text))), np.bool_(0))

    def _timestamp(self, text: Any) -> Column:
        return Column("timestamp", np.int64(temporal.parse_timestamp(_text(text))), np.bool_(0))

    def _interval(self, ends: Any) -> Column:
        if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 - a start and an end
            raise ValueError("INTERVAL has a start and an end, either of which may be '..'")
        start, end = (self._end(node, open_) for node, open_ in zip(ends, (-EVER_US, EVER_US), strict=True))
        if not np.ndim(start.values) and not np.ndim(end.values) and start.values > temporal.last(end):
            raise ValueError("an interval whose start is not after its end")
        return Column("interval", (start, end), start.null | end.null)

    def _end(self, node: Node, open_: int) -> Column:
        if node == "..":
            return Column("date", np.int64(open_), np.bool_(0))
        if isinstance(node, str):
            return self._timestamp(node) if "T" in node.upper() else self._date(node)
        column = self.value(node)
        if column.kind not in ("date", "timestamp"):
            raise ValueError(f"INTERVAL has dates or timestamps, not a {column.kind}")
        return column

    def _arithmetic(self, op: str, left: Node, right: Node) -> Column:
        first, second = self.value(left), self.value(right)
        if first.kind != "number" or second.kind != "number":
            raise ValueError(f"{op.upper()} reckons with numbers, not with a {first.kind} and a {second.kind}")
        with np.errstate(all="ignore"):
            found = _ARITHMETIC[op](first.values, second.values)
        return Column("number", found, first.null | second.null | ~np.isfinite(found))

    def _folded(self, op: str, args: list[Node]) -> Column:
        if len(args) != 1:
            raise ValueError(f"{op.upper()} has one text")
        column = self.value(args[0])
        if column.kind != "string":
            raise ValueError(f"{op.upper()} has one text, not a {column.kind}")
        return Column("string", column.values.map(str.casefold if op == "casei" else _without_accents), column.null)

    def _two(self, op: str, args: list[Node]) -> tuple[Node, Node]:
        if len(args) != 2:  # noqa: PLR2004 - both sides
            raise ValueError(f"{op.upper()} has two sides")
        return args[0], args[1]


def _operation(node: Mapping[str, Any]) -> tuple[str, list[Node]]:
    op, args = node["op"], node.get("args")
    if not isinstance(op, str) or not isinstance(args, list):
        raise ValueError('an operation has an "op", which is a text, and "args", which is a list')  # noqa: TRY004
    return op if op == "isNull" else op.lower(), args


def _both(left: Truth, right: Truth) -> Truth:
    true = left.true & right.true
    return Truth(true, ~(true | left.false | right.false))


def _either(left: Truth, right: Truth) -> Truth:
    true = left.true | right.true
    return Truth(true, ~true & (left.unknown | right.unknown))


def _compared(compare: Compare, left: Column, right: Column) -> Truth:
    """Compare two columns of one kind."""
    null = left.null | right.null
    temporal_kinds = {left.kind, right.kind} <= {"date", "timestamp"}
    if (left.kind != right.kind and not temporal_kinds) or left.kind == "interval":
        raise ValueError(f"values of one kind on both sides, not a {left.kind} and a {right.kind}")
    if left.kind == "string":
        return Truth.where(_texts_compared(compare, left.values, right.values), null)
    if temporal_kinds and left.kind != right.kind:
        return Truth.where(_moments_compared(compare, left, right), null)
    return Truth.where(compare(left.values, right.values), null)


def _texts_compared(compare: Compare, left: Texts, right: Texts) -> Mask:
    if not np.ndim(right.codes):
        return left.take(_all_compared(compare, left.words, right.words[0]))
    if not np.ndim(left.codes):
        return right.take(_all_compared(compare, as_objects([left.words[0]] * len(right.words)), right.words))
    return _all_compared(compare, left.values, right.values)


def _all_compared(compare: Compare, left: npt.NDArray[np.object_], right: Any) -> Mask:
    return np.asarray(compare(left, right), dtype=bool)


def _moments_compared(compare: Compare, left: Column, right: Column) -> Mask:
    """Compare a day with a moment: a moment within the day is equal to it."""
    start, end = temporal.bounds(left, whole_days=True)
    begin, finish = temporal.bounds(right, whole_days=True)
    sign = np.where(end < begin, -1, np.where(start > finish, 1, 0))
    return np.asarray(compare(sign, 0), dtype=bool)


def _like_expression(pattern: str) -> Callable[[str], bool]:
    r"""Make the test of a pattern: % for any characters, _ for one, \ before one that stands for itself.

    Parts between any characters are sought one after another from the left, so no pattern takes long.
    """
    parts: list[str] = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "%":
            parts.append("")
        elif character == "_":
            parts[-1] += "."
        else:
            parts[-1] += re.escape(next(characters, "\\") if character == "\\" else character)
    pieces = [re.compile(part, re.DOTALL) for part in parts]
    if len(pieces) == 1:
        return lambda text: pieces[0].fullmatch(text) is not None
    last = re.compile(f"(?:{parts[-1]})\\Z", re.DOTALL)
    tail = _length(parts[-1])
    return lambda text: _in_order(pieces, last, tail, text)


def _length(part: str) -> int:
    return len(re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL))


def _in_order(pieces: Iterable[re.Pattern[str]], last: re.Pattern[str], tail: int, text: str) -> bool:
    first, *middle, _ = pieces
    found = first.match(text)
    for piece in middle:
        if found is None:
            return False
        found = piece.search(text, found.end())
    return found is not None and len(text) - tail >= found.end() and last.match(text, len(text) - tail) is not None


def _without_accents(text: str) -> str:
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("values such as 'text', 5, TRUE or DATE('2026-01-31'); for none, IS NULL")  # noqa: TRY004
    return value


def _named(name: Any) -> str:
    return f"'{shorten(str(name), 60)}'"
