/* A large layer on the map: what is picked opens with its full item, by pointer and by keyboard. */
import { element } from "../dom.js";
import { fetchJson } from "../fetching.js";
import { cards } from "../marks.js";
import { isPointing } from "../pointing.js";
import { open } from "../popup.js";
import { told } from "../status.js";
import { filled, number, words } from "../words.js";
import { canvasLayer } from "./canvas-layer.js";

const NEARER = 2;
const MOST_CARDS = 12;
const CROSSHAIR_PX = 24;

function nearer(map, latlng) {
  map.setView(latlng, Math.min(map.getZoom() + NEARER, map.getMaxZoom()));
}

/* Open what was picked: a cluster goes nearer, a place or shape tells all that its item holds. */
async function openPicked(map, layer, picked, enter) {
  const spec = layer.gsSpec;
  if (picked.cluster) {
    nearer(map, picked.latlng);
    return;
  }
  const box = element("div");
  box.append(element("p", "loading", words.loading));
  const popup = open(map, picked.latlng, box, enter);
  const ids = picked.ids || [picked.shape.id];
  try {
    const items = await Promise.all(ids.slice(0, MOST_CARDS).map((id) => itemOf(spec, id)));
    box.replaceChildren(cards(items.map((feature) => ({ feature, spec }))));
    if (ids.length > MOST_CARDS) {
      const rest = filled(words.moreHere, { count: number(ids.length - MOST_CARDS, 0) });
      box.append(element("p", "footer", rest));
    }
  } catch (error) {
    box.replaceChildren(element("p", "failed", words.failed + " " + error.message));
  }
  popup.update();
}

function itemOf(spec, id) {
  const address = new URL(spec.items, location.href);
  return fetchJson(address.pathname + "/" + encodeURIComponent(id) + address.search);
}

function layersOf(map) {
  const found = [];
  map.eachLayer((layer) => { if (layer.pick && layer.gsSpec.items) found.push(layer); });
  // Places lie above shapes.
  return found.sort((one, other) => (other.gsSpec.kind === "points") - (one.gsSpec.kind === "points"));
}

/* The first of the map's large layers that has something at a place. */
export function pickAt(map, latlng, reachPx) {
  for (const layer of layersOf(map)) {
    const picked = layer.pick(latlng, reachPx);
    if (picked) return { layer, picked };
  }
  return null;
}

function onClick(map, event) {
  const original = event.originalEvent;
  if (original && original.gsTaken) return;
  const hit = pickAt(map, event.latlng);
  if (!hit) return;
  // Whoever answers a click on the map itself asks this first.
  if (original) original.gsTaken = true;
  openPicked(map, hit.layer, hit.picked, false);
}

function addHover(map) {
  let waiting = false;
  const tip = L.tooltip({ direction: "top", offset: [0, -10] });
  map.on("mousemove", (event) => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const hit = layersOf(map).length ? pickAt(map, event.latlng) : null;
      map.getContainer().classList.toggle("gs-picking", hit !== null);
      if (hit && hit.picked.cluster) {
        const text = filled(words.placesHere, { count: number(hit.picked.cluster, 0) });
        tip.setLatLng(hit.picked.latlng).setContent(element("span", "", text)).addTo(map);
      } else tip.remove();
    });
  });
  map.on("mouseout", () => tip.remove());
}

/* Enter on the map itself opens what lies at the cross in its middle. */
function addCrosshair(map) {
  const container = map.getContainer();
  container.setAttribute("aria-label", words.mapKeys);
  container.setAttribute("role", "group");
  container.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== container || isPointing(map)) return;
    const hit = pickAt(map, map.getCenter(), CROSSHAIR_PX);
    if (hit) openPicked(map, hit.layer, hit.picked, true);
  });
}

/* Let a map's large layers be picked; done once for a map. */
export function addPicking(map) {
  map.on("click", (event) => onClick(map, event));
  addHover(map);
  addCrosshair(map);
}

export function tileLayer(spec) {
  const layer = canvasLayer(spec, (count) => number(count, 0));
  layer.on("gs:failed", ({ error }) => layer._map && told(layer._map, spec, "failed", error.message));
  layer.on("loading", () => layer._map && told(layer._map, spec, "loading"));
  layer.on("load", () => {
    const states = layer._map && layer._map.gsStates;
    if (states && states.has(spec) && states.get(spec).state === "loading") told(layer._map, spec, "there");
  });
  layer.on("remove", () => told(layer._map, spec, "there"));
  return layer;
}
