import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { spotlight } from "../../static/js/map/spots.js";
import { statusText } from "../../static/js/map/status.js";
import { speak } from "../../static/js/map/words.js";

/* The little of Leaflet that an outline needs. */
const drawn = [];
const layer = { addTo: () => layer, clearLayers: () => { drawn.length = 0; }, addData: (feature) => drawn.push(feature.id) };
globalThis.L = { geoJSON: () => layer };
const answers = new Map();
globalThis.fetch = (address) => new Promise((resolve, reject) => answers.set(address, { resolve, reject }));

const settle = () => new Promise((resolve) => setTimeout(resolve));
const fail = (id) => answers.get(id).reject(new TypeError("Failed to fetch"));
const answer = (id) => answers.get(id).resolve(Response.json({ id }));
let map = null;
const said = () => statusText([...(map.gsStates || new Map()).values()]);

beforeEach(() => {
  speak("en", { failed: "Failed:", noAnswer: "no answer", loading: "Loading" });
  map = { getPane: () => ({}) };
  drawn.length = 0;
  answers.clear();
});

test("a failure is told until something else is pointed out, or nothing", async () => {
  for (const next of ["b", null]) {
    const light = spotlight(map, (id) => id);
    const failing = light.show("a", false);
    fail("a");
    await failing;
    assert.equal(said(), "Failed: no answer");
    const showing = light.show(next, false);
    if (next) answer(next);
    await showing;
    assert.equal(said(), "");
  }
});

test("what is no longer pointed at neither shows nor fails", async () => {
  const light = spotlight(map, (id) => id);
  for (const id of ["a", "b", "c"]) light.show(id, false);
  answer("c");
  await settle();
  fail("a");
  answer("b");
  await settle();
  assert.deepEqual(drawn, ["c"]);
  assert.equal(said(), "");
});

test("what failed once is asked for again", async () => {
  const light = spotlight(map, (id) => id);
  const failing = light.show("a", false);
  fail("a");
  await failing;
  const showing = light.show("a", false);
  answer("a");
  await showing;
  assert.deepEqual(drawn, ["a"]);
});
