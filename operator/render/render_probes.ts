import type { Probes } from "../../shared/api/probes.ts";

/** Seconds. A new pod takes its part soon after it can, and one that cannot any more is spared. */
const [LIVENESS_PERIOD, READINESS_PERIOD] = [10, 2];

const DEFAULTS: Probes = {
  type: "HTTP",
  livenessPath: "/healthz",
  readinessPath: "/readyz",
  timeoutSeconds: 3,
  failureThreshold: 3,
  startupSeconds: 120,
};

/**
 * Renders a container's probes. The startup probe asks often, so that a pod is used as soon as it can
 * be, and keeps the liveness probe away until then.
 */
export function renderProbes(probes: Partial<Probes> = {}): Record<string, unknown> {
  const { type, livenessPath, readinessPath, periodSeconds, timeoutSeconds, ...rest } = {
    ...DEFAULTS,
    ...probes,
  };
  if (type === "None") return {};
  const ask = (path: string) =>
    type === "TCP" ? { tcpSocket: { port: "http" } } : { httpGet: { path, port: "http" } };
  const { failureThreshold, startupSeconds } = rest;
  const usual = (period: number) => ({
    periodSeconds: periodSeconds ?? period,
    timeoutSeconds,
    failureThreshold,
  });
  return {
    startupProbe: {
      ...ask(livenessPath),
      periodSeconds: 1,
      timeoutSeconds,
      failureThreshold: startupSeconds,
    },
    livenessProbe: { ...ask(livenessPath), ...usual(LIVENESS_PERIOD) },
    readinessProbe: { ...ask(readinessPath), ...usual(READINESS_PERIOD) },
  };
}
