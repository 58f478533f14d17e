import assert from "node:assert/strict";
import { test } from "node:test";

import { filled, formatted, speak } from "../../static/js/map/words.js";

test("values are written as people read them", () => {
  speak("en", { unit_m: "m", unit_km: "km", unit_m2: "m²", unit_km2: "km²" });
  assert.equal(formatted(0.0512, "share"), "5.1%");
  assert.equal(formatted(0.5, "share"), "50%");
  assert.equal(formatted(2_500_000, "area"), "2.5\u00a0km²");
  assert.equal(formatted(99_999, "area"), "99,999\u00a0m²");
  assert.equal(formatted(1500, "length"), "1.5\u00a0km");
  assert.equal(formatted(999, "length"), "999\u00a0m");
  assert.equal(formatted(66500, "count"), "66,500");
  assert.equal(formatted(45.04, "unit:°"), "45 °");
});

test("units are in the language of the page", () => {
  speak("zh-Hant", { unit_m: "米", unit_km2: "平方公里" });
  assert.equal(formatted(300, "length"), "300\u00a0米");
  assert.equal(formatted(2_500_000, "area"), "2.5\u00a0平方公里");
  speak("en", { unit_m: "m", unit_km2: "km²" });
});

test("what is missing is told from what is nothing", () => {
  for (const value of [null, undefined, ""]) assert.equal(formatted(value, "count"), null);
  assert.equal(formatted(0, "count"), "0");
});

test("places in a text take their values, of either kind", () => {
  assert.equal(filled("%(a)s of %(b)s", { a: 0, b: "<b>" }), "0 of <b>");
});
