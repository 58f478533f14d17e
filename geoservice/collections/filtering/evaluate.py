"""Evaluating a filter on the columns of a collection, in the three truths of CQL2: true, false and not known."""

from __future__ import annotations

import functools
import itertools
import operator
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from geoservice.collections.filtering import spatial, temporal
from geoservice.collections.filtering.columns import EVER_US, Column, Columns, Mask, Texts, as_objects
from geoservice.collections.filtering.grammar import Node
from geoservice.collections.filtering.like import like_expression
from geoservice.collections.filtering.tree import Filter
from geoservice.collections.filtering.truth import Compare, Truth, among, both, compared, either
from geoservice.collections.filtering.work import Sizes, distinct, repeated, require_little_work
from geoservice.errors import Said, Unfit, message, shorten, why_unfit

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
_PLAIN: Mapping[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}
"""The literals that stand for themselves, by the kind of value that they are."""
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


def matching(condition: Filter, features: Features) -> Mask:
    """Tell for which features a filter is true; raises ParameterError if it does not fit the collection."""
    try:
        require_little_work(condition.tree, Sizes(len(features.columns), len(features.placed), _words_of(features)))
        truth = _Evaluation(condition, features).truth(condition.tree)
    except ValueError as error:
        raise condition.refused(why_unfit(error)) from error
    except shapely.errors.GEOSException as error:
        allowed = message("geometries that this comparison is defined for: %(error)s")
        raise condition.refused(Said(allowed, {"error": shorten(str(error))})) from error
    return np.broadcast_to(truth.true, (len(features.columns),))


def _words_of(features: Features) -> Callable[[str], int]:
    """Tell how many different texts a property has; none where it is no text, or not there."""

    def words(name: str) -> int:
        column = features.columns[name] if name in features.queryables else None
        return len(column.values.words) if column is not None and column.kind == "string" else 0

    return words


class _Evaluation:
    """One evaluation; whatever does not fit is a ValueError that says what would.

    Conditions and changed texts that occur more than once are evaluated once.
    """

    def __init__(self, condition: Filter, features: Features) -> None:
        self._crs = condition.crs
        self._features = features
        self._repeated = repeated(condition.tree)
        self._truths: dict[bytes, Truth] = {}
        self._changed: dict[bytes, Column] = {}

    # ------------------------------------------------------------ conditions

    def truth(self, node: Node) -> Truth:
        """Evaluate a condition."""
        key = self._repeated.get(id(node))
        if key is None:
            return self._truth(node)
        if key not in self._truths:
            self._truths[key] = self._truth(node)
        return self._truths[key]

    def _truth(self, node: Node) -> Truth:
        op, args = _operation(node) if isinstance(node, dict) and "op" in node else ("", [])
        if op in ("and", "or", "not"):
            return self._logic(op, args)
        if op in _COMPARISONS:
            left, right = self._two(op, args)
            return compared(_COMPARISONS[op], self.value(left), self.value(right))
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
            raise Unfit(message("a condition, not a %(kind)s"), {"kind": column.kind})
        return Truth.where(column.values, column.null)

    def _logic(self, op: str, args: list[Node]) -> Truth:
        if op == "not":
            if len(args) != 1:
                raise Unfit(message("one condition after NOT"))
            inner = self.truth(args[0])
            return Truth(inner.false, inner.unknown)
        if len(args) < 2:  # noqa: PLR2004 - both sides
            raise Unfit(message("at least two conditions for %(op)s"), {"op": op.upper()})
        return functools.reduce(both if op == "and" else either, map(self.truth, args))

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
                    named = {"name": _named(node["property"])}
                    raise Unfit(message("the geometry is the property geometry, not %(name)s"), named)
                return None
            if "bbox" in node:
                return spatial.read_bbox(self._literals(node["bbox"]), self._crs)
            if node.get("type") in _GEOMETRIES:
                return spatial.read_geometry(node, self._crs)
        raise Unfit(message("the property geometry, a geometry such as POINT(1 2), or BBOX(west,south,east,north)"))

    def _literals(self, nodes: Node) -> list[float]:
        """Reckon what stands in a BBOX, where each number may have a sign."""
        columns = [self.value(node) for node in nodes] if isinstance(nodes, list) else []
        if any(column.kind != "number" or np.ndim(column.values) for column in columns):
            raise Unfit(message("BBOX has four numbers, or six with heights"))
        return [float(column.values) for column in columns]

    def _temporal(self, op: str, left: Column, right: Column) -> Truth:
        for column in (left, right):
            if column.kind not in _TEMPORAL:
                told = {"op": op.upper(), "kind": column.kind}
                raise Unfit(message("%(op)s compares dates, timestamps and intervals, not a %(kind)s"), told)
        return Truth.where(temporal.related(op, left, right), left.null | right.null)

    def _like(self, args: list[Node]) -> Truth:
        value, pattern = (self.value(arg) for arg in self._two("like", args))
        if value.kind != "string" or pattern.kind != "string" or np.ndim(pattern.values.codes):
            raise Unfit(message("LIKE compares a text with a pattern, where % stands for any characters and _ for one"))
        expression = like_expression(str(pattern.values.words[0]))
        found = np.array([expression(word) for word in value.values.words], dtype=bool)
        return Truth.where(value.values.take(found), value.null)

    def _between(self, args: list[Node]) -> Truth:
        if len(args) != 3:  # noqa: PLR2004 - the value and two bounds
            raise Unfit(message("BETWEEN has a value and two bounds"))
        value, low, high = (self.value(arg) for arg in args)
        return both(compared(operator.ge, value, low), compared(operator.le, value, high))

    def _in(self, args: list[Node]) -> Truth:
        value, listed = self._two("in", args)
        if not isinstance(listed, list) or not listed:
            raise Unfit(message("IN has a list of values"))
        column = self.value(value)
        kinds = _PLAIN.get(column.kind, ())
        plain = [one for one in listed if type(one) in kinds]
        further = distinct([one for one in listed if type(one) not in kinds])
        at_once = [among(column, plain)] if plain else []
        one_by_one = (compared(operator.eq, column, self.value(one)) for one in further)
        return functools.reduce(either, itertools.chain(at_once, one_by_one))

    def _isnull(self, args: list[Node]) -> Truth:
        if len(args) != 1:
            raise Unfit(message("IS NULL has one property before it"))
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
            raise Unfit(message("a geometry only in a spatial comparison such as S_INTERSECTS(geometry, POINT(1 2))"))
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
            key = self._repeated.get(id(node))
            if key is None:
                return self._folded(op, args)
            if key not in self._changed:
                self._changed[key] = self._folded(op, args)
            return self._changed[key]
        allowed = message("no function %(name)s; there are CASEI, ACCENTI, DATE, TIMESTAMP, INTERVAL and BBOX")
        raise Unfit(allowed, {"name": _named(op)})

    def _property(self, name: Any) -> Column:
        if name in ("geometry", "geom") and name not in self._features.queryables:
            raise Unfit(message("the geometry only in a spatial comparison such as S_INTERSECTS(geometry, POINT(1 2))"))
        if not isinstance(name, str) or name not in self._features.queryables:
            listed = ", ".join([*self._features.queryables, "geometry"])
            told = {"listed": shorten(listed, 1000), "name": _named(name)}
            raise Unfit(message("the properties %(listed)s; there is no %(name)s"), told)
        return self._features.columns[name]

    def _date(self, text: Any) -> Column:
        return Column("date", np.int64(temporal.parse_date(_text(text))), np.bool_(0))

    def _timestamp(self, text: Any) -> Column:
        return Column("timestamp", np.int64(temporal.parse_timestamp(_text(text))), np.bool_(0))

    def _interval(self, ends: Any) -> Column:
        if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 - a start and an end
            raise Unfit(message("INTERVAL has a start and an end, either of which may be '..'"))
        start, end = (self._end(node, open_) for node, open_ in zip(ends, (-EVER_US, EVER_US), strict=True))
        if not np.ndim(start.values) and not np.ndim(end.values) and start.values > temporal.last(end):
            raise Unfit(message("an interval whose start is not after its end"))
        return Column("interval", (start, end), start.null | end.null)

    def _end(self, node: Node, open_: int) -> Column:
        if node == "..":
            return Column("date", np.int64(open_), np.bool_(0))
        if isinstance(node, str):
            return self._timestamp(node) if "T" in node.upper() else self._date(node)
        column = self.value(node)
        if column.kind not in ("date", "timestamp"):
            raise Unfit(message("INTERVAL has dates or timestamps, not a %(kind)s"), {"kind": column.kind})
        return column

    def _arithmetic(self, op: str, left: Node, right: Node) -> Column:
        first, second = self.value(left), self.value(right)
        if first.kind != "number" or second.kind != "number":
            told = {"op": op.upper(), "first": first.kind, "second": second.kind}
            raise Unfit(message("%(op)s reckons with numbers, not with a %(first)s and a %(second)s"), told)
        with np.errstate(all="ignore"):
            found = _ARITHMETIC[op](first.values, second.values)
        return Column("number", found, first.null | second.null | ~np.isfinite(found))

    def _folded(self, op: str, args: list[Node]) -> Column:
        if len(args) != 1:
            raise Unfit(message("%(op)s has one text"), {"op": op.upper()})
        column = self.value(args[0])
        if column.kind != "string":
            raise Unfit(message("%(op)s has one text, not a %(kind)s"), {"op": op.upper(), "kind": column.kind})
        return Column("string", column.values.map(str.casefold if op == "casei" else _without_accents), column.null)

    def _two(self, op: str, args: list[Node]) -> tuple[Node, Node]:
        if len(args) != 2:  # noqa: PLR2004 - both sides
            raise Unfit(message("%(op)s has two sides"), {"op": op.upper()})
        return args[0], args[1]


def _operation(node: Mapping[str, Any]) -> tuple[str, list[Node]]:
    op, args = node["op"], node.get("args")
    if not isinstance(op, str) or not isinstance(args, list):
        raise Unfit(message('an operation has an "op", which is a text, and "args", which is a list'))
    return op if op == "isNull" else op.lower(), args


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in split if not unicodedata.combining(c)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(message("values such as 'text', 5, TRUE or DATE('2026-01-31'); for none, IS NULL"))
    return value


def _named(name: Any) -> str:
    return f"'{shorten(str(name), 60)}'"
