/* Places as marks: single ones, and those that stand together. */
import { card, title } from "./cards.js";
import { element } from "./dom.js";
import { open } from "./popup.js";
import { symbol } from "./style.js";
import { number, words } from "./words.js";

const SAME_PLACE_PX = 24;

export function marker(feature, latlng, spec) {
  const className = spec.illustrative ? "facility made-up-mark" : "facility";
  const icon = L.divIcon({ className: className, html: symbol(spec), iconSize: [20, 20] });
  const name = title(feature, spec);
  return L.marker(latlng, { icon: icon, title: name, alt: name, keyboard: true, riseOnHover: true });
}

/* Facilities that stand metres apart share one popup, so that none hides beneath another. */
function markersAt(map, clicked) {
  const at = map.latLngToLayerPoint(clicked.getLatLng());
  const found = [clicked];
  map.eachLayer((layer) => {
    if (layer === clicked || !layer.gsFeature) return;
    if (map.latLngToLayerPoint(layer.getLatLng()).distanceTo(at) <= SAME_PLACE_PX) found.push(layer);
  });
  return found;
}

/* Cards of one place: one as it is, several folded under their titles. */
export function cards(places) {
  const box = element("div", "cards");
  if (places.length === 1) {
    box.append(card(places[0].feature, places[0].spec));
    return box;
  }
  box.append(element("p", "together", number(places.length, 0) + " " + words.here));
  places.forEach(({ feature, spec }, position) => {
    const details = element("details");
    details.open = position === 0;
    details.append(element("summary", "", title(feature, spec)), card(feature, spec));
    box.append(details);
  });
  return box;
}

export function openMarker(layer, enter) {
  const together = markersAt(layer._map, layer);
  const places = together.map((one) => ({ feature: one.gsFeature, spec: one.gsSpec }));
  open(layer._map, layer.getLatLng(), cards(places), enter);
}
