import type { ReadApiKeys } from "../guard/api_keys.ts";
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
  /** The hosts that the flow's provider and tools need, as `host:port`, sorted. */
  hosts: readonly string[];
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
 * The trust domain of a flow: flows share a sandbox only when they have the same credentials and
 * reach the same hosts.
 */
export function trustDomain({ credentials, hosts }: FlowPlan): string {
  const keys = Object.entries(credentials).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([keys, [...hosts].sort()]);
}
