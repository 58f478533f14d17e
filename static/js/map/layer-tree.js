/* The tree of layers: by what they show, each with its swatch and count; groups fold, and switch as a whole. */
import { drawing, element } from "./dom.js";
import { facetBox, hiddenOf, writtenHidden } from "./facets.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { isNarrow } from "./popup.js";
import { isOn, put } from "./scene.js";
import { swatch, symbol } from "./style.js";
import { filled, number, words } from "./words.js";

const STORED = "geoservice.layers";
const ICON = "M12 2 1 8.5l11 6.5 11-6.5zM3.6 12.6 1 14.2l11 6.5 11-6.5-2.6-1.6L12 17.6z";
const GROUPS = ["facilities", "cameras", "illustrative", "coverage", "gaps", "zones", "candidates", "background"];

const AT_FIRST = "default";
const ONE_SHADING = "zones"; // of this group one layer is shown at a time, as each would cover the others

/* Whether each layer is to be on: as the address says, else as the reader chose, else as at first. The address says what
   differs from what is on at first (+id,-id; a plus may come as a space), or that nothing does. It once named all that
   was on (id,id), and not of which question: such a list counts as nothing that differs, but for the empty one. */
export function wanted(ids, atFirst, chosen, said) {
  if (said === null) return ids.map((id, i) => (id in chosen ? chosen[id] : atFirst[i]));
  const told = said.split(",").filter(Boolean);
  const on = new Set(told.filter((one) => !one.startsWith("-")).map((one) => one.replace(/^[+ ]/, "")));
  if (!told.some((one) => /^[-+ ]/.test(one))) return told.length ? [...atFirst] : ids.map(() => false);
  const off = new Set(told.filter((one) => one.startsWith("-")).map((one) => one.slice(1)));
  return ids.map((id, i) => (on.has(id) || atFirst[i]) && !off.has(id));
}

/* What the address says of the layers that are on: what differs from those at first, or that nothing does. */
export function writtenLayers(ids, atFirst, on) {
  return ids.map((id, i) => (on[i] === atFirst[i] ? "" : (on[i] ? "+" : "-") + id)).filter(Boolean).join(",") || AT_FIRST;
}

/* What an address says of layers: one that tells of a view was written by a map, and where it names no layers all were as at
   first. One without a view only leads somewhere, and the reader's own layers stay. */
export function saidOfLayers(said, all) {
  return said === null && all.has("view") ? AT_FIRST : said;
}

function stored() {
  try {
    const found = JSON.parse(localStorage.getItem(STORED) || "{}");
    return found && typeof found === "object" ? found : {};
  } catch {
    return {}; // a browser may refuse to store anything, or what is there may be damaged
  }
}

function store(chosen) {
  try {
    localStorage.setItem(STORED, JSON.stringify(chosen));
  } catch {
    // As above: remembering is a convenience.
  }
}

function picture(spec) {
  if (spec.kind === "points") return symbol(spec, "swatch");
  if (spec.classes && spec.classes.colours.length) {
    return swatch(spec.classes.colours[Math.max(0, spec.classes.colours.length - 2)]);
  }
  return spec.colour ? swatch(spec.colour) : drawing("M1 3h14v10H1z", "0 0 16 16", { fill: "#8a97a3" }, "swatch");
}

/* How many of a layer's marks count in the question of the map, in words; null for what holds no marks. */
export function countedWords({ kind, count, counted }) {
  if (kind !== "points" || counted === undefined) return null;
  if (!counted) return words.onlyShown;
  return counted === count ? words.countedAll : filled(words.countedSome, { counted: number(counted, 0) });
}

function row(map, { layer, spec }, onChoice) {
  const label = element("label", spec.illustrative ? "gs-tree-row made-up-row" : "gs-tree-row");
  const box = element("input");
  box.type = "checkbox";
  box.checked = isOn(map, layer);
  box.addEventListener("change", () => onChoice(box.checked));
  label.append(box, picture(spec), element("span", "gs-tree-title", spec.title));
  if (spec.count !== undefined) label.append(" ", element("span", "count", number(spec.count, 0)));
  const told = countedWords(spec);
  if (told) label.append(" ", element("span", spec.counted ? "gs-counted" : "gs-counted gs-only-shown", told));
  return { label, box };
}

/* A layer that is not to be had, with why not and what to do about it. */
function missingRow({ id, title, why }) {
  const hold = element("div", "gs-tree-missing");
  const label = element("label", "gs-tree-row");
  const box = element("input");
  const reason = element("p", "gs-tree-why", why);
  reason.id = "gs-why-" + id;
  Object.assign(box, { type: "checkbox", disabled: true });
  box.setAttribute("aria-describedby", reason.id);
  label.append(box, element("span", "gs-tree-title", title + " (" + words.notToBeHad + ")"));
  hold.append(label, reason);
  return hold;
}

function group(name, entries, switchOne) {
  const details = element("details", "gs-tree-group");
  const summary = element("summary");
  const all = element("input");
  all.type = "checkbox";
  const named = words["group_" + name];
  all.setAttribute("aria-label", name === ONE_SHADING ? named : words.allOf.replace("%(group)s", named));
  all.addEventListener("click", (event) => event.stopPropagation());
  all.addEventListener("change", () => {
    const on = all.checked; // each layer that goes on or off sets the box anew
    (on && name === ONE_SHADING ? entries.slice(0, 1) : entries).forEach((entry) => switchOne(entry, on));
  });
  summary.append(element("span", "gs-tree-name", named));
  details.append(summary);
  const hold = element("div", "gs-tree-hold");
  hold.append(all, details);
  return { hold, details, all };
}

/* The layers of a map as the tree knows them, the background among them. */
function entriesOf(map, layers) {
  const entries = layers.filter((layer) => layer.gsSpec.group).map((layer) => ({ layer, spec: layer.gsSpec }));
  map.eachLayer((layer) => {
    if (layer instanceof L.TileLayer) {
      entries.push({ layer, spec: { id: "background", group: "background", title: words.group_background } });
    }
  });
  return entries;
}

/* The boxes of what is hidden of each layer of places, beneath its row, and what of it stands in the address. */
function addFacets(rows) {
  const hidden = new Map();
  const boxes = rows.map(({ layer, label }) => {
    const names = new Map();
    hidden.set(layer.gsSpec.id, names);
    const box = facetBox(layer, names, changed);
    label.after(box.fold);
    return [layer.gsSpec.id, box];
  });
  remember("hidden", {
    read: (text) => {
      const said = hiddenOf(text);
      for (const [id, box] of boxes) box.take(said.get(id) || new Map());
    },
    write: () => writtenHidden(hidden),
  });
}

export function addLayerTree(map, layers, spec) {
  const entries = entriesOf(map, layers);
  const ids = entries.map(({ spec }) => spec.id);
  const atFirst = entries.map(({ layer }) => map.hasLayer(layer));
  const chosen = stored();
  const tree = element("div", "gs-layer-tree");
  const groups = [];
  const faceted = [];

  const switched = (entry, on) => {
    chosen[entry.spec.id] = on;
    put(map, entry.layer, on);
  };
  const choose = (entry, on) => {
    const others = on && entry.spec.group === ONE_SHADING ? entries.filter(({ spec }) => spec.group === ONE_SHADING) : [];
    for (const other of others) if (other !== entry && isOn(map, other.layer)) switched(other, false);
    switched(entry, on);
    store(chosen);
    changed();
  };
  const follow = () => {
    for (const { all, members, one } of groups) {
      for (const { box, layer } of members) box.checked = isOn(map, layer);
      const on = members.filter(({ box }) => box.checked).length;
      const whole = one ? 1 : members.length;
      all.checked = on > 0 && on >= whole;
      all.indeterminate = on > 0 && on < whole;
    }
  };
  for (const name of GROUPS) {
    const mine = entries.filter(({ spec }) => spec.group === name);
    const missing = (spec.missing || []).filter((one) => one.group === name);
    if (!mine.length && !missing.length) continue;
    const { hold, details, all } = group(name, mine, choose);
    const members = mine.map((entry) => {
      const { label, box } = row(map, entry, (on) => choose(entry, on));
      details.append(label);
      if (entry.spec.facets) faceted.push({ layer: entry.layer, label });
      return { box, layer: entry.layer };
    });
    details.append(...missing.map(missingRow));
    all.disabled = !mine.length;
    details.open = true;
    groups.push({ all, members, one: name === ONE_SHADING });
    tree.append(hold);
  }
  map.on("layeradd layerremove", ({ layer }) => {
    if (entries.some((entry) => entry.layer === layer)) follow();
  });
  follow();
  const apply = (said) => {
    const on = wanted(ids, atFirst, chosen, said);
    entries.forEach((entry, i) => put(map, entry.layer, on[i]));
  };
  apply(null);
  remember("layers", {
    read: (text, all) => {
      const said = saidOfLayers(text, all);
      if (said !== null) apply(said);
    },
    write: () => writtenLayers(ids, atFirst, entries.map(({ layer }) => isOn(map, layer))),
  });
  if (faceted.length) addFacets(faceted);
  addPanel(map, { id: "layers", title: words.layers, icon: ICON, content: tree, opened: !isNarrow() });
}
