import type { Clock } from "../../shared/clock.ts";

/** What became of one run of a key. */
export interface RunResult {
  /** `again` runs the key at once, `retry` after a wait that grows from run to run. */
  next: "done" | "again" | "retry";
  /** When to run the key again in any case, in milliseconds. */
  after?: number | undefined;
}

/** What a {@linkcode WorkQueue} works with. */
export interface WorkQueueOptions {
  /** How many keys may run at once. */
  workers: number;
  /** Runs a key; it must not throw. */
  run(key: string): Promise<RunResult>;
  /** Says which keys take long: one worker is always left to the others. */
  isSlow?(key: string): boolean;
  clock: Clock;
  /** Gives numbers from 0 to below 1. */
  random(): number;
  /** The first wait before a retry, in milliseconds. */
  firstRetry?: number;
  /** The longest wait before a retry, in milliseconds. */
  longestRetry?: number;
}

/**
 * Runs keys, each one at a time, as many as there are workers side by side. A key that is added
 * while it waits is there once; one that is added while it runs is run again after.
 */
export class WorkQueue {
  readonly #options: Required<WorkQueueOptions>;
  /** The waiting keys, first in, first out, with the time at which they came. */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Keys to run again after they have run. */
  readonly #again = new Set<string>();
  readonly #retries = new Map<string, number>();
  readonly #timers = new Map<string, { at: number; cancel: () => void }>();
  #started = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = { firstRetry: 250, longestRetry: 120_000, isSlow: () => false, ...options };
  }

  /** How many keys wait for a worker. */
  get depth(): number {
    return this.#waiting.size;
  }

  /** How many keys run now. */
  get running(): number {
    return this.#running.size;
  }

  /** How long the first key has waited, in milliseconds; 0 where none waits. */
  get age(): number {
    const [first] = this.#waiting.values();
    return first === undefined ? 0 : this.#options.clock.now() - first;
  }

  /** Starts to run keys; those that were added before are run now. */
  start(): void {
    this.#started = true;
    this.#work();
  }

  /** Runs nothing more. The keys that run now are waited for. */
  async stop(): Promise<void> {
    this.#started = false;
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#waiting.clear();
    this.#again.clear();
    if (this.#running.size > 0) await (this.#idle ??= Promise.withResolvers()).promise;
  }

  /** Adds a key that is to run as soon as a worker is free. */
  add(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    if (this.#running.has(key)) this.#again.add(key);
    else if (!this.#waiting.has(key)) this.#waiting.set(key, this.#options.clock.now());
    this.#work();
  }

  /** Adds a key after `ms` milliseconds, unless it is to run sooner anyway. */
  addAfter(key: string, ms: number): void {
    const at = this.#options.clock.now() + ms;
    const timer = this.#timers.get(key);
    if (timer !== undefined && timer.at <= at) return;
    timer?.cancel();
    this.#timers.set(key, { at, cancel: this.#options.clock.after(ms, () => this.add(key)) });
  }

  #work(): void {
    while (this.#started && this.#running.size < this.#options.workers) {
      const key = this.#next();
      if (key === undefined) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#run(key);
    }
  }

  #next(): string | undefined {
    const { workers, isSlow } = this.#options;
    const full = [...this.#running].filter(isSlow).length >= Math.max(1, workers - 1);
    for (const key of this.#waiting.keys()) if (!full || !isSlow(key)) return key;
  }

  async #run(key: string): Promise<void> {
    const { next, after } = await this.#options.run(key);
    this.#running.delete(key);
    if (next !== "retry") this.#retries.delete(key);
    if (!this.#started) {
      if (this.#running.size === 0) this.#idle?.resolve();
      return;
    }
    if (next === "retry") this.addAfter(key, this.#retryWait(key));
    if (after !== undefined) this.addAfter(key, after);
    if (next === "again" || this.#again.delete(key)) this.add(key);
    this.#work();
  }

  /** Doubles with every retry in a row; half of it is chance, so that keys do not march in step. */
  #retryWait(key: string): number {
    const { firstRetry, longestRetry, random } = this.#options;
    const retries = this.#retries.get(key) ?? 0;
    this.#retries.set(key, retries + 1);
    const wait = Math.min(firstRetry * 2 ** retries, longestRetry);
    return wait / 2 + random() * wait / 2;
  }
}
