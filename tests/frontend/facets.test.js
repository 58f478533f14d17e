import assert from "node:assert/strict";
import { test } from "node:test";

import { filtersOf, hiddenOf, writtenHidden } from "../../static/js/map/facets.js";
import { compose, parse } from "../../static/js/map/permalink.js";
import { conditionOf } from "../../static/js/map/tiles/condition.js";
import { decode } from "../../static/js/map/tiles/decode.js";
import { PbfWriter } from "pbf";

const FACETS = [
  { name: "status", values: [["operating", 5], ["planned", 2], ["", 1]] },
  { name: "owner", values: [["A", 4], ["B", 4]] },
];

test("what is hidden goes to the address and comes back, whatever the values hold", () => {
  const hidden = new Map([
    ["layer_a", new Map([["status", new Set(["planned", ""])], ["owner", new Set(["a,b:c/d;e %2C", "尺"])]])],
    ["layer_b", new Map([["kind", new Set(["post"])]])],
  ]);
  const address = compose([["hidden", writtenHidden(hidden)]]);
  assert.deepEqual(hiddenOf(parse("#" + address).get("hidden")), hidden);
  assert.equal(writtenHidden(new Map([["layer_a", new Map([["status", new Set()]])]])), null);
});

test("an address that says nothing sensible hides nothing", () => {
  for (const text of [null, "", "layer_a", "layer_a/status", ";/;", "layer_a/a:b:c"]) assert.equal(hiddenOf(text).size, 0, String(text));
  assert.deepEqual([...hiddenOf("layer_a/status:%zz").get("layer_a").get("status")], ["%zz"]);
});

test("a layer is filtered by those facets alone that hide something", () => {
  assert.deepEqual(filtersOf(FACETS, new Map([["status", new Set()]])), {});
  assert.deepEqual(filtersOf(FACETS, new Map([["status", new Set(["planned"])]])), { status: new Set(["operating", ""]) });
});

test("a server is asked for the values that are shown, those that are missing among them", () => {
  assert.equal(conditionOf({}), "");
  assert.equal(conditionOf({ status: new Set(["planned", ""]) }), "(status IN ('planned') OR status IS NULL)");
  assert.equal(conditionOf({ owner: new Set(["O'Hara"]), kind: new Set([""]) }), "(owner IN ('O''Hara')) AND (kind IS NULL)");
  assert.equal(conditionOf({ owner: new Set() }), "(owner IS NULL AND owner IS NOT NULL)");
});

test("as many values are told apart as there are places", () => {
  const count = 300;
  const pbf = new PbfWriter();
  pbf.writeMessage(3, (_, layer) => {
    layer.writeStringField(1, "cameras");
    for (let i = 0; i < count; i++) {
      layer.writeMessage(2, (__, one) => {
        one.writePackedVarint(2, [0, i]);
        one.writeVarintField(3, 1);
        one.writePackedVarint(4, [9, 2, 2]);
      }, null);
    }
    layer.writeStringField(3, "owner");
    for (let i = 0; i < count; i++) layer.writeMessage(4, (__, one) => one.writeStringField(1, "owner " + i), null);
    layer.writeVarintField(5, 4096);
    layer.writeVarintField(15, 2);
  }, null);
  const bytes = pbf.finish();
  const { owner } = decode(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), "cameras", ["owner"]).points.facets;
  assert.equal(owner.values[owner.codes[count - 1]], "owner " + (count - 1));
});
