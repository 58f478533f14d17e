import assert from "node:assert/strict";
import { test } from "node:test";

import { changeClasses, percent, points, roundUp, shareClasses } from "../../static/js/map/scales.js";
import { classColour } from "../../static/js/map/style.js";

const SHARES = ["s1", "s2", "s3", "s4", "s5", "s6"];
const CHANGES = ["less 3", "less 2", "less 1", "none", "more 1", "more 2", "more 3"];

test("a value is rounded up to 1, 2, 2.5, 5 or 10 times a power of ten", () => {
  const pairs = [[0.013, 0.02], [0.02, 0.02], [0.021, 0.025], [0.03, 0.05], [0.06, 0.1], [1, 1], [7, 10], [0.0000004, 0.0000005]];
  for (const [value, rounded] of pairs) assert.equal(roundUp(value), rounded);
});

test("classes of shares hold the largest and never pass a whole", () => {
  for (const largest of [0.003, 0.05, 0.27, 0.9, 1]) {
    const { breaks, colours } = shareClasses(largest, SHARES);
    assert.equal(colours.length, breaks.length + 1);
    assert.ok(breaks.every((one, i) => one > (breaks[i - 1] ?? 0) && one < 1));
    assert.ok(breaks[4] + breaks[0] >= largest - 1e-4, String(largest));
  }
  assert.deepEqual(shareClasses(0, SHARES), { breaks: [], colours: [SHARES[0]] });
  assert.equal(classColour(0, shareClasses(0, SHARES)), SHARES[0]);
});

test("classes of changes are alike on both sides, and hardly any change is in the middle", () => {
  const classes = changeClasses([0.2, -0.01, null, NaN], CHANGES);
  assert.deepEqual(classes.breaks, [-0.2, -0.1, -0.005, 0.005, 0.1, 0.2].map((one) => one));
  assert.equal(classColour(0, classes), CHANGES[3]);
  assert.equal(classColour(0.15, classes), CHANGES[5]);
  assert.equal(classColour(-0.15, classes), CHANGES[1]);
  assert.deepEqual(changeClasses([0, 0], CHANGES), { breaks: [], colours: [CHANGES[3]] });
});

test("points carry a sign but for none at all", () => {
  assert.equal(points(0.0123, "en"), "+1.23");
  assert.equal(points(-0.25, "en"), "−25.0");
  assert.equal(points(0, "en"), "0.00");
  assert.equal(points(0.00001, "en"), "0.00");
});

test("small shares are told apart, and what is missing is a dash", () => {
  assert.equal(percent(0.0024, "en"), "0.24%");
  assert.equal(percent(0.024, "en"), "2.4%");
  assert.equal(percent(0.24, "en"), "24%");
  assert.equal(percent(null, "en"), "–");
});
