import assert from "node:assert/strict";
import { test } from "node:test";

import { canvasLayer } from "../../static/js/map/tiles/canvas-layer.js";
import { clusterRadius, clustersOf } from "../../static/js/map/tiles/clusters.js";
import { decode, textAt, UNITS } from "../../static/js/map/tiles/decode.js";
import { BLEED, gridAt, placed } from "../../static/js/map/tiles/grid.js";
import { holds, nearestPoint } from "../../static/js/map/tiles/picking.js";
import { Slices } from "../../static/js/map/tiles/slices.js";
import { askWorker, TileSource } from "../../static/js/map/tiles/source.js";
import { PbfWriter } from "pbf";

const points = (places) => ({
  n: places.length,
  x: Float32Array.from(places, ([x]) => x),
  y: Float32Array.from(places, ([, y]) => y),
  counts: Uint32Array.from(places, ([, , count]) => count ?? 1),
});

/* A tile with one layer of two points, as the specification of vector tiles has it. */
function tile() {
  const zigzag = (n) => (n << 1) ^ (n >> 31);
  const feature = (x, y, tags) => (_, pbf) => {
    pbf.writePackedVarint(2, tags);
    pbf.writeVarintField(3, 1);
    pbf.writePackedVarint(4, [9, zigzag(x), zigzag(y)]);
  };
  const text = (value) => (_, pbf) => pbf.writeStringField(1, value);
  const whole = (value) => (_, pbf) => pbf.writeVarintField(4, value);
  const pbf = new PbfWriter();
  pbf.writeMessage(3, (_, layer) => {
    layer.writeStringField(1, "cameras");
    layer.writeMessage(2, feature(10, 20, [0, 0, 1, 2]), null);
    layer.writeMessage(2, feature(4000, -50, [0, 1, 1, 2, 2, 3]), null);
    for (const key of ["id", "status", "point_count"]) layer.writeStringField(3, key);
    for (const value of [text("尺-1"), text("b"), text("planned"), whole(7)]) layer.writeMessage(4, value, null);
    layer.writeVarintField(5, 4096);
    layer.writeVarintField(15, 2);
  }, null);
  return pbf.finish();
}

test("a tile's places come with their ids, counts and facets", () => {
  const bytes = tile();
  const found = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), "cameras", ["status"]).points;
  assert.equal(found.n, 2);
  assert.deepEqual([...found.x, ...found.y], [10, 4000, 20, -50]);
  assert.deepEqual([...found.counts], [1, 7]);
  assert.deepEqual([textAt(found.ids, 0), textAt(found.ids, 1)], ["尺-1", "b"]);
  assert.deepEqual(found.facets.status.values, ["planned"]);
  assert.deepEqual(decode(new ArrayBuffer(0), "cameras", []), { points: null, shapes: [] });
});

test("tiles side by side meet at whole device pixels, at every ratio and zoom", () => {
  for (const ratio of [1, 1.25, 1.5, 2]) {
    for (const zoom of [9, 10.5, 13, 14.5, 19]) {
      const { side } = gridAt(zoom, 17);
      for (const from of [0, -3 * side, 7.3]) {
        const one = placed(from, side, ratio);
        const next = placed(from + side, side, ratio);
        assert.equal(one.start + one.length, next.start + 2 * BLEED);
        assert.ok(Math.abs(one.start + one.origin - from * ratio) < 1e-6);
      }
    }
  }
});

test("the data is that of a zoom below, and never of one that there is not", () => {
  assert.deepEqual(gridAt(10, 17), { dataZoom: 9, side: 512 });
  assert.equal(gridAt(10.5, 17).dataZoom, 10);
  assert.ok(Math.abs(gridAt(10.5, 17).side - 256 * Math.SQRT2) < 1e-9);
  assert.deepEqual(gridAt(19, 17), { dataZoom: 17, side: 1024 });
});

test("clusters add up, and what lies in the margin is left to the tile beside", () => {
  const all = points([[10, 10, 3], [30, 30], [4090, 4090, 5], [-20, 10, 9], [4096, 10, 2]]);
  const found = clustersOf(all, 4);
  assert.deepEqual(found.map((one) => one.count), [4, 5]);
  assert.equal(found[0].x, 15);
  assert.equal(clustersOf(all, 4, (i) => i === 1)[0].count, 1);
  assert.ok(clusterRadius(1) < clusterRadius(2));
});

test("the nearest place within reach is picked, and none beyond", () => {
  const all = points([[0, 0], [8, 0], [9, 0]]);
  assert.equal(nearestPoint(all, 7, 0, 3), 1);
  assert.equal(nearestPoint(all, 20, 0, 3), -1);
  assert.equal(nearestPoint(all, 8, 0, 3, (i) => i !== 1), 2);
});

test("a shape holds what is within it and not what is in its hole", () => {
  const ring = (a, b) => [a, a, b, a, b, b, a, b];
  const shape = { xy: Float32Array.from([...ring(0, 10), ...ring(4, 6)]), starts: Uint32Array.of(0, 8), closed: true };
  assert.deepEqual([[1, 1], [5, 5], [11, 5]].map(([x, y]) => holds(shape, x, y)), [true, false, false]);
});

test("a tile is asked for once, and given up when nobody wants it any more", async () => {
  const asked = [];
  const source = new TileSource((url) => {
    const job = { url, aborted: false };
    asked.push(job);
    const done = new Promise((resolve) => { job.resolve = resolve; });
    return { done, abort: () => { job.aborted = true; } };
  }, 2);
  const [one, same] = [source.take("a"), source.take("a")];
  assert.equal(asked.length, 1);
  source.release(one);
  assert.equal(asked[0].aborted, false);
  source.release(same);
  assert.equal(asked[0].aborted, true);
  for (const url of ["b", "c", "d"]) {
    const entry = source.take(url);
    asked.at(-1).resolve({});
    await entry.done;
    await null;
    source.release(entry);
  }
  source.take("e");
  assert.deepEqual([...source.kept.keys()], ["d", "e"]);
});

/* Workers that fail when they are told to; returns all that were started. */
function fakeWorkers() {
  const started = [];
  globalThis.Worker = class {
    constructor(address) { Object.assign(this, { address, given: [], ended: false }); started.push(this); }
    postMessage(given) { this.given.push(given); }
    terminate() { this.ended = true; }
    answer() { this.onmessage({ data: { id: this.given.at(-1).id, tile: "tile" } }); }
  };
  return started;
}

test("a worker that fails is replaced, and what it was asked for is asked once more", async () => {
  const started = fakeWorkers();
  const { done } = askWorker("worker-a.js", "cameras", [])("/tile");
  started[0].onerror({});
  assert.equal(started[0].ended, true);
  assert.deepEqual(started[1].given.map(({ url, layer }) => [url, layer]), [["/tile", "cameras"]]);
  started[1].answer();
  assert.equal(await done, "tile");
  askWorker("worker-a.js", "cameras", [])("/next");
  assert.equal(started.length, 2, "the one that works is kept");
});

test("what fails a second time is told of, and the next tile finds a new worker", async () => {
  const started = fakeWorkers();
  const ask = askWorker("worker-b.js", "cameras", []);
  const { done } = ask("/tile");
  started[0].onerror({});
  started[1].onerror({});
  await assert.rejects(done);
  const next = ask("/next");
  assert.equal(started.length, 3);
  started[2].answer();
  assert.equal(await next.done, "tile");
});

test("long work goes on in slices, and another job under a key takes the place of the first", async () => {
  const slices = new Slices(2);
  let steps = 0;
  function* long() {
    for (let i = 0; i < 40; i++) {
      const until = performance.now() + 0.5;
      while (performance.now() < until) steps += 0;
      steps += 1;
      yield;
    }
  }
  let turns = 0;
  const work = slices.work.bind(slices);
  slices.work = () => { turns += 1; work(); };
  const dropped = slices.run("tile", long());
  const done = slices.run("tile", long());
  assert.equal(await dropped, false);
  assert.equal(await done, true);
  slices.channel.port1.close();
  assert.equal(steps, 40);
  assert.ok(turns >= 5, "others had no turn");
  assert.equal(UNITS, 4096);
});

test("a tile is drawn for the pixels that it was made with, also once the page has others", () => {
  let methods = null;
  globalThis.L = { GridLayer: { extend: (given) => { methods = given; return class {}; } } };
  canvasLayer({}, String);
  const scales = [];
  const context = { setTransform: (scale) => scales.push(scale), fill() {}, stroke() {} };
  globalThis.window = { devicePixelRatio: 1 };
  globalThis.document = { createElement: () => ({ style: {}, getContext: () => context }) };
  globalThis.Path2D = class { moveTo() {} lineTo() {} closePath() {} };
  const layer = { ...methods, gsSpec: { tiles: { maxZoom: 17 }, colour: "red" }, _level: { origin: { x: 0, y: 0 } }, fill: async () => {} };
  const tile = layer.createTile({ x: 0, y: 0, z: 12 }, () => {});
  const before = tile.width;
  globalThis.window.devicePixelRatio = 2;
  tile.gs.data = { points: null, shapes: [{ xy: [0, 0, 1, 1], starts: [0], closed: true, properties: {} }] };
  assert.deepEqual([...layer.steps(tile)].length, 1);
  assert.equal(tile.width, before);
  assert.deepEqual(scales, [tile.gs.side / UNITS, 1]);
});
