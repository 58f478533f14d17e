import assert from "node:assert/strict";
import { test } from "node:test";

import { fileName, hiddenInPrint, inscribed, notPrinted, printedAs } from "../../static/js/map/takeaway.js";
import { choicesOf, choicesText, pictureOf } from "../../static/js/map/taking.js";
import { speak } from "../../static/js/map/words.js";

const BOUNDS = { least: [900, 600], most: [4096, 4096], roomy: 1280 };

test("layers of the map are named as they are printed", () => {
  assert.equal(printedAs({ kind: "zones", classes: { key: "covered_share" } }), "zones");
  assert.equal(printedAs({ kind: "zones", classes: { key: "census:density" } }), "census:density");
  assert.equal(printedAs({ kind: "gaps" }), "gaps");
  assert.equal(printedAs({ kind: "points", printed: "posts" }), "posts");
  assert.equal(printedAs({ kind: "footprints" }), null);
});

test("places that are hidden on the map are hidden in print, by the names that layers have there", () => {
  const names = new Map([["status", new Set(["planned", ""])], ["owner", new Set(["O'Hara, Sons"])], ["kind", new Set()]]);
  const specs = [{ printed: "kiosks", hidden: names }, { printed: "posts", hidden: new Map() }, { printed: undefined, hidden: names }];
  assert.equal(hiddenInPrint(specs), "kiosks/status:planned,/owner:O'Hara%2C%20Sons");
  assert.equal(hiddenInPrint(specs.slice(1)), null);
});

test("what cannot be printed is named beforehand", () => {
  speak("en", { ownArea: "Own area", ownMarks: "places found", group_background: "Background" });
  const on = [{ kind: "gaps", title: "Gaps" }, { kind: "footprints", title: "What each camera sees" }];
  const all = ["What each camera sees", "Own area", "places found", "Background"];
  assert.deepEqual(notPrinted(on, { background: true, area: true, marks: true }), all);
  assert.deepEqual(notPrinted(on.slice(0, 1), { background: false, area: false, marks: false }), []);
});

test("a frame keeps its proportions and the middle of the view", () => {
  for (const [view, frame] of [[[1000, 400], [200, 140]], [[300, 900], [200, 140]], [[500, 500], [1, 1]]]) {
    const [west, north, east, south] = inscribed(view, frame, 0.5);
    assert.ok(Math.abs((east - west) / (south - north) - frame[0] / frame[1]) < 1e-9);
    assert.ok(Math.abs(west + east - view[0]) < 1e-9 && Math.abs(north + south - view[1]) < 1e-9);
    assert.ok(Math.abs(Math.max((east - west) / view[0], (south - north) / view[1]) - 0.5) < 1e-9);
  }
});

test("files have the name that the server gives", () => {
  assert.equal(fileName('attachment; filename="posts-A4.pdf"', "map"), "posts-A4.pdf");
  assert.equal(fileName(null, "map"), "map");
});

test("a picture has the size and the proportions of the view, finer on a fine screen", () => {
  assert.deepEqual(pictureOf([1376, 700], 1, BOUNDS), [1376, 700]);
  assert.deepEqual(pictureOf([1376, 700], 1.5, BOUNDS), [2064, 1050]);
});

test("a picture keeps to what the server makes, and to its proportions while that can be", () => {
  const [width, height] = pictureOf([390, 400], 2, BOUNDS);
  assert.equal(height, 1280);
  assert.ok(Math.abs(width / height - 390 / 400) < 0.002);
  assert.deepEqual(pictureOf([3000, 1500], 3, BOUNDS), [4096, 2048]);
  assert.deepEqual(pictureOf([3000, 100], 1, BOUNDS), [4096, 600]);
});

test("what is chosen goes to the address and comes back, and nothing stands for what is as at first", () => {
  const first = choicesOf(null);
  assert.equal(choicesText(first), null);
  assert.deepEqual(first, {
    paper: "A4", way: "landscape", area: "view", scale: "", form: "gpkg", labels: true, grid: true, layers: null,
  });
  const changes = [
    { paper: "A3", way: "portrait" }, { paper: "picture", scale: "25000" }, { area: "all", form: "csv.zip" },
    { labels: false }, { grid: false }, { labels: false, grid: false }, { layers: [] }, { layers: ["zones", "census:density"] },
  ];
  for (const change of changes) {
    const chosen = { ...first, ...change };
    assert.notEqual(choicesText(chosen), null);
    assert.deepEqual(choicesOf(choicesText(chosen)), chosen);
  }
});

test("choices that there are none of are as at first", () => {
  assert.deepEqual(choicesOf("A9/sideways/moon/7/exe"), choicesOf(null));
});
