/* Decoded tiles by address: each asked for once, those unused for longest forgotten first. */
import { noAnswer } from "../fetching.js";
import { words } from "../words.js";

const MOST_KEPT = 96;
const workers = new Map();
let jobs = 0;

/* One worker for all layers of a page, as long as it lives. */
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
    worker.onerror = worker.onmessageerror = () => replaced(address, worker, waiting);
    workers.set(address, { worker, waiting });
  }
  return workers.get(address);
}

/* A worker that has failed is let go, and the next takes its place: what it was asked for is asked once more, and what
   fails again is told of. */
function replaced(address, worker, waiting) {
  worker.terminate();
  if (workers.has(address) && workers.get(address).worker === worker) workers.delete(address);
  for (const job of waiting.values()) {
    if (job.again) job.reject(new Error(words.readerFailed));
    else give(address, Object.assign(job, { again: true }));
  }
  waiting.clear();
}

function give(address, job) {
  const { worker, waiting } = workerAt(address);
  waiting.set(job.asked.id, job);
  worker.postMessage(job.asked);
}

/* Ask a worker for one tile; `done` settles with it, `abort` gives it up. */
export function askWorker(address, layer, facets) {
  return (url) => {
    const id = ++jobs;
    const done = new Promise((resolve, reject) => give(address, { asked: { id, url, layer, facets }, resolve, reject }));
    return { done, abort: () => workers.get(address)?.worker.postMessage({ id, abort: true }) };
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
