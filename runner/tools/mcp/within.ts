import type { Clock } from "../../../shared/clock.ts";

/**
 * Runs `run` with a signal that aborts after `ms` milliseconds.
 *
 * @param late Makes what is thrown then.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  late: () => Error,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timeout = new AbortController();
  const cancel = clock.after(ms, () => timeout.abort(late()));
  try {
    return await run(timeout.signal);
  } finally {
    cancel();
  }
}
