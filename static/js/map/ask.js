/* Ask what is at a place: by a click, at the crosshair in the middle of the map, or by the address (#ask=lat,lon). */
import { placeCard } from "./ask_card.js";
import { element } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { addPanel } from "./panels.js";
import { changed, remember } from "./permalink.js";
import { pointing } from "./pointing.js";
import { rays } from "./spots.js";
import { words } from "./words.js";

const ICON = "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm.2 16.4a1.3 1.3 0 1 1 0-2.6 1.3 1.3 0 0 1 0 2.6zm1.2-5.2v1H11v-1.6c0-1.9 3-2.2 3-4 0-1-.8-1.7-2-1.7s-2 .8-2.2 1.9l-2.2-.5C7.9 6.2 9.6 5 12 5c2.6 0 4.4 1.5 4.4 3.6 0 2.6-3 3.1-3 4.6z";
const TWICE_MS = 260;

/* A place as it stands in the address, or null where it is none. */
export function placeOf(text) {
  const numbers = (text || "").split(",").map(Number);
  const fits = numbers.length === 2 && numbers.every(Number.isFinite) && Math.abs(numbers[0]) <= 90;
  return fits && text.trim() ? { lat: numbers[0], lng: numbers[1] } : null;
}

function tidy({ lat, lng }) {
  return { lat: Number(lat.toFixed(6)), lng: Number((((((lng + 180) % 360) + 360) % 360) - 180).toFixed(6)) };
}

/* What a panel holds: how to ask, and the last answer. */
function furnished(ask) {
  const box = element("div", "gs-ask");
  box.append(element("p", "gs-how", words.askHow));
  const centre = element("button", "gs-button", words.askCentre);
  centre.type = "button";
  centre.addEventListener("click", () => ask.centre());
  const answer = element("div", "gs-answer-hold");
  answer.setAttribute("role", "region");
  answer.setAttribute("aria-live", "polite");
  answer.setAttribute("aria-label", words.answer);
  box.append(centre, answer);
  return { box, answer };
}

export function addAsk(map, layers, spec) {
  const address = spec.services.place;
  if (!address) return;
  const parts = furnished({ centre: () => askAt(map.getCenter()) });
  const drawn = rays(map);
  let place = null;
  let asked = null;

  async function askAt(latlng) {
    const here = tidy(latlng);
    const mine = new AbortController();
    if (asked) asked.abort();
    asked = mine;
    place = here;
    changed();
    drawn.draw(here, []);
    parts.answer.setAttribute("aria-busy", "true");
    try {
      const answer = await fetchJson(address + "&lon=" + here.lng + "&lat=" + here.lat, { signal: mine.signal });
      if (asked !== mine) return;
      drawn.draw(here, answer.covered_by.map((one) => ({ ...one, lng: one.lon })));
      parts.answer.replaceChildren(placeCard(answer));
      map.fire("gs:place", { answer });
    } catch (error) {
      if (asked !== mine) return;
      parts.answer.replaceChildren(element("p", "gs-wrong", error.message));
    }
    parts.answer.removeAttribute("aria-busy");
  }

  function forget() {
    if (asked) asked.abort();
    asked = null;
    place = null;
    parts.answer.removeAttribute("aria-busy");
    drawn.clear();
    parts.answer.replaceChildren();
    changed();
  }

  const pointer = pointing(map, { at: askAt });
  const panel = addPanel(map, {
    id: "ask", title: words.ask, icon: ICON, content: parts.box,
    onOpen: () => pointer.set(true),
    onClose: () => {
      pointer.set(false);
      forget();
    },
  });
  onBareGround(map, () => !panel.isOpen() && !map.gsDrawing, (latlng) => {
    panel.open();
    askAt(latlng);
  });
  remember("ask", {
    read: (text) => {
      const wanted = placeOf(text);
      if (!wanted || (place && String([place.lat, place.lng]) === text)) return;
      panel.open();
      askAt(wanted);
    },
    write: () => (place ? place.lat + "," + place.lng : null),
  });
}

/* Call `ask` for a click that meets nothing on the map, closes no popup and is not the first of two. */
function onBareGround(map, isFree, ask) {
  let closing = false;
  let waiting = null;
  map.on("preclick", () => { closing = Boolean(map.gsPopup); });
  map.on("dblclick", () => clearTimeout(waiting));
  map.on("click", (event) => {
    const { target, gsTaken } = event.originalEvent || {};
    if (!target || gsTaken || target.closest(".leaflet-interactive, .leaflet-control") || closing || !isFree()) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => { if (isFree()) ask(event.latlng); }, TWICE_MS);
  });
}
