/* Rows of a table, sorted and filtered, and gaps that lie apart: plain values in, plain values out. */
import { METRES_A_DEGREE } from "./plane.js";

/* Sort by a key; what is missing comes last either way, and equals stay as they were. */
export function sorted(rows, valueOf, descending, language) {
  const missing = (value) => value === null || value === undefined || value === "";
  return [...rows].sort((one, other) => {
    const [a, b] = [valueOf(one), valueOf(other)];
    if (missing(a) || missing(b)) return missing(a) - missing(b);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), language);
    return descending ? -order : order;
  });
}

/* Choose rows whose texts hold what was typed, in any case, and whose share is below `below`, if that is given. */
export function chosen(rows, { text, below }, textsOf, shareOf) {
  const wanted = text.trim().toLocaleLowerCase();
  return rows.filter((row) => {
    const found = !wanted || textsOf(row).some((one) => one && String(one).toLocaleLowerCase().includes(wanted));
    return found && (below === null || (shareOf(row) !== null && shareOf(row) < below));
  });
}

/* A table's state as the address has it: column, - before it if downwards, share, text. Null where it is as at first. */
export function stateText(state, first) {
  const { sort, descending, below, text } = state;
  if (sort === first && !descending && below === null && !text) return null;
  return [(descending ? "-" : "") + sort, below === null ? "" : String(below), text].join("~");
}

export function stateOf(said, columns, first) {
  const [sort = "", below = "", ...text] = (said || "").split("~");
  const named = sort.replace(/^-/, "");
  const share = Number(below);
  return {
    sort: columns.includes(named) ? named : first,
    descending: columns.includes(named) && sort.startsWith("-"),
    below: below && share > 0 && share <= 1 ? share : null,
    text: text.join("~"),
  };
}

function apart(one, other) {
  const narrow = Math.cos((one.lat * Math.PI) / 180);
  return Math.hypot(one.lat - other.lat, (one.lng - other.lng) * narrow) * METRES_A_DEGREE;
}

/* Of gaps in the order of their rank, keep those whose place lies in the empty circle of none before: a large gap is cut
   into many pieces, all of which are far from everything. Each has lat, lng and radius in metres; at most `most` stay. */
export function lyingApart(gaps, most) {
  const kept = [];
  for (const gap of gaps) {
    if (kept.length === most) break;
    if (kept.every((before) => apart(before, gap) > before.radius)) kept.push(gap);
  }
  return kept;
}

/* The eighth of the compass that a bearing in degrees points to: 0 is north, 2 is east. */
export function eighth(bearing) {
  return Math.round((((bearing % 360) + 360) % 360) / 45) % 8;
}
