/* The address tells what is to be seen: #view=lat,lon,zoom&zone=ID and whatever else modules remember. */

const keys = new Map();
let unknown = [];
let followed = false;

/* Read a fragment: its keys and values, decoded. */
export function parse(fragment) {
  return new Map(new URLSearchParams(fragment.replace(/^#/, "")));
}

/* Write a fragment; what reads well in an address stays as it is. */
export function compose(pairs) {
  const plain = (text) => encodeURIComponent(text).replace(/%(2C|3A|2F|40)/gi, (code) => decodeURIComponent(code));
  return pairs.map(([key, value]) => plain(key) + "=" + plain(value)).join("&");
}

/* Have a part of the state kept in the address: `write` gives it as a text, or null where it is as at first;
   `read` takes what the address says, or null where it says nothing, and all that it says, by key. */
export function remember(key, { read, write }) {
  keys.set(key, { read, write });
  if (followed) {
    const all = parse(location.hash);
    const said = all.get(key);
    unknown = unknown.filter(([name]) => name !== key);
    if (said !== undefined) read(said, all);
  }
}

/* Say that something remembered has changed. */
export function changed() {
  if (!followed) return;
  const pairs = [...keys].map(([key, { write }]) => [key, write()]).filter(([, value]) => value !== null);
  history.replaceState(null, "", "#" + compose([...pairs, ...unknown]));
  keepInLinks();
}

function restore() {
  const said = parse(location.hash);
  unknown = [...said].filter(([key]) => !keys.has(key));
  for (const [key, { read }] of keys) read(said.has(key) ? said.get(key) : null, said);
  keepInLinks();
}

/* Restore what the address says now and whenever it changes. */
export function follow() {
  restore();
  followed = true;
  window.addEventListener("hashchange", restore);
}

/* Another question, reach or language is shown in the same view. */
function keepInLinks() {
  for (const form of document.querySelectorAll("form.ask")) form.action = form.action.split("#")[0] + location.hash;
  for (const link of document.querySelectorAll("a.language")) link.href = link.href.split("#")[0] + location.hash;
}
