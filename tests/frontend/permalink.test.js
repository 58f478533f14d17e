import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { changed, compose, follow, parse, remember } from "../../static/js/map/permalink.js";
import { viewOf } from "../../static/js/map/view.js";

/* The few parts of a browser that an address needs. */
const listeners = [];
globalThis.location = { hash: "" };
globalThis.history = { replaceState: (state, title, hash) => { location.hash = hash; } };
globalThis.document = { querySelectorAll: () => [] };
globalThis.window = { addEventListener: (name, listener) => listeners.push(listener) };

beforeEach(() => { listeners.length = 0; });

test("what is composed is read again, whatever it holds", () => {
  const pairs = [["view", "22.3,114.2,14"], ["zone", "a&b=c #%<>"], ["題", "尺,城"]];
  assert.deepEqual([...parse("#" + compose(pairs))], pairs);
  assert.ok(compose(pairs).startsWith("view=22.3,114.2,14&"));
});

test("a state goes to the address and comes back, and what no module knows stays", () => {
  let on = "roads";
  const read = [];
  let told = null;
  location.hash = "#on=parks&later=1";
  remember("on", { read: (text, all) => { read.push(text); on = text; told = [...all.keys()]; }, write: () => on });
  follow();
  assert.equal(on, "parks");
  assert.deepEqual(told, ["on", "later"]);
  on = "roads,parks";
  changed();
  assert.equal(location.hash, "#on=roads,parks&later=1");
  location.hash = "#on=none";
  listeners.forEach((listener) => listener());
  assert.deepEqual(read, ["parks", "none"]);
});

test("a module that comes late reads what the address says", () => {
  location.hash = "#late=yes&later=2";
  let late = null;
  remember("late", { read: (text, all) => { late = [text, all.get("later")]; }, write: () => null });
  assert.deepEqual(late, ["yes", "2"]);
  changed();
  assert.ok(!location.hash.includes("late"));
});

test("a view is three numbers", () => {
  assert.deepEqual(viewOf("22.3,114.2,14"), [22.3, 114.2, 14]);
  for (const text of [null, "", "22.3,114.2", "a,b,c", "1,2,3,4", "1,2,Infinity"]) assert.equal(viewOf(text), null);
});
