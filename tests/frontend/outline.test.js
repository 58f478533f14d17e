import assert from "node:assert/strict";
import { test } from "node:test";

import { cornersOf, isArea, polygonOf, readCorners, roughArea } from "../../static/js/map/outline.js";
import { crossesItself, METRES_A_DEGREE } from "../../static/js/map/plane.js";

const SQUARE = [[0, 0], [0, 1], [1, 1], [1, 0]];
const BOUNDS = [113.8, 22.1, 114.5, 22.6];

test("an outline becomes a closed ring, longitude first, and comes back", () => {
  const polygon = polygonOf(SQUARE);
  assert.deepEqual(polygon.coordinates, [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]);
  assert.deepEqual(cornersOf(polygon), SQUARE);
  assert.deepEqual(cornersOf({ type: "MultiPolygon", coordinates: [polygon.coordinates] }), SQUARE);
  assert.equal(cornersOf({ type: "Polygon", coordinates: [] }), null);
});

test("three corners are an area", () => {
  assert.ok(!isArea(SQUARE.slice(0, 2)));
  assert.ok(isArea(SQUARE.slice(0, 3)));
});

test("sides that cross are found, neighbours and a last side that is still open are not", () => {
  const bow = [[0, 0], [1, 1], [0, 1], [1, 0]];
  assert.ok(!crossesItself(SQUARE));
  assert.ok(crossesItself(bow));
  assert.ok(crossesItself([[0, 0], [0, 2], [2, 2], [2, 1], [-1, 1]], false));
  const hook = [[0, 0], [0, 4], [4, 4], [4, 2], [2, 2], [2, 3], [5, 3]];
  assert.ok(crossesItself(hook, true));
});

test("a square of a degree at the equator has its area, one farther north less", () => {
  assert.ok(Math.abs(roughArea(SQUARE) / METRES_A_DEGREE ** 2 - 1) < 1e-3);
  const north = SQUARE.map(([lat, lng]) => [lat + 59.5, lng]);
  assert.ok(Math.abs(roughArea(north) / roughArea(SQUARE) - 0.5) < 0.01);
});

test("corners are read in either order, with or without brackets, the last like the first or not", () => {
  const wanted = [[22.3, 114.1], [22.3, 114.2], [22.4, 114.2]];
  for (const text of [
    "22.3,114.1\n22.3,114.2\n22.4,114.2",
    "114.1 22.3\n114.2 22.3\n114.2 22.4",
    "(22.3°, 114.1°); [114.2, 22.3]; 22.4 114.2\n",
    "22.3,114.1\n22.3,114.2\n22.4,114.2\n22.3,114.1",
  ]) assert.deepEqual(readCorners(text, BOUNDS), { corners: wanted }, text);
});

test("outside the region the order is latitude first, unless that cannot be", () => {
  assert.deepEqual(readCorners("10,20", BOUNDS).corners, [[10, 20]]);
  assert.deepEqual(readCorners("120,20", BOUNDS).corners, [[20, 120]]);
});

test("a line that is no corner is named", () => {
  for (const text of ["22.3,114.1\nhere", "22.3,114.1\n5", "22.3,114.1\n1,2,3", "22.3,114.1\n500,600", "22.3,114.1\nNaN,1"]) {
    assert.deepEqual(readCorners(text, BOUNDS), { line: 2 }, text);
  }
  assert.deepEqual(readCorners("", BOUNDS), { corners: [] });
});
