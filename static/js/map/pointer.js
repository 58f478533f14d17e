/* Coordinates under the pointer in WGS 84 and in the region's grid, to copy by a right click, a long press or the button. */
import { button, drawing, element } from "./dom.js";
import { written } from "./grid.js";
import { open } from "./popup.js";
import { words } from "./words.js";

const NORTH = "M12 2 18 21 12 17.5 6 21z";
const CROSSHAIR = "M11 2h2v3.1A7 7 0 0 1 18.9 11H22v2h-3.1a7 7 0 0 1-5.9 5.9V22h-2v-3.1A7 7 0 0 1 5.1 13H2v-2h3.1A7 7 0 0 1 11 5.1zm1 5a5 5 0 1 0 0 10 5 5 0 0 0 0-10zm0 3a2 2 0 1 1 0 4 2 2 0 0 1 0-4z";

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = words.copied;
  } catch {
    said.textContent = words.copyByHand;
  }
}

/* The coordinates of a place, each with a button that copies it. */
function placeCard(spec, { lat, lng }) {
  const at = written(spec.grid, lng, lat);
  const box = element("section", "card gs-coordinates");
  box.append(element("h3", "", words.coordinates));
  const said = element("p", "footer");
  said.setAttribute("role", "status");
  for (const [title, text] of [[words.latLon, at.degrees], [spec.grid.name, at.grid]]) {
    if (text === null) continue;
    const row = element("p", "gs-copy-row");
    const one = button("gs-button", words.copy + ": " + text, () => copy(text, said));
    one.textContent = words.copy;
    const value = element("span", "gs-copy-value");
    const heading = element("small", "", title);
    if (title === spec.grid.name) heading.lang = "en";
    value.append(heading, element("span", "", text));
    row.append(value, one);
    box.append(row);
  }
  box.append(said);
  return box;
}

export function addPointer(map, layers, spec) {
  if (!spec.grid) return;
  const control = L.control({ position: "bottomright" });
  control.onAdd = () => {
    const hold = element("div", "gs-where");
    const north = element("div", "gs-north");
    north.setAttribute("role", "img");
    north.setAttribute("aria-label", words.northUp);
    north.title = words.northUp;
    north.append(element("span", "", words.north), drawing(NORTH, "0 0 24 24", { fill: "currentColor" }));
    const show = (place, enter) => {
      const popup = open(map, place, placeCard(spec, place));
      if (enter) popup.getElement().querySelector("button").focus();
    };
    const line = button("gs-where-line", words.coordinatesOfMiddle, () => show(map.getCenter(), true));
    // Its name is what it shows; what it does is in its title.
    line.removeAttribute("aria-label");
    const degrees = element("span");
    const metres = element("span");
    line.append(drawing(CROSSHAIR, "0 0 24 24", { fill: "currentColor" }, "gs-where-mark"), degrees, metres);
    const tell = ({ lat, lng }) => {
      const at = written(spec.grid, lng, lat);
      degrees.textContent = at.degrees;
      metres.textContent = at.grid === null ? "" : at.grid;
      metres.title = spec.grid.name;
      metres.lang = "en"; // as PROJ names systems
    };
    map.on("mousemove", (event) => tell(event.latlng));
    map.on("mouseout moveend", () => tell(map.getCenter()));
    map.on("contextmenu", (event) => show(event.latlng, false));
    map.whenReady(() => tell(map.getCenter()));
    hold.append(north, line);
    L.DomEvent.disableClickPropagation(hold);
    return hold;
  };
  control.addTo(map);
}
