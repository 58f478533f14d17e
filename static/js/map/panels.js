/* Panels: a rail of buttons at the side of the map, and one open panel beside it (below it on a narrow page). */
import { button, drawing, element } from "./dom.js";
import { tellEdges } from "./edges.js";
import { changed, remember } from "./permalink.js";
import { words } from "./words.js";

const STORED = "geoservice.panel";
const NONE = "none";
const NARROW_PX = 700;
const MOST_IN_A_ROW = 6;
const ICON_BOX = "0 0 24 24";

/* How many buttons stand in a row, so that the rows of a narrow rail are as even as can be. */
export function inARow(count) {
  return Math.ceil(count / Math.ceil(count / MOST_IN_A_ROW));
}

/* Set up the rail and the place of the panel. `spec.served` tells whether the page has an address to remember in. */
export function addRail(map) {
  const container = map.getContainer();
  const hold = element("div", "gs-hold");
  const rail = element("div", "gs-rail");
  rail.setAttribute("role", "toolbar");
  rail.setAttribute("aria-label", words.panels);
  rail.setAttribute("aria-orientation", "vertical");
  const place = element("div", "gs-panels");
  container.before(hold);
  hold.append(rail, place, container);
  map.gsRail = { hold, rail, place, panels: new Map(), current: null, wanted: null };
  rail.hidden = true;
  map.gsRail.tellEdges = tellEdges(rail);
  rail.addEventListener("keydown", (event) => alongRail(map.gsRail, event));
  remember("panel", {
    read: (id) => {
      map.gsRail.wanted = id;
      if (id !== null) show(map, map.gsRail.panels.has(id) ? id : null, false);
    },
    write: () => (map.gsRail.current || (map.gsRail.panels.size ? NONE : null)),
  });
}

/* Arrow keys go along the rail, which is one stop for Tab. */
function alongRail({ rail }, event) {
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const all = [...rail.querySelectorAll("button")];
  const at = all.indexOf(document.activeElement);
  let next = null;
  if (event.key in steps) next = all[(at + steps[event.key] + all.length) % all.length];
  else if (event.key === "Home") next = all[0];
  else if (event.key === "End") next = all[all.length - 1];
  if (!next) return;
  event.preventDefault();
  all.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
  next.focus();
}

/* Add a panel and its button to the rail; returns a handle with `element`, `open()`, `close()`, `toggle()`, `isOpen()`.

   `icon` is the path of a drawing in a box of 24 by 24; `content` is an element, or a function that fills the panel's
   body when it is first opened; `opened` opens it at first where the reader has not chosen otherwise; `wide` gives it
   more room. */
export function addPanel(map, { id, title, icon, content, onOpen, onClose, opened = false, wide = false }) {
  const state = map.gsRail;
  const panel = { id, content, onOpen, onClose, filled: false };
  panel.tab = button("gs-rail-button", title, () => show(map, state.current === id ? null : id, true));
  panel.tab.append(drawing(icon, ICON_BOX, { fill: "currentColor" }), element("span", "gs-rail-text", title));
  panel.tab.setAttribute("aria-expanded", "false");
  panel.tab.setAttribute("aria-controls", "gs-panel-" + id);
  panel.tab.tabIndex = state.panels.size ? -1 : 0;

  panel.box = element("section", wide ? "gs-panel gs-panel-wide" : "gs-panel");
  panel.box.id = "gs-panel-" + id;
  panel.box.hidden = true;
  panel.box.setAttribute("role", "region");
  panel.box.setAttribute("aria-labelledby", "gs-panel-title-" + id);
  const head = element("header", "gs-panel-head");
  const heading = element("h2", "", title);
  heading.id = "gs-panel-title-" + id;
  heading.tabIndex = -1;
  const close = button("gs-panel-close", words.closePanel, () => leave(map, panel));
  close.append(drawing("M5 6.4 6.4 5 12 10.6 17.6 5 19 6.4 13.4 12 19 17.6 17.6 19 12 13.4 6.4 19 5 17.6 10.6 12z",
    ICON_BOX, { fill: "currentColor" }));
  head.append(heading, close);
  panel.body = element("div", "gs-panel-body");
  panel.box.append(head, panel.body);
  panel.box.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) leave(map, panel);
  });

  state.rail.append(panel.tab);
  state.place.append(panel.box);
  if (state.rail.hidden) {
    state.rail.hidden = false;
    map.invalidateSize({ pan: false });
  }
  state.panels.set(id, panel);
  state.rail.style.setProperty("--in-a-row", String(inARow(state.panels.size)));
  state.tellEdges();
  if (toOpen(state, id, opened)) show(map, id, false);
  return {
    element: panel.body,
    open: () => show(map, id, false),
    close: () => state.current === id && show(map, null, false),
    toggle: () => show(map, state.current === id ? null : id, false),
    isOpen: () => state.current === id,
  };
}

/* What the address says goes before what was open last, and that before what the module wishes. */
function toOpen(state, id, opened) {
  if (state.wanted !== null) return state.wanted === id;
  const last = stored();
  return last === null ? opened : last === id;
}

function leave(map, panel) {
  show(map, null, false);
  panel.tab.focus();
}

function fill(panel) {
  if (panel.filled) return;
  panel.filled = true;
  if (typeof panel.content === "function") panel.content(panel.body);
  else if (panel.content) panel.body.append(panel.content);
}

/* Open one panel and close the other; null closes. With `enter` the keyboard goes into it. */
function show(map, id, enter) {
  const state = map.gsRail;
  const before = state.panels.get(state.current);
  const now = state.panels.get(id);
  if (before === now && (now || !before)) {
    if (enter && now) now.box.querySelector("h2").focus();
    return;
  }
  state.current = now ? id : null;
  for (const panel of [before, now]) {
    if (!panel) continue;
    panel.box.hidden = panel !== now;
    panel.tab.setAttribute("aria-expanded", String(panel === now));
  }
  state.hold.classList.toggle("gs-with-panel", Boolean(now));
  map.invalidateSize({ pan: window.innerWidth <= NARROW_PX, animate: false }); // below the map, its centre stays
  if (before && before.onClose) before.onClose();
  if (now) {
    fill(now);
    if (now.onOpen) now.onOpen();
    if (enter) now.box.querySelector("h2").focus({ preventScroll: true });
  }
  store(state.current || NONE);
  changed();
}

/* A browser may refuse to store anything; then nothing is remembered beside the address. */
function stored() {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}

function store(id) {
  try {
    localStorage.setItem(STORED, id);
  } catch {
    // As above: remembering is a convenience.
  }
}
