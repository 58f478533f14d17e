/* The language of the page, its words, and values as people read them. */

export const words = {};
let language = "en";

/* Furnish all modules with the page's language (a BCP 47 tag) and its words by key. */
export function speak(tag, given) {
  language = tag;
  Object.assign(words, given);
}

export function spoken() {
  return language;
}

export function number(value, digits) {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/* A text with places, as in "%(count)s cameras". */
export function filled(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, key) => String(values[key]));
}

/* A number with the word for its unit: m, km, m2, ha or km2. */
export function withUnit(value, digits, unit) {
  return number(value, digits) + "\u00a0" + words["unit_" + unit];
}

/* m² become km², metres become km, shares become percent; null for what is missing. */
export function formatted(value, format) {
  if (value === null || value === undefined || value === "") return null;
  if (format === "share") {
    const digits = value < 0.1 ? 1 : 0;
    return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: digits }).format(value);
  }
  if (format === "area") return value >= 1e5 ? withUnit(value / 1e6, 2, "km2") : withUnit(value, 0, "m2");
  if (format === "length") return value >= 1000 ? withUnit(value / 1000, 1, "km") : withUnit(value, 0, "m");
  if (format === "count") return typeof value === "number" ? number(value, 0) : String(value);
  if (format === "figure") return number(value, 2);
  if (format.startsWith("unit:")) return (typeof value === "number" ? number(value, 1) : value) + " " + format.slice(5);
  return String(value);
}
