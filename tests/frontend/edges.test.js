import assert from "node:assert/strict";
import { test } from "node:test";

import { moreOf } from "../../static/js/map/edges.js";
import { inARow } from "../../static/js/map/panels.js";

const BOX = { scrollLeft: 0, scrollTop: 0, scrollWidth: 100, scrollHeight: 100, clientWidth: 100, clientHeight: 100 };

test("a box that shows all tells of nothing more, on whichever way it scrolls of what it does not show", () => {
  assert.deepEqual(moreOf(BOX), { before: false, after: false });
  for (const [size, at] of [["scrollWidth", "scrollLeft"], ["scrollHeight", "scrollTop"]]) {
    assert.deepEqual(moreOf({ ...BOX, [size]: 300 }), { before: false, after: true });
    assert.deepEqual(moreOf({ ...BOX, [size]: 300, [at]: 50 }), { before: true, after: true });
    assert.deepEqual(moreOf({ ...BOX, [size]: 300, [at]: 199.5 }), { before: true, after: false });
  }
});

test("a narrow rail has rows that differ by as little as can be", () => {
  assert.deepEqual([1, 5, 6, 7, 9, 12, 13].map(inARow), [1, 5, 6, 4, 5, 6, 5]);
});
