/* Plain geometry on degrees, good for what is near: corners are pairs, in either order of the axes. */

/* A degree of latitude on the mean sphere (radius 6,371,008.8 m). */
export const METRES_A_DEGREE = 111195.08;

function turn([ay, ax], [by, bx], [cy, cx]) {
  return Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
}

function cross(a, b, c, d) {
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}

/* Tell whether a side crosses another. `closed` counts the side from the last corner to the first too. */
export function crossesItself(corners, closed = true) {
  const sides = closed ? corners.length : corners.length - 1;
  const side = (i) => [corners[i], corners[(i + 1) % corners.length]];
  for (let i = 0; i < sides; i += 1) {
    for (let j = i + 2; j < sides; j += 1) {
      if (!(i === 0 && j === corners.length - 1) && cross(...side(i), ...side(j))) return true;
    }
  }
  return false;
}
