/* What a popup says of a feature. */
import { element } from "./dom.js";
import { formatted, words } from "./words.js";

export function title(feature, spec) {
  const p = feature.properties;
  const key = spec.titleKeys.find((name) => p[name]);
  const name = key ? p[key] : feature.id;
  return spec.titlePrefix ? spec.titlePrefix + ": " + name : String(name);
}

/* The fields that a feature has, as pairs of label and text. */
export function facts(feature, spec) {
  const found = [];
  for (const field of spec.fields) {
    const raw = feature.properties[field.key];
    const word = field.format === "word" && spec.words[field.key] ? spec.words[field.key][raw] : undefined;
    const text = word === undefined ? formatted(raw, field.format) : word;
    if (text !== null) found.push([field.label, text]);
  }
  return found;
}

export function card(feature, spec) {
  const box = element("section", "card");
  box.append(element("h3", "", title(feature, spec)));
  if (spec.illustrative) box.append(element("p", "made-up", words.illustrative));
  const list = element("dl", "facts");
  for (const [label, text] of facts(feature, spec)) list.append(element("dt", "", label), element("dd", "", text));
  box.append(list);
  if (spec.link) {
    const link = element("a", "", spec.link.label);
    link.href = spec.link.base + "#zone-" + encodeURIComponent(feature.id);
    box.append(link);
  }
  if (spec.footer) box.append(element("p", "footer", spec.footer));
  return box;
}
