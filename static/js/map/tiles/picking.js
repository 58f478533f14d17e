/* What lies at a place of a tile, in its units. */

/* The nearest place within a radius, as its number in the arrays; -1 where there is none. */
export function nearestPoint(points, x, y, radius, passes = () => true) {
  let best = radius * radius;
  let found = -1;
  for (let i = 0; i < points.n; i++) {
    const dx = points.x[i] - x;
    const dy = points.y[i] - y;
    const squared = dx * dx + dy * dy;
    if (squared <= best && passes(i)) {
      best = squared;
      found = i;
    }
  }
  return found;
}

/* All places that stand where one of them does, within a radius, it first. */
export function together(points, one, radius, passes = () => true) {
  const found = [one];
  for (let i = 0; i < points.n; i++) {
    if (i === one || Math.hypot(points.x[i] - points.x[one], points.y[i] - points.y[one]) > radius) continue;
    if (passes(i)) found.push(i);
  }
  return found;
}

/* Whether a place lies in a shape, by the even-odd rule over all its rings. */
export function holds({ xy, starts, closed }, x, y) {
  if (!closed) return false;
  let inside = false;
  for (let r = 0; r < starts.length; r++) {
    const from = starts[r];
    const to = r + 1 < starts.length ? starts[r + 1] : xy.length;
    for (let i = from, j = to - 2; i < to; j = i, i += 2) {
      const crosses = xy[i + 1] > y !== xy[j + 1] > y;
      if (crosses && x < ((xy[j] - xy[i]) * (y - xy[i + 1])) / (xy[j + 1] - xy[i + 1]) + xy[i]) inside = !inside;
    }
  }
  return inside;
}
