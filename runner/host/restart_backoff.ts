/** Milliseconds before the first, second, … start after a death; the last one repeats. */
const BACKOFF = [0, 500, 1_000, 2_000, 5_000, 10_000, 30_000];
/** What lived this long (milliseconds) starts its backoff anew. */
const HEALTHY_AFTER = 60_000;

/** How long to wait before what has died is started again: longer, the more often it dies. */
export class RestartBackoff {
  #deaths = 0;

  /** How often it has died since it was healthy. */
  get deaths(): number {
    return this.#deaths;
  }

  /** Takes note of a death; gives the milliseconds to wait. `lived` is how long it was alive. */
  died(lived: number): number {
    this.#deaths = lived >= HEALTHY_AFTER ? 1 : this.#deaths + 1;
    return BACKOFF[Math.min(this.#deaths, BACKOFF.length) - 1]!;
  }
}
