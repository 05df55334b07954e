import type { Clock } from "../../shared/clock.ts";

/** Keeps the process alive, unlike the system's clock. */
const after: Clock["after"] = (ms, run) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/**
 * Waits `ms` milliseconds; not at all where that is 0.
 *
 * @throws the signal's reason, as soon as it is aborted.
 */
export function pause(
  ms: number,
  signal: AbortSignal,
  clock: Pick<Clock, "after"> = { after },
): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", end);
      resolve();
    });
    signal.addEventListener("abort", end, { once: true });
  });
}
