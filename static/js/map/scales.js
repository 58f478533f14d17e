/* Classes for figures over time and between questions; the colours are the map's own (see maps/palette.py). */

const STEPS = [1, 2, 2.5, 5, 10];

/* The least round number (1, 2, 2.5 or 5 times a power of ten) that is no less than a value above 0. */
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  const step = STEPS.find((one) => one * power >= value * (1 - 1e-9));
  return Number((step * power).toPrecision(3));
}

/* Classes of shares up to the largest, one for each colour: equal steps of a round width, never of more than a whole. */
export function shareClasses(largest, colours) {
  if (!(largest > 0)) return { breaks: [], colours: colours.slice(0, 1) };
  const step = Math.min(roundUp(largest / colours.length), 1 / colours.length);
  const breaks = colours.slice(1).map((_, position) => Number(((position + 1) * step).toPrecision(6)));
  return { breaks, colours };
}

/* Classes of changes in seven colours, alike on both sides of none: the middle one holds what is hardly any. */
export function changeClasses(values, colours) {
  const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  if (largest === 0) return { breaks: [], colours: [colours[3]] };
  const step = roundUp(largest / 3);
  const limits = [step / 20, step, 2 * step].map((one) => Number(one.toPrecision(6)));
  return { breaks: [...limits.map((one) => -one).reverse(), ...limits], colours };
}

/* Percentage points with their sign, as in "+1.2"; a real minus, and none for 0. */
export function points(change, tag) {
  const digits = Math.abs(change) >= 0.0995 ? 1 : 2;
  const text = new Intl.NumberFormat(tag, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .format(Math.abs(change * 100));
  const none = Number(Math.abs(change * 100).toFixed(digits)) === 0;
  return none ? text : (change > 0 ? "+" : "−") + text;
}

/* A percentage fine enough to tell shares of a few thousandths apart. */
export function percent(share, tag) {
  if (share === null || share === undefined) return "–";
  const digits = share >= 0.0995 ? 0 : share >= 0.00995 ? 1 : 2;
  return new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: digits }).format(share);
}
