import assert from "node:assert/strict";
import { test } from "node:test";

import { areaFacts, shareRange } from "../../static/js/map/area_card.js";
import { cases, firstOfRoles, named, said, summary, whereabouts } from "../../static/js/map/ask_card.js";
import { boxOf, gapsOf } from "../../static/js/map/gap_list.js";
import { speak } from "../../static/js/map/words.js";
import { columnsOf } from "../../static/js/map/zone_columns.js";
import { itemAddress } from "../../static/js/map/zone_table.js";

const WORDS = {
  ways: "N,NE,E,SE,S,SW,W,NW", whereabouts: "%(distance)s %(way)s %(bearing)s", coveredBy: "by %(count)s",
  notCovered: "not", outsideStudy: "outside.", beyondRegion: "beyond", coveredCases: "%(low)s to %(high)s",
  shareRange: "%(share)s (%(low)s – %(high)s)", covered: "Covered", none: "none", unknown: "?", ofAll: "%(covered)s/%(total)s",
  meansFurther: "%(figure)s", areaOutside: "Outside", largestLoss: "Loss", unit_m: "m", unit_km: "km", unit_m2: "m²", unit_km2: "km²",
};
const answer = (more) => ({ in_region: true, study_area: true, depth: 2, depth_by_case: { low: 0, mid: 2, high: 5 }, ...more });

test("a place is summed up: how often, outside the study area, beyond the region", () => {
  speak("en", WORDS);
  assert.equal(summary(answer({})), "by 2");
  assert.equal(summary(answer({ depth: 0 })), "not");
  assert.equal(summary(answer({ study_area: false, depth: 0 })), "outside. not");
  assert.equal(summary(answer({ in_region: false })), "beyond");
  assert.equal(cases(answer({})), "0 to 5");
  assert.equal(whereabouts({ distance_m: 1234, bearing_deg: 46.4 }), "1.2\u00a0km NE 46");
});

test("names are in the reader's language, or in the one that there is", () => {
  const one = { name_en: "East", name_zh: "東", id: "x" };
  speak("zh-Hant", WORDS);
  assert.equal(named(one), "東");
  assert.equal(said({ en: "East" }), "East");
  speak("en", WORDS);
  assert.equal(named(one), "East");
  assert.equal(named({ zone_id: "E" }), "E");
});

test("the nearest of each role comes first", () => {
  const nearest = [{ role: "camera", id: 1 }, { role: "camera", id: 2 }, { role: "facility", id: 3 }];
  assert.deepEqual(firstOfRoles(nearest).map((one) => one.id), [1, 3]);
});

test("an area tells what there is to tell", () => {
  const figures = { area_m2: 2e6, outside_m2: 0, covered_share: 0.5, covered_share_low: 0.05, covered_share_high: 1 };
  const rest = { covered_area_m2: 1e6, gap_area_m2: 1e6, covered_share_2: 0, covered_share_3: 0, sources_inside: 1, gaps_inside: 2 };
  const facts = areaFacts({ figures: { ...figures, ...rest }, largest_single_loss: null, demand: [] });
  assert.deepEqual(facts.find(([label]) => label === "Covered"), ["Covered", "50% (5% – 100%)"]);
  assert.deepEqual(facts.find(([label]) => label === "Loss"), ["Loss", "none"]);
  assert.ok(!facts.some(([label]) => label === "Outside"));
  assert.equal(shareRange({ covered_share: null }), "? (? – ?)");
  const people = { title: { en: "People" }, share: 0.25, covered: 5, total: 20 };
  const told = areaFacts({ figures: { ...figures, ...rest, outside_m2: 5 }, largest_single_loss: null, demand: [people] });
  assert.deepEqual(told.at(-1), ["People", "25% (5/20)"]);
  assert.ok(told.some(([label]) => label === "Outside"));
});

test("gaps without a circle are left out, and a box holds the circle of the others", () => {
  const found = gapsOf([
    { id: "a", properties: { circle_lat: 60, circle_lon: 10, circle_radius_m: 1111.9508 } },
    { id: "b", properties: { circle_lat: null } },
  ]);
  assert.deepEqual(found.map((one) => one.id), ["a"]);
  const [[south, west], [north, east]] = boxOf(found[0]);
  assert.ok(Math.abs(north - 60.01) < 1e-9 && Math.abs(south - 59.99) < 1e-9);
  assert.ok(Math.abs(east - west - 0.04) < 1e-6);
});

test("columns are those of the theme, and further figures of the zones come after", () => {
  const spec = (theme) => ({ question: { theme } });
  const keys = (theme, fields) => columnsOf(spec(theme), fields).map((one) => one.key);
  assert.ok(keys("cameras", []).includes("density"));
  assert.ok(!keys("facilities", []).includes("density"));
  assert.equal(keys("facilities", [{ key: "people", label: "People", format: "count" }, { key: "covered_share" }]).at(-1), "people");
  const density = columnsOf(spec("cameras"), []).find((one) => one.key === "density");
  assert.equal(density.value({ sources_inside: 6, zone_area_m2: 2e6 }), 3);
  assert.equal(density.text({ sources_inside: 6, zone_area_m2: 0 }), null);
});

test("the address of one feature keeps the day and the case alone", () => {
  const all = "/x/collections/q-zones/items?at=2026-01-01&case=low&limit=5&skipGeometry=true&sortby=rank";
  assert.equal(itemAddress(all, "a/b"), "/x/collections/q-zones/items/a%2Fb?at=2026-01-01&case=low");
});
