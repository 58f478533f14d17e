import assert from "node:assert/strict";
import { test } from "node:test";

import { paintClusters } from "../../static/js/map/tiles/painting.js";

/* What is filled on a canvas, in order. */
function filledWith(clusters, dark) {
  const filled = [];
  const context = {
    beginPath() {}, arc() {}, stroke() {}, setLineDash() {},
    fill() { filled.push(this.fillStyle); },
    fillText() { filled.push(this.fillStyle); },
  };
  const how = { place: (x, y) => [x, y], ratio: 1, written: String, dark };
  for (const step of paintClusters(context, clusters, { colour: "teal" }, how)) assert.equal(step, undefined);
  return filled;
}

/* How light a colour is, from 0 to 255. */
function lightness(colour) {
  const parts = colour.startsWith("#")
    ? [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)) : colour.match(/\d+/g).slice(0, 3).map(Number);
  return (parts[0] + parts[1] + parts[2]) / 3;
}

test("numbers of places are dark on light ground and light on dark", () => {
  const many = [{ x: 0, y: 0, count: 12 }];
  const [ground, text] = filledWith(many, false).map(lightness);
  const [darkGround, lightText] = filledWith(many, true).map(lightness);
  assert.ok(ground > 200 && text < 60);
  assert.ok(darkGround < 60 && lightText > 200);
});

test("a single place has the colour of its layer on either ground", () => {
  for (const dark of [false, true]) assert.deepEqual(filledWith([{ x: 0, y: 0, count: 1 }], dark), ["teal"]);
});
