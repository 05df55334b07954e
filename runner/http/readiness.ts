import type { FlowState, RouteTable } from "../host/flow_handle.ts";

/** What /readyz says. */
export interface Readiness {
  ready: boolean;
  /** One line, or one a flow and a last one. */
  text: string;
}

/**
 * Tells whether a server is ready: every flow has settled and at least one serves, and it is not
 * about to end. `verbose` gives a line a flow, in the manner of Kubernetes' own /readyz?verbose.
 */
export function readiness(
  { flows }: RouteTable,
  { draining, verbose }: { draining: boolean; verbose: boolean },
): Readiness {
  const problem = draining ? "draining" : notReady(flows);
  const ready = problem === undefined;
  if (!verbose) return { ready, text: problem ?? "ok" };
  const last = ready ? "readyz check passed" : `readyz check failed: ${problem}`;
  return { ready, text: [...flows.map(describe), last, ""].join("\n") };
}

function notReady(flows: readonly FlowState[]): string | undefined {
  const loading = flows.filter(({ state }) => state === "loading").map(({ name }) => name);
  if (loading.length > 0) return `loading ${loading.join(", ")}`;
  return flows.some(({ state }) => state === "serving") ? undefined : "no flow serves";
}

function describe({ name, state, reason }: FlowState): string {
  const mark = state === "serving" ? "[+]" : "[-]";
  return `${mark}${name} ${state}${reason === undefined ? "" : `: ${oneLine(reason)}`}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}
