/* Layers from data: written into the page, fetched whole, or drawn from tiles. */
import { card } from "./cards.js";
import { fetchPages } from "./fetching.js";
import { marker, openMarker } from "./marks.js";
import { open } from "./popup.js";
import { told } from "./status.js";
import { style } from "./style.js";
import { tileLayer } from "./tiles/tile-layer.js";

const PANES = { zones: 410, coverage: 420, gaps: 430, footprints: 440, points: 590 };
const LABELS_PANE = 640;

/* Panes must stand before the first layer is added to the map. */
export function addPanes(map) {
  // The controls come before the many markers for who goes by keyboard.
  map._container.insertBefore(map._controlContainer, map._mapPane);
  for (const [name, z] of Object.entries({ ...PANES, labels: LABELS_PANE })) {
    const pane = map.createPane("gs-" + name);
    pane.style.zIndex = z;
    if (name === "labels") pane.style.pointerEvents = "none";
  }
}

const known = new Map();
const coming = new Map();

function addFeatures(layer, collection) {
  layer.addData(collection);
  if (Object.keys(layer.gsFilters).length) filterPlaces(layer, layer.gsFilters);
  layer.fire("gs:data");
}

function prepare(feature, one, spec) {
  one.gsSpec = spec;
  if (spec.kind !== "points") {
    one.on("click", (event) => open(one._map, event.latlng, card(feature, spec)));
    return;
  }
  one.gsFeature = feature;
  one.on("click keypress", (event) => {
    const enter = event.type === "keypress";
    if (!enter || event.originalEvent.key === "Enter") openMarker(one, enter);
  });
}

/* A layer of what `declared` says (see geoservice/maps): its data, its style, and what its popups show. With `like` it
   takes all that it does not say itself from a layer declared before. */
export function dataLayer(declared) {
  const spec = { ...known.get(declared.like), ...declared };
  known.set(spec.id, spec);
  if (spec.tiles) return tileLayer({ ...spec, pane: "gs-" + spec.kind });
  const layer = L.geoJSON(null, {
    pane: spec.kind === "points" ? "markerPane" : "gs-" + spec.kind,
    style: (feature) => style(feature, spec),
    pointToLayer: (feature, latlng) => marker(feature, latlng, spec),
    onEachFeature: (feature, one) => {
      prepare(feature, one, spec);
      layer.gsPlaces.push(one);
    },
  });
  Object.assign(layer, { gsSpec: spec, gsPlaces: [], gsFilters: {}, filter: (filters) => filterPlaces(layer, filters) });
  layer.on("add", () => load(layer));
  layer.on("remove", () => told(layer._map, spec, "there"));
  return layer;
}

/* Show only places whose properties are among those given, by name, as layers from tiles do. */
function filterPlaces(layer, filters) {
  layer.gsFilters = filters;
  const passes = (told) => Object.entries(filters).every(([name, values]) => values.has(told["facet_" + name] ?? ""));
  for (const one of layer.gsPlaces) {
    if (passes(one.feature.properties)) layer.addLayer(one);
    else layer.removeLayer(one);
  }
}

/* Zones are shaded in many ways: all that show the same share what comes, fetched once. */
function pagesAt(address) {
  if (!coming.has(address)) {
    const pages = [];
    const all = fetchPages(address, (page) => pages.push(page)).then(() => pages);
    coming.set(address, all);
    all.catch(() => coming.delete(address));
  }
  return coming.get(address);
}

function fetchInto(layer) {
  const { kind, url } = layer.gsSpec;
  if (kind !== "zones") return fetchPages(url, (page) => addFeatures(layer, page));
  return pagesAt(url).then((pages) => pages.forEach((page) => addFeatures(layer, page)));
}

/* Data comes when a layer is first shown; a failure is said on the map and tried again at the next showing. */
function load(layer) {
  const spec = layer.gsSpec;
  if (layer.gsLoaded) return;
  layer.gsLoaded = true;
  if (spec.data) {
    addFeatures(layer, spec.data);
    return;
  }
  const map = layer._map;
  told(map, spec, "loading");
  fetchInto(layer)
    .then(() => told(map, spec, "there"))
    .catch((error) => {
      layer.gsLoaded = false;
      layer.gsPlaces = [];
      layer.clearLayers();
      told(map, spec, map.hasLayer(layer) ? "failed" : "there", error.message);
    });
}
