/* The largest gaps as a list that leads to each. */
import { named } from "./ask_card.js";
import { element } from "./dom.js";
import { fetchJson } from "./fetching.js";
import { addPanel } from "./panels.js";
import { METRES_A_DEGREE } from "./plane.js";
import { lyingApart } from "./rows.js";
import { flyTo, spotlight } from "./spots.js";
import { told } from "./status.js";
import { itemAddress } from "./zone_table.js";
import { filled, formatted, number, words } from "./words.js";

const ICON = "M12 2 1.5 21h21zm0 4.5L19 19H5zM11 10h2v5h-2zm0 6h2v2h-2z";
const MOST = 25;

/* The gaps of a page of features: where each is, how far it reaches, and what is told of it. */
export function gapsOf(features) {
  return features
    .filter(({ properties: p }) => p.circle_lat !== null && p.circle_lat !== undefined)
    .map(({ id, properties: p }) => ({ ...p, id, lat: p.circle_lat, lng: p.circle_lon, radius: p.circle_radius_m }));
}

/* The box around the empty circle of a gap: [[south, west], [north, east]]. */
export function boxOf({ lat, lng, radius }) {
  const north = radius / METRES_A_DEGREE;
  const east = north / Math.cos((lat * Math.PI) / 180);
  return [[lat - north, lng - east], [lat + north, lng + east]];
}

function factsOf(gap) {
  const facts = [
    filled(words.gapRadius, { radius: formatted(gap.radius, "length") }),
    filled(words.gapNearest, { distance: formatted(gap.nearest_source_m, "length") }),
  ];
  if (gap.uncovered_demand) facts.push(filled(words.gapDemand, { demand: number(gap.uncovered_demand, 0) }));
  return facts.join(" · ");
}

export function addGapList(map, layers, spec) {
  const address = spec.services.gaps;
  if (!address) return;
  const light = spotlight(map, (id) => itemAddress(address, id));
  const circle = L.circle([0, 0], { pane: "gs-spots", interactive: false, className: "gs-gap-circle", fill: false, radius: 1 });
  const box = element("div", "gs-gaps");
  const list = element("ol", "gs-gap-list");
  const key = {};
  let loaded = false;

  function point(gap, fly) {
    circle.setLatLng([gap.lat, gap.lng]).setRadius(gap.radius).addTo(map);
    light.show(gap.id, false);
    if (fly) flyTo(map, boxOf(gap));
  }

  function itemOf(gap) {
    const item = element("li");
    const go = element("button", "gs-gap");
    go.type = "button";
    go.append(element("span", "gs-gap-name", named(gap)), element("span", "gs-gap-facts", factsOf(gap)));
    go.addEventListener("click", () => {
      for (const one of list.querySelectorAll("[aria-current]")) one.removeAttribute("aria-current");
      go.setAttribute("aria-current", "true");
      point(gap, true);
    });
    item.append(go);
    return item;
  }

  function load() {
    if (loaded) return;
    loaded = true;
    told(map, key, "loading");
    fetchJson(address)
      .then((page) => {
        const gaps = lyingApart(gapsOf(page.features), MOST);
        list.replaceChildren(...gaps.map(itemOf));
        if (!gaps.length) box.append(element("p", "gs-cases", words.noGaps));
        told(map, key, "there");
      })
      .catch((error) => {
        loaded = false;
        told(map, key, "failed", error.message);
      });
  }

  box.append(element("p", "gs-how", words.gapsHow), list);
  addPanel(map, {
    id: "gaps", title: words.gapsTitle, icon: ICON, content: box,
    onOpen: load,
    onClose: () => {
      circle.remove();
      light.show(null, false);
    },
  });
}
