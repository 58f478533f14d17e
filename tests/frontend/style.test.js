import assert from "node:assert/strict";
import { test } from "node:test";

import { overlaps } from "../../static/js/map/labels.js";
import { classText } from "../../static/js/map/legend.js";
import { statusText } from "../../static/js/map/status.js";
import { classColour } from "../../static/js/map/style.js";
import { formatted, speak } from "../../static/js/map/words.js";

const CLASSES = { breaks: [0.25, 0.5], colours: ["low", "mid", "high"] };

test("a value at a break takes the upper class, and none takes grey", () => {
  const colours = [0, 0.2499, 0.25, 0.5, 1].map((value) => classColour(value, CLASSES));
  assert.deepEqual(colours, ["low", "low", "mid", "high", "high"]);
  assert.equal(classColour(null, CLASSES), "#cccccc");
});

test("classes are said with their limits and units", () => {
  speak("en", { below: "under", andMore: "and more" });
  const text = (value) => formatted(value, "share");
  assert.deepEqual([0, 1, 2].map((i) => classText(CLASSES.breaks, i, text)), ["under 25%", "25% – 50%", "50% and more"]);
  assert.equal(classText([], 0, text), "");
});

test("failures are said before what is loading", () => {
  speak("en", { failed: "Failed:", loading: "Loading" });
  const states = [{ state: "loading" }, { state: "failed", message: "no zones" }];
  assert.equal(statusText(states), "Failed: no zones");
  assert.equal(statusText(states.slice(0, 1)), "Loading");
  assert.equal(statusText([]), "");
});

test("boxes that only touch do not overlap", () => {
  const box = (left, top) => ({ left, top, right: left + 10, bottom: top + 10 });
  assert.equal(overlaps(box(0, 0), box(9, 9)), true);
  assert.equal(overlaps(box(0, 0), box(10, 0)), false);
});
