import type { Clock } from "../../../../shared/clock.ts";

/** A clock whose waits are over at once; it keeps how long they were to be. */
export class InstantClock implements Clock {
  /** The waits so far, in milliseconds. */
  readonly waits: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    let cancelled = false;
    queueMicrotask(() => {
      if (cancelled) return;
      this.waits.push(ms);
      this.#now += ms;
      run();
    });
    return () => cancelled = true;
  }
}
