import type { Probes } from "../../shared/api/probes.ts";

const DEFAULTS: Probes = {
  type: "HTTP",
  livenessPath: "/healthz",
  readinessPath: "/readyz",
  periodSeconds: 10,
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
  const usual = { periodSeconds, timeoutSeconds, failureThreshold };
  return {
    startupProbe: {
      ...ask(livenessPath),
      periodSeconds: 1,
      timeoutSeconds,
      failureThreshold: startupSeconds,
    },
    livenessProbe: { ...ask(livenessPath), ...usual },
    readinessProbe: { ...ask(readinessPath), ...usual },
  };
}
