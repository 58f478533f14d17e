/* Measuring: a panel with the figure, and a line or an outline drawn by clicks, or by the keyboard at the middle. */
import { button, element } from "./dom.js";
import { areaOf, lengthOf } from "./measuring.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { crossesItself } from "./plane.js";
import { filled, withUnit, words } from "./words.js";

const ICON = "M3 17.2 17.2 3 21 6.8 6.8 21zM6 17l1 1 1.2-1.2-1-1zm3-3 2 2 1.2-1.2-2-2zm3-3 1 1 1.2-1.2-1-1zm3-3 2 2L18.2 8.8l-2-2z";
const PANE = "gs-measure";
const PANE_Z = 645;
const KINDS = ["length", "area"];

/* What is measured, in words. */
export function told(kind, places) {
  if (kind === "length") {
    return places.length < 2 ? words.measureStart : filled(words.measuredLength, { length: metres(lengthOf(places)) });
  }
  if (places.length < 3) return words.measureStart;
  if (crossesItself(places)) return words.measureCrosses;
  const { area, perimeter } = areaOf(places);
  return filled(words.measuredArea, { area: squareMetres(area), length: metres(perimeter) });
}

function metres(value) {
  return value < 1000 ? withUnit(value, value < 100 ? 1 : 0, "m") : withUnit(value / 1000, 3, "km");
}

function squareMetres(value) {
  if (value < 1e4) return withUnit(value, 0, "m2");
  return value < 1e6 ? withUnit(value / 1e4, 2, "ha") : withUnit(value / 1e6, 3, "km2");
}

function kindChoice(state, draw) {
  const group = element("fieldset", "gs-measure-kind");
  group.append(element("legend", "", words.measureWhat));
  for (const [kind, title] of [["length", words.measureLength], ["area", words.measureArea]]) {
    const input = element("input");
    Object.assign(input, { type: "radio", name: "gs-measure-kind", value: kind });
    state.kinds.push(input);
    input.addEventListener("change", () => {
      state.kind = kind;
      draw();
    });
    const label = element("label");
    label.append(input, element("span", "", title));
    group.append(label);
  }
  return group;
}

function plainButton(title, onClick) {
  const one = button("gs-button", title, onClick);
  one.textContent = title;
  return one;
}

/* What is measured as it stands in the address, kind/lat,lon/lat,lon; null where it is nothing that can be measured. */
export function measuredOf(text) {
  const [kind, ...corners] = (text || "").split("/");
  const places = corners.map((one) => one.split(",").map((part) => (part.trim() ? Number(part) : NaN)).reverse());
  const fits = (place) => place.length === 2 && Math.abs(place[1]) <= 90 && Math.abs(place[0]) <= 360;
  return KINDS.includes(kind) && places.length && places.every(fits) ? { kind, places } : null;
}

export function writtenMeasure({ kind, places }) {
  return [kind, ...places.map(([lon, lat]) => lat.toFixed(6) + "," + lon.toFixed(6))].join("/");
}

export function addMeasure(map) {
  const state = { kind: KINDS[0], kinds: [], places: [], shapes: L.layerGroup() };
  map.createPane(PANE).style.zIndex = PANE_Z;
  const result = element("output", "gs-measured");
  result.setAttribute("aria-live", "polite");
  const middle = element("div", "gs-middle");
  middle.setAttribute("aria-hidden", "true");
  const draw = () => {
    drawShapes(state);
    for (const input of state.kinds) input.checked = input.value === state.kind;
    result.textContent = told(state.kind, state.places);
    changed();
  };
  const add = (latlng) => {
    state.places.push([latlng.lng, latlng.lat]);
    draw();
  };
  const undo = () => {
    state.places.pop();
    draw();
  };
  const clear = () => {
    state.places = [];
    draw();
  };
  const actions = element("div", "gs-buttons");
  actions.append(
    plainButton(words.measureMiddle, () => add(map.getCenter())), plainButton(words.undo, undo), plainButton(words.clear, clear),
  );
  const panel = addPanel(map, {
    id: "measure",
    title: words.measure,
    icon: ICON,
    content: (body) => body.append(
      kindChoice(state, draw), element("p", "", words.measureHow), actions, result, element("p", "gs-soft", words.measureBy),
    ),
    onOpen: () => {
      state.shapes.addTo(map);
      map.getContainer().classList.add("gs-measuring");
      map.getContainer().append(middle);
      draw();
    },
    onClose: () => {
      state.shapes.remove();
      middle.remove();
      map.getContainer().classList.remove("gs-measuring");
      clear();
    },
  });
  listen(map, panel, { add, undo, clear, state });
  remember("measure", {
    read: (text) => {
      const { kind, places } = measuredOf(text) || { kind: state.kind, places: [] };
      // An address that names a panel, or none, has the last word.
      if (places.length && !panel.isOpen() && map.gsRail.wanted === null) panel.open();
      if (!panel.isOpen() || (text && text === written())) return;
      Object.assign(state, { kind, places });
      draw();
    },
    write: written,
  });

  function written() {
    return panel.isOpen() && state.places.length ? writtenMeasure(state) : null;
  }
}

/* While the panel is open clicks are for measuring and for nothing else on the map. */
function listen(map, panel, { add, undo, clear, state }) {
  const hold = map.getContainer();
  const onMap = (event) => panel.isOpen() && !event.target.closest(".leaflet-control, .leaflet-popup");
  hold.addEventListener("click", (event) => {
    if (!onMap(event)) return;
    event.stopImmediatePropagation();
    if (!map.dragging || !map.dragging.moved()) add(map.mouseEventToLatLng(event));
  }, true);
  hold.addEventListener("dblclick", (event) => {
    if (onMap(event)) event.stopImmediatePropagation();
  }, true);
  hold.addEventListener("keydown", (event) => {
    if (!panel.isOpen() || event.target !== hold) return;
    if (event.key === "Enter" || event.key === " ") add(map.getCenter());
    else if (event.key === "Backspace") undo();
    else if (event.key === "Escape" && map.gsPopup) return;
    else if (event.key === "Escape" && state.places.length) clear();
    else if (event.key === "Escape") panel.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
}

function drawShapes({ kind, places, shapes }) {
  shapes.clearLayers();
  const at = places.map(([lon, lat]) => [lat, lon]);
  const options = { pane: PANE, className: "gs-measure-line", interactive: false };
  if (kind === "area" && at.length > 2) L.polygon(at, { ...options, className: "gs-measure-line gs-measure-area" }).addTo(shapes);
  else if (at.length > 1) L.polyline(at, options).addTo(shapes);
  for (const one of at) L.circleMarker(one, { ...options, className: "gs-measure-corner", radius: 5 }).addTo(shapes);
}
