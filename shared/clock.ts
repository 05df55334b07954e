/** Time, passed in so that tests can turn it by hand. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Runs `run` once after `ms` milliseconds; the function it gives cancels that. */
  after(ms: number, run: () => void): () => void;
}

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
