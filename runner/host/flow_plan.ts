import type { ReadApiKeys } from "../guard/api_keys.ts";
import type { ToolHeaders } from "../tools/flow_tools.ts";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";

/** A flow with everything that is needed to run it. */
export interface FlowPlan {
  /** Unique among the flows of a host. */
  name: string;
  /** Path (without its slash) to the prompt that it runs. */
  routes: ReadonlyMap<string, string>;
  definition: FlowDefinition;
  /** Only the keys that the flow's provider reads. */
  credentials: Record<string, string>;
  /** Whether these are the workload's own, which change by themselves and differ from pod to pod. */
  passing?: boolean;
  /** The same for each fallback of its config, in order; none where it is absent. */
  fallbackCredentials?: Record<string, string>[];
  /** The hosts that the flow's providers and tools need, as `host:port`, sorted. */
  hosts: readonly string[];
  /** What Secrets hold for the requests of its tools; nothing where it is absent. */
  toolHeaders?: ToolHeaders;
  /** The keys that its callers send, as they are now; no part of a flow's version. */
  apiKeys: ReadApiKeys;
}

/** A flow that cannot be run, and why. */
export interface BrokenPlan {
  name: string;
  routes: ReadonlyMap<string, string>;
  reason: string;
}

/**
 * The trust domain of a flow: flows share a sandbox only when they have the same credentials, those
 * of their tools included, and reach the same hosts.
 */
export function trustDomain(
  { credentials, fallbackCredentials = [], hosts, toolHeaders = {} }: FlowPlan,
): string {
  const tools = Object.entries(toolHeaders)
    .map(([tool, headers]) => [tool, sortedEntries(headers)] as const);
  return JSON.stringify([
    sortedEntries(credentials),
    [...hosts].sort(),
    ...tools.length > 0 ? [tools.sort(byName)] : [],
    ...fallbackCredentials.length > 0
      ? [{ fallbacks: fallbackCredentials.map(sortedEntries) }]
      : [],
  ]);
}

function sortedEntries(values: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(values).sort(byName);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
