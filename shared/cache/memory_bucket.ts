import type { Bucket, BucketChange, BucketEntry } from "./bucket.ts";

/** A bucket of one process. */
export class MemoryBucket implements Bucket {
  #entries = new Map<string, BucketEntry>();
  #watchers = new Set<(change: BucketChange) => void>();
  #revision = 0;

  get(key: string): Promise<BucketEntry | undefined> {
    return Promise.resolve(this.#entries.get(key));
  }

  put(key: string, value: Uint8Array): Promise<number> {
    const entry = { key, value, revision: ++this.#revision };
    this.#entries.set(key, entry);
    for (const tell of this.#watchers) tell({ type: "put", entry });
    return Promise.resolve(entry.revision);
  }

  create(key: string, value: Uint8Array): Promise<number | undefined> {
    return this.#entries.has(key) ? Promise.resolve(undefined) : this.put(key, value);
  }

  update(key: string, value: Uint8Array, revision: number): Promise<number | undefined> {
    return this.#entries.get(key)?.revision === revision
      ? this.put(key, value)
      : Promise.resolve(undefined);
  }

  delete(key: string, revision?: number): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry !== undefined && (revision === undefined || entry.revision === revision)) {
      this.#entries.delete(key);
      this.#revision++;
      for (const tell of this.#watchers) tell({ type: "deleted", key });
    }
    return Promise.resolve();
  }

  keys(prefix: string): Promise<string[]> {
    return Promise.resolve(
      [...this.#entries.keys()].filter((key) => key.startsWith(`${prefix}.`)),
    );
  }

  async *watch(key: string, signal: AbortSignal): AsyncGenerator<BucketChange> {
    const queue: BucketChange[] = [];
    let wake = () => {};
    const tell = (change: BucketChange) => {
      if ((change.type === "put" ? change.entry.key : change.key) !== key) return;
      queue.push(change);
      wake();
    };
    const entry = this.#entries.get(key);
    if (entry !== undefined) queue.push({ type: "put", entry });
    this.#watchers.add(tell);
    const aborted = () => wake();
    signal.addEventListener("abort", aborted, { once: true });
    try {
      while (!signal.aborted) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    } finally {
      this.#watchers.delete(tell);
      signal.removeEventListener("abort", aborted);
    }
  }
}
