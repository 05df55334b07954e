import type { Clock } from "../../../shared/clock.ts";
import type { Probe } from "./pod.ts";
import { wait } from "./wait.ts";

/** Options of {@linkcode runProbe}. */
export interface RunProbeOptions {
  probe: Probe;
  /** Asks once; gives what was wrong. */
  ask(): Promise<string | undefined>;
  clock: Clock;
  /** Ends the asking. */
  signal: AbortSignal;
  /** Called when the answers in a row have reached a threshold, once until they change. */
  decided(healthy: boolean, message: string): void;
}

/**
 * Asks a probe's question until `signal` is aborted: first after `initialDelaySeconds`, then every
 * `periodSeconds`. `successThreshold` good answers in a row decide that the container is healthy,
 * `failureThreshold` bad ones that it is not.
 */
export async function runProbe(options: RunProbeOptions): Promise<void> {
  const { probe, ask, clock, signal, decided } = options;
  const { initialDelaySeconds = 0, periodSeconds = 10 } = probe;
  const thresholds = { true: probe.successThreshold ?? 1, false: probe.failureThreshold ?? 3 };
  let before: boolean | undefined;
  let inRow = 0;
  if (initialDelaySeconds > 0) await wait(clock, initialDelaySeconds * 1_000, signal);
  while (!signal.aborted) {
    const wrong = await ask();
    if (signal.aborted) return;
    const healthy = wrong === undefined;
    inRow = healthy === before ? inRow + 1 : 1;
    before = healthy;
    if (inRow === thresholds[`${healthy}`]) decided(healthy, wrong ?? "");
    await wait(clock, periodSeconds * 1_000, signal);
  }
}
