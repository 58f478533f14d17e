/* The places of one tile gathered into squares, so that a mark stands for each and tells how many. */
import { UNITS } from "./decode.js";

/* Gather points (their arrays, and those of them that `passes`) into squares of UNITS / `across`: the mean place of
   each, how many places it holds, and the first of them. */
export function clustersOf(points, across, passes = () => true) {
  const cells = new Map();
  const side = UNITS / across;
  for (let i = 0; i < points.n; i++) {
    const column = Math.floor(points.x[i] / side);
    const row = Math.floor(points.y[i] / side);
    // What lies in the margin belongs to the tile beside, which has it too.
    if (column < 0 || row < 0 || column >= across || row >= across || !passes(i)) continue;
    const key = row * across + column;
    const cell = cells.get(key) || { x: 0, y: 0, count: 0, first: i };
    const count = points.counts[i];
    cell.x += points.x[i] * count;
    cell.y += points.y[i] * count;
    cell.count += count;
    cells.set(key, cell);
  }
  return [...cells.values()].map(({ x, y, count, first }) => ({ x: x / count, y: y / count, count, first }));
}

/* How large the mark of a cluster is, as its radius in CSS pixels. */
export function clusterRadius(count) {
  return count === 1 ? 5 : 10 + 3.2 * Math.log10(count);
}
