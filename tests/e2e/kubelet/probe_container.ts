import type { Clock } from "../../../shared/clock.ts";
import { askProbe } from "./ask_probe.ts";
import type { Container, ContainerStatus, Probe } from "./pod.ts";
import { runProbe } from "./run_probe.ts";

/** Options of {@linkcode probeContainer}. */
export interface ProbeContainerOptions {
  container: Container;
  podIp: string;
  /** Its `started` and `ready` are kept up to date. */
  status: ContainerStatus;
  clock: Clock;
  /** Aborted when the container ends. */
  signal: AbortSignal;
  exec(command: string[]): Promise<boolean>;
  /** Called when `status` has changed. */
  changed(): void;
  /** Called when the startup or liveness probe has failed: the container is to be restarted. */
  unhealthy(probe: Probe): void;
}

/** Asks a container's probes while it runs: liveness and readiness once startup is through. */
export function probeContainer(options: ProbeContainerOptions): void {
  const { container, status, clock, signal, changed, unhealthy } = options;
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const ask = (probe: Probe) => () => askProbe({ ...options, probe });

  const started = () => {
    status.started = true;
    status.ready = readinessProbe === undefined;
    changed();
    if (readinessProbe) {
      runProbe({
        probe: readinessProbe,
        ask: ask(readinessProbe),
        clock,
        signal,
        decided(ready) {
          status.ready = ready;
          changed();
        },
      });
    }
    if (livenessProbe) {
      runProbe({
        probe: livenessProbe,
        ask: ask(livenessProbe),
        clock,
        signal,
        decided: (alive) => alive || unhealthy(livenessProbe),
      });
    }
  };
  if (startupProbe === undefined) return started();
  const done = new AbortController();
  runProbe({
    probe: startupProbe,
    ask: ask(startupProbe),
    clock,
    signal: AbortSignal.any([signal, done.signal]),
    decided(up) {
      done.abort();
      if (up) started();
      else unhealthy(startupProbe);
    },
  });
}
