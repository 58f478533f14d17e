import assert from "node:assert/strict";
import { test } from "node:test";

import { toGrid, written } from "../../static/js/map/grid.js";

// easting = 100 x, northing = 1000 + 50 y, over a box of 2 by 4 degrees.
const GRID = { name: "plane", box: [10, 20, 12, 24], degree: 1, easting: [0, 0, 100], northing: [1000, 50, 0] };

test("a formula is summed term by term", () => {
  assert.deepEqual(toGrid(GRID, 11, 22), { easting: 0, northing: 1000 });
  assert.deepEqual(toGrid(GRID, 12, 24), { easting: 100, northing: 1050 });
});

test("beyond its box a formula says nothing", () => {
  for (const [lon, lat] of [[9.99, 22], [12.01, 22], [11, 19.9], [11, 24.1], [NaN, 22]]) assert.equal(toGrid(GRID, lon, lat), null);
  assert.deepEqual(written(GRID, 0, 0), { degrees: "0.00000, 0.00000", grid: null });
});

test("places are written latitude first and to a metre", () => {
  assert.deepEqual(written(GRID, 11.123456, 22), { degrees: "22.00000, 11.12346", grid: "12, 1000" });
});
