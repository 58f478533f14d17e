/* What is here, in words: the card of an answer about a place. */
import { element } from "./dom.js";
import { eighth } from "./rows.js";
import { filled, formatted, number, spoken, words } from "./words.js";

export function named(one) {
  return (spoken().startsWith("zh") && one.name_zh) || one.name_en || one.name_zh || String(one.id ?? one.zone_id);
}

export function said(text) {
  return (spoken().startsWith("zh") && text.zh) || text.en;
}

/* "325 m, north-east (25°)" */
export function whereabouts(one) {
  const values = { distance: formatted(one.distance_m, "length"), way: words.ways.split(",")[eighth(one.bearing_deg)] };
  return filled(words.whereabouts, { ...values, bearing: number(one.bearing_deg, 0) });
}

/* Where a place is, and how often it is covered, as one sentence. */
export function summary(answer) {
  if (!answer.in_region) return words.beyondRegion;
  const covered = answer.depth ? filled(words.coveredBy, { count: number(answer.depth, 0) }) : words.notCovered;
  return answer.study_area ? covered : words.outsideStudy + " " + covered;
}

export function cases(answer) {
  const { low, high } = answer.depth_by_case;
  return filled(words.coveredCases, { low: number(low, 0), high: number(high, 0) });
}

function link(one) {
  const node = element("a", "", named(one));
  node.href = new URL(one.href).pathname + "?f=html";
  return node;
}

function madeUp(node, one) {
  if (one.illustrative) node.append(" ", element("span", "gs-made-up", words.illustrative));
  return node;
}

function seen(one, byLayer) {
  const item = element("li");
  const name = madeUp(element("span", "gs-seen-name"), one);
  name.prepend(link(one));
  item.append(name, element("span", "gs-seen-where", whereabouts(one)));
  if (byLayer) item.prepend(element("span", "gs-seen-layer", said(one.layer_title)));
  else if (one.range_m) item.append(element("span", "gs-seen-layer", filled(words.reaches, { range: formatted(one.range_m, "length") })));
  return item;
}

function list(ones, byLayer) {
  const node = element("ul", "gs-seen");
  node.append(...ones.map((one) => seen(one, byLayer)));
  return node;
}

function gapText(gap) {
  const values = { rank: number(gap.rank, 0), gaps: number(gap.gaps, 0), area: formatted(gap.gap_area_m2, "area") };
  const radius = gap.circle_radius_m === null ? "" : " " + filled(words.emptyCircle, { radius: formatted(gap.circle_radius_m, "length") });
  return filled(words.inGap, values) + radius;
}

/* The nearest of each role first; the nearest of every layer is one click away. */
export function firstOfRoles(nearest) {
  const roles = new Set();
  return nearest.filter((one) => !roles.has(one.role) && roles.add(one.role));
}

function nearestPart(answer) {
  const hold = element("div");
  hold.append(element("h4", "", words.nearest), list(firstOfRoles(answer.nearest), true));
  if (answer.nearest.length > 2) {
    const all = element("details", "gs-all");
    all.append(element("summary", "", words.nearestAll), list(answer.nearest, true));
    hold.append(all);
  }
  return hold;
}

/* The assumption that an answer rests on, with the range of its case. */
export function restsOn(answer) {
  const box = element("p", "gs-rests-on", said(answer.assumption));
  if (!answer.range_m) return box;
  const range = formatted(answer.range_m[answer.question.case], "length");
  box.prepend(element("strong", "", filled(words.reachNow, { range: range })), " ");
  return box;
}

/* The card of one answer. */
export function placeCard(answer) {
  const box = element("section", "gs-answer");
  const head = answer.zone ? named(answer.zone) : answer.in_region ? words.outsideZones : words.outsideRegion;
  box.append(element("h3", "", head), element("p", "gs-coordinates", answer.lat.toFixed(5) + ", " + answer.lon.toFixed(5)));
  if (answer.illustrative) box.append(element("p", "gs-made-up", words.illustrativeAll));
  const sum = element("p", "gs-sum", summary(answer));
  if (answer.in_region && answer.study_area) sum.classList.add(answer.depth ? "gs-covered" : "gs-uncovered");
  box.append(sum);
  if (!answer.in_region) return box;
  box.append(element("p", "gs-cases", cases(answer)));
  if (answer.covered_by.length) box.append(element("h4", "", words.coveringIt), list(answer.covered_by, false));
  if (answer.depth > answer.covered_by.length) box.append(element("p", "gs-cases", words.nearestListed));
  if (answer.gap) box.append(element("p", "gs-gap-here", gapText(answer.gap)));
  box.append(nearestPart(answer), restsOn(answer));
  return box;
}
