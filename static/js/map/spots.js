/* Places that panels point out: a zone or a gap in outline, a point, and lines to what covers it. */
import { fetchJson } from "./fetching.js";
import { isStill } from "./motion.js";
import { told } from "./status.js";

const PANE = "gs-spots";
const NEAREST_ZOOM = 16;
const OUTLINE = { pane: PANE, interactive: false, fill: false, weight: 4 };

function pane(map) {
  if (!map.getPane(PANE)) map.createPane(PANE).style.zIndex = 460;
  return PANE;
}

/* Fly to a box; who would rather have no motion is there at once. */
export function flyTo(map, bounds) {
  const room = { padding: [40, 40], maxZoom: NEAREST_ZOOM };
  if (isStill()) map.fitBounds(bounds, { ...room, animate: false });
  else map.flyToBounds(bounds, { ...room, duration: 0.6 });
}

/* One feature of a collection pointed out at a time: `show(id, fly)` fetches and outlines it, null takes it back. That the
   last one could not be had is said on the map. */
export function spotlight(map, address) {
  const layer = L.geoJSON(null, { ...OUTLINE, pane: pane(map), className: "gs-spot" }).addTo(map);
  const known = new Map();
  const key = {};
  let wanted = null;
  async function show(id, fly) {
    wanted = id;
    if (id === null) {
      layer.clearLayers();
      told(map, key, "there");
      return;
    }
    if (!known.has(id)) known.set(id, fetchJson(address(id)));
    let feature;
    try {
      feature = await known.get(id);
    } catch (error) {
      known.delete(id);
      if (wanted === id) told(map, key, "failed", error.message);
      return;
    }
    if (wanted !== id) return;
    told(map, key, "there");
    layer.clearLayers();
    layer.addData(feature);
    if (fly) flyTo(map, layer.getBounds());
  }
  return { show };
}

/* A point with lines to others: `draw(place, others)`, each with lat, lng and whether it is illustrative. */
export function rays(map) {
  const drawn = L.layerGroup().addTo(map);
  const options = { pane: pane(map), interactive: false };
  return {
    clear: () => drawn.clearLayers(),
    draw: (place, others) => {
      drawn.clearLayers();
      for (const one of others) {
        const className = one.illustrative ? "gs-ray gs-ray-made-up" : "gs-ray";
        L.polyline([place, [one.lat, one.lng]], { ...options, className, weight: 2.5 }).addTo(drawn);
        L.circleMarker([one.lat, one.lng], { ...options, className: "gs-ray-end", radius: 5, weight: 2 }).addTo(drawn);
      }
      L.circleMarker(place, { ...options, className: "gs-here-halo", radius: 9, weight: 4, fill: false }).addTo(drawn);
      L.circleMarker(place, { ...options, className: "gs-here", radius: 9, weight: 2.5, fill: false }).addTo(drawn);
    },
  };
}
