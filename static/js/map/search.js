/* Search by name, address or coordinates: a combobox with a list (ARIA Authoring Practices, combobox with list autocomplete). */
import { button, drawing, element } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { isStill } from "./motion.js";
import { changed, remember } from "./permalink.js";
import { open } from "./popup.js";
import { filled, words } from "./words.js";

const WAIT_MS = 160;
const FOUND_ZOOM = 16;
const LENS = "M10 3a7 7 0 1 0 4.2 12.6l5.1 5.1 1.4-1.4-5.1-5.1A7 7 0 0 0 10 3zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10z";
const LIST_ID = "gs-search-list";
const MADE_UP = "/illustrative";

/* What a result says beneath its name. */
export function secondLine({ kind, zone, address, other_name: other, found_by: by }) {
  return [other, kind, by === "address" ? address : zone].filter(Boolean).join(" · ");
}

/* A place as it stands in the address, lat,lon,title or lat,lon/illustrative,title; null where it is none. */
export function foundOf(text) {
  const parts = (text || "").split(",");
  const illustrative = (parts[1] || "").endsWith(MADE_UP);
  if (illustrative) parts[1] = parts[1].slice(0, -MADE_UP.length);
  const [lat, lon] = parts.slice(0, 2).map((one) => (one.trim() === "" ? NaN : Number(one)));
  if (!Number.isFinite(lat) || !Number.isFinite(lon) || Math.abs(lat) > 90 || Math.abs(lon) > 180) return null;
  return { lat, lon, title: parts.slice(2).join(","), illustrative };
}

export function writtenFound({ lat, lon, title, illustrative }) {
  return [lat, lon + (illustrative ? MADE_UP : ""), title].join(",");
}

function option(feature, number, onPick) {
  const { title, illustrative } = feature.properties;
  const item = element("li", "gs-option");
  item.id = LIST_ID + "-" + number;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.append(element("span", "gs-option-title", title), element("span", "gs-option-more", secondLine(feature.properties)));
  if (illustrative) item.append(element("span", "gs-option-made-up", words.illustrative));
  item.addEventListener("pointerdown", (event) => event.preventDefault());
  item.addEventListener("click", onPick);
  return item;
}

function combobox() {
  const input = element("input", "gs-search-input");
  input.type = "text";
  input.maxLength = 200;
  input.placeholder = words.searchFor;
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-label": words.searchFor, "aria-autocomplete": "list", "aria-expanded": "false",
    "aria-controls": LIST_ID, autocomplete: "off", spellcheck: "false", enterkeyhint: "search",
  })) input.setAttribute(name, value);
  const list = element("ul", "gs-options");
  list.id = LIST_ID;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.searchResults);
  list.hidden = true;
  return { input, list };
}

/* The list of results, which of them has the keyboard, and what is said of them. */
class Results {
  constructor(input, list, said, pick) {
    Object.assign(this, { input, list, said, pick, features: [], active: -1 });
  }

  show({ features, message }) {
    this.features = features;
    this.active = -1;
    this.list.replaceChildren(...features.map((one, i) => option(one, i, () => this.choose(i))));
    const text = message || (features.length === 1 ? words.oneFound : filled(words.manyFound, { count: features.length }));
    this.said.textContent = text;
    this.said.classList.toggle("gs-search-shown", Boolean(message));
    this.open(features.length > 0 && document.activeElement === this.input);
  }

  open(is) {
    this.list.hidden = !is;
    this.input.setAttribute("aria-expanded", String(is));
    if (!is) this.mark(-1);
  }

  mark(position) {
    this.active = position;
    [...this.list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === position)));
    const item = this.list.children[position];
    if (item) {
      this.input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else this.input.removeAttribute("aria-activedescendant");
  }

  move(step) {
    const count = this.features.length;
    if (!count) return;
    this.open(true);
    const next = this.active + step;
    this.mark(next < 0 ? count - 1 : next % count);
  }

  choose(position) {
    const feature = this.features[position];
    if (!feature) return;
    this.input.value = feature.properties.title;
    this.open(false);
    this.pick(feature);
  }

  forget() {
    this.features = [];
    this.list.replaceChildren();
    this.said.textContent = "";
    this.said.classList.remove("gs-search-shown");
    this.open(false);
  }
}

/* Asks for what is typed, one text at a time: what was asked before it is given up. */
function asker(address, results) {
  let asked = new AbortController();
  let timer = 0;
  const stop = () => {
    clearTimeout(timer);
    asked.abort();
  };
  const ask = async (text, chosen) => {
    stop();
    const { signal } = (asked = new AbortController());
    const url = new URL(address, location.href);
    url.searchParams.set("q", text);
    try {
      const { features, message } = await fetchJson(url.href, { signal });
      if (signal.aborted) return;
      results.show({ features, message });
      if (chosen) results.choose(0);
    } catch (error) {
      if (!signal.aborted) results.show({ features: [], message: error.message });
    }
  };
  return {
    stop,
    later: (text) => {
      stop();
      if (text.trim()) timer = setTimeout(ask, WAIT_MS, text, false);
      else results.forget();
    },
    now: (text) => {
      stop();
      if (text.trim()) ask(text, true);
    },
  };
}

function foundMark(map) {
  const state = { place: null, mark: null };
  const show = (place, content) => {
    if (state.mark) state.mark.remove();
    state.place = place;
    state.mark = null;
    if (!place) return;
    const icon = L.divIcon({ className: "gs-found", iconSize: [34, 34] });
    state.mark = L.marker([place.lat, place.lon], { icon, title: place.title, alt: place.title, keyboard: true }).addTo(map);
    const tell = (enter) => open(map, state.mark.getLatLng(), content || resultCard({ properties: place }), enter);
    state.mark.on("click", () => tell(false));
    state.mark.on("keypress", (event) => { if (event.originalEvent.key === "Enter") tell(true); });
  };
  remember("found", {
    read: (text) => show(foundOf(text)),
    write: () => state.place && writtenFound(state.place),
  });
  return (place, content) => {
    show(place, content);
    changed();
  };
}

function resultCard({ properties }) {
  const box = element("section", "card");
  box.append(element("h3", "", properties.title));
  const more = secondLine(properties);
  if (more) box.append(element("p", "", more));
  if (properties.illustrative) box.append(element("p", "made-up", words.illustrative));
  return box;
}

function goTo(map, feature) {
  const animate = !isStill();
  if (feature.bbox) {
    const [west, south, east, north] = feature.bbox;
    map.fitBounds([[south, west], [north, east]], { animate });
    return;
  }
  const [lon, lat] = feature.geometry.coordinates;
  map.setView([lat, lon], Math.max(FOUND_ZOOM, map.getZoom()), { animate });
}

function onKey(event, results, asking, clear) {
  if (event.isComposing) return;
  if (event.key === "ArrowDown") results.move(1);
  else if (event.key === "ArrowUp") results.move(-1);
  else if (event.key === "Enter") {
    if (results.active >= 0) results.choose(results.active);
    else asking.now(results.input.value);
  } else if (event.key === "Escape") {
    if (results.list.hidden) clear();
    results.open(false);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

export function addSearch(map, layers, spec) {
  if (!spec.services.search) return;
  const mark = foundMark(map);
  const pick = (feature) => {
    const [lon, lat] = feature.geometry.coordinates;
    goTo(map, feature);
    const { title, illustrative } = feature.properties;
    mark({ lat, lon, title, illustrative }, resultCard(feature));
  };
  const control = L.control({ position: "topleft" });
  control.onAdd = () => {
    const { input, list } = combobox();
    const hold = element("div", "gs-search");
    const said = element("p", "gs-search-said");
    said.setAttribute("aria-live", "polite");
    const results = new Results(input, list, said, (feature) => {
      asking.stop();
      pick(feature);
    });
    const asking = asker(spec.services.search, results);
    const clear = () => {
      asking.stop();
      input.value = "";
      results.forget();
      mark(null);
    };
    const empty = button("gs-search-clear", words.clear, () => {
      clear();
      input.focus();
    });
    empty.textContent = "×";
    input.addEventListener("input", () => asking.later(input.value));
    input.addEventListener("keydown", (event) => onKey(event, results, asking, clear));
    input.addEventListener("focus", () => results.open(results.features.length > 0));
    input.addEventListener("blur", () => results.open(false));
    hold.append(drawing(LENS, "0 0 24 24", { fill: "currentColor" }, "gs-search-lens"), input, empty, list, said);
    L.DomEvent.disableClickPropagation(hold);
    L.DomEvent.disableScrollPropagation(hold);
    return hold;
  };
  control.addTo(map);
  const corner = control.getContainer().parentElement;
  corner.prepend(control.getContainer());
}
