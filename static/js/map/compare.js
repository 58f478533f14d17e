/* Two questions, days or assumptions beside each other: a divider on the map, or the change by zone as its shade. */
import { named } from "./ask_card.js";
import { addDivider } from "./divider.js";
import { button, drawing, element } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { isStill } from "./motion.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { changeClasses, percent, points, shareClasses } from "./scales.js";
import { makeScene, setAside } from "./scene.js";
import { legendOf, zoneTable } from "./stages.js";
import { coloursOf } from "./theme.js";
import { formatted, number, spoken, words } from "./words.js";

const ICON = "M11 3h2v18h-2zM9 6v2H5v8h4v2H3V6zm6 0h6v12h-6v-2h4V8h-4z";
const SVG_SWAP = "M7 7h10v3l4-4-4-4v3H5v6h2zm10 10H7v-3l-4 4 4 4v-3h12v-6h-2z";
const MODES = ["swipe", "difference"];
const CASES = ["low", "mid", "high"];
const MIDDLE = 50;

/* A comparison as it stands in the address: before/after/mode/place, each side question,day,case; null where it is none. */
export function comparisonOf(text) {
  const parts = (text || "").split("/");
  const sides = parts.slice(0, 2).map((part) => part.split(","));
  const place = Number(parts[3]);
  const fits = parts.length === 4 && MODES.includes(parts[2]) && parts[3] !== "" && place >= 0 && place <= 100
    && sides.every((side) => side.length === 3 && side[0] && /^\d{4}-\d\d-\d\d$/.test(side[1]) && CASES.includes(side[2]));
  if (!fits) return null;
  const [before, after] = sides.map(([question, at, case_]) => ({ question, at, case: case_ }));
  return { before, after, mode: parts[2], place };
}

export function writtenComparison({ before, after, mode, place }) {
  const side = (one) => [one.question, one.at, one.case].join(",");
  return [side(before), side(after), mode, Math.round(place)].join("/");
}

/* What to compare at first: the page's own question with itself under another assumption. */
export function firstComparison({ id, at, case: case_ }) {
  const other = case_ === "high" ? "low" : "high";
  return {
    before: { question: id, at, case: case_ }, after: { question: id, at, case: other }, mode: "swipe", place: MIDDLE,
  };
}

function today() {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

export function addCompare(map, layers, spec) {
  if (!spec.services.compare) return;
  const state = { asked: null, doc: null, on: false, back: null, divider: null, turn: 0, due: false };
  const scenes = { before: makeScene(map, "before", spec.tiles), after: makeScene(map, "after", spec.tiles) };
  const parts = { fields: {} };
  const panel = addPanel(map, {
    id: "compare", title: words.compare, icon: ICON, content: build,
    onOpen: () => soon(), onClose: () => end(),
  });
  remember("compare", {
    read: (text) => {
      const asked = comparisonOf(text);
      if (!asked) return;
      state.asked = asked;
      if (panel.isOpen()) soon();
    },
    write: () => (panel.isOpen() && state.asked ? writtenComparison(state.asked) : null),
  });
  map.on("gs:theme", () => show());

  function build(body) {
    const form = element("form", "gs-compare");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(sideFields("before"), swapButton(), sideFields("after"), modeFields());
    parts.status = element("p", "gs-note");
    parts.status.setAttribute("role", "status");
    parts.found = element("div");
    body.append(form, parts.status, parts.found);
  }

  function swapButton() {
    const swap = button("gs-swap", words.swap, () => {
      [state.asked.before, state.asked.after] = [state.asked.after, state.asked.before];
      begin();
    });
    swap.append(drawing(SVG_SWAP, "0 0 24 24", { fill: "currentColor" }));
    return swap;
  }

  function sideFields(side) {
    const set = element("fieldset");
    set.append(element("legend", "", words[side]));
    const question = select(words.question, spec.questions.map((one) => [one.title, one.id]));
    const case_ = select(words.case, CASES.map((one) => [words[one], one]));
    const day = element("input");
    day.type = "date";
    day.required = true;
    question.field.addEventListener("change", () => {
      const named = spec.questions.find((one) => one.id === question.field.value);
      day.value = named.at || today();
      ask();
    });
    case_.field.addEventListener("change", ask);
    day.addEventListener("change", ask);
    const label = element("label", "gs-field", words.day);
    label.append(day);
    const row = element("div", "gs-pair");
    row.append(case_.label, label);
    set.append(question.label, row);
    parts.fields[side] = { question: question.field, case: case_.field, at: day };
    return set;
  }

  function select(title, options) {
    const field = element("select");
    field.append(...options.map(([text, value]) => new Option(text, value)));
    const label = element("label", "gs-field", title);
    label.append(field);
    return { label, field };
  }

  function modeFields() {
    const set = element("fieldset", "gs-modes");
    set.append(element("legend", "", words.onTheMap));
    parts.modes = MODES.map((mode) => {
      const radio = element("input");
      Object.assign(radio, { type: "radio", name: "gs-compare-mode", value: mode });
      radio.addEventListener("change", () => {
        state.asked.mode = mode;
        changed();
        show();
      });
      const label = element("label", "gs-mode");
      label.append(radio, document.createTextNode(words[mode]));
      set.append(label);
      return radio;
    });
    return set;
  }

  function ask() {
    for (const side of ["before", "after"]) {
      const fields = parts.fields[side];
      if (!fields.at.checkValidity()) {
        fields.at.reportValidity();
        return;
      }
      state.asked[side] = { question: fields.question.value, at: fields.at.value, case: fields.case.value };
    }
    begin();
  }

  /* Begin once: an address opens the panel first, and says what is compared in the same breath. */
  function soon() {
    if (state.due) return;
    state.due = true;
    queueMicrotask(() => {
      state.due = false;
      if (panel.isOpen()) begin();
    });
  }

  async function begin() {
    state.asked = state.asked || firstComparison(spec.question);
    for (const side of ["before", "after"]) {
      for (const [name, field] of Object.entries(parts.fields[side])) field.value = state.asked[side][name];
    }
    for (const radio of parts.modes) radio.checked = radio.value === state.asked.mode;
    changed();
    state.turn += 1;
    const turn = state.turn;
    parts.status.textContent = words.comparing;
    try {
      const doc = await fetchJson(address().href);
      if (turn !== state.turn) return;
      state.doc = doc;
      parts.status.textContent = "";
      tell();
      show();
    } catch (error) {
      if (turn !== state.turn) return;
      state.doc = null;
      parts.status.textContent = words.failed + " " + error.message;
      parts.found.replaceChildren();
      giveBack();
    }
  }

  function address() {
    const found = new URL(spec.services.compare, location.href);
    for (const side of ["before", "after"]) {
      const { question, at, case: case_ } = state.asked[side];
      found.searchParams.set(side, question);
      found.searchParams.set(side + "_at", at);
      found.searchParams.set(side + "_case", case_);
    }
    return found;
  }

  function classesOf(mode) {
    const { zones } = state.doc;
    if (mode === "difference") {
      return changeClasses(zones.map((zone) => zone.share_change ?? NaN), coloursOf(spec.palette.change));
    }
    const largest = Math.max(0, ...zones.flatMap((zone) => [zone.share_before ?? 0, zone.share_after ?? 0]));
    return shareClasses(largest, coloursOf(spec.palette.share));
  }

  function show() {
    if (!state.doc || !panel.isOpen()) return;
    if (!state.on) state.back = setAside(map, layers);
    state.on = true;
    hideScenes();
    if (state.asked.mode === "difference") showDifference();
    else showSides();
    tell();
  }

  function values(name) {
    return new Map(state.doc.zones.map((zone) => [zone.zone_id, zone[name]]));
  }

  function tellZone(id) {
    const zone = state.doc.zones.find((one) => one.zone_id === id);
    return [
      named(zone),
      words.before + ": " + percent(zone.share_before, spoken()),
      words.after + ": " + percent(zone.share_after, spoken()),
      words.changePoints + ": " + points(zone.share_change ?? 0, spoken()),
    ];
  }

  function showDifference() {
    scenes.before.show({
      side: null, zonesOf: state.doc.after, values: values("share_change"), classes: classesOf("difference"), tell: tellZone,
    });
  }

  function showSides() {
    const classes = classesOf("swipe");
    for (const side of ["before", "after"]) {
      scenes[side].show({ side: state.doc[side], values: values("share_" + side), classes, tell: tellZone });
    }
    const titles = ["before", "after"].map((side) => ({
      word: words[side], title: headOf(state.doc[side], state.doc), illustrative: state.doc[side].illustrative,
    }));
    state.divider = addDivider(map, scenes.before.pane, scenes.after.pane, titles, state.asked.place, (at) => {
      state.asked.place = at;
      changed();
    });
  }

  function hideScenes() {
    if (state.divider) state.divider.remove();
    state.divider = null;
    scenes.before.clear();
    scenes.after.clear();
  }

  function tell() {
    const { doc } = state;
    const { mode } = state.asked;
    const found = [differs(doc)];
    if (mode === "difference") {
      found.push(legendOf(classesOf(mode), words.changeLegend, (value) => points(value, spoken())));
    } else {
      found.push(legendOf(classesOf(mode), words.shareLegend, (value) => formatted(value, "share")));
    }
    found.push(table(doc));
    const link = element("a", "", words.wholePage);
    const page = address();
    page.searchParams.set("f", "html");
    link.href = page.href;
    found.push(link, element("p", "gs-about", doc.before.assumption));
    if (doc.after.assumption !== doc.before.assumption) found.push(element("p", "gs-about", doc.after.assumption));
    for (const one of [doc.before, doc.after]) if (one.remark) found.unshift(element("p", "gs-problem", one.remark));
    parts.found.replaceChildren(...found);
  }

  function table(doc) {
    const widest = Math.max(...doc.zones.map((zone) => Math.abs(zone.share_change ?? 0)));
    const rows = doc.zones.map((zone) => ({
      id: zone.zone_id, name: named(zone),
      cells: [
        percent(zone.share_before, spoken()), percent(zone.share_after, spoken()),
        points(zone.share_change ?? 0, spoken()), bar(zone.share_change ?? 0, widest), number(zone.change_m2 / 1e6, 2),
      ],
    }));
    const heads = [words.zone, words.before, words.after, words.changePoints, "", words.changeArea];
    return zoneTable(words.changeByZone, heads, rows, (id) => {
      const bounds = scenes.before.bounds(id);
      if (bounds) map.fitBounds(bounds, { animate: !isStill() });
    });
  }

  /* Take both sides off the map, and put back its own layers. */
  function giveBack() {
    hideScenes();
    if (!state.on) return;
    state.on = false;
    state.back();
    changed();
  }

  function end() {
    state.turn += 1;
    giveBack();
  }
}

function headOf(side, doc) {
  const notes = [];
  if (doc.before.at !== doc.after.at) notes.push(side.at);
  if (doc.before.case !== doc.after.case) notes.push(words[side.case]);
  return [side.title, ...notes].join(" · ");
}

function differs(doc) {
  const box = element("section", "gs-differs");
  box.append(element("h3", "", words.differsBeside));
  if (!doc.differs.length) box.append(element("p", "", words.differsNothing));
  for (const one of doc.differs) box.append(element("p", one.assumed ? "gs-assumed" : "", one.text));
  return box;
}

/* A bar from the middle: to the right what is gained, to the left what is lost. */
function bar(change, widest) {
  const length = widest ? (Math.abs(change) / widest) * 50 : 0;
  const from = change < 0 ? 50 - length : 50;
  const path = "M" + from + " 2h" + length + "v8h-" + length + "z";
  return drawing(path, "0 0 100 12", { class: change < 0 ? "gs-less" : "gs-more" }, "gs-bar");
}
