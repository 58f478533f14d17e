/* Drawing of decoded tiles on a canvas, as steps. */
import { SYMBOLS, classColour } from "../style.js";
import { clusterRadius } from "./clusters.js";

const POINTS_A_STEP = 256;
const SYMBOL_PX = 14;
const SYMBOL_BOX = 16;
const EDGE_PX = 1.25; // so wide that where two shapes meet, no pixel is less than whole
const STRIPES_PX = 8;
const STRIPE_ALPHA = 0.6;
const CLUSTER = {
  light: { ground: "rgba(255, 255, 255, 0.92)", text: "#1c2733", rim: "#ffffff" },
  dark: { ground: "rgba(24, 35, 45, 0.92)", text: "#e4eaf0", rim: "#18232d" },
};
const sprites = new Map();

/* Draw a symbol once for each look, to be copied. */
function sprite(symbol, colour, illustrative, ratio) {
  const key = [symbol, colour, illustrative, ratio].join();
  if (!sprites.has(key)) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.ceil((SYMBOL_PX + 2) * ratio);
    const context = canvas.getContext("2d");
    context.scale(canvas.width / SYMBOL_BOX, canvas.width / SYMBOL_BOX);
    const path = new Path2D(SYMBOLS[symbol] || SYMBOLS.circle);
    context.fillStyle = colour;
    context.strokeStyle = illustrative ? "#5e0d3a" : "#ffffff";
    context.lineWidth = 1.5;
    if (illustrative) context.setLineDash([2, 2]);
    context.fill(path);
    context.stroke(path);
    sprites.set(key, canvas);
  }
  return sprites.get(key);
}

function pathOf(shape) {
  if (!shape.path) {
    const { xy, starts } = shape;
    shape.path = new Path2D();
    for (let r = 0; r < starts.length; r++) {
      const to = r + 1 < starts.length ? starts[r + 1] : xy.length;
      shape.path.moveTo(xy[starts[r]], xy[starts[r] + 1]);
      for (let i = starts[r] + 2; i < to; i += 2) shape.path.lineTo(xy[i], xy[i + 1]);
      if (shape.closed) shape.path.closePath();
    }
  }
  return shape.path;
}

/* Fill shapes; the layer as a whole is made translucent, so that what overlaps does not show. */
export function* paintShapes(context, shapes, spec, unit) {
  for (const shape of shapes) {
    const colour = spec.classes ? classColour(shape.properties[spec.classes.key], spec.classes) : spec.colour;
    const path = pathOf(shape);
    if (shape.closed) {
      context.fillStyle = colour;
      context.fill(path, "evenodd");
    }
    context.strokeStyle = colour;
    context.lineWidth = EDGE_PX / unit;
    context.stroke(path);
    yield;
  }
}

/* A square of diagonal stripes that goes on in the next. */
function stripes(side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  pen.globalAlpha = STRIPE_ALPHA;
  pen.lineWidth = side / Math.SQRT2 / 2;
  pen.beginPath();
  for (const x of [-side, 0, side]) {
    pen.moveTo(x - side, -side);
    pen.lineTo(x + 2 * side, 2 * side);
  }
  pen.stroke();
  return canvas;
}

/* Make a drawing paler in stripes, which is the sign of what is made up; those of the tiles beside are in step. */
export function thinOut(context, [across, down], ratio) {
  const side = Math.round(STRIPES_PX * ratio);
  const behind = (start) => ((start % side) + side) % side;
  context.save();
  context.globalCompositeOperation = "destination-out";
  context.fillStyle = context.createPattern(stripes(side), "repeat");
  context.translate(-behind(across.start), -behind(down.start));
  context.fillRect(0, 0, across.length + side, down.length + side);
  context.restore();
}

/* Copy the symbol of each place that passes. `place` gives device pixels. */
export function* paintPoints(context, points, spec, { place, ratio, size, passes }) {
  const image = sprite(spec.symbol, spec.colour, spec.illustrative, ratio);
  const half = image.width / 2;
  for (let i = 0; i < points.n; i++) {
    if (i % POINTS_A_STEP === 0) yield;
    const [x, y] = place(points.x[i], points.y[i]);
    const seen = x > -half && y > -half && x < size[0] + half && y < size[1] + half;
    if (seen && passes(i)) context.drawImage(image, Math.round(x - half), Math.round(y - half));
  }
}

export function* paintClusters(context, clusters, spec, { place, ratio, written, dark }) {
  const { ground, text, rim } = dark ? CLUSTER.dark : CLUSTER.light;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `700 ${11 * ratio}px system-ui, sans-serif`;
  for (const { x, y, count } of clusters) {
    const [left, top] = place(x, y);
    context.beginPath();
    context.arc(left, top, clusterRadius(count) * ratio, 0, 2 * Math.PI);
    context.fillStyle = count === 1 ? spec.colour : ground;
    context.fill();
    context.lineWidth = 2 * ratio;
    context.strokeStyle = count === 1 ? rim : spec.colour;
    context.setLineDash(spec.illustrative ? [4 * ratio, 2 * ratio] : []);
    context.stroke();
    if (count > 1) {
      context.fillStyle = text;
      context.fillText(written(count), left, top);
    }
    yield;
  }
}
