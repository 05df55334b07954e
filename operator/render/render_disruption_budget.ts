import type { KubernetesObject } from "../kubernetes/object.ts";
import { childMetadata } from "./child_metadata.ts";
import { serverLabels } from "./labels.ts";
import type { ServerOwner } from "./server_owner.ts";

/** Renders the PodDisruptionBudget of a server that wants one. */
export function renderDisruptionBudget(owner: ServerOwner): KubernetesObject | undefined {
  const { kind, metadata: { name }, spec: { podDisruptionBudget } } = owner;
  if (podDisruptionBudget === undefined) return undefined;
  const { minAvailable, maxUnavailable = 1 } = podDisruptionBudget;
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: childMetadata(owner, name),
    spec: {
      ...minAvailable === undefined ? { maxUnavailable } : { minAvailable },
      selector: { matchLabels: serverLabels(kind, name) },
      // A pod that does not serve must not hold up the drain of its node.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  };
}
