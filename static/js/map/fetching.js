/* Answers of our own server. */
import { words } from "./words.js";

/* That there was no answer, in the reader's words, with the status where there is one. */
export function noAnswer(status) {
  return new Error(words.noAnswer + (status ? " (" + status + ")" : ""));
}

/* Await what a browser fails at in words of its own, which are of no use to a reader. */
async function orNoAnswer(coming, status) {
  try {
    return await coming;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Object.assign(noAnswer(status), { cause: error });
  }
}

/* Fetch from our own server; an error carries what the server says, or that it gave no answer. */
export async function fetchFrom(address, options) {
  const response = await orNoAnswer(fetch(address, options));
  if (response.ok) return response;
  const body = isJson(response) ? await orNoAnswer(response.json(), response.status) : {};
  throw body.description ? new Error(body.description) : noAnswer(response.status);
}

function isJson(response) {
  return (response.headers.get("Content-Type") || "").includes("json");
}

/* Fetch JSON; fails as above, and where something else comes. */
export async function fetchJson(address, options) {
  const headers = { Accept: "application/geo+json, application/json" };
  const response = await fetchFrom(address, { headers, ...options });
  if (!isJson(response)) throw noAnswer(response.status);
  return orNoAnswer(response.json(), response.status);
}

function nextOf(page) {
  const link = (page.links || []).find((one) => one.rel === "next");
  if (!link) return null;
  const address = new URL(link.href, location.href);
  return address.pathname + address.search;
}

/* Fetch a collection page by page; `use` takes each. */
export async function fetchPages(address, use, signal) {
  let next = address;
  while (next) {
    const page = await fetchJson(next, { signal: signal });
    use(page);
    next = nextOf(page);
  }
}
