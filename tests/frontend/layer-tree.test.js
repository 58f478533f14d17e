import assert from "node:assert/strict";
import { test } from "node:test";

import { countedWords, saidOfLayers, wanted, writtenLayers } from "../../static/js/map/layer-tree.js";
import { markText } from "../../static/js/map/legend.js";
import { speak } from "../../static/js/map/words.js";

test("the address goes before the reader's choice, and that before what is on at first", () => {
  const [ids, atFirst] = [["zones", "gaps", "posts"], [true, false, true]];
  assert.deepEqual(wanted(ids, atFirst, {}, null), [true, false, true]);
  assert.deepEqual(wanted(ids, atFirst, { gaps: true, posts: false, gone: true }, null), [true, true, false]);
  assert.deepEqual(wanted(ids, atFirst, {}, ""), [false, false, false]);
});

test("the address says what differs from what is on at first, so that another question keeps its own layers", () => {
  const [ids, atFirst] = [["zones", "gaps", "posts"], [true, false, true]];
  assert.equal(writtenLayers(ids, atFirst, atFirst), "default");
  assert.equal(writtenLayers(ids, atFirst, [true, true, false]), "+gaps,-posts");
  assert.deepEqual(wanted(ids, atFirst, { zones: false }, "+gaps,-posts"), [true, true, false]);
  assert.deepEqual(wanted(ids, atFirst, {}, " gaps,-posts"), [true, true, false], "a plus that came as a space");
  const another = [["zones", "gaps", "cameras"], [true, false, true]];
  assert.deepEqual(wanted(...another, {}, "+gaps,-posts"), [true, true, true]);
});

test("who opens a link sees the layers of who wrote it, also where these were as at first", () => {
  const [ids, atFirst] = [["zones", "gaps", "posts"], [true, false, true]];
  const own = { gaps: true, zones: false };
  assert.deepEqual(wanted(ids, atFirst, own, writtenLayers(ids, atFirst, atFirst)), atFirst);
  const older = new Map([["view", "22.3,114.2,14"]]);
  assert.deepEqual(wanted(ids, atFirst, own, saidOfLayers(null, older)), atFirst, "a link with a view and no word of layers");
  assert.equal(saidOfLayers(null, new Map([["zone", "B"]])), null, "a link that only leads to a zone");
  assert.equal(saidOfLayers("+gaps", older), "+gaps");
});

test("a list of all that was on says not of which question, and is not taken for this one's", () => {
  const [ids, atFirst] = [["zones", "gaps", "posts", "cameras"], [true, false, false, true]];
  assert.deepEqual(wanted(ids, atFirst, { gaps: true }, "zones,posts"), atFirst);
  assert.deepEqual(wanted(ids, atFirst, {}, ""), [false, false, false, false], "none is none for every question");
});

test("the tree and the legend say which marks count and which are only shown", () => {
  speak("en", {
    onlyShown: "only shown", countedAll: "counted", countedSome: "%(counted)s counted", countedOf: "%(counted)s of %(count)s counted",
  });
  const posts = { kind: "points", title: "Posts", count: 1200, counted: 1200 };
  const some = { ...posts, counted: 1100 };
  const none = { ...posts, counted: 0 };
  assert.deepEqual([posts, some, none].map(countedWords), ["counted", "1,100 counted", "only shown"]);
  assert.equal(countedWords({ kind: "zones" }), null);
  assert.deepEqual([posts, some, none].map(markText), ["Posts (1,200)", "Posts (1,100 of 1,200 counted)", "Posts (1,200)"]);
});
