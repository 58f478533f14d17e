import assert from "node:assert/strict";
import { test } from "node:test";

import { standStill } from "../../static/js/map/motion.js";

/* The little of Leaflet's map that moves. */
function leaflet() {
  class Map {
    panBy(offset, options) { return ["pan", offset, options]; }

    flyTo(centre, zoom, options) { return ["fly", centre, zoom, options]; }
  }
  Map.options = {};
  Map.include = (methods) => Object.assign(Map.prototype, methods);
  Map.mergeOptions = (options) => Object.assign(Map.options, options);
  return { Map };
}

function mapFor(reader) {
  globalThis.window = { matchMedia: (query) => ({ matches: reader.still && query.includes("reduce") }) };
  globalThis.L = leaflet();
  standStill();
  return new globalThis.L.Map();
}

test("a map that may move moves as it is told", () => {
  const map = mapFor({ still: false });
  assert.deepEqual(globalThis.L.Map.options, {});
  assert.deepEqual(map.panBy([1, 2], { animate: true }), ["pan", [1, 2], { animate: true }]);
  assert.deepEqual(map.flyTo([3, 4], 5), ["fly", [3, 4], 5, undefined]);
});

test("a map that is to stand still moves at once, whatever it is told", () => {
  const map = mapFor({ still: true });
  assert.deepEqual(globalThis.L.Map.options, {
    fadeAnimation: false, zoomAnimation: false, markerZoomAnimation: false, inertia: false,
  });
  assert.deepEqual(map.panBy([1, 2], { animate: true, duration: 1 }), ["pan", [1, 2], { animate: false, duration: 1 }]);
  assert.deepEqual(map.flyTo([3, 4], 5), ["fly", [3, 4], 5, { animate: false }]);
});

test("who asks for stillness later has it from then on", () => {
  const reader = { still: false };
  const map = mapFor(reader);
  reader.still = true;
  assert.deepEqual(map.panBy([1, 2]), ["pan", [1, 2], { animate: false }]);
});
