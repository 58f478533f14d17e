/* The region's grid: its formula is fitted on the server (maps/grid.py), a sum of Chebyshev polynomials. */

/* T_0(x) to T_degree(x). */
function chebyshev(x, degree) {
  const values = [1, x];
  while (values.length <= degree) values.push(2 * x * values[values.length - 1] - values[values.length - 2]);
  return values;
}

/* Easting and northing in metres of a place in degrees; null beyond the box that the formula holds for. */
export function toGrid(grid, lon, lat) {
  const [west, south, east, north] = grid.box;
  if (!(lon >= west && lon <= east && lat >= south && lat <= north)) return null;
  const across = chebyshev((2 * lon - west - east) / (east - west), grid.degree);
  const along = chebyshev((2 * lat - south - north) / (north - south), grid.degree);
  let easting = 0;
  let northing = 0;
  let term = 0;
  for (let i = 0; i <= grid.degree; i += 1) {
    for (let j = 0; j <= grid.degree - i; j += 1, term += 1) {
      easting += grid.easting[term] * across[i] * along[j];
      northing += grid.northing[term] * across[i] * along[j];
    }
  }
  return { easting, northing };
}

/* A place in both systems as it is read and copied. */
export function written(grid, lon, lat) {
  const metres = toGrid(grid, lon, lat);
  return {
    degrees: lat.toFixed(5) + ", " + lon.toFixed(5),
    grid: metres ? Math.round(metres.easting) + ", " + Math.round(metres.northing) : null,
  };
}
