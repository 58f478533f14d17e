/* An outline that is being drawn, as plain values: corners are [lat, lng]. */
import { METRES_A_DEGREE } from "./plane.js";

const LEAST_CORNERS = 3;

export function isArea(corners) {
  return corners.length >= LEAST_CORNERS;
}

/* The outline as GeoJSON has it: longitude first, and closed. */
export function polygonOf(corners) {
  const ring = [...corners, corners[0]].map(([lat, lng]) => [lng, lat]);
  return { type: "Polygon", coordinates: [ring] };
}

/* The corners of the first polygon in a GeoJSON geometry, or null where there is none. */
export function cornersOf(geometry) {
  const rings = geometry.type === "MultiPolygon" ? geometry.coordinates[0] : geometry.coordinates;
  return rings && rings[0] ? rings[0].slice(0, -1).map(([lng, lat]) => [lat, lng]) : null;
}

/* The area in square metres, on a plane about the outline: what is told while drawing, before the server measures. */
export function roughArea(corners) {
  const middle = corners.reduce((sum, [lat]) => sum + lat, 0) / corners.length;
  const narrow = Math.cos((middle * Math.PI) / 180);
  const doubled = corners.reduce((sum, [lat, lng], i) => {
    const [nextLat, nextLng] = corners[(i + 1) % corners.length];
    return sum + (lng * nextLat - nextLng * lat);
  }, 0);
  return Math.abs(doubled / 2) * narrow * METRES_A_DEGREE ** 2;
}

/* Read corners that were typed: a pair of degrees a line, in either order. `bounds` (west, south, east, north) tell the
   order where both could be. Gives {corners}, or {line} with the number of the first line that is none. */
export function readCorners(text, bounds) {
  const corners = [];
  for (const [at, line] of text.split(/[\n;]/).entries()) {
    if (!line.trim()) continue;
    const numbers = line.replace(/[[\]()°]/g, " ").trim().split(/[\s,]+/).filter(Boolean).map(Number);
    const corner = numbers.length === 2 && numbers.every(Number.isFinite) ? ordered(numbers, bounds) : null;
    if (!corner) return { line: at + 1 };
    corners.push(corner);
  }
  const closed = corners.length > LEAST_CORNERS && String(corners[0]) === String(corners[corners.length - 1]);
  return { corners: closed ? corners.slice(0, -1) : corners };
}

function ordered([a, b], [west, south, east, north]) {
  const within = (lat, lng) => lat >= south - 1 && lat <= north + 1 && lng >= west - 1 && lng <= east + 1;
  if (within(a, b)) return [a, b];
  if (within(b, a)) return [b, a];
  if (Math.abs(a) <= 90 && Math.abs(b) <= 180) return [a, b];
  return Math.abs(b) <= 90 && Math.abs(a) <= 180 ? [b, a] : null;
}
