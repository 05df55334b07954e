import type { Clock } from "../../shared/clock.ts";

/** How many callers are remembered; the one that has been quiet for longest is forgotten first. */
const MAX_CALLERS = 10_000;

/** A token bucket a caller. */
export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** `perSecond` on average, `burst` at once. */
  constructor({ perSecond, burst, clock }: { perSecond: number; burst: number; clock: Clock }) {
    this.#perMs = perSecond / 1000;
    this.#burst = burst;
    this.#clock = clock;
  }

  /** Takes `cost` for a caller. Gives 0, or the milliseconds after which there is enough. */
  take(caller: string, cost = 1): number {
    const now = this.#clock.now();
    const before = this.#buckets.get(caller) ?? { tokens: this.#burst, at: now };
    const filled = before.tokens + (now - before.at) * this.#perMs;
    const tokens = Math.min(this.#burst, filled);
    // Sums of fractions end a hair below the number that they should be.
    const enough = tokens >= cost - 1e-9;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: enough ? tokens - cost : tokens, at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MAX_CALLERS) this.#buckets.delete(oldest!);
    return enough ? 0 : (cost - tokens) / this.#perMs;
  }

  /** Charges what was used already, though there may be less: the next ones wait for it. */
  charge(caller: string, cost: number): void {
    this.take(caller, 0);
    this.#buckets.get(caller)!.tokens -= cost;
  }
}
