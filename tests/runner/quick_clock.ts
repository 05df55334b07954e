import type { Clock } from "../../shared/clock.ts";

/** A clock on which waits are over as soon as they begin; it says how long they were. */
export class QuickClock implements Clock {
  readonly waits: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    this.waits.push(ms);
    this.#now += ms;
    let cancelled = false;
    queueMicrotask(() => cancelled || run());
    return () => cancelled = true;
  }

  /** Moves the time on. */
  advance(ms: number): void {
    this.#now += ms;
  }
}
