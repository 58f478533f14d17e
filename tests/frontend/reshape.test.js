import assert from "node:assert/strict";
import { test } from "node:test";

import { movable, stepOf, withCorner } from "../../static/js/map/reshape.js";

const RING = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]];
const CORNERS = [[0, 0], [0, 1], [1, 1], [1, 0]];

test("the corners of one ring can be moved, those of several rings or of very many cannot", () => {
  assert.deepEqual(movable({ type: "Polygon", coordinates: [RING] }), CORNERS);
  assert.deepEqual(movable({ type: "MultiPolygon", coordinates: [[RING]] }), CORNERS);
  assert.equal(movable({ type: "Polygon", coordinates: [RING, RING] }), null);
  assert.equal(movable({ type: "MultiPolygon", coordinates: [[RING], [RING]] }), null);
  const many = Array.from({ length: 102 }, (_, i) => [i, i * i]);
  assert.equal(movable({ type: "Polygon", coordinates: [many] }), null);
});

test("arrow keys move a corner, farther with Shift, and other keys do not", () => {
  assert.deepEqual(stepOf("ArrowUp", false), [0, -2]);
  assert.deepEqual(stepOf("ArrowRight", true), [20, 0]);
  assert.equal(stepOf("a", false), null);
});

test("one corner is moved and the others stay", () => {
  assert.deepEqual(withCorner(CORNERS, 2, [5, 5]), [[0, 0], [0, 1], [5, 5], [1, 0]]);
  assert.deepEqual(CORNERS[2], [1, 1]);
});
