/* What of a layer of places is shown, by status, owner, access and kind: boxes beneath the layer in the tree. */
import { element } from "./dom.js";
import { number, words } from "./words.js";

/* What is hidden as it stands in the address: layer/name:value,value/name:value;layer/... by layer and name. */
export function hiddenOf(text) {
  const found = new Map();
  for (const part of (text || "").split(";").filter(Boolean)) {
    const [layer, ...names] = part.split("/");
    const pairs = names.map((one) => one.split(":")).filter((pair) => pair.length === 2);
    const sets = pairs.map(([name, values]) => [name, new Set(values.split(",").map(decode))]);
    if (sets.length) found.set(layer, new Map(sets));
  }
  return found;
}

/* A value is written with its own separators as percent codes. */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that is no code, as someone may type it
  }
}

export function writtenHidden(hidden) {
  const parts = [...hidden].map(([layer, names]) => {
    const told = [...names].filter(([, values]) => values.size)
      .map(([name, values]) => name + ":" + [...values].map(encodeURIComponent).join(","));
    return told.length ? [layer, ...told].join("/") : "";
  });
  return parts.filter(Boolean).join(";") || null;
}

/* What a layer's `filter` takes: the values that are left, by name, of those facets that hide some. */
export function filtersOf(facets, names) {
  const active = facets.filter(({ name }) => names.has(name) && names.get(name).size);
  return Object.fromEntries(active.map(({ name, values }) => (
    [name, new Set(values.map(([value]) => value).filter((value) => !names.get(name).has(value)))])));
}

/* Whether some of a layer's places are hidden. */
export function isFiltered({ gsHidden }) {
  return Boolean(gsHidden) && [...gsHidden.values()].some((values) => values.size);
}

function textOf(spec, name, value) {
  return (spec.words && spec.words[name] && spec.words[name][value]) || value || words.unknown;
}

function fieldset(spec, { name, title, values }, boxes, onChange) {
  const set = element("fieldset", "gs-facet");
  set.append(element("legend", "", title));
  for (const [value, count] of values) {
    const label = element("label", "gs-facet-row");
    const box = element("input");
    box.type = "checkbox";
    box.addEventListener("change", () => onChange(name, value, box.checked));
    boxes.push({ name, value, box });
    label.append(box, element("span", "gs-tree-title", textOf(spec, name, value)), " ", element("span", "count", number(count, 0)));
    set.append(label);
  }
  return set;
}

/* The folded group of boxes beneath a layer; `names` holds what it hides, by facet, and `onChange` is told of a change. */
export function facetBox(layer, names, onChange) {
  const spec = layer.gsSpec;
  const fold = element("details", "gs-facets");
  const summary = element("summary");
  const boxes = [];
  layer.gsHidden = names;
  const reset = element("button", "gs-button gs-second", words.showAllAgain);
  reset.type = "button";

  function draw() {
    for (const { name, value, box } of boxes) box.checked = !(names.has(name) && names.get(name).has(value));
    const some = boxes.some(({ box }) => !box.checked);
    summary.textContent = some ? words.filterOn : words.filter;
    summary.setAttribute("aria-label", summary.textContent + ": " + spec.title);
    fold.classList.toggle("gs-facets-on", some);
    reset.hidden = !some;
    layer.filter(filtersOf(spec.facets, names));
    layer.fire("gs:filtered");
  }

  function choose(name, value, on) {
    if (!names.has(name)) names.set(name, new Set());
    if (on) names.get(name).delete(value);
    else names.get(name).add(value);
    draw();
    onChange();
  }

  reset.addEventListener("click", () => {
    names.clear();
    draw();
    summary.focus();
    onChange();
  });
  draw();
  fold.append(summary, ...spec.facets.map((facet) => fieldset(spec, facet, boxes, choose)), reset);
  return {
    fold,
    /* Hide what `wanted` names, as an address does; what the layer does not have is passed over. */
    take: (wanted) => {
      names.clear();
      for (const { name, values } of spec.facets) {
        const there = values.map(([value]) => value).filter((value) => wanted.has(name) && wanted.get(name).has(value));
        if (there.length) names.set(name, new Set(there));
      }
      draw();
    },
  };
}
