/* Pointing at the map instead of at what lies on it: clicks, touches, and the keyboard with a crosshair in the middle. */
import { drawing } from "./dom.js";

const CONTROLS = ".leaflet-control-container, .leaflet-popup, button, a, input";
const MARKERS = ".leaflet-marker-icon";
const POINTING = "gs-pointing";

/* Whether what is pointed at is for a panel, and not for what lies there. */
export function isPointing(map) {
  return map.getContainer().classList.contains(POINTING);
}

/* While it is on, `at(latlng, event)` is called for each place that is pointed at, and `key(event)` for other keys that
   the map has. Controls keep their clicks, markers too unless `through` says that what lies on the map does not count. */
export function pointing(map, { at, key, through = false }) {
  const container = map.getContainer();
  let cross = container.querySelector(".gs-crosshair");
  if (!cross) {
    cross = drawing("M12 1v8M12 15v8M1 12h8M15 12h8", "0 0 24 24", { fill: "none", "stroke-width": "2" }, "gs-crosshair");
    container.append(cross);
  }
  const onClick = (event) => {
    const onMarker = event.target.closest(MARKERS);
    if (onMarker ? !through : event.target.closest(CONTROLS)) return;
    if (map.dragging && map.dragging.moved()) return;
    event.stopImmediatePropagation();
    at(map.mouseEventToLatLng(event), event);
  };
  const onKey = (event) => {
    if (event.target !== container || event.defaultPrevented) return;
    if (event.key === "Enter") {
      event.preventDefault();
      at(map.getCenter(), event);
    } else if (key) {
      key(event);
    }
  };
  let on = false;
  return {
    isOn: () => on,
    set: (wanted) => {
      if (wanted === on) return;
      on = wanted;
      container.classList.toggle(POINTING, on);
      const change = on ? "addEventListener" : "removeEventListener";
      container[change]("click", onClick, true);
      container[change]("keydown", onKey);
    },
  };
}
