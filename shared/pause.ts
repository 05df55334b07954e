import type { Clock } from "./clock.ts";

/** Waits for `ms` milliseconds, or until the signal is aborted; it never rejects. */
export async function pause(ms: number, clock: Clock, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  const aborted = () => resolve();
  signal?.addEventListener("abort", aborted, { once: true });
  await promise;
  signal?.removeEventListener("abort", aborted);
  cancel();
}
