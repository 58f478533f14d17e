import assert from "node:assert/strict";
import { test } from "node:test";

import { wanted, writtenLayers } from "../../static/js/map/layer-tree.js";

test("the address goes before the reader's choice, and that before what is on at first", () => {
  const [ids, atFirst] = [["zones", "gaps", "posts"], [true, false, true]];
  assert.deepEqual(wanted(ids, atFirst, {}, null), [true, false, true]);
  assert.deepEqual(wanted(ids, atFirst, { gaps: true, posts: false, gone: true }, null), [true, true, false]);
  assert.deepEqual(wanted(ids, atFirst, { gaps: true }, "posts,unknown"), [false, false, true]);
  assert.deepEqual(wanted(ids, atFirst, {}, ""), [false, false, false]);
});

test("the address says what differs from what is on at first, so that another question keeps its own layers", () => {
  const [ids, atFirst] = [["zones", "gaps", "posts"], [true, false, true]];
  assert.equal(writtenLayers(ids, atFirst, atFirst), null);
  assert.equal(writtenLayers(ids, atFirst, [true, true, false]), "+gaps,-posts");
  assert.deepEqual(wanted(ids, atFirst, { zones: false }, "+gaps,-posts"), [true, true, false]);
  assert.deepEqual(wanted(ids, atFirst, {}, " gaps,-posts"), [true, true, false], "a plus that came as a space");
  const another = [["zones", "gaps", "cameras"], [true, false, true]];
  assert.deepEqual(wanted(...another, {}, "+gaps,-posts"), [true, true, true]);
});
