import assert from "node:assert/strict";
import { test } from "node:test";

import { chosen, eighth, lyingApart, sorted, stateOf, stateText } from "../../static/js/map/rows.js";

const ROWS = [{ n: "b", v: 2 }, { n: "A", v: null }, { n: "c", v: 10 }, { n: "d", v: 2 }];
const names = (rows) => rows.map((one) => one.n).join("");

test("numbers sort as numbers, equals stay, and what is missing comes last either way", () => {
  assert.equal(names(sorted(ROWS, (one) => one.v, false, "en")), "bdcA");
  assert.equal(names(sorted(ROWS, (one) => one.v, true, "en")), "cbdA");
  assert.equal(names(sorted(ROWS, (one) => one.n, false, "en")), "Abcd");
  assert.equal(names(ROWS), "bAcd");
});

test("rows are chosen by text and by share; one without a share is below none", () => {
  const of = (text, below) => names(chosen(ROWS, { text, below }, (one) => [one.n, null], (one) => one.v));
  assert.equal(of("", null), "bAcd");
  assert.equal(of(" a ", null), "A");
  assert.equal(of("", 5), "bd");
  assert.equal(of("D", 5), "d");
});

test("the state of a table goes to the address and back, and nonsense is the state at first", () => {
  const state = { sort: "v", descending: true, below: 0.5, text: "a~b" };
  assert.deepEqual(stateOf(stateText(state, "n"), ["n", "v"], "n"), state);
  const first = { sort: "n", descending: false, below: null, text: "" };
  assert.equal(stateText(first, "n"), null);
  for (const nonsense of [null, "", "-x", "x~7", "~-1", "~abc"]) assert.deepEqual(stateOf(nonsense, ["n", "v"], "n"), first);
});

test("of gaps, those in the circle of a larger one are left out, up to as many as wanted", () => {
  const gap = (lat, radius) => ({ lat, lng: 114, radius });
  const gaps = [gap(22, 5000), gap(22.03, 4900), gap(22.1, 3000), gap(22.2, 2000), gap(22.3, 1000)];
  assert.deepEqual(lyingApart(gaps, 3), [gaps[0], gaps[2], gaps[3]]);
  assert.deepEqual(lyingApart([], 3), []);
});

test("bearings point to eighths of the compass", () => {
  assert.deepEqual([0, 22, 23, 90, 225, 337, 338, 360, -45].map(eighth), [0, 0, 1, 2, 5, 7, 0, 0, 7]);
});
