import assert from "node:assert/strict";
import { test } from "node:test";

import { coloursOf, onGround } from "../../static/js/map/theme.js";

test("classes take the colours of their ground, and back", () => {
  const classes = { colours: ["white", "navy"], dark: ["black", "sky"] };
  onGround(classes, true);
  assert.deepEqual(classes.colours, ["black", "sky"]);
  onGround(classes, true);
  onGround(classes, false);
  assert.deepEqual(classes.colours, ["white", "navy"]);
});

test("a ramp's colours are those of the ground", () => {
  globalThis.document = { documentElement: { dataset: { theme: "dark" } } };
  assert.equal(coloursOf({ colours: "light ones", dark: "dark ones" }), "dark ones");
  document.documentElement.dataset.theme = "light";
  assert.equal(coloursOf({ colours: "light ones", dark: "dark ones" }), "light ones");
});

test("what has no classes stays as it is", () => {
  const one = { colours: ["red"] };
  onGround(one, true);
  onGround(undefined, true);
  assert.deepEqual(one, { colours: ["red"] });
});
