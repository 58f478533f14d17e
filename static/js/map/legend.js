/* The legend: the classes and units of what is on. */
import { element } from "./dom.js";
import { isFiltered } from "./facets.js";
import { swatch, symbol } from "./style.js";
import { filled, formatted, number, words } from "./words.js";

const OPEN_FROM_PX = [600, 380];

/* What one class holds, in words: its place among the breaks, which `text` writes; nothing where there are none. */
export function classText(breaks, position, text) {
  const low = breaks[position - 1];
  const high = breaks[position];
  if (low === undefined && high === undefined) return "";
  if (low === undefined) return words.below + " " + text(high);
  if (high === undefined) return text(low) + " " + words.andMore;
  return text(low) + " – " + text(high);
}

function row(colour, text) {
  const item = element("li");
  item.append(swatch(colour), element("span", "", text));
  return item;
}

function legendOf({ legend }) {
  const part = element("section");
  const heading = element("h2", "", legend.title);
  part.append(heading);
  if (legend.colour) {
    heading.prepend(swatch(legend.colour));
    return part;
  }
  const list = element("ul");
  const text = (value) => formatted(value, legend.format);
  legend.colours.forEach((colour, position) => list.append(row(colour, classText(legend.breaks, position, text))));
  if (legend.missing) list.append(row(legend.missing.colour, legend.missing.text));
  part.append(list);
  return part;
}

/* What a line of the legend says of a layer's marks: how many there are, and how many of them count. */
export function markText({ title, count, counted }) {
  if (!counted || counted === count) return title + " (" + number(count, 0) + ")";
  return title + " (" + filled(words.countedOf, { counted: number(counted, 0), count: number(count, 0) }) + ")";
}

/* The marks of layers under a heading; nothing where there are none. */
function marksOf(layers, heading) {
  if (!layers.length) return [];
  const part = element("section");
  const list = element("ul");
  for (const layer of layers) {
    const spec = layer.gsSpec;
    const item = element("li", spec.illustrative ? "made-up-row" : "");
    const text = isFiltered(layer) ? markText(spec) + " · " + words.filterOn : markText(spec);
    item.append(symbol(spec, "swatch swatch-symbol"), element("span", "", text));
    list.append(item);
  }
  part.append(element("h2", "", heading), list);
  return [part];
}

export function addLegend(map, layers, spec) {
  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => {
    const box = element("details", "legend leaflet-bar");
    const { x, y } = map.getSize();
    box.open = x > OPEN_FROM_PX[0] && y > OPEN_FROM_PX[1];
    const body = element("div", "legend-body");
    box.append(element("summary", "", words.legend), body);
    const draw = () => {
      const shown = layers.filter((layer) => layer.gsSpec.legend && map.hasLayer(layer));
      const marks = layers.filter((layer) => layer.gsSpec.kind === "points" && map.hasLayer(layer));
      body.replaceChildren(
        element("p", "reach", spec.reach),
        ...(spec.remark ? [element("p", "reach", spec.remark)] : []),
        ...shown.map((layer) => legendOf(layer.gsSpec)),
        ...marksOf(marks.filter((one) => one.gsSpec.counted), words.countedHere),
        ...marksOf(marks.filter((one) => !one.gsSpec.counted), words.onlyShownHere),
      );
    };
    map.on("gs:theme", draw);
    layers.forEach((layer) => layer.on("gs:filtered", draw));
    map.on("layeradd layerremove", (event) => {
      if (layers.includes(event.layer)) draw();
    });
    draw();
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  control.addTo(map);
}
