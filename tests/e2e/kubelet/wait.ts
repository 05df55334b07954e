import type { Clock } from "../../../shared/clock.ts";

/** Waits for some milliseconds, or until `signal` is aborted; never throws. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(ms, end);
    signal.addEventListener("abort", end);
    function end() {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
