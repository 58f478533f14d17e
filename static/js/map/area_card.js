/* The figures of an area, in words. */
import { named, restsOn, said } from "./ask_card.js";
import { element } from "./dom.js";
import { filled, formatted, number, spoken, words } from "./words.js";

function share(value) {
  return formatted(value, "share") || words.unknown;
}

/* "64 % (23 % – 93 %)": the share, and at the lowest and the highest assumption. */
export function shareRange(figures) {
  return filled(words.shareRange, {
    share: share(figures.covered_share),
    low: share(figures.covered_share_low),
    high: share(figures.covered_share_high),
  });
}

/* The figures as pairs of label and text, those that there are. */
export function areaFacts(answer) {
  const f = answer.figures;
  const loss = answer.largest_single_loss;
  const pairs = [
    [words.areaWithin, formatted(f.area_m2, "area")],
    f.outside_m2 >= 1 ? [words.areaOutside, formatted(f.outside_m2, "area")] : null,
    [words.covered, shareRange(f)],
    [words.coveredArea, formatted(f.covered_area_m2, "area")],
    [words.gapArea, formatted(f.gap_area_m2, "area")],
    [words.twoOrMore, share(f.covered_share_2)],
    [words.threeOrMore, share(f.covered_share_3)],
    [words.sourcesInside, number(f.sources_inside, 0)],
    [words.gapsInside, number(f.gaps_inside, 0)],
    [words.largestLoss, loss ? formatted(f.largest_single_loss_m2, "area") + " · " + named(loss) : words.none],
  ];
  for (const one of answer.demand) {
    const amount = filled(words.ofAll, { covered: number(one.covered, 0), total: number(one.total, 0) });
    pairs.push([said(one.title), share(one.share) + " (" + amount + ")"]);
  }
  return pairs.filter(Boolean);
}

function byZone(zones) {
  const table = element("table", "gs-small");
  const head = element("tr");
  for (const title of [words.zone, words.area, words.covered]) head.append(element("th", "", title));
  head.querySelectorAll("th").forEach((cell) => cell.setAttribute("scope", "col"));
  const body = element("tbody");
  for (const one of zones) {
    const row = element("tr");
    const name = element("th", "", named(one));
    name.setAttribute("scope", "row");
    row.append(name, element("td", "", formatted(one.area_m2, "area")), element("td", "", share(one.covered_share)));
    body.append(row);
  }
  const top = element("thead");
  top.append(head);
  table.append(element("caption", "gs-unseen", words.byZone), top, body);
  return table;
}

function downloads(answer) {
  const list = element("p", "gs-downloads");
  for (const link of answer.links.filter((one) => one.rel === "enclosure")) {
    const node = element("a", "gs-button gs-second", link.title);
    node.href = new URL(link.href).pathname;
    node.setAttribute("download", "");
    list.append(node, " ");
  }
  return list;
}

function until(text) {
  return new Intl.DateTimeFormat(spoken(), { hour: "2-digit", minute: "2-digit" }).format(new Date(text));
}

/* The card of one area. */
export function areaCard(answer) {
  const box = element("section", "gs-answer");
  box.append(element("h3", "", words.areaFigures));
  if (answer.illustrative) box.append(element("p", "gs-made-up", words.illustrativeAll));
  const list = element("dl", "facts");
  for (const [label, text] of areaFacts(answer)) list.append(element("dt", "", label), element("dd", "", text));
  box.append(list);
  if (answer.zones.length > 1) box.append(element("h4", "", words.byZone), byZone(answer.zones));
  box.append(element("h4", "", words.download), downloads(answer));
  box.append(element("p", "gs-cases", filled(words.keptUntil, { time: until(answer.expires) })), restsOn(answer));
  return box;
}
