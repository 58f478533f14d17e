/* The zones as a table beside the map, linked with it both ways; for who cannot see the map, its equivalent. */
import { named } from "./ask_card.js";
import { button, element } from "./dom.js";
import { tellEdges } from "./edges.js";
import { fetchPages } from "./fetching.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { chosen, sorted, stateOf, stateText } from "./rows.js";
import { spotlight } from "./spots.js";
import { told } from "./status.js";
import { columnsOf } from "./zone_columns.js";
import { addChoices } from "./zone_choices.js";
import { filled, spoken, words } from "./words.js";

const ICON = "M3 4h18v16H3zm2 4v3h5V8zm7 0v3h7V8zm-7 5v2h5v-2zm7 0v2h7v-2zm-7 4v1h5v-1zm7 0v1h7v-1z";
const NAME = "name";

/* The address of one feature of a collection, of the address of all. */
export function itemAddress(items, id) {
  const [path, query] = items.split("?");
  const kept = new URLSearchParams(query);
  for (const name of ["limit", "properties", "skipGeometry", "sortby"]) kept.delete(name);
  return path + "/" + encodeURIComponent(id) + "?" + kept;
}

export function addZoneTable(map, layers, spec) {
  const address = spec.services.zones;
  if (!address) return;
  const zones = layers.filter((layer) => layer.gsSpec.kind === "zones");
  const columns = columnsOf(spec, zones.length ? zones[0].gsSpec.fields : []);
  const keys = columns.map((one) => one.key);
  const light = spotlight(map, (id) => itemAddress(address, id));
  const key = {};
  let rows = null;
  let state = stateOf(null, keys, NAME);
  let marked = null;
  const view = furnished(columns, spec, { sort, choose, explain });

  function sort(column) {
    state = { ...state, descending: state.sort === column && !state.descending, sort: column };
    draw();
    changed();
  }

  function choose(what) {
    state = { ...state, ...what };
    draw();
    changed();
  }

  function explain(column, at) {
    const same = !view.note.hidden && view.note.dataset.key === column.key;
    view.note.hidden = same;
    view.note.dataset.key = column.key;
    view.note.replaceChildren(element("strong", "", column.title), " ", column.meaning);
    for (const one of view.head.querySelectorAll(".gs-explain")) one.setAttribute("aria-expanded", String(!same && one === at));
  }

  function markRow(id) {
    marked = id;
    for (const row of view.body.rows) row.toggleAttribute("aria-current", row.dataset.zone === id);
    for (const row of view.body.querySelectorAll("[aria-current]")) {
      row.setAttribute("aria-current", "true");
      row.scrollIntoView({ block: "nearest" });
    }
  }

  function mark(id, fly) {
    markRow(id);
    light.show(id, fly);
  }

  function rowOf(row) {
    const node = element("tr");
    node.dataset.zone = row.zone_id;
    for (const column of columns) {
      const cell = element(column.key === NAME ? "th" : "td", column.key === NAME ? "" : "n");
      if (column.key === NAME) {
        cell.setAttribute("scope", "row");
        const go = element("button", "gs-zone-name", named(row));
        go.type = "button";
        go.addEventListener("click", () => mark(row.zone_id, true));
        go.addEventListener("focus", () => light.show(row.zone_id, false));
        cell.append(go);
      } else {
        cell.textContent = column.text(row) ?? "–";
      }
      node.append(cell);
    }
    node.addEventListener("mouseenter", () => light.show(row.zone_id, false));
    node.addEventListener("click", (event) => { if (!event.target.closest("button")) mark(row.zone_id, true); });
    return node;
  }

  function draw() {
    if (!rows) return;
    const column = columns.find((one) => one.key === state.sort);
    const names = (row) => [row.name_en, row.name_zh, row.zone_id];
    const found = chosen(rows, state, names, (row) => row.covered_share ?? null);
    view.body.replaceChildren(...sorted(found, column.value, state.descending, spoken()).map(rowOf));
    view.said.textContent = filled(words.zonesShown, { shown: found.length, all: rows.length });
    view.follow(state);
    for (const row of view.body.rows) if (row.dataset.zone === marked) row.setAttribute("aria-current", "true");
  }

  function load() {
    if (rows) return;
    const found = [];
    told(map, key, "loading");
    fetchPages(address, (page) => found.push(...page.features.map((one) => ({ ...one.properties, zone_id: one.id }))))
      .then(() => {
        rows = found;
        told(map, key, "there");
        draw();
      })
      .catch((error) => told(map, key, "failed", error.message));
  }

  addPanel(map, {
    id: "zones", title: words.zonesTitle, icon: ICON, content: view.box, wide: true,
    onOpen: load,
    onClose: () => {
      marked = null;
      light.show(null, false);
    },
  });
  view.body.addEventListener("mouseleave", () => light.show(marked, false));
  for (const layer of zones) layer.on("click", (event) => markIfThere(event.propagatedFrom || event.layer || event.sourceTarget));
  map.on("gs:place", ({ answer }) => { if (rows && answer.zone) markRow(answer.zone.zone_id); });
  remember("zones", {
    read: (text) => {
      state = stateOf(text, keys, NAME);
      draw();
    },
    write: () => stateText(state, NAME),
  });

  function markIfThere(one) {
    if (rows && one && one.feature && map.gsRail.current === "zones") mark(String(one.feature.id), false);
  }
}

/* The parts of the panel: what is asked, what is chosen, the explanation of a figure, and the table. */
function furnished(columns, spec, acts) {
  const box = element("div", "gs-zones");
  const choices = addChoices(box, acts.choose);
  const note = element("p", "gs-note");
  note.id = "gs-zones-note";
  note.hidden = true;
  note.setAttribute("role", "note");
  const said = element("p", "gs-cases gs-count");
  said.setAttribute("aria-live", "polite");
  const hold = element("div", "gs-table-hold");
  hold.tabIndex = 0;
  hold.setAttribute("role", "region");
  hold.setAttribute("aria-label", words.zonesTitle);
  const table = element("table", "gs-table");
  const head = element("tr");
  for (const column of columns) head.append(heading(column, acts));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  table.append(element("caption", "gs-unseen", words.zonesCaption), top, body);
  hold.append(table);
  box.append(note, said, hold);
  tellEdges(hold);
  const full = element("a", "", words.zonesPage);
  full.href = spec.services.zonesPage;
  const foot = element("p", "gs-cases");
  foot.append(full);
  box.append(foot);
  return {
    box, note, said, body, head,
    follow: (state) => {
      choices.follow(state);
      for (const cell of head.cells) {
        if (cell.dataset.key === state.sort) cell.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      }
    },
  };
}

function heading(column, acts) {
  const cell = element("th", column.key === NAME ? "" : "n");
  cell.setAttribute("scope", "col");
  cell.dataset.key = column.key;
  const by = element("button", "gs-sort", column.title);
  by.type = "button";
  by.addEventListener("click", () => acts.sort(column.key));
  cell.append(by);
  if (column.meaning) {
    const what = button("gs-explain", filled(words.whatIs, { figure: column.title }), () => acts.explain(column, what));
    what.textContent = "?";
    what.setAttribute("aria-expanded", "false");
    what.setAttribute("aria-controls", "gs-zones-note");
    cell.append(what);
  }
  return cell;
}
