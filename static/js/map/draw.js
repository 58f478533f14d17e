/* An area of one's own: drawn on the map, typed, pasted or uploaded; its figures come at once, and again when its corners
   are moved. */
import { areaCard } from "./area_card.js";
import { drawForm } from "./draw_form.js";
import { fetchJson } from "./fetching.js";
import { cornersOf, isArea, polygonOf, readCorners, roughArea } from "./outline.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { crossesItself } from "./plane.js";
import { pointing } from "./pointing.js";
import { handles, movable } from "./reshape.js";
import { flyTo } from "./spots.js";
import { filled, formatted, words } from "./words.js";

const ICON = "M4 3h4v2l8 2V5h4v4h-1.5l-2.5 7H18v4h-4v-2l-6-1v2H4v-4h1L6 7H4zm3.9 4L7 15h1v.5l6 1V16l2.6-7H16v-.5z";
const KEY = /^[0-9a-f]{32}$/;
const NEAR_PX = 14;
const PANE = "gs-drawing";

/* What is drawn: the corners so far, or the whole outline once it is closed. */
function sheet(map) {
  map.createPane(PANE).style.zIndex = 465;
  const options = { pane: PANE, interactive: false };
  const line = L.polyline([], { ...options, className: "gs-draw-line", weight: 3 }).addTo(map);
  const area = L.geoJSON(null, { ...options, style: () => ({ className: "gs-draw-area", weight: 3 }) }).addTo(map);
  const dots = L.layerGroup().addTo(map);
  return {
    corners: (corners) => {
      area.clearLayers();
      dots.clearLayers();
      line.setLatLngs(isArea(corners) ? [...corners, corners[0]] : corners);
      corners.forEach((corner, i) => {
        const className = i === corners.length - 1 ? "gs-draw-dot gs-draw-last" : "gs-draw-dot";
        L.circleMarker(corner, { ...options, className, radius: i ? 5 : 7, weight: 2 }).addTo(dots);
      });
    },
    moving: (corners) => {
      area.clearLayers();
      area.addData(polygonOf(corners));
    },
    whole: (geometry, fly) => {
      line.setLatLngs([]);
      dots.clearLayers();
      area.clearLayers();
      if (!geometry) return;
      area.addData(geometry);
      if (fly) flyTo(map, area.getBounds());
    },
  };
}

export function addDraw(map, layers, spec) {
  const address = spec.services.areas;
  if (!address) return;
  const drawn = sheet(map);
  let corners = [];
  let measured = null;
  let asked = null;
  let before = []; // what was measured before its corners were moved, with the corners of each
  let panel = null;
  let shown = null; // the corners of what is measured, in the order of their handles
  const form = drawForm({
    start, undo, finish, cancel, unmoved,
    typed: (text) => take(text),
    uploaded: (file) => measure(file, true),
    removed: clear,
  });

  const pointer = pointing(map, {
    through: true,
    at: (latlng, event) => {
      if (event.type === "click" && closes(latlng)) finish();
      else add([Number(latlng.lat.toFixed(6)), Number(latlng.lng.toFixed(6))]);
    },
    key: (event) => {
      if (event.key === "Backspace" || event.key === "Delete") undo();
      else if (event.key === "Escape") cancel();
      else if (event.key === " ") finish();
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  });

  const grips = handles(map, {
    moving: (wanted) => {
      asked = null; // what is asked of the corners before would put them back
      drawn.moving(wanted);
    },
    moved: (wanted) => {
      if (crossesItself(wanted)) {
        settle();
        form.say(words.crossingMoved, true);
      } else {
        measure(JSON.stringify(polygonOf(wanted)), false, wanted);
      }
    },
    left: () => {
      settle();
      form.say("");
    },
  });

  /* Draw what is measured as it is, with handles while its panel is open. */
  function settle() {
    drawn.whole(measured ? measured.area : null, false);
    grips.show(measured && panel && panel.isOpen() && !pointer.isOn() ? shown : null);
    form.moved(before.length, Boolean(measured), Boolean(shown));
  }

  /* Take back the last move of a corner. */
  function unmoved() {
    const last = before.pop();
    if (!last) return;
    asked = null;
    present(last.answer, last.corners);
    form.say("");
    changed();
  }

  function closes(latlng) {
    const at = map.latLngToContainerPoint(latlng);
    return isArea(corners) && at.distanceTo(map.latLngToContainerPoint(corners[0])) <= NEAR_PX;
  }

  function set(on) {
    pointer.set(on);
    map.gsDrawing = on;
    if (on) grips.show(null);
    if (on) map.doubleClickZoom.disable();
    else map.doubleClickZoom.enable();
    form.drawing(on, corners);
  }

  function start() {
    clear();
    set(true);
    form.say(words.drawHow);
    map.getContainer().focus({ preventScroll: true });
  }

  function add(corner) {
    corners.push(corner);
    tell();
  }

  function undo() {
    corners.pop();
    tell();
  }

  function tell() {
    drawn.corners(corners);
    form.drawing(pointer.isOn(), corners);
    const area = isArea(corners) ? formatted(roughArea(corners), "area") : "";
    const text = filled(isArea(corners) ? words.cornersArea : words.cornersSoFar, { count: corners.length, area: area });
    form.say(crossesItself(corners) ? text + " " + words.crossing : text);
  }

  function cancel() {
    corners = [];
    set(false);
    settle();
    form.say(words.drawLeft);
    form.focus();
  }

  function finish() {
    if (!isArea(corners)) form.say(words.tooFewCorners);
    else if (crossesItself(corners)) form.say(words.crossing);
    else measure(JSON.stringify(polygonOf(corners)), false);
  }

  /* A text is corners, or GeoJSON as it is. */
  function take(text) {
    if (text.trim().startsWith("{")) {
      measure(text, true);
      return;
    }
    const read = readCorners(text, spec.bounds || [-180, -90, 180, 90]);
    if (read.line) form.say(filled(words.noCorner, { line: read.line }));
    else if (!isArea(read.corners)) form.say(words.tooFewCorners);
    else measure(JSON.stringify(polygonOf(read.corners)), true);
  }

  async function measure(body, fly, moved) {
    const headers = { Accept: "application/json", "Content-Type": "application/octet-stream" };
    await show(() => fetchJson(address, { method: "POST", body: body, headers: headers }), fly, moved);
  }

  /* Show an answer: its card, its outline, and handles at its corners. */
  function present(answer, order) {
    measured = map.gsArea = answer;
    shown = order;
    corners = [];
    form.answer(areaCard(answer), cornersOf(answer.area));
    set(false);
    settle();
  }

  /* Ask for figures and show them; `moved` are the corners where some of what was measured before have been moved. */
  async function show(ask, fly, moved) {
    const mine = {};
    asked = mine;
    form.say(words.measuring);
    try {
      const answer = await ask();
      if (asked !== mine) return;
      before = moved ? [...before, { answer: measured, corners: shown }] : [];
      present(answer, moved || movable(answer.area));
      drawn.whole(answer.area, fly);
      form.say("");
    } catch (error) {
      if (asked !== mine) return;
      if (moved) settle();
      form.say(error.message, true);
    }
    changed();
  }

  function clear() {
    asked = null;
    measured = map.gsArea = shown = null;
    corners = [];
    before = [];
    set(false);
    form.answer(null, null);
    settle();
    form.say("");
    changed();
  }

  panel = addPanel(map, {
    id: "area", title: words.ownArea, icon: ICON, content: form.box,
    onOpen: () => settle(),
    onClose: () => {
      if (pointer.isOn()) cancel();
      else settle();
    },
  });
  form.box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !pointer.isOn()) return;
    event.preventDefault();
    if (map.gsPopup) map.closePopup();
    else cancel();
  });
  remember("area", {
    read: (key) => {
      if (!KEY.test(key || "") || (measured && measured.id === key)) return;
      if (map.gsRail.wanted === null) panel.open(); // else another panel is wanted, or none
      const [path] = address.split("?");
      show(() => fetchJson(path + "/" + key), false);
    },
    write: () => (measured ? measured.id : null),
  });
}
