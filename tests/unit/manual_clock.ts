import type { Clock } from "../../shared/clock.ts";

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Map<() => void, number>();

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = () => run();
    this.#timers.set(timer, this.#now + ms);
    return () => this.#timers.delete(timer);
  }

  /** Moves the time on and runs what is due, in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].sort(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > end) break;
      this.#timers.delete(next[0]);
      this.#now = next[1];
      next[0]();
    }
    this.#now = end;
  }
}
