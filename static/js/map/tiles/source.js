/* Decoded tiles by address: each asked for once, those unused for longest forgotten first. */
import { noAnswer } from "../fetching.js";

const MOST_KEPT = 96;
const workers = new Map();
let jobs = 0;

/* One worker for all layers of a page. */
function workerAt(address) {
  if (!workers.has(address)) {
    const worker = new Worker(address);
    const waiting = new Map();
    worker.onmessage = ({ data }) => {
      const job = waiting.get(data.id);
      if (!job) return;
      waiting.delete(data.id);
      if (data.tile) job.resolve(data.tile);
      else job.reject(Object.assign(noAnswer(data.status), { aborted: data.aborted }));
    };
    worker.onerror = () => {
      for (const job of waiting.values()) job.reject(noAnswer());
      waiting.clear();
    };
    workers.set(address, { worker, waiting });
  }
  return workers.get(address);
}

/* Ask a worker for one tile; `done` settles with it, `abort` gives it up. */
export function askWorker(address, layer, facets) {
  return (url) => {
    const { worker, waiting } = workerAt(address);
    const id = ++jobs;
    const done = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
    worker.postMessage({ id, url, layer, facets });
    return { done, abort: () => worker.postMessage({ id, abort: true }) };
  };
}

export class TileSource {
  constructor(ask, most = MOST_KEPT) {
    this.ask = ask;
    this.most = most;
    this.kept = new Map();
  }

  /* Take a tile for use; whoever takes it gives it back by `release`. */
  take(url) {
    const known = this.kept.get(url);
    const entry = known || { url, users: 0, tile: null, ...this.ask(url) };
    entry.users += 1;
    this.kept.delete(url);
    this.kept.set(url, entry);
    if (!known) {
      entry.done.then(
        (tile) => { entry.tile = tile; },
        () => { if (this.kept.get(url) === entry) this.kept.delete(url); },
      );
      this.forget();
    }
    return entry;
  }

  release(entry) {
    entry.users -= 1;
    if (entry.users > 0 || entry.tile) return;
    if (this.kept.get(entry.url) === entry) this.kept.delete(entry.url);
    entry.abort();
  }

  forget() {
    for (const [url, entry] of this.kept) {
      if (this.kept.size <= this.most) return;
      if (entry.tile && entry.users <= 0) this.kept.delete(url);
    }
  }
}
