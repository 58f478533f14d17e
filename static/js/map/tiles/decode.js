/* A vector tile as arrays that a worker can hand over: places in units of the tile, texts as numbers of a list. */
import { VectorTile } from "@mapbox/vector-tile";
import { PbfReader } from "pbf";

export const UNITS = 4096;
const POINT = 1;

function joinedTexts(texts) {
  const encoder = new TextEncoder();
  const parts = texts.map((text) => encoder.encode(text));
  const first = new Uint32Array(parts.length + 1);
  parts.forEach((part, i) => { first[i + 1] = first[i] + part.length; });
  const bytes = new Uint8Array(first[parts.length]);
  parts.forEach((part, i) => bytes.set(part, first[i]));
  return { bytes, first };
}

/* The text at a place of a list of texts that `decode` made. */
export function textAt(texts, i) {
  return new TextDecoder().decode(texts.bytes.subarray(texts.first[i], texts.first[i + 1]));
}

function facetsOf(features, names) {
  const facets = {};
  for (const name of names) {
    const values = [];
    const numbers = new Map();
    const codes = new Uint16Array(features.length);
    features.forEach((feature, i) => {
      const value = feature.properties[name] === undefined ? "" : String(feature.properties[name]);
      if (!numbers.has(value)) numbers.set(value, values.push(value) - 1);
      codes[i] = numbers.get(value);
    });
    facets[name] = { values, codes };
  }
  return facets;
}

function pointsOf(features, scale, names) {
  const n = features.length;
  const x = new Float32Array(n);
  const y = new Float32Array(n);
  const counts = new Uint32Array(n);
  features.forEach((feature, i) => {
    const [[place]] = feature.loadGeometry();
    x[i] = place.x * scale;
    y[i] = place.y * scale;
    counts[i] = feature.properties.point_count || 1;
  });
  const ids = joinedTexts(features.map((feature) => String(feature.properties.id ?? feature.id ?? "")));
  return { n, x, y, counts, ids, facets: facetsOf(features, names) };
}

function shapeOf(feature, scale) {
  const rings = feature.loadGeometry();
  const xy = new Float32Array(2 * rings.reduce((sum, ring) => sum + ring.length, 0));
  const starts = new Uint32Array(rings.length);
  let at = 0;
  rings.forEach((ring, i) => {
    starts[i] = at;
    for (const place of ring) {
      xy[at++] = place.x * scale;
      xy[at++] = place.y * scale;
    }
  });
  return { xy, starts, closed: feature.type === 3, properties: feature.properties };
}

/* Read one layer of a tile; `facets` names the properties that points are told apart by. */
export function decode(buffer, layerName, facets) {
  const layer = buffer.byteLength ? new VectorTile(new PbfReader(new Uint8Array(buffer))).layers[layerName] : undefined;
  if (!layer) return { points: null, shapes: [] };
  const features = Array.from({ length: layer.length }, (_, i) => layer.feature(i));
  const scale = UNITS / layer.extent;
  // Several points in one feature are rare, and drawn at the first.
  const points = features.filter((feature) => feature.type === POINT);
  const shapes = features.filter((feature) => feature.type !== POINT).map((feature) => shapeOf(feature, scale));
  return { points: points.length ? pointsOf(points, scale, facets) : null, shapes };
}

/* What of a decoded tile is handed over and not copied. */
export function buffersOf({ points, shapes }) {
  const buffers = shapes.flatMap((shape) => [shape.xy.buffer, shape.starts.buffer]);
  if (points) {
    const { x, y, counts, ids, facets } = points;
    buffers.push(x.buffer, y.buffer, counts.buffer, ids.bytes.buffer, ids.first.buffer);
    for (const facet of Object.values(facets)) buffers.push(facet.codes.buffer);
  }
  return buffers;
}
