"""Reading a filter, as text or JSON, into one bounded tree of CQL2 JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import orjson

from geoservice.collections.filtering.grammar import Node, read_text
from geoservice.crs import ServedCrs
from geoservice.errors import ParameterError, Said, message, why_unfit

MAX_LENGTH = 32_768
"""Characters of a filter: enough for the outline of a zone."""
MAX_DEPTH = 64
MAX_OPERATIONS = 256


@dataclass(frozen=True)
class Filter:
    """A condition on features, as CQL2 JSON; `crs` is the system of its coordinates, longitude and latitude if None.

    `parameter` and `text` are what a message names if the condition does not fit the collection.
    """

    tree: Node = field(compare=False)
    crs: ServedCrs | None = None
    parameter: str = "filter"
    text: str = ""

    @cached_property
    def key(self) -> bytes:
        """What the condition is, as bytes: equal for equal conditions."""
        return orjson.dumps([self.tree, self.crs.code if self.crs else None], option=orjson.OPT_SORT_KEYS)

    def refused(self, allowed: Said) -> ParameterError:
        """Make the error of a condition that cannot be evaluated."""
        return ParameterError(self.parameter, self.text, allowed)


def equal_to(name: str, value: Node, text: str) -> Filter:
    """Make the condition that a property has a value; messages name the property as the parameter."""
    return Filter({"op": "=", "args": [{"property": name}, value]}, None, name, text)


def parse_text(text: str, crs: ServedCrs | None = None) -> Filter:
    """Read CQL2 text; raises ParameterError."""
    _require_short(text)
    try:
        return _bounded(Filter(read_text(text), crs, "filter", text))
    except ValueError as error:
        allowed = message("CQL2 text, such as %(example)s; %(why)s")
        shown = {"example": "name LIKE 'A%' AND area > 5", "why": why_unfit(error)}
        raise ParameterError("filter", text, allowed, shown) from None


def parse_json(text: str, crs: ServedCrs | None = None) -> Filter:
    """Read CQL2 JSON; raises ParameterError."""
    _require_short(text)
    try:
        tree = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError) as error:
        allowed = message("CQL2 JSON, such as %(example)s; %(why)s")
        shown = {"example": '{"op": "=", "args": [{"property": "name"}, "A"]}', "why": str(error)}
        raise ParameterError("filter", text, allowed, shown) from None
    return _bounded(Filter(tree, crs, "filter", text))


def _require_short(text: str) -> None:
    if len(text) > MAX_LENGTH:
        allowed = message("at most %(most)s characters; this has %(count)s")
        raise ParameterError("filter", text, allowed, {"most": MAX_LENGTH, "count": len(text)})


def _bounded(given: Filter) -> Filter:
    """Raise ParameterError for a tree that is too deep, or of too many operations, to be evaluated in little time."""
    operations = 0
    for node, depth in _walk(given.tree):
        operations += isinstance(node, (dict, bool))
        if depth > MAX_DEPTH:
            raise given.refused(Said(message("conditions nested at most %(most)s deep"), {"most": MAX_DEPTH}))
        if operations > MAX_OPERATIONS:
            allowed = message("at most %(most)s operations, properties, geometries and truths")
            raise given.refused(Said(allowed, {"most": MAX_OPERATIONS}))
    return given


def _walk(tree: Node) -> Iterator[tuple[Node, int]]:
    """Give every node with its depth, without recursion, and of literals those that are conditions."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting += [(child, depth + 1) for child in children if isinstance(child, (dict, list, bool))]
