/* Furnish a map: status, legend, labels, keyboard, panels, and the address. */
import { addKeys } from "./keys.js";
import { addLabels } from "./labels.js";
import { addLegend } from "./legend.js";
import { addRail } from "./panels.js";
import { PARTS } from "./parts.js";
import { follow } from "./permalink.js";
import { addStatus } from "./status.js";
import { addView } from "./view.js";
import { addPicking } from "./tiles/tile-layer.js";
import { speak, words } from "./words.js";

function nameControls(map) {
  const named = [
    [".leaflet-control-zoom-in", words.zoomIn],
    [".leaflet-control-zoom-out", words.zoomOut],
  ];
  for (const [selector, word] of named) {
    const control = map.getContainer().querySelector(selector);
    if (!control) continue;
    control.title = word;
    control.setAttribute("aria-label", word);
  }
}

export function furnish(map, layers, spec) {
  speak(spec.language, spec.words);
  map.attributionControl.setPrefix(false).addAttribution(spec.credits);
  addStatus(map);
  addLegend(map, layers, spec);
  addLabels(map, spec.labels);
  addKeys(map);
  addPicking(map);
  nameControls(map);
  addRail(map);
  addView(map, layers);
  for (const part of PARTS) part(map, layers, spec);
  if (spec.bounds) {
    const [west, south, east, north] = spec.bounds;
    map.fitBounds([[south, west], [north, east]], { animate: false });
  }
  if (spec.served) follow();
  window.geoservice.map = map;
}
