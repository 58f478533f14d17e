"""How much work a filter is, reckoned before any of it is evaluated, and what of it is the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import orjson

from geoservice.collections.filtering.grammar import Node
from geoservice.collections.filtering.spatial import PREDICATES
from geoservice.errors import Unfit, message

MOST_STEPS = 200_000_000
"""About how many texts may be compared with one another, which takes some seconds."""
_CASEI_STEPS, _ACCENTI_STEPS = 20, 100
_LIKE_STEPS = 20
"""For each part of a pattern between any characters."""
_SPATIAL_STEPS = 20
"""For a feature; beside a line, half a step more for each of its corners."""
_LINES = ("LineString", "MultiLineString")
_TOO_MUCH = message(
    "a condition that is not too much work: one of fewer operations, or on properties with fewer different texts"
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large what a filter is evaluated on is: all features, those with a place, and the texts of a property."""

    features: int
    placed: int
    words: Callable[[str], int]


def require_little_work(tree: Node, sizes: Sizes) -> None:
    """Raise ValueError for a filter whose different operations would go through too many texts or geometries."""
    steps = sum(_steps(node, sizes) for node in distinct([node for node in _nodes(tree) if "op" in node]))
    if steps > MOST_STEPS:
        raise Unfit(_TOO_MUCH)


def repeated(tree: Node) -> Mapping[int, bytes]:
    """Give for each operation that occurs more than once, by the identity of its node, what it is, as bytes."""
    keys = {id(node): _key(node) for node in _nodes(tree) if "op" in node}
    often = {key for key, count in Counter(keys.values()).items() if count > 1}
    return {node: key for node, key in keys.items() if key in often}


def distinct(nodes: list[Node]) -> list[Node]:
    """Give each of some nodes once, in their order."""
    return list({_key(node): node for node in nodes}.values())


def _key(node: Node) -> bytes:
    return orjson.dumps(node, option=orjson.OPT_SORT_KEYS)


def _steps(node: Mapping[str, Node], sizes: Sizes) -> int:
    """Reckon one operation without those within it; what is none is refused where it is evaluated."""
    op, args = node["op"], node.get("args")
    if not isinstance(op, str) or not isinstance(args, list):
        return 0
    return _RECKONED.get(op.lower(), _compared)(args, sizes)


def _nothing(_args: list[Node], _sizes: Sizes) -> int:
    return 0


def _compared(args: list[Node], sizes: Sizes) -> int:
    """Reckon a comparison: two properties are compared feature by feature."""
    words = [count for arg in args if (count := _words(arg, sizes))]
    return 2 * sizes.features if len(words) > 1 else sum(words)


def _among(args: list[Node], sizes: Sizes) -> int:
    """Reckon IN: all literals are sought at once, anything else is compared."""
    further = args[1] if len(args) > 1 and isinstance(args[1], list) else []
    compared = distinct([one for one in further if isinstance(one, dict)])
    return _words(args[:1], sizes) + sum(_compared([args[0], one], sizes) for one in compared)


def _casei(args: list[Node], sizes: Sizes) -> int:
    return _CASEI_STEPS * _words(args, sizes)


def _accenti(args: list[Node], sizes: Sizes) -> int:
    return _ACCENTI_STEPS * _words(args, sizes)


def _like(args: list[Node], sizes: Sizes) -> int:
    return _LIKE_STEPS * (1 + _key(args).count(b"%")) * _words(args, sizes)


def _spatial(args: list[Node], sizes: Sizes) -> int:
    corners = sum(_key(node).count(b"[") for node in _nodes(args) if node.get("type") in _LINES)
    return (_SPATIAL_STEPS + corners // 2) * sizes.placed


_RECKONED: Mapping[str, Callable[[list[Node], Sizes], int]] = {
    **dict.fromkeys(PREDICATES, _spatial),
    **dict.fromkeys(("and", "or", "not", "isnull"), _nothing),
    "in": _among,
    "casei": _casei,
    "accenti": _accenti,
    "like": _like,
}


def _words(tree: Node, sizes: Sizes) -> int:
    """Give how many different texts the property has most of that is named in a part of a filter."""
    named = {name for node in _nodes(tree) if isinstance(name := node.get("property"), str)}
    return max((sizes.words(name) for name in named), default=0)


def _nodes(tree: Node) -> Iterator[Mapping[str, Node]]:
    """Give every object in a tree, without recursion."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
        children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting += [child for child in children if isinstance(child, (dict, list))]
