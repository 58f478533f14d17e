/* The names of zones, kept apart. */
import { element } from "./dom.js";

const LABELS_FROM_ZOOM = 10.5;
const MARKERS_FULL_FROM_ZOOM = 11.5;

export function addLabels(map, labels) {
  const group = L.layerGroup();
  for (const label of labels) {
    const icon = L.divIcon({ className: "zone-label", html: element("span", "", label.text), iconSize: [0, 0] });
    const options = { icon: icon, interactive: false, keyboard: false, pane: "gs-labels" };
    L.marker([label.lat, label.lon], options).addTo(group);
  }
  const toggle = () => {
    map.getContainer().classList.toggle("gs-far", map.getZoom() < MARKERS_FULL_FROM_ZOOM);
    if (map.getZoom() >= LABELS_FROM_ZOOM) group.addTo(map);
    else group.remove();
    keepApart(group);
  };
  map.on("zoomend", toggle);
  toggle();
}

export function overlaps(one, other) {
  return one.left < other.right && one.right > other.left && one.top < other.bottom && one.bottom > other.top;
}

/* Where two names would lie on each other, the one that comes first (of the larger zone) is shown. */
function keepApart(group) {
  const taken = [];
  group.eachLayer((label) => {
    const text = label.getElement() && label.getElement().firstChild;
    if (!text) return;
    text.hidden = false;
    const box = text.getBoundingClientRect();
    text.hidden = taken.some((other) => overlaps(box, other));
    if (!text.hidden) taken.push(box);
  });
}
