/* Work in slices: steps of many jobs one after another, and between slices the page hears its reader. */

const SLICE_MS = 8;

export class Slices {
  constructor(sliceMs = SLICE_MS) {
    this.sliceMs = sliceMs;
    this.jobs = new Map();
    this.channel = null;
    this.waiting = false;
  }

  /* Run a generator step by step; another job under the same key takes its place. Resolves to whether it was done. */
  run(key, steps) {
    this.drop(key);
    return new Promise((resolve, reject) => {
      this.jobs.set(key, { steps, resolve, reject });
      this.wake();
    });
  }

  drop(key) {
    const job = this.jobs.get(key);
    this.jobs.delete(key);
    if (job) job.resolve(false);
  }

  wake() {
    if (this.waiting || !this.jobs.size) return;
    this.waiting = true;
    if (!this.channel) {
      this.channel = new MessageChannel();
      this.channel.port1.onmessage = () => this.work();
    }
    this.channel.port2.postMessage(0);
  }

  work() {
    this.waiting = false;
    const until = performance.now() + this.sliceMs;
    for (const [key, job] of this.jobs) {
      try {
        for (;;) {
          if (performance.now() >= until) {
            this.wake();
            return;
          }
          if (job.steps.next().done) break;
        }
        this.jobs.delete(key);
        job.resolve(true);
      } catch (error) {
        this.jobs.delete(key);
        job.reject(error);
      }
    }
  }
}
