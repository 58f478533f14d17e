/* The columns of the table of zones: what each shows, how, and what it means. */
import { named } from "./ask_card.js";
import { filled, formatted, number, words } from "./words.js";

function range(row) {
  const [low, high] = [row.covered_share_low, row.covered_share_high].map((share) => formatted(share, "share"));
  return low === null || high === null ? null : low + " – " + high;
}

function column(key, title, format, meaning) {
  return { key, title, meaning, value: (row) => row[key], text: (row) => formatted(row[key], format) };
}

/* The columns of a question: those that every question has, then the further figures that the map shows of zones. */
export function columnsOf(spec, fields) {
  const cameras = spec.question.theme === "cameras";
  const density = (row) => (row.zone_area_m2 ? (row.sources_inside / row.zone_area_m2) * 1e6 : null);
  const columns = [
    { key: "name", title: words.zone, value: named, text: named },
    column("covered_share", words.covered, "share", cameras ? words.meansCoveredCameras : words.meansCovered),
    { key: "range", title: words.lowToHigh, value: (row) => row.covered_share_low, text: range, meaning: words.meansRange },
    column("gap_area_m2", words.gapArea, "area", words.meansGap),
    column("sources_inside", cameras ? words.cameras : words.facilities, "count", words.meansSources),
    cameras && { key: "density", title: words.perKm2, value: density, text: (row) => fixed(density(row)), meaning: words.meansDensity },
    column("covered_share_2", words.twoOrMore, "share", words.meansTwo),
    column("largest_single_loss_m2", words.largestLoss, "area", words.meansLoss),
    column("nearest_source_mean_m", words.meanDistance, "length", cameras ? words.meansMeanCameras : words.meansMean),
    column("nearest_source_max_m", words.greatestDistance, "length", words.meansGreatest),
    column("demand_share", words.demandCovered, "share", words.meansDemand),
  ].filter(Boolean);
  const known = new Set([...columns.map((one) => one.key), ...SHOWN_ELSEWHERE]);
  const further = fields.filter((field) => !known.has(field.key));
  return [...columns, ...further.map((field) => column(field.key, field.label, field.format, meaningOf(field)))];
}

const SHOWN_ELSEWHERE = ["covered_share_low", "covered_share_high", "zone_area_m2", "covered_area_m2", "facilities_inside",
  "covered_share_3", "nearest_source_min_m", "largest_single_loss_id", "largest_single_loss_layer", "parent_id"];

function meaningOf(field) {
  return filled(words.meansFurther, { figure: field.label });
}

function fixed(value) {
  return value === null ? null : number(value, 1);
}
