/* Where tiles lie on the screen. Their borders are rounded to device pixels, and each goes on for a pixel beyond, so that
   no seam shows at any ratio of device pixels and any zoom. */
import { UNITS } from "./decode.js";

export const TILE_PX = 512;
export const BLEED = 1;
const SMALLER = Math.log2(TILE_PX / 256);

/* The zoom of the data for a zoom of the map, and the side of its tiles there in CSS pixels. */
export function gridAt(zoom, maxDataZoom) {
  const dataZoom = Math.max(0, Math.min(maxDataZoom, Math.round(zoom) - SMALLER));
  return { dataZoom, side: 256 * 2 ** (zoom - dataZoom) };
}

/* Place a tile that begins at `from` (CSS pixels, along one axis) in device pixels: where its canvas begins, how long
   it is, and where in it the tile's own origin lies. */
export function placed(from, side, ratio) {
  const start = Math.round(from * ratio);
  const end = Math.round((from + side) * ratio);
  return { start: start - BLEED, length: end - start + 2 * BLEED, origin: from * ratio - start + BLEED };
}

/* Device pixels to a unit of a tile. */
export function unitPx(side, ratio) {
  return (side * ratio) / UNITS;
}
