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
  const { targetMemoryUtilizationPercentage: memory } = autoscaling;
  const cpu = autoscaling.targetCPUUtilizationPercentage ??
    (metrics.length === 0 && memory === undefined ? CPU : undefined);
  const resource = (name: string, averageUtilization: number) => ({
    type: "Resource",
    resource: { name, target: { type: "Utilization", averageUtilization } },
  });
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: childMetadata(owner, name),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas,
      maxReplicas,
      metrics: [
        ...cpu === undefined ? [] : [resource("cpu", cpu)],
        ...memory === undefined ? [] : [resource("memory", memory)],
        ...metrics,
      ],
      ...behavior && { behavior },
    },
  };
}
