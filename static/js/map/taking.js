/* What can be chosen of a page to take away, as plain values, and as it stands in the address. */

export const PICTURE = "picture";
export const PAPERS = ["A4", "A3", PICTURE];
export const WAYS = ["landscape", "portrait"];
export const AREAS = ["view", "all"];
export const SCALES = ["", "5000", "10000", "25000", "50000", "100000", "200000", "500000"];
export const FORMS = ["gpkg", "geojson.zip", "csv.zip"];
const LISTS = [PAPERS, WAYS, AREAS, SCALES, FORMS];
const NAMES = ["paper", "way", "area", "scale", "form"];
const LABELS = "labels";
const GRID = "grid";
const NOTHING = "none";

/* Read choices: paper/way/area/scale/form/marks/layers. What says nothing sensible is as at first; layers are null where
   they are those that the map shows. */
export function choicesOf(text) {
  const parts = (text || "").split("/");
  const values = LISTS.map((list, i) => (list.includes(parts[i]) ? parts[i] : list[0]));
  const marks = (parts[NAMES.length] ?? [LABELS, GRID].join(",")).split(",");
  const layers = parts.slice(NAMES.length + 1).join("/");
  return {
    ...Object.fromEntries(NAMES.map((name, i) => [name, values[i]])),
    labels: marks.includes(LABELS),
    grid: marks.includes(GRID),
    layers: layers ? layers.split(",").filter((one) => one !== NOTHING) : null,
  };
}

/* Write choices as `choicesOf` reads them; null where all are as at first. */
export function choicesText(choices) {
  const { labels, grid, layers } = choices;
  const marks = [labels && LABELS, grid && GRID].filter(Boolean).join(",");
  const text = [...NAMES.map((name) => choices[name]), marks, layers ? layers.join(",") || NOTHING : ""].join("/");
  return text === FIRST ? null : text;
}

const FIRST = [...LISTS.map((list) => list[0]), [LABELS, GRID].join(","), ""].join("/");

/* The size of the picture of a view, [width, height] in pixels: that of the view on a screen of so many device pixels to a
   pixel, larger or smaller as far as `least` and `most` ask for it, and `roomy`, the longer side with room for a legend. */
export function pictureOf([width, height], ratio, { least, most, roomy }) {
  const wanted = Math.max(ratio, least[0] / width, least[1] / height, roomy / Math.max(width, height));
  const scale = Math.min(wanted, most[0] / width, most[1] / height);
  return [width, height].map((side, i) => Math.min(most[i], Math.max(least[i], Math.round(side * scale))));
}
