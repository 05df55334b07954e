import type { Clock } from "../clock.ts";

/** When a burst of events counts as over, in milliseconds. */
export interface DebounceTimes {
  /** So long without an event. */
  quiet: number;
  /** So long after the first event, whether there is quiet or not. */
  ceiling: number;
}

/** Joins bursts of events. */
export interface Debounce {
  /** Says that an event has happened. */
  event(): void;
  /** Forgets the events that have not been passed on. */
  cancel(): void;
}

/** Calls `run` once for each burst of events, when it is over. */
export function debounce(times: DebounceTimes, clock: Clock, run: () => void): Debounce {
  let first: number | undefined;
  let cancelTimer = () => {};
  const cancel = () => {
    cancelTimer();
    first = undefined;
  };
  return {
    event() {
      first ??= clock.now();
      const left = first + times.ceiling - clock.now();
      cancelTimer();
      cancelTimer = clock.after(Math.max(0, Math.min(times.quiet, left)), () => {
        first = undefined;
        run();
      });
    },
    cancel,
  };
}
