/* The legend: the classes and units of what is on. */
import { element } from "./dom.js";
import { swatch } from "./style.js";
import { formatted, words } from "./words.js";

const OPEN_FROM_PX = 600;

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

export function addLegend(map, layers, spec) {
  const control = L.control({ position: "bottomleft" });
  control.onAdd = () => {
    const box = element("details", "legend leaflet-bar");
    box.open = map.getSize().x > OPEN_FROM_PX;
    const body = element("div", "legend-body");
    box.append(element("summary", "", words.legend), body);
    const draw = () => {
      const shown = layers.filter((layer) => layer.gsSpec.legend && map.hasLayer(layer));
      body.replaceChildren(element("p", "reach", spec.reach), ...shown.map((layer) => legendOf(layer.gsSpec)));
    };
    map.on("gs:theme", draw);
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
