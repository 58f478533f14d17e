/* Where the map is and which zone is open, in the address. */
import { card } from "./cards.js";
import { changed, remember } from "./permalink.js";
import { open } from "./popup.js";

const ZONE_ZOOM = 11.5;
const NEAREST_ZOOM = 14;

/* A view as it stands in the address, or null where it is none. */
export function viewOf(text) {
  const numbers = (text || "").split(",").map(Number);
  return numbers.length === 3 && numbers.every(Number.isFinite) ? numbers : null;
}

function openZone(map, zones, wanted, placed) {
  const every = zones.flatMap((layer) => layer.getLayers());
  const one = every.find((layer) => String(layer.feature.id) === wanted);
  if (!one) return false;
  const bounds = one.getBounds();
  const zoom = Math.min(NEAREST_ZOOM, Math.max(ZONE_ZOOM, map.getBoundsZoom(bounds)));
  map.closePopup();
  map.gsZone = wanted;
  if (!placed) map.setView(bounds.getCenter(), zoom, { animate: false });
  open(map, bounds.getCenter(), card(one.feature, one.gsSpec));
  return true;
}

/* #zone=ID opens a zone, as the table links to it; #view=lat,lon,zoom restores a view. */
export function addView(map, layers) {
  const zones = layers.filter((layer) => layer.gsSpec.kind === "zones");
  let placed = false;
  remember("view", {
    read: (text) => {
      const view = viewOf(text);
      placed = view !== null;
      if (view) map.setView([view[0], view[1]], view[2], { animate: false });
    },
    write: () => {
      const centre = map.getCenter();
      return [centre.lat.toFixed(5), centre.lng.toFixed(5), map.getZoom()].join(",");
    },
  });
  remember("zone", {
    read: (wanted) => {
      if (!wanted || openZone(map, zones, wanted, placed)) return;
      const show = () => {
        if (openZone(map, zones, wanted, placed)) zones.forEach((layer) => layer.off("gs:data", show));
      };
      zones.forEach((layer) => layer.on("gs:data", show));
    },
    write: () => map.gsZone || null,
  });
  map.on("moveend", changed);
  map.on("popupclose", () => {
    map.gsZone = null;
    changed();
  });
}
