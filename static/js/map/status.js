/* What is still to come, and what has failed, said on the map. */
import { element } from "./dom.js";
import { words } from "./words.js";

/* The text for what is said of each layer: failures before what is loading. */
export function statusText(states) {
  const failed = states.filter((one) => one.state === "failed").map((one) => words.failed + " " + one.message);
  if (failed.length) return failed.join(" ");
  return states.length ? words.loading : "";
}

function said(node, text) {
  if (!node) return;
  if (node.textContent !== text) node.textContent = text;
  node.hidden = !text;
}

/* Say of a layer that it is "loading", that it "failed", or that it is "there". */
export function told(map, spec, state, message) {
  map.gsStates = map.gsStates || new Map();
  if (state === "there") map.gsStates.delete(spec);
  else map.gsStates.set(spec, { state: state, message: message });
  said(map.gsStatus, statusText([...map.gsStates.values()]));
}

export function addStatus(map) {
  const control = L.control({ position: "topleft" });
  control.onAdd = () => {
    map.gsStatus = element("p", "map-status");
    map.gsStatus.setAttribute("role", "status");
    return map.gsStatus;
  };
  control.addTo(map);
  said(map.gsStatus, statusText([...(map.gsStates || new Map()).values()]));
}
