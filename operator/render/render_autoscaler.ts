import type { Autoscaling } from "../../shared/api/autoscaling.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { childMetadata } from "./child_metadata.ts";
import type { ServerOwner } from "./server_owner.ts";

/** How much of the CPU that they ask for pods should use, where nothing else is said. */
const CPU = 80;

/** Renders the HorizontalPodAutoscaler of a server that wants one. */
export function renderAutoscaler(owner: ServerOwner): KubernetesObject | undefined {
  const { metadata: { name }, spec: { autoscaling } } = owner;
  if (autoscaling === undefined) return undefined;
  const { minReplicas, maxReplicas, metrics = [], behavior } = autoscaling;
  const ofResources = Object.entries(scaledResources(autoscaling))
    .map(([name, averageUtilization]) => ({
      type: "Resource",
      resource: { name, target: { type: "Utilization", averageUtilization } },
    }));
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: childMetadata(owner, name),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas,
      maxReplicas,
      metrics: [...ofResources, ...metrics],
      ...behavior && { behavior },
    },
  };
}

/** By the use of which resources a server is scaled: the percentages of what its pods ask for. */
export function scaledResources(autoscaling: Autoscaling): Record<string, number> {
  const { metrics = [], targetMemoryUtilizationPercentage: memory } = autoscaling;
  const cpu = autoscaling.targetCPUUtilizationPercentage ??
    (metrics.length === 0 && memory === undefined ? CPU : undefined);
  return { ...cpu !== undefined && { cpu }, ...memory !== undefined && { memory } };
}
