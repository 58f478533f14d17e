import assert from "node:assert/strict";
import { test } from "node:test";

import { comparisonOf, firstComparison, writtenComparison } from "../../static/js/map/compare.js";
import { cuts, moved } from "../../static/js/map/divider.js";
import { coverageAddress, groundInTiles, groundStyle, isOn, put, setAside } from "../../static/js/map/scene.js";
import { spokenStage, stageOf } from "../../static/js/map/timeline.js";

const WRITTEN = "stations,2026-01-31,mid/reporting,2026-02-01,high/swipe/45";

test("a stage in the address is a timeline and a stage", () => {
  assert.deepEqual(stageOf("growth:2028"), { timeline: "growth", stage: "2028" });
  for (const text of [null, "", "growth", ":2028", "growth:", "a:b:c"]) assert.equal(stageOf(text), null);
});

test("a stop says whether it is installed or planned and whether its positions are made up", () => {
  const said = { installed: "Installed", planned: "Planned", madeUpPositions: "Positions made up" };
  assert.equal(spokenStage({ title: "2028", kind: "planned", illustrative: true }, said), "2028, Planned, Positions made up");
  assert.equal(spokenStage({ title: "2025", kind: "installed", illustrative: false }, said), "2025, Installed");
});

test("a comparison goes to the address and comes back", () => {
  const found = comparisonOf(WRITTEN);
  assert.deepEqual(found.after, { question: "reporting", at: "2026-02-01", case: "high" });
  assert.equal(writtenComparison(found), WRITTEN);
});

test("what is no comparison is none", () => {
  const wrong = [
    null, "", "stations", WRITTEN.replace("swipe", "flip"), WRITTEN.replace("/45", "/145"), WRITTEN.replace("/45", "/"),
    WRITTEN.replace("/45", "/-1"), WRITTEN.replace("mid", "best"), WRITTEN.replace("2026-01-31", "soon"),
    WRITTEN.replace("stations", ""), WRITTEN + "/more", WRITTEN.replace("/45", "/x"),
  ];
  for (const text of wrong) assert.equal(comparisonOf(text), null, String(text));
});

test("at first a question is compared with itself under another assumption", () => {
  const first = firstComparison({ id: "stations", at: "2026-01-31", case: "mid" });
  assert.deepEqual([first.before.case, first.after.case], ["mid", "high"]);
  assert.equal(firstComparison({ id: "stations", at: "2026-01-31", case: "high" }).after.case, "low");
  assert.ok(comparisonOf(writtenComparison(first)));
});

test("keys move the divider and it stays within the map", () => {
  assert.deepEqual(["ArrowLeft", "ArrowRight", "PageUp", "Home", "End"].map((key) => moved(key, 50)), [48, 52, 60, 0, 100]);
  assert.equal(moved("ArrowLeft", 1), 0);
  assert.equal(moved("PageUp", 95), 100);
  assert.equal(moved("a", 50), null);
});

test("the two sides meet at the divider, wherever the map has been dragged to", () => {
  const { before, after } = cuts({ x: -100, y: 20 }, { x: 800, y: 600 }, 25);
  assert.deepEqual(before, [20, 100, 620, -100]);
  assert.deepEqual(after, [20, 700, 620, 100]);
});

/* The few parts of a map that layers are put on and taken off. */
function mapWith(...layers) {
  const on = new Set(layers);
  return {
    on,
    hasLayer: (layer) => on.has(layer),
    addLayer: (layer) => on.add(layer),
    removeLayer: (layer) => on.delete(layer),
    getContainer: () => ({ classList: { toggle: () => {} } }),
    invalidateSize: () => {},
  };
}

test("what a scene sets aside counts as on, can be switched meanwhile, and comes back", () => {
  const [zones, gaps, posts, plan] = ["zones", "gaps", "points", "points"].map((kind) => ({ gsSpec: { kind } }));
  const map = mapWith(zones, posts);
  const layers = [zones, gaps, posts, plan];
  const back = setAside(map, layers, [posts, plan]);
  map.removeLayer(posts);
  map.addLayer(plan);
  assert.deepEqual([...map.on], [plan]);
  assert.deepEqual(layers.map((layer) => isOn(map, layer)), [true, false, true, false]);
  put(map, gaps, true);
  assert.deepEqual([...map.on], [plan], "a layer of the question lies over the scene");
  back();
  assert.deepEqual(layers.map((layer) => isOn(map, layer)), [true, true, true, false]);
  assert.deepEqual(map.on, new Set([zones, gaps, posts]));
});

test("what facilities cover is asked for whole, what cameras cover comes in tiles of the page's own origin", () => {
  const items = { coverage: "http://localhost/app/collections/a-coverage/items?at=2026-01-01&case=mid" };
  const tiles = { coverage: "http://localhost/app/collections/a-coverage/tiles/WebMercatorQuad/{z}/{y}/{x}?at=2026-01-01" };
  assert.match(coverageAddress({ theme: "facilities", items }), /^\/app\/collections\/a-coverage\/items\?at=2026-01-01&case=mid&/);
  const side = { theme: "cameras", question: "a", illustrative: true, items, tiles };
  assert.equal(coverageAddress(side), null);
  const spec = groundInTiles(side, { maxZoom: 17 }, "pane");
  assert.equal(spec.tiles.url, "/app/collections/a-coverage/tiles/WebMercatorQuad/{z}/{y}/{x}?at=2026-01-01");
  assert.deepEqual([spec.tiles.layer, spec.tiles.maxZoom, spec.pane, spec.hatched], ["a-coverage", 17, "pane", true]);
  assert.equal(spec.items, undefined);
  assert.notEqual(groundInTiles({ ...side, illustrative: false }, {}, "pane").colour, spec.colour);
});

test("what stands, what is planned and what is made up are drawn apart by more than colour", () => {
  const facilities = { theme: "facilities", illustrative: false };
  const installed = groundStyle(facilities, false, "url(#hatch)");
  const planned = groundStyle(facilities, true, "url(#hatch)");
  const madeUp = groundStyle({ ...facilities, illustrative: true }, true, "url(#hatch)");
  assert.equal(installed.dashArray, null);
  assert.notEqual(planned.dashArray, null);
  assert.equal(madeUp.fillColor, "url(#hatch)");
});
