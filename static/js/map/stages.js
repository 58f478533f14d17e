/* What panels over time and between questions say: figures, what is published, legends, tables by zone. */
import { element } from "./dom.js";
import { classText } from "./legend.js";
import { points, percent } from "./scales.js";
import { swatch } from "./style.js";
import { filled, formatted, number, spoken, words } from "./words.js";

export function kindTags(stage) {
  const box = element("p", "gs-tags");
  box.append(element("span", "gs-tag gs-tag-" + stage.kind, words[stage.kind]));
  if (stage.illustrative) box.append(element("span", "gs-tag gs-tag-made-up", words.madeUpPositions));
  return box;
}

/* The figures of a stage, beside those of the stage before where there is one. */
export function figures(stage, before) {
  const { totals } = stage;
  const box = element("div", "gs-figures");
  box.append(element("strong", "gs-figure", percent(totals.covered_share, spoken())));
  box.append(element("span", "", filled(words.ofTheLand, {
    low: percent(totals.covered_share_low, spoken()), high: percent(totals.covered_share_high, spoken()),
  })));
  const more = [filled(words.sourcesCounted, { count: number(totals.sources_inside, 0) }), formatted(totals.covered_area_m2, "area")];
  if (before && before.totals.covered_share !== null && totals.covered_share !== null) {
    const change = points(totals.covered_share - before.totals.covered_share, spoken());
    more.push(filled(words.pointsSince, { points: change, stage: before.title }));
  }
  box.append(element("p", "", more.join(" · ")));
  return box;
}

/* The rows that are published of a stage, each with all that its table says, the source among it. */
export function publishedOf(stage) {
  const box = element("section", "gs-published");
  box.append(element("h4", "", words.published));
  if (!stage.published.length) box.append(element("p", "gs-about", words.nothingPublished));
  for (const row of stage.published) {
    const list = element("dl", "facts");
    for (const one of row.values) {
      const value = typeof one.value === "number" ? number(one.value, 2) : one.value;
      list.append(element("dt", "", one.title), element("dd", "", one.unit ? value + " " + one.unit : value));
    }
    box.append(list);
  }
  return box;
}

/* A legend of classes: `text` writes a limit. */
export function legendOf({ breaks, colours }, title, text) {
  const box = element("section", "gs-classes");
  box.append(element("h4", "", title));
  const list = element("ul");
  colours.forEach((colour, position) => {
    const item = element("li");
    item.append(swatch(colour), element("span", "", classText(breaks, position, text) || text(0)));
    list.append(item);
  });
  box.append(list);
  return box;
}

/* A table by zone; `go` is called with the id of a zone whose name is pressed. */
export function zoneTable(caption, headings, rows, go) {
  const table = element("table", "gs-table");
  table.append(element("caption", "", caption));
  const head = table.createTHead().insertRow();
  headings.forEach((text, position) => {
    const cell = element("th", position ? "n" : "", text);
    cell.scope = "col";
    head.append(cell);
  });
  const body = table.createTBody();
  for (const { id, name, cells } of rows) {
    const row = body.insertRow();
    const first = element("th");
    first.scope = "row";
    const link = element("button", "gs-zone", name);
    link.type = "button";
    link.addEventListener("click", () => go(id));
    first.append(link);
    row.append(first, ...cells.map((one) => (one instanceof Node ? cellOf(one) : element("td", "n", one))));
  }
  return table;
}

function cellOf(node) {
  const cell = element("td");
  cell.append(node);
  return cell;
}
