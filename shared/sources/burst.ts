import type { Clock } from "../clock.ts";
import { type Debounce, debounce, type DebounceTimes } from "./debounce.ts";

/**
 * Calls `run` at once for an event after quiet, and once more for those that follow it, when they are
 * over: a single change does not wait, and a burst of them is not passed on one by one.
 */
export function burst(times: DebounceTimes, clock: Clock, run: () => void): Debounce {
  const rest = debounce(times, clock, run);
  let last: number | undefined;
  return {
    event() {
      const now = clock.now();
      const quiet = last === undefined || now - last >= times.quiet;
      last = now;
      if (quiet) run();
      else rest.event();
    },
    cancel: () => rest.cancel(),
  };
}
