"""The grammar of CQL2 text (OGC 21-065r2, annex B) and its way into CQL2 JSON, in time that grows with the length.

One rule for each rank of binding: what may stand where is decided by type, when the expression is evaluated. No step
goes back on another, so no text takes long, and none is nested too deeply to be read.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError

from geoservice.errors import Unfit, message

Node = Any
"""A node of CQL2 JSON: a literal, or an object with `op` and `args`, `property`, `date`, `timestamp` or the like."""

_GRAMMAR = r"""
?start: or_
?or_: and_ | and_ (_OR and_)+ -> any_of
?and_: not_ | not_ (_AND not_)+ -> all_of
?not_: _NOT not_ -> negated | comparison
?comparison: sum
    | sum COMPARATOR sum -> compared
    | sum _LIKE sum -> like
    | sum _NOT _LIKE sum -> not_like
    | sum _BETWEEN sum _AND sum -> between
    | sum _NOT _BETWEEN sum _AND sum -> not_between
    | sum _IN "(" values ")" -> in_
    | sum _NOT _IN "(" values ")" -> not_in
    | sum _IS _NULL -> is_null
    | sum _IS _NOT _NULL -> is_not_null
?sum: product | sum SIGN product -> operated
?product: power | product FACTOR power -> operated
?power: unary | unary POWER power -> operated
?unary: SIGN unary -> signed | atom
?atom: NUMBER -> number
    | STRING -> string
    | _TRUE -> true
    | _FALSE -> false
    | NAME -> property
    | QUOTED -> quoted
    | NAME "(" [values] ")" -> call
    | "(" or_ ")"
    | "(" or_ ("," or_)+ ")" -> array
    | geometry
values: or_ ("," or_)*

?geometry: _POINT Z? "(" COORDINATES ")" -> point
    | _LINESTRING Z? "(" COORDINATES ")" -> linestring
    | _POLYGON Z? rings -> polygon
    | _MULTIPOINT Z? "(" COORDINATES ")" -> multipoint
    | _MULTIPOINT Z? rings -> multipoint
    | _MULTILINESTRING Z? rings -> multilinestring
    | _MULTIPOLYGON Z? "(" rings ("," rings)* ")" -> multipolygon
    | _GEOMETRYCOLLECTION Z? "(" geometry ("," geometry)* ")" -> geometrycollection
rings: "(" "(" COORDINATES ")" ("," "(" COORDINATES ")")* ")"

COMPARATOR: "<=" | ">=" | "<>" | "=" | "<" | ">"
SIGN: "+" | "-"
FACTOR.3: "*" | "/" | "%" | /div(?![\w.:])/i
POWER: "^"
Z.3: /z(?![\w.:])/i
_OR.3: /or(?![\w.:])/i
_AND.3: /and(?![\w.:])/i
_NOT.3: /not(?![\w.:])/i
_LIKE.3: /like(?![\w.:])/i
_BETWEEN.3: /between(?![\w.:])/i
_IN.3: /in(?![\w.:])/i
_IS.3: /is(?![\w.:])/i
_NULL.3: /null(?![\w.:])/i
_TRUE.3: /true(?![\w.:])/i
_FALSE.3: /false(?![\w.:])/i
_POINT.3: /point(?=\s*(z\s*)?\()/i
_LINESTRING.3: /linestring(?=\s*(z\s*)?\()/i
_POLYGON.3: /polygon(?=\s*(z\s*)?\()/i
_MULTIPOINT.3: /multipoint(?=\s*(z\s*)?\()/i
_MULTILINESTRING.3: /multilinestring(?=\s*(z\s*)?\()/i
_MULTIPOLYGON.3: /multipolygon(?=\s*(z\s*)?\()/i
_GEOMETRYCOLLECTION.3: /geometrycollection(?=\s*(z\s*)?\()/i
COORDINATES.2: /<n>(\s+<n>){1,2}(\s*,\s*<n>(\s+<n>){1,2})*/
NUMBER.2: /(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?(?![\w.])/
STRING: /'(?:[^'\\]|''|\\'|\\(?!'))*'/
QUOTED: /"(?:[^"]|"")+"/
NAME: /(?:[:_]|[^\W\d])[\w.:]*/
%ignore /\s+/
"""

_SIGNED = r"[-+]?[\d.][\d.eE+-]*"


@v_args(inline=True)
class _ToJson(Transformer[Token, Node]):
    """Turns what the grammar finds into CQL2 JSON, from the leaves up."""

    def any_of(self, *args: Node) -> Node:
        return {"op": "or", "args": list(args)}

    def all_of(self, *args: Node) -> Node:
        return {"op": "and", "args": list(args)}

    def negated(self, arg: Node) -> Node:
        return {"op": "not", "args": [arg]}

    def compared(self, left: Node, comparator: Token, right: Node) -> Node:
        return {"op": str(comparator), "args": [left, right]}

    def operated(self, left: Node, operator: Token, right: Node) -> Node:
        return {"op": str(operator).lower(), "args": [left, right]}

    def like(self, left: Node, pattern: Node) -> Node:
        return {"op": "like", "args": [left, pattern]}

    def between(self, value: Node, low: Node, high: Node) -> Node:
        return {"op": "between", "args": [value, low, high]}

    def in_(self, value: Node, among: list[Node]) -> Node:
        return {"op": "in", "args": [value, among]}

    def is_null(self, value: Node) -> Node:
        return {"op": "isNull", "args": [value]}

    def not_like(self, *args: Node) -> Node:
        return self.negated(self.like(*args))

    def not_between(self, *args: Node) -> Node:
        return self.negated(self.between(*args))

    def not_in(self, *args: Node) -> Node:
        return self.negated(self.in_(*args))

    def is_not_null(self, value: Node) -> Node:
        return self.negated(self.is_null(value))

    def signed(self, sign: Token, value: Node) -> Node:
        if sign == "+":
            return value
        return -value if isinstance(value, float) else {"op": "-", "args": [0.0, value]}

    def number(self, digits: Token) -> Node:
        return _finite(digits)

    def string(self, quoted: Token) -> Node:
        return re.sub(r"''|\\'", "'", quoted[1:-1])

    def true(self) -> Node:
        return True

    def false(self) -> Node:
        return False

    def property(self, name: Token) -> Node:
        return {"property": str(name)}

    def quoted(self, name: Token) -> Node:
        return {"property": name[1:-1].replace('""', '"')}

    def values(self, *args: Node) -> Node:
        return [*args]

    array = values

    def call(self, name: Token, args: list[Node] | None = None) -> Node:
        given: list[Node] = args or []
        called = name.lower()
        if called in ("date", "timestamp") and len(given) == 1 and isinstance(given[0], str):
            return {called: given[0]}
        if called == "interval":
            return {"interval": given}
        if called == "bbox":
            return {"bbox": given}
        return {"op": called, "args": given}

    def point(self, *parts: Token) -> Node:
        numbers = _numbers(parts[-1])
        if len(numbers) != 1:
            raise Unfit(message("a point has one position"))
        return {"type": "Point", "coordinates": numbers[0]}

    def linestring(self, *parts: Token) -> Node:
        return {"type": "LineString", "coordinates": _numbers(parts[-1])}

    def rings(self, *coordinates: Token) -> Node:
        return [_numbers(ring) for ring in coordinates]

    def polygon(self, *parts: Node) -> Node:
        return {"type": "Polygon", "coordinates": parts[-1]}

    def multipoint(self, *parts: Node) -> Node:
        last = parts[-1]
        found = _numbers(last) if isinstance(last, Token) else [position for one in last for position in one]
        return {"type": "MultiPoint", "coordinates": found}

    def multilinestring(self, *parts: Node) -> Node:
        return {"type": "MultiLineString", "coordinates": parts[-1]}

    def multipolygon(self, *parts: Node) -> Node:
        return {"type": "MultiPolygon", "coordinates": [p for p in parts if not isinstance(p, Token)]}

    def geometrycollection(self, *parts: Node) -> Node:
        return {"type": "GeometryCollection", "geometries": [p for p in parts if not isinstance(p, Token)]}


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unfit(message("%(number)s is too large a number"), {"number": digits[:20]})
    return number


def _numbers(text: str) -> list[list[float]]:
    return [[_finite(part) for part in position.split()] for position in text.split(",")]


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR.replace("<n>", _SIGNED), parser="lalr", lexer="contextual", transformer=_ToJson())


def read_text(text: str) -> Node:
    """Read CQL2 text into the nodes of CQL2 JSON; raises ValueError that says where it goes wrong."""
    try:
        return _parser().parse(text)
    except UnexpectedInput as error:
        place: Any = error.pos_in_stream
        place = -1 if place is None else place
        if not 0 <= place < len(text):
            raise Unfit(message("it cannot be read at its end")) from error
        where = {"place": place + 1, "there": text[place : place + 12]}
        raise Unfit(message("it cannot be read at character %(place)s, '%(there)s'"), where) from error
    except VisitError as error:
        why = error.orig_exc
        if not isinstance(why, ValueError):
            why = ValueError(str(why))
        raise why from error
