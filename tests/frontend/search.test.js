import assert from "node:assert/strict";
import { test } from "node:test";

import { foundOf, secondLine, writtenFound } from "../../static/js/map/search.js";

test("a place in the address is read, titles with commas and all", () => {
  assert.deepEqual(foundOf("22.3,114.17,A, B"), { lat: 22.3, lon: 114.17, title: "A, B", illustrative: false });
  assert.deepEqual(foundOf("22.3,114.17"), { lat: 22.3, lon: 114.17, title: "", illustrative: false });
});

test("what is found goes to the address and comes back, and what is made up stays so", () => {
  for (const illustrative of [false, true]) {
    const place = { lat: 22.3, lon: -114.17, title: "A, B/illustrative", illustrative };
    assert.deepEqual(foundOf(writtenFound(place)), place);
  }
});

test("what is no place in the address is none", () => {
  for (const text of [null, "", "22.3", "a,b", "22.3,", ",114", "91,114", "22,181", "NaN,1", "Infinity,1", "22.3,/illustrative"]) {
    assert.equal(foundOf(text), null, String(text));
  }
});

test("a result says its kind and where it is, and the address where that was found", () => {
  const result = { kind: "Posts", zone: "North", address: "1 Road", found_by: "name" };
  assert.equal(secondLine(result), "Posts · North");
  assert.equal(secondLine({ ...result, found_by: "address" }), "Posts · 1 Road");
  assert.equal(secondLine({ kind: "District", other_name: "北區" }), "北區 · District");
});
