/* Lengths and areas on the ellipsoid of WGS 84 (Karney 2013, by his own GeographicLib); places are [lon, lat] in degrees. */
import geodesic from "geographiclib-geodesic";

const WGS84 = geodesic.Geodesic.WGS84;

/* The length of a line along geodesics, in metres. */
export function lengthOf(places) {
  let sum = 0;
  for (let i = 1; i < places.length; i += 1) {
    const [[fromLon, fromLat], [toLon, toLat]] = [places[i - 1], places[i]];
    sum += WGS84.Inverse(fromLat, fromLon, toLat, toLon, geodesic.Geodesic.DISTANCE).s12;
  }
  return sum;
}

/* The area within an outline, which closes by itself, in m², and its length all round, in metres. */
export function areaOf(places) {
  const polygon = WGS84.Polygon(false);
  for (const [lon, lat] of places) polygon.AddPoint(lat, lon);
  const { area, perimeter } = polygon.Compute(false, true);
  return { area: places.length < 3 ? 0 : Math.abs(area), perimeter };
}
