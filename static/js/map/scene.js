/* A scene: what one question, on one day, under one case, covers, in a pane of its own. */
import { element } from "./dom.js";
import { fetchPages } from "./fetching.js";
import { open } from "./popup.js";
import { told } from "./status.js";
import { classColour } from "./style.js";
import { tileLayer } from "./tiles/tile-layer.js";

const UNDER = { zones: true, coverage: true, gaps: true, footprints: true };
const MOST_KEPT = 40;
const COVERED = "#1a9850";
const MADE_UP = "#c51b7d";
const PANE_Z = 405;
const OVER_SHAPES = 250;
const SVG = "http://www.w3.org/2000/svg";
const LATE_MS = 200;

const kept = new Map();

/* The features at an address, fetched once and kept while they are among the latest asked for. */
export function featuresAt(address) {
  const found = kept.get(address) || fetched(address);
  kept.delete(address);
  kept.set(address, found);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  return found;
}

function fetched(address) {
  const all = [];
  const coming = fetchPages(address, (page) => all.push(...page.features)).then(() => all);
  coming.catch(() => kept.delete(address));
  return coming;
}

/* Where what facilities of a side cover is fetched from, whole by zone; null for cameras, whose ground comes in tiles. */
export function coverageAddress(side) {
  if (side.theme === "cameras") return null;
  const address = new URL(side.items.coverage);
  address.searchParams.set("limit", "1000");
  return address.pathname + address.search;
}

/* The layer of tiles that draws what cameras of a side cover: what is made up in pale stripes. */
export function groundInTiles(side, tiles, pane) {
  return {
    kind: "coverage", pane,
    colour: side.illustrative ? MADE_UP : COVERED,
    hatched: side.illustrative,
    tiles: {
      ...tiles,
      url: side.tiles.coverage.replace(/^\w+:\/\/[^/]+/, ""),
      layer: side.question + "-coverage",
      opacity: side.illustrative ? 0.8 : 0.6,
      facets: [],
    },
  };
}

function zonesAddress(side) {
  const address = new URL(side.items.zones);
  address.searchParams.set("properties", "name_en,name_zh");
  address.searchParams.set("limit", "10000");
  return address.pathname + address.search;
}

/* Whether a layer is on the map, or will be once what a scene has changed is put back. */
export function isOn(map, layer) {
  return map.gsAside && map.gsAside.has(layer) ? map.gsAside.get(layer) : map.hasLayer(layer);
}

/* Put a layer on the map or take it off, now or once what a scene has changed is put back. */
export function put(map, layer, on) {
  if (map.gsAside && map.gsAside.has(layer)) map.gsAside.set(layer, on);
  else if (on) map.addLayer(layer);
  else map.removeLayer(layer);
}

/* Take the map's own layers of its question off it, and their legend; returns what puts them back, and with them
   those of `moved`, which the scene itself puts on and off. */
export function setAside(map, layers, moved = []) {
  const under = layers.filter((layer) => UNDER[layer.gsSpec.kind]);
  map.gsAside = new Map([...under, ...moved].map((layer) => [layer, map.hasLayer(layer)]));
  under.forEach((layer) => map.removeLayer(layer));
  const hold = map.getContainer();
  const mark = (on) => {
    hold.classList.toggle("gs-scene-on", on);
    map.invalidateSize({ animate: false }); // on a narrow page the map takes the room of what asks for its question
  };
  mark(true);
  return () => {
    mark(false);
    const before = map.gsAside;
    map.gsAside = null;
    for (const [layer, on] of before) put(map, layer, on);
  };
}

/* How what facilities cover is drawn: solid where it stands, with broken lines where planned, hatched where made up. */
export function groundStyle(side, planned, hatch) {
  if (side.illustrative) return { color: MADE_UP, weight: 1.5, dashArray: "4 4", fillColor: hatch, fillOpacity: 1 };
  return { color: COVERED, weight: 1.5, dashArray: planned ? "6 4" : null, fillColor: COVERED, fillOpacity: 0.4 };
}

/* A hatch to fill shapes with; returns the paint that names it. */
function makeHatch(container, id) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "gs-hatch");
  svg.setAttribute("aria-hidden", "true");
  const pattern = document.createElementNS(SVG, "pattern");
  const attributes = { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  for (const [name, value] of Object.entries(attributes)) pattern.setAttribute(name, String(value));
  const parts = [["M0 0h5v5H0z", 0.35], ["M0 0h2.5v5H0z", 0.75]].map(([d, opacity]) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    path.setAttribute("fill", MADE_UP);
    path.setAttribute("fill-opacity", String(opacity));
    return path;
  });
  pattern.append(...parts);
  svg.append(pattern);
  container.append(svg);
  return "url(#" + id + ")";
}

/* Make a scene named `name`; `tiles` is what layers of tiles share. `show({side, values, classes, tell})` draws it: `values` are the figures by zone, which are
   shaded by `classes`; `tell(zone)` gives lines for its popup; `planned` has what is covered drawn as planned. A side of null draws zones alone, of `zonesOf`. */
export function makeScene(map, name, tiles) {
  const paneName = "gs-scene-" + name;
  const pane = map.createPane(paneName);
  pane.style.zIndex = PANE_Z;
  const hatch = makeHatch(map.getContainer(), paneName + "-hatch");
  const state = { shown: null, drawn: null, zones: null, ground: null, turn: 0 };
  const key = { kind: paneName };

  function clear(part) {
    if (state[part]) map.removeLayer(state[part]);
    state[part] = null;
  }

  function drawZones(features, { values, classes, tell }) {
    clear("zones");
    const colour = (feature) => classColour(values.get(String(feature.id)), classes);
    state.zones = L.geoJSON({ type: "FeatureCollection", features }, {
      pane: paneName,
      style: (feature) => ({ fillColor: colour(feature), fillOpacity: 0.85, color: "#5a6570", weight: 1 }),
      onEachFeature: (feature, one) => one.on("click", (event) => open(map, event.latlng, zoneCard(feature, tell))),
    }).addTo(map);
    if (state.ground) state.ground.bringToFront();
  }

  function drawTiles(side) {
    const wanted = side.tiles.coverage;
    if (state.ground && state.ground.gsOf === wanted) return;
    clear("ground");
    state.ground = tileLayer(groundInTiles(side, tiles, paneName)).setZIndex(OVER_SHAPES).addTo(map);
    state.ground.gsOf = wanted;
  }

  async function drawGround(turn) {
    const { side } = state.shown;
    const address = side && coverageAddress(side);
    if (side && !address) {
      drawTiles(side);
      return;
    }
    const features = address ? await featuresAt(address) : [];
    if (turn !== state.turn) return;
    clear("ground");
    if (!address) return;
    state.ground = L.geoJSON({ type: "FeatureCollection", features }, {
      pane: paneName, interactive: false, style: groundStyle(side, state.shown.planned, hatch),
    }).addTo(map);
  }

  async function drawn(turn) {
    const { shown } = state;
    if (state.drawn !== shown) {
      const features = await featuresAt(zonesAddress(shown.zonesOf || shown.side));
      if (turn !== state.turn) return;
      drawZones(features, shown);
      state.drawn = shown;
    }
    await drawGround(turn);
  }

  /* Draw what is to be shown; what a later call overtakes draws nothing. */
  async function draw() {
    state.turn += 1;
    const turn = state.turn;
    const late = setTimeout(() => { if (turn === state.turn) told(map, key, "loading"); }, LATE_MS);
    try {
      await drawn(turn);
      if (turn === state.turn) told(map, key, "there");
    } catch (error) {
      if (turn === state.turn) told(map, key, "failed", error.message);
    } finally {
      clearTimeout(late);
    }
  }

  map.on("moveend", () => {
    if (state.shown) draw();
  });
  return {
    pane,
    show(shown) {
      state.shown = shown;
      return draw();
    },
    prefetch(side) {
      const address = coverageAddress(side);
      return Promise.allSettled([featuresAt(zonesAddress(side)), address && featuresAt(address)]);
    },
    clear() {
      state.turn += 1;
      state.shown = state.drawn = null;
      clear("zones");
      clear("ground");
      told(map, key, "there");
    },
    bounds(zone) {
      const one = state.zones && state.zones.getLayers().find((layer) => String(layer.feature.id) === zone);
      return one ? one.getBounds() : null;
    },
  };
}

function zoneCard(feature, tell) {
  const box = element("section", "card");
  const [name, ...lines] = tell(String(feature.id));
  box.append(element("h3", "", name));
  for (const line of lines) box.append(element("p", "", line));
  return box;
}
