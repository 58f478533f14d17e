import assert from "node:assert/strict";
import { test } from "node:test";

import { measuredOf, told, writtenMeasure } from "../../static/js/map/measure.js";
import { areaOf, lengthOf } from "../../static/js/map/measuring.js";
import { speak } from "../../static/js/map/words.js";

const SQUARE = [[114, 22], [114.01, 22], [114.01, 22.01], [114, 22.01]];

test("nothing has no length and no area", () => {
  for (const places of [[], [[114, 22]]]) assert.equal(lengthOf(places), 0);
  for (const places of [[], SQUARE.slice(0, 1), SQUARE.slice(0, 2)]) assert.equal(areaOf(places).area, 0);
});

test("an area is the same whichever way round it is drawn", () => {
  assert.ok(Math.abs(areaOf(SQUARE).area - areaOf([...SQUARE].reverse()).area) < 1e-6);
});

test("what is measured goes to the address and comes back", () => {
  const measured = { kind: "area", places: [[114.1, 22.3], [-0.125, -1.5], [114.2, 22.25]] };
  assert.equal(writtenMeasure(measured), "area/22.300000,114.100000/-1.500000,-0.125000/22.250000,114.200000");
  assert.deepEqual(measuredOf(writtenMeasure(measured)), measured);
});

test("what measures nothing is nothing", () => {
  for (const text of [null, "", "area", "area/", "volume/1,2", "length/1", "length/1,2,3", "length/91,2", "length/a,b", "length/,", "length/1,2/x"]) {
    assert.equal(measuredOf(text), null, String(text));
  }
});

test("what is measured is said with its unit", () => {
  const units = { unit_m: "m", unit_km: "km", unit_m2: "m²", unit_ha: "ha", unit_km2: "km²" };
  speak("en", { ...units, measureStart: "start", measureCrosses: "crosses", measuredLength: "%(length)s", measuredArea: "%(area)s, %(length)s" });
  assert.equal(told("length", SQUARE.slice(0, 1)), "start");
  assert.equal(told("length", [[114, 22], [114.0005, 22]]), "51.6\u00a0m");
  assert.equal(told("area", SQUARE.slice(0, 2)), "start");
  assert.equal(told("area", [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]]), "crosses");
  assert.match(told("area", SQUARE), /^1\.143\u00a0km², 4\.28\u00a0km$/);
});
