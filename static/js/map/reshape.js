/* The corners of a finished area as handles: dragged by the pointer, moved by the arrow keys. Corners are [lat, lng]. */
import { cornersOf } from "./outline.js";
import { filled, words } from "./words.js";

const PANE = "gs-corners";
const PANE_Z = 620;
const MOST_CORNERS = 100;
const STEP_PX = 2;
const LEAP_PX = 20;
const PAUSE_MS = 700;
const SIZE_PX = 24;
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/* The corners of an outline that can be moved one by one: of a single ring of not too many; null for any other. */
export function movable(geometry) {
  const rings = geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat();
  const corners = rings.length === 1 ? cornersOf(geometry) : null;
  return corners && corners.length <= MOST_CORNERS ? corners : null;
}

/* How far a key moves a corner, [right, down] in pixels; null for a key that moves none. */
export function stepOf(key, leap) {
  return key in STEPS ? STEPS[key].map((one) => one * (leap ? LEAP_PX : STEP_PX)) : null;
}

/* The same corners with another one at a place in their order. */
export function withCorner(corners, at, corner) {
  return corners.map((one, i) => (i === at ? corner : one));
}

/* Handles on a map: `moving(corners)` is told of every move, `moved(corners)` once one is done, `left()` that Escape gave
   it up. `show(corners)` puts them there, null takes them away; those that are there stay, and so does the keyboard. */
export function handles(map, { moving, moved, left }) {
  map.createPane(PANE).style.zIndex = PANE_Z;
  let corners = [];
  let markers = [];
  let timer = null;

  function place(at, { lat, lng }) {
    corners = withCorner(corners, at, [Number(lat.toFixed(6)), Number(lng.toFixed(6))]);
    moving(corners);
  }

  function done() {
    clearTimeout(timer);
    timer = null;
    moved(corners);
  }

  function onKey(marker, at, event) {
    const step = stepOf(event.key, event.shiftKey);
    if (!step && !(timer && ["Enter", "Escape"].includes(event.key))) return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(timer);
    if (step) {
      marker.setLatLng(map.containerPointToLatLng(map.latLngToContainerPoint(marker.getLatLng()).add(step)));
      place(at, marker.getLatLng());
      timer = setTimeout(done, PAUSE_MS);
    } else if (event.key === "Enter") {
      done();
    } else {
      timer = null;
      left();
    }
  }

  function handle(corner, at, count) {
    const icon = L.divIcon({ className: "gs-corner", iconSize: [SIZE_PX, SIZE_PX] });
    const marker = L.marker(corner, { icon, pane: PANE, draggable: true, autoPan: false });
    marker.on("drag", () => place(at, marker.getLatLng()));
    marker.on("dragend", done);
    marker.addTo(map);
    const node = marker.getElement();
    node.setAttribute("aria-label", filled(words.cornerOf, { number: at + 1, count }));
    node.addEventListener("keydown", (event) => onKey(marker, at, event));
    node.addEventListener("blur", () => { if (timer) done(); });
    return marker;
  }

  return {
    show: (wanted) => {
      clearTimeout(timer);
      timer = null;
      corners = wanted || [];
      if (markers.length === corners.length) {
        markers.forEach((marker, i) => marker.setLatLng(corners[i]));
        return;
      }
      markers.forEach((marker) => marker.remove());
      markers = corners.map((corner, i) => handle(corner, i, corners.length));
    },
  };
}
