import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { fetchFrom, fetchJson } from "../../static/js/map/fetching.js";
import { askWorker } from "../../static/js/map/tiles/source.js";
import { speak } from "../../static/js/map/words.js";

const own = globalThis.fetch;
const json = { "Content-Type": "application/json" };
const answering = (body, status, headers = json) => async () => new Response(body, { status, headers });

speak("zh-Hant", { noAnswer: "伺服器沒有回應", readerFailed: "讀取圖磚失敗" });
afterEach(() => { globalThis.fetch = own; });

test("a network that is gone is told in the reader's words, and what was given up is not told", async () => {
  globalThis.fetch = async () => { throw new TypeError("Failed to fetch"); };
  await assert.rejects(fetchJson("/a"), { message: "伺服器沒有回應" });
  globalThis.fetch = async () => { throw new DOMException("gone", "AbortError"); };
  await assert.rejects(fetchJson("/a"), { name: "AbortError" });
});

test("what the server says is told, and otherwise its status", async () => {
  globalThis.fetch = answering('{"description": "太大"}', 400);
  await assert.rejects(fetchFrom("/a"), { message: "太大" });
  for (const [body, status, headers] of [["{", 502, json], ["{}", 503, json], ["<p>", 500, { "Content-Type": "text/html" }]]) {
    globalThis.fetch = answering(body, status, headers);
    await assert.rejects(fetchFrom("/a"), { message: "伺服器沒有回應 (" + status + ")" });
  }
});

test("an answer that cannot be read is none", async () => {
  for (const [body, headers] of [["{", json], ["<p>", { "Content-Type": "text/html" }]]) {
    globalThis.fetch = answering(body, 200, headers);
    await assert.rejects(fetchJson("/a"), { message: "伺服器沒有回應 (200)" });
  }
  globalThis.fetch = answering('{"found": 1}', 200);
  assert.deepEqual(await fetchJson("/a"), { found: 1 });
});

test("a tile that fails is told in words too, and a worker that fails as a whole", async () => {
  let worker = null;
  globalThis.Worker = class {
    constructor() { worker = this; }
    postMessage(job) { this.job = job; }
    terminate() {}
  };
  const ask = askWorker("/worker.js", "cameras", []);
  const first = ask("/1").done;
  worker.onmessage({ data: { id: worker.job.id, status: 503 } });
  await assert.rejects(first, { message: "伺服器沒有回應 (503)" });
  const second = ask("/2").done;
  worker.onmessage({ data: { id: worker.job.id, aborted: true } });
  await assert.rejects(second, { aborted: true });
  const third = ask("/3").done;
  worker.onerror();
  worker.onerror();
  await assert.rejects(third, { message: "讀取圖磚失敗" });
});
