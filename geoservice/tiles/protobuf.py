"""The message of one layer of a vector tile, written by compiled code (Mapbox Vector Tile 2.1, clauses 4.1 to 4.4)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geoservice.coverage.compiled import compiled, plain

Integers = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

POINT, LINE, POLYGON = 1, 2, 3
_MOVE, _DRAW, _CLOSE = 1, 2, 15
_LONGEST = 10
"""The most bytes of a number."""


@compiled
def _put(out: Bytes, at: int, number: int) -> int:
    """Write a number as a varint; give where the next one goes."""
    while number > 127:
        out[at] = (number & 127) | 128
        number >>= 7
        at += 1
    out[at] = number
    return at + 1


@compiled
def _size(number: int) -> int:
    size = plain(1)
    while number > 127:
        number >>= 7
        size += 1
    return size


@compiled
def _copy(out: Bytes, at: int, source: Bytes, first: int, last: int) -> int:
    for k in range(first, last):
        out[at] = source[k]
        at += 1
    return at


@compiled
def _put_step(out: Bytes, at: int, dx: int, dy: int) -> int:
    """Write a step as two numbers whose sign is their last bit."""
    at = _put(out, at, (dx << 1) ^ (dx >> 63))
    return _put(out, at, (dy << 1) ^ (dy >> 63))


@compiled
def _clean(corners: Integers, first: int, last: int, ring: bool, path: Integers) -> int:
    """Copy a line or ring without corners that repeat the one before; a ring also without the one that closes it."""
    n = plain(0)
    for k in range(first, last):
        if n == 0 or corners[k, 0] != path[n - 1, 0] or corners[k, 1] != path[n - 1, 1]:
            path[n, 0], path[n, 1] = corners[k, 0], corners[k, 1]
            n += 1
    while ring and n > 1 and path[n - 1, 0] == path[0, 0] and path[n - 1, 1] == path[0, 1]:
        n -= 1
    return n


@compiled
def _turn(path: Integers, n: int, outer: bool) -> bool:
    """Bring a ring into the right direction, outer ones with a positive area where y points down; False for no area."""
    area = plain(0)
    for k in range(n):
        after = k + 1 if k + 1 < n else 0
        area += (path[k, 0] - path[0, 0]) * (path[after, 1] - path[0, 1])
        area -= (path[after, 0] - path[0, 0]) * (path[k, 1] - path[0, 1])
    if n < 3 or area == 0:
        return False
    if (area > 0) != outer:
        for k in range(1, (n + 1) // 2):
            other = n - k
            path[k, 0], path[other, 0] = path[other, 0], path[k, 0]
            path[k, 1], path[other, 1] = path[other, 1], path[k, 1]
    return True


@compiled
def _put_points(out: Bytes, corners: Integers, first: int, last: int) -> int:
    at = _put(out, 0, (last - first) << 3 | _MOVE)
    x, y = plain(0), plain(0)
    for k in range(first, last):
        at = _put_step(out, at, corners[k, 0] - x, corners[k, 1] - y)
        x, y = corners[k, 0], corners[k, 1]
    return at


@compiled
def _put_paths(
    out: Bytes,
    corners: Integers,
    corner_first: Integers,
    outer: npt.NDArray[np.bool_],
    first: int,
    last: int,
    ring: bool,
    path: Integers,
) -> int:
    """Write lines or rings; a ring without area is left out, an outer one with its holes. Give how many bytes."""
    at, x, y = plain(0), plain(0), plain(0)
    left_out = False
    for part in range(first, last):
        n = _clean(corners, corner_first[part], corner_first[part + 1], ring, path)
        if ring:
            if left_out and not outer[part]:
                continue
            drawn = _turn(path, n, outer[part])
            if outer[part]:
                left_out = not drawn
        else:
            drawn = n > 1
        if not drawn:
            continue
        at = _put(out, at, 1 << 3 | _MOVE)
        for k in range(n):
            if k == 1:
                at = _put(out, at, (n - 1) << 3 | _DRAW)
            at = _put_step(out, at, path[k, 0] - x, path[k, 1] - y)
            x, y = path[k, 0], path[k, 1]
        if ring:
            at = _put(out, at, _CLOSE)
    return at


@compiled
def _local(table: Integers, listed: Integers, known: Integers, value: int) -> int:
    """Give the place of a value among the `known[0]` that the layer has `listed`; it is added where it is new."""
    mask = len(table) - 1
    slot = value & mask
    while table[slot] >= 0 and listed[table[slot]] != value:
        slot = (slot + 1) & mask
    if table[slot] < 0:
        table[slot] = known[0]
        listed[known[0]] = value
        known[0] += 1
    return plain(table[slot])


@compiled
def _put_tags(
    out: Bytes, values: Integers, count: int, count_from: int, table: Integers, listed: Integers, known: Integers
) -> int:
    """Write the tags of one feature: pairs of a key's and a value's place; give how many bytes."""
    at, width = plain(0), len(values)
    for j in range(width + 1):
        value = values[j] if j < width else count_from + count
        if value >= 0 and (j < width or count > 0):
            at = _put(out, at, j)
            at = _put(out, at, _local(table, listed, known, value))
    return at


@compiled
def _put_feature(out: Bytes, at: int, fid: int, kind: int, tags: Bytes, tagged: int, drawn: Bytes, size: int) -> int:
    """Write a feature of its tags and its geometry."""
    length = 4 + _size(tagged) + tagged + _size(size) + size
    if fid >= 0:
        length += 1 + _size(fid)
    out[at] = 0x12
    at = _put(out, at + 1, length)
    if fid >= 0:
        out[at] = 0x08
        at = _put(out, at + 1, fid)
    out[at] = 0x12
    at = _copy(out, _put(out, at + 1, tagged), tags, 0, tagged)
    out[at], out[at + 1], out[at + 2] = 0x18, kind, 0x22
    return _copy(out, _put(out, at + 3, size), drawn, 0, size)


@compiled
def _room(value_of: Integers, value_first: Integers, rows: Integers) -> int:
    """Count the bytes that features may take at most, but for their geometries."""
    width = value_of.shape[1]
    room = len(rows) * (width + 6) * 2 * _LONGEST
    for i in range(len(rows)):
        for j in range(width):
            value = value_of[rows[i], j]
            if value >= 0:
                room += value_first[value + 1] - value_first[value]
    return plain(room)


@compiled
def _put_value(out: Bytes, at: int, value: int, values: Bytes, value_first: Integers) -> int:
    """Write a value of the table, or beyond its end a whole number: how far beyond."""
    beyond = value - (len(value_first) - 1)
    if beyond < 0:
        return _copy(out, at, values, value_first[value], value_first[value + 1])
    out[at] = 0x22
    out[at + 1] = 1 + _size(beyond)
    out[at + 2] = 0x28
    return _put(out, at + 3, beyond)


@compiled
def write_layer(
    head: Bytes,
    tail: Bytes,
    value_of: Integers,
    values: Bytes,
    value_first: Integers,
    feature_id: Integers,
    rows: Integers,
    counts: Integers,
    kinds: Integers,
    part_first: Integers,
    corner_first: Integers,
    outer: npt.NDArray[np.bool_],
    corners: Integers,
) -> Bytes:
    """Write the body of a layer: `head` (version, name), m features, `tail` (keys, extent), and the values used.

    Feature i is of the row `rows[i]` of the attributes, stands for `counts[i]` features (0: this is not told), is of
    the kind `kinds[i]` and has the parts from `part_first[i]` to `part_first[i + 1]`; part p has the `corners` (in
    units of the tile) from `corner_first[p]` on, and is an outer ring or a hole. Empty where no feature is left.
    """
    m, width = len(rows), value_of.shape[1]
    most = plain(1)
    while most < 2 * m * (width + 1):
        most *= 2
    table, listed, known = np.full(most, -1, np.int64), np.empty(m * (width + 1), np.int64), np.zeros(1, np.int64)
    longest = plain(0)
    for part in range(len(corner_first) - 1):
        longest = max(longest, corner_first[part + 1] - corner_first[part])
    path = np.empty((longest, 2), np.int64)
    room = _LONGEST * (2 * len(corners) + 3 * len(corner_first))
    out = np.empty(len(head) + len(tail) + _room(value_of, value_first, rows) + room, np.uint8)
    drawn, tags = np.empty(room, np.uint8), np.empty((width + 1) * 2 * _LONGEST, np.uint8)
    at = _copy(out, 0, head, 0, len(head))
    for i in range(m):
        first, last = part_first[i], part_first[i + 1]
        if kinds[i] == POINT:
            size = _put_points(drawn, corners, corner_first[first], corner_first[last])
        else:
            size = _put_paths(drawn, corners, corner_first, outer, first, last, kinds[i] == POLYGON, path)
        if size > 0:
            tagged = _put_tags(tags, value_of[rows[i]], counts[i], len(value_first) - 1, table, listed, known)
            at = _put_feature(out, at, feature_id[rows[i]], kinds[i], tags, tagged, drawn, size)
    if at == len(head):
        return out[:0]
    at = _copy(out, at, tail, 0, len(tail))
    for place in range(known[0]):
        at = _put_value(out, at, listed[place], values, value_first)
    return out[:at]


@compiled
def within(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    first: Integers,
    columns: int,
    corner: npt.NDArray[np.float64],
    cell: float,
    box: npt.NDArray[np.float64],
) -> Integers:
    """Find which points lie in a box (west, north, east, south with y down), its western and northern side included.

    The points are sorted by the cells of a grid of `columns` from `corner` on, those of cell i from `first[i]` on.
    """
    rows = (len(first) - 1) // columns
    left = int(min(max(np.floor((box[0] - corner[0]) / cell), 0), columns))
    right = int(max(min(np.floor((box[2] - corner[0]) / cell), columns - 1), -1))
    top = int(min(max(np.floor((box[1] - corner[1]) / cell), 0), rows))
    bottom = int(max(min(np.floor((box[3] - corner[1]) / cell), rows - 1), -1))
    room = plain(0)
    for row in range(top, bottom + 1):
        if left <= right:
            room += first[row * columns + right + 1] - first[row * columns + left]
    found, n = np.empty(room, np.int64), plain(0)
    for row in range(top, bottom + 1):
        if left > right:
            continue
        for k in range(first[row * columns + left], first[row * columns + right + 1]):
            if box[0] <= x[k] < box[2] and box[1] <= y[k] < box[3]:
                found[n] = k
                n += 1
    return found[:n]
