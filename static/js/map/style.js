/* Colours and symbols. */
import { drawing } from "./dom.js";

export const SYMBOLS = {
  circle: "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12z",
  square: "M2.5 2.5h11v11h-11z",
  diamond: "M8 1 15 8 8 15 1 8z",
  triangle: "M8 1.5 15 14H1z",
  cross: "M6 1h4v5h5v4h-5v5H6v-5H1V6h5z",
};
const NO_VALUE = "#cccccc";

export function symbol(spec, className) {
  const attributes = { fill: spec.colour, stroke: "#ffffff", "stroke-width": "1.5" };
  return drawing(SYMBOLS[spec.symbol] || SYMBOLS.circle, "0 0 16 16", attributes, className);
}

export function swatch(colour) {
  return drawing("M0 0h16v16H0z", "0 0 16 16", { fill: colour }, "swatch");
}

/* The colour of the class that a value lies in: breaks[i] is the first value of class i + 1. */
export function classColour(value, classes) {
  if (value === null || value === undefined) return NO_VALUE;
  return classes.colours[classes.breaks.filter((limit) => value >= limit).length];
}

/* Leaflet's path options for a feature of zones, gaps, coverage or footprints. */
export function style(feature, spec) {
  if (spec.kind === "zones") {
    const fill = classColour(feature.properties[spec.classes.key], spec.classes);
    return { fillColor: fill, fillOpacity: 0.85, color: "#5a6570", weight: 1 };
  }
  if (spec.kind === "gaps") {
    const colour = classColour(feature.properties[spec.classes.key], spec.classes);
    return { fillColor: colour, fillOpacity: 0.7, color: colour, opacity: 0.7, weight: 0.5 };
  }
  const dashes = spec.illustrative ? "4 4" : null;
  return { fillColor: spec.colour, fillOpacity: 0.35, color: spec.colour, weight: 1.5, dashArray: dashes };
}
