"""A reader of FlatGeobuf written from its specification, to read our files without the library that wrote them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import shapely

MAGIC = b"fgb\x03fgb"
NODE_BYTES = 40
NUMBERS = {0: "b", 1: "B", 2: "?", 3: "h", 4: "H", 5: "i", 6: "I", 7: "q", 8: "Q", 9: "f", 10: "d"}
POLYGON, MULTIPOLYGON, POINT = 3, 6, 1


class Table:
    """A table of FlatBuffers: fields are found by their number, through the table's list of offsets."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.offsets = at - self.number("i", at)

    def number(self, kind: str, at: int) -> Any:
        return struct.unpack_from("<" + kind, self.data, at)[0]

    def place(self, field: int) -> int | None:
        slot = 4 + 2 * field
        if slot >= self.number("H", self.offsets):
            return None
        offset = self.number("H", self.offsets + slot)
        return self.at + offset if offset else None

    def value(self, field: int, kind: str, default: Any = 0) -> Any:
        at = self.place(field)
        return default if at is None else self.number(kind, at)

    def target(self, field: int) -> int | None:
        at = self.place(field)
        return None if at is None else at + self.number("I", at)

    def vector(self, field: int, kind: str) -> list[Any]:
        at = self.target(field)
        if at is None:
            return []
        count = self.number("I", at)
        return list(struct.unpack_from(f"<{count}{kind}", self.data, at + 4))

    def text(self, field: int) -> str:
        return bytes(self.vector(field, "B")).decode()

    def tables(self, field: int) -> list[Table]:
        at = self.target(field)
        if at is None:
            return []
        places = [at + 4 + 4 * k for k in range(self.number("I", at))]
        return [Table(self.data, place + self.number("I", place)) for place in places]

    def table(self, field: int) -> Table | None:
        at = self.target(field)
        return None if at is None else Table(self.data, at)


def shape_of(geometry: Table, kind: int) -> shapely.Geometry:
    """Make a point, polygon or multipolygon of a Geometry table: ends, xy, ..., type, parts."""
    kind = geometry.value(6, "B") or kind
    if kind == MULTIPOLYGON:
        return shapely.MultiPolygon([shape_of(part, POLYGON) for part in geometry.tables(7)])
    flat = geometry.vector(1, "d")
    corners = list(zip(flat[::2], flat[1::2], strict=True))
    if kind == POINT:
        return shapely.Point(corners[0])
    assert kind == POLYGON
    ends = geometry.vector(0, "I") or [len(corners)]
    rings = [corners[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    return shapely.Polygon(rings[0], rings[1:])


def properties_of(data: bytes, columns: list[tuple[str, int]]) -> dict[str, Any]:
    """Read the properties of a feature: the number of a column, then its value, again and again."""
    found: dict[str, Any] = dict.fromkeys(name for name, _ in columns)
    at = 0
    while at < len(data):
        name, kind = columns[struct.unpack_from("<H", data, at)[0]]
        at += 2
        if kind in NUMBERS:
            found[name] = struct.unpack_from("<" + NUMBERS[kind], data, at)[0]
            at += struct.calcsize(NUMBERS[kind])
        else:
            length = struct.unpack_from("<I", data, at)[0]
            found[name] = data[at + 4 : at + 4 + length].decode()
            at += 4 + length
    return found


def read_flatgeobuf(path: Path) -> tuple[list[dict[str, Any]], list[shapely.Geometry | None]]:
    """Read all features of a file, in its order."""
    data = path.read_bytes()
    assert data[:7] == MAGIC
    header_size = struct.unpack_from("<I", data, 8)[0]
    header = Table(data, 12 + struct.unpack_from("<I", data, 12)[0])
    kind, count, node_size = header.value(2, "B"), header.value(8, "Q"), header.value(9, "H", 16)
    columns = [(column.text(0), column.value(1, "B")) for column in header.tables(7)]
    at = 12 + header_size
    if node_size and count:
        level, nodes = count, count
        while level > 1:
            level = -(-level // node_size)
            nodes += level
        at += nodes * NODE_BYTES
    rows, shapes = [], []
    while at < len(data):
        size = struct.unpack_from("<I", data, at)[0]
        feature = Table(data, at + 4 + struct.unpack_from("<I", data, at + 4)[0])
        rows.append(properties_of(bytes(feature.vector(1, "B")), columns))
        geometry = feature.table(0)
        shapes.append(None if geometry is None else shape_of(geometry, kind))
        at += 4 + size
    assert count in (0, len(rows))
    return rows, shapes
