/* Fetches and decodes tiles aside, so that the page never waits for either. */
import { buffersOf, decode } from "./decode.js";

const asked = new Map();

async function answer({ id, url, layer, facets }) {
  const control = new AbortController();
  asked.set(id, control);
  try {
    const response = await fetch(url, { signal: control.signal });
    if (!response.ok) {
      self.postMessage({ id, status: response.status });
      return;
    }
    const tile = decode(response.status === 204 ? new ArrayBuffer(0) : await response.arrayBuffer(), layer, facets);
    self.postMessage({ id, tile }, buffersOf(tile));
  } catch (error) {
    self.postMessage({ id, aborted: error.name === "AbortError" });
  } finally {
    asked.delete(id);
  }
}

self.onmessage = ({ data }) => {
  if (!data.abort) answer(data);
  else if (asked.has(data.id)) asked.get(data.id).abort();
};
