import type { Clock } from "./clock.ts";
import { pause } from "./pause.ts";

/**
 * Ends the pauses of a loop from outside. A loop that raced a promise which stays pending against a
 * pause, round after round, would leave a reaction on it in each of them.
 */
export class WakeUp {
  #woken = false;
  #end: (() => void) | undefined;

  /** Ends the pause that is going on; where there is none, the next one at its start. */
  wake(): void {
    this.#woken = true;
    this.#end?.();
  }

  /** Waits for `ms` milliseconds, until it is woken or the signal is aborted; it never rejects. */
  async pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#woken && !signal.aborted) {
      const ended = new AbortController();
      this.#end = () => ended.abort();
      signal.addEventListener("abort", this.#end, { once: true });
      await pause(ms, clock, ended.signal);
      signal.removeEventListener("abort", this.#end);
      this.#end = undefined;
    }
    this.#woken = false;
  }
}
