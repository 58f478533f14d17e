/* A divider over the map: what lies left of it shows one pane, what lies right of it another. */
import { element } from "./dom.js";
import { filled, spoken, words } from "./words.js";

const STEP = 2;
const LEAP = 10;
const LEAST_FOR_HEADING = 15;

/* Where a key moves the divider to, in percent of the width; null for a key that is not the divider's. */
export function moved(key, at) {
  const places = {
    ArrowLeft: at - STEP, ArrowDown: at - STEP, ArrowRight: at + STEP, ArrowUp: at + STEP,
    PageDown: at - LEAP, PageUp: at + LEAP, Home: 0, End: 100,
  };
  return key in places ? within(places[key]) : null;
}

export function within(at) {
  return Math.min(100, Math.max(0, at));
}

/* The rectangles, in the pane's own pixels, that the two sides are cut to: [top, right, bottom, left]. */
export function cuts(corner, size, at) {
  const border = corner.x + (size.x * at) / 100;
  const [top, right, bottom, left] = [corner.y, corner.x + size.x, corner.y + size.y, corner.x];
  return { before: [top, border, bottom, left], after: [top, right, bottom, border] };
}

function rect(sides) {
  return "rect(" + sides.map((side) => side + "px").join(" ") + ")";
}

/* Put a divider on the map between two panes; `changed(at)` is told when the reader has moved it. */
export function addDivider(map, before, after, titles, at, changed) {
  const container = map.getContainer();
  const bar = element("div", "gs-divider");
  const state = { at };
  bar.tabIndex = 0;
  bar.setAttribute("role", "separator");
  bar.setAttribute("aria-orientation", "vertical");
  bar.setAttribute("aria-label", words.divider);
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  bar.append(element("span", "gs-divider-grip", "⇆"));
  const heads = [heading("gs-head-before", titles[0]), heading("gs-head-after", titles[1])];
  container.append(...heads, bar);
  L.DomEvent.disableClickPropagation(bar);

  function cut() {
    const { before: left, after: right } = cuts(map.containerPointToLayerPoint([0, 0]), map.getSize(), state.at);
    before.style.clip = rect(left);
    after.style.clip = rect(right);
  }

  function place(to) {
    state.at = within(to);
    bar.style.left = state.at + "%";
    heads[0].style.right = "calc(" + (100 - state.at) + "% + 12px)";
    heads[1].style.left = "calc(" + state.at + "% + 12px)";
    heads[0].style.maxWidth = "calc(" + state.at + "% - 24px)";
    heads[1].style.maxWidth = "calc(" + (100 - state.at) + "% - 24px)";
    heads[0].hidden = state.at < LEAST_FOR_HEADING;
    heads[1].hidden = state.at > 100 - LEAST_FOR_HEADING;
    const whole = Math.round(state.at);
    bar.setAttribute("aria-valuenow", String(whole));
    const percent = new Intl.NumberFormat(spoken(), { style: "percent" }).format(whole / 100);
    bar.setAttribute("aria-valuetext", filled(words.leftOfDivider, { percent }));
    cut();
  }

  const drag = (event) => {
    const box = container.getBoundingClientRect();
    place(((event.clientX - box.left) / box.width) * 100);
  };
  bar.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    bar.focus();
    bar.setPointerCapture(event.pointerId);
    bar.addEventListener("pointermove", drag);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    bar.addEventListener(end, () => {
      bar.removeEventListener("pointermove", drag);
      changed(state.at);
    });
  }
  bar.addEventListener("keydown", (event) => {
    const to = moved(event.key, state.at);
    if (to === null) return;
    event.preventDefault();
    event.stopPropagation();
    place(to);
    changed(state.at);
  });
  map.on("move zoomend viewreset resize", cut);
  place(at);
  return {
    remove() {
      map.off("move zoomend viewreset resize", cut);
      [bar, ...heads].forEach((one) => one.remove());
      before.style.clip = after.style.clip = "";
    },
  };
}

function heading(className, { word, title, illustrative }) {
  const box = element("p", "gs-head " + className);
  box.append(element("strong", "", word), document.createTextNode(" " + title));
  if (illustrative) box.append(element("span", "gs-tag gs-tag-made-up", words.madeUpPositions));
  return box;
}
